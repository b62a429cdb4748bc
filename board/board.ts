import type { AudioDevice, RoomChoice } from "../hal/audio.ts";
import type { Backlight } from "../hal/backlight.ts";
import type { Clock } from "../hal/clock.ts";
import type { Display } from "../hal/display.ts";
import type { Hook } from "../hal/hook.ts";
import type { Jacks } from "../hal/jack.ts";
import type { Keypad } from "../hal/keypad.ts";
import type { Lamps } from "../hal/lamp.ts";
import type { PersonAtFront } from "../hal/person.ts";
import type { PartTrouble } from "../hal/trouble.ts";
import type { Model } from "./model.ts";

/** What a person touches and sees. A part that a board lacks is absent, and the phone does without. */
export interface Panel {
  readonly keypad: Keypad;
  readonly display: Display;
  readonly lamps: Lamps;
  readonly hook?: Hook;
  readonly jacks?: Jacks;
  readonly backlight?: Backlight;
  /** A part failed or came back; the front goes on trying by itself. What is wrong already is told when this is set. */
  onTrouble?: ((trouble: PartTrouble) => void) | undefined;
  /** Only on simulated fronts. */
  readonly person?: PersonAtFront;
  close(): Promise<void>;
}

/** What the command line may say about audio. Paths are of WAV files, PCM names are ALSA's. */
export interface AudioChoice {
  readonly mic?: string;
  readonly micOnce?: boolean;
  readonly speaker?: string;
  readonly capture?: string;
  readonly playback?: string;
  /** Board sim: the microphone hears what is played, as in a room; nothing without it. */
  readonly room?: RoomChoice;
}

/** Opened lazily and apart, because each thread opens only its own part. */
export interface Board {
  /** The name of the folder. */
  readonly id: string;
  readonly title: string;
  readonly support: "tested" | "community" | "untested";
  /** The profile it wears unless the command line says another. */
  readonly model: string;
  clock(): Clock;
  /** Main thread. */
  openPanel(clock: Clock, model: Model): Promise<Panel>;
  /** Media worker. The device is not opened yet. */
  openAudio(clock: Clock, choice: AudioChoice): Promise<AudioDevice>;
}
