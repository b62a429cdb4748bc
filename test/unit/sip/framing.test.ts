/** Streams cut into messages: RFC 3261 §18.3, §7.5, RFC 5626 §4.4.1. */
import { describe, expect, test } from "vitest";
import { type Frame, isKeepAliveDatagram, StreamFramer } from "../../../src/sip/framing.ts";
import { seededRandom } from "../../fake/network.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const head = (length: string) => `OPTIONS sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z\r\n${length}\r\n`;
const message = (body: string) => head(`Content-Length: ${body.length}\r\n`) + body;

function texts(frames: readonly Frame[]): readonly string[] {
  return frames.map((frame) => {
    if (frame.type === "message") return Buffer.from(frame.bytes).toString("latin1");
    return frame.type === "ping" ? "PING" : `BROKEN ${frame.status} ${frame.why}`;
  });
}

describe("StreamFramer", () => {
  test("§18.3: several messages in one piece", () => {
    const framer = new StreamFramer();
    expect(texts(framer.push(bytes(message("one") + message("") + message("three"))))).toEqual([
      message("one"),
      message(""),
      message("three"),
    ]);
    expect(framer.midMessage).toBe(false);
  });

  test("§18.3: pieces of any size give the same messages", () => {
    const seed = 20261122;
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const bodies = Array.from({ length: 60 }, () => "x\r\n".repeat(Math.floor(random() * 200)));
    const stream = bytes(bodies.map(message).join(""));
    for (const most of [1, 2, 3, 7, 100, 5000]) {
      const framer = new StreamFramer();
      const found: Frame[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = 1 + Math.floor(random() * most);
        // A fresh copy, as a socket gives.
        found.push(...framer.push(Uint8Array.from(stream.subarray(at, at + length))));
        at += length;
      }
      expect(texts(found)).toEqual(bodies.map(message));
    }
  });

  test("a message that was cut does not change when later bytes arrive", () => {
    const framer = new StreamFramer();
    framer.push(bytes(message("first").slice(0, 30)));
    const [first] = framer.push(bytes(message("first").slice(30)));
    framer.push(bytes(message("other").slice(0, 50)));
    framer.push(bytes(message("other").slice(50)));
    expect(first?.type === "message" && Buffer.from(first.bytes).toString()).toBe(message("first"));
  });

  test("§7.3.3, §20.14: the compact form, white space and folding of Content-Length", () => {
    for (const line of ["l: 3\r\n", "CONTENT-LENGTH :3\r\n", "l:\r\n 3\r\n", "Content-Length: 3 \r\nL: 3\r\n"])
      expect(texts(new StreamFramer().push(bytes(`${head(line)}abc`)))).toEqual([`${head(line)}abc`]);
  });

  test("§7.5: single empty lines in front of a message are skipped", () => {
    expect(texts(new StreamFramer().push(bytes(`\r\n${message("a")}\r\n${message("b")}`)))).toEqual([
      message("a"),
      message("b"),
    ]);
  });

  test("RFC 5626 §4.4.1: a double CRLF is a ping, in one piece or in four", () => {
    expect(texts(new StreamFramer().push(bytes(`\r\n\r\n${message("a")}\r\n\r\n`)))).toEqual([
      "PING",
      message("a"),
      "PING",
    ]);
    const framer = new StreamFramer();
    expect(["\r", "\n", "\r", "\n"].flatMap((piece) => texts(framer.push(bytes(piece))))).toEqual(["PING"]);
    expect(framer.midMessage).toBe(false);
  });

  test.each([
    ["§18.3: no Content-Length", head(""), "BROKEN 400 no Content-Length"],
    ["two lengths", head("l: 1\r\nl: 2\r\n"), "BROKEN 400 Content-Length 1 and 2"],
    ["a negative length", head("l: -1\r\n"), 'BROKEN 400 Content-Length "-1" is no number'],
    ["a huge length", head("l: 99999999\r\n"), "BROKEN 413 a body of 99999999 bytes, more than 1048576"],
    ["HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 'BROKEN 400 no SIP message but "GET / HTTP/1.1"'],
    ["TLS", "\x16\x03\x01\x02\x00", "BROKEN 400 a TLS handshake on a connection without TLS"],
    ["binary data", "abc\x00\x01", "BROKEN 400 no SIP message but binary data (byte 0)"],
    [
      "endless headers",
      `${head("").slice(0, -2)}X: ${"y".repeat(70_000)}`,
      "BROKEN 513 headers of more than 65536 bytes",
    ],
    ["an endless first line", "z".repeat(70_000), "BROKEN 513 headers of more than 65536 bytes"],
  ])("what cannot be followed breaks the stream: %s", (_what, text, expected) => {
    const framer = new StreamFramer();
    expect(texts(framer.push(bytes(text)))).toEqual([expected]);
    expect(framer.push(bytes(message("later")))).toEqual([]);
  });

  test("a broken stream gives the headers where they are whole, so that they can be answered", () => {
    const [frame] = new StreamFramer().push(bytes(`${head("")}rest`));
    expect(frame?.type === "broken" && frame.head !== undefined && Buffer.from(frame.head).toString()).toBe(head(""));
  });

  test("bytes that trickle in cost no more than a few copies", () => {
    const framer = new StreamFramer();
    const long = bytes(message("b".repeat(200_000)));
    const found: Frame[] = [];
    for (const byte of long) found.push(...framer.push(Uint8Array.of(byte)));
    expect(found.map((frame) => frame.type)).toEqual(["message"]);
  });
});

test("NET-29: datagrams of line ends or zeros only are keep-alives", () => {
  for (const text of ["", "\r\n", "\r\n\r\n", "\0\0\0\0", "\0"]) expect(isKeepAliveDatagram(bytes(text))).toBe(true);
  for (const text of ["\r\n\r\n\r\n", "ping", "a"]) expect(isKeepAliveDatagram(bytes(text))).toBe(false);
});
