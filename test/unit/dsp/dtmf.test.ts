/** DTMF: every digit, the limits of Q.24, and what must not be taken for a digit. */
import { describe, expect, it } from "vitest";
import { DtmfDetector, dtmfTone } from "../../../src/dsp/dtmf.ts";
import { ToneGenerator } from "../../../src/dsp/tone-generator.ts";
import { random, speechLike } from "../playout/speech-like.ts";

const DIGITS = "0123456789*#ABCD";
const ROWS: Record<string, number> = { "1": 697, "4": 770, "7": 852, "*": 941 };

function detect(pcm: Int16Array, rateHz: number): { digits: string; durations: number[] } {
  const detector = new DtmfDetector(rateHz);
  let digits = "";
  const durations: number[] = [];
  detector.onDigit = (digit, ms) => {
    digits += digit;
    durations.push(ms);
  };
  for (let at = 0; at < pcm.length; at += rateHz / 100) detector.process(pcm.subarray(at, at + rateHz / 100));
  detector.process(new Int16Array(rateHz / 10));
  return { digits, durations };
}
/** Two sines for `ms`, silence before and after. */
function pair(
  low: number,
  high: number,
  ms: number,
  rateHz: number,
  lowDb = 0,
  highDb = 0,
  noise = 0,
  seed = 1,
): Int16Array {
  const next = random(seed);
  const before = Math.round(rateHz * 0.0537);
  const length = Math.round((rateHz * ms) / 1000);
  return Int16Array.from({ length: before + length + rateHz / 5 }, (_, i) => {
    const on = i >= before && i < before + length;
    const t = i / rateHz;
    const value = on
      ? 6000 * 10 ** (lowDb / 20) * Math.sin(2 * Math.PI * low * t) +
        6000 * 10 ** (highDb / 20) * Math.sin(2 * Math.PI * high * t)
      : 0;
    return Math.round(value + noise * (next() - 0.5));
  });
}

describe("DTMF", () => {
  for (const rateHz of [8000, 16_000]) {
    it(`Q.23: every digit that is made is found, in order, at ${rateHz} Hz`, () => {
      const generator = new ToneGenerator(rateHz);
      const pcm = new Int16Array(rateHz * 3);
      let at = 0;
      for (const digit of DIGITS) {
        const tone = dtmfTone(digit, 80, 80);
        if (tone === undefined) throw new Error(`no tone for ${digit}`);
        generator.start(tone);
        generator.addTo(pcm.subarray(at, at + rateHz * 0.16));
        at += rateHz * 0.16;
      }
      const { digits, durations } = detect(pcm, rateHz);
      expect(digits).toBe(DIGITS);
      for (const ms of durations) expect(Math.abs(ms - 80)).toBeLessThan(26);
    });
  }

  it("Q.23: what is no digit has no tone; letters may be small", () => {
    expect(dtmfTone("E", 80)).toBeUndefined();
    expect(dtmfTone("", 80)).toBeUndefined();
    expect(dtmfTone("12", 80)).toBeUndefined();
    expect(dtmfTone("a", 80)?.parts[0]?.hz).toEqual([697, 1633]);
  });

  it("Q.24 §1: 40 ms is always a digit, 20 ms never, whatever the phase against the blocks", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const shift = new Int16Array(13 * seed);
      for (const [ms, expected] of [
        [45, "1"],
        [40, "1"],
        [20, ""],
      ] as const) {
        const tone = pair(697, 1209, ms, 8000);
        const pcm = new Int16Array(shift.length + tone.length);
        pcm.set(tone, shift.length);
        expect(detect(pcm, 8000).digits, `${ms} ms, shift ${shift.length}`).toBe(expected);
      }
    }
  });

  it("Q.24 §1: 1.5 % off is accepted, 3.5 % off is not", () => {
    for (const row of Object.values(ROWS)) {
      for (const sign of [1, -1]) {
        expect(detect(pair(row * (1 + sign * 0.015), 1336 * (1 + sign * 0.015), 80, 8000), 8000).digits.length).toBe(1);
        expect(detect(pair(row * (1 + sign * 0.035), 1336 * (1 + sign * 0.035), 80, 8000), 8000).digits).toBe("");
      }
    }
  });

  it("Q.24 §1: twist up to 8 dB one way and 4 dB the other is accepted, 12 dB is not", () => {
    expect(detect(pair(770, 1336, 80, 8000, -8, 0), 8000).digits).toBe("5");
    expect(detect(pair(770, 1336, 80, 8000, 0, -4), 8000).digits).toBe("5");
    expect(detect(pair(770, 1336, 80, 8000, -12, 0), 8000).digits).toBe("");
    expect(detect(pair(770, 1336, 80, 8000, 0, -12), 8000).digits).toBe("");
  });

  it("Q.24 §1: levels from 0 to -25 dBm0 are heard; far under that is not", () => {
    // 6000 a tone is about -11.6 dBm0.
    expect(detect(pair(852, 1477, 80, 8000, 8, 8), 8000).digits).toBe("9");
    expect(detect(pair(852, 1477, 80, 8000, -13, -13), 8000).digits).toBe("9");
    expect(detect(pair(852, 1477, 80, 8000, -40, -40), 8000).digits).toBe("");
  });

  it("Q.24 §1: a break of 10 ms is one digit, a pause of 40 ms makes two", () => {
    const tone = (ms: number) => pair(697, 1209, ms, 8000).subarray(430, 430 + 8 * ms);
    const joined = (gapMs: number) => {
      const pcm = new Int16Array(8 * (60 + gapMs + 60) + 1600);
      pcm.set(tone(60), 0);
      pcm.set(tone(60), 8 * (60 + gapMs));
      return detect(pcm, 8000).digits;
    };
    expect(joined(8)).toBe("1");
    expect(joined(40)).toBe("11");
  });

  it("Q.24 §1: found through noise 18 dB below", () => {
    for (let seed = 1; seed <= 10; seed++) {
      expect(detect(pair(941, 1477, 60, 8000, 0, 0, 3000, seed), 8000).digits, `seed ${seed}`).toBe("#");
    }
  });

  it("Q.24 §2: two minutes of speech-like sound, tones, noise and music talk no digit into being", () => {
    for (let seed = 1; seed <= 6; seed++) {
      expect(detect(speechLike(20, 8000, 100 + seed), 8000).digits, `seed ${seed}`).toBe("");
    }
    const next = random(4);
    expect(
      detect(
        Int16Array.from({ length: 80_000 }, () => 20_000 * (next() - 0.5)),
        8000,
      ).digits,
    ).toBe("");
    const chord = [262, 330, 392, 524, 697, 784, 1047, 1209];
    const music = Int16Array.from({ length: 80_000 }, (_, i) =>
      chord.reduce((sum, hz) => sum + 1500 * Math.sin((2 * Math.PI * hz * i) / 8000), 0),
    );
    expect(detect(music, 8000).digits).toBe("");
    expect(
      detect(
        Int16Array.from({ length: 16_000 }, (_, i) => 9000 * Math.sin((2 * Math.PI * 697 * i) / 8000)),
        8000,
      ).digits,
    ).toBe("");
  });

  it("Q.24: a digit that sounds is known before it ends", () => {
    const detector = new DtmfDetector(8000);
    detector.process(pair(697, 1336, 500, 8000).subarray(0, 2400));
    expect(detector.sounding).toBe("2");
  });
});
