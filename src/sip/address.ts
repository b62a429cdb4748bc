/** name-addr and addr-spec with header parameters: From, To, Contact, Route and their kin (RFC 3261 §20.10, §25.1). */

import {
  isToken,
  ParamWalk,
  paramsToText,
  paramValue,
  parseParams,
  quote,
  skipQuoted,
  skipSpace,
  unquote,
} from "./syntax.ts";
import { SipUri } from "./uri.ts";

export type ParamsInit = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

/** One address of a header. Immutable; what was parsed is written again exactly as it came. */
export class NameAddress {
  readonly #text: string;
  /** Where in the text the parameters begin. */
  readonly #paramsAt: number;
  /** The two are read out of the text when somebody asks, where it has the usual form. */
  #displayName: string | undefined;
  #uri: string | undefined;
  #params: ReadonlyMap<string, string> | undefined;
  #parsedUri: SipUri | undefined | null = null;
  #tag: string | undefined | null;

  /**
   * @param displayName undefined where the text has the usual form, as must be `uri` then.
   * @param tag null where nobody looked yet.
   */
  private constructor(
    text: string,
    displayName: string | undefined,
    uri: string | undefined,
    paramsAt: number,
    tag: string | undefined | null,
  ) {
    this.#text = text;
    this.#displayName = displayName;
    this.#uri = uri;
    this.#paramsAt = paramsAt;
    this.#tag = tag;
  }

  /** Without quotes and escapes; "" when there is none. */
  get displayName(): string {
    this.#displayName ??= usualName(this.#text);
    return this.#displayName;
  }

  /** Exactly as written, without angle brackets. */
  get uri(): string {
    // A URI of the usual form has no angle bracket; a quoted name before it may have some.
    this.#uri ??= this.#text.substring(this.#text.lastIndexOf("<", this.#paramsAt) + 1, this.#paramsAt - 1);
    return this.#uri;
  }

  /** Undefined where the parameter is absent or empty. */
  get tag(): string | undefined {
    if (this.#tag === null) this.#tag = tagOf(this.#text, this.#paramsAt);
    return this.#tag;
  }

  /** Undefined when the URI is malformed. */
  get parsedUri(): SipUri | undefined {
    if (this.#parsedUri === null) this.#parsedUri = SipUri.parse(this.uri);
    return this.#parsedUri;
  }

  /** Header parameters (not those of the URI): names in lower case, values unquoted, "" where there is none. */
  get params(): ReadonlyMap<string, string> {
    this.#params ??= new Map(parseParams(this.#text, this.#paramsAt)?.map(([name, value]) => [name, unquote(value)]));
    return this.#params;
  }

  toString(): string {
    return this.#text;
  }

  /** The same address with a parameter added or replaced; undefined removes it. */
  with(name: string, value: string | undefined): NameAddress {
    const params = new Map(this.params);
    if (value === undefined) params.delete(name.toLowerCase());
    else params.set(name.toLowerCase(), value);
    return NameAddress.of(this.uri, this.displayName, params);
  }

  static of(uri: string, displayName = "", params: ParamsInit = {}): NameAddress {
    const entries: Iterable<readonly [string, string]> = isMap(params) ? params : Object.entries(params);
    const list = [...entries].map(([name, value]) => [name.toLowerCase(), paramValue(value)] as const);
    const address = `${displayName === "" ? "" : `${quote(displayName)} `}<${uri}>`;
    const tag = list.find(([name, value]) => name === "tag" && value !== "")?.[1];
    return new NameAddress(address + paramsToText(list), displayName, uri, address.length, tag);
  }

  /** One address, all of the text; undefined when malformed. */
  static parse(raw: string): NameAddress | undefined {
    if (usual.test(raw)) {
      // Quotes of a name come first, and the URI ends with the first bracket behind them.
      const close = raw.indexOf(">", raw.charCodeAt(0) === 0x22 ? raw.indexOf('"', 1) : 0) + 1;
      return new NameAddress(raw, undefined, undefined, close, usualTag(raw, close));
    }
    const text = raw.trim();
    let displayName = "";
    let open: number;
    if (text.charCodeAt(0) === 0x22) {
      const end = skipQuoted(text, 0);
      if (end < 0) return undefined;
      displayName = unquote(text.substring(0, end));
      open = skipSpace(text, end);
      if (text.charCodeAt(open) !== 0x3c) return undefined;
    } else {
      open = text.indexOf("<");
      // Without a display name, an angle bracket behind a semicolon is inside a parameter.
      const semicolon = open > 0 ? text.indexOf(";") : -1;
      if (open < 0 || (semicolon >= 0 && semicolon < open)) return NameAddress.#parseAddrSpec(text);
      if (open > 0) {
        displayName = text.substring(0, open).trim();
        if (!isDisplayName(displayName)) return undefined;
      }
    }
    const close = uriEnd(text, open + 1, 0x3e);
    return close < 0 ? undefined : NameAddress.#finish(text, displayName, open + 1, close, close + 1);
  }

  static #parseAddrSpec(text: string): NameAddress | undefined {
    const semicolon = text.indexOf(";");
    const paramsAt = semicolon < 0 ? text.length : semicolon;
    let end = paramsAt;
    while (text.charCodeAt(end - 1) === 0x20 || text.charCodeAt(end - 1) === 0x09) end--;
    const uri = text.substring(0, end);
    // §20: a URI with a comma, question mark or semicolon must stand in angle brackets.
    if (uriEnd(uri, 0, -1) < 0 || uri.includes("?") || uri.includes(",")) return undefined;
    return NameAddress.#finish(text, "", 0, end, paramsAt);
  }

  static #finish(
    text: string,
    displayName: string,
    uriStart: number,
    uriEnd: number,
    paramsAt: number,
  ): NameAddress | undefined {
    const walk = new ParamWalk(text, paramsAt);
    while (walk.next());
    if (walk.malformed) return undefined;
    return new NameAddress(text, displayName, text.substring(uriStart, uriEnd), paramsAt, null);
  }

  /** What a header that is absent or malformed reads as: no URI, no tag. */
  static readonly none = new NameAddress("", "", "", 0, undefined);
}

function tagOf(text: string, paramsAt: number): string | undefined {
  const walk = new ParamWalk(text, paramsAt);
  while (walk.next()) if (walk.is("tag") && walk.value !== "") return walk.value;
  return undefined;
}

/** The tag behind an address of the usual form, where it is the first parameter as it nearly always is; null: look closer. */
function usualTag(text: string, paramsAt: number): string | undefined | null {
  if (paramsAt === text.length) return undefined;
  const start = paramsAt + ";tag=".length;
  if (!text.startsWith(";tag=", paramsAt) || text.charCodeAt(start) === 0x22) return null;
  const end = text.indexOf(";", start);
  return text.substring(start, end < 0 ? text.length : end);
}

/** The name in front of an address of the usual form. */
function usualName(text: string): string {
  if (text.charCodeAt(0) === 0x22) return text.substring(1, text.indexOf('"', 1));
  return text.substring(0, text.indexOf("<")).trimEnd();
}

/**
 * What nearly all addresses look like: a plain quoted name, one word or no name, no needless white space. It is faster
 * than looking at each character, and leaves the rest to the code below.
 */
const usual =
  /^(?:"[^"\\\r\n]*" ?|[-\w.!%*+`'~]+ ?)?<[a-zA-Z][^\0- "<>:\x7f]*:[^\0- "<>\x7f]+>(?:;[-\w.!%*+`'~]+(?:=(?:[^\0- ;,"<>\x7f]+|"[^"\\\r\n]*"))?)*$/;

function isMap(params: ParamsInit): params is ReadonlyMap<string, string> {
  return params instanceof Map;
}

/** Tokens and white space. Deviates from §25.1 in letters beyond ASCII, which phones in the field send unquoted. */
function isDisplayName(text: string): boolean {
  if (isToken(text)) return true;
  return text.split(/[ \t]+/).every((word) => isToken(word.replace(/[\u0080-\uffff]/g, "x")));
}

/**
 * Index of the character that ends the URI (-1: the end of the text ends it), or -1 where this is none: a scheme and
 * something behind it without white space is enough for a header to be answered and logged.
 */
function uriEnd(text: string, start: number, ending: number): number {
  let colon = -1;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 0x3e && c !== 0x7f) continue;
    if (c === 0x3a) {
      if (colon < 0) colon = i;
    } else if (c === ending) return colon > start && colon < i - 1 ? i : -1;
    else if (c <= 0x20 || c === 0x22 || c === 0x3c || c === 0x7f) return -1;
  }
  return ending < 0 && colon > start && colon < text.length - 1 ? text.length : -1;
}
