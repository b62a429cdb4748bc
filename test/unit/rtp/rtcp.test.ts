/** RTCP compounds and their timing (RFC 3550 §6). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ntpMiddle, ntpTime, parseRtcp, type ReportBlock, RtcpWriter } from "../../../src/rtp/rtcp.ts";
import { rtcpIntervalMs } from "../../../src/rtp/rtcp-schedule.ts";

const block: ReportBlock = {
  ssrc: 0xcafe0001,
  fractionLost: 12,
  cumulativeLost: -3,
  extendedHighest: 0x00020005,
  jitterTicks: 77,
  lastSr: 0x12345678,
  delaySinceLastSr: 65_536,
};
const info = { ntpSeconds: 0xe0000001, ntpFraction: 0x80000000, rtpTimestamp: 4_000_000_000, packets: 9, octets: 1440 };

describe("RFC 3550 §6.4 to §6.6: compounds", () => {
  test("a sender report with description and goodbye is read as it was written", () => {
    const bytes = new RtcpWriter()
      .report(0xdeadbeef, info, [block])
      .description(0xdeadbeef, "phone@host")
      .bye(0xdeadbeef).bytes;
    expect(bytes.length % 4).toBe(0);
    expect(parseRtcp(bytes)).toEqual({
      ok: true,
      items: [
        { type: "sender-report", ssrc: 0xdeadbeef, info, blocks: [block] },
        { type: "description", ssrc: 0xdeadbeef, cname: "phone@host" },
        { type: "bye", ssrcs: [0xdeadbeef], reason: "" },
      ],
    });
  });

  test("who sends nothing gives a receiver report; names of any length are padded to whole words", () => {
    for (let length = 0; length < 9; length++) {
      const cname = "x".repeat(length);
      const parsed = parseRtcp(new RtcpWriter().report(1, undefined, []).description(1, cname).bytes);
      expect(parsed).toMatchObject({ ok: true, items: [{ type: "receiver-report" }, { cname }] });
    }
  });

  test("cumulative loss is limited to 24 bits with sign", () => {
    const bytes = new RtcpWriter().report(1, undefined, [{ ...block, cumulativeLost: 99_999_999 }]).bytes;
    expect(parseRtcp(bytes)).toMatchObject({ items: [{ blocks: [{ cumulativeLost: 0x7fffff }] }] });
  });

  test("a goodbye with a reason, and unknown packets, are read", () => {
    const bye = [0x81, 203, 0, 3, 0, 0, 0, 5, 5, ...new TextEncoder().encode("later"), 0, 0];
    const feedback = [0x81, 205, 0, 1, 0, 0, 0, 5];
    const bytes = Uint8Array.from([0x80, 201, 0, 1, 0, 0, 0, 5, ...feedback, ...bye]);
    expect(parseRtcp(bytes)).toMatchObject({
      items: [
        { type: "receiver-report" },
        { type: "other", packetType: 205 },
        { type: "bye", ssrcs: [5], reason: "later" },
      ],
    });
  });

  const good = new RtcpWriter().report(7, info, [block]).description(7, "a").bytes.slice();
  for (const [why, change] of [
    ["short", (b: Uint8Array) => b.subarray(0, 4)],
    ["version", (b: Uint8Array) => b.fill(0x41, 0, 1)],
    ["type", (b: Uint8Array) => b.fill(202, 1, 2)],
    ["length", (b: Uint8Array) => b.fill(0xff, 2, 3)],
    ["length", (b: Uint8Array) => b.subarray(0, b.length - 4)],
    ["report", (b: Uint8Array) => b.fill(0x9f, 0, 1)],
    ["padding", (b: Uint8Array) => b.fill(0xa1, 0, 1)],
  ] as const)
    test(`the whole compound is refused for its ${why}`, () => {
      expect(parseRtcp(change(good.slice()))).toEqual({ ok: false, why });
    });

  test("any bytes behind a valid beginning: never a throw", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.nat(31),
        fc.constantFrom(200, 201, 202, 203, 207),
        (rest, count, type) => {
          const size = Math.floor(rest.length / 4);
          const bytes = Uint8Array.from([
            0x80,
            201,
            0,
            1,
            0,
            0,
            0,
            1,
            0x80 | count,
            type,
            0,
            size,
            ...rest.subarray(0, size * 4),
          ]);
          return typeof parseRtcp(bytes).ok === "boolean" && typeof parseRtcp(rest).ok === "boolean";
        },
      ),
      { seed: 61, numRuns: 5000 },
    );
  });

  test("NTP time counts from 1900, and its middle is seconds and 1/65536", () => {
    const { seconds, fraction } = ntpTime(500);
    expect([seconds, fraction]).toEqual([2_208_988_800, 0x80000000]);
    expect(ntpMiddle(seconds, fraction)).toBe((((2_208_988_800 & 0xffff) << 16) | 0x8000) >>> 0);
  });
});

describe("RFC 3550 §6.2: interval", () => {
  const load = { members: 2, senders: 2, weSend: true, bandwidth: 500, averageBytes: 120, initial: false };
  test("five seconds, times 0.5 to 1.5, over the compensation; half of it at first", () => {
    expect(rtcpIntervalMs(load, 0.5)).toBeCloseTo(5000 / (Math.E - 1.5), 3);
    expect(rtcpIntervalMs(load, 0)).toBeCloseTo(2500 / (Math.E - 1.5), 3);
    expect(rtcpIntervalMs({ ...load, initial: true }, 1)).toBeCloseTo(3750 / (Math.E - 1.5), 3);
  });
  test("more when the share of the bandwidth asks for it", () => {
    expect(rtcpIntervalMs({ ...load, bandwidth: 10 }, 0.5)).toBeGreaterThan(15_000);
  });
});
