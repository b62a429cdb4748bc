/** What a driver of the front offers: one device with one or more roles, that may be absent, fail and come back. */
import type { Backlight } from "../backlight.ts";
import type { Display } from "../display.ts";
import type { HalError } from "../error.ts";
import type { Hook } from "../hook.ts";
import type { Jacks } from "../jack.ts";
import type { Keypad } from "../keypad.ts";
import type { Lamps } from "../lamp.ts";

/**
 * Contract: the roles exist from construction on and do nothing before `open()` has resolved. `open()` may be called
 * again after it has rejected and after `onLost`. Who is lost has released its keys and given back what it held.
 */
export interface FrontPart {
  /** What people call it: "/dev/fb0", "USB handset 1209:7a01". */
  readonly name: string;
  /** Nothing is wrong with a phone that lacks it, such as a headset. */
  readonly optional?: boolean;
  readonly keypad?: Keypad;
  readonly hook?: Hook;
  readonly jacks?: Jacks;
  readonly lamps?: Lamps;
  readonly backlight?: Backlight;
  readonly display?: Display;
  /** Rejects with HalError, whose message names the part. */
  open(): Promise<void>;
  /** It was open and is gone. */
  onLost: ((error: HalError) => void) | undefined;
  /** It works, but something on it does not: "key 5 is stuck". Undefined `why`: that is over. */
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  /** Idempotent. */
  close(): Promise<void>;
}
