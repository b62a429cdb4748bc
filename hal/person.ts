import type { Jack } from "./jack.ts";
import type { Key } from "./keypad.ts";
import type { LampId, LampState } from "./lamp.ts";

/** The back of a simulated front: what a person does to it and sees of it. */
export interface PersonAtFront {
  press(key: Key): void;
  release(key: Key): void;
  liftHandset(lifted: boolean): void;
  plug(jack: Jack, plugged: boolean): void;
  readonly handsetLifted: boolean;
  plugged(jack: Jack): boolean;
  lamp(lamp: LampId): LampState;
  /** 0 to 10. */
  readonly backlight: number;
  /** The picture shown last, in the display's own format; reused on the next one. */
  readonly picture: Uint8Array | Uint16Array;
  /** Something that can be seen has changed. */
  onSeen: (() => void) | undefined;
}
