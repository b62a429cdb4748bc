/** Tones: durations, levels, edges, repetition, and the named sets. */
import { describe, expect, it } from "vitest";
import { ToneGenerator } from "../../../src/dsp/tone-generator.ts";
import { ringMelodies, standardTones } from "../../../src/dsp/tones.ts";
import type { Tone } from "../../../src/media/protocol.ts";

function sound(tone: Tone, ms: number): Int16Array {
  const generator = new ToneGenerator(16_000);
  generator.start(tone);
  const out = new Int16Array(16 * ms);
  for (let at = 0; at < out.length; at += 160) generator.addTo(out.subarray(at, at + 160));
  return out;
}
function rms(pcm: Int16Array, fromMs: number, toMs: number): number {
  let sum = 0;
  for (let i = 16 * fromMs; i < 16 * toMs; i++) sum += (pcm[i] ?? 0) ** 2;
  return Math.sqrt(sum / (16 * (toMs - fromMs)));
}
/** First and last sample that are not silent, in ms. */
function extent(pcm: Int16Array): [number, number] {
  const first = pcm.findIndex((value) => Math.abs(value) > 2);
  let last = pcm.length - 1;
  while (last > 0 && Math.abs(pcm[last] ?? 0) <= 2) last--;
  return [first / 16, last / 16];
}

describe("ToneGenerator", () => {
  it("E.180 §3: a part sounds for its time to the millisecond, and then silence for its", () => {
    const pcm = sound(
      {
        parts: [
          { hz: [425], ms: 123 },
          { hz: [], ms: 77 },
        ],
        repeat: 2,
      },
      500,
    );
    expect(rms(pcm, 10, 113)).toBeGreaterThan(2000);
    expect(rms(pcm, 124, 199)).toBe(0);
    expect(rms(pcm, 210, 313)).toBeGreaterThan(2000);
    const [first, last] = extent(pcm);
    expect(first).toBeLessThan(1);
    expect(last).toBeGreaterThan(320);
    expect(last).toBeLessThan(323);
  });

  it("G.711: +3.14 dBm0 is a full-scale sine, and each frequency of a part has the level that is asked for", () => {
    const full = sound({ parts: [{ hz: [1000], ms: 0, levelDbm0: 3.14 }], repeat: 1 }, 200);
    expect(Math.max(...full)).toBeGreaterThan(32_700);
    expect(rms(full, 50, 150)).toBeCloseTo(32_767 / Math.SQRT2, -2);
    const pair = sound({ parts: [{ hz: [350, 440], ms: 0 }], repeat: 1 }, 1200);
    const expected = (32_767 / Math.SQRT2) * 10 ** ((-15 - 3.14) / 20) * Math.SQRT2;
    expect(rms(pair, 100, 1100) / expected).toBeCloseTo(1, 1);
  });

  it("E.180 §3: the edges of a part rise and fall within 5 ms and do not click", () => {
    const pcm = sound({ parts: [{ hz: [1000], ms: 100, levelDbm0: 0 }], repeat: 1 }, 120);
    const peak = Math.max(...pcm);
    expect(Math.max(...pcm.subarray(0, 16))).toBeLessThan(peak * 0.2);
    expect(Math.max(...pcm.subarray(16 * 5, 16 * 7))).toBeGreaterThan(peak * 0.98);
    expect(Math.max(...pcm.subarray(16 * 99, 16 * 100))).toBeLessThan(peak * 0.2);
  });

  it("CAL-37: repeat counts passes, 0 is for ever, and the generator knows when it has ended", () => {
    const generator = new ToneGenerator(16_000);
    generator.start({ parts: [{ hz: [425], ms: 30 }], repeat: 3 });
    const frame = new Int16Array(160);
    let frames = 0;
    while (generator.addTo(frame)) frames++;
    expect(frames).toBe(9);
    generator.start({ parts: [{ hz: [425], ms: 30 }], repeat: 0 });
    for (let i = 0; i < 1000; i++) expect(generator.addTo(frame)).toBe(true);
  });

  it("CAL-37: one tone follows another without a click, and stopping fades within 5 ms", () => {
    const generator = new ToneGenerator(16_000);
    const out = new Int16Array(16 * 100);
    generator.start({ parts: [{ hz: [300], ms: 0, levelDbm0: 0 }], repeat: 0 });
    generator.addTo(out.subarray(0, 533));
    generator.start({ parts: [{ hz: [500], ms: 0, levelDbm0: 0 }], repeat: 0 });
    generator.addTo(out.subarray(533, 1001));
    generator.start(undefined);
    expect(generator.active).toBe(true);
    generator.addTo(out.subarray(1001));
    expect(generator.active).toBe(false);
    let step = 0;
    for (let i = 1; i < out.length; i++) step = Math.max(step, Math.abs((out[i] ?? 0) - (out[i - 1] ?? 0)));
    expect(step).toBeLessThan(32_767 * 0.7 * ((2 * Math.PI * 500) / 16_000) * 2);
    expect(out.subarray(1001 + 81).every((value) => value === 0)).toBe(true);
  });

  it("CAL-37: hears a tone on top of what is there, without overflow", () => {
    const generator = new ToneGenerator(16_000);
    generator.start({ parts: [{ hz: [1000], ms: 0, levelDbm0: 3 }], repeat: 0 });
    const out = new Int16Array(160).fill(30_000);
    generator.addTo(out);
    expect(Math.max(...out)).toBe(32_767);
    expect(Math.min(...out)).toBeLessThan(5000);
  });

  it("E.180: empty and absurd tones end at once instead of spinning", () => {
    const generator = new ToneGenerator(16_000);
    const frame = new Int16Array(160);
    for (const tone of [
      { parts: [], repeat: 0 },
      { parts: [{ hz: [425], ms: 0.001 }], repeat: 0 },
      { parts: [{ hz: [425], ms: Number.NaN }], repeat: 0 },
      { parts: [{ hz: [425], ms: -5 }], repeat: 0 },
    ]) {
      generator.start(tone);
      for (let i = 0; i < 3; i++) generator.addTo(frame);
      expect(generator.active).toBe(false);
    }
  });
});

describe("named tones", () => {
  it("E.180 §5 to §8: ring-back, busy and congestion have the recommended cadences at 425 Hz", () => {
    expect(standardTones["ring-back"].parts.map((part) => part.ms)).toEqual([1000, 4000]);
    expect(standardTones.busy.parts.map((part) => part.ms)).toEqual([500, 500]);
    expect(standardTones.congestion.parts.map((part) => part.ms)).toEqual([250, 250]);
    for (const name of ["dial", "ring-back", "busy", "congestion"] as const) {
      expect(standardTones[name].parts[0]?.hz).toEqual([425]);
      expect(standardTones[name].repeat).toBe(0);
    }
  });

  it("AUD-11: every tone and melody sounds, and none overloads", () => {
    for (const [name, tone] of [...Object.entries(standardTones), ...Object.entries(ringMelodies)]) {
      const pcm = sound(tone, 6000);
      expect(rms(pcm, 0, 500), name).toBeGreaterThan(100);
      expect(
        pcm.every((value) => Math.abs(value) < 32_000),
        name,
      ).toBe(true);
    }
  });
});
