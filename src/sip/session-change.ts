/** Our re-INVITE: RFC 3261 §14.1. Sends the offer, acknowledges the 2xx and its copies; what follows is the session's. */
import type { Dialog } from "./dialog.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { Acknowledgement } from "./session-acknowledge.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";
import { Exchange } from "./user-agent-exchange.ts";

export interface SessionChangeParts {
  readonly dialog: Dialog;
  readonly identity: Identity | undefined;
  /** Value of Contact. */
  readonly contact: string;
  /** "": the other side is asked for an offer, and `acknowledge` answers it. */
  readonly offer: string;
  readonly headers: ExtraHeaders;
  /** Adds Allow, Supported and our name. */
  readonly introduce: (request: SipRequest) => void;
}

export interface SessionChangeEvents {
  /** Once; acknowledged already where the offer was ours. */
  answered(response: SipResponse, request: SipRequest): void;
  /** `retryAfterMs` where the other side named a time of 10 s or less. */
  refused(status: number, reason: string, retryAfterMs: number | undefined, response?: SipResponse): void;
}

export class SessionChange {
  #core: UserAgentCore;
  #parts: SessionChangeParts;
  #on: SessionChangeEvents;
  #exchange: Exchange | undefined;
  #request: SipRequest | undefined;
  #acknowledgement: Acknowledgement | undefined;
  /** Its 2xx, once there is one. */
  #accepted: SipResponse | undefined;

  constructor(core: UserAgentCore, parts: SessionChangeParts, on: SessionChangeEvents) {
    this.#core = core;
    this.#parts = parts;
    this.#on = on;
  }

  start(): void {
    const { dialog, identity, contact, offer, headers, introduce } = this.#parts;
    const build = (sequence: number) => {
      const request = dialog.request("INVITE", sequence).addHeader("Contact", contact);
      introduce(request);
      for (const [name, value] of headers) request.addHeader(name, value);
      if (offer !== "") request.setBody("application/sdp", offer);
      this.#request = request;
      return request;
    };
    const parts = {
      build,
      nextSequence: () => dialog.nextSequence(),
      nextHop: dialog.nextHop,
      transport: identity?.transport,
      authentication: this.#core.authentication(identity?.credentials),
      manner: identity?.manner,
    };
    this.#exchange = new Exchange(this.#core, parts, {
      final: (response, request) => this.#onFinal(response, request),
      // No answer at all ends the dialog (§14.1); one that could not be sent leaves it as it was.
      failed: (status, message) => this.#on.refused(status === 408 ? 408 : 503, message, undefined),
    });
    this.#exchange.start();
  }

  /** The call is over: a peer that said 1xx might else keep the INVITE waiting for ever (§17.1.1.2). */
  cancel(): void {
    if (this.#accepted === undefined) this.#exchange?.cancel();
  }

  /** The answer to the other side's offer, sent once. */
  acknowledge(answer: string): void {
    const request = this.#request;
    if (request === undefined || this.#accepted === undefined || this.#acknowledgement !== undefined) return;
    this.#acknowledgement = new Acknowledgement(this.#core, this.#parts.dialog, request, answer, this.#parts.identity);
    this.#acknowledgement.send();
  }

  /** A 2xx that came after its transaction had ended; true when it was ours. */
  stray(response: SipResponse): boolean {
    const request = this.#request;
    if (request === undefined || request.cseq.number !== response.cseq.number) return false;
    this.#onFinal(response, request);
    return true;
  }

  #onFinal(response: SipResponse, request: SipRequest): void {
    const { dialog, offer } = this.#parts;
    if (response.status >= 300) {
      const seconds = Number.parseInt(response.header("Retry-After") ?? "", 10);
      const retryAfterMs = seconds >= 0 && seconds <= 10 ? seconds * 1000 : undefined;
      this.#on.refused(response.status, response.reason, retryAfterMs, response);
      return;
    }
    // Its ACK was lost (§13.2.2.4), or has to wait for an answer.
    if (this.#accepted !== undefined) {
      this.#acknowledgement?.send();
      return;
    }
    this.#accepted = response;
    dialog.refreshTarget(response);
    if (offer !== "") this.acknowledge("");
    this.#on.answered(response, request);
  }
}
