/** The payload of comfort noise, and that the noise it describes sounds like the noise it was made from. */
import { describe, expect, it } from "vitest";
import { ComfortNoise } from "../../../src/dsp/comfort-noise.ts";
import { levelDbov } from "../../../src/dsp/level-meter.ts";
import { NoiseAnalysis } from "../../../src/dsp/noise-analysis.ts";
import { emptyNoise, readComfortNoise, writeComfortNoise } from "../../../src/rtp/comfort-noise.ts";

/** Share of the power in the differences of neighbours: small for dull sound, 2 for white. */
function brightness(pcm: Int16Array): number {
  let power = 0;
  let step = 0;
  for (let i = 1; i < pcm.length; i++) {
    power += (pcm[i] ?? 0) ** 2;
    step += ((pcm[i] ?? 0) - (pcm[i - 1] ?? 0)) ** 2;
  }
  return step / power;
}

describe("comfort noise", () => {
  it("RFC 3389 §3: level and coefficients are read back as they were written, to half a step", () => {
    const noise = emptyNoise();
    noise.levelDbov = -63;
    noise.order = 3;
    noise.reflection.set([-0.7, 0.25, 0]);
    const out = new Uint8Array(8);
    expect(writeComfortNoise(noise, out, 2)).toBe(4);
    expect([...out.subarray(2, 6)]).toEqual([63, 127 - 89, 127 + 32, 127]);
    const read = emptyNoise();
    expect(readComfortNoise(out.subarray(2, 6), read)).toBe(true);
    expect(read.levelDbov).toBe(-63);
    expect(read.order).toBe(3);
    for (let i = 0; i < 3; i++) expect(read.reflection[i]).toBeCloseTo(noise.reflection[i] ?? 0, 2);
  });

  it("RFC 3389 §3: any payload is read: empty ones say nothing, long ones are cut, no coefficient reaches ±1", () => {
    const noise = emptyNoise();
    expect(readComfortNoise(Uint8Array.of(), noise)).toBe(false);
    expect(readComfortNoise(new Uint8Array(500).fill(255), noise)).toBe(true);
    expect(noise.levelDbov).toBe(-127);
    expect(noise.order).toBe(12);
    for (const value of noise.reflection) expect(Math.abs(value)).toBeLessThan(1);
  });

  for (const [name, colour] of [
    ["dull", [-0.9, 0.3]],
    ["white", [0]],
    ["bright", [0.6]],
  ] as const)
    it(`AUD-09: ${name} noise is measured, sent and made again at its level (1 dB) and with its colour`, () => {
      const source = new ComfortNoise(7);
      source.shape(colour);
      source.setLevel(-52);
      const analysis = new NoiseAnalysis();
      const original = new Int16Array(16_000);
      for (let at = 0; at < original.length; at += 160) {
        source.fill(original, false, at, at + 160);
        analysis.take(original.subarray(at, at + 160), 160, 20);
      }
      analysis.solve();
      const noise = emptyNoise();
      noise.levelDbov = analysis.levelDbov;
      noise.order = analysis.order;
      noise.reflection.set(analysis.reflection);
      const packet = new Uint8Array(16);
      const size = writeComfortNoise(noise, packet, 0);
      readComfortNoise(packet.subarray(0, size), noise);
      const player = new ComfortNoise(11);
      player.shape([...noise.reflection.subarray(0, noise.order)]);
      player.setLevel(noise.levelDbov);
      const played = new Int16Array(16_000);
      player.fill(played, false, 0, 160);
      player.fill(played, false, 160);
      expect(Math.abs(levelDbov(played) - levelDbov(original))).toBeLessThan(1);
      expect(brightness(played) / brightness(original)).toBeGreaterThan(0.8);
      expect(brightness(played) / brightness(original)).toBeLessThan(1.25);
    });
});
