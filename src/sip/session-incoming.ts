/** The callee's side of the INVITE that opens a session: provisional and final responses (RFC 3261 §13.3), its CANCEL. What follows the ACK is the session's. */
import type { Timer } from "../../hal/clock.ts";
import type { LocalMedia } from "../sdp/media.ts";
import type { SipRequest } from "./message.ts";
import { description } from "./out-of-dialog.ts";
import { type SessionContext, warn } from "./session-context.ts";
import { answeredElsewhere, reasonsOf } from "./session-reason.ts";
import type { ServerTransaction } from "./transactions.ts";

/** §13.3.1.1: a provisional response each minute keeps proxies from giving up after three. */
const reminderMs = 60_000;

export class IncomingCall {
  readonly transaction: ServerTransaction;
  #context: SessionContext;
  /** Description of the next response, "" for none. */
  #body = "";
  #contacts: readonly string[] = [];
  #warning: { readonly warningCode: number; readonly why: string } | undefined;
  #reminder: Timer | undefined;

  constructor(context: SessionContext, transaction: ServerTransaction) {
    this.#context = context;
    this.transaction = transaction;
    transaction.onCancel = (cancel) => this.#onCancel(cancel);
    transaction.onFailure = (_why, message) => this.#onLost(message);
  }

  get request(): SipRequest {
    return this.transaction.request;
  }

  /** The caller's own limit for an answer (§13.3.1), ms, or undefined. */
  get limitMs(): number | undefined {
    const expires = this.request.expires;
    return expires !== undefined && expires > 0 && expires < 86_400 ? expires * 1000 : undefined;
  }

  ring(status: 180 | 181 | 182 | 183, media: LocalMedia | undefined): void {
    if (media !== undefined && !this.#answerOffer(media)) return;
    this.#context.wires.input({ type: "ring", status });
    if (media !== undefined) this.#context.wires.tellMedia();
  }

  answer(media: LocalMedia): void {
    const { wires } = this.#context;
    const offered = description(this.request) === "";
    if (!offered && !this.#answerOffer(media)) return;
    if (offered) {
      this.#context.media.wanted = media;
      this.#body = this.#context.media.offer();
    }
    wires.input({ type: "answer", offered });
    if (!offered) wires.tellMedia();
  }

  /** `contacts` are for a 3xx. */
  reject(status: number, reason: string, contacts: readonly string[]): void {
    this.#contacts = contacts;
    const valid = Number.isInteger(status) && status >= 300 && status <= 699;
    this.#context.wires.input({ type: "hang-up", status: valid ? status : 480, reason });
  }

  // Effects of the machine.

  respond(status: number, reason: string): void {
    const response = this.#context.response(this.request, status, reason === "" ? undefined : reason);
    if (status < 200 && this.#body !== "") response.setBody("application/sdp", this.#body);
    if (this.#warning !== undefined) warn(response, this.#warning.warningCode, this.#warning.why);
    for (const uri of this.#contacts) response.addHeader("Contact", uri.includes("<") ? uri : `<${uri}>`);
    this.transaction.respond(response);
    this.#reminder?.cancel();
    if (status < 200)
      this.#reminder = this.#context.core.parts.clock.after(reminderMs, () => {
        if (this.#context.wires.phase().name === "incoming") this.respond(status, "");
      });
  }

  accept(): void {
    const response = this.#context.response(this.request, 200);
    if (this.#body !== "") response.setBody("application/sdp", this.#body);
    this.#reminder?.cancel();
    this.#context.accept(this.transaction, response);
  }

  /** The transaction outlives the session by half a minute and must not keep it in memory. */
  close(): void {
    this.#reminder?.cancel();
    this.transaction.onCancel = undefined;
    this.transaction.onFailure = undefined;
  }

  /** False when the offer cannot be answered: the session is then over. */
  #answerOffer(local: LocalMedia): boolean {
    const { media, wires } = this.#context;
    media.wanted = local;
    const result = media.answer(description(this.request));
    if (result.ok) this.#body = result.body;
    else {
      this.#warning = result;
      wires.input({ type: "broken", status: result.status, reason: result.why });
    }
    return result.ok;
  }

  #onCancel(cancel: SipRequest): void {
    const reasons = reasonsOf(cancel);
    const reason = reasons.find((r) => r.text !== "")?.text ?? "Cancelled";
    this.#context.wires.input({ type: "cancelled", reason, elsewhere: answeredElsewhere(reasons) });
  }

  /** Our response cannot reach the other side any more. */
  #onLost(message: string): void {
    if (this.#context.wires.phase().name === "incoming")
      this.#context.wires.input({ type: "broken", status: 503, reason: message });
  }
}
