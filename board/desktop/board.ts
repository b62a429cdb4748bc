/** A PC with its own sound card: the simulated front, ALSA's default PCM. */
import { audioByName } from "../../hal/driver/named-audio.ts";
import { systemClock } from "../../hal/driver/os/clock.ts";
import type { Board } from "../board.ts";

export const board: Board = {
  id: "desktop",
  title: "A PC with its own sound card",
  support: "community",
  model: "t46g",
  clock: () => systemClock,
  openPanel: async (_clock, model) => {
    const { SimFront } = await import("../../hal/driver/sim/front.ts");
    return new SimFront(model.lcd);
  },
  openAudio: async (clock, choice) =>
    audioByName(clock, {
      capture: choice.capture ?? "default",
      playback: choice.playback ?? "default",
      // A PC has no handset: on that path there may be anything, a cable to another program included, and not a sample is
      // changed. Side tone would howl where the card's ear is a loudspeaker.
      acoustics: {
        headset: { echo: "ear", noise: true },
        speaker: { echo: "room", noise: true },
      },
    }),
};
