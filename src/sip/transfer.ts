/** A REFER that we sent, and its implicit subscription (RFC 3515 §2.4.4, RFC 4488). Its NOTIFYs come through the dialog's owner. */
import type { Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { IncomingRequest } from "./out-of-dialog.ts";
import { type DialogUse, exchangeInside, type RequestContent } from "./session-inside.ts";
import { reportedStatus } from "./sipfrag.ts";
import { eventOf, subscriptionStateOf } from "./subscription-headers.ts";
import { isOver, next, type TransferInput, type TransferState } from "./transfer-state.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

/** How long a subscription counts whose notifier names no time, s. */
const usualSeconds = 180;
const longestSeconds = 3600;

export class Transfer {
  /** URI of Refer-To. */
  readonly target: string;
  readonly onState: Event<TransferState>;
  readonly #core: UserAgentCore;
  readonly #closed: (transfer: Transfer) => void;
  #state: TransferState = { name: "asked" };
  #sequence = 0;
  #open = true;
  #timer: Timer | undefined;

  /** @param closed called once when no NOTIFY is waited for any more. */
  constructor(core: UserAgentCore, target: string, closed: (transfer: Transfer) => void) {
    this.#core = core;
    this.target = target;
    this.#closed = closed;
    this.onState = new Event(core.parts.errors);
  }

  get state(): TransferState {
    return this.#state;
  }

  /** Sends the REFER; events come in later turns. `lost` is told of an answer that ends the dialog. */
  start(use: DialogUse, content: RequestContent, lost: (status: 408 | 481, reason: string) => void): void {
    exchangeInside(this.#core, use, "REFER", content, {
      final: (response, request) => {
        this.#sequence = request.cseq.number;
        this.#onFinal(response);
        if (response.status === 481) lost(481, response.reason);
      },
      failed: (status, message) => {
        this.#input({ type: "refused", status: status === 0 ? 503 : status, reason: message });
        this.#close();
        if (status === 408) lost(408, message);
      },
    });
  }

  /** Gives up waiting for reports. What the other side does is not changed by it. */
  abandon(reason = "not waited for"): void {
    this.#input({ type: "expired", reason });
    this.#close();
  }

  /** Whether a NOTIFY is about this REFER. Without an id it is of the first that was sent in the dialog (RFC 3515 §2.4.6). */
  concerns(request: SipRequest): boolean {
    const { name, id } = eventOf(request);
    return (
      this.#open && name === "refer" && (id === undefined || this.#sequence === 0 || Number(id) === this.#sequence)
    );
  }

  receive(incoming: IncomingRequest): void {
    const { request } = incoming;
    const subscription = subscriptionStateOf(request);
    if (subscription === undefined) {
      incoming.respond(400, "Missing Subscription-State");
      return;
    }
    incoming.respond(200);
    const last = subscription.state === "terminated";
    if (!last) this.#wait(subscription.expiresSeconds ?? usualSeconds);
    this.#input({ type: "notified", report: reportedStatus(request), last, reason: subscription.reason });
    if (last) this.#close();
  }

  #onFinal(response: SipResponse): void {
    const { status, reason } = response;
    if (status >= 300) {
      this.#input({ type: "refused", status, reason });
      this.#close();
      return;
    }
    const observed = response.header("Refer-Sub")?.trim().toLowerCase().startsWith("false") !== true;
    if (this.#open && this.#timer === undefined) this.#wait(usualSeconds);
    this.#input({ type: "accepted", observed });
    if (!observed) this.#close();
  }

  #wait(seconds: number): void {
    this.#timer?.cancel();
    // A notifier may be as late with its last word as the transaction that carries it.
    const ms = Math.min(Math.max(seconds, 1), longestSeconds) * 1000 + 64 * this.#core.timers.t1Ms;
    this.#timer = this.#core.parts.clock.after(ms, () => this.abandon("no report came"));
  }

  #input(input: TransferInput): void {
    const before = this.#state;
    this.#state = next(before, input);
    if (this.#state !== before) this.onState.emit(this.#state);
  }

  #close(): void {
    this.#timer?.cancel();
    if (!this.#open) return;
    this.#open = false;
    this.#closed(this);
  }

  /** It came to an end for people: a final report, a refusal, or nothing more to be heard. */
  get over(): boolean {
    return isOver(this.#state);
  }
}
