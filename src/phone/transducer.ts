/**
 * The speaker and headset keys (feature rows CAL-19, AUD-21), as a table:
 *
 * | state                              | action                                    |
 * |------------------------------------|-------------------------------------------|
 * | idle, a call rings                 | answer on it                              |
 * | idle, digits collected on hook     | send, on it                               |
 * | idle                               | open it with dial tone                    |
 * | a held call that nobody listens to | listen to it again, held                  |
 * | engaged on another transducer      | move to it; the call goes on              |
 * | engaged on it, handset lifted      | back to the handset                       |
 * | engaged on it                      | put down: the call ends, dialling closes  |
 */
import type { AudioPath } from "../../hal/audio.ts";
import type { Transducer } from "./audio.ts";

export type TransducerAction = "answer" | "send" | "open" | "move" | "back to handset" | "put-down";

export function transducerAction(state: {
  readonly pressed: Transducer;
  readonly output: AudioPath;
  readonly engaged: boolean;
  readonly lifted: boolean;
  readonly parked: boolean;
  readonly ringing: boolean;
  readonly collected: boolean;
}): TransducerAction {
  if (!state.engaged && state.ringing) return "answer";
  if (!state.engaged && state.collected) return "send";
  if (!state.engaged) return state.parked ? "move" : "open";
  if (state.output !== state.pressed) return "move";
  return state.lifted ? "back to handset" : "put-down";
}
