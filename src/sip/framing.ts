/** Cuts a stream into SIP messages by Content-Length (RFC 3261 §18.3) and finds keep-alives (RFC 5626 §4.4.1); does not parse beyond that. */

export interface FramingLimits {
  /** Start line and headers, with the empty line. */
  readonly headerBytes: number;
  readonly bodyBytes: number;
}

export const defaultFramingLimits: FramingLimits = { headerBytes: 65_536, bodyBytes: 1_048_576 };

export type Frame =
  | { readonly type: "message"; readonly bytes: Uint8Array }
  /** A double CRLF between messages: to be answered by a single one. */
  | { readonly type: "ping" }
  /**
   * The stream cannot be followed any more: it has to be closed. `head` is the header block where one was complete:
   * enough to answer `status`.
   */
  | { readonly type: "broken"; readonly why: string; readonly status: number; readonly head?: Uint8Array };

const CR = 0x0d;
const LF = 0x0a;
const emptyBytes = new Uint8Array(0);

type Head = { readonly bodyBytes: number } | { readonly why: string; readonly status: number };

/** One per connection. After `broken` it yields nothing more. */
export class StreamFramer {
  #limits: FramingLimits;
  /** Bytes not yet cut are `#buffer` from `#start` to `#end`. */
  #buffer: Uint8Array = emptyBytes;
  #start = 0;
  #end = 0;
  /** Up to here no end of headers was found. */
  #searched = 0;
  #firstLineSeen = false;
  /** Known once the headers are complete. */
  #messageBytes: number | undefined;
  #crlfs = 0;
  #emptyLines = 0;
  #broken = false;

  constructor(limits: FramingLimits = defaultFramingLimits) {
    this.#limits = limits;
  }

  /** Whether part of a message is waiting for its rest. */
  get midMessage(): boolean {
    return this.#end > this.#start;
  }

  /** Line ends between messages, since the beginning: pongs and pings are made of them. */
  get emptyLines(): number {
    return this.#emptyLines;
  }

  /** Memory that a part of a message holds. */
  get heldBytes(): number {
    return this.midMessage ? this.#buffer.length : 0;
  }

  /** `chunk` must not change afterwards: messages may be views of it. */
  push(chunk: Uint8Array): readonly Frame[] {
    if (this.#broken) return [];
    this.#append(chunk);
    const frames: Frame[] = [];
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) break;
      frames.push(frame);
      if (frame.type === "broken") {
        this.#broken = true;
        this.#buffer = emptyBytes;
        this.#start = this.#end = 0;
        break;
      }
    }
    return frames;
  }

  #append(chunk: Uint8Array): void {
    const waiting = this.#end - this.#start;
    if (waiting === 0) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      return;
    }
    // A new buffer of twice what came: bytes that trickle in are copied a few times, not once for each. What was only
    // announced (Content-Length) gets no memory.
    const needed = waiting + chunk.length;
    if (this.#start + needed > this.#buffer.length || this.#buffer.length !== this.#buffer.buffer.byteLength) {
      const larger = new Uint8Array(needed * 2);
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#searched -= this.#start;
      this.#buffer = larger;
      this.#start = 0;
      this.#end = waiting;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #next(): Frame | undefined {
    if (this.#messageBytes === undefined) {
      const between = this.#skipCrlfs();
      if (between !== undefined) return between;
      if (this.#start === this.#end) return undefined;
      const wrong = this.#checkFirstLine();
      if (wrong !== undefined) return wrong;
      const headEnd = this.#findHeadEnd();
      if (headEnd === undefined) {
        if (this.#end - this.#start <= this.#limits.headerBytes) return undefined;
        return this.#fail(`headers of more than ${this.#limits.headerBytes} bytes`, 513);
      }
      const head = this.#buffer.subarray(this.#start, headEnd);
      if (head.length > this.#limits.headerBytes)
        return this.#fail(`headers of more than ${this.#limits.headerBytes} bytes`, 513);
      const length = bodyLengthOf(head);
      if ("why" in length) return this.#fail(length.why, length.status, head);
      if (length.bodyBytes > this.#limits.bodyBytes)
        return this.#fail(`a body of ${length.bodyBytes} bytes, more than ${this.#limits.bodyBytes}`, 413, head);
      this.#messageBytes = head.length + length.bodyBytes;
    }
    const messageEnd = this.#start + this.#messageBytes;
    if (this.#end < messageEnd) return undefined;
    // A view: the buffer is never written again below `#end`.
    const bytes = this.#buffer.subarray(this.#start, messageEnd);
    this.#start = messageEnd;
    this.#searched = messageEnd;
    this.#messageBytes = undefined;
    this.#firstLineSeen = false;
    return { type: "message", bytes };
  }

  #fail(why: string, status: number, head?: Uint8Array): Frame {
    return head === undefined ? { type: "broken", why, status } : { type: "broken", why, status, head: head.slice() };
  }

  /** Empty lines before a message are allowed (§7.5); two in a row are a ping. */
  #skipCrlfs(): Frame | undefined {
    while (this.#end - this.#start >= 2) {
      if (this.#buffer[this.#start] !== CR || this.#buffer[this.#start + 1] !== LF) break;
      this.#start += 2;
      this.#crlfs++;
      this.#emptyLines++;
      if (this.#crlfs === 2) {
        this.#crlfs = 0;
        return { type: "ping" };
      }
    }
    if (this.#end > this.#start && this.#buffer[this.#start] !== CR) this.#crlfs = 0;
    this.#searched = Math.max(this.#searched, this.#start);
    return undefined;
  }

  /** Something other than SIP shows in its first line; waiting for an end of headers would keep it for long. */
  #checkFirstLine(): Frame | undefined {
    if (this.#firstLineSeen) return undefined;
    const bytes = this.#buffer;
    const first = bytes[this.#start] ?? 0;
    if (first === 0x16) return this.#fail("a TLS handshake on a connection without TLS", 400);
    for (let i = this.#searched; i < this.#end; i++) {
      const byte = bytes[i] ?? 0;
      if (byte < 0x20 && byte !== CR && byte !== LF && byte !== 0x09)
        return this.#fail(`no SIP message but binary data (byte ${byte})`, 400);
      if (byte !== LF) continue;
      const line = latin1(bytes.subarray(this.#start, i)).trimEnd();
      if (!/^SIP\/\d+\.\d+ |\bSIP\/\d+\.\d+$/i.test(line))
        return this.#fail(`no SIP message but "${excerpt(line)}"`, 400);
      this.#firstLineSeen = true;
      return undefined;
    }
    return undefined;
  }

  #findHeadEnd(): number | undefined {
    const bytes = this.#buffer;
    // The last three bytes seen may be the beginning of the end.
    let i = Math.max(this.#start, this.#searched - 3);
    for (; i + 3 < this.#end; i++) {
      if (bytes[i + 3] !== LF) continue;
      if (bytes[i + 2] === CR && bytes[i + 1] === LF && bytes[i] === CR) return i + 4;
    }
    this.#searched = this.#end;
    return undefined;
  }
}

/** Two different lengths are as bad as none: nobody can say where the next message begins. */
function bodyLengthOf(head: Uint8Array): Head {
  let found: number | undefined;
  const text = latin1(head);
  for (const match of text.matchAll(/\r\n(?:content-length|l)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/gi)) {
    const value = (match[1] ?? "").trim();
    if (!/^\d{1,10}$/.test(value)) return { why: `Content-Length "${excerpt(value)}" is no number`, status: 400 };
    const length = Number(value);
    if (found !== undefined && found !== length) return { why: `Content-Length ${found} and ${length}`, status: 400 };
    found = length;
  }
  return found === undefined ? { why: "no Content-Length", status: 400 } : { bodyBytes: found };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function excerpt(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return short.replace(/[^\x20-\x7e]/g, "?");
}

/** Datagrams of only line ends or zero bytes keep a NAT binding open and say nothing (RFC 5626 §4.4, feature row NET-29). */
export function isKeepAliveDatagram(bytes: Uint8Array): boolean {
  if (bytes.length > 4) return false;
  for (const byte of bytes) if (byte !== CR && byte !== LF && byte !== 0) return false;
  return true;
}
