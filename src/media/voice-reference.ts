/** What the loudspeaker gave off when a microphone's frame was heard, found by the sound card's own figures of delay; not by listening. */
import type { AudioFigures } from "../../hal/audio.ts";
import { DelayLine } from "../dsp/delay-line.ts";

const samplesPerMs = 16;
const frameMs = 10;
/** The reference comes earlier than the echo by this, ms: figures of delay are estimates, and an echo that came first could not be found. */
const aheadMs = 16;
/** The card's figures may wander by this before they are followed, ms: each step makes the echo canceller learn anew. */
const slackMs = 12;
/** For this many frames without a break. */
const patienceFrames = 100;
/** Sound cards later than this are not followed further, ms. */
const mostMs = 480;

export class VoiceReference {
  readonly #line = new DelayLine((mostMs + 2 * frameMs) * samplesPerMs);
  #delayMs = frameMs;
  #wrongFrames = patienceFrames;

  /** What is given to the card in this frame, after the microphone's frame was read. */
  write(played: Int16Array): void {
    this.#line.write(played);
  }

  /** Fills `out`, 10 ms, for the frame that is captured now; true where the card's delay has changed and nothing learnt holds any more. */
  read(figures: AudioFigures, out: Int16Array): boolean {
    const moved = this.#follow(figures.playDelayMs + figures.captureDelayMs);
    this.#line.read(Math.round(this.#delayMs * samplesPerMs), out);
    return moved;
  }

  /** Another path: the delay is looked at afresh. */
  clear(): void {
    this.#line.clear();
    this.#wrongFrames = patienceFrames;
  }

  #follow(cardMs: number): boolean {
    const wantedMs = Math.min(mostMs, Math.max(frameMs, cardMs - aheadMs));
    if (Math.abs(wantedMs - this.#delayMs) <= slackMs && this.#wrongFrames < patienceFrames) {
      this.#wrongFrames = 0;
      return false;
    }
    if (++this.#wrongFrames < patienceFrames) return false;
    this.#wrongFrames = 0;
    const moved = Math.abs(wantedMs - this.#delayMs) > slackMs;
    this.#delayMs = wantedMs;
    return moved;
  }
}
