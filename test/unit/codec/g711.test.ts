/** G.711 against the Recommendation's own tables of segments, for every input and every code. */
import { describe, expect, it } from "vitest";
import { pcma, pcmu } from "../../../src/codec/g711.ts";

/** Decision value below interval `n` (0 to 127) and the output for it, by segments of 16 intervals (G.711 tables 2a and 1a). */
function muDecision(n: number): number {
  const segment = Math.floor(n / 16);
  const step = n % 16;
  // Segment 1 has steps of 2 from -1 (its first interval is half as wide), each next one begins at 31, 95, 223, ... and doubles.
  const width = 2 ** (segment + 1);
  return segment === 0 ? Math.max(0, 2 * step - 1) : 2 ** (segment + 5) - 33 + step * width;
}
function muOutput(n: number): number {
  return n === 0 ? 0 : (muDecision(n) + muDecision(n + 1)) / 2;
}
function aDecision(n: number): number {
  const segment = Math.floor(n / 16);
  const step = n % 16;
  return segment === 0 ? 2 * step : 2 ** segment * (16 + step);
}

describe("G.711", () => {
  it("G.711 §3.2: every 16-bit input becomes the mu-law code of its interval", () => {
    const input = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const out = new Uint8Array(65_536);
    expect(pcmu.createEncoder().encode(input, out)).toBe(65_536);
    for (let i = 0; i < input.length; i++) {
      const x = input[i] ?? 0;
      // 14 bits as G.191 scales: a negative number is its one's complement.
      const magnitude = (x < 0 ? -x - 1 : x) >> 2;
      let n = 127;
      while (n > 0 && magnitude < muDecision(n)) n--;
      expect(out[i], `input ${x}`).toBe((x < 0 ? 0x7f : 0xff) - n);
    }
  });

  it("G.711 §3.2: every mu-law code becomes the middle of its interval", () => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const out = new Int16Array(256);
    pcmu.createDecoder().decode(codes, out);
    for (let code = 0; code < 256; code++) {
      const n = 0x7f - (code & 0x7f);
      const value = muOutput(n) * 4;
      expect(Math.abs(out[code] ?? 0), `code ${code}`).toBe(value);
      if (value > 0) expect((out[code] ?? 0) > 0, `sign of code ${code}`).toBe(code >= 0x80);
    }
  });

  it("G.711 §3.1: every 16-bit input becomes the A-law code of its interval", () => {
    const input = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const out = new Uint8Array(65_536);
    pcma.createEncoder().encode(input, out);
    for (let i = 0; i < input.length; i++) {
      const x = input[i] ?? 0;
      // 13 bits, magnitude 0 to 4095 in units where the first segment has steps of 2.
      const magnitude = ((x < 0 ? -x - 1 : x) >> 4) * 2;
      let n = 127;
      while (n > 0 && magnitude < aDecision(n)) n--;
      expect(out[i], `input ${x}`).toBe(((x < 0 ? 0 : 0x80) | n) ^ 0x55);
    }
  });

  it("G.711 §3.1: every A-law code becomes the middle of its interval", () => {
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const out = new Int16Array(256);
    pcma.createDecoder().decode(codes, out);
    for (let code = 0; code < 256; code++) {
      const even = code ^ 0x55;
      const n = even & 0x7f;
      const value = ((aDecision(n) + aDecision(n + 1)) / 2) * 8;
      expect(out[code], `code ${code}`).toBe(even & 0x80 ? value : -value);
    }
  });

  it("AUD-01: coding what was decoded gives the same code (but for the two zeros of mu-law)", () => {
    for (const codec of [pcmu, pcma]) {
      const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
      const pcm = new Int16Array(256);
      const again = new Uint8Array(256);
      codec.createDecoder().decode(codes, pcm);
      codec.createEncoder().encode(pcm, again);
      const changed = codes.filter((code, i) => again[i] !== code);
      expect([...changed]).toEqual(codec.name === "pcmu" ? [0x7f] : []);
    }
  });

  it("AUD-01: output stops at the room there is", () => {
    const out = new Int16Array(10);
    expect(pcmu.createDecoder().decode(new Uint8Array(100), out)).toBe(10);
    expect(pcmu.createDecoder().decode(new Uint8Array(100), out, 4)).toBe(4);
    expect(pcma.createEncoder().encode(new Int16Array(100), new Uint8Array(7))).toBe(7);
  });
});
