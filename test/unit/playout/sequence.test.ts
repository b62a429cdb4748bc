/** Wrapping arithmetic of RTP (RFC 3550 appendix A.1). */
import { describe, expect, it } from "vitest";
import { extendSequence, firstSequence, sequenceDifference, timestampDifference } from "../../../src/rtp/sequence.ts";

describe("RTP numbers", () => {
  it("RFC 3550 §5.1: differences cross the wrap, both ways", () => {
    expect(sequenceDifference(2, 65_534)).toBe(4);
    expect(sequenceDifference(65_534, 2)).toBe(-4);
    expect(timestampDifference(100, 4_294_967_200)).toBe(196);
    expect(timestampDifference(4_294_967_200, 100)).toBe(-196);
  });

  it("RFC 3550 appendix A.1: extended numbers count on through wraps and back over them", () => {
    let extended = firstSequence(65_530);
    const start: number = extended;
    for (let n = 1; n <= 200_000; n++) extended = extendSequence((65_530 + n) & 0xffff, extended);
    expect(extended - start).toBe(200_000);
    expect(extendSequence((65_530 + 199_990) & 0xffff, extended) - start).toBe(199_990);
    expect(firstSequence(0)).toBeGreaterThan(100);
  });
});
