/** Measures the level of sound in dBov (RFC 6464 §3: 0 dBov is the power of a full-scale square wave); not active speech level (P.56). */

/** What silence reads. */
export const SILENCE_DBOV = -127;

/** Mean level of a frame, dBov, -127 to 0. */
export function levelDbov(pcm: Int16Array, samples = pcm.length): number {
  let energy = 0;
  for (let i = 0; i < samples; i++) energy += (pcm[i] ?? 0) * (pcm[i] ?? 0);
  return toDbov(samples === 0 ? 0 : energy / samples);
}

function toDbov(meanSquare: number): number {
  return meanSquare <= 0
    ? SILENCE_DBOV
    : Math.max(SILENCE_DBOV, Math.min(0, 10 * Math.log10(meanSquare / 32_768 ** 2)));
}

/** The mean level of the last second, in steps of 100 ms. */
export class LevelMeter {
  readonly #perStep: number;
  readonly #steps = new Float64Array(10);
  #step = 0;
  #filled = 0;
  #energy = 0;
  #count = 0;

  constructor(rateHz: number) {
    this.#perStep = Math.round(rateHz / 10);
  }

  process(pcm: Int16Array): void {
    for (let i = 0; i < pcm.length; i++) {
      this.#energy += (pcm[i] ?? 0) * (pcm[i] ?? 0);
      if (++this.#count === this.#perStep) {
        this.#steps[this.#step] = this.#energy / this.#perStep;
        this.#step = (this.#step + 1) % this.#steps.length;
        this.#filled = Math.min(this.#filled + 1, this.#steps.length);
        this.#energy = 0;
        this.#count = 0;
      }
    }
  }

  /** dBov, -127 to 0; -127 before the first 100 ms. */
  get levelDbov(): number {
    let sum = 0;
    for (let i = 0; i < this.#filled; i++) sum += this.#steps[i] ?? 0;
    return toDbov(this.#filled === 0 ? 0 : sum / this.#filled);
  }
}
