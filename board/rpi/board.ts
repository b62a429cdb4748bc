/** A Raspberry Pi (3, 4, 5, Zero 2 W) as desk phone: USB handset or wired handset, keypad, small LCD, WM8960-like codec. */

import { AlsaMixer } from "../../hal/driver/alsa-mixer.ts";
import { audioByName } from "../../hal/driver/named-audio.ts";
import { systemClock } from "../../hal/driver/os/clock.ts";
import { RoutedAudio } from "../../hal/driver/routed-audio.ts";
import type { Board } from "../board.ts";
import { mixer } from "./mixer.ts";

export const board: Board = {
  id: "rpi",
  title: "Raspberry Pi with handset, keypad and LCD",
  support: "untested",
  model: "t21p_e2",
  clock: () => systemClock,
  openPanel: async (clock, model) => (await import("./panel.ts")).openRpiPanel(clock, model),
  openAudio: async (clock, choice) =>
    new RoutedAudio([
      {
        // The names are defined in asound.conf beside this file.
        device: audioByName(clock, {
          capture: choice.capture ?? "offhook_capture",
          playback: choice.playback ?? "offhook_playback",
          acoustics: {
            handset: { echo: "ear", noise: true, sideToneDb: -15 },
            speaker: { echo: "room", noise: true },
          },
        }),
        paths: ["handset", "speaker"],
        mixer: new AlsaMixer(mixer),
      },
      {
        device: audioByName(clock, {
          capture: "offhook_usb",
          playback: "offhook_usb",
          // USB headsets make side tone themselves.
          acoustics: { headset: { echo: "ear", noise: true } },
        }),
        paths: ["headset"],
        optional: true,
      },
    ]),
};
