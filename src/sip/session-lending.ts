/**
 * Who is held by us hears somebody else: asked for an offer by a re-INVITE without one, which a music server answers
 * (RFC 7088 §2.1). Whatever fails, the ACK has an answer of our own: an ordinary hold. Who the somebody is phone/ knows.
 */
import type { LocalMedia } from "../sdp/media.ts";
import { listenersOffer } from "../sdp/passed.ts";
import type { SessionContext } from "./session-context.ts";

/** Whoever lends: told of each step in later turns than its own calls, or in the same one. */
export interface Lender {
  /** The held side's offer, as the music server is to see it; `answer` is to be called once. */
  offered(offer: string): void;
  /** Nothing came of it, or it is over: the other side hears nobody or us. `why` where something is wrong, for logs. */
  over(why: string): void;
}

/** An ordinary hold before it, or in place of one. */
export type LendingMoment = "after hold" | "instead of hold";

type State =
  | { readonly name: "none" }
  /** To be begun as soon as no change of either side is under way. */
  | { readonly name: "wished"; readonly lender: Lender; readonly moment: LendingMoment }
  | { readonly name: "asked"; readonly lender: Lender; readonly wanted: LocalMedia }
  /** Their offer waits for its answer, and their 200 for its ACK. */
  | {
      readonly name: "offered";
      readonly lender: Lender;
      readonly wanted: LocalMedia;
      readonly offer: string;
      readonly acknowledge: (answer: string) => void;
    }
  | { readonly name: "lent"; readonly lender: Lender };

export class SessionLending {
  readonly #context: SessionContext;
  #state: State = { name: "none" };

  constructor(context: SessionContext) {
    this.#context = context;
  }

  wish(lender: Lender, moment: LendingMoment): void {
    this.#over("");
    this.#state = { name: "wished", lender, moment };
  }

  /** It may begin now, as far as the media go. */
  get due(): boolean {
    const { media } = this.#context;
    if (this.#state.name !== "wished" || media.wanted?.hold !== true) return false;
    return media.settled || this.#state.moment === "instead of hold";
  }

  /** Their offer is open: no other one may come (RFC 3264 §4). */
  get open(): boolean {
    return this.#state.name === "offered";
  }

  /** The re-INVITE goes out. */
  begin(): void {
    const { wanted } = this.#context.media;
    if (this.#state.name === "wished" && wanted !== undefined)
      this.#state = { name: "asked", lender: this.#state.lender, wanted };
  }

  /** It met theirs, and comes later. */
  wait(): void {
    const state = this.#state;
    if (state.name === "asked") this.#state = { name: "wished", lender: state.lender, moment: "instead of hold" };
  }

  /** Their 200. */
  offered(offer: string, acknowledge: (answer: string) => void): void {
    const state = this.#state;
    const wanted = state.name === "asked" ? state.wanted : this.#context.media.wanted;
    const lender = state.name === "asked" ? state.lender : nobody;
    if (wanted === undefined) {
      acknowledge("");
      return;
    }
    this.#state = { name: "offered", lender, wanted, offer, acknowledge };
    const { name } = this.#context.wires.phase();
    const asked = listenersOffer(offer);
    // The person went on with the call meanwhile, or it is over.
    if (lender === nobody || name === "terminated" || this.#context.media.wanted?.hold !== true) this.#ourselves("");
    else if (asked.ok) lender.offered(asked.sdp);
    else this.#ourselves(asked.why);
  }

  /** The music server's description; undefined: there is none. */
  answer(description: string | undefined): void {
    const state = this.#state;
    if (state.name !== "offered") return;
    if (description === undefined) {
      this.#ourselves("");
      return;
    }
    const { media, wires } = this.#context;
    const result = media.lend(state.wanted, state.offer, description);
    if (!result.ok) {
      this.#ourselves(result.why);
      return;
    }
    this.#state = { name: "lent", lender: state.lender };
    media.onTakenBack = () => this.#over("");
    state.acknowledge(result.body);
    wires.input({ type: "lend-answered" });
    wires.tellMedia();
  }

  /** The other side makes no offers. */
  refused(why: string): void {
    this.#over(why);
  }

  /** The person goes on with the call, or nobody is to be heard any more: an open offer gets an answer of our own. */
  drop(): void {
    if (this.#state.name === "offered") this.#ourselves("");
    else if (this.#state.name !== "lent") this.#over("");
  }

  /** The session is over: its ACK is still owed. */
  close(): void {
    if (this.#state.name === "offered") this.#ourselves("");
    this.#over("");
  }

  #ourselves(why: string): void {
    const state = this.#state;
    if (state.name !== "offered") return;
    const { media, wires } = this.#context;
    const result = media.answer(state.offer);
    state.acknowledge(result.ok ? result.body : media.decline(state.offer));
    this.#over(why);
    if (wires.phase().name === "terminated") return;
    if (result.ok) {
      wires.input({ type: "lend-answered" });
      wires.tellMedia();
    } else wires.input({ type: "broken", status: result.status, reason: result.why });
  }

  #over(why: string): void {
    const state = this.#state;
    this.#state = { name: "none" };
    if (state.name !== "none") state.lender.over(why);
  }
}

const nobody: Lender = { offered: () => {}, over: () => {} };
