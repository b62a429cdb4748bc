/** One Via value (RFC 3261 §20.42, rport of RFC 3581); who adds and checks it is the transport layer's affair. */

import { type ParamList, paramsToText, paramValue, parseNumber, parseParams, skipSpace, skipToken } from "./syntax.ts";
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
  readonly #paramList: ParamList;
  readonly #version: string;

  constructor(transport: string, host: string, port?: number, params: ParamList = [], version = "2.0") {
    this.transport = transport;
    this.host = host;
    this.port = port;
    this.#paramList = params;
    this.#version = version;
    this.branch = undefined;
    this.received = undefined;
    this.rport = undefined;
    for (const [name, value] of params)
      if (name === "branch") this.branch = value;
      else if (name === "received") this.received = value.startsWith("[") ? value.slice(1, -1) : value;
      else if (name === "rport") this.rport = value === "" ? "" : parseNumber(value, 65535);
  }

  /** All parameters, `branch`, `received` and `rport` with their present values. Names in lower case. */
  get params(): ReadonlyMap<string, string> {
    const params = new Map(this.#paramList);
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
    const via = new Via(parts.transport.toUpperCase(), parts.host, parts.port, params);
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
    const params = parseParams(text, i);
    if (params === undefined) return undefined;
    const version = text.substring(versionStart, versionEnd);
    return new Via(text.substring(transportStart, transportEnd), host, port, params, version);
  }
}
