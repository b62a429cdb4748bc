/** name-addr and addr-spec with header parameters: From, To, Contact, Route and their kin (RFC 3261 §20.10, §25.1). */

import {
  isToken,
  type ParamList,
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
  /** Without quotes and escapes; "" when there is none. */
  readonly displayName: string;
  /** Exactly as written, without angle brackets. */
  readonly uri: string;
  readonly #text: string;
  readonly #paramList: ParamList;
  #params: ReadonlyMap<string, string> | undefined;
  #parsedUri: SipUri | undefined | null = null;

  private constructor(text: string, displayName: string, uri: string, params: ParamList) {
    this.#text = text;
    this.displayName = displayName;
    this.uri = uri;
    this.#paramList = params;
  }

  /** Undefined when the URI is malformed. */
  get parsedUri(): SipUri | undefined {
    if (this.#parsedUri === null) this.#parsedUri = SipUri.parse(this.uri);
    return this.#parsedUri;
  }

  /** Header parameters (not those of the URI): names in lower case, values unquoted, "" where there is none. */
  get params(): ReadonlyMap<string, string> {
    this.#params ??= new Map(this.#paramList.map(([name, value]) => [name, unquote(value)]));
    return this.#params;
  }

  get tag(): string | undefined {
    for (const [name, value] of this.#paramList) if (name === "tag") return value === "" ? undefined : value;
    return undefined;
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
    const text = `${displayName === "" ? "" : `${quote(displayName)} `}<${uri}>${paramsToText(list)}`;
    return new NameAddress(text, displayName, uri, list);
  }

  /** One address, all of the text; undefined when malformed. */
  static parse(raw: string): NameAddress | undefined {
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
    const close = text.indexOf(">", open);
    if (close < 0) return undefined;
    const uri = text.substring(open + 1, close);
    if (!looksLikeUri(uri)) return undefined;
    const params = parseParams(text, close + 1);
    return params === undefined ? undefined : new NameAddress(text, displayName, uri, params);
  }

  static #parseAddrSpec(text: string): NameAddress | undefined {
    const semicolon = text.indexOf(";");
    const end = semicolon < 0 ? text.length : semicolon;
    const uri = text.substring(0, end).trimEnd();
    // §20: a URI with a comma, question mark or semicolon must stand in angle brackets.
    if (!looksLikeUri(uri) || uri.includes("?") || uri.includes(",")) return undefined;
    const params = parseParams(text, end);
    return params === undefined ? undefined : new NameAddress(text, "", uri, params);
  }

  /** What a header that is absent or malformed reads as: no URI, no tag. */
  static readonly none = new NameAddress("", "", "", []);
}

function isMap(params: ParamsInit): params is ReadonlyMap<string, string> {
  return params instanceof Map;
}

/** Tokens and white space. Deviates from §25.1 in letters beyond ASCII, which phones in the field send unquoted. */
function isDisplayName(text: string): boolean {
  if (isToken(text)) return true;
  return text.split(/[ \t]+/).every((word) => isToken(word.replace(/[\u0080-\uffff]/g, "x")));
}

/** A scheme and something behind it, without white space: enough for a header to be answered and logged. */
function looksLikeUri(text: string): boolean {
  const colon = text.indexOf(":");
  if (colon <= 0 || colon + 1 === text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c <= 0x20 || c === 0x22 || c === 0x3c || c === 0x7f) return false;
  }
  return true;
}
