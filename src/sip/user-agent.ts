/**
 * The user agent: RFC 3261 §8, §11 and the hand-out of what comes in (§12.2.2) to sessions. What phone/ and the demo
 * PBX use; it decides nothing that a person would.
 */
import { Event } from "../base/event.ts";
import { Dialog } from "./dialog.ts";
import type { SipRequest } from "./message.ts";
import { NotifierSubscription } from "./notifier.ts";
import {
  defaultAnswer,
  descriptionFault,
  IncomingRequest,
  inspect,
  inspectContent,
  type Refusal,
  refuse,
} from "./out-of-dialog.ts";
import { Publication, type PublicationOptions } from "./publication.ts";
import type { Referral } from "./referral.ts";
import { ReferralDialog } from "./referral-dialog.ts";
import { Registration } from "./registration.ts";
import type { RegistrationOptions } from "./registration-options.ts";
import { takeoverOf } from "./replaces.ts";
import { countingSequence, exchangeOutside } from "./request-outside.ts";
import { RequestValidation, type RequestValidationOptions } from "./request-validation.ts";
import { type InviteOptions, type Outcome, Session } from "./session.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import { Subscription, type SubscriptionOptions } from "./subscription.ts";
import type { ServerTransaction } from "./transactions.ts";
import type { TransportAddress } from "./transport-address.ts";
import { type Identity, UserAgentCore, type UserAgentOptions, type UserAgentParts } from "./user-agent-core.ts";

export type { RegistrationOptions } from "./registration-options.ts";
export type { InviteOptions, Outcome } from "./session.ts";
export type { Credentials, Identity, UserAgentOptions, UserAgentParts } from "./user-agent-core.ts";

export interface RequestOptions {
  readonly identity: Identity;
  readonly method: string;
  /** Request-URI. */
  readonly uri: string;
  /** URI or name-addr; the Request-URI unless told. */
  readonly to?: string;
  readonly headers?: ExtraHeaders;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
}

/** How long `close` waits for the other sides to hear that calls end, ms. */
const closingMs = 3000;

export class UserAgent {
  /** A new incoming INVITE, checked. Nobody rings, answers or rejects it within the turn: 480. */
  readonly onInvite: Event<Session>;
  /** Other requests out of dialogs, OPTIONS included. Nobody takes it: the user agent answers. */
  readonly onRequest: Event<IncomingRequest>;
  /** Somebody outside of any call wants us to call somebody. Nobody takes it: `onRequest`, then 603. */
  readonly onRefer: Event<Referral>;
  /** Somebody wants to be told of our state. Nobody accepts or rejects it: `onRequest`, then 489. */
  readonly onSubscribe: Event<NotifierSubscription>;
  readonly #core: UserAgentCore;
  readonly #mostSessions: number;
  readonly #registrations = new Set<Registration>();
  #validation: RequestValidation | undefined;
  #state: "open" | "closing" | "closed" = "open";

  constructor(parts: UserAgentParts, options: UserAgentOptions) {
    this.#core = new UserAgentCore(parts, options);
    this.#mostSessions = options.mostSessions ?? 1000;
    this.onInvite = new Event(parts.errors);
    this.onRequest = new Event(parts.errors);
    this.onRefer = new Event(parts.errors);
    this.onSubscribe = new Event(parts.errors);
    const { transactions } = parts;
    transactions.onRequest = (transaction) => this.#received(transaction);
    transactions.onResponding = (request, response) => this.#core.sessionIds.answer(request, response);
    transactions.onAck = (request) => this.#core.dialogs.get(request.to.tag ?? "")?.acknowledge(request);
    transactions.onStrayResponse = (response) => this.#core.dialogs.get(response.from.tag ?? "")?.stray(response);
  }

  /** Calls, ringing ones included, whose other side may still speak to us. */
  get sessions(): number {
    return this.#core.dialogs.size;
  }

  /** Random bytes of cryptographic quality. */
  random(length: number): Uint8Array {
    return this.#core.parts.random(length);
  }

  /** From where and from whom requests are taken; undefined: from anybody. */
  validate(options: RequestValidationOptions | undefined): void {
    this.#validation = options === undefined ? undefined : new RequestValidation(this.#core.parts, options);
  }

  /** Places a call; it fails, if it does, by the session's state in a later turn. */
  invite(options: InviteOptions): Session {
    return Session.outgoing(this.#core, options);
  }

  /** Registers, and goes on registering until `stop`. */
  register(options: RegistrationOptions): Registration {
    const registration = new Registration(this.#core, options, () => this.#registrations.delete(registration));
    this.#registrations.add(registration);
    registration.start();
    return registration;
  }

  /** The local addresses may have changed: every registration and subscription shows its present one at once. */
  addressChanged(): void {
    for (const registration of this.#registrations) registration.refresh();
    for (const owner of this.#core.usages.values()) if (owner instanceof Subscription) owner.restart();
  }

  /** The machine has another address, and the transport listens there: what we said of ourselves is said anew. */
  moved(from: string, to: string): void {
    for (const owner of this.#core.dialogs.values()) if (owner instanceof Session) owner.moved(from, to);
    this.addressChanged();
  }

  /** A datagram that says nothing, to keep a NAT's binding (feature row NET-29). */
  keepAlive(to: TransportAddress, localPort?: number): void {
    this.#core.parts.transport.keepAlive(to, localPort);
  }

  /** A connection that we opened to `to` is gone: who is registered over it registers anew. */
  connectionLost(to: TransportAddress): void {
    for (const registration of this.#registrations) registration.connectionLost(to);
  }

  /** A request outside of dialogs, authenticated where asked for. Redirections are told, not followed. */
  request(options: RequestOptions): Promise<Outcome> {
    const { identity, method, uri, to, headers, contentType, body } = options;
    const parts = {
      ...{ identity, method, uri, to, callId: this.#core.callId(), tag: this.#core.token() },
      ...{ nextSequence: countingSequence(), contact: false },
    };
    const accepting = method === "OPTIONS" ? ([["Accept", this.#core.accept]] as const) : [];
    const content = {
      headers: [...(headers ?? []), ...accepting],
      ...(contentType === undefined ? {} : { contentType }),
      ...(body === undefined ? {} : { body }),
    };
    return new Promise((resolve) => {
      exchangeOutside(this.#core, parts, content, {
        final: (response) => resolve({ response }),
        failed: (_status, message) => resolve({ failed: message }),
      });
    });
  }

  /** Subscribes, and goes on until `stop`. */
  subscribe(options: SubscriptionOptions): Subscription {
    const subscription = new Subscription(this.#core, options);
    subscription.start();
    return subscription;
  }

  /** Publishes state at a server; the first `publish` of it sends. Whoever made it stops it. */
  publication(options: PublicationOptions): Publication {
    return new Publication(this.#core, options);
  }

  /** Ends calls and registrations; waits until the other sides know, at most some seconds. Idempotent. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closing";
    for (const owner of new Set([...this.#core.dialogs.values(), ...this.#core.usages.values()])) owner.close();
    const { clock } = this.#core.parts;
    let over = false;
    const limit = new Promise<void>((resolve) => {
      clock.after(closingMs, () => {
        over = true;
        resolve();
      });
    });
    const calls = async () => {
      while (this.#core.dialogs.size + this.#core.usages.size > 0 && !over)
        await new Promise<void>((resolve) => {
          clock.after(20, resolve);
        });
    };
    await Promise.race([limit, Promise.all([calls(), ...[...this.#registrations].map((r) => r.stop())])]);
    this.#state = "closed";
  }

  #received(transaction: ServerTransaction): void {
    const { request } = transaction;
    const refusal = inspect(this.#core, request) ?? this.#validation?.judge(request, transaction.source);
    if (refusal !== undefined) {
      refuse(this.#core, transaction, refusal);
      return;
    }
    const toTag = request.to.tag;
    if (toTag !== undefined) {
      const owner = this.#core.owner(toTag);
      // §12.2.2: a dialog of ours no more, or never.
      if (owner === undefined) {
        this.#outside(transaction);
        return;
      }
      owner.receive(transaction);
      return;
    }
    if (request.method === "INVITE") {
      this.#invited(transaction);
      return;
    }
    this.#outside(transaction);
  }

  /** With a To tag that we do not know only the answers to no dialog are left; OPTIONS asks about the phone itself. */
  #outside(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.to.tag !== undefined && request.method !== "OPTIONS") {
      refuse(this.#core, transaction, { status: 481 });
      return;
    }
    const incoming = new IncomingRequest(this.#core, transaction);
    if (this.#state === "open") this.#handOut(incoming);
    if (!incoming.taken) refuse(this.#core, transaction, defaultAnswer(this.#core, request));
  }

  #handOut(incoming: IncomingRequest): void {
    const { request } = incoming;
    // With a To tag it belongs to a dialog that is no more.
    if (request.to.tag === undefined && this.#core.usages.size < this.#mostSessions) {
      if (request.method === "REFER") {
        const dialog = ReferralDialog.of(this.#core, incoming);
        if (dialog !== undefined) this.onRefer.emit(dialog.referral);
        if (!incoming.taken) dialog?.drop();
      }
      if (request.method === "SUBSCRIBE") {
        const dialog = Dialog.ofServer(request, this.#core.token());
        if (dialog !== undefined) this.onSubscribe.emit(new NotifierSubscription(this.#core, incoming, dialog));
      }
    }
    if (!incoming.taken) this.onRequest.emit(incoming);
  }

  #invited(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#state !== "open") {
      refuse(this.#core, transaction, { status: 503 });
      return;
    }
    const refusal = inspectContent(request);
    if (refusal !== undefined) {
      refuse(this.#core, transaction, refusal);
      return;
    }
    // Whoever can answer this many calls has no use for more, and a flood must not fill the memory.
    if (this.#core.dialogs.size >= this.#mostSessions) {
      refuse(this.#core, transaction, { status: 486 });
      return;
    }
    const dialog = Dialog.ofServer(request, this.#core.token());
    // §8.1.1.8: an INVITE has exactly one Contact that we can send to.
    if (dialog === undefined) {
      refuse(this.#core, transaction, { status: 400, reason: "Missing Contact" });
      return;
    }
    const fault = descriptionFault(request);
    if (fault !== undefined) {
      refuse(this.#core, transaction, fault);
      return;
    }
    const takeover = this.#takeover(request);
    if (!takeover.ok) {
      refuse(this.#core, transaction, takeover.refusal);
      return;
    }
    const session = Session.incoming(this.#core, transaction, dialog, takeover.replaced);
    this.onInvite.emit(session);
    if (!isUnheard(session)) return;
    this.#core.parts.clock.after(0, () => {
      if (isUnheard(session)) session.reject(480);
    });
  }

  /** RFC 3891 §3, RFC 3911 §4. */
  #takeover(request: SipRequest): TakeoverVerdict {
    const takeover = takeoverOf(request);
    if (takeover.kind === "none") return { ok: true, replaced: undefined };
    const refuse = (status: number, reason?: string): TakeoverVerdict => ({
      ok: false,
      refusal: reason === undefined ? { status } : { status, reason },
    });
    if (takeover.kind === "malformed") return refuse(400, takeover.why);
    const owner = this.#core.dialogs.get(takeover.dialog.toTag);
    if (!(owner instanceof Session)) return refuse(481);
    const status = owner.replacement(takeover.dialog);
    // We mix nobody into a call at a stranger's wish; the call is there, so 481 would be untrue (RFC 3911 §4).
    if (takeover.kind === "join") return refuse(status === 481 ? 481 : 488);
    return status === undefined ? { ok: true, replaced: owner } : refuse(status);
  }
}

type TakeoverVerdict =
  | { readonly ok: true; readonly replaced: Session | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

/** Nobody has rung, answered or refused. */
function isUnheard({ state }: Session): boolean {
  return state.name === "incoming" && state.status === 100;
}
