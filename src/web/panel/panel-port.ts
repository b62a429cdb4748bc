/** What the panel needs of the phone around it; the composition root fills it in, tests fake it. */
import type { Model } from "../../../board/model.ts";
import type { Clock } from "../../../hal/clock.ts";
import type { LampId } from "../../../hal/lamp.ts";
import type { PersonAtFront } from "../../../hal/person.ts";
import type { Log } from "../../base/log.ts";
import type { MediaStatistics } from "../../media/protocol.ts";
import type { PhoneControl } from "../../phone/state.ts";

/** The LCD in words, as the screens model it. */
export interface ScreenSeen {
  /** "idle", "dialling", "talking"... */
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
  /** Four, "" where there is none. */
  readonly softkeys: readonly string[];
  readonly icons: readonly string[];
}

export interface PanelUi {
  screen(): ScreenSeen;
  /** What stands beside a line key or an expansion key; "" for an unused one. */
  label(key: LampId): string;
  /** The LCD's pixels as a PNG file. */
  png(): Uint8Array;
}

/** Sound of the simulated card. Samples are 16 bit mono. */
export interface PanelMedia {
  /** Queues sound into the microphone. */
  personSay(samples: Int16Array, rateHz: number): void;
  /** The last `seconds` that the active output played, or the second one beside it; rejects when the media worker does not answer. */
  personHeard(seconds: number, second?: boolean): Promise<{ readonly samples: Int16Array; readonly rateHz: number }>;
  /** Switches the frames of `onHeard` on and off. */
  personListen(on: boolean): void;
  /** Live frames of what is heard; returns the function that ends it. A frame may be kept. */
  onHeard(listener: (samples: Int16Array, rateHz: number) => void): () => void;
  statistics(): Promise<MediaStatistics>;
  /** Keeps what the flight recorder has of the call that runs or ended last; the file's path. Rejects where there is nothing. */
  keepFlight?(): Promise<string>;
}

export interface PanelPort {
  readonly model: Model;
  readonly clock: Clock;
  readonly log: Log;
  readonly ui: PanelUi;
  readonly phone: Pick<PhoneControl, "view" | "onChange" | "dial">;
  /** The panel takes its `onSeen`. */
  readonly person: PersonAtFront;
  readonly media: PanelMedia;
}
