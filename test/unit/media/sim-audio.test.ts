/** The simulated card's back: what a person says and hears, and what a stall costs. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { openSimAudio } from "../../../board/sim/audio.ts";
import { SimAudio } from "../../../hal/driver/sim/audio.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { parseWav, writeWav } from "../../../hal/driver/wav.ts";
import { amplitudeAt, rms, sine } from "./sound.ts";

/** A card that plays back what it captures, and counts. */
function echo(device: { onFrame: ((captured: Int16Array, toPlay: Int16Array) => void) | undefined }): void {
  device.onFrame = (captured, toPlay) => toPlay.set(captured);
}

describe("the simulated card", () => {
  test("what is said is mixed onto the looped microphone, and waits while no path is open", async () => {
    const clock = new ManualClock();
    const audio = new SimAudio(clock, { microphone: sine(500, 1) });
    echo(audio);
    await audio.open();
    audio.say(sine(1200, 0.5));
    clock.advance(2000);
    expect(rms(audio.heard(2))).toBe(0);
    audio.setPath("headset");
    clock.advance(500);
    expect(amplitudeAt(audio.heard(0.4), 500)).toBeCloseTo(0.25, 2);
    expect(amplitudeAt(audio.heard(0.4), 1200)).toBeCloseTo(0.25, 2);
    clock.advance(2000);
    expect(amplitudeAt(audio.heard(1), 1200)).toBeLessThan(0.001);
    expect(amplitudeAt(audio.heard(1), 500)).toBeCloseTo(0.25, 2);
  });

  test("a microphone sound that is to sound once is followed by silence", async () => {
    const clock = new ManualClock();
    const audio = new SimAudio(clock, { microphone: sine(500, 0.5), once: true });
    echo(audio);
    await audio.open();
    audio.setPath("handset");
    clock.advance(2000);
    const heard = audio.heard(2);
    expect(amplitudeAt(heard.subarray(0, 8000), 500)).toBeCloseTo(0.25, 2);
    expect(rms(heard.subarray(8000))).toBe(0);
  });

  test("the last 120 s can be heard, not more, in order over the ring's end", async () => {
    const clock = new ManualClock();
    const audio = new SimAudio(clock);
    let frame = 0;
    audio.onFrame = (_, toPlay) => toPlay.fill(++frame % 30_000);
    await audio.open();
    audio.setPath("speaker");
    clock.advance(125_000);
    const heard = audio.heard(500);
    expect(heard.length).toBe(120 * 16_000);
    for (let i = 160; i < heard.length; i += 160) expect(heard[i]).toBe((heard[i - 160] ?? 0) + 1);
    expect(heard.at(-1)).toBe(frame);
  });

  test("a stall is made up by at most ten frames; the rest is counted and was silence", async () => {
    const clock = new ManualClock();
    const held: (() => void)[] = [];
    let holding = false;
    const stalling = {
      now: () => clock.now(),
      epochMs: () => clock.epochMs(),
      after: (ms: number, run: () => void) => clock.after(ms, () => (holding ? held.push(run) : run())),
    };
    const audio = new SimAudio(stalling);
    echo(audio);
    await audio.open();
    clock.advance(100);
    expect(audio.figures.frames).toBe(10);
    holding = true;
    clock.advance(500);
    holding = false;
    for (const run of held) run();
    expect(audio.figures).toMatchObject({ underruns: 39, frames: 21 });
    expect(audio.figures.worstLatenessMs).toBeCloseTo(490, 0);
    clock.advance(100);
    expect(audio.figures.frames).toBe(31);
  });

  test("over an hour it gives exactly 100 frames a second", async () => {
    const clock = new ManualClock();
    const audio = new SimAudio(clock);
    await audio.open();
    clock.advance(3_600_000);
    expect(audio.figures.frames).toBe(360_000);
    expect(audio.figures.underruns).toBe(0);
  });
});

describe("microphone and speaker files", () => {
  test("any rate, stereo too, is what the microphone hears; what is played is a WAV file that can be read at any moment", async () => {
    const folder = mkdtempSync(join(tmpdir(), "offhook-sim-"));
    try {
      const mic = join(folder, "mic.wav");
      const speaker = join(folder, "speaker.wav");
      const mono = sine(900, 1, 0.25, 44_100);
      const stereo = Int16Array.from({ length: mono.length * 2 }, (_, i) => mono[i >> 1] ?? 0);
      writeFileSync(mic, writeWav(44_100, stereo, 2));
      const clock = new ManualClock();
      const audio = await openSimAudio(clock, { mic, speaker });
      echo(audio);
      await audio.open();
      expect(parseWav(readFileSync(speaker)).samples.length).toBe(0);
      audio.setPath("speaker");
      for (let halfSeconds = 1; halfSeconds <= 8; halfSeconds++) {
        clock.advance(500);
        // Simulated time outruns any disk, and what a disk does not take in time is left out of the file.
        await vi.waitFor(() => expect(statSync(speaker).size).toBe(44 + halfSeconds * 16_000), { timeout: 10_000 });
      }
      await audio.close();
      const recorded = parseWav(readFileSync(speaker));
      expect([recorded.rateHz, recorded.channels]).toEqual([16_000, 1]);
      expect(recorded.samples.length).toBe(64_000);
      expect(amplitudeAt(recorded.samples.subarray(16_000, 32_000), 900)).toBeCloseTo(0.25, 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a file that is missing, or no WAV file, is named", async () => {
    const clock = new ManualClock();
    await expect(openSimAudio(clock, { mic: "/nonexistent/mic.wav" })).rejects.toMatchObject({
      device: "microphone file /nonexistent/mic.wav",
      code: "absent",
    });
    await expect(openSimAudio(clock, { speaker: "/nonexistent/out.wav" })).rejects.toThrow(
      "speaker file /nonexistent/out.wav",
    );
  });
});
