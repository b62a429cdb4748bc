/** A PC with its own sound card: the simulated front, ALSA's default PCM. */
import { systemClock } from "../../hal/driver/os/clock.ts";
import { SimFront } from "../../hal/driver/sim/front.ts";
import { HalError } from "../../hal/error.ts";
import type { Board } from "../board.ts";

export const board: Board = {
  id: "desktop",
  title: "A PC with its own sound card",
  support: "community",
  model: "t46g",
  clock: () => systemClock,
  openPanel: async (_clock, model) => new SimFront(model.lcd),
  openAudio: async () => {
    throw new HalError("PCM default", "absent", "no driver yet");
  },
};
