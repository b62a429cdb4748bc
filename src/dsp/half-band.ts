/**
 * Doubles or halves the sampling rate with a half-band filter: every other of its taps is zero, the others are pairs of
 * equals, so it costs a quarter of a general filter of the same response. Any other ratio is resampler.ts.
 */
import { saturate16 } from "./saturate.ts";

export class HalfBand {
  /** Group delay, in samples of the higher rate. */
  readonly delaySamples: number;
  readonly #doubles: boolean;
  /** The middle tap, and those at 1, 3, 5 … from it, of a filter whose sum is 1. */
  readonly #middle: number;
  readonly #side: Float64Array;
  readonly #window: Float64Array;
  /** Samples of the window that belong to earlier calls. */
  readonly #kept: number;
  /** Halving: 1 when the first sample of the next call has no output of its own. */
  #odd = 0;

  /**
   * @param taps the right half of a symmetric low-pass at a quarter of the higher rate, the middle first. Its zeros are
   * not looked at; the last one that counts has an odd distance.
   * @param maxInput the largest number of samples given at a time
   */
  constructor(doubles: boolean, taps: readonly number[], maxInput: number) {
    const pairs = taps.length >> 1;
    const side = Float64Array.from({ length: pairs }, (_, j) => taps[2 * j + 1] ?? 0);
    const sum = (taps[0] ?? 0) + 2 * side.reduce((total, tap) => total + tap, 0);
    // Doubling: the samples between the given ones are the pairs alone, and must have unity gain by themselves.
    const scale = doubles ? 1 / (sum - (taps[0] ?? 0)) : 1 / sum;
    this.#doubles = doubles;
    this.#middle = (taps[0] ?? 0) * scale;
    this.#side = side.map((tap) => tap * scale);
    this.delaySamples = 2 * pairs - 1;
    this.#kept = doubles ? 2 * pairs - 1 : 4 * pairs - 2;
    this.#window = new Float64Array(this.#kept + maxInput);
  }

  /** Converts the first `samples` of `input`. Returns the samples written: twice as many, or half as many, in the mean. */
  process(input: Int16Array, output: Int16Array, samples: number): number {
    const window = this.#window;
    const kept = this.#kept;
    for (let i = 0; i < samples; i++) window[kept + i] = input[i] ?? 0;
    const count = this.#doubles ? this.#double(output, samples) : this.#halve(output, samples);
    window.copyWithin(0, samples, samples + kept);
    return count;
  }

  #double(output: Int16Array, samples: number): number {
    const window = this.#window;
    const side = this.#side;
    const pairs = side.length;
    for (let i = 0; i < samples; i++) {
      const left = i + pairs - 1;
      let sum = 0;
      for (let j = 0; j < pairs; j++) sum += ((window[left - j] ?? 0) + (window[left + 1 + j] ?? 0)) * (side[j] ?? 0);
      output[2 * i] = saturate16(Math.round(sum));
      output[2 * i + 1] = window[left + 1] ?? 0;
    }
    return 2 * samples;
  }

  #halve(output: Int16Array, samples: number): number {
    const window = this.#window;
    const side = this.#side;
    const pairs = side.length;
    let count = 0;
    let i = this.#odd;
    for (; i < samples; i += 2) {
      const middle = i + 2 * pairs - 1;
      let sum = (window[middle] ?? 0) * this.#middle;
      for (let j = 0; j < pairs; j++) {
        const away = 2 * j + 1;
        sum += ((window[middle - away] ?? 0) + (window[middle + away] ?? 0)) * (side[j] ?? 0);
      }
      output[count++] = saturate16(Math.round(sum));
    }
    this.#odd = i - samples;
    return count;
  }

  reset(): void {
    this.#window.fill(0);
    this.#odd = 0;
  }
}
