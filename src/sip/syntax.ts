/** Character classes, quoting and parameters that all SIP headers share (RFC 3261 §25.1); knows no single header. */

const TOKEN = 1;
const SPACE = 2;
/** Ends a parameter's unquoted value. */
const STOP = 4;

const classes = new Uint8Array(128);
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")
  classes[c.charCodeAt(0)] = TOKEN;
for (const c of " \t\r\n") classes[c.charCodeAt(0)] = SPACE | STOP;
for (const c of ';,"<>') classes[c.charCodeAt(0)] = STOP;

function classOf(code: number): number {
  return code < 128 ? (classes[code] ?? 0) : 0;
}

/** Whether all of `text` is one token: not empty, no separators. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (classOf(text.charCodeAt(i)) !== TOKEN) return false;
  return text.length > 0;
}

/** First index at or after `from` that is no white space. */
export function skipSpace(text: string, from: number): number {
  let i = from;
  while (text.charCodeAt(i) <= 0x20 && (classOf(text.charCodeAt(i)) & SPACE) !== 0) i++;
  return i;
}

/** First index at or after `from` that is no token character. */
export function skipToken(text: string, from: number): number {
  let i = from;
  while (i < text.length && classOf(text.charCodeAt(i)) === TOKEN) i++;
  return i;
}

/** Index behind the quoted string that begins at `from`, or -1 when it does not end. */
export function skipQuoted(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) return i + 1;
    if (c === 0x5c) i++;
  }
  return -1;
}

/** The content of a quoted string, its quotes and escapes removed; other text as it stands. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}

/** As a quoted string. Line ends cannot be quoted (§25.1) and become spaces. */
export function quote(text: string): string {
  return `"${text.replace(/[\r\n]+/g, " ").replace(/["\\]/g, "\\$&")}"`;
}

/** Removes folding: each line end with the white space around it becomes one space (§7.3.1). */
export function unfold(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replace(/[ \t]*[\r\n]+[ \t]*/g, " ").trim() : text;
}

/** The members of a comma list; commas inside quotes and angle brackets do not separate. Empty members are dropped. */
export function splitList(text: string): readonly string[] {
  if (!text.includes(",")) {
    const only = text.trim();
    return only === "" ? [] : [only];
  }
  const members: string[] = [];
  let start = 0;
  let inAngle = false;
  const push = (end: number) => {
    const member = text.slice(start, end).trim();
    if (member !== "") members.push(member);
  };
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22 && !inAngle) {
      const end = skipQuoted(text, i);
      // Without its end, the quoted string takes the rest: the member's own parser refuses it.
      if (end < 0) break;
      i = end - 1;
    } else if (c === 0x3c) inAngle = true;
    else if (c === 0x3e) inAngle = false;
    else if (c === 0x2c && !inAngle) {
      push(i);
      start = i + 1;
    }
  }
  push(text.length);
  return members;
}

/** Parameters in their order: name in lower case, value as written, "" where there is none. */
export type ParamList = readonly (readonly [name: string, value: string])[];

/** `*(SEMI name [EQUAL value])` from `from` to the end of the text, or undefined when malformed. */
export function parseParams(text: string, from: number): ParamList | undefined {
  const params: [string, string][] = [];
  const walk = new ParamWalk(text, from);
  while (walk.next()) params.push([walk.name, walk.value]);
  return walk.malformed ? undefined : params;
}

function skipValue(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    // Letters above the last of the stopping characters are most of any value.
    if (c <= 0x3e && (classOf(c) & STOP) !== 0) return i;
  }
  return text.length;
}

/**
 * Reads parameters without making strings of them: `malformed` at the end says whether they all were good.
 * One such object walks one text once.
 */
export class ParamWalk {
  malformed = false;
  #text: string;
  #at: number;
  #nameStart = 0;
  #nameEnd = 0;
  #valueStart = 0;
  #valueEnd = 0;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = skipSpace(text, from);
  }

  /** Goes to the next parameter; false when there is none, or what follows is malformed. */
  next(): boolean {
    const text = this.#text;
    const at = this.#at;
    if (at >= text.length) return false;
    const start = skipSpace(text, at + 1);
    const end = skipToken(text, start);
    if (text.charCodeAt(at) !== 0x3b || end === start) return this.#fail();
    this.#nameStart = start;
    this.#nameEnd = end;
    const equals = skipSpace(text, end);
    if (text.charCodeAt(equals) !== 0x3d) {
      this.#valueStart = equals;
      this.#valueEnd = equals;
      this.#at = equals;
      return true;
    }
    const valueStart = skipSpace(text, equals + 1);
    const valueEnd = text.charCodeAt(valueStart) === 0x22 ? skipQuoted(text, valueStart) : skipValue(text, valueStart);
    // `;tag=` followed by nothing is malformed, unlike `;tag`.
    if (valueEnd <= valueStart) return this.#fail();
    this.#valueStart = valueStart;
    this.#valueEnd = valueEnd;
    this.#at = skipSpace(text, valueEnd);
    return true;
  }

  #fail(): boolean {
    this.malformed = true;
    return false;
  }

  /** Whether the present one has this name (lower-case letters), in any case. */
  is(name: string): boolean {
    const start = this.#nameStart;
    if (this.#nameEnd - start !== name.length) return false;
    for (let i = 0; i < name.length; i++)
      if ((this.#text.charCodeAt(start + i) | 0x20) !== name.charCodeAt(i)) return false;
    return true;
  }

  get name(): string {
    return this.#text.substring(this.#nameStart, this.#nameEnd).toLowerCase();
  }

  /** As written; "" where there is none. */
  get value(): string {
    return this.#text.substring(this.#valueStart, this.#valueEnd);
  }
}

export function paramsToText(params: Iterable<readonly [string, string]>): string {
  let text = "";
  for (const [name, value] of params) text += value === "" ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** A value as it can stand in a parameter: quoted unless it is a token or a host. */
export function paramValue(value: string): string {
  return value === "" || /^[A-Za-z0-9\-.!%*_+`'~:[\]]+$/.test(value) ? value : quote(value);
}

/** An unsigned decimal number up to `max`, or undefined. Leading zeros are allowed (RFC 4475 §3.1.1.1). */
export function parseNumber(text: string, max: number): number | undefined {
  if (text.length === 0) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > max) return undefined;
  }
  return value;
}
