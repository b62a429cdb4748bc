/** The simulated card, on a manual clock and on the machine's. */
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { RoutedAudio } from "../../../hal/driver/routed-audio.ts";
import { SimAudio } from "../../../hal/driver/sim/audio.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { describeAudioDevice } from "./audio-device.ts";

const clock = new ManualClock();
describeAudioDevice("SimAudio on a manual clock", {
  make: async () => new SimAudio(clock),
  pass: (ms) => clock.advanceAsync(ms),
  toleranceMs: 0,
  pace: { ms: 20_000, within: 0.001 },
  now: () => clock.now(),
});

describeAudioDevice("RoutedAudio over two cards", {
  make: async () =>
    new RoutedAudio([
      { device: new SimAudio(clock), paths: ["speaker"] },
      { device: new SimAudio(clock), paths: ["headset"] },
    ]),
  pass: (ms) => clock.advanceAsync(ms),
  toleranceMs: 0,
  pace: { ms: 20_000, within: 0.001 },
  now: () => clock.now(),
});

describeAudioDevice("SimAudio on the machine's clock", {
  make: async () => new SimAudio(systemClock),
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  toleranceMs: 100,
  pace: { ms: 3000, within: 0.02 },
});
