/** Extended reports (RFC 3611) and compounds of reduced size (RFC 5506). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRtcp, RtcpWriter } from "../../../src/rtp/rtcp.ts";
import type { VoipMetrics, XrBlock } from "../../../src/rtp/rtcp-xr.ts";

const metrics: VoipMetrics = {
  ssrc: 0x1a3b5c7d,
  lossPercent: 12.5,
  discardPercent: 6.25,
  burstDensityPercent: 50,
  gapDensityPercent: 3.125,
  burstMs: 340,
  gapMs: 8000,
  roundTripMs: 123,
  endSystemMs: 77,
  signalDbm0: -19,
  noiseDbm0: -58,
  echoLossDb: 55,
  gapThreshold: 16,
  rating: 81,
  mosLq: 4.1,
  mosCq: 3.9,
  concealment: "enhanced",
  buffer: "adaptive",
  bufferRate: 5,
  bufferNominalMs: 41,
  bufferMaxMs: 96,
  bufferAbsoluteMaxMs: 300,
};

function extended(blocks: readonly XrBlock[]): Uint8Array {
  return new RtcpWriter().report(1, undefined, []).description(1, "a").extended(1, blocks).bytes.slice();
}

describe("RFC 3611", () => {
  test("VQM-01: a VoIP metrics block is read as it was written, byte for byte where the RFC draws it", () => {
    const bytes = extended([{ type: "voip-metrics", metrics }]);
    expect(parseRtcp(bytes)).toMatchObject({
      ok: true,
      items: [{ type: "receiver-report" }, { type: "description" }, { ssrc: 1, blocks: [{ metrics }] }],
    });
    const at = bytes.length - 36;
    expect([...bytes.subarray(at - 8, at + 36)].map((b) => b.toString(16).padStart(2, "0")).join(" ")).toBe(
      [
        "80 cf 00 0a 00 00 00 01 07 00 00 08 1a 3b 5c 7d 20 10 80 08 01 54 1f 40 00 7b 00 4d",
        "ed c6 37 10 51 7f 29 27 b5 00 00 29 00 60 01 2c",
      ].join(" "),
    );
  });

  test("VQM-01: what was not measured is said to be unknown, and what does not fit is cut", () => {
    const unknown = { signalDbm0: undefined, noiseDbm0: undefined, echoLossDb: undefined, rating: undefined };
    const none = { ...metrics, ...unknown, mosLq: undefined, mosCq: undefined, gapMs: 1e9, lossPercent: 100 };
    const parsed = parseRtcp(extended([{ type: "voip-metrics", metrics: none }]));
    expect(parsed).toMatchObject({
      items: [{}, {}, { blocks: [{ metrics: { ...none, gapMs: 65_535, lossPercent: (255 * 100) / 256 } }] }],
    });
  });

  test("§4.4, §4.5: reference times and their answers", () => {
    const blocks: XrBlock[] = [
      { type: "reference-time", ntpSeconds: 0xe0000001, ntpFraction: 0x80000000 },
      {
        type: "dlrr",
        reports: [
          { ssrc: 5, lastRr: 0xfffffff1, delaySinceLastRr: 65_536 },
          { ssrc: 6, lastRr: 0, delaySinceLastRr: 0 },
        ],
      },
    ];
    expect(parseRtcp(extended(blocks))).toMatchObject({ items: [{}, {}, { type: "extended-report", blocks }] });
  });

  const head = [0x80, 201, 0, 1, 0, 0, 0, 5];
  test("unknown blocks, and known ones of a wrong length, are passed over", () => {
    const odd = [99, 1, 0, 1, 1, 2, 3, 4, 7, 0, 0, 1, 0, 0, 0, 9, 4, 0, 0, 0, 5, 0, 0, 1, 0, 0, 0, 1];
    const bytes = Uint8Array.from([...head, 0x80, 207, 0, 1 + odd.length / 4, 0, 0, 0, 5, ...odd]);
    expect(parseRtcp(bytes)).toMatchObject({ items: [{}, { type: "extended-report", blocks: [] }] });
  });

  for (const [what, xr] of [
    ["a block behind the packet's end", [0x80, 207, 0, 2, 0, 0, 0, 5, 7, 0, 0xff, 0xff]],
    ["an answer longer than the packet", [0x80, 207, 0, 2, 0, 0, 0, 5, 5, 0, 0, 3]],
    ["no room for the sender", [0x80, 207, 0, 0]],
  ] as const)
    test(`a compound is refused for ${what}`, () => {
      expect(parseRtcp(Uint8Array.from([...head, ...xr]))).toEqual({ ok: false, why: "report" });
    });

  test("any bytes as blocks: never a throw, never more blocks than fit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const words = Math.floor(rest.length / 4);
        const bytes = Uint8Array.from([...head, 0x80, 207, 0, 1 + words, 0, 0, 0, 5, ...rest.subarray(0, 4 * words)]);
        const parsed = parseRtcp(bytes);
        const item = parsed.ok ? parsed.items[1] : undefined;
        return item === undefined || (item.type === "extended-report" && item.blocks.length <= words);
      }),
      { seed: 3611, numRuns: 3000 },
    );
  });
});

describe("RFC 5506", () => {
  const alone = Uint8Array.from([0x81, 203, 0, 1, 0, 0, 0, 5]);
  test("AUD-18: a packet that does not begin with a report is taken where that was agreed on, and nowhere else", () => {
    expect(parseRtcp(alone)).toEqual({ ok: false, why: "type" });
    expect(parseRtcp(alone, true)).toMatchObject({ ok: true, items: [{ type: "bye", ssrcs: [5] }] });
    expect(parseRtcp(Uint8Array.from([0x80, 100, 0, 1, 0, 0, 0, 5]), true)).toEqual({ ok: false, why: "type" });
  });
});
