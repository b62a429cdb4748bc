/** A Raspberry Pi as conference phone like the CP860: a USB speakerphone, a few keys on GPIO, an OLED or TFT. */
import { audioByName } from "../../hal/driver/named-audio.ts";
import { systemClock } from "../../hal/driver/os/clock.ts";
import type { Board } from "../board.ts";

export const board: Board = {
  id: "rpi-conference",
  title: "Raspberry Pi with a USB speakerphone",
  support: "untested",
  model: "cp860",
  clock: () => systemClock,
  openPanel: async (clock, model) => (await import("./panel.ts")).openConferencePanel(clock, model),
  openAudio: async (clock, choice) =>
    audioByName(clock, {
      capture: choice.capture ?? "offhook_usb",
      playback: choice.playback ?? "offhook_usb",
      // Feature rows CP8-01 and CP8-06: there is no handset and no headset.
      paths: ["speaker"],
      // Speakerphones cancel echoes themselves, some badly: what they leave is taken out here.
      acoustics: { speaker: { echo: "room", noise: true } },
    }),
};
