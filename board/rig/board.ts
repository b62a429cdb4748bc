/** The virtual hardware rig (test/hil): a QEMU guest whose device nodes are real and whose hardware is simulated behind them. */
import { audioByName } from "../../hal/driver/named-audio.ts";
import { systemClock } from "../../hal/driver/os/clock.ts";
import type { Board } from "../board.ts";

export const board: Board = {
  id: "rig",
  title: "The virtual hardware rig",
  support: "untested",
  model: "t46g",
  clock: () => systemClock,
  // The media worker loads this file too, and must not load what only the main thread may.
  openPanel: async (clock, model) => (await import("./panel.ts")).openRigPanel(clock, model),
  openAudio: async (clock, choice) =>
    audioByName(clock, {
      // What the phone plays comes out of subdevice 0 of the loopback's other end; what is played into its subdevice 1 is heard.
      capture: choice.capture ?? "plughw:CARD=Loopback,DEV=0,SUBDEV=1",
      playback: choice.playback ?? "plughw:CARD=Loopback,DEV=0,SUBDEV=0",
    }),
};
