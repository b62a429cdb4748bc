/**
 * What a session says of its audio over its life: what the person wants, what was said last, what was agreed on
 * (RFC 3264 by src/sdp/negotiation.ts). It sends nothing and knows no messages.
 */
import type { Endpoint, Random } from "../base/network.ts";
import { declinedOffer } from "../sdp/declined.ts";
import { equalParameters } from "../sdp/format-parameters.ts";
import type { ChosenPath, LocalMedia, NegotiatedMedia } from "../sdp/media.ts";
import {
  acceptAnswer,
  acceptOffer,
  agreedMedia,
  createOffer,
  type NegotiationState,
  startNegotiation,
  withdrawOffer,
} from "../sdp/negotiation.ts";
import { passAnswer } from "../sdp/passed.ts";

export type Answered =
  | { readonly ok: true; readonly body: string }
  | { readonly ok: false; readonly status: number; readonly why: string; readonly warningCode: number };

export type Taken = { readonly ok: true } | { readonly ok: false; readonly status: number; readonly why: string };

/** Somebody else's sound in place of ours: what the far end offered, what it was answered in our name, and what was wanted of our own then. */
interface Lent {
  readonly offer: string;
  readonly body: string;
  readonly wanted: LocalMedia | undefined;
}

export class SessionMedia {
  /** As the person wants it now. */
  wanted: LocalMedia | undefined;
  #state: NegotiationState;
  /** As our description said last, and as it stood when both sides agreed. */
  #said: LocalMedia | undefined;
  #agreed: LocalMedia | undefined;
  #lent: Lent | undefined;
  /** The far end knows a description that is not ours: to be told anew, whatever is wanted. */
  #stale = false;
  /** The lent description is offered once more, unchanged. */
  #repeats = false;
  /** A description of our own took the place of the lent one. */
  onTakenBack: () => void = () => {};

  constructor(random: Random, wanted?: LocalMedia) {
    this.#state = startNegotiation(random);
    this.wanted = wanted;
  }

  get negotiated(): NegotiatedMedia | undefined {
    return agreedMedia(this.#state);
  }

  /** What both sides agreed on is what the person wants. */
  get settled(): boolean {
    return !this.#stale && same(this.wanted, this.#agreed);
  }

  /**
   * The checks of ICE chose: wanted from now on is that our descriptions name it, where they or the far end's name
   * something else (RFC 8839 §4.4.1). False where there is nothing to tell.
   */
  choose(chosen: ChosenPath): boolean {
    const { wanted, negotiated } = this;
    if (wanted?.ice === undefined || negotiated === undefined || this.lent) return false;
    const { address, port } = wanted;
    const { remote } = negotiated;
    const said = chosen.pairs.every(({ component, local, remote: at }) => {
      const ours = component === 1 ? { address, port } : (wanted.rtcp ?? { address, port: port + 1 });
      const theirs = component === 1 ? remote.port : remote.rtcpPort;
      return sameEndpoint(local, ours) && sameEndpoint(at, { address: remote.address, port: theirs });
    });
    // A far end that has only the other family could not read what c= then says.
    const family = chosen.pairs.every(({ local }) => local.address.includes(":") === address.includes(":"));
    if (said || !family) return false;
    this.wanted = { ...wanted, ice: { ...wanted.ice, chosen } };
    return true;
  }

  /** The checks of ICE are to begin anew (RFC 8445 §9). False where there is no ICE. */
  restartIce(): boolean {
    const { wanted, negotiated } = this;
    if (wanted?.ice === undefined || negotiated?.ice === undefined || this.lent) return false;
    this.wanted = iceAnew(wanted);
    return true;
  }

  /** The same offer for another early dialog, to be answered on its own. */
  branch(): SessionMedia {
    const copy = new SessionMedia(() => new Uint8Array(4), this.wanted);
    copy.#state = this.#state;
    copy.#said = this.#said;
    copy.#agreed = this.#agreed;
    return copy;
  }

  /** An offer of what is wanted; "" when nothing is. */
  offer(): string {
    if (this.wanted === undefined) return "";
    // The far end's checks went to somebody else: ours begin anew (RFC 8839 §4.4.1).
    if (this.#lent !== undefined) this.wanted = iceAnew(this.wanted);
    const { state, sdp } = createOffer(this.#state, this.wanted);
    this.#state = state;
    this.#said = this.wanted;
    this.#takeBack();
    return sdp;
  }

  /** The far end hears somebody else, whom our last description named. */
  get lent(): boolean {
    return this.#lent !== undefined;
  }

  /** What a refresh says while somebody else is heard: the same once more; undefined where something is to be said. */
  repeat(): string | undefined {
    if (this.#lent === undefined || !this.settled) return undefined;
    this.#repeats = true;
    return this.#lent.body;
  }

  /**
   * Somebody else's answer to the far end's offer, as ours (RFC 7088 §2.1). @param wanted what we wanted when that offer
   * was asked for: what is wanted since then is said after it
   */
  lend(wanted: LocalMedia, offer: string, answer: string): Answered {
    const result = passAnswer(this.#state, wanted, offer, answer);
    if (!result.ok) return { ok: false, status: 488, why: result.why, warningCode: 399 };
    this.#state = result.state;
    this.#said = wanted;
    this.#agreed = wanted;
    this.#lent = { offer, body: result.sdp, wanted };
    return { ok: true, body: result.sdp };
  }

  /** Our own description is to be said again, in place of the lent one. False where none is lent. */
  takeBack(): boolean {
    if (this.#lent === undefined) return false;
    this.#stale = true;
    this.#takeBack();
    return true;
  }

  #takeBack(): void {
    this.#repeats = false;
    if (this.#lent === undefined) return;
    this.#lent = undefined;
    this.onTakenBack();
  }

  /** Our answer to their offer. */
  answer(offer: string): Answered {
    // Nothing new: the session timer's refresh.
    if (this.#lent?.offer === offer && this.settled) return { ok: true, body: this.#lent.body };
    if (this.wanted === undefined) return { ok: false, status: 488, why: "no media", warningCode: 399 };
    const result = acceptOffer(this.#state, this.wanted, offer);
    if (!result.ok) return result;
    this.#state = result.state;
    this.#said = this.wanted;
    this.#agreed = this.wanted;
    this.#stale = false;
    this.#takeBack();
    return { ok: true, body: result.sdp };
  }

  /** What an ACK or PRACK says to an offer that `answer` refused: nothing of it is wanted; "" where it cannot be read. */
  decline(offer: string): string {
    return this.wanted === undefined ? "" : declinedOffer(this.#state, this.wanted, offer);
  }

  takeAnswer(answer: string): Taken {
    if (this.#repeats) {
      this.#repeats = false;
      return { ok: true };
    }
    if (answer === "") return { ok: false, status: 488, why: "the answer has no session description" };
    const result = acceptAnswer(this.#state, answer);
    if (!result.ok) return { ok: false, status: 488, why: result.why };
    this.#state = result.state;
    this.#agreed = this.#said;
    this.#stale = false;
    return { ok: true };
  }

  /** Our offer came to nothing. `forget` gives up what was wanted by it, unless the person wants something else by now. */
  withdraw(forget: boolean): void {
    if (this.#repeats) {
      this.#repeats = false;
      return;
    }
    this.#state = withdrawOffer(this.#state);
    if (forget) this.#stale = false;
    if (forget && same(this.wanted, this.#said)) this.wanted = this.#agreed;
    this.#said = this.#agreed;
  }
}

function iceAnew(wanted: LocalMedia): LocalMedia {
  const { ice } = wanted;
  if (ice === undefined) return wanted;
  return { ...wanted, ice: { ...ice, chosen: undefined, restarts: (ice.restarts ?? 0) + 1 } };
}

function same(a: LocalMedia | undefined, b: LocalMedia | undefined): boolean {
  if (a === b || a === undefined || b === undefined) return a === b;
  if (a.ice?.chosen !== b.ice?.chosen || a.ice?.restarts !== b.ice?.restarts) return false;
  if (a.hold !== b.hold || a.address !== b.address || a.port !== b.port) return false;
  // Other keys are to be told, too.
  if (a.srtp?.seed !== b.srtp?.seed) return false;
  if (a.comfortNoise !== b.comfortNoise || a.silenceSuppression !== b.silenceSuppression) return false;
  if (a.redundancy !== b.redundancy) return false;
  if (a.dtmfType !== b.dtmfType || a.ptimeMs !== b.ptimeMs || a.codecs.length !== b.codecs.length) return false;
  return a.codecs.every((c, i) => {
    const other = b.codecs[i];
    if (c.name !== other?.name || c.payloadType !== other.payloadType) return false;
    return equalParameters(c.parameters, other.parameters);
  });
}

function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}
