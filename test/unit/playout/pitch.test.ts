/** The bridge over a gap in a voice: one voice on both sides goes on through it, two voices or noise are left to others. */
import { expect, it } from "vitest";
import { PitchBridge } from "../../../src/media/concealment-pitch.ts";
import { random } from "./speech-like.ts";

/** A voice of ten partials whose pitch glides from one to another, Hz, at 8 kHz. */
function voice(fromHz: number, toHz: number, samples: number): Int16Array {
  let phase = 0;
  return Int16Array.from({ length: samples }, (_, i) => {
    phase += (2 * Math.PI * (fromHz + ((toHz - fromHz) * i) / samples)) / 8000;
    let sum = 0;
    for (let partial = 1; partial <= 10; partial++) sum += Math.cos(partial * phase) / partial;
    return Math.round(3000 * sum);
  });
}

function bridged(said: Int16Array, gap: number): Float64Array | undefined {
  const out = new Float64Array(gap);
  const next = said.slice(800 + gap, 800 + gap + 320);
  return new PitchBridge().fill(said, 800, next, 320, gap, 8000, out) ? out : undefined;
}

it("AUD-05: a voice that glides is led through 60 ms without a broken period, in step with the other side", () => {
  for (const [fromHz, toHz] of [
    [120, 120],
    [110, 130],
    [220, 190],
  ] as const) {
    const said = voice(fromHz, toHz, 1800);
    const out = bridged(said, 480);
    let signal = 0;
    let noise = 0;
    out?.forEach((value, i) => {
      signal += (said[800 + i] ?? 0) ** 2;
      noise += ((said[800 + i] ?? 0) - value) ** 2;
    });
    expect(10 * Math.log10(signal / noise), `${fromHz} to ${toHz} Hz`).toBeGreaterThan(6);
  }
});

it("AUD-05: noise, and a voice beside noise, are no voice to lead on", () => {
  const next = random(5);
  const noise = Int16Array.from({ length: 1800 }, () => Math.round(8000 * (next() - 0.5)));
  expect(bridged(noise, 160)).toBeUndefined();
  const half = voice(120, 120, 1800);
  half.set(noise.subarray(900), 900);
  expect(bridged(half, 160)).toBeUndefined();
});
