/** Digest authentication, what both sides share and the client's side (RFC 7616, RFC 8760, RFC 2069 without qop; RFC 3261 §22.4); when to try again is the user agent's affair. */
import { createHash } from "node:crypto";
import { quote, skipQuoted, skipSpace, skipToken, unquote } from "./syntax.ts";

/** Strongest first. */
export const digestAlgorithms = [
  "SHA-512-256",
  "SHA-512-256-sess",
  "SHA-256",
  "SHA-256-sess",
  "MD5",
  "MD5-sess",
] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

export type Qop = "auth" | "auth-int";

export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
}

/** A Digest challenge that we can answer. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  /** Whether `algorithm` was written: if not, it is MD5 and stays unwritten in the answer. */
  readonly algorithmNamed: boolean;
  /** Those that we know; undefined where the challenge has no qop at all (RFC 2069). */
  readonly qop: readonly Qop[] | undefined;
  /** The nonce was too old, the credentials were not wrong. */
  readonly stale: boolean;
}

export interface AuthHeader {
  /** As written: "Digest". */
  readonly scheme: string;
  /** Names in lower case, values unquoted; the first of a repeated name counts. */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * The challenges or credentials of header lines (WWW-Authenticate, Proxy-Authenticate, Authorization,
 * Proxy-Authorization), several on a line too. What is malformed ends its line.
 */
export function parseAuthHeaders(lines: readonly string[]): readonly AuthHeader[] {
  return lines.flatMap(parseAuthLine);
}

function parseAuthLine(line: string): readonly AuthHeader[] {
  const found: { scheme: string; params: Map<string, string> }[] = [];
  let i = skipSeparators(line, 0);
  while (i < line.length) {
    const end = skipToken(line, i);
    if (end === i) break;
    const word = line.substring(i, end);
    i = skipSpace(line, end);
    const current = found.at(-1);
    // A token without an equals sign behind it begins the next challenge.
    if (line.charAt(i) !== "=") {
      found.push({ scheme: word, params: new Map() });
      i = skipSeparators(line, i);
      continue;
    }
    if (current === undefined) break;
    i = skipSpace(line, i + 1);
    const valueEnd = line.charAt(i) === '"' ? skipQuoted(line, i) : skipValue(line, i);
    if (valueEnd <= i) break;
    const name = word.toLowerCase();
    if (!current.params.has(name)) current.params.set(name, unquote(line.substring(i, valueEnd)));
    i = skipSeparators(line, valueEnd);
  }
  return found;
}

function skipSeparators(text: string, from: number): number {
  let i = skipSpace(text, from);
  while (text.charAt(i) === ",") i = skipSpace(text, i + 1);
  return i;
}

function skipValue(text: string, from: number): number {
  let i = from;
  while (i < text.length && !", \t".includes(text.charAt(i))) i++;
  return i;
}

/** The Digest challenges that we can answer, in their order; others are left out. */
export function parseChallenges(lines: readonly string[]): readonly Challenge[] {
  return parseAuthHeaders(lines).flatMap(({ scheme, params }) => {
    const realm = params.get("realm");
    const nonce = params.get("nonce");
    const algorithm = algorithmOf(params.get("algorithm"));
    if (scheme.toLowerCase() !== "digest" || realm === undefined || nonce === undefined || algorithm === undefined)
      return [];
    const offered = params
      .get("qop")
      ?.split(",")
      .map((word) => word.trim().toLowerCase());
    const qop = offered?.filter((word): word is Qop => word === "auth" || word === "auth-int");
    if (qop?.length === 0 && offered?.some((word) => word !== "")) return [];
    return {
      realm,
      nonce,
      opaque: params.get("opaque"),
      algorithm,
      algorithmNamed: params.has("algorithm"),
      qop: qop?.length === 0 ? undefined : qop,
      stale: params.get("stale")?.toLowerCase() === "true",
    };
  });
}

/** Undefined for algorithms that we do not know; MD5 where none is named. */
export function algorithmOf(name: string | undefined): DigestAlgorithm | undefined {
  if (name === undefined) return "MD5";
  return digestAlgorithms.find((algorithm) => algorithm.toLowerCase() === name.toLowerCase());
}

/** One challenge for each realm, the strongest (RFC 8760 §2.4 leaves the choice to the client); the order of realms is kept. */
export function strongestChallenges(challenges: readonly Challenge[]): readonly Challenge[] {
  const chosen = new Map<string, Challenge>();
  for (const challenge of challenges) {
    const known = chosen.get(challenge.realm);
    if (known === undefined || strength(challenge) < strength(known)) chosen.set(challenge.realm, challenge);
  }
  return [...chosen.values()];
}

function strength(challenge: Challenge): number {
  return digestAlgorithms.indexOf(challenge.algorithm);
}

/** What of a request the answer covers. */
export interface DigestRequest {
  readonly method: string;
  /** The Request-URI, exactly as it is sent. */
  readonly uri: string;
  /** Covered by auth-int only. */
  readonly body: Uint8Array;
}

/** The client's use of one nonce: counts, and keeps the session key of the -sess algorithms. */
export class DigestSession {
  readonly challenge: Challenge;
  readonly username: string;
  readonly cnonce: string;
  readonly #ha1: string;
  #nonceCount = 0;

  /** @param cnonce fresh random text, the same for all requests with this nonce. */
  constructor(challenge: Challenge, credentials: DigestCredentials, cnonce: string) {
    this.challenge = challenge;
    this.username = credentials.username;
    this.cnonce = cnonce;
    const { algorithm, realm, nonce } = challenge;
    this.#ha1 = digestHa1(algorithm, { ...credentials, realm, nonce, cnonce });
  }

  /** How many requests were answered with this nonce. */
  get nonceCount(): number {
    return this.#nonceCount;
  }

  /** The value of Authorization or Proxy-Authorization for one more request. */
  authorize(request: DigestRequest): string {
    const { algorithm, algorithmNamed, realm, nonce, opaque } = this.challenge;
    const qop = this.#qop();
    this.#nonceCount++;
    const nc = this.#nonceCount.toString(16).padStart(8, "0");
    const { cnonce } = this;
    const response = digestResponse(algorithm, this.#ha1, { ...request, nonce, nc, cnonce, qop });
    const params = [`username=${quote(this.username)}`, `realm=${quote(realm)}`, `nonce=${quote(nonce)}`];
    params.push(`uri=${quote(request.uri)}`, `response="${response}"`);
    if (algorithmNamed) params.push(`algorithm=${algorithm}`);
    if (qop !== undefined) params.push(`cnonce=${quote(cnonce)}`, `qop=${qop}`, `nc=${nc}`);
    else if (isSession(algorithm)) params.push(`cnonce=${quote(cnonce)}`);
    if (opaque !== undefined) params.push(`opaque=${quote(opaque)}`);
    return `Digest ${params.join(", ")}`;
  }

  /**
   * Whether `rspauth` of an Authentication-Info was made by somebody who knows the password (RFC 7616 §3.5).
   * Undefined where it says nothing: there is none, or it is of a request that was none of this nonce's.
   * @param of Request-URI of our request, and the body of the response.
   */
  confirms(info: AuthenticationInfo, of: { readonly uri: string; readonly body: Uint8Array }): boolean | undefined {
    if (info.rspauth === undefined) return undefined;
    const { algorithm, nonce } = this.challenge;
    const qop = this.#qop();
    const count = Number.parseInt(info.nc ?? "0", 16);
    if (qop !== undefined && (info.cnonce !== this.cnonce || !(count >= 1 && count <= this.#nonceCount)))
      return undefined;
    const nc = count.toString(16).padStart(8, "0");
    const expected = digestResponse(algorithm, this.#ha1, {
      ...{ method: "", uri: of.uri, body: of.body },
      ...{ nonce, nc, cnonce: this.cnonce, qop: qop === undefined ? undefined : (info.qop ?? qop) },
    });
    return expected === info.rspauth.toLowerCase();
  }

  /** auth where there is a choice: bodies are changed by servers in between. */
  #qop(): Qop | undefined {
    const { qop } = this.challenge;
    return qop?.includes("auth") ? "auth" : qop?.[0];
  }
}

/** What a server says behind our answer (RFC 7616 §3.5, RFC 7615 for proxies). */
export interface AuthenticationInfo {
  /** Use it for the next request. */
  readonly nextnonce: string | undefined;
  /** Hexadecimal: the server knows the password too. */
  readonly rspauth: string | undefined;
  readonly qop: Qop | undefined;
  readonly cnonce: string | undefined;
  readonly nc: string | undefined;
}

/** Of one Authentication-Info or Proxy-Authentication-Info. What is malformed ends it. */
export function parseAuthenticationInfo(line: string): AuthenticationInfo {
  // It is the parameters of a challenge without its scheme.
  const params = parseAuthLine(`Digest ${line}`)[0]?.params;
  const qop = params?.get("qop")?.toLowerCase();
  return {
    nextnonce: params?.get("nextnonce") || undefined,
    rspauth: params?.get("rspauth"),
    qop: qop === "auth" || qop === "auth-int" ? qop : undefined,
    cnonce: params?.get("cnonce"),
    nc: params?.get("nc"),
  };
}

/** H(A1), with its -sess form (RFC 7616 §3.4.2), in hex. */
export function digestHa1(
  algorithm: DigestAlgorithm,
  from: DigestCredentials & { readonly realm: string; readonly nonce: string; readonly cnonce: string },
): string {
  const ha1 = hash(algorithm, `${from.username}:${from.realm}:${from.password}`);
  return isSession(algorithm) ? hash(algorithm, `${ha1}:${from.nonce}:${from.cnonce}`) : ha1;
}

/** The `response` parameter (RFC 7616 §3.4.1; without qop as RFC 2069). */
export function digestResponse(
  algorithm: DigestAlgorithm,
  ha1: string,
  of: DigestRequest & {
    readonly nonce: string;
    readonly nc: string;
    readonly cnonce: string;
    readonly qop: Qop | undefined;
  },
): string {
  const a2 = `${of.method}:${of.uri}`;
  const ha2 = hash(algorithm, of.qop === "auth-int" ? `${a2}:${hash(algorithm, of.body)}` : a2);
  const middle = of.qop === undefined ? of.nonce : `${of.nonce}:${of.nc}:${of.cnonce}:${of.qop}`;
  return hash(algorithm, `${ha1}:${middle}:${ha2}`);
}

export function isSession(algorithm: DigestAlgorithm): boolean {
  return algorithm.endsWith("-sess");
}

function hash(algorithm: DigestAlgorithm, data: string | Uint8Array): string {
  const name = algorithm.startsWith("MD5") ? "md5" : algorithm.startsWith("SHA-256") ? "sha256" : "sha512-256";
  return createHash(name).update(data).digest("hex");
}
