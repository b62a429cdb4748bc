/** Sampling-rate conversion for cards and files that do not run at the phone's rate: a windowed-sinc polyphase filter. Streaming; no drift correction. */

/** Half length of the filter in periods of the lower rate: 16 gives 70 dB of stop band from 0.9 to 1.1 of the band edge. */
const lobes = 16;

/** Turns a stream at one rate into one at another. Mono, 16 bit. Delay is `lobes` periods of the lower rate. */
export class RateConverter {
  readonly inputHz: number;
  readonly outputHz: number;
  /** Output samples per input step: rates divided by their common divisor. */
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  readonly #filter: Float32Array;
  readonly #history: Float32Array;
  /** Where the next input sample goes, and again one length later, so that a window is always in one piece. */
  #at = 0;
  /** Position of the next output between input samples, in 1/up. */
  #phase = 0;

  /** @param inputHz, outputHz whole numbers, 1000 to 384000 */
  constructor(inputHz: number, outputHz: number) {
    const divisor = greatestCommonDivisor(inputHz, outputHz);
    this.inputHz = inputHz;
    this.outputHz = outputHz;
    this.#up = outputHz / divisor;
    this.#down = inputHz / divisor;
    const cutoff = Math.min(1, outputHz / inputHz);
    this.#taps = Math.ceil((2 * lobes) / cutoff);
    this.#filter = filterOf(this.#up, this.#taps, cutoff * 0.95);
    this.#history = new Float32Array(2 * this.#taps);
  }

  /** The most that `convert` may give for `samples` of input. */
  roomFor(samples: number): number {
    return Math.ceil((samples * this.#up) / this.#down) + 1;
  }

  /** Reads `count` samples of `input`, writes to `output` from `outputAt` on; returns how many were written. */
  convert(input: Int16Array, count: number, output: Int16Array, outputAt = 0): number {
    const taps = this.#taps;
    const history = this.#history;
    let written = 0;
    for (let i = 0; i < count; i++) {
      const sample = input[i] ?? 0;
      history[this.#at] = sample;
      history[this.#at + taps] = sample;
      this.#at = this.#at + 1 === taps ? 0 : this.#at + 1;
      for (; this.#phase < this.#up; this.#phase += this.#down) {
        let sum = 0;
        const row = this.#phase * taps;
        for (let t = 0; t < taps; t++) sum += (history[this.#at + t] ?? 0) * (this.#filter[row + t] ?? 0);
        const at = outputAt + written++;
        if (at < output.length) output[at] = sum > 32767 ? 32767 : sum < -32768 ? -32768 : Math.round(sum);
      }
      this.#phase -= this.#up;
    }
    return written;
  }
}

/** A whole sound at another rate, its delay taken off. */
export function convertRate(samples: Int16Array, inputHz: number, outputHz: number): Int16Array {
  if (inputHz === outputHz) return samples;
  const converter = new RateConverter(inputHz, outputHz);
  const delaySamples = Math.round((lobes * outputHz) / Math.min(inputHz, outputHz));
  const wanted = Math.round((samples.length * outputHz) / inputHz);
  const flush = new Int16Array(Math.ceil((lobes * 2 * inputHz) / Math.min(inputHz, outputHz)) + 8);
  const all = new Int16Array(converter.roomFor(samples.length) + converter.roomFor(flush.length));
  const written = converter.convert(samples, samples.length, all);
  converter.convert(flush, flush.length, all, written);
  return all.slice(delaySamples, delaySamples + wanted);
}

/** Rows of taps, one per output phase, each with unity gain at 0 Hz. */
function filterOf(phases: number, taps: number, cutoff: number): Float32Array {
  const filter = new Float32Array(phases * taps);
  const centre = taps / 2;
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let t = 0; t < taps; t++) {
      // Tap 0 meets the oldest sample; the output lies `phase` behind the newest less the delay.
      const x = t - (taps - 1) + centre - phase / phases;
      const window = kaiser((2 * x) / taps);
      const value = sinc(x * cutoff) * cutoff * window;
      filter[phase * taps + t] = value;
      sum += value;
    }
    for (let t = 0; t < taps; t++) filter[phase * taps + t] = (filter[phase * taps + t] ?? 0) / sum;
  }
  return filter;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window with beta 7: side lobes 70 dB down. `x` from -1 to 1. */
function kaiser(x: number): number {
  return x <= -1 || x >= 1 ? 0 : bessel(7 * Math.sqrt(1 - x * x)) / bessel(7);
}

function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 30; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
