/** Meter, mixer, limiter, gain, comfort noise and DC blocker. */
import { describe, expect, it } from "vitest";
import { ComfortNoise } from "../../../src/dsp/comfort-noise.ts";
import { DcBlocker } from "../../../src/dsp/dc-blocker.ts";
import { Gain, volumeGainDb } from "../../../src/dsp/gain.ts";
import { LevelMeter, levelDbov } from "../../../src/dsp/level-meter.ts";
import { Mixer, softLimit } from "../../../src/dsp/mixer.ts";
import { saturate16 } from "../../../src/dsp/saturate.ts";

function sine(hz: number, amplitude: number, samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / 16_000)),
  );
}

describe("levels", () => {
  it("RFC 6464 §3: a full-scale square wave is 0 dBov, a full-scale sine -3, silence -127", () => {
    expect(levelDbov(Int16Array.from({ length: 160 }, (_, i) => (i % 2 ? 32_767 : -32_768)))).toBeCloseTo(0, 2);
    expect(levelDbov(sine(1000, 32_767, 160))).toBeCloseTo(-3.01, 1);
    expect(levelDbov(new Int16Array(160))).toBe(-127);
    expect(levelDbov(new Int16Array(0))).toBe(-127);
  });

  it("VQM-05: the meter tells the last second, no more and no less", () => {
    const meter = new LevelMeter(16_000);
    expect(meter.levelDbov).toBe(-127);
    const loud = sine(1000, 10_000, 160);
    for (let i = 0; i < 100; i++) meter.process(loud);
    expect(meter.levelDbov).toBeCloseTo(levelDbov(loud), 1);
    for (let i = 0; i < 50; i++) meter.process(new Int16Array(160));
    expect(meter.levelDbov).toBeCloseTo(levelDbov(loud) - 3.01, 1);
    for (let i = 0; i < 50; i++) meter.process(new Int16Array(160));
    expect(meter.levelDbov).toBe(-127);
  });

  it("CAL-55: the limiter leaves -3 dB of full scale alone, never folds, never reverses, never leaves 16 bits", () => {
    let before = -33_000;
    for (let value = -200_000; value <= 200_000; value += 7) {
      const limited = softLimit(value);
      expect(limited).toBeGreaterThanOrEqual(before);
      expect(Math.abs(limited)).toBeLessThanOrEqual(32_767);
      if (Math.abs(value) <= 23_000) expect(limited).toBe(value);
      expect(Math.abs(limited)).toBeLessThanOrEqual(Math.abs(value));
      before = limited;
    }
    expect(saturate16(40_000)).toBe(32_767);
    expect(saturate16(-40_000)).toBe(-32_768);
  });

  it("CAL-55: each party hears the sum of all others", () => {
    const mixer = new Mixer(160);
    const frames = [sine(300, 3000, 160), sine(500, 4000, 160), sine(900, 5000, 160)];
    const out = new Int16Array(160);
    for (let pass = 0; pass < 2; pass++) {
      mixer.clear();
      for (const frame of frames) mixer.add(frame);
    }
    for (const own of frames) {
      mixer.writeWithout(own, out);
      for (let i = 0; i < 160; i++) {
        const others = frames.reduce((sum, frame) => sum + (frame === own ? 0 : (frame[i] ?? 0)), 0);
        expect(out[i]).toBe(others);
      }
    }
    mixer.write(out);
    expect(out[40]).toBe(frames.reduce((sum, frame) => sum + (frame[40] ?? 0), 0));
  });

  it("CAL-55: ten loud parties are limited, not wrapped round", () => {
    const mixer = new Mixer(160);
    mixer.clear();
    for (let i = 0; i < 10; i++) mixer.add(new Int16Array(160).fill(30_000));
    const out = new Int16Array(160);
    mixer.write(out);
    expect(Math.min(...out)).toBeGreaterThan(31_000);
  });

  it("AUD-11: a volume step is 3 dB, 8 is unity, and steps outside 0 to 15 are the nearest", () => {
    expect([0, 7, 8, 9, 15].map(volumeGainDb)).toEqual([-24, -3, 0, 3, 21]);
    expect(volumeGainDb(99)).toBe(21);
    expect(volumeGainDb(-1)).toBe(-24);
  });

  it("AUD-11: gain arrives over one frame without a step, and unity changes nothing", () => {
    const gain = new Gain();
    const frame = new Int16Array(160).fill(10_000);
    gain.process(frame);
    expect(frame.every((value) => value === 10_000)).toBe(true);
    gain.setDb(-6);
    gain.process(frame);
    for (let i = 1; i < 160; i++) expect(Math.abs((frame[i] ?? 0) - (frame[i - 1] ?? 0))).toBeLessThan(40);
    const next = new Int16Array(160).fill(10_000);
    gain.process(next);
    expect(next[0]).toBe(5012);
    gain.setDb(Number.NEGATIVE_INFINITY);
    gain.process(next);
    next.fill(10_000);
    gain.process(next);
    expect(next.every((value) => value === 0)).toBe(true);
    const jumped = new Gain();
    jumped.jumpToDb(6);
    const one = new Int16Array(160).fill(1000);
    jumped.process(one);
    expect(one[0]).toBe(1995);
  });

  it("RFC 3389 §3: comfort noise has the level asked for, in any colour, and is the same from the same seed", () => {
    for (const shape of [[], [-0.5], [0.6, -0.3, 0.2]]) {
      for (const dbov of [-40, -55, -70]) {
        const noise = new ComfortNoise(3);
        noise.shape(shape);
        noise.setLevel(dbov);
        const out = new Int16Array(32_000);
        noise.fill(out, false, 0, 160);
        noise.fill(out);
        expect(Math.abs(levelDbov(out) - dbov), `${dbov} dBov, ${shape}`).toBeLessThan(1);
        const again = new ComfortNoise(3);
        again.shape(shape);
        again.setLevel(dbov);
        const same = new Int16Array(32_000);
        again.fill(same, false, 0, 160);
        again.fill(same);
        expect(Buffer.compare(Buffer.from(out.buffer), Buffer.from(same.buffer))).toBe(0);
      }
    }
    const silent = new ComfortNoise();
    silent.setLevel(-127);
    const out = new Int16Array(160).fill(5);
    silent.fill(out, true);
    expect(out.every((value) => value === 5)).toBe(true);
  });

  it("RFC 3389 §3: unstable coefficients from the wire cannot make it run away", () => {
    const noise = new ComfortNoise(3);
    noise.shape([5, -7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    noise.setLevel(-50);
    const out = new Int16Array(16_000);
    noise.fill(out);
    expect(out.every((value) => Math.abs(value) < 20_000)).toBe(true);
  });

  it("AUD-07: the DC blocker takes an offset away and leaves speech alone", () => {
    const blocker = new DcBlocker(16_000);
    const pcm = sine(300, 8000, 16_000).map((value) => value + 4000);
    blocker.process(pcm);
    const late = pcm.subarray(8000);
    const mean = late.reduce((sum, value) => sum + value, 0) / late.length;
    expect(Math.abs(mean)).toBeLessThan(20);
    expect(levelDbov(late)).toBeCloseTo(levelDbov(sine(300, 8000, 16_000)), 1);
  });
});
