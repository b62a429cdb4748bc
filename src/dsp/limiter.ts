/** A soft limiter: what would pass -2.5 dB of full scale is turned down as a whole, at once, and comes back slowly, so that peaks keep their form. */

/** The highest that comes out. */
const CEILING = 24_576;
/** Share of the way back to unity for each sample: a third is left after 80 ms at 16 kHz. */
const RELEASE = 1 / 1280;

export class Limiter {
  #gain = 1;

  /** One sample of any size to 16 bits; the identity below the ceiling unless something passed it shortly before. */
  limit(value: number): number {
    const size = Math.abs(value);
    if (size * this.#gain > CEILING) this.#gain = CEILING / size;
    else if (this.#gain < 1) this.#gain = Math.min(1, this.#gain + (1.0001 - this.#gain) * RELEASE);
    return Math.round(value * this.#gain);
  }
}
