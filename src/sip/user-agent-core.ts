/** What sessions, registrations and the user agent share: their parts, fresh identifiers, common headers. Decides nothing. */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint, Random } from "../base/network.ts";
import { Authentication } from "./authentication.ts";
import type { ServerGroup } from "./failover.ts";
import type { Locator } from "./location.ts";
import type { Manner } from "./manner.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { RandomText } from "./random-text.ts";
import { accept, infoTypes } from "./session-body.ts";
import type { SessionConduct } from "./session-conduct.ts";
import { SessionIds } from "./session-id.ts";
import { sipfragType } from "./sipfrag.ts";
import { defaultSipTimers, type SipTimers } from "./timers.ts";
import type { ServerTransaction, TransactionLayer } from "./transactions.ts";
import type { TransportLayer } from "./transport.ts";
import type { TransportAddress } from "./transport-address.ts";
import { escapeUser, hostText, type SipUri, type TransportName } from "./uri.ts";

/** Who we are to whom. */
export interface Identity {
  /** Address of record, a URI: what From says. */
  readonly aor: string;
  /** "" for none. */
  readonly displayName: string;
  /** User part of our Contact, not escaped. */
  readonly contactUser: string;
  readonly credentials?: Credentials | undefined;
  /** Preloaded Route values: an outbound proxy as `<sip:proxy.example;lr>` or as a plain URI. */
  readonly route: readonly string[];
  /** Where requests out of dialogs go, whatever their URIs say. */
  readonly target?: TransportAddress | undefined;
  /** Where the URI leaves it open. */
  readonly transport?: TransportName | undefined;
  /** The account's servers: they decide where its requests out of dialogs go, and what those say of the server. */
  readonly servers?: ServerGroup | undefined;
  /** Our globally routable URI as granted last (RFC 5627), "" for none: it is the Contact of calls. */
  readonly publicGruu?: (() => string) | undefined;
  /** What others must name to reach us at that local address, where a NAT is in between; absent: that address. */
  readonly seenAs?: ((local: TransportAddress) => Endpoint | undefined) | undefined;
  /** A registrar told where it sees us; true: it is elsewhere than `seenAs` said before. */
  readonly noteSeen?: ((local: TransportAddress, seen: Endpoint) => boolean) | undefined;
  /** How calls of this identity run; extensions are off unless told. */
  readonly conduct?: Partial<SessionConduct> | undefined;
  /** How its messages are written, timed and sent. */
  readonly manner?: Manner | undefined;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface UserAgentParts {
  readonly transactions: TransactionLayer;
  readonly transport: TransportLayer;
  readonly locator: Locator;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of what listeners of our events threw: bugs. */
  readonly errors: (error: unknown) => void;
}

export interface UserAgentOptions {
  /** Text of User-Agent; a function where it may change. */
  readonly userAgent: string | (() => string);
  /** Methods beyond our own that `onRequest` listeners answer: they are added to Allow. */
  readonly allow?: readonly string[];
  /** Content that `onRequest` listeners take, beyond what the user agent reads itself: named where somebody asks (§11.2). */
  readonly accept?: readonly string[];
  /** Event packages that `onSubscribe` listeners serve, beyond refer, which comes with REFER (RFC 6665 §8.2.2). */
  readonly events?: readonly string[];
  /** Option tags to announce in Supported, beyond none. */
  readonly supported?: readonly string[];
  /** T1 and T2 of the transactions, ms; 500 and 4000 (§17.1.1.1). */
  readonly timers?: SipTimers;
  /** Incoming sessions at one time; further INVITEs get 486. 1000 unless told. */
  readonly mostSessions?: number;
}

/** Whoever answers for a local tag. */
export interface DialogOwner {
  /** A request inside one of its dialogs, other than ACK and CANCEL. */
  receive(transaction: ServerTransaction): void;
  /** An ACK that belongs to a 2xx. */
  acknowledge(request: SipRequest): void;
  /** A response that no transaction waits for: a 2xx that came late. */
  stray(response: SipResponse): void;
  /** Ends it in order, because the user agent stops; it removes itself when the other side knows. */
  close(): void;
}

/** Outside addresses that are remembered: one for each account, and those before a change. */
const mostSeenAs = 32;
const ownMethods = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "NOTIFY"];
/** Of offers and answers, of INFO, and of NOTIFYs about transfers. */
const ownContent = [accept, "multipart/mixed", ...infoTypes, sipfragType];
/** Extensions that are always announced: RFC 3891, RFC 4488, RFC 4916. */
const announcedTags = ["replaces", "norefersub", "from-change"];
/** Those that we take part in where somebody demands them: RFC 3262, RFC 4028, RFC 3312. */
const understoodTags = ["100rel", "timer", "precondition"];

export class UserAgentCore {
  readonly parts: UserAgentParts;
  readonly timers: SipTimers;
  readonly methods: ReadonlySet<string>;
  readonly optionTags: ReadonlySet<string>;
  readonly allow: string;
  /** All content that is understood, as in Accept (§20.1). */
  readonly accept: string;
  /** All event packages that are served, as in Allow-Events. */
  readonly events: readonly string[];
  /** By local tag, which is random and ours alone. */
  readonly dialogs = new Map<string, DialogOwner>();
  /** As `dialogs`, of subscriptions of either side: they are no calls. */
  readonly usages = new Map<string, DialogOwner>();
  readonly #text: RandomText;
  readonly #userAgent: () => string;
  readonly #supported: string;
  /** How we were seen from outside, the latest first. */
  #seenAs: readonly Endpoint[] = [];
  readonly #authentications = new Map<string, Authentication>();

  constructor(parts: UserAgentParts, options: UserAgentOptions) {
    this.parts = parts;
    this.#text = new RandomText(parts.random);
    this.timers = options.timers ?? defaultSipTimers;
    this.methods = new Set([...ownMethods, ...(options.allow ?? [])]);
    const announced = [...announcedTags, ...(options.supported ?? [])];
    this.optionTags = new Set([...announced, ...understoodTags]);
    this.allow = [...this.methods].join(", ");
    this.accept = [...new Set([...ownContent, ...(options.accept ?? [])])].join(", ");
    this.events = [...new Set(["refer", ...(options.events ?? [])])];
    const { userAgent } = options;
    this.#userAgent = typeof userAgent === "string" ? () => userAgent : userAgent;
    this.#supported = announced.join(", ");
  }

  owner(localTag: string): DialogOwner | undefined {
    return this.dialogs.get(localTag) ?? this.usages.get(localTag);
  }

  /** As `parts.random`, for small amounts: drawn in bulk, because the system's generator is slow by the piece. */
  readonly random: Random = (length) => Buffer.from(this.#text.hex(length), "hex");
  /** Our halves of Session-ID (RFC 7989). */
  readonly sessionIds = new SessionIds(this.random);

  /** A tag (§19.3) or the unique part of a Call-ID: 64 random bits. */
  token(): string {
    return this.#text.tag();
  }

  callId(): string {
    return this.#text.hex(16);
  }

  /** A number from 0 up to 1. */
  chance(): number {
    return Number.parseInt(this.#text.hex(4), 16) / 2 ** 32;
  }

  /** Credentials are shared by all that use them, so that a nonce learned by one serves the others. */
  authentication(credentials: Credentials | undefined): Authentication | undefined {
    if (credentials === undefined) return undefined;
    const key = JSON.stringify([credentials.username, credentials.password]);
    let known = this.#authentications.get(key);
    if (known === undefined) {
      known = new Authentication(credentials, this.parts.random);
      this.#authentications.set(key, known);
    }
    return known;
  }

  /** User-Agent, and what we can do: in requests that begin or change something, and in their answers. */
  introduce(message: SipRequest | SipResponse, tags: readonly string[] = []): void {
    message.addHeader("Allow", this.allow);
    message.addHeader("Supported", tags.length === 0 ? this.#supported : `${this.#supported}, ${tags.join(", ")}`);
    this.sign(message);
  }

  /** What `introduce` says in Supported. */
  get supported(): string {
    return this.#supported;
  }

  sign(message: SipRequest | SipResponse): void {
    const name = this.#userAgent();
    if (name !== "") message.addHeader("User-Agent", name.replace(/[\r\n]+/g, " "));
  }

  /** Our Contact at a local address, or as others see it; `secure` where the request is one of sips (§8.1.1.8, §12.1.1). */
  contactUri(user: string, local: TransportAddress, secure = false, seenAs?: Endpoint): string {
    const { address, port } = seenAs ?? local;
    if (seenAs !== undefined && !this.#seenAs.some((s) => s.port === port && s.address === address))
      this.#seenAs = [seenAs, ...this.#seenAs].slice(0, mostSeenAs);
    const name = user === "" ? "" : `${escapeUser(user)}@`;
    if (secure) return `sips:${name}${hostText(address)}:${port}`;
    const transport = local.transport === "udp" ? "" : `;transport=${local.transport}`;
    return `sip:${name}${hostText(address)}:${port}${transport}`;
  }

  /** One of the addresses that we are seen at from outside, where a request was sent to it: its answer names it too. */
  calledAt(uri: SipUri | undefined): Endpoint | undefined {
    if (uri === undefined || this.#seenAs.length === 0) return undefined;
    return this.#seenAs.find((s) => s.address === uri.host && s.port === (uri.port ?? 5060));
  }
}
