/** Changes loudness without a click: gain in dB, reached by a ramp over the next frame, and limited where it would pass full scale. */
import { Limiter } from "./limiter.ts";

/** Gain of a volume step: 0 to 15, 3 dB a step, 8 is unity. */
export function volumeGainDb(step: number): number {
  return (Math.max(0, Math.min(15, Math.round(step))) - 8) * 3;
}

export class Gain {
  readonly #limiter = new Limiter();
  #now = 1;
  #target = 1;

  /** -Infinity (and anything below -90) mutes; at most +30. Takes effect over the next frame. */
  setDb(db: number): void {
    this.#target = db < -90 ? 0 : 10 ** (Math.min(db, 30) / 20);
  }

  /** As `setDb`, at once: for use before any sound has passed. */
  jumpToDb(db: number): void {
    this.setDb(db);
    this.#now = this.#target;
  }

  /** In place. */
  process(pcm: Int16Array): void {
    if (this.#now === 1 && this.#target === 1) return;
    const step = pcm.length === 0 ? 0 : (this.#target - this.#now) / pcm.length;
    let gain = this.#now;
    for (let i = 0; i < pcm.length; i++) {
      gain += step;
      pcm[i] = this.#limiter.limit((pcm[i] ?? 0) * gain);
    }
    this.#now = this.#target;
  }
}
