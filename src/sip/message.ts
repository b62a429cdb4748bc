/** SIP requests and responses with lazily typed headers, and their writer (RFC 3261 §7, §20); the parser is in parse.ts. */

import { NameAddress } from "./address.ts";
import { HeaderFields } from "./header-fields.ts";
import { type HeaderKind, header, kindOf } from "./header-name.ts";
import type { Manner } from "./manner.ts";
import { type Problem, problemOf } from "./problem.ts";
import { reasonPhrases } from "./status.ts";
import { parseNumber, skipSpace, skipToken, splitList } from "./syntax.ts";
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

export abstract class SipMessage {
  readonly fields: HeaderFields;
  /** Characters of the header are bytes, because it came in no valid UTF-8; it is written again as it came. */
  readonly binaryHeader: boolean;
  /** Of what we send: the account's way of writing, timing and sending it. */
  manner: Manner | undefined;
  // Typed values, as far as somebody asked for them; null is "not asked yet".
  #via: Via | undefined | null = null;
  #vias: readonly Via[] | null = null;
  #from: NameAddress | null = null;
  #to: NameAddress | null = null;
  #cseq: CSeq | null = null;
  #contacts: readonly NameAddress[] | null = null;
  #contentType: string | undefined | null = null;
  #body: Uint8Array | undefined;
  /** The body where it was given as text and nobody wanted its bytes yet. */
  #text: string | undefined;
  /** The bytes read as text, once somebody asked. */
  #bodyText: string | undefined;
  #arrived: { readonly buffer: Buffer; readonly start: number; readonly end: number } | undefined;

  constructor(fields: HeaderFields = new HeaderFields(), binaryHeader = false) {
    this.fields = fields;
    this.binaryHeader = binaryHeader;
  }

  abstract get startLine(): string;

  /** First value, unfolded and trimmed; the name in any case, long or compact. */
  header(name: string): string | undefined {
    return this.fields.first(kindOf(name));
  }

  /** One per header line. */
  headers(name: string): readonly string[] {
    return this.fields.all(kindOf(name));
  }

  /** Members of comma lists over all lines; where a header is no list (Date, WWW-Authenticate, ...), one per line. */
  values(name: string): readonly string[] {
    return this.fields.members(kindOf(name));
  }

  #forget(): void {
    this.#via = null;
    this.#vias = null;
    this.#from = null;
    this.#to = null;
    this.#cseq = null;
    this.#contacts = null;
    this.#contentType = null;
  }

  /** Replaces all lines of that name, in the place of the first; one line for each value, none removes them. */
  setHeader(name: string, ...values: readonly (string | { toString(): string })[]): this {
    this.#forget();
    this.fields.set(name, values.map(String));
    return this;
  }

  addHeader(name: string, value: string | { toString(): string }): this {
    this.#forget();
    this.fields.add(name, typeof value === "string" ? value : value.toString());
    return this;
  }

  /** In front of all other lines. */
  prependHeader(name: string, value: string | { toString(): string }): this {
    this.#forget();
    this.fields.prepend(name, String(value));
    return this;
  }

  removeHeader(name: string): this {
    this.#forget();
    this.fields.remove(kindOf(name));
    return this;
  }

  /** Removes the first value: the topmost Via, also where it shares a line with others. */
  removeFirst(name: string): this {
    this.#forget();
    this.fields.removeFirst(kindOf(name));
    return this;
  }

  /** Of a parsed message, a view of what arrived. */
  get body(): Uint8Array {
    this.#body ??=
      this.#text !== undefined
        ? Buffer.from(this.#text, "utf8")
        : (this.#arrived?.buffer.subarray(this.#arrived.start, this.#arrived.end) ?? noBytes);
    return this.#body;
  }

  set body(body: Uint8Array) {
    this.#body = body;
    this.#text = undefined;
    this.#bodyText = undefined;
  }

  /** The body is part of what arrived, which must not change from now on. */
  takeBody(buffer: Buffer, start: number, end: number): void {
    this.#arrived = { buffer, start, end };
    this.#body = undefined;
    this.#text = undefined;
    this.#bodyText = undefined;
  }

  /** An empty body takes Content-Type with it. */
  setBody(contentType: string, body: string | Uint8Array): this {
    if (typeof body === "string") {
      this.#text = body;
      this.#body = undefined;
    } else this.body = body;
    this.#forget();
    if (body.length === 0) this.fields.remove(header.contentType);
    else this.fields.setOne(header.contentType, contentType);
    return this;
  }

  get bodyText(): string {
    if (this.#text !== undefined) return this.#text;
    if (this.#bodyText === undefined) {
      const body = this.body;
      this.#bodyText = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
    }
    return this.#bodyText;
  }

  /** The topmost. */
  get via(): Via | undefined {
    if (this.#via === null) {
      const line = this.fields.first(header.via);
      const top = line?.includes(",") ? splitList(line)[0] : line;
      this.#via = top === undefined ? undefined : Via.parse(top);
    }
    return this.#via;
  }

  /** All that are well-formed, topmost first. */
  get vias(): readonly Via[] {
    this.#vias ??= this.values("via").flatMap((text) => Via.parse(text) ?? []);
    return this.#vias;
  }

  /** `NameAddress.none` when absent or malformed, which parsed messages never are. */
  get from(): NameAddress {
    this.#from ??= this.#address(header.from);
    return this.#from;
  }

  /** As `from`. */
  get to(): NameAddress {
    this.#to ??= this.#address(header.to);
    return this.#to;
  }

  #address(kind: HeaderKind): NameAddress {
    const line = this.fields.first(kind);
    return (line === undefined ? undefined : NameAddress.parse(line)) ?? NameAddress.none;
  }

  /** "" when absent, which it never is in parsed messages. */
  get callId(): string {
    return this.fields.first(header.callId) ?? "";
  }

  /** `noCSeq` when absent or malformed, which it never is in parsed messages. */
  get cseq(): CSeq {
    this.#cseq ??= parseCSeq(this.fields.first(header.cseq) ?? "");
    return this.#cseq;
  }

  /** Without the star; malformed ones are left out. */
  get contacts(): readonly NameAddress[] {
    this.#contacts ??= this.#addresses(header.contact);
    return this.#contacts;
  }

  /** `Contact: *`, which only a REGISTER has (§10.2.2). */
  get contactIsStar(): boolean {
    return this.fields.first(header.contact) === "*";
  }

  get routes(): readonly NameAddress[] {
    return this.#addresses(header.route);
  }

  get recordRoutes(): readonly NameAddress[] {
    return this.#addresses(header.recordRoute);
  }

  #addresses(kind: HeaderKind): readonly NameAddress[] {
    const only = this.fields.only(kind);
    if (only === undefined) return [];
    if (only !== null) {
      const address = NameAddress.parse(only);
      return address === undefined ? [] : [address];
    }
    return this.fields.members(kind).flatMap((text) => NameAddress.parse(text) ?? []);
  }

  /** Seconds, 0 to 2^32 - 1; undefined when absent, malformed or larger (RFC 4475 §3.1.2.4: as if it were absent). */
  get expires(): number | undefined {
    return parseNumber(this.fields.first(header.expires) ?? "", maxUint32);
  }

  /** 0 to 255; undefined when absent, malformed or larger. */
  get maxForwards(): number | undefined {
    return parseNumber(this.fields.first(header.maxForwards) ?? "", 255);
  }

  /** In lower case, without parameters: "application/sdp". */
  get contentType(): string | undefined {
    if (this.#contentType === null)
      this.#contentType = this.fields.first(header.contentType)?.split(";", 1)[0]?.replace(/\s+/g, "").toLowerCase();
    return this.#contentType;
  }

  /** The first thing wrong with a header that every message needs, and how to answer a request that has it. */
  abstract problem(): Problem | undefined;

  /** Content-Length is always right. `compact` uses the one-letter names; as the manner says unless told. */
  toBytes(options: { readonly compact?: boolean } = {}): Uint8Array {
    const compact = options.compact ?? this.manner?.compact === true;
    const bodyText = this.#text;
    if (bodyText !== undefined && !this.binaryHeader)
      return Buffer.from(this.#head(Buffer.byteLength(bodyText), compact) + bodyText, "utf8");
    const body = this.body;
    const text = this.#head(body.length, compact);
    const encoding = this.binaryHeader && !/[^\0-\xff]/.test(text) ? "latin1" : "utf8";
    const headBytes = encoding === "latin1" ? text.length : Buffer.byteLength(text);
    const bytes = Buffer.allocUnsafe(headBytes + body.length);
    bytes.write(text, 0, encoding);
    bytes.set(body, headBytes);
    return bytes;
  }

  #head(bodyBytes: number, compact: boolean): string {
    return `${this.startLine}${this.fields.toText(bodyBytes, compact)}\r\n\r\n`;
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
    for (const via of request.fields.all(header.via)) fields.addParsed(header.via, "Via", via);
    // §12.1.1: of the responses that make a dialog; elsewhere it says nothing.
    if (status > 100 && status < 300)
      for (const route of request.fields.all(header.recordRoute))
        fields.addParsed(header.recordRoute, "Record-Route", route);
    for (const [kind, name] of copied) {
      let value = request.fields.first(kind);
      if (value === undefined) continue;
      if (kind === header.to && toTag !== undefined && request.to.tag === undefined) value += `;tag=${toTag}`;
      fields.addParsed(kind, name, value);
    }
    return response;
  }
}

const copied: readonly (readonly [kind: HeaderKind, name: string])[] = [
  [header.from, "From"],
  [header.to, "To"],
  [header.callId, "Call-ID"],
  [header.cseq, "CSeq"],
  [header.timestamp, "Timestamp"],
];

/** `LWS` between number and method; the number is below 2^31 (§8.1.1.5). */
function parseCSeq(text: string): CSeq {
  const digits = skipToken(text, 0);
  const start = skipSpace(text, digits);
  const number = parseNumber(text.substring(0, digits), 2 ** 31 - 1);
  const method = text.substring(start);
  return number === undefined || start === digits || method === "" ? noCSeq : { number, method };
}

function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]+/g, " ") : text;
}
