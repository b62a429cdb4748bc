/** The WebAssembly of speexdsp through its typed front: an echo is taken out, noise lowered, quiet speech raised. */
import { describe, expect, it } from "vitest";
import { SpeexDsp, type SpeexProcessing } from "../../../src/dsp/speexdsp.ts";
import { random, speechLike } from "../playout/speech-like.ts";

const settings = { rateHz: 16_000, frameSamples: 160, tailSamples: 2048 } as const;
const nothing: SpeexProcessing = {
  noiseSuppressionDb: 0,
  echoSuppressionDb: 0,
  echoSuppressionActiveDb: 0,
  gain: undefined,
  dereverberation: false,
  activity: false,
};

function powerDb(pcm: Int16Array, from: number, to: number): number {
  let sum = 1e-3;
  for (let i = from; i < to; i++) sum += (pcm[i] ?? 0) ** 2;
  return 10 * Math.log10(sum / (to - from));
}

/** What a microphone hears of `played` in a small room: a decaying tail from a seed. */
function room(played: Int16Array, seed: number): Int16Array {
  const next = random(seed);
  const taps = Float64Array.from({ length: 900 }, (_, i) => (i < 40 ? 0 : (next() - 0.5) * 0.35 * Math.exp(-i / 160)));
  return Int16Array.from(played, (_, n) => {
    let sum = 0;
    for (let k = 40; k < taps.length && k <= n; k++) sum += (taps[k] ?? 0) * (played[n - k] ?? 0);
    return Math.round(sum);
  });
}

function noise(samples: number, level: number, seed: number): Int16Array {
  const next = random(seed);
  return Int16Array.from({ length: samples }, () => Math.round((next() + next() + next() - 1.5) * level));
}

describe("speexdsp", () => {
  it("the echo of speech in a small room is lowered by more than 15 dB after five seconds", () => {
    const played = speechLike(10, 16_000, 3);
    const heard = room(played, 4);
    const dsp = new SpeexDsp(settings);
    dsp.configure(nothing);
    const out = new Int16Array(heard.length);
    for (let at = 0; at + 160 <= heard.length; at += 160)
      dsp.cancelEcho(heard.subarray(at, at + 160), played.subarray(at, at + 160), out.subarray(at, at + 160));
    const lowered = powerDb(heard, 80_000, 159_840) - powerDb(out, 80_000, 159_840);
    expect(lowered).toBeGreaterThan(15);
  });

  it("steady noise is lowered by what was asked for, speech in it is not", () => {
    const hiss = noise(96_000, 300, 5);
    const speech = speechLike(6, 16_000, 6);
    const mixed = Int16Array.from(speech, (value, i) => value + (hiss[i] ?? 0));
    const lowered = (input: Int16Array): number => {
      const dsp = new SpeexDsp({ ...settings, tailSamples: 0 });
      dsp.configure({ ...nothing, noiseSuppressionDb: 18 });
      const frame = new Int16Array(160);
      const out = new Int16Array(input.length);
      for (let at = 0; at + 160 <= input.length; at += 160) {
        frame.set(input.subarray(at, at + 160));
        dsp.process(frame);
        out.set(frame, at);
      }
      return powerDb(input, 32_000, 95_840) - powerDb(out, 32_000, 95_840);
    };
    expect(lowered(hiss)).toBeGreaterThan(12);
    expect(Math.abs(lowered(mixed))).toBeLessThan(3);
  });

  it("gain control raises quiet speech towards the level asked for", () => {
    const quiet = speechLike(12, 16_000, 8).map((value) => value >> 4);
    const dsp = new SpeexDsp({ ...settings, tailSamples: 0 });
    dsp.configure({ ...nothing, gain: { levelDbov: -18, mostGainDb: 20 } });
    const out = new Int16Array(quiet);
    for (let at = 0; at + 160 <= out.length; at += 160) dsp.process(out.subarray(at, at + 160));
    const raised = powerDb(out, 128_000, 191_840) - powerDb(quiet, 128_000, 191_840);
    expect(raised).toBeGreaterThan(6);
    expect(raised).toBeLessThan(21);
    expect(dsp.gainDb).toBeGreaterThan(3);
  });

  it("two of them are independent, and one without a tail leaves the echo alone", () => {
    const played = noise(160, 4000, 1);
    const heard = noise(160, 4000, 2);
    const one = new SpeexDsp(settings);
    const other = new SpeexDsp({ ...settings, tailSamples: 0 });
    const out = new Int16Array(160);
    one.cancelEcho(heard, played, out);
    other.cancelEcho(heard, played, out);
    expect([...out]).toEqual([...heard]);
  });

  it("a frame that is too long is refused by name", () => {
    expect(() => new SpeexDsp({ ...settings, frameSamples: 4000 })).toThrow(/speexdsp refuses .*4000/);
  });
});
