/** One Via value (RFC 3261 §20.42, rport of RFC 3581); who adds and checks it is the transport layer's affair. */

import { ParamWalk, paramsToText, paramValue, parseNumber, parseParams, skipSpace, skipToken } from "./syntax.ts";
import { hostText, isHostCharacter, isIpv6 } from "./uri.ts";

export class Via {
  /** As written, usually upper case: "UDP". */
  readonly transport: string;
  /** IPv6 addresses without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  branch: string | undefined;
  received: string | undefined;
  /** "" where the parameter has no value: the client asks for it. */
  rport: number | "" | undefined;
  /** All that was written, as text from an offset on, and as a list when somebody asks. */
  readonly #text: string;
  readonly #paramsAt: number;
  readonly #version: string;

  /** Made by `parse` and `of`. */
  private constructor(
    transport: string,
    host: string,
    port: number | undefined,
    text: string,
    paramsAt: number,
    version: string,
  ) {
    this.transport = transport;
    this.host = host;
    this.port = port;
    this.#text = text;
    this.#paramsAt = paramsAt;
    this.#version = version;
    this.branch = undefined;
    this.received = undefined;
    this.rport = undefined;
  }

  /** All parameters, `branch`, `received` and `rport` with their present values. Names in lower case. */
  get params(): ReadonlyMap<string, string> {
    const params = new Map(parseParams(this.#text, this.#paramsAt));
    const put = (name: string, value: string | undefined) => {
      if (value === undefined) params.delete(name);
      else params.set(name, value);
    };
    put("branch", this.branch);
    put("received", this.received);
    put("rport", this.rport?.toString());
    return params;
  }

  toString(): string {
    const port = this.port === undefined ? "" : `:${this.port}`;
    return `SIP/${this.#version}/${this.transport} ${hostText(this.host)}${port}${paramsToText(this.params)}`;
  }

  static of(parts: {
    readonly transport: string;
    readonly host: string;
    readonly port?: number | undefined;
    readonly branch?: string;
    readonly received?: string;
    readonly rport?: number | "";
    readonly params?: Readonly<Record<string, string>>;
  }): Via {
    const params = Object.entries(parts.params ?? {}).map(([n, v]) => [n.toLowerCase(), paramValue(v)] as const);
    const via = new Via(parts.transport.toUpperCase(), parts.host, parts.port, paramsToText(params), 0, "2.0");
    if (parts.branch !== undefined) via.branch = parts.branch;
    if (parts.received !== undefined) via.received = parts.received;
    if (parts.rport !== undefined) via.rport = parts.rport;
    return via;
  }

  /** One value, all of the text; white space is allowed around every separator. Undefined when malformed. */
  static parse(text: string): Via | undefined {
    if (usual.test(text)) return Via.#ofUsual(text);
    const versionStart = versionAt(text);
    const versionEnd = skipToken(text, versionStart);
    const slash = skipSpace(text, versionEnd);
    const transportStart = skipSpace(text, slash + 1);
    const transportEnd = skipToken(text, transportStart);
    const hostStart = skipSpace(text, transportEnd);
    if (versionStart < 0 || versionEnd === versionStart || text.charCodeAt(slash) !== 0x2f) return undefined;
    if (transportEnd === transportStart || hostStart === transportEnd) return undefined;

    let i = hostStart;
    let host: string;
    if (text.charCodeAt(i) === 0x5b) {
      const close = text.indexOf("]", i);
      host = text.substring(i + 1, close);
      if (close < 0 || !isIpv6(host)) return undefined;
      i = close + 1;
    } else {
      while (i < text.length && isHostCharacter(text.charCodeAt(i))) i++;
      if (i === hostStart) return undefined;
      host = text.substring(hostStart, i);
    }
    let port: number | undefined;
    const colon = skipSpace(text, i);
    if (text.charCodeAt(colon) === 0x3a) {
      const portStart = skipSpace(text, colon + 1);
      i = skipToken(text, portStart);
      port = parseNumber(text.substring(portStart, i), 65535);
      if (port === undefined) return undefined;
    }
    const version = text.substring(versionStart, versionEnd);
    const via = new Via(text.substring(transportStart, transportEnd), host, port, text, i, version);
    const walk = new ParamWalk(text, i);
    while (walk.next())
      if (walk.is("branch")) via.branch ??= walk.value || undefined;
      else if (walk.is("received")) via.received ??= withoutBrackets(walk.value) || undefined;
      else if (walk.is("rport")) via.rport ??= walk.value === "" ? "" : parseNumber(walk.value, 65535);
    return walk.malformed ? undefined : via;
  }

  static #ofUsual(text: string): Via | undefined {
    const hostAt = text.indexOf(" ") + 1;
    const semicolon = text.indexOf(";", hostAt);
    const end = semicolon < 0 ? text.length : semicolon;
    const colon = text.indexOf(":", hostAt);
    const hasPort = colon >= 0 && colon < end;
    const port = hasPort ? parseNumber(text.substring(colon + 1, end), 65535) : undefined;
    if (hasPort && port === undefined) return undefined;
    const host = text.substring(hostAt, hasPort ? colon : end);
    const via = new Via(text.substring("SIP/2.0/".length, hostAt - 1), host, port, text, end, "2.0");
    via.branch = valueIn(text, end, ";branch=");
    via.received = valueIn(text, end, ";received=");
    via.rport = rportIn(text, end);
    return via;
  }
}

/**
 * What nearly all Vias look like: no needless white space, a name or IPv4 address, parameter names in lower case,
 * nothing quoted. The rest takes the slow way.
 */
const usual = /^SIP\/2\.0\/[A-Za-z]+ [\w.-]+(?::\d{1,5})?(?:;[-a-z\d.!%*_+`'~]+(?:=[^\0- ;,"<>[\x7f]+)?)*$/;

/** Value of a parameter among `usual` ones, where a name stands only behind a semicolon. */
function valueIn(text: string, from: number, name: string): string | undefined {
  const at = text.indexOf(name, from);
  if (at < 0) return undefined;
  const start = at + name.length;
  const end = text.indexOf(";", start);
  return text.substring(start, end < 0 ? text.length : end);
}

/** As `valueIn`, for a parameter that may stand without a value. */
function rportIn(text: string, from: number): number | "" | undefined {
  const name = ";rport";
  for (let at = text.indexOf(name, from); at >= 0; at = text.indexOf(name, at + 1)) {
    const next = text.charCodeAt(at + name.length);
    if (next === 0x3d) return parseNumber(valueIn(text, at, ";rport=") ?? "", 65535);
    if (next === 0x3b || at + name.length === text.length) return "";
  }
  return undefined;
}

/** Index behind `SIP /`, or -1. */
function versionAt(text: string): number {
  const start = skipSpace(text, 0);
  const end = skipToken(text, start);
  const slash = skipSpace(text, end);
  const named = text.substring(start, end).toUpperCase() === "SIP" && text.charCodeAt(slash) === 0x2f;
  return named ? skipSpace(text, slash + 1) : -1;
}

function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
