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
    const nameStart = skipSpace(text, 0);
    const nameEnd = skipToken(text, nameStart);
    if (text.substring(nameStart, nameEnd).toUpperCase() !== "SIP") return undefined;
    const slash = skipSpace(text, nameEnd);
    const versionStart = skipSpace(text, slash + 1);
    const versionEnd = skipToken(text, versionStart);
    const secondSlash = skipSpace(text, versionEnd);
    if (text.charCodeAt(slash) !== 0x2f || text.charCodeAt(secondSlash) !== 0x2f) return undefined;
    const transportStart = skipSpace(text, secondSlash + 1);
    const transportEnd = skipToken(text, transportStart);
    const hostStart = skipSpace(text, transportEnd);
    if (versionEnd === versionStart || transportEnd === transportStart || hostStart === transportEnd) return undefined;

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
      if (walk.is("branch")) via.branch ??= walk.value;
      else if (walk.is("received")) via.received = walk.value.replace(/^\[(.*)\]$/, "$1");
      else if (walk.is("rport")) via.rport = walk.value === "" ? "" : parseNumber(walk.value, 65535);
    return walk.malformed ? undefined : via;
  }
}
