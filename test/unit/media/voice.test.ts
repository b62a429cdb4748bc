/** Voice processing in whole calls: a phone whose microphone hears its own loudspeaker, as the far end hears it. */
import { describe, expect, test, vi } from "vitest";
import type { AudioPath, RoomChoice } from "../../../hal/audio.ts";
import type { SimAudioOptions } from "../../../hal/driver/sim/audio.ts";
import { Room } from "../../../hal/driver/sim/room.ts";
import { defaultTuning } from "../../../src/media/engine.ts";
import type { MediaTuning, VoiceTuning } from "../../../src/media/protocol.ts";
import { VoiceMicrophone } from "../../../src/media/voice-microphone.ts";
import { defaultVoice } from "../../../src/media/voice-processing.ts";
import { speechLike } from "../playout/speech-like.ts";
import { MediaLab, TestPhone } from "./phones.ts";
import { amplitudeAt, rms, seeded, sine } from "./sound.ts";

const office: RoomChoice = { delayMs: 40, decayMs: 160, gainDb: -4 };
const earpiece: RoomChoice = { delayMs: 20, decayMs: 15, gainDb: -18 };
/** Far below any echo, so that a level in dB has a floor, of full scale. */
const nothing = 1e-5;

/** G.722 makes this of silence at the most, of full scale. */
const unheard = 1e-4;

function db(samples: Int16Array): number {
  return 20 * Math.log10(rms(samples) + nothing);
}

/** Level of each 20 ms, dB. */
function envelope(samples: Int16Array): number[] {
  return Array.from({ length: Math.floor(samples.length / 320) }, (_, i) =>
    db(samples.subarray(320 * i, 320 * i + 320)),
  );
}

/** Correlation of two rows of numbers, at the best of a few shifts. */
function likeness(one: readonly number[], other: readonly number[]): number {
  const mean = (row: readonly number[]) => row.reduce((sum, value) => sum + value, 0) / row.length;
  let best = -1;
  for (let shift = -4; shift <= 4; shift++) {
    const x = one.slice(8, -8);
    const y = other.slice(8 + shift, 8 + shift + x.length);
    const [mx, my] = [mean(x), mean(y)];
    let [xy, xx, yy] = [0, 0, 0];
    for (const [i, value] of x.entries()) {
      const b = (y[i] ?? 0) - my;
      xy += (value - mx) * b;
      xx += (value - mx) ** 2;
      yy += b * b;
    }
    best = Math.max(best, xy / Math.sqrt(xx * yy));
  }
  return best;
}

interface Choice {
  readonly card: SimAudioOptions;
  readonly path: AudioPath;
  readonly echoCancellation?: boolean;
  readonly voice?: Partial<VoiceTuning>;
}

/** A far end `a` without a room and a phone `b` with one, both in a call in wide band. */
async function call({ card, path, echoCancellation = true, voice = {} }: Choice) {
  const lab = new MediaLab(4);
  const a = await lab.phone();
  const b = new TestPhone(lab, "127.49.0.2", 7, card);
  await b.start();
  const tuning: MediaTuning = { ...defaultTuning, echoCancellation, voice: { ...defaultVoice, ...voice } };
  b.engine.tune(tuning);
  await lab.connect(a, 1, b, 1, { codec: "g722", payloadType: 9 });
  a.engine.setFocus([1]);
  b.engine.setFocus([1]);
  b.engine.setPath(path);
  return { lab, a, b, tuning };
}

/** What the far end, who speaks all the time, hears of itself in the fourth to the seventh second, dB of full scale. */
async function echoDb(choice: Choice): Promise<number> {
  const { lab, a } = await call(choice);
  a.audio.setMicrophone(speechLike(12, 16_000, 21), true);
  lab.clock.advance(7000);
  return db(a.audio.heard(4));
}

describe("echo", () => {
  for (const [what, room] of [
    ["in an office", office],
    ["in an office, by a loudspeaker that distorts", { ...office, drive: 1 }],
    ["in a small room, as loud as the speech itself", { delayMs: 25, decayMs: 120, gainDb: 0, seed: 3 }],
    [
      "through a sound system with 120 ms of its own that its figures do not tell",
      { delayMs: 130, decayMs: 200, gainDb: -6 },
    ],
  ] as const)
    test(`AUD-06: hands-free ${what}: after three seconds the far end hears itself at least 30 dB less`, async () => {
      const off = await echoDb({
        card: { room },
        path: "speaker",
        echoCancellation: false,
        voice: { gainControl: false, noiseSuppression: false },
      });
      const on = await echoDb({ card: { room }, path: "speaker" });
      expect(off).toBeGreaterThan(-40);
      expect(off - on).toBeGreaterThan(30);
    });

  for (const path of ["handset", "headset"] as const)
    test(`AUD-06: ${path}: what leaks from the earpiece is lowered by at least 15 dB`, async () => {
      const off = await echoDb({
        card: { room: earpiece },
        path,
        echoCancellation: false,
        voice: { gainControl: false, noiseSuppression: false },
      });
      const on = await echoDb({ card: { room: earpiece }, path });
      expect(off).toBeGreaterThan(-60);
      expect(off - on).toBeGreaterThan(15);
    });

  test("AUD-06: both speak at once hands-free: who is near loses less than 4 dB and keeps the shape of his words", async () => {
    const plain = { noiseSuppression: false, gainControl: false };
    const near = speechLike(6, 16_000, 77);
    const heard: Int16Array[] = [];
    for (const farSpeaks of [false, true]) {
      const { lab, a, b } = await call({ card: { room: { ...office, gainDb: -6 } }, path: "speaker", voice: plain });
      if (farSpeaks) a.audio.setMicrophone(speechLike(20, 16_000, 21), true);
      lab.clock.advance(8000);
      b.audio.say(near);
      lab.clock.advance(6300);
      heard.push(a.audio.heard(6));
    }
    const [alone, both] = heard;
    if (alone === undefined || both === undefined) throw new Error("nothing was heard");
    expect(Math.abs(db(alone) - db(near))).toBeLessThan(1.5);
    expect(db(alone) - db(both)).toBeLessThan(4);
    expect(db(both) - db(alone)).toBeLessThan(1.5);
    expect(likeness(envelope(alone), envelope(both))).toBeGreaterThan(0.85);
  });

  test("AUD-06: once the near end has spoken with it, the echo is as low as before", async () => {
    const { lab, a, b } = await call({ card: { room: office }, path: "speaker" });
    a.audio.setMicrophone(speechLike(20, 16_000, 21), true);
    lab.clock.advance(8000);
    b.audio.say(speechLike(3, 16_000, 5));
    lab.clock.advance(3500);
    lab.clock.advance(2000);
    expect(db(a.audio.heard(2))).toBeLessThan(-65);
  });

  test("AUD-06, AUD-21: handset, hands-free and back in one call: no more echo on either than if it had been chosen at once", async () => {
    const { lab, a, b } = await call({ card: { room: office }, path: "handset" });
    a.audio.setMicrophone(speechLike(20, 16_000, 21), true);
    lab.clock.advance(3000);
    b.engine.setPath("speaker");
    lab.clock.advance(6000);
    expect(db(a.audio.heard(2))).toBeLessThan(-65);
    b.engine.setPath("handset");
    lab.clock.advance(1000);
    b.engine.setPath("speaker");
    lab.clock.advance(3000);
    expect(db(a.audio.heard(2))).toBeLessThan(-60);
  });

  test("AUD-06: switched on and off within a call it takes effect at once, and what it costs in delay is told", async () => {
    const { lab, a, b, tuning } = await call({ card: { room: office }, path: "speaker", echoCancellation: false });
    a.audio.setMicrophone(speechLike(20, 16_000, 21), true);
    lab.clock.advance(4000);
    expect(b.engine.statistics().voice).toMatchObject({ echoCanceller: "none", delayMs: 10, echoLoweredDb: 0 });
    const before = db(a.audio.heard(3));
    b.engine.tune({ ...tuning, echoCancellation: true });
    // Loading takes real time, once.
    await vi.waitFor(() => expect(b.engine.statistics().voice?.echoCanceller).toBe("aec3"), { timeout: 10_000 });
    lab.clock.advance(7000);
    const figures = b.engine.statistics().voice;
    expect(figures).toMatchObject({ echoCanceller: "aec3", delayMs: 18 });
    expect(figures?.echoLoweredDb).toBeGreaterThan(20);
    expect(before - db(a.audio.heard(3))).toBeGreaterThan(30);
    b.engine.setPath("handset");
    expect(b.engine.statistics().voice).toMatchObject({ echoCanceller: "mdf", delayMs: 10 });
  });

  test("a card without acoustics is left alone: nothing is taken from what is captured and nothing added to what is played", async () => {
    const { lab, a, b } = await call({ card: {}, path: "speaker" });
    b.audio.setMicrophone(sine(700, 1), true);
    lab.clock.advance(2000);
    expect(b.engine.statistics().voice).toMatchObject({ echoCanceller: "none", noiseSuppression: false, delayMs: 0 });
    expect(amplitudeAt(a.audio.heard(1), 700)).toBeCloseTo(0.25, 2);
    expect(rms(b.audio.heard(1))).toBeLessThan(unheard);
  });
});

test("AUD-06: where AEC3 cannot be had, hands-free talking has the lesser canceller: at least 15 dB within six seconds", () => {
  const microphone = new VoiceMicrophone({ echo: "room", noise: true }, undefined);
  microphone.configure(true, { ...defaultVoice, gainControl: false });
  expect(microphone.figures()).toMatchObject({ echoCanceller: "mdf", delayMs: 10 });
  const room = new Room(16_000, { ...office, delayMs: 10, gainDb: -10 });
  const far = speechLike(10, 16_000, 21);
  const [raw, clean] = [new Int16Array(far.length), new Int16Array(far.length)];
  const frame = new Int16Array(160);
  let played: Int16Array = new Int16Array(160);
  for (let at = 0; at + 160 <= far.length; at += 160) {
    frame.fill(0);
    room.hear(frame);
    raw.set(frame, at);
    microphone.correct(frame);
    microphone.clean(frame, played);
    clean.set(frame, at);
    played = far.subarray(at, at + 160);
    room.play(played);
  }
  expect(db(raw.subarray(96_000)) - db(clean.subarray(96_000))).toBeGreaterThan(15);
});

describe("noise and level", () => {
  const deaf: RoomChoice = { delayMs: 20, decayMs: 0, gainDb: -200 };

  test("AUD-07: steady noise of the room is lowered by more than 10 dB, speech in it by less than 3", async () => {
    const next = seeded(5);
    const hiss = Int16Array.from({ length: 160_000 }, () => Math.round((next() + next() + next() - 1.5) * 350));
    const levels = async (noiseSuppression: boolean) => {
      const { lab, a, b } = await call({
        card: { room: deaf },
        path: "speaker",
        voice: { noiseSuppression, gainControl: false },
      });
      b.audio.setMicrophone(hiss, true);
      lab.clock.advance(5000);
      const noise = db(a.audio.heard(2));
      b.audio.say(speechLike(4, 16_000, 8));
      lab.clock.advance(4000);
      return { noise, speech: db(a.audio.heard(3)) };
    };
    const [off, on] = [await levels(false), await levels(true)];
    expect(off.noise - on.noise).toBeGreaterThan(10);
    expect(Math.abs(off.speech - on.speech)).toBeLessThan(3);
  });

  test("AUD-07: who speaks softly, or too loudly, is brought nearer to the usual level; who speaks as usual stays", async () => {
    const said = speechLike(14, 16_000, 8);
    const heardDb = async (change: number, gainControl: boolean) => {
      const { lab, a, b } = await call({ card: { room: deaf }, path: "handset", voice: { gainControl } });
      b.audio.say(said.map((value) => value * 10 ** (change / 20)));
      lab.clock.advance(13_000);
      return db(a.audio.heard(8));
    };
    const usual = await heardDb(0, false);
    expect(Math.abs((await heardDb(0, true)) - usual)).toBeLessThan(4);
    const soft = await heardDb(-15, true);
    expect(soft - (usual - 15)).toBeGreaterThan(8);
    const loud = await heardDb(8, true);
    expect(loud - (usual + 8)).toBeLessThan(-3);
  });

  test("AUD-11: the gain of a path's microphone is what the configuration says, limited softly, with and without acoustics", async () => {
    for (const card of [{ room: deaf }, {}]) {
      const plain = { noiseSuppression: false, gainControl: false };
      const { lab, a, b } = await call({
        card,
        path: "headset",
        voice: { ...plain, microphoneGainDb: { handset: -20, headset: 6, speaker: 0 } },
      });
      b.audio.setMicrophone(sine(700, 1, 0.2), true);
      lab.clock.advance(2000);
      expect(amplitudeAt(a.audio.heard(1), 700)).toBeCloseTo(0.4, 1);
      b.engine.setPath("handset");
      lab.clock.advance(2000);
      expect(amplitudeAt(a.audio.heard(1), 700)).toBeCloseTo(0.02, 2);
      b.engine.setMute(true);
      lab.clock.advance(2000);
      expect(amplitudeAt(a.audio.heard(1), 700)).toBeLessThan(0.001);
    }
  });

  test("AUD-11: tones have a loudness of their own on each path, whatever that of speech is", async () => {
    const toneSteps = { handset: 8, headset: 4, speaker: 10 };
    const { lab, a, b } = await call({ card: {}, path: "handset", voice: { toneSteps } });
    a.audio.setMicrophone(sine(1100, 1, 0.2), true);
    b.engine.playTone("ear", { parts: [{ hz: [500], ms: 0, levelDbm0: -15 }], repeat: 0 });
    const heard = async (path: AudioPath, step: number) => {
      b.engine.setPath(path);
      b.engine.setVolume("ear", step);
      lab.clock.advance(1000);
      return [500, 1100].map((hz) => amplitudeAt(b.audio.heard(0.5), hz));
    };
    const [tone = 0, speech = 0] = await heard("handset", 8);
    expect(tone).toBeGreaterThan(0.05);
    for (const [path, step, toneDb, speechDb] of [
      ["handset", 6, 0, -6],
      ["headset", 6, -12, -6],
      ["speaker", 8, 6, 0],
    ] as const) {
      const [t = 0, s = 0] = await heard(path, step);
      expect(20 * Math.log10(t / tone), `tone, ${path}`).toBeCloseTo(toneDb, 0);
      expect(20 * Math.log10(s / speech), `speech, ${path}`).toBeCloseTo(speechDb, 0);
    }
  });

  test("a path's equalizer corrects the microphone for the far end, and the loudspeaker for who is near", async () => {
    const notch = { type: "peak", hz: 1000, gainDb: -12, q: 1 } as const;
    const rise = { type: "high-shelf", hz: 1500, gainDb: 6 } as const;
    const acoustics = { speaker: { echo: "none", noise: false, captureBands: [notch], playBands: [rise] } } as const;
    const { lab, a, b } = await call({ card: { room: deaf, acoustics }, path: "speaker" });
    b.audio.setMicrophone(sine(1000, 1), true);
    a.audio.setMicrophone(sine(5000, 1, 0.1), true);
    lab.clock.advance(2000);
    expect(amplitudeAt(a.audio.heard(1), 1000)).toBeCloseTo(0.25 * 10 ** (-12 / 20), 2);
    expect(amplitudeAt(b.audio.heard(1), 5000)).toBeCloseTo(0.1 * 10 ** (6 / 20), 2);
  });
});

describe("side tone", () => {
  const silent: RoomChoice = { delayMs: 20, decayMs: 0, gainDb: -200 };
  async function ownVoice(
    path: AudioPath,
    sideToneDb: number,
  ): Promise<{ before: number; muted: number; idle: number }> {
    const { lab, b } = await call({ card: { room: silent }, path, voice: { sideToneDb } });
    b.audio.setMicrophone(sine(700, 1), true);
    lab.clock.advance(1500);
    const before = amplitudeAt(b.audio.heard(0.5), 700);
    b.engine.setMute(true);
    lab.clock.advance(1000);
    const muted = amplitudeAt(b.audio.heard(0.5), 700);
    b.engine.setMute(false);
    b.engine.setFocus([]);
    lab.clock.advance(1000);
    return { before, muted, idle: amplitudeAt(b.audio.heard(0.5), 700) };
  }

  for (const path of ["handset", "headset"] as const)
    test(`AUD-10: ${path}: one's own voice is heard at the level of the configuration while somebody hears it, and at once`, async () => {
      for (const db of [0, -3, -20]) {
        const { before, muted, idle } = await ownVoice(path, db);
        expect(before / (0.25 * 10 ** ((db - 12) / 20))).toBeCloseTo(1, 1);
        expect(Math.max(muted, idle)).toBeLessThan(unheard);
      }
      expect((await ownVoice(path, -48)).before).toBeLessThan(unheard);
    });

  test("AUD-10: hands-free there is none", async () => {
    expect((await ownVoice("speaker", 0)).before).toBeLessThan(unheard);
  });
});
