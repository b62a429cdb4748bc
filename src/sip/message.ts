/** SIP requests and responses with lazily typed headers, and their writer (RFC 3261 §7, §20); the parser is in parse.ts. */

import { NameAddress } from "./address.ts";
import { HeaderFields } from "./header-fields.ts";
import { headerKey } from "./header-name.ts";
import { type Problem, problemOf } from "./problem.ts";
import { reasonPhrases } from "./status.ts";
import { parseNumber, splitList } from "./syntax.ts";
import { SipUri } from "./uri.ts";
import { Via } from "./via.ts";

export interface CSeq {
  /** 0 to 2^31 - 1. */
  readonly number: number;
  readonly method: string;
}

/** What an absent or malformed CSeq reads as. */
export const noCSeq: CSeq = { number: 0, method: "" };

const noBytes = new Uint8Array(0);
const maxUint32 = 2 ** 32 - 1;

/** Typed values, as far as somebody asked for them; null is "not asked yet". */
interface Typed {
  via: Via | undefined | null;
  vias: readonly Via[] | null;
  from: NameAddress | null;
  to: NameAddress | null;
  cseq: CSeq | null;
  contacts: readonly NameAddress[] | null;
}

const untyped = (): Typed => ({ via: null, vias: null, from: null, to: null, cseq: null, contacts: null });

export abstract class SipMessage {
  /** Without copying: of a parsed message, a view of what arrived. */
  body: Uint8Array = noBytes;
  readonly fields: HeaderFields;
  /** Characters of the header are bytes, because it came in no valid UTF-8; it is written again as it came. */
  readonly binaryHeader: boolean;
  #typed: Typed = untyped();

  constructor(fields: HeaderFields = new HeaderFields(), binaryHeader = false) {
    this.fields = fields;
    this.binaryHeader = binaryHeader;
  }

  abstract get startLine(): string;

  /** First value, unfolded and trimmed; the name in any case, long or compact. */
  header(name: string): string | undefined {
    return this.fields.first(headerKey(name));
  }

  /** One per header line. */
  headers(name: string): readonly string[] {
    return this.fields.all(headerKey(name));
  }

  /** Members of comma lists over all lines; where a header is no list (Date, WWW-Authenticate, ...), one per line. */
  values(name: string): readonly string[] {
    return this.fields.members(headerKey(name));
  }

  /** Replaces all lines of that name, in the place of the first; one line for each value, none removes them. */
  setHeader(name: string, ...values: readonly (string | { toString(): string })[]): this {
    this.#typed = untyped();
    this.fields.set(name, values.map(String));
    return this;
  }

  addHeader(name: string, value: string | { toString(): string }): this {
    this.#typed = untyped();
    this.fields.add(name, String(value));
    return this;
  }

  /** In front of all other lines. */
  prependHeader(name: string, value: string | { toString(): string }): this {
    this.#typed = untyped();
    this.fields.prepend(name, String(value));
    return this;
  }

  removeHeader(name: string): this {
    this.#typed = untyped();
    this.fields.remove(name);
    return this;
  }

  /** Removes the first value: the topmost Via, also where it shares a line with others. */
  removeFirst(name: string): this {
    this.#typed = untyped();
    this.fields.removeFirst(name);
    return this;
  }

  /** An empty body takes Content-Type with it. */
  setBody(contentType: string, body: string | Uint8Array): this {
    this.body = typeof body === "string" ? Buffer.from(body, "utf8") : body;
    return this.body.length === 0 ? this.removeHeader("Content-Type") : this.setHeader("Content-Type", contentType);
  }

  get bodyText(): string {
    const body = this.body;
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  }

  /** The topmost. */
  get via(): Via | undefined {
    if (this.#typed.via === null) {
      const line = this.fields.first("via");
      const top = line?.includes(",") ? splitList(line)[0] : line;
      this.#typed.via = top === undefined ? undefined : Via.parse(top);
    }
    return this.#typed.via;
  }

  /** All that are well-formed, topmost first. */
  get vias(): readonly Via[] {
    this.#typed.vias ??= this.values("via").flatMap((text) => Via.parse(text) ?? []);
    return this.#typed.vias;
  }

  /** `NameAddress.none` when absent or malformed, which parsed messages never are. */
  get from(): NameAddress {
    this.#typed.from ??= this.#address("from");
    return this.#typed.from;
  }

  /** As `from`. */
  get to(): NameAddress {
    this.#typed.to ??= this.#address("to");
    return this.#typed.to;
  }

  #address(key: string): NameAddress {
    const line = this.fields.first(key);
    return (line === undefined ? undefined : NameAddress.parse(line)) ?? NameAddress.none;
  }

  /** "" when absent, which it never is in parsed messages. */
  get callId(): string {
    return this.fields.first("call-id") ?? "";
  }

  /** `noCSeq` when absent or malformed, which it never is in parsed messages. */
  get cseq(): CSeq {
    this.#typed.cseq ??= parseCSeq(this.fields.first("cseq") ?? "");
    return this.#typed.cseq;
  }

  /** Without the star; malformed ones are left out. */
  get contacts(): readonly NameAddress[] {
    this.#typed.contacts ??= this.#addresses("contact");
    return this.#typed.contacts;
  }

  /** `Contact: *`, which only a REGISTER has (§10.2.2). */
  get contactIsStar(): boolean {
    return this.fields.first("contact") === "*";
  }

  get routes(): readonly NameAddress[] {
    return this.#addresses("route");
  }

  get recordRoutes(): readonly NameAddress[] {
    return this.#addresses("record-route");
  }

  #addresses(key: string): readonly NameAddress[] {
    return this.fields.members(key).flatMap((text) => NameAddress.parse(text) ?? []);
  }

  /** Seconds, 0 to 2^32 - 1; undefined when absent, malformed or larger (RFC 4475 §3.1.2.4: as if it were absent). */
  get expires(): number | undefined {
    return parseNumber(this.fields.first("expires") ?? "", maxUint32);
  }

  /** 0 to 255; undefined when absent, malformed or larger. */
  get maxForwards(): number | undefined {
    return parseNumber(this.fields.first("max-forwards") ?? "", 255);
  }

  /** In lower case, without parameters: "application/sdp". */
  get contentType(): string | undefined {
    return this.fields.first("content-type")?.split(";", 1)[0]?.replace(/\s+/g, "").toLowerCase();
  }

  /** The first thing wrong with a header that every message needs, and how to answer a request that has it. */
  abstract problem(): Problem | undefined;

  /** Content-Length is always right. `compact` uses the one-letter names. */
  toBytes(options: { readonly compact?: boolean } = {}): Uint8Array {
    const text = `${this.startLine}\r\n${this.fields.toText(this.body.length, options.compact === true)}\r\n`;
    const encoding = this.binaryHeader && !/[^\0-\xff]/.test(text) ? "latin1" : "utf8";
    const body = this.body;
    const headBytes = encoding === "latin1" ? text.length : Buffer.byteLength(text);
    const bytes = Buffer.allocUnsafe(headBytes + body.length);
    bytes.write(text, 0, encoding);
    bytes.set(body, headBytes);
    return bytes;
  }

  toString(): string {
    return Buffer.from(this.toBytes()).toString(this.binaryHeader ? "latin1" : "utf8");
  }
}

export class SipRequest extends SipMessage {
  readonly method: string;
  #uri: string;
  #requestUri: SipUri | undefined | null = null;

  constructor(method: string, uri: string, fields?: HeaderFields, binaryHeader?: boolean) {
    super(fields, binaryHeader);
    this.method = method;
    this.#uri = uri;
  }

  /** The Request-URI exactly as written. */
  get uri(): string {
    return this.#uri;
  }

  set uri(uri: string) {
    this.#uri = uri;
    this.#requestUri = null;
  }

  /** Undefined when it is malformed. */
  get requestUri(): SipUri | undefined {
    if (this.#requestUri === null) this.#requestUri = SipUri.parse(this.#uri);
    return this.#requestUri;
  }

  get startLine(): string {
    return `${this.method} ${oneLine(this.#uri)} SIP/2.0`;
  }

  problem(): Problem | undefined {
    return problemOf(this, this);
  }

  /** A copy whose headers can change without changing this one; the body is shared. */
  clone(): SipRequest {
    const fields = new HeaderFields();
    this.fields.copyTo(fields);
    const copy = new SipRequest(this.method, this.#uri, fields, this.binaryHeader);
    copy.body = this.body;
    return copy;
  }
}

export class SipResponse extends SipMessage {
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason = reasonPhrases[status] ?? "", fields?: HeaderFields, binaryHeader?: boolean) {
    super(fields, binaryHeader);
    this.status = status;
    this.reason = reason;
  }

  get startLine(): string {
    return `SIP/2.0 ${this.status} ${oneLine(this.reason)}`;
  }

  problem(): Problem | undefined {
    return problemOf(this, undefined);
  }

  /** The response that §8.2.6 asks for; `toTag` is added where To has no tag yet. */
  static to(request: SipRequest, status: number, reason?: string, toTag?: string): SipResponse {
    const response = new SipResponse(status, reason, undefined, request.binaryHeader);
    const fields = response.fields;
    for (const via of request.fields.all("via")) fields.addParsed("via", "Via", via);
    // §12.1.1: of the responses that make a dialog; elsewhere it says nothing.
    if (status > 100 && status < 300)
      for (const route of request.fields.all("record-route")) fields.addParsed("record-route", "Record-Route", route);
    for (const [key, name] of copied) {
      let value = request.fields.first(key);
      if (value === undefined) continue;
      if (key === "to" && toTag !== undefined && request.to.tag === undefined) value += `;tag=${toTag}`;
      fields.addParsed(key, name, value);
    }
    return response;
  }
}

const copied: readonly (readonly [key: string, name: string])[] = [
  ["from", "From"],
  ["to", "To"],
  ["call-id", "Call-ID"],
  ["cseq", "CSeq"],
  ["timestamp", "Timestamp"],
];

/** `LWS` between number and method; the number is below 2^31 (§8.1.1.5). */
function parseCSeq(text: string): CSeq {
  const space = text.search(/[ \t]/);
  if (space < 0) return noCSeq;
  const number = parseNumber(text.substring(0, space), 2 ** 31 - 1);
  const method = text.substring(space).trim();
  return number === undefined || method === "" ? noCSeq : { number, method };
}

function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]+/g, " ") : text;
}
