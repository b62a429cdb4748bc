/** Controls of the WM8960 for each path: the handset hangs on its headphone output and left input, the loudspeaker on its amplifiers. Data. */
import type { MixerChoice } from "../../hal/driver/alsa-mixer.ts";

export const mixer: MixerChoice = {
  card: "wm8960soundcard",
  initial: [
    ["Left Output Mixer PCM", "on"],
    ["Right Output Mixer PCM", "on"],
    ["Playback", "100%"],
    ["Left Input Mixer Boost", "on"],
    ["Right Input Mixer Boost", "on"],
    ["Left Boost Mixer LINPUT1", "on"],
    ["Right Boost Mixer RINPUT1", "on"],
    ["Capture", "70%", "cap"],
  ],
  paths: {
    none: [
      ["Speaker", "0%"],
      ["Headphone", "0%"],
    ],
    handset: [
      ["Speaker", "0%"],
      ["Headphone", "85%"],
      ["Capture", "70%", "cap"],
    ],
    speaker: [
      ["Headphone", "0%"],
      ["Speaker", "90%"],
      ["Capture", "85%", "cap"],
    ],
  },
  mute: "Capture",
};
