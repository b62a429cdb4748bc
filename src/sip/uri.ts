/** SIP, SIPS, tel and other URIs, their text kept exactly (RFC 3261 §19.1, RFC 3966); resolves nothing. */

import { parseNumber } from "./syntax.ts";

export type TransportName = "udp" | "tcp" | "tls";

interface UriParts {
  readonly text: string;
  readonly scheme: string;
  readonly rawUser: string;
  readonly rawPassword: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  readonly rawParams: string;
  readonly rawHeaders: string;
}

/** A parsed URI. Where the scheme is none of sip, sips and tel, only `scheme` and `text` have a meaning. */
export class SipUri {
  /** Exactly as it was written. */
  readonly text: string;
  /** In lower case. */
  readonly scheme: "sip" | "sips" | "tel" | (string & {});
  /** IPv6 addresses without brackets; "" for tel. Case as written. */
  readonly host: string;
  readonly port: number | undefined;
  readonly #parts: UriParts;
  #params: ReadonlyMap<string, string> | undefined;

  private constructor(parts: UriParts) {
    this.text = parts.text;
    this.scheme = parts.scheme;
    this.host = parts.host;
    this.port = parts.port;
    this.#parts = parts;
  }

  /** The user part, or the number of a tel URI; escapes decoded. "" when there is none. */
  get user(): string {
    return decode(this.#parts.rawUser);
  }

  /** Decoded; "" when there is none. */
  get password(): string {
    return decode(this.#parts.rawPassword ?? "");
  }

  /** Names in lower case, names and values decoded, "" where a parameter has no value. */
  get params(): ReadonlyMap<string, string> {
    this.#params ??= new Map(
      pairs(this.#parts.rawParams, ";").map(([name, value]) => [decode(name).toLowerCase(), decode(value)]),
    );
    return this.#params;
  }

  get hasHeaders(): boolean {
    return this.#parts.rawHeaders !== "";
  }

  /** What follows `?`: names in lower case, both decoded, in their order; a name may come twice. */
  get headers(): readonly (readonly [name: string, value: string])[] {
    return pairs(this.#parts.rawHeaders, "&").map(([name, value]) => [decode(name).toLowerCase(), decode(value)]);
  }

  /** What the URI itself asks for, or undefined where it leaves it open. */
  get transport(): TransportName | undefined {
    const named = this.params.get("transport")?.toLowerCase();
    if (this.scheme === "sips") return "tls";
    return named === "udp" || named === "tcp" || named === "tls" ? named : undefined;
  }

  /** RFC 3261 §16.12: without `lr` it is a strict router of RFC 2543. */
  get isLooseRouter(): boolean {
    return this.params.has("lr");
  }

  /** The text without what a Request-URI may not have: headers and the method parameter (RFC 3261 §19.1.1, table 1). */
  get requestUri(): string {
    if (this.scheme !== "sip" && this.scheme !== "sips") return this.text;
    // Both stand behind the host: a user part may hold `?` and `;` of its own.
    const mark = this.text.indexOf("?", Math.max(0, this.text.indexOf("@")));
    const plain = mark < 0 ? this.text : this.text.slice(0, mark);
    if (!this.params.has("method")) return plain;
    const { rawParams } = this.#parts;
    const kept = rawParams.split(";").filter((one) => decode(one.split("=", 1)[0] ?? "").toLowerCase() !== "method");
    return [plain.slice(0, plain.length - rawParams.length - 1), ...kept].join(";");
  }

  toString(): string {
    return this.text;
  }

  /** Undefined when the text is no URI, or one of a scheme we know that is malformed. */
  static parse(text: string): SipUri | undefined {
    const match = usual.exec(text);
    if (match !== null) {
      const [, scheme = "", rawUser = "", rawPassword, host = "", digits, rawParams = ""] = match;
      const port = digits === undefined ? undefined : parseNumber(digits, 65535);
      if (digits !== undefined && port === undefined) return undefined;
      return new SipUri({ text, scheme, rawUser, rawPassword, host, port, rawParams, rawHeaders: "" });
    }
    const colon = text.indexOf(":");
    if (colon <= 0 || hasForbidden(text)) return undefined;
    const scheme = text.substring(0, colon).toLowerCase();
    if (scheme === "sip" || scheme === "sips") return SipUri.#parseSip(text, scheme, colon + 1);
    if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || colon + 1 === text.length) return undefined;
    const end = scheme === "tel" ? text.indexOf(";", colon) : -1;
    const rawUser = scheme === "tel" ? text.substring(colon + 1, end < 0 ? text.length : end) : "";
    if (scheme === "tel" && !/^(\+[0-9().-]*[0-9][0-9().-]*|[0-9A-Fa-f*#().-]+)$/.test(rawUser)) return undefined;
    const rawParams = end < 0 ? "" : text.substring(end + 1);
    return new SipUri({
      text,
      scheme,
      rawUser,
      rawPassword: undefined,
      host: "",
      port: undefined,
      rawParams,
      rawHeaders: "",
    });
  }

  static #parseSip(text: string, scheme: string, start: number): SipUri | undefined {
    // `;`, `?` and `/` may stand in the user part, `@` nowhere but behind it (§25.1).
    const at = text.indexOf("@", start);
    let rawUser = "";
    let rawPassword: string | undefined;
    if (at >= 0) {
      const colon = text.indexOf(":", start);
      const userEnd = colon >= 0 && colon < at ? colon : at;
      rawUser = text.substring(start, userEnd);
      if (rawUser === "") return undefined;
      if (userEnd < at) rawPassword = text.substring(userEnd + 1, at);
    }
    const hostStart = at < 0 ? start : at + 1;
    let i = hostStart;
    let host: string;
    if (text.charCodeAt(i) === 0x5b) {
      const end = text.indexOf("]", i);
      host = text.substring(i + 1, end);
      if (end < 0 || !isIpv6(host)) return undefined;
      i = end + 1;
    } else {
      while (i < text.length && isHostCharacter(text.charCodeAt(i))) i++;
      host = text.substring(hostStart, i);
      if (host === "") return undefined;
    }
    let port: number | undefined;
    if (text.charCodeAt(i) === 0x3a) {
      const portStart = i + 1;
      for (i = portStart; i < text.length && isDigit(text.charCodeAt(i)); ) i++;
      port = parseNumber(text.substring(portStart, i), 65535);
      if (port === undefined) return undefined;
    }
    let rawParams = "";
    let rawHeaders = "";
    if (i < text.length) {
      const mark = text.indexOf("?", i);
      const end = mark < 0 ? text.length : mark;
      if (i < end && text.charCodeAt(i) !== 0x3b) return undefined;
      rawParams = text.substring(i + 1, end);
      if (mark >= 0) rawHeaders = text.substring(mark + 1);
      if (text.indexOf("@", i) >= 0) return undefined;
    }
    return new SipUri({ text, scheme, rawUser, rawPassword, host, port, rawParams, rawHeaders });
  }

  /** Equality of RFC 3261 §19.1.4 (sip, sips) and RFC 3966 §5 (tel); other schemes by their text. */
  equals(other: SipUri): boolean {
    if (this.scheme !== other.scheme) return false;
    if (this.scheme === "tel") return telNumber(this.user) === telNumber(other.user) && sameTelParams(this, other);
    if (this.scheme !== "sip" && this.scheme !== "sips") return this.text === other.text;
    return (
      decodeUnreserved(this.#parts.rawUser) === decodeUnreserved(other.#parts.rawUser) &&
      decodeUnreserved(this.#parts.rawPassword) === decodeUnreserved(other.#parts.rawPassword) &&
      this.host.toLowerCase() === other.host.toLowerCase() &&
      this.port === other.port &&
      sameSipParams(this.params, other.params) &&
      sameHeaders(this, other)
    );
  }
}

/** A host as it stands in a URI or a Via: IPv6 addresses in brackets. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

// §19.1.4: of these, one that only one URI has makes a difference; its examples count transport among them.
const decisive = ["user", "ttl", "method", "maddr", "transport"];

function sameSipParams(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  for (const name of decisive) if (a.has(name) !== b.has(name)) return false;
  for (const [name, value] of a) {
    const otherValue = b.get(name);
    if (otherValue !== undefined && otherValue.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}

function sameHeaders(a: SipUri, b: SipUri): boolean {
  const key = (uri: SipUri) => JSON.stringify(uri.headers.map(([n, v]) => [n, v]).sort());
  return key(a) === key(b);
}

function sameTelParams(a: SipUri, b: SipUri): boolean {
  if (a.params.size !== b.params.size) return false;
  for (const [name, value] of a.params) if (b.params.get(name)?.toLowerCase() !== value.toLowerCase()) return false;
  return true;
}

function telNumber(number: string): string {
  return number.replace(/[().-]/g, "").toLowerCase();
}

/**
 * What nearly all SIP URIs look like: nothing escaped, no headers, no IPv6. The rest takes the slow way. Groups: scheme,
 * user, password, host, port, parameters.
 */
const usual =
  /^(sips?):(?:([^\0- "<>%@:\x7f]+)(?::([^\0- "<>%@\x7f]*))?@)?([\w.-]+)(?::(\d{1,5}))?(?:;([^\0- "<>%?@\x7f]*))?$/;

const suspicious = /[\0- "<>%\x7f]/;

/** White space, controls, quotes and angle brackets stand in no URI; every % begins an escape. */
function hasForbidden(text: string): boolean {
  if (!suspicious.test(text)) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c <= 0x20 || c === 0x22 || c === 0x3c || c === 0x3e || c === 0x7f) return true;
    if (c === 0x25 && !(isHexDigit(text.charCodeAt(i + 1)) && isHexDigit(text.charCodeAt(i + 2)))) return true;
  }
  return false;
}

export function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function isHexDigit(c: number): boolean {
  return isDigit(c) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66);
}

/** Letters, digits, dot and hyphen; the underscore is against RFC 1123 and in use. */
export function isHostCharacter(c: number): boolean {
  return isDigit(c) || (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || c === 0x2e || c === 0x2d || c === 0x5f;
}

/** Good enough to tell an address from garbage; the system's own parser decides when it is used. */
export function isIpv6(text: string): boolean {
  return text.includes(":") && /^[0-9A-Fa-f:]{2,39}([0-9.]{1,15})?(%[0-9A-Za-z._~-]+)?$/.test(text);
}

function pairs(text: string, separator: string): readonly (readonly [string, string])[] {
  if (text === "") return [];
  return text.split(separator).flatMap((pair): [string, string][] => {
    const equals = pair.indexOf("=");
    if (equals < 0) return pair === "" ? [] : [[pair, ""]];
    return [[pair.slice(0, equals), pair.slice(equals + 1)]];
  });
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Not UTF-8: each byte for itself, so that nothing is lost.
    return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

/** An escaped character equals itself only where it needs no escape (§19.1.4). */
function decodeUnreserved(text: string | undefined): string | undefined {
  return text?.replace(/%([0-9A-Fa-f]{2})/g, (written, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()]/.test(character) ? character : written.toUpperCase();
  });
}

/** Escapes what may not stand in a user part as it is (§25.1). */
export function escapeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(26|3D|2B|24|2C|3B|3F|2F)/g, (escaped) => decodeURIComponent(escaped));
}
