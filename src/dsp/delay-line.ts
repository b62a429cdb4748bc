/** Sound as it was some samples ago, frame by frame; the delay can change at any time, without a ramp. */

export class DelayLine {
  readonly #ring: Int16Array;
  /** Where the next sample is written. */
  #at = 0;

  /** Holds `mostSamples`, rounded up to a power of two. */
  constructor(mostSamples: number) {
    this.#ring = new Int16Array(2 ** Math.ceil(Math.log2(Math.max(2, mostSamples))));
  }

  write(frame: Int16Array): void {
    const mask = this.#ring.length - 1;
    for (let i = 0; i < frame.length; i++) this.#ring[(this.#at + i) & mask] = frame[i] ?? 0;
    this.#at = (this.#at + frame.length) & mask;
  }

  /**
   * Fills `out` with what was written `delaySamples` before the end of what has been written, and the samples after it.
   * The delay is from `out.length` up to the line's length.
   */
  read(delaySamples: number, out: Int16Array): void {
    const mask = this.#ring.length - 1;
    const from = this.#at - delaySamples + this.#ring.length;
    for (let i = 0; i < out.length; i++) out[i] = this.#ring[(from + i) & mask] ?? 0;
  }

  clear(): void {
    this.#ring.fill(0);
  }
}
