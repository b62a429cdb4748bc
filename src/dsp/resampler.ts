/** Converts the sampling rate by a fixed ratio with a polyphase filter; not for clock drift, whose ratio moves. */
import { HalfBand } from "./half-band.ts";
import { saturate16 } from "./saturate.ts";

/** Stop band of the filter, dB. */
const STOP_DB = 70;
/** The pass band ends, and the stop band begins, this share of the lower Nyquist frequency below and above it. */
const TRANSITION = 0.15;

function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser's window at `x` of half its width. */
function kaiser(beta: number, x: number): number {
  return bessel0(beta * Math.sqrt(Math.max(0, 1 - x ** 2))) / bessel0(beta);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export class Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  /** Group delay, ms. */
  readonly delayMs: number;
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  /** One row of taps for each phase, in the order of the samples they meet. */
  readonly #filter: Float64Array;
  readonly #window: Float64Array;
  /** Twice and half the rate, which every narrowband call needs, have a shorter way. */
  readonly #halfBand: HalfBand | undefined;
  #phase = 0;

  /**
   * Rates in Hz; any pair whose ratio in lowest terms is below 1000 on both sides (8000, 16000, 32000, 44100, 48000 among each
   * other). `maxInput` is the largest number of samples given at a time. Throws RangeError otherwise.
   */
  constructor(fromHz: number, toHz: number, maxInput: number) {
    const common = greatestCommonDivisor(fromHz, toHz);
    const up = toHz / common;
    const down = fromHz / common;
    if (!(up >= 1 && up < 1000 && down >= 1 && down < 1000 && Number.isInteger(up) && Number.isInteger(down))) {
      throw new RangeError(`cannot convert ${fromHz} Hz to ${toHz} Hz`);
    }
    this.fromHz = fromHz;
    this.toHz = toHz;
    this.#up = up;
    this.#down = down;
    // Kaiser's estimate of the length, at the common rate of fromHz * up.
    const nyquistHz = Math.min(fromHz, toHz) / 2;
    const order = (STOP_DB - 7.95) / (14.36 * ((2 * TRANSITION * nyquistHz) / (fromHz * up)));
    const beta = 0.1102 * (STOP_DB - 8.7);
    if (up * down === 2) {
      // Up to the last tap that is not zero.
      const half = 2 * Math.ceil(order / 4);
      const taps = Array.from({ length: half }, (_, n) => (sinc(n / 2) / 2) * kaiser(beta, n / half));
      this.#halfBand = new HalfBand(up === 2, taps, maxInput);
      this.#taps = 0;
      this.#filter = new Float64Array(0);
      this.#window = new Float64Array(0);
      this.delayMs = (1000 * this.#halfBand.delaySamples) / Math.max(fromHz, toHz);
      return;
    }
    this.#taps = Math.ceil(order / up) + 1;
    const length = this.#taps * up;
    const middle = (length - 1) / 2;
    this.delayMs = up === down ? 0 : (1000 * middle) / (fromHz * up);
    this.#filter = new Float64Array(length);
    for (let phase = 0; phase < up; phase++) {
      let sum = 0;
      for (let k = 0; k < this.#taps; k++) {
        const n = k * up + phase;
        const x = (n - middle) * ((2 * nyquistHz) / (fromHz * up));
        const tap = sinc(x) * kaiser(beta, (n - middle) / (middle + 1));
        // The newest sample comes last in the window.
        this.#filter[phase * this.#taps + this.#taps - 1 - k] = tap;
        sum += tap;
      }
      // Each phase has unity gain at 0 Hz, or a constant would come out with a ripple.
      for (let k = 0; k < this.#taps; k++) {
        const at = phase * this.#taps + k;
        this.#filter[at] = (this.#filter[at] ?? 0) / sum;
      }
    }
    this.#window = new Float64Array(this.#taps - 1 + maxInput);
  }

  /** How many samples come out of `samples` at the most. */
  maxOutput(samples: number): number {
    return Math.ceil((samples * this.#up) / this.#down) + 1;
  }

  /** Converts the first `samples` (all unless told) of `input`; `output` must have room for maxOutput. Returns the samples written. */
  process(input: Int16Array, output: Int16Array, samples = input.length): number {
    if (this.#halfBand !== undefined) return this.#halfBand.process(input, output, samples);
    if (this.#up === this.#down) {
      for (let i = 0; i < samples; i++) output[i] = input[i] ?? 0;
      return samples;
    }
    const window = this.#window;
    const taps = this.#taps;
    const kept = taps - 1;
    for (let i = 0; i < samples; i++) window[kept + i] = input[i] ?? 0;
    let count = 0;
    let at = Math.floor(this.#phase / this.#up);
    let phase = this.#phase - at * this.#up;
    while (at < samples) {
      const row = phase * taps;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (window[at + k] ?? 0) * (this.#filter[row + k] ?? 0);
      output[count++] = saturate16(Math.round(sum));
      phase += this.#down;
      while (phase >= this.#up) {
        phase -= this.#up;
        at++;
      }
    }
    // A step that ended beyond the input is owed by the next call.
    this.#phase = phase + (at - samples) * this.#up;
    window.copyWithin(0, samples, samples + kept);
    return count;
  }

  reset(): void {
    this.#halfBand?.reset();
    this.#window.fill(0);
    this.#phase = 0;
  }
}
