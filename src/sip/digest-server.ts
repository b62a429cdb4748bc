/** The server's side of Digest authentication (RFC 7616 §3.3, §5.4, RFC 8760 §2.3): challenges, and whether an answer is right; knows no users. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../hal/clock.ts";
import type { Random } from "../base/network.ts";
import {
  algorithmOf,
  type DigestAlgorithm,
  type DigestRequest,
  digestHa1,
  digestResponse,
  parseAuthHeaders,
  type Qop,
} from "./digest.ts";
import { quote } from "./syntax.ts";
import { SipUri } from "./uri.ts";

export interface DigestServerOptions {
  readonly realm: string;
  /** In the order of the challenges, best first: SHA-256 and MD5 unless told. */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** auth unless told; an empty list makes challenges without qop (RFC 2069). */
  readonly qop?: readonly Qop[];
  /** How long a nonce may be used, ms; 300,000 unless told. */
  readonly nonceLifetimeMs?: number;
  /** Accepts a digest uri that is not the Request-URI, for requests whose URI proxies have rewritten. */
  readonly anyUri?: boolean;
}

export type DigestVerdict =
  | { readonly ok: true; readonly username: string }
  /** `stale`: right but for its nonce, so challenge again with `stale`. `absent`: no answer for our realm. */
  | { readonly ok: false; readonly reason: "absent" | "stale" | "wrong" | "malformed"; readonly why: string };

/** Uses of one nonce: the highest count, and which of the 32 below it came. */
interface Uses {
  highest: number;
  seen: number;
}

/** Nonces whose counts are remembered; older ones become stale. */
const maxNonces = 10_000;

export class DigestServer {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #secret: Uint8Array;
  readonly #realm: string;
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #qop: readonly Qop[];
  readonly #lifetimeMs: number;
  readonly #anyUri: boolean;
  readonly #uses = new Map<string, Uses>();
  /** Nonces made before this were forgotten. */
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(parts: { readonly clock: Clock; readonly random: Random }, options: DigestServerOptions) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#secret = parts.random(32);
    this.#realm = options.realm;
    this.#algorithms = options.algorithms ?? ["SHA-256", "MD5"];
    this.#qop = options.qop ?? ["auth"];
    this.#lifetimeMs = options.nonceLifetimeMs ?? 300_000;
    this.#anyUri = options.anyUri ?? false;
  }

  /** Values of WWW-Authenticate or Proxy-Authenticate, one line each, best first. */
  challenges(stale = false): readonly string[] {
    return this.#algorithms.map((algorithm) => {
      // A nonce for each, so that the counts of clients that change the algorithm do not meet.
      const nonce = this.#makeNonce();
      const qop = this.#qop.length === 0 ? "" : `, qop="${this.#qop.join(",")}"`;
      return `Digest realm=${quote(this.#realm)}, nonce="${nonce}", algorithm=${algorithm}${qop}${stale ? ", stale=true" : ""}`;
    });
  }

  /** @param passwordOf undefined for users that do not exist, which looks to the client like a wrong password. */
  check(
    authorization: readonly string[],
    request: DigestRequest,
    passwordOf: (username: string) => string | undefined,
  ): DigestVerdict {
    const params = parseAuthHeaders(authorization).find(
      (header) => header.scheme.toLowerCase() === "digest" && header.params.get("realm") === this.#realm,
    )?.params;
    if (params === undefined) return { ok: false, reason: "absent", why: `no answer for realm ${this.#realm}` };
    const malformed = (why: string): DigestVerdict => ({ ok: false, reason: "malformed", why });

    const username = params.get("username");
    const nonce = params.get("nonce");
    const uri = params.get("uri");
    const response = params.get("response");
    if (username === undefined || nonce === undefined || uri === undefined || response === undefined)
      return malformed("username, nonce, uri or response is missing");
    const algorithm = algorithmOf(params.get("algorithm"));
    if (algorithm === undefined || !this.#algorithms.includes(algorithm))
      return malformed(`algorithm ${params.get("algorithm") ?? "MD5"} was not offered`);
    const qop = this.#qop.find((word) => word === params.get("qop")?.toLowerCase());
    if (qop === undefined && (params.has("qop") || this.#qop.length > 0))
      return malformed(`qop ${params.get("qop") ?? ""} was not offered`);
    const cnonce = params.get("cnonce") ?? "";
    const nc = params.get("nc") ?? "";
    const count = /^[0-9a-f]{8}$/i.test(nc) ? Number.parseInt(nc, 16) : 0;
    if (qop !== undefined && (count === 0 || cnonce === "")) return malformed("nc or cnonce is missing or malformed");
    if (!this.#anyUri && !sameUri(uri, request.uri)) return malformed(`uri ${uri} is not that of the request`);

    const password = passwordOf(username);
    const realm = this.#realm;
    const ha1 = digestHa1(algorithm, { username, password: password ?? "", realm, nonce, cnonce });
    const expected = digestResponse(algorithm, ha1, { ...request, uri, nonce, nc, cnonce, qop });
    if (!sameText(expected, response.toLowerCase()) || password === undefined)
      return { ok: false, reason: "wrong", why: `wrong name or password for ${username}` };
    // Last, so that only who knows the password learns that the nonce alone was wrong.
    const fresh = this.#isFresh(nonce) && (qop === undefined || this.#use(nonce, count));
    return fresh ? { ok: true, username } : { ok: false, reason: "stale", why: "the nonce is old, foreign or used" };
  }

  /** Time in ms, 64 random bits, and a keyed hash of both: recognised later without being remembered. */
  #makeNonce(): string {
    const time = Math.floor(this.#clock.now()).toString(36);
    const unique = Buffer.from(this.#random(8)).toString("hex");
    return `${time}.${unique}.${this.#seal(`${time}.${unique}`)}`;
  }

  #seal(text: string): string {
    return createHmac("sha256", this.#secret).update(text).digest("hex").slice(0, 32);
  }

  #isFresh(nonce: string): boolean {
    const [time = "", unique = "", seal = "", ...rest] = nonce.split(".");
    if (rest.length > 0 || !sameText(this.#seal(`${time}.${unique}`), seal)) return false;
    const madeMs = Number.parseInt(time, 36);
    return madeMs > this.#forgottenMs && this.#clock.now() - madeMs <= this.#lifetimeMs;
  }

  /** Whether that count is new for that nonce; requests under way at one time may overtake each other by 31. */
  #use(nonce: string, count: number): boolean {
    const uses = this.#uses.get(nonce);
    if (uses === undefined) {
      this.#forgetOldest();
      this.#uses.set(nonce, { highest: count, seen: 1 });
      return true;
    }
    const behind = uses.highest - count;
    if (behind >= 32) return false;
    if (behind < 0) {
      uses.seen = behind <= -32 ? 1 : ((uses.seen << -behind) | 1) >>> 0;
      uses.highest = count;
      return true;
    }
    const bit = 2 ** behind;
    if (Math.floor(uses.seen / bit) % 2 === 1) return false;
    uses.seen += bit;
    return true;
  }

  #forgetOldest(): void {
    if (this.#uses.size < maxNonces) return;
    for (const nonce of this.#uses.keys()) {
      // What is no longer counted must not be accepted again.
      this.#forgottenMs = Math.max(this.#forgottenMs, Number.parseInt(nonce, 36));
      this.#uses.delete(nonce);
      if (this.#uses.size < maxNonces / 2) return;
    }
  }
}

function sameUri(a: string, b: string): boolean {
  if (a === b) return true;
  const first = SipUri.parse(a);
  const second = SipUri.parse(b);
  return first !== undefined && second !== undefined && first.equals(second);
}

function sameText(a: string, b: string): boolean {
  const first = Buffer.from(a);
  const second = Buffer.from(b);
  return first.length === second.length && timingSafeEqual(first, second);
}
