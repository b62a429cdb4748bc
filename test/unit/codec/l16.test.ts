/** L16: samples in network order, both rates. */
import { describe, expect, it } from "vitest";
import { l16 } from "../../../src/codec/l16.ts";

describe("L16", () => {
  it("RFC 3551 §4.5.11: samples go out in network order and come back as they were", () => {
    const codec = l16("l16-16000", 16_000);
    const pcm = Int16Array.of(0, 1, -1, 0x1234, -32_768, 32_767);
    const out = new Uint8Array(12);
    expect(codec.createEncoder().encode(pcm, out)).toBe(12);
    expect([...out]).toEqual([0, 0, 0, 1, 255, 255, 0x12, 0x34, 0x80, 0, 0x7f, 0xff]);
    const heard = new Int16Array(6);
    expect(codec.createDecoder().decode(out, heard)).toBe(6);
    expect(heard).toEqual(pcm);
  });

  it("AUD-03: packets of L16 stay whole on Ethernet: 60 ms at 8 kHz, 40 ms at 16 kHz", () => {
    expect([10, 20, 40, 60].map((ms) => l16("l16-8000", 8000).packetMs(ms))).toEqual([10, 20, 40, 60]);
    expect([10, 20, 40, 60].map((ms) => l16("l16-16000", 16_000).packetMs(ms))).toEqual([10, 20, 40, 40]);
  });

  it("RFC 3551 §4.5.11: half a sample at the end is left out", () => {
    const decoder = l16("l16-8000", 8000).createDecoder();
    expect(decoder.decode(Uint8Array.of(1, 2, 3), new Int16Array(4))).toBe(1);
    expect(decoder.packetSamples(Uint8Array.of(1, 2, 3))).toBe(1);
  });
});
