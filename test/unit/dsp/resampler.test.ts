/** The resampler's pass band, stop band, delay and continuity. */
import { describe, expect, it } from "vitest";
import { Resampler } from "../../../src/dsp/resampler.ts";

function sine(hz: number, rateHz: number, samples: number, amplitude = 10_000): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}
function convert(input: Int16Array, fromHz: number, toHz: number, block: number): Int16Array {
  const resampler = new Resampler(fromHz, toHz, block);
  const out = new Int16Array(resampler.maxOutput(input.length) + 16);
  const part = new Int16Array(resampler.maxOutput(block));
  let count = 0;
  for (let at = 0; at + block <= input.length; at += block) {
    const made = resampler.process(input.subarray(at, at + block), part);
    out.set(part.subarray(0, made), count);
    count += made;
  }
  return out.subarray(0, count);
}
/** Level of everything, dB against a sine of amplitude 10,000, after the filter has filled. */
function levelDb(pcm: Int16Array): number {
  let energy = 1e-9;
  const from = Math.floor(pcm.length / 4);
  for (let i = from; i < pcm.length; i++) energy += (pcm[i] ?? 0) ** 2;
  return 10 * Math.log10(energy / (pcm.length - from) / (10_000 ** 2 / 2));
}
/** What is left when the sine of `hz` is taken out, dB. */
function residueDb(pcm: Int16Array, hz: number, rateHz: number): number {
  const from = Math.floor(pcm.length / 4);
  let c = 0;
  let s = 0;
  const n = pcm.length - from;
  for (let i = from; i < pcm.length; i++) {
    c += ((pcm[i] ?? 0) * Math.cos((2 * Math.PI * hz * i) / rateHz) * 2) / n;
    s += ((pcm[i] ?? 0) * Math.sin((2 * Math.PI * hz * i) / rateHz) * 2) / n;
  }
  let energy = 1e-9;
  for (let i = from; i < pcm.length; i++) {
    const angle = (2 * Math.PI * hz * i) / rateHz;
    energy += ((pcm[i] ?? 0) - c * Math.cos(angle) - s * Math.sin(angle)) ** 2;
  }
  return 10 * Math.log10(energy / n / (10_000 ** 2 / 2));
}

describe("Resampler", () => {
  const pairs: [number, number][] = [
    [8000, 16_000],
    [16_000, 8000],
    [16_000, 48_000],
    [48_000, 16_000],
    [16_000, 44_100],
    [44_100, 16_000],
    [16_000, 32_000],
  ];
  for (const [fromHz, toHz] of pairs) {
    const low = Math.min(fromHz, toHz);
    it(`AUD-01: ${fromHz} to ${toHz} Hz is flat to 0.5 dB up to 40 % of ${low} Hz, with images 60 dB down`, () => {
      for (const share of [0.02, 0.1, 0.25, 0.4]) {
        const hz = Math.round(low * share);
        const out = convert(sine(hz, fromHz, fromHz), fromHz, toHz, fromHz / 100);
        expect(Math.abs(levelDb(out)), `${hz} Hz`).toBeLessThan(0.5);
        expect(residueDb(out, hz, toHz), `${hz} Hz`).toBeLessThan(-60);
      }
    });

    it(`AUD-01: ${fromHz} to ${toHz} Hz gives the exact number of samples, in under 2 ms of delay`, () => {
      const out = convert(new Int16Array(fromHz), fromHz, toHz, fromHz / 100);
      expect(out.length).toBe(toHz);
      expect(new Resampler(fromHz, toHz, 160).delayMs).toBeLessThan(2);
    });
  }

  it("AUD-01: going down, what the lower rate cannot carry is 60 dB down", () => {
    for (const [fromHz, toHz, hz] of [
      [16_000, 8000, 4700],
      [16_000, 8000, 6000],
      [48_000, 16_000, 9500],
      [44_100, 16_000, 12_000],
    ] as const) {
      expect(levelDb(convert(sine(hz, fromHz, fromHz), fromHz, toHz, fromHz / 100)), `${hz} Hz`).toBeLessThan(-60);
    }
  });

  it("AUD-01: the size of the blocks does not change the sound", () => {
    const input = sine(1234, 44_100, 44_100);
    const whole = convert(input, 44_100, 16_000, 44_100);
    const parts = convert(input, 44_100, 16_000, 441);
    expect([...parts.subarray(0, 15_000)]).toEqual([...whole.subarray(0, 15_000)]);
  });

  it("AUD-01: equal rates pass through untouched; impossible ones are refused by name", () => {
    const input = sine(440, 16_000, 160);
    const out = new Int16Array(200);
    expect(new Resampler(16_000, 16_000, 160).process(input, out)).toBe(160);
    expect([...out.subarray(0, 160)]).toEqual([...input]);
    expect(() => new Resampler(16_000, 44_099, 160)).toThrow(/16000 Hz to 44099 Hz/);
    expect(() => new Resampler(16_000, 0, 160)).toThrow(RangeError);
  });
});
