/** Controls of a card and paths on several cards. */
import { describe, expect, test } from "vitest";
import type { AudioTrouble } from "../../../hal/audio.ts";
import { AlsaMixer, type MixerChoice } from "../../../hal/driver/alsa-mixer.ts";
import type { StartChild } from "../../../hal/driver/os/process.ts";
import { RoutedAudio } from "../../../hal/driver/routed-audio.ts";
import { SimAudio } from "../../../hal/driver/sim/audio.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { HalError } from "../../../hal/error.ts";

/** An amixer that knows the controls `known`; what was set is in `said`. */
function bench(choice: Partial<MixerChoice> = {}, known = ["Speaker", "Headphone", "Capture"]) {
  const said: string[] = [];
  const start: StartChild = ({ args, onErrorLine, onExit }) => {
    const control = args[4] ?? "";
    queueMicrotask(() => {
      if (known.includes(control)) said.push(args.slice(4).join(" "));
      else onErrorLine(`amixer: Unable to find simple control '${control}',0`);
      onExit({ type: "exit", why: known.includes(control) ? "it ended with status 0" : "it ended with status 1" });
    });
    return { queuedBytes: 0, write: () => {}, bytesRead: () => undefined, kill: () => {} };
  };
  const mixer = new AlsaMixer({
    card: "wm8960soundcard",
    paths: {
      handset: [
        ["Speaker", "0%"],
        ["Headphone", "80%"],
      ],
      speaker: [
        ["Headphone", "0%"],
        ["Speaker", "90%", "unmute"],
      ],
    },
    mute: "Capture",
    start,
    ...choice,
  });
  return { mixer, said };
}

describe("mixer", () => {
  test("AUD-21: each path has its outputs switched, the last one wanted wins", async () => {
    const { mixer, said } = bench();
    mixer.open();
    mixer.setPath("handset");
    await mixer.settled();
    expect(said).toEqual(["Speaker 0%", "Headphone 80%"]);
    mixer.setPath("speaker");
    mixer.setPath("handset");
    mixer.setPath("speaker");
    await mixer.settled();
    expect(said.slice(-2).sort()).toEqual(["Headphone 0%", "Speaker 90% unmute"]);
  });

  test("AUD-21: mute cuts the microphone off at the card, too", async () => {
    const { mixer, said } = bench();
    const audio = new RoutedAudio([{ device: new SimAudio(new ManualClock()), paths: ["speaker"], mixer }]);
    audio.setMute(true);
    await mixer.settled();
    audio.setMute(false);
    await mixer.settled();
    expect(said).toEqual(["Capture nocap", "Capture cap"]);
    await audio.close();
  });

  test("a control that the card lacks is told once, by name, and the others are set", async () => {
    const { mixer, said } = bench({}, ["Speaker"]);
    const told: HalError[] = [];
    mixer.onTrouble = (error) => told.push(error);
    for (const path of ["handset", "speaker", "handset"] as const) {
      mixer.setPath(path);
      await mixer.settled();
    }
    expect(told.map(({ code, message }) => [code, message])).toEqual([
      [
        "absent",
        `mixer of card wm8960soundcard: control "Headphone" cannot be set: Unable to find simple control 'Headphone',0`,
      ],
    ]);
    expect(said).toEqual(["Speaker 0%", "Speaker 90% unmute", "Speaker 0%"]);
  });

  test("a missing amixer is told with the package that has it", async () => {
    const mixer = new AlsaMixer({ card: "0", paths: { speaker: [["Speaker", "1%"]] }, amixer: "/nonexistent/amixer" });
    const told: string[] = [];
    mixer.onTrouble = (error) => told.push(error.message);
    mixer.setPath("speaker");
    await mixer.settled();
    expect(told[0]).toContain('the program "/nonexistent/amixer" (Debian package alsa-utils) cannot be run');
    await mixer.close();
  });
});

/** A card that is not there until `there`. */
class Unsure extends SimAudio {
  there = false;
  override async open(): Promise<void> {
    if (!this.there) throw new HalError("PCM usb", "absent", "no such device");
    await super.open();
  }
}

describe("paths on several cards", () => {
  test("AUD-21: only the card of the path gives frames, and sound comes from it", async () => {
    const clock = new ManualClock();
    const codec = new SimAudio(clock, { microphone: new Int16Array(160).fill(1) });
    const usb = new SimAudio(clock, { microphone: new Int16Array(160).fill(2) });
    const audio = new RoutedAudio([
      { device: codec, paths: ["speaker"] },
      { device: usb, paths: ["headset"] },
    ]);
    const heard: number[] = [];
    audio.onFrame = (captured, toPlay) => {
      heard.push(captured[0] ?? 0);
      toPlay.fill(7);
    };
    await audio.open();
    audio.setPath("speaker");
    await clock.advanceAsync(100);
    audio.setPath("headset");
    await clock.advanceAsync(100);
    expect([heard.length, new Set(heard.slice(0, 10)), new Set(heard.slice(10))]).toEqual([
      20,
      new Set([1]),
      new Set([2]),
    ]);
    expect([...usb.heard(0.1)].filter((sample) => sample === 7).length).toBe(1600);
    expect([...codec.heard(0.05)].every((sample) => sample === 0)).toBe(true);
    expect(audio.figures.frames).toBe(20);
    await audio.close();
  });

  test("AUD-13: an optional headset that is not there is no trouble until somebody wants it, and is used once it is", async () => {
    const clock = new ManualClock();
    const usb = new Unsure(clock);
    const audio = new RoutedAudio([
      { device: new SimAudio(clock), paths: ["speaker"] },
      { device: usb, paths: ["headset"], optional: true },
    ]);
    const told: AudioTrouble[] = [];
    audio.onTrouble = (trouble) => told.push(trouble);
    await audio.open();
    expect(told).toEqual([]);
    audio.setPath("headset");
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual([{ type: "lost", device: "PCM usb", why: "PCM usb: no such device" }]);
    usb.there = true;
    audio.setPath("speaker");
    audio.setPath("headset");
    await clock.advanceAsync(100);
    expect(told[1]).toEqual({ type: "back", device: "PCM usb" });
    expect(audio.figures.frames).toBeGreaterThan(5);
    await audio.close();
  });

  test("when no card opens the first one's reason is given", async () => {
    const audio = new RoutedAudio([{ device: new Unsure(new ManualClock()), paths: ["speaker"], optional: true }]);
    await expect(audio.open()).rejects.toMatchObject({ device: "PCM usb", code: "absent" });
  });
});
