/**
 * The caller's side of the INVITE that opens a session: RFC 3261 §13.2. Early dialogs of forks, 2xx of several
 * callees, ACK. One leg has one Call-ID; redirections are the session's, which begins another leg.
 */
import { NameAddress } from "./address.ts";
import { Dialog } from "./dialog.ts";
import { SipRequest, type SipResponse } from "./message.ts";
import { Acknowledgement } from "./session-acknowledge.ts";
import { conductTags, usualConduct } from "./session-conduct.ts";
import { heard, type SessionId, sessionIdValue, unknownSessionId } from "./session-id.ts";
import { exchangeInside } from "./session-inside.ts";
import { SipUri } from "./uri.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";
import { Exchange } from "./user-agent-exchange.ts";

export type ExtraHeaders = readonly (readonly [name: string, value: string])[];

export interface OutgoingInviteParts {
  readonly identity: Identity;
  /** Request-URI. */
  readonly uri: string;
  /** URI or name-addr of To. */
  readonly to: string;
  readonly headers: ExtraHeaders;
  /** The offer, "" for none. */
  readonly offer: string;
  /** Of the session timer as it stands (RFC 4028). */
  readonly timerHeaders: () => ExtraHeaders;
  /** Our half of Session-ID (RFC 7989), "" for none. */
  readonly sessionId: string;
}

export interface OutgoingInviteEvents {
  /** 1xx above 100; `dialog` is undefined where the response has no tag. */
  progress(response: SipResponse, dialog: Dialog | undefined): void;
  /** The first 2xx; `acknowledge` must follow within the call. */
  answered(response: SipResponse, dialog: Dialog): void;
  refused(response: SipResponse): void;
  failed(status: 0 | 408 | 487, message: string): void;
}

export class OutgoingInvite {
  readonly callId: string;
  readonly localTag: string;
  #core: UserAgentCore;
  #parts: OutgoingInviteParts;
  #on: OutgoingInviteEvents;
  #exchange: Exchange | undefined;
  #sequence = 0;
  #request: SipRequest;
  #dialogs = new Map<string, Dialog>();
  #acknowledgements = new Map<string, Acknowledgement>();
  /** As `sessionId` of a dialog, of whoever spoke last: for the CANCEL, which is for all of them. */
  #sessionId: SessionId;
  /** Of those that answered when nobody waited for them any more. */
  #late = new Map<string, Acknowledgement>();

  constructor(core: UserAgentCore, parts: OutgoingInviteParts, on: OutgoingInviteEvents) {
    this.#core = core;
    this.#parts = parts;
    this.#on = on;
    this.callId = core.callId();
    this.localTag = core.token();
    this.#sessionId = { local: parts.sessionId, remote: unknownSessionId };
    this.#request = this.#build(1, undefined);
  }

  /** The INVITE as sent last. */
  get request(): SipRequest {
    return this.#request;
  }

  /** Our Contact in it, "" before it was sent. */
  get contact(): string {
    return this.#request.header("Contact") ?? "";
  }

  dialog(remoteTag: string): Dialog | undefined {
    return this.#dialogs.get(remoteTag);
  }

  get dialogs(): number {
    return this.#dialogs.size;
  }

  /** A branch that hung up by itself. */
  dropDialog(remoteTag: string): void {
    this.#dialogs.delete(remoteTag);
  }

  start(): void {
    const { identity, uri } = this.#parts;
    const nextHop = firstRoute(identity) ?? placeOf(uri, identity);
    this.#exchange = new Exchange(
      this.#core,
      {
        build: (sequence, local) => {
          const secure = [uri, nextHop].some((each) => /^sips:/i.test(each));
          const gruu = identity.publicGruu?.() ?? "";
          const seenAs = identity.seenAs?.(local);
          const contact = gruu === "" ? this.#core.contactUri(identity.contactUser, local, secure, seenAs) : gruu;
          this.#request = this.#build(sequence, contact);
          return this.#request;
        },
        nextSequence: () => {
          this.#sequence += 1;
          return this.#sequence;
        },
        nextHop,
        target: identity.target,
        transport: identity.transport,
        authentication: this.#core.authentication(identity.credentials),
        manner: identity.manner,
        servers: identity.servers,
        purpose: "invite",
      },
      {
        late: (response, request) => this.#onLate(response, request),
        provisional: (response, request) => this.#onProvisional(response, request),
        final: (response, request) => this.#onFinal(response, request),
        failed: (status, message) => this.#on.failed(status, message),
      },
    );
    this.#exchange.start();
  }

  cancel(headers: ExtraHeaders): void {
    const { local } = this.#sessionId;
    const id = local === "" ? [] : [["Session-ID", sessionIdValue(this.#sessionId)] as const];
    this.#exchange?.cancel([...headers, ...id]);
  }

  /** A 2xx that came after its transaction had ended. */
  stray(response: SipResponse): void {
    if (response.status >= 200 && response.status < 300) this.#onFinal(response, this.#request);
  }

  /** Sends the ACK of the first 2xx, and again with each copy of it (§13.2.2.4). `answer` is "" where there was an early offer. */
  acknowledge(dialog: Dialog, answer: string): void {
    const acknowledgement = new Acknowledgement(this.#core, dialog, this.#request, answer, this.#parts.identity);
    this.#acknowledgements.set(dialog.remoteTag, acknowledgement);
    acknowledgement.send();
  }

  /** PRACK of a reliable provisional response, with the answer where that one held the offer (RFC 3262 §4). */
  acknowledgeProvisional(dialog: Dialog, response: SipResponse, sequence: number, answer: string): void {
    const { number, method } = response.cseq;
    const headers = [["RAck", `${sequence} ${number} ${method}`]] as const;
    const content = { headers, contentType: "application/sdp", body: answer };
    const use = { dialog, identity: this.#parts.identity, contact: "" };
    exchangeInside(this.#core, use, "PRACK", content, { final() {}, failed() {} });
  }

  #onProvisional(response: SipResponse, request: SipRequest): void {
    this.#sessionId = heard(this.#sessionId, response);
    const tag = response.to.tag;
    if (tag === undefined) {
      this.#on.progress(response, undefined);
      return;
    }
    let dialog = this.#dialogs.get(tag);
    // A proxy that forks to ever more branches must not fill our memory.
    if (dialog === undefined && this.#dialogs.size < 32) {
      dialog = this.#dialogOf(request, response);
      this.#dialogs.set(tag, dialog);
    }
    this.#on.progress(response, dialog);
  }

  #onFinal(response: SipResponse, request: SipRequest): void {
    if (response.status >= 300) {
      this.#on.refused(response);
      return;
    }
    const tag = response.to.tag ?? "";
    const known = this.#acknowledgements.get(tag);
    // Our ACK was lost: the callee sends its 2xx until it has one.
    if (known !== undefined) {
      known.send();
      return;
    }
    let dialog = this.#dialogs.get(tag);
    if (dialog === undefined) {
      dialog = this.#dialogOf(request, response);
      this.#dialogs.set(tag, dialog);
    } else dialog.confirm(response);
    if (this.#acknowledgements.size === 0) {
      this.#on.answered(response, dialog);
      return;
    }
    // Another branch of a fork answered too: it is acknowledged and hung up (§13.2.2.4).
    this.acknowledge(dialog, "");
    this.#hangUp(dialog);
  }

  /** Answered by a server that we had given up: nobody waits there any more. */
  #onLate(response: SipResponse, request: SipRequest): void {
    const tag = response.to.tag ?? "";
    const known = this.#late.get(tag);
    if (known !== undefined) {
      known.send();
      return;
    }
    const dialog = this.#dialogOf(request, response);
    const acknowledgement = new Acknowledgement(this.#core, dialog, request, "", this.#parts.identity);
    this.#late.set(tag, acknowledgement);
    acknowledgement.send();
    this.#hangUp(dialog);
  }

  #dialogOf(request: SipRequest, response: SipResponse): Dialog {
    const dialog = Dialog.ofClient(request, response);
    const { identity, sessionId } = this.#parts;
    dialog.outbound = () => identity.servers?.outboundInDialog;
    if (sessionId !== "") dialog.sessionId = heard({ local: sessionId, remote: unknownSessionId }, response);
    return dialog;
  }

  #hangUp(dialog: Dialog): void {
    const use = { dialog, identity: this.#parts.identity, contact: "" };
    exchangeInside(this.#core, use, "BYE", {}, { final() {}, failed() {} });
  }

  #build(sequence: number, contactUri: string | undefined): SipRequest {
    const { identity, uri, to, headers, offer } = this.#parts;
    const request = new SipRequest("INVITE", uri);
    const routes = routeValues(identity);
    if (routes.length > 0) request.setHeader("Route", ...routes);
    request
      .addHeader("Max-Forwards", "70")
      .addHeader("From", NameAddress.of(identity.aor, identity.displayName, { tag: this.localTag }))
      .addHeader("To", to.includes("<") ? to : `<${to}>`)
      .addHeader("Call-ID", this.callId)
      .addHeader("CSeq", `${sequence} INVITE`);
    if (contactUri !== undefined) request.addHeader("Contact", `<${contactUri}>`);
    const conduct = { ...usualConduct, ...identity.conduct };
    this.#core.introduce(request, conductTags(conduct));
    if (this.#parts.sessionId !== "") request.addHeader("Session-ID", sessionIdValue(this.#sessionId));
    if (conduct.reliable === "required") request.addHeader("Require", "100rel");
    for (const [name, value] of this.#parts.timerHeaders()) request.addHeader(name, value);
    for (const [name, value] of headers) request.addHeader(name, value);
    if (offer !== "") request.setBody("application/sdp", offer);
    return request;
  }
}

/**
 * Preloaded routes as Route values. Deviates from RFC 3261 §8.1.1.1 in taking every configured proxy for a loose
 * router: `lr` is left out by people far more often than a strict router of RFC 2543 is met.
 */
export function routeValues(identity: Identity): readonly string[] {
  return identity.route.flatMap((route) => {
    const address = NameAddress.parse(route);
    const uri = SipUri.parse(address?.uri ?? route.replace(/^<|>$/g, ""));
    if (uri === undefined) return [];
    return [uri.isLooseRouter ? `<${uri.text}>` : `<${uri.text};lr>`];
  });
}

/** A tel URI names no place: it is for the account's server to know one (RFC 3261 §8.1.2, RFC 3966 §4). */
function placeOf(uri: string, { servers, aor }: Identity): string {
  return /^tel:/i.test(uri) ? (servers?.options.servers[0]?.registrar ?? aor) : uri;
}

export function firstRoute(identity: Identity): string | undefined {
  const first = routeValues(identity)[0];
  return first === undefined ? undefined : NameAddress.parse(first)?.uri;
}
