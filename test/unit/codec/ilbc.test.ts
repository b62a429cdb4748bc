/** iLBC against another decoder (test/data/ilbc), against its input, through losses, and with bytes of any kind. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ilbc } from "../../../src/codec/ilbc.ts";
import { FrameDecoder, packFrame, unpackFrame } from "../../../src/codec/ilbc-frame.ts";
import {
  HIGH_PASS_IN,
  HIGH_PASS_OUT,
  LSF_CODEBOOK,
  MODE_20,
  MODE_30,
  POLYPHASE,
  STATE_MAXIMUM,
} from "../../../src/codec/ilbc-tables.ts";

function file(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../data/${name}`, import.meta.url)));
}
function pcm(name: string): Int16Array {
  const raw = file(name);
  return new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
}
function snrDb(reference: Int16Array, heard: Int16Array, from: number, to: number, late = 0): number {
  let signal = 0;
  let noise = 1;
  for (let i = from; i < to; i++) {
    signal += (reference[i] ?? 0) ** 2;
    noise += ((reference[i] ?? 0) - (heard[i + late] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
/** A filter of second order: three zeros, then two poles. */
function filtered(input: Int16Array, c: Float64Array): Int16Array {
  const out = new Float64Array(input.length);
  for (let i = 0; i < input.length; i++)
    out[i] =
      (c[0] ?? 0) * (input[i] ?? 0) +
      (c[1] ?? 0) * (input[i - 1] ?? 0) +
      (c[2] ?? 0) * (input[i - 2] ?? 0) -
      (c[3] ?? 0) * (out[i - 1] ?? 0) -
      (c[4] ?? 0) * (out[i - 2] ?? 0);
  return Int16Array.from(out, (x) => Math.round(x));
}
const speech = pcm("g726/speech.pcm");
const twice = new Int16Array(2 * speech.length);
twice.set(speech);
twice.set(speech, speech.length);

const modes = [
  { mode: MODE_20, lateSamples: 40 },
  { mode: MODE_30, lateSamples: 80 },
];

describe("iLBC", () => {
  it("RFC 3951 §3.8: a frame has 304 bits at 20 ms and 400 at 30 ms, the last of them for empty frames", () => {
    for (const { mode } of modes) {
      const bits = mode.fields.bits.reduce((sum, part) => sum + part.reduce((a, b) => a + b, 0), 0);
      expect(bits).toBe(mode.bytes * 8 - 1);
    }
  });

  it("RFC 3951: tables have their sizes and the order that their quantizers need", () => {
    expect(LSF_CODEBOOK.length).toBe(64 * 3 + 128 * 3 + 128 * 4);
    expect(POLYPHASE.length).toBe(28);
    expect(STATE_MAXIMUM.length).toBe(64);
    for (let i = 1; i < 64; i++) expect(STATE_MAXIMUM[i] ?? 0).toBeGreaterThan(STATE_MAXIMUM[i - 1] ?? 0);
  });

  for (const { mode, lateSamples } of modes) {
    it(`AUD-01: iLBC of ${mode.ms} ms decodes as another decoder does, to 30 dB`, () => {
      const coded = file(`ilbc/speech.${mode.ms}.ilbc`);
      const expected = pcm(`ilbc/speech.${mode.ms}.out.pcm`);
      const decoder = new FrameDecoder(false);
      const out = new Int16Array(expected.length);
      for (let at = 0, to = 0; at < coded.length; at += mode.bytes, to += mode.samples)
        decoder.decode(mode, coded, at, out, to);
      expect(snrDb(expected, out, 3 * mode.samples, expected.length)).toBeGreaterThan(30);
    });

    it(`AUD-01: iLBC of ${mode.ms} ms codes to frames from which speech comes back, ${lateSamples} samples late`, () => {
      const parameters = { mode: String(mode.ms) };
      const encoder = ilbc.createEncoder(parameters);
      const decoder = ilbc.createDecoder(parameters);
      const packet = new Uint8Array(mode.bytes);
      const out = new Int16Array(twice.length);
      for (let at = 0; at + mode.samples <= twice.length; at += mode.samples) {
        expect(encoder.encode(twice.subarray(at, at + mode.samples), packet)).toBe(mode.bytes);
        expect(decoder.packetSamples(packet)).toBe(mode.samples);
        expect(decoder.decode(packet, out.subarray(at, at + mode.samples))).toBe(mode.samples);
      }
      // Both ends cut what lies below the telephone's band, which turns phases.
      const heard = filtered(filtered(twice, HIGH_PASS_IN), HIGH_PASS_OUT);
      expect(snrDb(heard, out, 400, 7400, lateSamples)).toBeGreaterThan(8);
    });

    it(`RFC 3951 §4.5: a lost frame of ${mode.ms} ms goes on at the level before it, a long gap falls to nothing`, () => {
      const coded = file(`ilbc/speech.${mode.ms}.ilbc`);
      const decoder = ilbc.createDecoder({ mode: String(mode.ms) });
      const frame = new Int16Array(mode.samples);
      const power = (): number => frame.reduce((sum, x) => sum + x * x, 0) / frame.length;
      // Up to the middle of the first word.
      for (let at = 0; at < 1000 * (mode.ms / 20); at += mode.bytes)
        decoder.decode(coded.subarray(at, at + mode.bytes), frame);
      const before = power();
      expect(decoder.conceal?.(frame, mode.samples)).toBe(mode.samples);
      expect(power()).toBeGreaterThan(before / 8);
      expect(power()).toBeLessThan(before * 4);
      for (let n = 0; n < 20; n++) decoder.conceal?.(frame, mode.samples);
      expect(power()).toBeLessThan(before / 1e4);
      expect(decoder.conceal?.(frame, mode.samples - 1)).toBe(0);
    });

    it(`RFC 3951 §3.8: parameters of ${mode.ms} ms are read as they were written`, () => {
      const seed = 3951;
      let state = seed;
      const codes = new Int32Array(160);
      for (let f = 0; f < mode.fields.count; f++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const size = mode.fields.bits.reduce((sum, part) => sum + (part[f] ?? 0), 0);
        codes[f] = (state >>> 8) % 2 ** size;
      }
      codes[mode.fields.start] = 1;
      const bytes = new Uint8Array(mode.bytes + 2);
      packFrame(mode, codes, bytes, 1);
      const read = new Int32Array(160);
      expect(unpackFrame(mode, bytes, 1, read), `seed ${seed}`).toBe(true);
      expect(read).toEqual(codes);
      expect([bytes[0], bytes[mode.bytes + 1]]).toEqual([0, 0]);
    });
  }

  it("RFC 3952 §3.2: packets are whole frames: 20, 40, 60 ms in the one mode, 30 and 60 in the other", () => {
    expect([10, 20, 30, 40, 50, 60].map((ms) => ilbc.packetMs(ms, { mode: "20" }))).toEqual([20, 20, 20, 40, 40, 60]);
    expect([10, 20, 30, 40, 50, 60].map((ms) => ilbc.packetMs(ms))).toEqual([30, 30, 30, 30, 30, 60]);
  });

  it("RFC 3952 §4.2: a far end that sends the other frame length is understood by the size of its packets", () => {
    const decoder = ilbc.createDecoder({ mode: "30" });
    const out = new Int16Array(480);
    expect(decoder.decode(file("ilbc/speech.20.ilbc").subarray(0, 76), out)).toBe(320);
    expect(decoder.decode(file("ilbc/speech.30.ilbc").subarray(0, 50), out)).toBe(240);
    expect(decoder.decode(new Uint8Array(39), out)).toBe(0);
    expect(decoder.packetSamples(new Uint8Array(39))).toBe(0);
  });

  it("RFC 3951 §4: any bytes decode to finite sound, and speech after them is speech again", () => {
    const seed = 46;
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    };
    for (const { mode } of modes) {
      const decoder = ilbc.createDecoder({ mode: String(mode.ms) });
      const frame = new Int16Array(mode.samples);
      for (let n = 0; n < 300; n++) decoder.decode(Uint8Array.from({ length: mode.bytes }, random), frame);
      const coded = file(`ilbc/speech.${mode.ms}.ilbc`);
      const fresh = ilbc.createDecoder({ mode: String(mode.ms) });
      const out = new Int16Array(twice.length);
      const other = new Int16Array(twice.length);
      for (let at = 0, to = 0; at < coded.length; at += mode.bytes, to += mode.samples) {
        decoder.decode(coded.subarray(at, at + mode.bytes), out.subarray(to, to + mode.samples));
        fresh.decode(coded.subarray(at, at + mode.bytes), other.subarray(to, to + mode.samples));
      }
      expect(snrDb(other, out, 4000, 7680), `seed ${seed}`).toBeGreaterThan(20);
    }
  });

  it("iLBC: the state can be copied, and the decoder goes on alike, through a loss too", () => {
    const coded = file("ilbc/speech.20.ilbc");
    const first = ilbc.createDecoder({ mode: "20" });
    const second = ilbc.createDecoder({ mode: "30" });
    const [a, b] = [new Int16Array(160), new Int16Array(160)];
    for (let n = 0; n < 6; n++) first.decode(coded.subarray(n * 38, n * 38 + 38), a);
    second.copyFrom(first);
    first.conceal?.(a, 160);
    second.conceal?.(b, 160);
    expect(b).toEqual(a);
    first.decode(coded.subarray(266, 304), a);
    second.decode(coded.subarray(266, 304), b);
    expect(b).toEqual(a);
  });
});
