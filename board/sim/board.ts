/** Any PC, no hardware: a front on the panel's page and a sound card of memory and WAV files. */
import { systemClock } from "../../hal/driver/os/clock.ts";
import { SimFront } from "../../hal/driver/sim/front.ts";
import type { Board } from "../board.ts";
import { openSimAudio } from "./audio.ts";

export const board: Board = {
  id: "sim",
  title: "Any PC, no hardware",
  support: "tested",
  model: "t46g",
  clock: () => systemClock,
  openPanel: async (_clock, model) => new SimFront(model.lcd),
  openAudio: openSimAudio,
};
