/** The callee's 2xx to an INVITE, sent again until its ACK comes: RFC 3261 §13.3.1.4. Not the transaction's work. */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { SipResponse } from "./message.ts";
import type { ServerTransaction } from "./transactions.ts";

/** What it needs of the user agent's core. */
interface Core {
  readonly parts: { readonly clock: Clock };
  readonly timers: { readonly t1Ms: number; readonly t2Ms: number };
}

type Transaction = Pick<ServerTransaction, "request" | "respond">;

export class AcceptedInvite {
  readonly sequence: number;
  #core: Core;
  #transaction: Transaction;
  #response: SipResponse;
  #noAck: () => void;
  #startMs: number;
  #intervalMs: number;
  #timer: Timer | undefined;
  readonly #timers: Core["timers"];

  /** Sends it. `noAck` is called once when 64*T1 went by without `acknowledged`. */
  constructor(core: Core, transaction: Transaction, response: SipResponse, noAck: () => void) {
    this.#core = core;
    this.#transaction = transaction;
    this.#response = response;
    this.#noAck = noAck;
    this.sequence = transaction.request.cseq.number;
    this.#startMs = core.parts.clock.now();
    this.#timers = response.manner?.timers ?? core.timers;
    this.#intervalMs = this.#timers.t1Ms;
    transaction.respond(response);
    this.#wait();
  }

  acknowledged(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    const { clock } = this.#core.parts;
    const leftMs = Math.max(0, this.#startMs + 64 * this.#timers.t1Ms - clock.now());
    // Decided before the wait: a timer that fires a moment early must not lead to one more copy.
    const last = leftMs <= this.#intervalMs;
    this.#timer = clock.after(last ? leftMs : this.#intervalMs, () => {
      if (last) {
        this.#timer = undefined;
        return this.#noAck();
      }
      // On every transport: a proxy on the way may have gone on over UDP.
      this.#transaction.respond(this.#response);
      this.#intervalMs = Math.min(2 * this.#intervalMs, this.#timers.t2Ms);
      this.#wait();
    });
  }
}
