/** From bytes to a message (RFC 3261 §7, §18.3, §25): never throws, costs little whatever comes; framing of streams is in framing.ts. */

import { isAscii, isUtf8 } from "node:buffer";
import { HeaderFields } from "./header-fields.ts";
import { header, knownNameAt, parseHeaderName } from "./header-name.ts";
import { type SipMessage, SipRequest, SipResponse } from "./message.ts";
import { isToken, parseNumber, unfold } from "./syntax.ts";

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
  const buffer =
    start === 0 && Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start);
  const head = headOf(buffer);
  if (typeof head === "string") return { ok: false, why: head, status: head === tooLarge ? 513 : 400 };

  const startEnd = lineEnd(head.text, 0, head.end < 0 ? head.text.length : head.end);
  const fields = new HeaderFields();
  const fault = readFields(head, startEnd + 2, fields);
  if (head.end < 0) findEnd(head);
  if (head.end < 0) return { ok: false, why: cutOff, status: 400 };
  if (fault === tooLarge) return { ok: false, why: tooLarge, status: 513 };
  const startLine = head.text.substring(0, startEnd);
  const rest = { buffer, start: head.bodyStart };
  return isStatusLine(startLine)
    ? response(startLine, fields, head.binary, rest, fault)
    : request(startLine, fields, head.binary, rest, fault);
}

const tooLarge = "too large";
const cutOff = "cut off in the header";

interface Head {
  /** Begins with the head; what is behind `end` has no meaning. */
  readonly text: string;
  /** Index behind the line end of the last header line; -1 where nobody looked yet. */
  end: number;
  /** Offset in bytes; has a meaning with `end`. */
  bodyStart: number;
  /** Each character is a byte, for the head is no valid UTF-8. */
  readonly binary: boolean;
}

/** Where the body begins; how long it is, Content-Length says. */
type Body = { readonly buffer: Buffer; readonly start: number };

/** The head as text, or a sentence why there is none. */
function headOf(buffer: Buffer): Head | string {
  if (buffer.length === 0) return "empty";
  const bytes = buffer.toString("latin1", 0, Math.min(buffer.length, maxHeadBytes));
  // Where a character is a byte, the lines will tell where the head ends.
  if (buffer.length <= maxHeadBytes && isAscii(buffer)) return { text: bytes, end: -1, bodyStart: -1, binary: false };
  const head: Head = { text: bytes, end: -1, bodyStart: -1, binary: false };
  findEnd(head);
  const { end, bodyStart } = head;
  if (buffer.length > maxHeadBytes && end === bodyStart) return tooLarge;
  if (end < 0) return cutOff;
  if (isAscii(buffer.subarray(0, end))) return head;
  const text = buffer.toString("utf8", 0, end);
  // Characters become bytes where it is no valid UTF-8, so that what is answered is what came.
  if (text.includes("\ufffd") && !isUtf8(buffer.subarray(0, end))) return { text: bytes, end, bodyStart, binary: true };
  return { text, end: text.length, bodyStart, binary: false };
}

/** RFC 4475's own files lack the empty line once: what ends behind a whole line is a message without body. */
function findEnd(head: Head): void {
  const { text } = head;
  const empty = text.indexOf("\r\n\r\n");
  if (empty < 0 && !text.endsWith("\r\n")) return;
  head.end = empty < 0 ? text.length : empty + 2;
  head.bodyStart = empty < 0 ? text.length : empty + 4;
}

/** Index of the CR that ends the line (folded or not) that begins at `start`; -1 when CR and LF stand alone in it. */
function lineEnd(text: string, start: number, end: number): number {
  for (let from = start; from < end; ) {
    const feed = text.indexOf("\n", from);
    if (feed < 0 || text.charCodeAt(feed - 1) !== cr) return -1;
    const next = text.charCodeAt(feed + 1);
    // The start line cannot be folded: what follows it is then no header line, and is refused as one.
    if ((next !== 0x20 && next !== 0x09) || start === 0 || feed + 1 >= end) return feed - 1;
    from = feed + 1;
  }
  return -1;
}

/** Fills `fields`, and the end of the head where it meets it; returns what is wrong with the first malformed line. */
function readFields(head: Head, from: number, fields: HeaderFields): string | undefined {
  const { text } = head;
  const headEnd = head.end < 0 ? text.length : head.end;
  let fault: string | undefined;
  for (let start = from; start < headEnd; ) {
    if (text.charCodeAt(start) === cr && text.charCodeAt(start + 1) === lf) {
      head.end = start;
      head.bodyStart = start + 2;
      break;
    }
    const end = lineEnd(text, start, headEnd);
    if (end < 0) return "a line feed without carriage return";
    const known = knownNameAt(text, start);
    let colon = start + (known?.name.length ?? 0);
    let kind = known?.kind;
    let name = known?.name ?? "";
    if (known === undefined) {
      colon = text.indexOf(":", start);
      let nameEnd = colon;
      while (nameEnd > start && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd--;
      name = colon < 0 || colon >= end ? "" : text.substring(start, nameEnd);
      kind = parseHeaderName(name);
    }
    if (kind === undefined)
      fault ??= `malformed header line ${JSON.stringify(text.substring(start, Math.min(end, start + 40)))}`;
    else {
      if (fields.count === maxLines) return tooLarge;
      let valueStart = colon + 1;
      let valueEnd = end;
      while (valueStart < valueEnd && isBlank(text.charCodeAt(valueStart))) valueStart++;
      while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
      const value = text.substring(valueStart, valueEnd);
      // The first CR is that of the line end, unless the line is folded or has a CR of its own.
      fields.addParsed(kind, name, text.indexOf("\r", colon) === end ? value : unfold(value));
    }
    start = end + 2;
  }
  return fault;
}

function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x09 || c === cr || c === lf;
}

/** Begins with "SIP/" in any case: no method does, for a slash is in no token. */
function isStatusLine(line: string): boolean {
  return line.charCodeAt(3) === 0x2f && line.substring(0, 3).toUpperCase() === "SIP";
}

function response(line: string, fields: HeaderFields, binary: boolean, rest: Body, fault: string | undefined): Parsed {
  const refuse = (why: string): Parsed => ({ ok: false, why, status: 400 });
  const match = /^SIP\/2\.0 (\d+)(?: (.*))?$/is.exec(line);
  if (match === null) return refuse(`malformed status line ${JSON.stringify(line.slice(0, 60))}`);
  const status = parseNumber(match[1] ?? "", 699);
  if (status === undefined || status < 100) return refuse(`no response code: ${match[1]?.slice(0, 20)}`);
  if (fault !== undefined) return refuse(fault);
  const message = new SipResponse(status, match[2] ?? "", fields, binary);
  if (!giveBody(message, rest)) return refuse("Content-Length is not that of the body");
  const problem = message.problem();
  return problem === undefined ? { ok: true, message } : refuse(problem.why);
}

function request(line: string, fields: HeaderFields, binary: boolean, rest: Body, fault: string | undefined): Parsed {
  const malformed = () => `malformed request line ${JSON.stringify(line.slice(0, 60))}`;
  const current = line.endsWith(" SIP/2.0");
  const first = line.indexOf(" ");
  const last = current ? line.length - 8 : line.trimEnd().lastIndexOf(" ");
  const method = line.substring(0, first);
  if (first < 0 || last <= first || !isToken(method)) return { ok: false, why: malformed(), status: 400 };
  const message = new SipRequest(method, line.substring(first + 1, last), fields, binary);
  const refuse = (status: number, why: string): Parsed => ({ ok: false, why, status, message });
  if (!current) {
    const version = line.substring(last + 1);
    if (!/^SIP\/\d+\.\d+$/i.test(version)) return refuse(400, malformed());
    // The version is the same in any case of its letters (§7.1).
    if (version.toUpperCase() !== "SIP/2.0") return refuse(505, `version ${version}`);
  }
  if (fault !== undefined) return refuse(400, fault);
  const problem = message.problem();
  if (problem !== undefined) return refuse(problem.status, problem.why);
  if (!giveBody(message, rest)) return refuse(400, "Content-Length is not that of the body");
  return { ok: true, message };
}

/** §18.3: without Content-Length a datagram's body is all that is left; too little of it is an error. */
function giveBody(message: SipMessage, { buffer, start }: Body): boolean {
  const available = buffer.length - start;
  const written = message.fields.first(header.contentLength);
  const length = written === undefined ? available : parseNumber(written, available);
  if (length === undefined) return false;
  if (length > 0) message.takeBody(buffer, start, start + length);
  return true;
}
