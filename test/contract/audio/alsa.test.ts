/** The ALSA driver against programs that behave like arecord and aplay on a card, and against the real ones without a card. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AudioTrouble } from "../../../hal/audio.ts";
import { AlsaAudio, type AlsaChoice } from "../../../hal/driver/alsa-audio.ts";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { amplitudeAt, sine } from "../../unit/media/sound.ts";
import { describeAudioDevice } from "./audio-device.ts";

const data = new URL("../../data/audio/", import.meta.url).pathname;
const programs = { arecord: join(data, "arecord.mjs"), aplay: join(data, "aplay.mjs") };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "offhook-alsa-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function fake(choice: Partial<AlsaChoice> = {}): AlsaAudio {
  return new AlsaAudio(systemClock, { capture: "fake", playback: "fake", ...programs, ...choice });
}

async function until(what: string, holds: () => boolean, withinMs = 5000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`);
    await wait(20);
  }
}

function rawAt(path: string): Int16Array {
  const bytes = readFileSync(path);
  return new Int16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2));
}

describeAudioDevice("AlsaAudio", {
  make: async () => fake(),
  pass: wait,
  toleranceMs: 250,
  pace: { ms: 3000, within: 0.03 },
});

describe("AlsaAudio", () => {
  test("AUD-11: what the card captures arrives, and what is played reaches the card", async () => {
    const file = join(folder, "played.raw");
    const device = fake({ playback: `fake:file=${file}` });
    const captured: number[] = [];
    const tone = sine(1000, 1);
    let at = 0;
    device.onFrame = (frame, toPlay) => {
      captured.push(...frame);
      for (let i = 0; i < toPlay.length; i++) toPlay[i] = tone[at++ % tone.length] ?? 0;
    };
    await device.open();
    device.setPath("speaker");
    await wait(1500);
    await device.close();
    expect(amplitudeAt(Int16Array.from(captured.slice(-8000)), 700)).toBeCloseTo(0.25, 1);
    expect(amplitudeAt(rawAt(file).slice(-8000), 1000)).toBeCloseTo(0.25, 1);
    expect(device.figures.playDelayMs).toBeLessThan(150);
  });

  test("a card with 48 kHz and two channels only is converted both ways", async () => {
    const file = join(folder, "stereo.raw");
    const only = "rates=48000,stereo=1";
    const device = fake({ capture: `fake:${only}`, playback: `fake:${only},file=${file}` });
    const captured: number[] = [];
    const tone = sine(1000, 1);
    let at = 0;
    device.onFrame = (frame, toPlay) => {
      captured.push(...frame);
      for (let i = 0; i < toPlay.length; i++) toPlay[i] = tone[at++ % tone.length] ?? 0;
    };
    await device.open();
    device.setPath("speaker");
    await wait(1800);
    await device.close();
    expect(amplitudeAt(Int16Array.from(captured.slice(-8000)), 700)).toBeCloseTo(0.25, 1);
    const left = rawAt(file).filter((_, i) => i % 2 === 0);
    expect(amplitudeAt(left.slice(-24_000), 1000, 48_000)).toBeCloseTo(0.25, 1);
  });

  test("without a microphone it plays, paced by the clock, and says what is missing", async () => {
    const file = join(folder, "deaf.raw");
    const device = fake({ capture: "nothing", playback: `fake:file=${file}` });
    const troubles: AudioTrouble[] = [];
    device.onTrouble = (trouble) => troubles.push(trouble);
    const tone = sine(1000, 1);
    let at = 0;
    device.onFrame = (_, toPlay) => {
      for (let i = 0; i < toPlay.length; i++) toPlay[i] = tone[at++ % tone.length] ?? 0;
    };
    await device.open();
    device.setPath("speaker");
    await wait(1500);
    await device.close();
    expect(troubles[0]).toMatchObject({ type: "lost", device: "PCM nothing (capture)" });
    expect(amplitudeAt(rawAt(file).slice(-8000), 1000)).toBeCloseTo(0.25, 1);
  });

  test("unplugged in use and plugged in again: told both times, and sound goes on", async () => {
    const gone = join(folder, "gone");
    const device = fake({ capture: `fake:dies=700,gone=${gone}` });
    const troubles: AudioTrouble[] = [];
    device.onTrouble = (trouble) => troubles.push(trouble);
    await device.open();
    device.setPath("handset");
    await until("unplugged", () => troubles.length === 1);
    expect(troubles[0]).toMatchObject({ type: "lost", why: expect.stringContaining("No such device") });
    expect(existsSync(gone)).toBe(true);
    rmSync(gone);
    await until("plugged in", () => troubles.length === 2);
    expect(troubles[1]).toEqual({ type: "back", device: `PCM fake:dies=700,gone=${gone} (capture)` });
    const frames = device.figures.frames;
    await until("sound", () => device.figures.frames > frames + 20);
    await device.close();
  });

  test("a recorder that hangs is a failure that names it, within a few seconds", async () => {
    const device = fake({ capture: "fake:hang=1", playback: "fake:busy=1" });
    await expect(device.open()).rejects.toMatchObject({ device: "PCM fake:hang=1 (capture)", code: "broken" });
  });

  test("a card that stumbles gets a longer buffer", async () => {
    const device = fake({ playback: "fake:stumble=3" });
    await device.open();
    device.setPath("speaker");
    const before = device.figures.playDelayMs;
    await until("wider", () => device.figures.playDelayMs >= before + 20 && device.figures.underruns >= 3);
    await device.close();
  });

  test("a card that plays slower than it captures does not pile up delay", async () => {
    const device = fake({ playback: "fake:speed=0.95" });
    await device.open();
    device.setPath("speaker");
    await wait(4000);
    await device.close();
    // Two hundred ms would have gathered.
    expect(device.figures.playDelayMs).toBeLessThan(130);
  });

  test("missing, busy and unknown are told apart, and the message names the PCM or the program", async () => {
    await expect(fake({ capture: "fake:busy=1", playback: "fake:busy=1" }).open()).rejects.toMatchObject({
      code: "busy",
      message: "PCM fake:busy=1 (capture): audio open error: Device or resource busy",
    });
    const none = { arecord: "/nonexistent/arecord", aplay: "/nonexistent/aplay" };
    await expect(fake(none).open()).rejects.toMatchObject({
      code: "absent",
      message: expect.stringContaining("/nonexistent/arecord"),
    });
  });

  test("ALSA's own programs: a PCM without a clock of its own is found out, and does not take the processor", async () => {
    const device = new AlsaAudio(systemClock, { capture: "null", playback: undefined });
    const troubles: AudioTrouble[] = [];
    device.onTrouble = (trouble) => troubles.push(trouble);
    await device.open();
    device.setPath("handset");
    await until("told", () => troubles.some((t) => t.type === "lost"));
    expect(troubles[0]).toMatchObject({
      device: "PCM null (capture)",
      why: expect.stringContaining("no clock of its own"),
    });
    await device.close();
  });

  test("ALSA's own programs: what is played reaches a PCM of type file", async () => {
    const file = join(folder, "alsa.raw");
    const config = join(folder, "asound.conf");
    writeFileSync(config, `pcm.wall { type file slave.pcm { type null } file "${file}" format "raw" }\n`);
    const before = process.env["ALSA_CONFIG_PATH"];
    process.env["ALSA_CONFIG_PATH"] = config;
    try {
      const device = new AlsaAudio(systemClock, { capture: undefined, playback: "wall" });
      const tone = sine(1000, 1);
      let at = 0;
      device.onFrame = (_, toPlay) => {
        for (let i = 0; i < toPlay.length; i++) toPlay[i] = tone[at++ % tone.length] ?? 0;
      };
      await device.open();
      device.setPath("speaker");
      await wait(1500);
      await device.close();
      const played = rawAt(file);
      expect(played.length).toBeGreaterThan(16_000);
      expect(amplitudeAt(played.slice(-8000), 1000)).toBeCloseTo(0.25, 1);
    } finally {
      if (before === undefined) delete process.env["ALSA_CONFIG_PATH"];
      else process.env["ALSA_CONFIG_PATH"] = before;
    }
  });

  test("ALSA's own programs: a PCM that does not exist is absent and named", async () => {
    const device = new AlsaAudio(systemClock, { capture: "no_such_pcm", playback: "no_such_pcm" });
    await expect(device.open()).rejects.toMatchObject({
      code: "absent",
      message: "PCM no_such_pcm (capture): audio open error: No such file or directory",
    });
  });
});
