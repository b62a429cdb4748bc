/** What becomes of a call that is handed to somebody else, or that its far end hands on (CAL-47 to CAL-50, RFC 5589). The REFER itself is handover.ts. */
import type { Clock } from "../../hal/clock.ts";
import type { Transfer } from "../sip/transfer.ts";
import { Handover, type HandoverOutcome } from "./handover.ts";
import type { CallView } from "./state.ts";

type PassingState =
  | { readonly name: "none" }
  | { readonly name: "transferring"; readonly to: string; readonly attended: boolean; readonly handover: Handover }
  | { readonly name: "failed"; readonly why: string }
  /** Its far end sent us on: the call that took its place is the one that goes on. */
  | { readonly name: "referred" }
  /** The other call of an attended transfer: its far end gets connected without us. */
  | { readonly name: "offered" };

export class Passing {
  #state: PassingState = { name: "none" };

  get name(): PassingState["name"] {
    return this.#state.name;
  }

  /** Whether and how it is being handed to somebody else: "attended" is to the far end of another call of ours. */
  get standing(): "none" | "blind" | "attended" | "failed" {
    if (this.#state.name === "failed") return "failed";
    if (this.#state.name !== "transferring") return "none";
    return this.#state.attended ? "attended" : "blind";
  }

  /** @param over called once, before or after this returns */
  handOver(
    clock: Clock,
    transfer: Transfer,
    { to, attended }: { readonly to: string; readonly attended: boolean },
    over: (outcome: HandoverOutcome) => void,
  ): void {
    let running = true;
    const handover = new Handover(clock, transfer, (outcome) => {
      running = false;
      if (outcome.name === "failed") this.#state = { name: "failed", why: outcome.why };
      over(outcome);
    });
    if (running) this.#state = { name: "transferring", to, attended, handover };
  }

  refer(on: boolean): void {
    this.#state = on ? { name: "referred" } : { name: "none" };
  }

  offer(): void {
    this.#state = { name: "offered" };
  }

  /** Nothing came of what it was offered for. */
  offerNoMore(): void {
    if (this.#state.name === "offered") this.#state = { name: "none" };
  }

  /** The person goes on with it after all, or it is over. */
  takeBack(): void {
    if (this.#state.name === "transferring") this.#state.handover.drop();
    if (this.#state.name !== "offered") this.#state = { name: "none" };
  }

  /** Somebody read that the transfer failed. False where none did. */
  forgetFailure(): boolean {
    if (this.#state.name !== "failed") return false;
    this.#state = { name: "none" };
    return true;
  }

  get view(): Pick<CallView, "transfer"> {
    switch (this.#state.name) {
      case "transferring":
        return { transfer: { name: "transferring", to: this.#state.to } };
      case "referred":
        return { transfer: { name: "sent on" } };
      case "failed":
        return { transfer: this.#state };
      default:
        return {};
    }
  }
}
