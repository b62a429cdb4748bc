/** The callee's side of the INVITE that opens a session: provisional and final responses (RFC 3261 §13.3), its CANCEL. What follows the ACK is the session's. */
import type { Timer } from "../../hal/clock.ts";
import type { LocalMedia } from "../sdp/media.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { description } from "./out-of-dialog.ts";
import { type SessionContext, warn } from "./session-context.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import { answeredElsewhere, reasonsOf } from "./session-reason.ts";
import { hasTag, ReliableProvisionals } from "./session-reliable.ts";
import type { ServerTransaction } from "./transactions.ts";

/** §13.3.1.1: a provisional response each minute keeps proxies from giving up after three. */
const reminderMs = 60_000;

/** What reliable responses said of our media: nothing, something whose PRACK is to come, all there is to say. */
type Description = { readonly name: "none" | "sent" | "agreed" };

export class IncomingCall {
  readonly transaction: ServerTransaction;
  #context: SessionContext;
  /** Description of the next response, "" for none. */
  #body = "";
  #contacts: readonly string[] = [];
  #headers: ExtraHeaders = [];
  /** Min-SE of our 422, s. */
  #leastSeconds = 0;
  /** The answer that came in a PRACK. */
  #taken = "";
  #warning: { readonly warningCode: number; readonly why: string } | undefined;
  #reminder: Timer | undefined;
  #reliable: ReliableProvisionals;
  #description: Description = { name: "none" };
  /** The 200 waits for the PRACK of what was described before (RFC 3262 §3). */
  #answerLater: (() => void) | undefined;

  constructor(context: SessionContext, transaction: ServerTransaction) {
    this.#context = context;
    this.transaction = transaction;
    transaction.onCancel = (cancel) => this.#onCancel(cancel);
    transaction.onFailure = (_why, message) => this.#onLost(message);
    context.hear(transaction.request);
    this.#reliable = new ReliableProvisionals(context.core, transaction, {
      acknowledged: (prack) => this.#onAcknowledged(prack),
      giveUp: () => context.wires.input({ type: "broken", status: 504, reason: "No PRACK" }),
    });
  }

  /** Offer and answer are complete, and the caller is sure to have ours. */
  get agreed(): boolean {
    return this.#description.name === "agreed";
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
    if (!this.#timerFits()) return;
    const described = media !== undefined && this.#description.name === "none" && this.#describe(media);
    if (media !== undefined && this.#context.wires.phase().name !== "incoming") return;
    this.#context.wires.input({ type: "ring", status });
    if (described && !this.#offers) this.#context.wires.tellMedia();
  }

  answer(media: LocalMedia): void {
    if (!this.#timerFits() || this.#answerLater !== undefined) return;
    if (this.#reliable.pending && this.#description.name === "sent") {
      this.#answerLater = () => this.#answerNow(media);
      return;
    }
    this.#answerNow(media);
  }

  /** `contacts` are for a 3xx. */
  reject(status: number, reason: string, contacts: readonly string[], headers: ExtraHeaders = []): void {
    this.#contacts = contacts;
    this.#headers = headers;
    const valid = Number.isInteger(status) && status >= 300 && status <= 699;
    this.#context.wires.input({ type: "hang-up", status: valid ? status : 480, reason });
  }

  // Effects of the machine.

  respond(status: number, reason: string): void {
    const response = this.#context.response(this.request, status, reason === "" ? undefined : reason);
    this.#reminder?.cancel();
    if (status < 200) this.#provisional(status, response);
    else {
      if (this.#warning !== undefined) warn(response, this.#warning.warningCode, this.#warning.why);
      for (const [name, value] of this.#headers) response.addHeader(name, value);
      for (const uri of this.#contacts) response.addHeader("Contact", uri.includes("<") ? uri : `<${uri}>`);
      if (status === 422) response.addHeader("Min-SE", String(this.#leastSeconds));
      this.#reliable.close();
      this.transaction.respond(response);
    }
  }

  accept(): void {
    const response = this.#context.response(this.request, 200);
    // Once described reliably, nothing is described again (RFC 6337 §2.3).
    if (this.#body !== "" && this.#description.name !== "agreed") response.setBody("application/sdp", this.#body);
    this.#context.timer.accept(this.request, response, this.#context.conduct.timer);
    this.#reminder?.cancel();
    this.#reliable.close();
    this.#context.accept(this.transaction, response);
  }

  /** A PRACK in this dialog; false when it acknowledges nothing of ours. */
  receivePrack(transaction: ServerTransaction): boolean {
    if (!this.#reliable.receive(transaction.request)) return false;
    const response = this.#context.plain(transaction.request, 200);
    const text = description(transaction.request);
    // §5: a PRACK may offer anew once the first offer is answered.
    if (text !== "" && this.#description.name === "agreed" && text !== this.#taken) {
      const result = this.#context.media.answer(text);
      if (result.ok) response.setBody("application/sdp", result.body);
      else {
        const refusal = this.#context.plain(transaction.request, result.status);
        warn(refusal, result.warningCode, result.why);
        transaction.respond(refusal);
        return true;
      }
      this.#context.wires.tellMedia();
    }
    transaction.respond(response);
    const answerNow = this.#answerLater;
    this.#answerLater = undefined;
    answerNow?.();
    return true;
  }

  /** The transaction outlives the session by half a minute and must not keep it in memory. */
  close(): void {
    this.#reminder?.cancel();
    this.#reliable.close();
    this.#answerLater = undefined;
    this.transaction.onCancel = undefined;
    this.transaction.onFailure = undefined;
  }

  /** The INVITE had no offer: we make it. */
  get #offers(): boolean {
    return description(this.request) === "";
  }

  #answerNow(media: LocalMedia): void {
    const { wires } = this.#context;
    if (this.#description.name === "agreed") {
      // What differs is offered as soon as the call is up.
      this.#context.media.wanted = media;
      wires.input({ type: "answer", offered: false });
      wires.tellMedia();
      return;
    }
    if (!this.#describe(media)) return;
    const offered = this.#offers;
    wires.input({ type: "answer", offered });
    if (!offered) wires.tellMedia();
  }

  /** False when the offer cannot be answered: the session is then over. */
  #describe(local: LocalMedia): boolean {
    const { media, wires } = this.#context;
    media.wanted = local;
    if (this.#offers) {
      this.#body = media.offer();
      return true;
    }
    const result = media.answer(description(this.request));
    if (result.ok) this.#body = result.body;
    else {
      this.#warning = result;
      wires.input({ type: "broken", status: result.status, reason: result.why });
    }
    return result.ok;
  }

  /** RFC 4028 §8: an interval that is too short for us is refused before anybody rings. */
  #timerFits(): boolean {
    const least = this.#context.timer.refusal(this.request, this.#context.conduct.timer);
    if (least === undefined) return true;
    this.#leastSeconds = least;
    this.#context.wires.input({ type: "broken", status: 422, reason: "Session Interval Too Small" });
    return false;
  }

  #provisional(status: number, response: SipResponse): void {
    const { clock } = this.#context.core.parts;
    this.#reminder = clock.after(reminderMs, () => {
      if (this.#context.wires.phase().name === "incoming") this.respond(status, "");
    });
    const demanded = hasTag(this.request, "Require", "100rel");
    const able = this.#context.conduct.reliable !== "off" && hasTag(this.request, "Supported", "100rel");
    // An offer of ours cannot be answered before the ACK unless there is a PRACK; and where none was made yet, the
    // first reliable response must hold it (RFC 3261 §13.2.1), so that one without goes as it always did.
    const reliable = demanded || (able && (!this.#offers || this.#body !== "" || this.#description.name !== "none"));
    if (this.#body !== "" && (reliable || !this.#offers) && this.#description.name === "none") {
      response.setBody("application/sdp", this.#body);
      if (reliable) this.#description = { name: "sent" };
    }
    if (!reliable) {
      this.transaction.respond(response);
      return;
    }
    response.addHeader("Require", "100rel");
    this.#reliable.send(response);
  }

  #onAcknowledged(prack: SipRequest): void {
    if (this.#description.name !== "sent") return;
    if (this.#offers) {
      const text = description(prack);
      const taken = this.#context.media.takeAnswer(text);
      if (!taken.ok) {
        this.#context.wires.input({ type: "broken", status: taken.status, reason: taken.why });
        return;
      }
      this.#taken = text;
      this.#context.wires.tellMedia();
    }
    this.#description = { name: "agreed" };
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
