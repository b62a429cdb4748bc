/** The decision between speech and noise, on made-up speech over noise of several levels. */
import { describe, expect, it } from "vitest";
import { VoiceActivity } from "../../../src/dsp/voice-activity.ts";

const FRAME = 160;

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000 - 0.5;
  };
}

/** Words of 0.6 s (voiced, with a hiss at their end) and pauses of 1.4 s, over noise; which frames hold a word. */
function talk(
  seconds: number,
  wordDbov: number,
  noiseDbov: number,
  seed: number,
): { pcm: Int16Array; word: boolean[] } {
  const random = randomFrom(seed);
  const voice = 32_768 * 10 ** (wordDbov / 20);
  const noise = 32_768 * 10 ** (noiseDbov / 20) * Math.sqrt(12);
  const pcm = new Int16Array(seconds * 16_000);
  const word: boolean[] = [];
  for (let i = 0; i < pcm.length; i++) {
    const inTurn = (i / 16_000) % 2;
    let value = noise * random();
    if (inTurn >= 1 && inTurn < 1.6) {
      const hz = 120 + 30 * Math.sin(i / 2000);
      if (inTurn < 1.5)
        for (let k = 1; k < 16; k++) value += ((voice * 1.1) / k) * Math.sin((2 * Math.PI * hz * k * i) / 16_000);
      else value += voice * 0.9 * random();
    }
    pcm[i] = Math.round(value);
    if (i % FRAME === 0) word.push(inTurn >= 1 && inTurn < 1.6);
  }
  return { pcm, word };
}

/** Shares of the words' frames that were cut, and of the pauses' that were suppressed, after the first two seconds. */
function judge(pcm: Int16Array, word: readonly boolean[]): { cut: number; suppressed: number } {
  const vad = new VoiceActivity(16_000);
  let words = 0;
  let cut = 0;
  let pauses = 0;
  let suppressed = 0;
  for (let frame = 0; frame < word.length; frame++) {
    const active = vad.take(pcm.subarray(frame * FRAME, (frame + 1) * FRAME));
    if (frame < 200) continue;
    if (word[frame]) {
      words++;
      if (!active) cut++;
    } else {
      pauses++;
      if (!active) suppressed++;
    }
  }
  return { cut: cut / words, suppressed: suppressed / pauses };
}

describe("voice activity", () => {
  for (const [speech, noise] of [
    [-26, -80],
    [-26, -60],
    [-26, -45],
    [-40, -65],
    [-46, -66],
  ] as const)
    it(`AUD-08: speech at ${speech} dBov over noise at ${noise}: under 2 % of it is cut, over 60 % of the pauses are not sent`, () => {
      const seed = 808;
      const { pcm, word } = talk(20, speech, noise, seed);
      const { cut, suppressed } = judge(pcm, word);
      expect(cut, `seed ${seed}`).toBeLessThan(0.02);
      expect(suppressed, `seed ${seed}`).toBeGreaterThan(0.6);
    });

  it("AUD-08: a room that grows louder is noise again within three seconds", () => {
    const random = randomFrom(5);
    const vad = new VoiceActivity(16_000);
    const frame = new Int16Array(FRAME);
    let lastActive = 0;
    for (let n = 0; n < 1000; n++) {
      const loud = 32_768 * 10 ** ((n < 400 ? -70 : -50) / 20) * Math.sqrt(12);
      for (let i = 0; i < FRAME; i++) frame[i] = Math.round(loud * random());
      if (vad.take(frame)) lastActive = n;
    }
    expect(lastActive).toBeGreaterThan(400);
    expect(lastActive).toBeLessThan(700);
  });

  it("AUD-08: silence is never speech, and a loud steady tone always is", () => {
    const vad = new VoiceActivity(16_000);
    const silence = new Int16Array(FRAME);
    let active = 0;
    for (let n = 0; n < 100; n++) if (vad.take(silence)) active++;
    expect(active).toBe(0);
    const tone = Int16Array.from({ length: FRAME }, (_, i) =>
      Math.round(3000 * Math.sin((2 * Math.PI * 400 * i) / 16_000)),
    );
    for (let n = 0; n < 1000; n++) if (!vad.take(tone)) active--;
    expect(active).toBe(0);
  });
});
