/** The packages `speaker` and `mic` contained in children: the contract of a sound card with them, and what they do wrong. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AudioTrouble } from "../../../hal/audio.ts";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { SpeakerMicAudio } from "../../../hal/driver/speaker-mic.ts";
import { amplitudeAt, sine } from "../../unit/media/sound.ts";
import { describeAudioDevice } from "./audio-device.ts";

const root = new URL("../../..", import.meta.url).pathname;
let bundle: string;
let folder: string;
let script: string;
let played: string;
const before = { path: process.env["PATH"], config: process.env["ALSA_CONFIG_PATH"] };

/** A PCM "default" that plays into a file, and an arecord that is the fake card's. */
beforeAll(async () => {
  bundle = mkdtempSync(join(root, "node_modules", ".speaker-mic-"));
  script = join(bundle, "child.mjs");
  await build({
    entryPoints: [join(root, "hal/driver/speaker-mic-child.ts")],
    ...{ outfile: script, bundle: true, format: "esm", platform: "node", target: "node20", packages: "external" },
    logLevel: "error",
  });
  folder = mkdtempSync(join(tmpdir(), "offhook-speaker-"));
  played = join(folder, "played.raw");
  const config = join(folder, "asound.conf");
  const wall = `{ type plug slave { pcm { type file slave.pcm { type null } file "${played}" format "raw" } format S16_LE rate 16000 channels 1 } }`;
  writeFileSync(config, `pcm.!default ${wall}\npcm.wall ${wall}\n`);
  process.env["ALSA_CONFIG_PATH"] = config;
  const programs = join(folder, "bin");
  mkdirSync(programs);
  const card = join(root, "test/data/audio/arecord.mjs");
  writeFileSync(join(programs, "arecord"), `#!/bin/sh\nexec ${process.execPath} ${card} "$@"\n`);
  chmodSync(join(programs, "arecord"), 0o755);
  symlinkSync(process.execPath, join(programs, "node"));
  process.env["PATH"] = `${programs}:${before.path}`;
});
afterAll(() => {
  process.env["PATH"] = before.path;
  if (before.config === undefined) delete process.env["ALSA_CONFIG_PATH"];
  else process.env["ALSA_CONFIG_PATH"] = before.config;
  rmSync(folder, { recursive: true, force: true });
  rmSync(bundle, { recursive: true, force: true });
});

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function device(capture: string | undefined, playback: string | undefined): SpeakerMicAudio {
  return new SpeakerMicAudio(systemClock, { capture, playback, script });
}

describeAudioDevice("SpeakerMicAudio", {
  make: async () => device("fake", "wall"),
  pass: wait,
  toleranceMs: 250,
  pace: { ms: 3000, within: 0.03 },
});

describe("speaker and mic", () => {
  test("AUD-21: what the microphone hears arrives without the header of a file, and what is played reaches the card", async () => {
    rmSync(played, { force: true });
    const audio = device("fake", "wall");
    const captured: number[] = [];
    const tone = sine(1000, 1);
    let at = 0;
    audio.onFrame = (frame, toPlay) => {
      captured.push(...frame);
      for (let i = 0; i < toPlay.length; i++) toPlay[i] = tone[at++ % tone.length] ?? 0;
    };
    await audio.open();
    audio.setPath("speaker");
    await wait(2500);
    await audio.close();
    expect(amplitudeAt(Int16Array.from(captured.slice(-8000)), 700)).toBeCloseTo(0.25, 1);
    const bytes = readFileSync(played);
    const sound = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
    expect(amplitudeAt(sound.slice(-8000), 1000)).toBeCloseTo(0.25, 1);
  });

  test("a microphone that is not there is told with its name, where the package itself says nothing", async () => {
    const audio = device("nothing", "wall");
    const troubles: AudioTrouble[] = [];
    audio.onTrouble = (trouble) => troubles.push(trouble);
    await audio.open();
    await audio.close();
    expect(troubles[0]).toMatchObject({ type: "lost", device: "PCM nothing (capture)" });
  });

  test("a machine without a default PCM, on which the package aborts its process, is a message and not the end", async () => {
    const config = process.env["ALSA_CONFIG_PATH"];
    const empty = join(folder, "empty.conf");
    writeFileSync(empty, "");
    process.env["ALSA_CONFIG_PATH"] = empty;
    try {
      await expect(device(undefined, "default").open()).rejects.toMatchObject({
        device: "PCM default (playback)",
        code: "absent",
      });
    } finally {
      process.env["ALSA_CONFIG_PATH"] = config;
    }
  });
});
