/** Parts of voice processing by themselves: equalizer, limiter, delay line, echo gate. */
import { describe, expect, it } from "vitest";
import { DelayLine } from "../../../src/dsp/delay-line.ts";
import { EchoGate } from "../../../src/dsp/echo-gate.ts";
import { Equalizer } from "../../../src/dsp/equalizer.ts";
import { Gain } from "../../../src/dsp/gain.ts";
import { Limiter } from "../../../src/dsp/limiter.ts";
import { amplitudeAt, rms, sine } from "../media/sound.ts";

function db(ratio: number): number {
  return 20 * Math.log10(ratio);
}

describe("equalizer", () => {
  const gainAt = (bands: ConstructorParameters<typeof Equalizer>[1], hz: number): number => {
    const pcm = sine(hz, 1, 0.2);
    new Equalizer(16_000, bands).process(pcm);
    return db(amplitudeAt(pcm.subarray(4000), hz) / 0.2);
  };

  it.each([
    [
      "peak",
      { type: "peak", hz: 1000, gainDb: 6, q: 2 },
      [
        [1000, 6],
        [100, 0],
        [7000, 0],
      ],
    ],
    [
      "low-shelf",
      { type: "low-shelf", hz: 500, gainDb: -9 },
      [
        [50, -9],
        [500, -4.5],
        [6000, 0],
      ],
    ],
    [
      "high-shelf",
      { type: "high-shelf", hz: 2000, gainDb: 8 },
      [
        [100, 0],
        [2000, 4],
        [7800, 8],
      ],
    ],
    [
      "high-pass",
      { type: "high-pass", hz: 300 },
      [
        [75, -24.1],
        [300, -3],
        [3000, 0],
      ],
    ],
    [
      "low-pass",
      { type: "low-pass", hz: 3400 },
      [
        [300, 0],
        [3400, -3],
      ],
    ],
  ] as const)("%s: has its gain at its frequency and leaves the rest alone", (_, band, points) => {
    for (const [hz, expected] of points) expect(Math.abs(gainAt([band], hz) - expected), `${hz} Hz`).toBeLessThan(0.3);
  });

  it("without bands it is flat, bit by bit; several add up; what would pass full scale is limited and does not wrap", () => {
    const pcm = sine(900, 0.1);
    const same = pcm.slice();
    new Equalizer(16_000, []).process(same);
    expect([...same]).toEqual([...pcm]);
    const six = { type: "peak", hz: 1000, gainDb: 6 } as const;
    expect(gainAt([six, six], 1000)).toBeCloseTo(12, 0);
    const loud = sine(1000, 0.5, 0.9);
    new Equalizer(16_000, [six, six]).process(loud);
    let steepest = 0;
    for (let i = 1; i < loud.length; i++) steepest = Math.max(steepest, Math.abs((loud[i] ?? 0) - (loud[i - 1] ?? 0)));
    expect(steepest).toBeLessThan(60_000);
  });

  it.each([
    { type: "peak", hz: 8000, gainDb: 3 },
    { type: "peak", hz: 0, gainDb: 3 },
    { type: "low-pass", hz: 1000, q: 0 },
    { type: "low-pass", hz: Number.NaN },
  ] as const)("a band that cannot be is refused by name: %o", (band) => {
    expect(() => new Equalizer(16_000, [band])).toThrow(`equalizer band ${band.type} at ${band.hz} Hz`);
  });
});

describe("limiter", () => {
  it("nothing below the ceiling is changed", () => {
    const limiter = new Limiter();
    for (let value = -24_000; value <= 24_000; value += 37) expect(limiter.limit(value)).toBe(value);
  });

  it("a tone of four times full scale comes out below -2.4 dB and is still that tone, and is soft again afterwards", () => {
    const gain = new Gain();
    gain.jumpToDb(12);
    const out: number[] = [];
    const pcm = sine(500, 1, 0.9);
    for (let at = 0; at < pcm.length; at += 160) {
      const frame = pcm.slice(at, at + 160);
      gain.process(frame);
      out.push(...frame);
    }
    const settled = Int16Array.from(out).subarray(4000);
    expect(Math.max(...settled.map(Math.abs))).toBeLessThanOrEqual(24_577);
    expect(amplitudeAt(settled, 500)).toBeGreaterThan(0.7);
    // A clipped tone has a third harmonic 10 dB below; this one less than 30.
    expect(db(amplitudeAt(settled, 1500) / amplitudeAt(settled, 500))).toBeLessThan(-30);
    gain.jumpToDb(6);
    const soft = sine(500, 1, 0.1);
    gain.process(soft);
    expect(amplitudeAt(soft.subarray(8000), 500)).toBeCloseTo(0.2, 2);
  });
});

describe("delay line", () => {
  it("gives back what was written so many samples ago, over its end, and silence after it was cleared", () => {
    const line = new DelayLine(700);
    const frame = new Int16Array(160);
    const out = new Int16Array(160);
    for (let n = 0; n < 40; n++) {
      for (let i = 0; i < 160; i++) frame[i] = n * 160 + i;
      line.write(frame);
      if (n < 5) continue;
      for (const delay of [160, 161, 333, 700]) {
        line.read(delay, out);
        expect([out[0], out[159]]).toEqual([(n + 1) * 160 - delay, (n + 1) * 160 - delay + 159]);
      }
    }
    line.clear();
    line.read(500, out);
    expect(rms(out)).toBe(0);
  });
});

describe("AUD-06: echo gate", () => {
  const tone = (amplitude: number) => sine(800, 0.01, amplitude);
  const heard = EchoGate.energy(tone(0.3));

  it("closes while only an echo is left, opens within a frame for somebody near, and never goes below the room's noise", () => {
    const gate = new EchoGate(24);
    const level = (left: number, far: number, frames: number) => {
      let frame = tone(left);
      for (let i = 0; i < frames; i++) {
        frame = tone(left);
        gate.process(frame, Math.max(heard, EchoGate.energy(tone(left))), far);
      }
      return db(rms(frame) / rms(tone(left)));
    };
    level(0.0005, 0, 20);
    expect(level(0.02, heard, 20)).toBeCloseTo(-24, 0);
    expect(gate.closed).toBe(true);
    expect(level(0.2, heard, 1)).toBeGreaterThan(-7);
    expect(level(0.2, heard, 2)).toBeCloseTo(0, 1);
    expect(gate.closed).toBe(false);
    level(0.0005, heard, 40);
    expect(level(0.0006, heard, 20)).toBeGreaterThan(-6);
  });

  it("does nothing while the far end is silent, however much less comes out than goes in", () => {
    const gate = new EchoGate(24);
    for (let i = 0; i < 100; i++) {
      const frame = tone(0.01);
      gate.process(frame, heard, 0);
      expect([...frame]).toEqual([...tone(0.01)]);
    }
  });
});
