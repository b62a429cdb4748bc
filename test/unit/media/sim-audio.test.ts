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
    audio.setPath("handset");
    clock.advance(3_600_000);
    expect(audio.figures.frames).toBe(360_000);
    expect(audio.figures.underruns).toBe(0);
  });
});

describe("the simulated card at rest", () => {
  /** A clock that counts what runs on it. */
  function counted(clock: ManualClock) {
    const counting = {
      runs: 0,
      now: () => clock.now(),
      epochMs: () => clock.epochMs(),
      after: (ms: number, run: () => void) =>
        clock.after(ms, () => {
          counting.runs++;
          run();
        }),
    };
    return counting;
  }

  test("on path none it gives frames for a second, then neither frames nor work; a path brings them back at the same pace", async () => {
    const clock = new ManualClock();
    const counting = counted(clock);
    const audio = new SimAudio(counting);
    const times: number[] = [];
    audio.onFrame = () => void times.push(clock.now());
    await audio.open();
    clock.advance(1000);
    expect(times.length).toBe(100);
    counting.runs = 0;
    clock.advance(10_003);
    expect(times.length).toBe(100);
    expect(counting.runs).toBe(0);
    audio.setPath("handset");
    clock.advance(1000);
    expect(times.slice(100)).toEqual(Array.from({ length: 100 }, (_, i) => 11_010 + 10 * i));
    expect(audio.figures).toMatchObject({ frames: 200, underruns: 0, overruns: 0, worstLatenessMs: 0 });
    audio.setPath("none");
    clock.advance(900);
    audio.setPath("speaker");
    audio.setPath("none");
    clock.advance(900);
    expect(times.length).toBe(380);
  });

  test("what was heard in the meantime is silence of exactly that length, even when it lasted for days", async () => {
    const clock = new ManualClock();
    const audio = new SimAudio(clock, { microphone: sine(500, 1) });
    echo(audio);
    await audio.open();
    audio.setPath("handset");
    clock.advance(1000);
    audio.setPath("none");
    clock.advance(7000);
    expect(audio.heard(100).length).toBe(8 * 16_000);
    expect(amplitudeAt(audio.heard(8).subarray(0, 16_000), 500)).toBeCloseTo(0.25, 2);
    expect(rms(audio.heard(7))).toBe(0);
    clock.advance(3 * 86_400_000);
    expect(rms(audio.heard(120))).toBe(0);
    audio.setPath("handset");
    clock.advance(1000);
    expect(amplitudeAt(audio.heard(1), 500)).toBeCloseTo(0.25, 2);
    expect(rms(audio.heard(120).subarray(0, 119 * 16_000))).toBe(0);
  });

  test("who listens live gets every frame in its time, even one who comes while it rests", async () => {
    const clock = new ManualClock();
    const audio = new SimAudio(clock);
    await audio.open();
    clock.advance(5000);
    let heard = 0;
    audio.onHeard = () => {
      heard++;
    };
    for (let i = 1; i <= 300; i++) {
      clock.advance(10);
      expect(heard).toBe(i);
    }
    audio.onHeard = undefined;
    clock.advance(5000);
    expect(audio.figures.frames).toBe(100 + 301);
    await audio.close();
    clock.advance(5000);
    expect(audio.heard(120).length).toBe(13 * 16_000);
  });

  test("a recording holds the silence too, never more than 0.2 s behind, and is whole when it is closed", async () => {
    const clock = new ManualClock();
    const counting = counted(clock);
    let samples = 0;
    let closedWith = -1;
    const audio = new SimAudio(counting, {
      record: {
        take: (frame) => {
          samples += frame.length;
        },
        close: async () => {
          closedWith = samples;
        },
      },
    });
    await audio.open();
    clock.advance(1000);
    counting.runs = 0;
    for (let ms = 1500; ms <= 6000; ms += 500) {
      clock.advance(500);
      expect(samples / 16).toBeGreaterThanOrEqual(ms - 200);
      expect(samples / 16).toBeLessThanOrEqual(ms);
    }
    expect(counting.runs).toBe(25);
    clock.advance(110);
    await audio.close();
    expect(closedWith).toBe(6.11 * 16_000);
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
