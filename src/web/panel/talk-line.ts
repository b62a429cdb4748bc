/**
 * Puts a person's live speech into the simulated microphone without letting its queue grow: a browser's clock is not
 * the card's, and a page that was stalled sends all its speech at once.
 */
import type { Clock } from "../../../hal/clock.ts";
import type { PanelMedia } from "./panel-port.ts";

/** Silence ahead of speech, so that frames which come late are still in time. */
const cushionMs = 40;
/** More than this in the queue is delay that nobody gets rid of: drop. */
const mostQueuedMs = 160;

export class TalkLine {
  readonly #media: PanelMedia;
  readonly #clock: Clock;
  /** When the microphone's queue will run dry, as far as we have filled it; `Clock.now()` ms. */
  #dryAtMs = 0;

  constructor(media: PanelMedia, clock: Clock) {
    this.#media = media;
    this.#clock = clock;
  }

  /** Frames of at most half a second; dropped whole when too much is queued. */
  say(samples: Int16Array, rateHz: number): void {
    const now = this.#clock.now();
    const lengthMs = (samples.length * 1000) / rateHz;
    if (this.#dryAtMs < now) {
      this.#media.personSay(new Int16Array(Math.round((rateHz * cushionMs) / 1000)), rateHz);
      this.#dryAtMs = now + cushionMs;
    } else if (this.#dryAtMs - now > mostQueuedMs) return;
    this.#media.personSay(samples, rateHz);
    this.#dryAtMs += lengthMs;
  }
}
