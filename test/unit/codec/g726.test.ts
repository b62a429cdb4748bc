/** G.726 against vectors of another implementation (test/data/g726), both packings, and against bytes and sizes of any kind. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { g726 } from "../../../src/codec/g726.ts";
import type { CodeBits } from "../../../src/codec/g726-adpcm.ts";

const rates: readonly { readonly kbits: number; readonly bits: CodeBits }[] = [
  { kbits: 16, bits: 2 },
  { kbits: 24, bits: 3 },
  { kbits: 32, bits: 4 },
  { kbits: 40, bits: 5 },
];

function bytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../data/g726/${name}`, import.meta.url)));
}
function pcm(name: string): Int16Array {
  const raw = bytes(name);
  return new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
}

describe("G.726", () => {
  for (const { kbits, bits } of rates) {
    const low = g726("g726-32", bits, "low-first");
    const high = g726("aal2-g726-32", bits, "high-first");

    for (const name of ["sweep", "speech", "noise", "steps", "quiet"])
      it(`AUD-01: G.726 at ${kbits} kbit/s codes "${name}" to the very bytes of another implementation`, () => {
        const expected = bytes(`${name}.${kbits}.low`);
        const out = new Uint8Array(expected.length);
        expect(low.createEncoder().encode(pcm(`${name}.pcm`), out)).toBe(expected.length);
        expect(Buffer.compare(out, expected)).toBe(0);
      });

    for (const name of ["sweep", "speech", "noise", "steps", "quiet", "errors"])
      it(`AUD-01: G.726 at ${kbits} kbit/s decodes "${name}" to the very samples of another implementation`, () => {
        const expected = pcm(`${name}.${kbits}.out.pcm`);
        const out = new Int16Array(expected.length);
        expect(low.createDecoder().decode(bytes(`${name}.${kbits}.low`), out)).toBe(expected.length);
        expect(out.findIndex((value, i) => value !== expected[i])).toBe(-1);
      });

    it(`AUD-02: G.726 at ${kbits} kbit/s packed as AAL2 does has the very bytes of another implementation`, () => {
      const expected = bytes(`speech.${kbits}.high`);
      const out = new Uint8Array(expected.length);
      expect(high.createEncoder().encode(pcm("speech.pcm"), out)).toBe(expected.length);
      expect(Buffer.compare(out, expected)).toBe(0);
      const heard = new Int16Array(4000);
      expect(high.createDecoder().decode(expected, heard)).toBe(4000);
      expect(heard).toEqual(pcm(`speech.${kbits}.out.pcm`));
    });

    it(`RFC 3551 §4.5.4: at ${kbits} kbit/s packets of 10 to 60 ms are as long as they must be and decode as one piece`, () => {
      const input = pcm("speech.pcm");
      const expected = pcm(`speech.${kbits}.out.pcm`);
      for (const ms of [10, 20, 30, 40, 50, 60]) {
        const encoder = low.createEncoder();
        const decoder = low.createDecoder();
        const packet = new Uint8Array(400);
        const out = new Int16Array(ms * 8);
        for (let at = 0; at + ms * 8 <= input.length; at += ms * 8) {
          const size = encoder.encode(input.subarray(at, at + ms * 8), packet);
          expect(size).toBe(ms * bits);
          expect(decoder.packetSamples(packet, size)).toBe(ms * 8);
          expect(decoder.decode(packet, out, size)).toBe(ms * 8);
          expect(out).toEqual(expected.subarray(at, at + ms * 8));
        }
      }
    });
  }

  it("G.726: the state can be copied, and the decoder goes on alike", () => {
    const codec = g726("g726-32", 4, "low-first");
    const coded = bytes("speech.32.low");
    const whole = pcm("speech.32.out.pcm");
    const first = codec.createDecoder();
    first.decode(coded, new Int16Array(2000), 1000);
    const second = codec.createDecoder();
    second.copyFrom(first);
    const out = new Int16Array(2000);
    second.decode(coded.subarray(1000), out);
    expect(out).toEqual(whole.subarray(2000));
  });

  it("G.726: hearing the sound of a gap leaves the decoder nearer to the sender's than hearing nothing", () => {
    const codec = g726("g726-32", 4, "low-first");
    const coded = bytes("speech.32.low");
    const whole = pcm("speech.32.out.pcm");
    const error = (absorbs: boolean): number => {
      const decoder = codec.createDecoder();
      decoder.decode(coded, new Int16Array(2000), 1000);
      if (absorbs) decoder.absorb(whole, 2000, 160);
      const out = new Int16Array(160);
      decoder.decode(coded.subarray(1080), out, 80);
      return out.reduce((sum, value, i) => sum + (value - (whole[2160 + i] ?? 0)) ** 2, 0);
    };
    expect(error(true)).toBeLessThan(error(false) / 4);
  });

  it("G.726: any bytes of any length decode to as many samples as they hold, none outside 16 bits", () => {
    const seed = 726;
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    };
    for (const { bits } of rates) {
      const decoder = g726("g726-32", bits, "low-first").createDecoder();
      for (let size = 0; size < 200; size++) {
        const out = new Int16Array(1000);
        const made = decoder.decode(Uint8Array.from({ length: size }, random), out);
        expect(made, `seed ${seed}, size ${size}`).toBe(Math.floor((size * 8) / bits));
      }
    }
  });
});
