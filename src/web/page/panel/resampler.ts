/** From one sampling rate to another, any ratio, by windowed sinc; the ratio may be trimmed while it runs. */

const phases = 128;
const zeroCrossings = 10;

export class Resampler {
  readonly #stepNominal: number;
  readonly #half: number;
  readonly #table: Float32Array;
  #history: Float32Array;
  /** Place of the next output sample in the history, in input samples. */
  #at: number;
  #step: number;

  constructor(fromHz: number, toHz: number) {
    this.#stepNominal = fromHz / toHz;
    this.#step = this.#stepNominal;
    // Downwards, the filter is as much longer as its band is narrower.
    const stretch = Math.max(1, this.#stepNominal);
    this.#half = Math.ceil(zeroCrossings * stretch);
    this.#table = kernels(this.#half, 0.94 / stretch);
    this.#history = new Float32Array(this.#half * 2);
    this.#at = this.#half;
  }

  /** @param share 0.005 makes input be used up 0.5 % faster; at most one percent. */
  trim(share: number): void {
    this.#step = this.#stepNominal * (1 + Math.max(-0.01, Math.min(0.01, share)));
  }

  /** All output that `input` makes possible; the rest stays for the next call. */
  process(input: Float32Array): Float32Array {
    const samples = new Float32Array(this.#history.length + input.length);
    samples.set(this.#history);
    samples.set(input, this.#history.length);
    const half = this.#half;
    const output: number[] = [];
    while (this.#at + half < samples.length) {
      const whole = Math.floor(this.#at);
      const kernel = Math.round((this.#at - whole) * phases) * half * 2;
      let sum = 0;
      for (let i = 0; i < half * 2; i++) sum += (samples[whole - half + 1 + i] ?? 0) * (this.#table[kernel + i] ?? 0);
      output.push(sum);
      this.#at += this.#step;
    }
    const drop = Math.min(samples.length, Math.max(0, Math.floor(this.#at) - half));
    this.#history = samples.slice(drop);
    this.#at -= drop;
    return Float32Array.from(output);
  }
}

/** A row of taps for each fraction of a sample, each row with a sum of one. */
function kernels(half: number, band: number): Float32Array {
  const taps = half * 2;
  const table = new Float32Array((phases + 1) * taps);
  for (let phase = 0; phase <= phases; phase++) {
    let sum = 0;
    for (let i = 0; i < taps; i++) {
      const distance = i - half + 1 - phase / phases;
      const x = Math.PI * band * distance;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      const window = Math.abs(distance) >= half ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * distance) / half);
      table[phase * taps + i] = sinc * window;
      sum += sinc * window;
    }
    for (let i = 0; i < taps; i++) table[phase * taps + i] = (table[phase * taps + i] ?? 0) / sum;
  }
  return table;
}
