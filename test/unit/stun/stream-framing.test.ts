/** Connections with TURN servers, cut into what they carry. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { framed, TurnFramer } from "../../../src/stun/stream-framing.ts";

const channel = (text: string) => Uint8Array.from([0x40, 1, 0, text.length, ...Buffer.from(text)]);
const message = (attributeBytes: number) =>
  Uint8Array.from([
    1,
    1,
    0,
    attributeBytes,
    0x21,
    0x12,
    0xa4,
    0x42,
    ...Array.from({ length: 12 + attributeBytes }, () => 7),
  ]);

describe("RFC 8656 §12.5: a connection is cut into what it carries", () => {
  test("RFC 8656 §12.5: any pieces of any stream give the same messages and channel data, without padding", () => {
    const one = fc.oneof(
      fc.string({ maxLength: 90, unit: "binary-ascii" }).map(channel),
      fc.integer({ min: 0, max: 30 }).map((n) => message(4 * n)),
    );
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (all, cuts) => {
          const stream = Buffer.concat(all.map((each) => framed(each, each.length)));
          expect(stream.length % 4).toBe(0);
          const framer = new TurnFramer();
          const got: string[] = [];
          for (let at = 0, n = 0; at < stream.length; n++) {
            const size = cuts[n % cuts.length] ?? 1;
            const whole = framer.take(Uint8Array.from(stream.subarray(at, at + size)));
            for (const each of whole ?? []) got.push(Buffer.from(each).toString("hex"));
            at += size;
          }
          expect(got).toEqual(all.map((each) => Buffer.from(each).toString("hex")));
        },
      ),
    );
  });

  test("RFC 7983: what is neither STUN nor channel data ends it", () => {
    for (const first of [4, 22, 63, 80, 128, 255])
      expect(new TurnFramer().take(Uint8Array.from([first, 0, 0, 0])), String(first)).toBeUndefined();
    expect(new TurnFramer().take(Uint8Array.from([0, 1, 0, 3])), "a length that STUN has not").toBeUndefined();
  });

  test("the sender's buffer may change at once", () => {
    const buffer = channel("abc");
    const out = framed(buffer, buffer.length);
    buffer.fill(0);
    expect(Buffer.from(out).toString("latin1")).toBe("\x40\x01\x00\x03abc\x00");
  });
});
