/** The callee's 2xx to an INVITE, sent again until its ACK comes: RFC 3261 §13.3.1.4. Not the transaction's work. */
import type { Timer } from "../../hal/clock.ts";
import type { SipResponse } from "./message.ts";
import type { SipTimers } from "./timers.ts";
import type { ServerTransaction } from "./transactions.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export class AcceptedInvite {
  readonly sequence: number;
  #core: UserAgentCore;
  #transaction: ServerTransaction;
  #response: SipResponse;
  #noAck: () => void;
  #startMs: number;
  #intervalMs: number;
  #timer: Timer | undefined;
  readonly #timers: SipTimers;

  /** Sends it. `noAck` is called once when 64*T1 went by without `acknowledged`. */
  constructor(core: UserAgentCore, transaction: ServerTransaction, response: SipResponse, noAck: () => void) {
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
    const leftMs = this.#startMs + 64 * this.#timers.t1Ms - clock.now();
    this.#timer = clock.after(Math.min(this.#intervalMs, Math.max(0, leftMs)), () => {
      if (clock.now() - this.#startMs >= 64 * this.#timers.t1Ms) {
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
