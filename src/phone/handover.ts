/** A call that is being handed to somebody else, seen from who hands it on: what its REFER says until it is over (RFC 3515, RFC 5589 §6, CAL-47 to CAL-50). */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Transfer } from "../sip/transfer.ts";
import type { TransferState } from "../sip/transfer-state.ts";
import { endReason } from "./end-reason.ts";

export type HandoverOutcome = { readonly name: "done" } | { readonly name: "failed"; readonly why: string };

/**
 * How long after its 202 the other side may leave us without a word. The guide's flows 6 and 7 show no NOTIFY at all:
 * whoever accepts and never reports has the call from then on.
 */
const silenceMs = 4000;

export class Handover {
  readonly #clock: Clock;
  readonly #transfer: Transfer;
  readonly #over: (outcome: HandoverOutcome) => void;
  #silence: Timer | undefined;
  #open = true;

  /** @param over called once. */
  constructor(clock: Clock, transfer: Transfer, over: (outcome: HandoverOutcome) => void) {
    this.#clock = clock;
    this.#transfer = transfer;
    this.#over = over;
    transfer.onState.on((state) => this.#look(state));
    // Without a dialog it failed before anybody could listen.
    if (transfer.over) this.#look(transfer.state);
  }

  /** The person takes the call back: what the other side still does is not waited for. */
  drop(): void {
    this.#open = false;
    this.#silence?.cancel();
    this.#transfer.abandon();
  }

  #look(state: TransferState): void {
    this.#silence?.cancel();
    switch (state.name) {
      case "asked":
      case "proceeding":
        return;
      case "accepted":
        if (state.observed) this.#silence = this.#clock.after(silenceMs, () => this.#end({ name: "done" }));
        else this.#end({ name: "done" });
        return;
      case "succeeded":
      case "unknown":
        this.#end({ name: "done" });
        return;
      case "failed":
        this.#end({ name: "failed", why: endReason(state.status, state.reason) });
        return;
      default:
        state satisfies never;
    }
  }

  #end(outcome: HandoverOutcome): void {
    this.#silence?.cancel();
    if (!this.#open) return;
    this.#open = false;
    this.#over(outcome);
  }
}
