/** Paths on several cards: each says what its own transducers are, and voice processing follows. */
import { expect, test } from "vitest";
import { RoutedAudio } from "../../../hal/driver/routed-audio.ts";
import { SimAudio } from "../../../hal/driver/sim/audio.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { defaultTuning } from "../../../src/media/engine.ts";
import { VoiceProcessing } from "../../../src/media/voice-processing.ts";

test("AUD-06: of two cards the one with a loudspeaker in a room has AEC3, the other one's handset is left alone", async () => {
  const clock = new ManualClock();
  const room = { delayMs: 20, decayMs: 0, gainDb: -10 };
  const device = new RoutedAudio([
    { device: new SimAudio(clock), paths: ["handset"] },
    { device: new SimAudio(clock, { room }), paths: ["speaker", "headset"] },
  ]);
  expect(Object.keys(device.acoustics).sort()).toEqual(["headset", "speaker"]);
  const warnings: object[] = [];
  const voice = new VoiceProcessing(device, defaultTuning, (facts) => warnings.push(facts));
  await voice.prepare();
  for (const [path, echoCanceller] of [
    ["handset", "none"],
    ["speaker", "aec3"],
    ["headset", "mdf"],
    ["none", "none"],
  ] as const) {
    voice.setPath(path);
    expect(voice.figures().echoCanceller, path).toBe(echoCanceller);
  }
  expect(warnings).toEqual([]);
  voice.close();
});
