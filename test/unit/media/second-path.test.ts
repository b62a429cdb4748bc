/** Two paths of a sound card at once: what a second one plays beside the ear, through the engine and on one card or two. */
import { describe, expect, test } from "vitest";
import type { Clock } from "../../../hal/clock.ts";
import { FrameBridge } from "../../../hal/driver/frame-bridge.ts";
import { RoutedAudio } from "../../../hal/driver/routed-audio.ts";
import { SimAudio } from "../../../hal/driver/sim/audio.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { defaultTuning } from "../../../src/media/engine.ts";
import { VoiceProcessing } from "../../../src/media/voice-processing.ts";
import { MediaLab, type TestPhone } from "./phones.ts";
import { amplitudeAt, rms, sine } from "./sound.ts";

/** A call in which the far end says 500 Hz and the near end 1200 Hz. */
async function call(): Promise<{ lab: MediaLab; near: TestPhone; far: TestPhone }> {
  const lab = new MediaLab();
  const far = await lab.phone();
  const near = await lab.phone();
  far.audio.setMicrophone(sine(500, 1), true);
  near.audio.setMicrophone(sine(1200, 1), true);
  await lab.connect(far, 1, near, 1);
  far.engine.setFocus([1]);
  near.engine.setFocus([1]);
  await lab.run(500);
  return { lab, near, far };
}

describe("a second path", () => {
  test("CAL-91: the loudspeaker plays what the handset hears, each as loud as its own volume says, and nobody speaks twice", async () => {
    const { lab, near, far } = await call();
    expect(near.audio.heardBeside(1).length).toBe(0);
    near.engine.setVolume("second", 10);
    near.engine.setSecond("speaker");
    await lab.run(1000);
    expect(amplitudeAt(near.audio.heard(0.5), 500)).toBeCloseTo(0.25, 1);
    expect(amplitudeAt(near.audio.heardBeside(0.5), 500) / amplitudeAt(near.audio.heard(0.5), 500)).toBeCloseTo(2, 1);
    expect(amplitudeAt(far.audio.heard(0.5), 1200)).toBeCloseTo(0.25, 1);
    near.engine.setVolume("ear", 4);
    near.engine.setVolume("second", 8);
    await lab.run(1000);
    expect(amplitudeAt(near.audio.heard(0.5), 500)).toBeLessThan(0.08);
    expect(amplitudeAt(near.audio.heardBeside(0.5), 500)).toBeCloseTo(0.25, 1);
    near.engine.setSecond("none");
    await lab.run(1000);
    expect(rms(near.audio.heardBeside(0.5))).toBe(0);
    expect(amplitudeAt(near.audio.heard(0.5), 500)).toBeGreaterThan(0.04);
  });

  test("CAL-91: a path that the card cannot play beside stays silent, until the path is one that allows it", async () => {
    const { lab, near } = await call();
    near.engine.setPath("speaker");
    near.engine.setSecond("handset");
    await lab.run(500);
    expect(near.audio.heardBeside(0.4).length).toBe(0);
    near.engine.setPath("headset");
    await lab.run(500);
    expect(amplitudeAt(near.audio.heardBeside(0.4), 500)).toBeCloseTo(0.25, 1);
  });

  test("AUD-12: while nobody talks the ringer sounds on headset and loudspeaker at once, softer at the ear", async () => {
    const lab = new MediaLab();
    const phone = await lab.phone();
    phone.engine.setPath("headset");
    phone.engine.setSecond("speaker");
    phone.engine.playTone("ringer", { parts: [{ hz: [440], ms: 0 }], repeat: 1 });
    await lab.run(500);
    const [ear, open] = [phone.audio.heard(0.3), phone.audio.heardBeside(0.3)].map((heard) => amplitudeAt(heard, 440));
    expect(ear).toBeGreaterThan(0.005);
    expect(20 * Math.log10((open ?? 0) / (ear ?? 1))).toBeCloseTo(18, 0);
  });

  test("CAL-91: the echo of the loudspeaker is taken out of the handset's microphone", async () => {
    const clock = new ManualClock();
    const device = new SimAudio(clock, { room: { delayMs: 20, decayMs: 0, gainDb: -10 } });
    const voice = new VoiceProcessing(device, defaultTuning, () => {});
    await voice.prepare();
    voice.setPath("handset");
    expect(voice.figures().echoCanceller).toBe("mdf");
    voice.setPath("handset", "speaker");
    expect(voice.figures().echoCanceller).toBe("aec3");
    voice.setPath("headset", "handset");
    expect(voice.figures().echoCanceller).toBe("mdf");
    voice.close();
  });
});

/** A clock that runs fast or slow against another, as the crystal of a second card does. */
class Crystal implements Clock {
  readonly #of: Clock;
  readonly #rate: number;
  constructor(of: Clock, rate: number) {
    this.#of = of;
    this.#rate = rate;
  }
  now = (): number => this.#of.now() * this.#rate;
  epochMs = (): number => this.#of.epochMs();
  after = (ms: number, run: () => void) => this.#of.after(ms / this.#rate, run);
}

describe("a second path on a card of its own", () => {
  test.each([1, 1.0005, 0.9995])(
    "CAL-91: a card whose clock runs at %d of the first one's plays without a gap or a click for ten minutes",
    async (rate) => {
      const clock = new ManualClock();
      const first = new SimAudio(clock);
      const other = new SimAudio(new Crystal(clock, rate));
      const routed = new RoutedAudio([
        { device: first, paths: ["handset", "speaker"] },
        { device: other, paths: ["headset"], optional: true },
      ]);
      expect(routed.together).toEqual([
        ["handset", "headset"],
        ["speaker", "headset"],
        ["headset", "handset"],
        ["headset", "speaker"],
      ]);
      let at = 0;
      routed.onFrame = (_, toPlay, second) => {
        for (let i = 0; i < toPlay.length; i++) {
          const value = Math.round(8000 * Math.sin((2 * Math.PI * 400 * at++) / 16_000));
          toPlay[i] = value;
          if (second !== undefined) second[i] = value;
        }
      };
      await routed.open();
      routed.setPath("handset");
      routed.setSecond("headset");
      clock.advance(500);
      for (let minute = 0; minute < 10; minute++) {
        clock.advance(60_000);
        const heard = other.heard(59);
        let steepest = 0;
        for (let i = 1; i < heard.length; i++)
          steepest = Math.max(steepest, Math.abs((heard[i] ?? 0) - (heard[i - 1] ?? 0)));
        // A sine of that kind is nowhere steeper than 1257 from sample to sample.
        expect(steepest).toBeLessThan(1290);
        expect(rms(heard) * 32_768).toBeGreaterThan(5600);
      }
      expect(amplitudeAt(first.heard(1), 400)).toBeCloseTo(8000 / 32_768, 2);
      routed.setSecond("none");
      clock.advance(1000);
      expect(rms(other.heard(0.5))).toBe(0);
      await routed.close();
    },
  );

  test("CAL-91: a queue between two cards that is pushed and never pulled forgets the oldest, one that is empty is silence", () => {
    const bridge = new FrameBridge(160);
    const out = new Int16Array(160).fill(7);
    bridge.pull(out);
    expect(Math.max(...out)).toBe(0);
    for (let i = 1; i <= 1000; i++) bridge.push(new Int16Array(160).fill(i));
    bridge.pull(out);
    expect(out[0]).toBeGreaterThan(980);
    expect(bridge.delayMs).toBeLessThan(160);
    for (let i = 0; i < 20; i++) bridge.pull(out);
    expect(Math.max(...out)).toBe(0);
    bridge.push(new Int16Array(160).fill(5));
    bridge.clear();
    expect(bridge.delayMs).toBe(0);
  });
});
