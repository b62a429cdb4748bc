/** The contract of `AudioDevice` (hal/audio.ts) as tests: any driver is run through it, simulated or on a real card. */
import { describe, expect, test } from "vitest";
import type { AudioDevice } from "../../../hal/audio.ts";

export interface AudioUnderTest {
  /** A new one for each test, not opened. */
  make(): Promise<AudioDevice>;
  /** Lets time pass: really, or on the device's manual clock. */
  pass(ms: number): Promise<void>;
  /** Milliseconds that frames may be late or early in a second. */
  readonly toleranceMs: number;
  /** How long the pace is watched, and how much of it the mean rate may be off: 0.01 is one in a hundred. */
  readonly pace: { readonly ms: number; readonly within: number };
  /** ms; the machine's unless told. */
  readonly now?: () => number;
}

/** Frames in a second: the slope of the line through all of them, which a few late ones hardly bend. */
function meanRate(arrivalsMs: readonly number[]): number {
  const count = arrivalsMs.length;
  const meanMs = arrivalsMs.reduce((sum, ms) => sum + ms, 0) / count;
  let together = 0;
  let spread = 0;
  arrivalsMs.forEach((ms, n) => {
    together += (ms - meanMs) * (n - (count - 1) / 2);
    spread += (ms - meanMs) ** 2;
  });
  return (1000 * together) / spread;
}

export function describeAudioDevice(name: string, under: AudioUnderTest): void {
  describe(`${name} keeps the contract of an audio device`, () => {
    test("it gives frames of 10 ms at 16 kHz, as many as time passes", async () => {
      const device = await under.make();
      expect([device.rateHz, device.frameSamples]).toEqual([16_000, 160]);
      let frames = 0;
      let wrong = 0;
      device.onFrame = (captured, toPlay) => {
        frames++;
        if (captured.length !== 160 || toPlay.length !== 160) wrong++;
      };
      try {
        await device.open();
        device.setPath(device.paths[0] ?? "none");
        await under.pass(200);
        const before = frames;
        await under.pass(1000);
        expect(wrong).toBe(0);
        expect(Math.abs(frames - before - 100)).toBeLessThanOrEqual(under.toleranceMs / 10);
        expect(device.figures.frames).toBe(frames);
      } finally {
        await device.close();
      }
    });

    test("the card paces it: the mean rate of frames is that of the samples, none is lost, and the delay is told", async () => {
      const device = await under.make();
      const now = under.now ?? (() => performance.now());
      const arrivalsMs: number[] = [];
      device.onFrame = () => void arrivalsMs.push(now());
      try {
        await device.open();
        device.setPath(device.paths[0] ?? "none");
        await under.pass(500);
        arrivalsMs.length = 0;
        const lost = device.figures.overruns;
        await under.pass(under.pace.ms);
        const { playDelayMs, captureDelayMs, worstLatenessMs, underruns, overruns } = device.figures;
        const rate = meanRate(arrivalsMs);
        // What was lost on the way is missing in the count, not in the pace of the others.
        console.log(
          `${name}: ${arrivalsMs.length} frames, ${rate.toFixed(2)} a second; delay ${playDelayMs.toFixed(0)} ms to the card, ` +
            `${captureDelayMs.toFixed(0)} ms from it; latest by ${worstLatenessMs.toFixed(0)} ms; underruns ${underruns}, overruns ${overruns}`,
        );
        expect(Math.abs(rate / 100 - 1)).toBeLessThanOrEqual(under.pace.within);
        expect(overruns - lost).toBe(0);
        expect(playDelayMs + captureDelayMs).toBeGreaterThan(0);
      } finally {
        await device.close();
      }
    });

    test("no frame comes before it is open nor after it is closed, and closing twice is closing once", async () => {
      const device = await under.make();
      let frames = 0;
      device.onFrame = () => {
        frames++;
      };
      await under.pass(100);
      expect(frames).toBe(0);
      const opening = device.open();
      expect(frames).toBe(0);
      await opening;
      device.setPath(device.paths[0] ?? "none");
      await under.pass(200);
      expect(frames).toBeGreaterThan(0);
      await device.close();
      const after = frames;
      await under.pass(200);
      await device.close();
      expect(frames).toBe(after);
    });

    test("the path none is silence: nothing is captured", async () => {
      const device = await under.make();
      let loud = 0;
      device.onFrame = (captured) => {
        if (captured.some((sample) => sample !== 0)) loud++;
      };
      try {
        await device.open();
        device.setPath("none");
        await under.pass(300);
        expect(loud).toBe(0);
      } finally {
        await device.close();
      }
    });

    test("its figures are plain numbers that tell a delay of at most 300 ms each way", async () => {
      const device = await under.make();
      try {
        await device.open();
        device.setPath(device.paths[0] ?? "none");
        await under.pass(300);
        for (const figure of Object.values(device.figures)) expect(Number.isFinite(figure)).toBe(true);
        expect(device.figures.playDelayMs).toBeLessThanOrEqual(300);
        expect(device.figures.captureDelayMs).toBeLessThanOrEqual(300);
        expect(device.figures.captureDelayMs).toBeGreaterThan(0);
      } finally {
        await device.close();
      }
    });
  });
}
