/** Changes of a session that is up, of either side: re-INVITEs that come and go, one at a time (RFC 3261 §14). When is the machine's decision. */
import type { SipRequest, SipResponse } from "./message.ts";
import { description, inspectContent, refuse } from "./out-of-dialog.ts";
import { SessionChange } from "./session-change.ts";
import { type SessionContext, warn } from "./session-context.ts";
import { SessionLending } from "./session-lending.ts";
import type { ServerTransaction } from "./transactions.ts";

export class SessionChanges {
  #context: SessionContext;
  #theirs: ServerTransaction | undefined;
  #ours: SessionChange | undefined;
  #retryAfterMs = 0;
  readonly lending: SessionLending;

  constructor(context: SessionContext) {
    this.#context = context;
    this.lending = new SessionLending(context);
  }

  /** Their re-INVITE; what becomes of it the machine says. True when it was accepted. */
  receive(transaction: ServerTransaction): boolean {
    const { core, timer, conduct, wires } = this.#context;
    const least = timer.refusal(transaction.request, conduct.timer);
    const refusal =
      least === undefined
        ? inspectContent(transaction.request)
        : ({ status: 422, headers: [["Min-SE", String(least)]] } as const);
    if (refusal !== undefined) {
      refuse(core, transaction, refusal);
      return false;
    }
    this.#theirs = transaction;
    this.#context.hear(transaction.request);
    wires.input({ type: "their-invite" });
    return this.#context.acceptedSequence === transaction.request.cseq.number;
  }

  /** A 2xx that came after its transaction had ended; true when it was of our re-INVITE. */
  stray(response: SipResponse): boolean {
    return this.#ours?.stray(response) === true;
  }

  close(): void {
    this.#ours?.cancel();
    this.lending.close();
  }

  // Effects of the machine.

  refuseTheirs(status: 491 | 500): void {
    const transaction = this.#theirs;
    if (transaction === undefined) return;
    const response = this.#context.plain(transaction.request, status);
    // §14.2: a time between 0 and 10 s.
    if (status === 500) response.addHeader("Retry-After", String(Math.floor(this.#context.core.chance() * 11)));
    transaction.respond(response);
  }

  /** Answers a re-INVITE at once, so that a CANCEL of it always comes too late (§14.2, §9.2). */
  takeTheirs(): void {
    const transaction = this.#theirs;
    if (transaction === undefined) return;
    const { media, dialog, wires } = this.#context;
    // An ACK that got lost is implied by the next request (RFC 5407 §3.1.4).
    this.#context.stopAccepting();
    const text = description(transaction.request);
    let body = "";
    if (text === "") body = media.offer();
    else {
      const result = media.answer(text);
      if (!result.ok) {
        const response = this.#context.plain(transaction.request, result.status);
        warn(response, result.warningCode, result.why);
        transaction.respond(response);
        return;
      }
      body = result.body;
    }
    dialog?.refreshTarget(transaction.request);
    dialog?.refreshRemote(transaction.request);
    const response = this.#context.response(transaction.request, 200);
    this.#context.timer.accept(transaction.request, response, this.#context.conduct.timer);
    if (body !== "") response.setBody("application/sdp", body);
    wires.input({ type: "their-invite-accepted", offered: text === "" });
    // Before the answer goes: packets by the new keys may come as soon as it is there (RFC 3264 §6.1, RFC 4568 §7.1.2).
    if (text !== "") wires.tellMedia();
    this.#context.accept(transaction, response);
  }

  sendOurs(): void {
    const { media } = this.#context;
    this.#send(
      () => media.repeat() ?? media.offer(),
      (_, response, request) => this.#onAnswered(response, request),
    );
  }

  /** Asks for an offer that somebody else answers. */
  sendLend(): void {
    this.lending.begin();
    this.#send(
      () => "",
      (change, response, request) => this.#onOffered(change, response, request),
    );
  }

  #send(
    offer: () => string,
    answered: (change: SessionChange, response: SipResponse, request: SipRequest) => void,
  ): void {
    const { core, dialog, identity, contact, wires } = this.#context;
    if (dialog === undefined) return;
    const headers = this.#context.timer.requestHeaders(this.#context.conduct.timer);
    const change: SessionChange = new SessionChange(
      core,
      { dialog, identity, contact, offer: offer(), headers, introduce: (r) => this.#context.introduce(r) },
      {
        answered: (response, request) => answered(change, response, request),
        refused: (status, reason, retryAfterMs, response) => {
          // RFC 4028 §7.3: with a longer interval at once.
          if (response !== undefined && this.#context.timer.tooSmall(response)) {
            this.#send(offer, answered);
            return;
          }
          this.#retryAfterMs = retryAfterMs ?? 0;
          wires.input({ type: "change-refused", status, reason, retryAfter: retryAfterMs !== undefined });
        },
      },
    );
    this.#ours = change;
    change.start();
  }

  /** How long to wait before our change is tried again, ms. */
  retryMs(retryAfter: boolean): number {
    if (retryAfter) return this.#retryAfterMs;
    // §14.1: in steps of 10 ms, so that the two sides do not meet again.
    const [least, span] = this.#context.direction === "out" ? [210, 191] : [0, 201];
    return 10 * (least + Math.floor(this.#context.core.chance() * span));
  }

  #onOffered(change: SessionChange, response: SipResponse, request: SipRequest): void {
    this.#context.hear(response);
    if (this.#context.wires.phase().name !== "terminated") this.#context.timer.accepted(request, response);
    this.lending.offered(description(response), (answer) => change.acknowledge(answer));
  }

  #onAnswered(response: SipResponse, request: SipRequest): void {
    const { media, wires, timer } = this.#context;
    if (wires.phase().name === "terminated") return;
    this.#context.hear(response);
    timer.accepted(request, response);
    const taken = media.takeAnswer(description(response));
    if (taken.ok) {
      wires.input({ type: "change-answered" });
      wires.tellMedia();
    } else wires.input({ type: "broken", status: taken.status, reason: taken.why });
  }
}
