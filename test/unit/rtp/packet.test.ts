/** RTP packets: written, read, and refused (RFC 3550 §5.1). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyRtpPacket, parseRtp, rtpHeaderBytes, writeRtpHeader } from "../../../src/rtp/packet.ts";

function packetOf(first: number, ...rest: number[]): Uint8Array {
  return Uint8Array.of(first, 0x80 | 8, 0x12, 0x34, 1, 2, 3, 4, 0xde, 0xad, 0xbe, 0xef, ...rest);
}

describe("RFC 3550 §5.1: parsing", () => {
  test("a plain packet gives all fields, unsigned", () => {
    const into = emptyRtpPacket();
    expect(parseRtp(packetOf(0x80, 7, 8, 9), into)).toBeUndefined();
    expect(into).toEqual({
      payloadType: 8,
      marker: true,
      sequence: 0x1234,
      timestamp: 0x01020304,
      ssrc: 0xdeadbeef,
      csrcCount: 0,
      extensionProfile: -1,
      payloadStart: 12,
      payloadEnd: 15,
    });
  });

  test("CSRC, extension and padding lie outside of the payload", () => {
    const into = emptyRtpPacket();
    const bytes = packetOf(0xb1, 1, 1, 1, 1, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 42, 43, 0, 0, 3);
    expect(parseRtp(bytes, into)).toBeUndefined();
    expect(into).toMatchObject({ csrcCount: 1, extensionProfile: 0xbede, payloadStart: 24, payloadEnd: 26 });
  });

  test("an empty payload is a packet: silence suppression and keep-alives send them", () => {
    const into = emptyRtpPacket();
    expect(parseRtp(packetOf(0x80), into)).toBeUndefined();
    expect(into.payloadStart).toBe(into.payloadEnd);
  });

  for (const [why, bytes] of [
    ["short", packetOf(0x80).subarray(0, 11)],
    ["version", packetOf(0x40, 1)],
    ["csrc", packetOf(0x8f, 1)],
    ["extension", packetOf(0x90, 0, 0)],
    ["extension", packetOf(0x90, 0xbe, 0xde, 0xff, 0xff, 1)],
    ["padding", packetOf(0xa0, 1, 2, 0)],
    ["padding", packetOf(0xa0, 1, 2, 200)],
    ["rtcp", Uint8Array.of(0x80, 200, 0, 6, ...new Uint8Array(24))],
  ] as const)
    test(`refused for its ${why}: ${bytes.length} bytes`, () => {
      expect(parseRtp(bytes, emptyRtpPacket())).toBe(why);
    });

  test("any bytes: never a payload outside of them, never a throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const into = emptyRtpPacket();
        if (parseRtp(bytes, into) !== undefined) return true;
        return (
          into.payloadStart >= rtpHeaderBytes && into.payloadStart <= into.payloadEnd && into.payloadEnd <= bytes.length
        );
      }),
      { seed: 3550, numRuns: 5000 },
    );
  });

  test("what is written is read again", () => {
    fc.assert(
      fc.property(
        fc.nat(63),
        fc.boolean(),
        fc.nat(0xffff),
        fc.nat(0xffffffff),
        fc.nat(0xffffffff),
        (payloadType, marker, sequence, timestamp, ssrc) => {
          const bytes = new Uint8Array(20);
          writeRtpHeader(new DataView(bytes.buffer), payloadType, marker, sequence, timestamp, ssrc);
          const into = emptyRtpPacket();
          expect(parseRtp(bytes, into)).toBeUndefined();
          expect(into).toMatchObject({ payloadType, marker, sequence, timestamp, ssrc });
        },
      ),
      { seed: 3551 },
    );
  });
});
