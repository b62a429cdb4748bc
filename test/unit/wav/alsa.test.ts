/** The ALSA driver's judgement, with children that are only recorded and a clock that is moved by hand. */
import { describe, expect, test } from "vitest";
import type { AudioTrouble } from "../../../hal/audio.ts";
import { AlsaAudio } from "../../../hal/driver/alsa-audio.ts";
import { readAlsaMessage } from "../../../hal/driver/alsa-message.ts";
import type { ChildOptions, StartChild } from "../../../hal/driver/os/process.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";

describe("what arecord and aplay say", () => {
  for (const [line, message] of [
    ["Warning: rate is not accurate (requested = 16000Hz, got = 48000Hz)", { type: "rate", rateHz: 48_000 }],
    ["aplay: set_params:1352: Channels count non available", { type: "channels" }],
    ["underrun!!! (at least 3.456 ms long)", { type: "xrun", lengthMs: 3.456 }],
    ["overrun!!! (at least 120.000 ms long)", { type: "xrun", lengthMs: 120 }],
    [
      "arecord: main:831: audio open error: Device or resource busy",
      { type: "failure", code: "busy", why: "audio open error: Device or resource busy" },
    ],
    [
      "aplay: pcm_write:2127: write error: No such device",
      { type: "failure", code: "absent", why: "write error: No such device" },
    ],
    [
      "arecord: main:831: audio open error: Permission denied",
      { type: "failure", code: "refused", why: "audio open error: Permission denied" },
    ],
    [
      "aplay: set_params:1339: Sample format non available",
      { type: "failure", code: "broken", why: "Sample format non available" },
    ],
    ["ALSA lib pcm.c:2666:(snd_pcm_open_noupdate) Unknown PCM default", undefined],
    ["Recording raw data 'stdin' : Signed 16 bit Little Endian, Rate 16000 Hz, Mono", undefined],
  ] as const)
    test(line, () => {
      expect(readAlsaMessage(line)).toEqual(message);
    });
});

interface Recorded {
  readonly options: ChildOptions;
  bytes: number;
  killed: boolean;
}

function recorder(): { start: StartChild; children: Recorded[] } {
  const children: Recorded[] = [];
  return {
    children,
    start: (options) => {
      const child: Recorded = { options, bytes: 0, killed: false };
      children.push(child);
      return {
        queuedBytes: 0,
        write: (bytes) => {
          child.bytes += bytes.length;
        },
        // It read 5000 bytes for itself, then all that it was given.
        bytesRead: () => 5000 + child.bytes,
        kill: () => {
          child.killed = true;
        },
      };
    },
  };
}

function bufferOf(child: Recorded | undefined): string | undefined {
  return child?.options.args.find((arg) => arg.startsWith("--buffer-time="));
}

async function player(): Promise<{ clock: ManualClock; device: AlsaAudio; children: Recorded[] }> {
  const clock = new ManualClock();
  const { start, children } = recorder();
  const device = new AlsaAudio(clock, { capture: undefined, playback: "hw:1,0", start });
  const opening = device.open();
  clock.advance(300);
  await opening;
  device.setPath("speaker");
  return { clock, device, children };
}

describe("the player's buffer", () => {
  test("small periods and buffers are asked for, and the buffer is filled before the first frame", async () => {
    const { children } = await player();
    expect(children[0]?.options.args).toEqual(
      "-D hw:1,0 -t raw -f S16_LE -c 1 -r 16000 --period-time=10000 --buffer-time=40000".split(" "),
    );
    expect(children[0]?.bytes).toBe(40 * 32);
  });

  test("three underruns within ten seconds widen it; two minutes without one narrow it again", async () => {
    const { clock, device, children } = await player();
    clock.advance(1000);
    for (let i = 0; i < 3; i++) children[0]?.options.onErrorLine("underrun!!! (at least 2.000 ms long)");
    expect(children[0]?.killed).toBe(true);
    expect(bufferOf(children[1])).toBe("--buffer-time=60000");
    clock.advance(60_000);
    expect(children.length).toBe(2);
    expect(device.figures.underruns).toBe(3);
    clock.advance(65_000);
    expect(children.length).toBe(3);
    expect(bufferOf(children[2])).toBe("--buffer-time=40000");
    await device.close();
    expect(children[2]?.killed).toBe(true);
  });

  test("underruns far apart change nothing", async () => {
    const { clock, children } = await player();
    for (let i = 0; i < 5; i++) {
      children[0]?.options.onErrorLine("underrun!!! (at least 2.000 ms long)");
      clock.advance(11_000);
    }
    expect(children.length).toBe(1);
  });

  test("without a path the card is given back after five seconds, and taken again with the next one", async () => {
    const { clock, device, children } = await player();
    device.setPath("none");
    clock.advance(4900);
    expect(children[0]?.killed).toBe(false);
    clock.advance(200);
    expect(children[0]?.killed).toBe(true);
    clock.advance(60_000);
    expect(children.length).toBe(1);
    device.setPath("handset");
    expect(children.length).toBe(2);
  });

  test("tries come ever less often while it fails, and it is told once", async () => {
    const { clock, device, children } = await player();
    const troubles: AudioTrouble[] = [];
    device.onTrouble = (trouble) => troubles.push(trouble);
    const starts: number[] = [];
    for (let ms = 0; ms < 20_000; ms += 10) {
      const child = children.at(-1);
      if (child !== undefined && !child.killed && starts.length < children.length) {
        starts.push(clock.now());
        child.options.onErrorLine("aplay: main:831: audio open error: No such device");
        child.options.onExit({ type: "exit", why: "it ended with status 1" });
      }
      clock.advance(10);
    }
    const gaps = starts.slice(1).map((at, i) => Math.round((at - (starts[i] ?? 0)) / 50) * 50);
    expect(gaps.slice(0, 6)).toEqual([250, 500, 1000, 2000, 5000, 5000]);
    expect(troubles).toEqual([
      {
        type: "lost",
        device: "PCM hw:1,0 (playback)",
        why: "PCM hw:1,0 (playback): audio open error: No such device",
      },
    ]);
  });
});

describe("the recorder", () => {
  test("one that falls silent in use is ended, told and started again", async () => {
    const clock = new ManualClock();
    const { start, children } = recorder();
    const device = new AlsaAudio(clock, { capture: "hw:2,0", playback: undefined, start });
    const troubles: AudioTrouble[] = [];
    device.onTrouble = (trouble) => troubles.push(trouble);
    const opening = device.open();
    const period = new Uint8Array(320);
    children[0]?.options.onOutput(period);
    await opening;
    device.setPath("handset");
    for (let i = 0; i < 100; i++) {
      children[0]?.options.onOutput(period);
      clock.advance(10);
    }
    expect(troubles).toEqual([]);
    clock.advance(1000);
    expect(troubles).toEqual([
      { type: "lost", device: "PCM hw:2,0 (capture)", why: "PCM hw:2,0 (capture): no sound for 700 ms" },
    ]);
    expect([children[0]?.killed, children.length]).toEqual([true, 2]);
    children[1]?.options.onOutput(period);
    expect(troubles[1]).toEqual({ type: "back", device: "PCM hw:2,0 (capture)" });
    await device.close();
  });

  test("samples that are cut by the pipe at any byte are put together again", async () => {
    const clock = new ManualClock();
    const { start, children } = recorder();
    const device = new AlsaAudio(clock, { capture: "hw:2,0", playback: undefined, start });
    const captured: number[] = [];
    device.onFrame = (frame) => captured.push(...frame);
    const samples = Int16Array.from({ length: 1600 }, (_, i) => i * 17 - 9000);
    const bytes = new Uint8Array(samples.buffer);
    const opening = device.open();
    children[0]?.options.onOutput(new Uint8Array(0));
    await opening;
    device.setPath("handset");
    for (let at = 0, size = 1; at < bytes.length; at += size, size = ((size * 5 + 2) % 101) + 1)
      children[0]?.options.onOutput(bytes.slice(at, at + size));
    expect(captured).toEqual([...samples]);
    await device.close();
  });

  test("after a stall of the process ten frames are made up and the rest is counted as thrown away", async () => {
    const clock = new ManualClock();
    const { start, children } = recorder();
    const device = new AlsaAudio(clock, { capture: "hw:2,0", playback: undefined, start });
    let frames = 0;
    device.onFrame = () => {
      frames++;
    };
    const opening = device.open();
    children[0]?.options.onOutput(new Uint8Array(0));
    await opening;
    children[0]?.options.onOutput(new Uint8Array(320 * 40));
    expect([frames, device.figures.overruns]).toEqual([10, 30]);
    await device.close();
  });
});
