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
});

describeAudioDevice("RoutedAudio over two cards", {
  make: async () =>
    new RoutedAudio([
      { device: new SimAudio(clock), paths: ["speaker"] },
      { device: new SimAudio(clock), paths: ["headset"] },
    ]),
  pass: (ms) => clock.advanceAsync(ms),
  toleranceMs: 0,
});

describeAudioDevice("SimAudio on the machine's clock", {
  make: async () => new SimAudio(systemClock),
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  toleranceMs: 100,
});
