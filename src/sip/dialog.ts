/**
 * A dialog: RFC 3261 §12, of either side, early and confirmed. It builds the requests sent inside it and judges those
 * that come; it is neither the session (session.ts) nor a subscription.
 */
import { NameAddress } from "./address.ts";
import { SipRequest, type SipResponse } from "./message.ts";
import { magicCookie } from "./random-text.ts";
import { type SessionId, sessionIdValue } from "./session-id.ts";
import { SipUri } from "./uri.ts";

/** What a dialog says of a request that came inside it. */
export type DialogVerdict = { readonly ok: true } | { readonly ok: false; readonly status: 500; readonly why: string };

interface DialogParts {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly local: string;
  readonly remote: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
}

export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** "" for a peer of RFC 2543 that knows no tags (§12.1.1, §12.1.2). */
  readonly remoteTag: string;
  /**
   * URI of the proxy that requests pass first, where one is configured for calls that stand too (feature row ACC-05).
   * Deviates from RFC 3261 §12.2.1.1, whose route set is what the other side recorded: because a phone behind such a
   * proxy can reach nobody without it.
   */
  outbound: (() => string | undefined) | undefined;
  #local: string;
  #remote: string;
  #remoteTarget: string;
  #routeSet: readonly string[];
  #localSequence: number;
  #remoteSequence: number | undefined;
  /** Session-ID of ours and theirs (RFC 7989); undefined where it is not used. */
  sessionId: SessionId | undefined;

  private constructor(parts: DialogParts) {
    this.callId = parts.callId;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.#local = parts.local;
    this.#remote = parts.remote;
    this.#remoteTarget = parts.remoteTarget;
    this.#routeSet = parts.routeSet;
    this.#localSequence = parts.localSequence;
    this.#remoteSequence = parts.remoteSequence;
  }

  /** The caller's dialog, out of a response above 100 (§12.1.2). */
  static ofClient(request: SipRequest, response: SipResponse): Dialog {
    // A provisional without Contact still tells forks apart; what is sent inside goes where the INVITE went.
    const remoteTarget = response.contacts[0]?.uri ?? request.uri;
    return new Dialog({
      callId: request.callId,
      localTag: request.from.tag ?? "",
      remoteTag: response.to.tag ?? "",
      local: request.header("From") ?? "",
      remote: response.header("To") ?? "",
      remoteTarget,
      routeSet: routesOf(response).reverse(),
      localSequence: request.cseq.number,
      remoteSequence: undefined,
    });
  }

  /** The subscriber's dialog, out of the first NOTIFY to its SUBSCRIBE (RFC 6665 §4.4.1). Undefined without a Contact that can be used. */
  static ofNotify(subscribe: SipRequest, notify: SipRequest): Dialog | undefined {
    const contact = notify.contacts[0];
    if (contact === undefined || contact.parsedUri === undefined) return undefined;
    return new Dialog({
      callId: subscribe.callId,
      localTag: subscribe.from.tag ?? "",
      remoteTag: notify.from.tag ?? "",
      local: subscribe.header("From") ?? "",
      remote: notify.header("From") ?? "",
      remoteTarget: contact.uri,
      routeSet: routesOf(notify),
      localSequence: subscribe.cseq.number,
      remoteSequence: undefined,
    });
  }

  /** The callee's dialog (§12.1.1). Undefined when the request has no Contact that can be used. */
  static ofServer(request: SipRequest, localTag: string): Dialog | undefined {
    // RFC 2543 §6.13: there Contact might be missing, and From is who is called back (RFC 4475 §3.4).
    const { via } = request;
    const old = via !== undefined && via.branch?.startsWith(magicCookie) !== true && !request.header("Contact");
    const contact = old ? request.from : request.contacts[0];
    if (contact === undefined || contact.parsedUri === undefined) return undefined;
    return new Dialog({
      callId: request.callId,
      localTag,
      remoteTag: request.from.tag ?? "",
      local: `${request.header("To") ?? ""};tag=${localTag}`,
      remote: request.header("From") ?? "",
      remoteTarget: contact.uri,
      routeSet: routesOf(request),
      localSequence: 0,
      remoteSequence: request.cseq.number,
    });
  }

  /** `Call-ID;to-tag=...;from-tag=...`, as Replaces names it (RFC 3891 §6.1): `to` is ours, `from` theirs. */
  get id(): string {
    return `${this.callId};to-tag=${this.localTag};from-tag=${this.remoteTag}`;
  }

  get remoteTarget(): string {
    return this.#remoteTarget;
  }

  get routeSet(): readonly string[] {
    return this.#routeSet;
  }

  /** Header value of the other side, with its tag. */
  get remote(): string {
    return this.#remote;
  }

  get local(): string {
    return this.#local;
  }

  nextSequence(): number {
    this.#localSequence += 1;
    return this.#localSequence;
  }

  /** A request inside the dialog, without Via and Contact (§12.2.1.1). ACK keeps the number of its INVITE (§13.2.2.4). */
  request(method: string, sequence: number): SipRequest {
    const [first, ...others] = this.#routeSet;
    let uri = requestUriOf(this.#remoteTarget);
    let routes = this.#routeSet;
    if (first !== undefined && !isLoose(first)) {
      // A strict router takes itself from the Request-URI and finds the target as the last route.
      uri = requestUriOf(uriOf(first));
      routes = [...others, `<${this.#remoteTarget}>`];
    }
    const request = new SipRequest(method, uri);
    const outbound = this.#outboundInFront;
    if (outbound !== undefined) routes = [`<${outbound}>`, ...routes];
    if (routes.length > 0) request.setHeader("Route", ...routes);
    if (this.sessionId !== undefined) request.setHeader("Session-ID", sessionIdValue(this.sessionId));
    return request
      .setHeader("Max-Forwards", "70")
      .setHeader("From", this.#local)
      .setHeader("To", this.#remote)
      .setHeader("Call-ID", this.callId)
      .setHeader("CSeq", `${sequence} ${method}`);
  }

  /** Where a request of this dialog goes first: the first route, loose or strict, else the target (§8.1.2). */
  get nextHop(): string {
    const first = this.#routeSet[0];
    return this.#outboundInFront ?? (first === undefined ? this.#remoteTarget : uriOf(first));
  }

  /** A proxy that recorded itself stands in the route set already; a strict router takes nobody before itself. */
  get #outboundInFront(): string | undefined {
    const outbound = this.outbound?.();
    const [first] = this.#routeSet;
    if (outbound === undefined || first === undefined) return outbound;
    if (!isLoose(first)) return undefined;
    return SipUri.parse(uriOf(first))?.host === SipUri.parse(outbound)?.host ? undefined : outbound;
  }

  /** Order of the other side's requests (§12.2.2). ACK and CANCEL are not asked about. */
  receive(request: SipRequest): DialogVerdict {
    const { number } = request.cseq;
    if (this.#remoteSequence !== undefined && number < this.#remoteSequence)
      return { ok: false, status: 500, why: `CSeq ${number} after ${this.#remoteSequence}` };
    this.#remoteSequence = number;
    return { ok: true };
  }

  /** INVITE and its 2xx move the remote target (§12.2). A Contact that is absent or unusable leaves it. */
  refreshTarget(message: SipRequest | SipResponse): void {
    const contact = message.contacts[0];
    if (contact?.parsedUri !== undefined) this.#remoteTarget = contact.uri;
  }

  /** The other side may call itself something else in mid-call; its tag stays (RFC 4916 §4.4). */
  refreshRemote(request: SipRequest): void {
    const from = request.header("From");
    if (from !== undefined && from !== this.#remote && request.from.tag === this.remoteTag) this.#remote = from;
  }

  /** What we call ourselves from now on; our tag stays (RFC 4916 §4.4). Returns what we called ourselves before. */
  renameLocal(value: string): string {
    const before = this.#local;
    this.#local = value;
    return before;
  }

  /** The 2xx that confirms an early dialog brings target and route set anew (§13.2.2.4). */
  confirm(response: SipResponse): void {
    this.refreshTarget(response);
    this.#routeSet = routesOf(response).reverse();
  }
}

function routesOf(message: SipRequest | SipResponse): string[] {
  return message.values("Record-Route").filter((value) => NameAddress.parse(value)?.parsedUri !== undefined);
}

function uriOf(route: string): string {
  return NameAddress.parse(route)?.uri ?? route;
}

function isLoose(route: string): boolean {
  return NameAddress.parse(route)?.parsedUri?.isLooseRouter ?? false;
}

/** Headers and method of a URI have no place in a Request-URI (§19.1.1). */
function requestUriOf(uri: string): string {
  return SipUri.parse(uri)?.requestUri ?? uri;
}
