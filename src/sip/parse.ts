/** From bytes to a message (RFC 3261 §7, §18.3, §25): never throws, costs little whatever comes; framing of streams is in framing.ts. */

import { HeaderFields } from "./header-fields.ts";
import { parseHeaderName } from "./header-name.ts";
import { SipRequest, SipResponse } from "./message.ts";
import { isToken, parseNumber } from "./syntax.ts";

/** `status` is what to answer where `message` holds enough to answer; responses that are not ok are dropped. */
export type Parsed =
  | { readonly ok: true; readonly message: SipRequest | SipResponse }
  | { readonly ok: false; readonly why: string; readonly status: number; readonly message?: SipRequest };

/** Above these, a message is refused with 513: no peer of a phone needs them. */
const maxHeadBytes = 65_536;
const maxLines = 400;

const cr = 0x0d;
const lf = 0x0a;

/** One whole message. What lies beyond Content-Length is dropped; empty lines in front are skipped (§7.5). */
export function parseMessage(bytes: Uint8Array): Parsed {
  let start = 0;
  while (bytes[start] === cr && bytes[start + 1] === lf) start += 2;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start);
  const lines = findLines(buffer);
  if (typeof lines === "string") return { ok: false, why: lines, status: lines === tooLarge ? 513 : 400 };

  let text = buffer.toString(lines.ascii ? "latin1" : "utf8", 0, lines.headEnd);
  let binary = false;
  let ends: readonly number[] = lines.ends;
  if (!lines.ascii) {
    if (text.includes("\ufffd")) {
      // No valid UTF-8, it seems: characters become bytes, so that what is answered is what came.
      const encoded = Buffer.from(text, "utf8");
      binary = !encoded.equals(buffer.subarray(0, lines.headEnd));
      if (binary) text = buffer.toString("latin1", 0, lines.headEnd);
    }
    if (!binary) ends = lineEndsOf(text);
  }
  return build(text, ends, binary, buffer.subarray(lines.bodyStart));
}

const tooLarge = "too large";

interface Lines {
  /** Offset of each line's CR; folded lines count as one. The first is the start line. */
  readonly ends: number[];
  readonly headEnd: number;
  readonly bodyStart: number;
  readonly ascii: boolean;
}

/** One pass over the bytes of the head; a sentence when they are no head. */
function findLines(bytes: Uint8Array): Lines | string {
  const limit = Math.min(bytes.length, maxHeadBytes);
  const ends: number[] = [];
  let all = 0;
  let lineStart = 0;
  for (let i = 0; i < limit; i++) {
    const c = bytes[i] ?? 0;
    if (c > cr) {
      all |= c;
      continue;
    }
    if (c === lf) return "a line feed without carriage return";
    if (c !== cr) continue;
    if (bytes[i + 1] !== lf)
      return i + 1 === bytes.length ? "cut off in the header" : "a carriage return without line feed";
    if (i === lineStart) {
      if (ends.length === 0) return "empty";
      return { ends, headEnd: i, bodyStart: i + 2, ascii: all < 0x80 };
    }
    const next = bytes[i + 2];
    if ((next !== 0x20 && next !== 0x09) || ends.length === 0) {
      if (ends.length === maxLines) return tooLarge;
      ends.push(i);
    }
    i++;
    lineStart = i + 1;
  }
  if (bytes.length > limit) return tooLarge;
  if (bytes.length === 0) return "empty";
  // RFC 4475's own files lack the empty line once: a datagram that ends behind a whole line is a message without body.
  return lineStart === bytes.length && ends.length > 0
    ? { ends, headEnd: bytes.length, bodyStart: bytes.length, ascii: all < 0x80 }
    : "cut off in the header";
}

/** The same offsets, in characters. */
function lineEndsOf(text: string): readonly number[] {
  const ends: number[] = [];
  for (let i = text.indexOf("\r\n"); i >= 0; i = text.indexOf("\r\n", i + 2)) {
    const next = text.charCodeAt(i + 2);
    if ((next !== 0x20 && next !== 0x09) || ends.length === 0) ends.push(i);
  }
  return ends;
}

function build(text: string, ends: readonly number[], binary: boolean, rest: Uint8Array): Parsed {
  const firstEnd = ends[0] ?? 0;
  const fields = new HeaderFields();
  const fault = readFields(text, ends, fields);
  const startLine = text.substring(0, firstEnd);
  if (/^SIP\//i.test(startLine)) return response(startLine, fields, binary, rest, fault);
  return request(startLine, fields, binary, rest, fault);
}

/** Fills `fields`; returns what is wrong with the first malformed line. */
function readFields(text: string, ends: readonly number[], fields: HeaderFields): string | undefined {
  let fault: string | undefined;
  let start = (ends[0] ?? 0) + 2;
  for (let n = 1; n < ends.length; n++) {
    const end = ends[n] ?? 0;
    const colon = text.indexOf(":", start);
    let nameEnd = colon;
    while (nameEnd > start && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd--;
    const name = colon < 0 || colon >= end ? "" : text.substring(start, nameEnd);
    const key = parseHeaderName(name);
    if (key === undefined)
      fault ??= `malformed header line ${JSON.stringify(text.substring(start, Math.min(end, start + 40)))}`;
    else {
      let from = colon + 1;
      let to = end;
      while (from < to && isBlank(text.charCodeAt(from))) from++;
      while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
      fields.addParsed(key, name, text.substring(from, to));
    }
    start = end + 2;
  }
  return fault;
}

function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x09 || c === cr || c === lf;
}

function response(
  line: string,
  fields: HeaderFields,
  binary: boolean,
  rest: Uint8Array,
  fault: string | undefined,
): Parsed {
  const refuse = (why: string): Parsed => ({ ok: false, why, status: 400 });
  const match = /^SIP\/2\.0 (\d+)(?: (.*))?$/is.exec(line);
  if (match === null) return refuse(`malformed status line ${JSON.stringify(line.slice(0, 60))}`);
  const status = parseNumber(match[1] ?? "", 699);
  if (status === undefined || status < 100) return refuse(`no response code: ${match[1]?.slice(0, 20)}`);
  if (fault !== undefined) return refuse(fault);
  const message = new SipResponse(status, match[2] ?? "", fields, binary);
  const body = bodyOf(fields.first("content-length"), rest);
  if (body === undefined) return refuse("Content-Length is not that of the body");
  message.body = body;
  const problem = message.problem();
  return problem === undefined ? { ok: true, message } : refuse(problem.why);
}

function request(
  line: string,
  fields: HeaderFields,
  binary: boolean,
  rest: Uint8Array,
  fault: string | undefined,
): Parsed {
  const first = line.indexOf(" ");
  const last = line.trimEnd().lastIndexOf(" ");
  const method = line.substring(0, first);
  if (first < 0 || last <= first || !isToken(method))
    return { ok: false, why: `malformed request line ${JSON.stringify(line.slice(0, 60))}`, status: 400 };
  const uri = line.substring(first + 1, last);
  const version = line.substring(last + 1);
  const message = new SipRequest(method, uri, fields, binary);
  const refuse = (status: number, why: string): Parsed => ({ ok: false, why, status, message });
  if (!/^SIP\/2\.0$/i.test(version))
    return /^SIP\/\d+\.\d+$/i.test(version)
      ? refuse(505, `version ${version}`)
      : refuse(400, `malformed request line ${JSON.stringify(line.slice(0, 60))}`);
  if (fault !== undefined) return refuse(400, fault);
  const problem = message.problem();
  if (problem !== undefined) return refuse(problem.status, problem.why);
  const body = bodyOf(fields.first("content-length"), rest);
  if (body === undefined) return refuse(400, "Content-Length is not that of the body");
  message.body = body;
  return { ok: true, message };
}

/** §18.3: without Content-Length a datagram's body is all that is left; too little of it is an error. */
function bodyOf(contentLength: string | undefined, rest: Uint8Array): Uint8Array | undefined {
  if (contentLength === undefined) return rest;
  const length = parseNumber(contentLength, rest.length);
  if (length === undefined) return undefined;
  return length === rest.length ? rest : rest.subarray(0, length);
}
