/** The last minutes of what an output of a simulated card played, as a ring. */

export class Heard {
  readonly #ring: Int16Array;
  #at = 0;
  #samples = 0;

  constructor(mostSamples: number) {
    this.#ring = new Int16Array(mostSamples);
  }

  /** A frame that divides the ring. */
  take(frame: Int16Array): void {
    this.#ring.set(frame, this.#at);
    this.#at = (this.#at + frame.length) % this.#ring.length;
    this.#samples = Math.min(this.#ring.length, this.#samples + frame.length);
  }

  /** At most the last `samples` of it. */
  last(samples: number): Int16Array {
    const wanted = Math.max(0, Math.min(samples, this.#samples));
    const from = this.#at - wanted;
    const out = new Int16Array(wanted);
    if (from < 0) {
      out.set(this.#ring.subarray(this.#ring.length + from));
      out.set(this.#ring.subarray(0, this.#at), -from);
    } else out.set(this.#ring.subarray(from, this.#at));
    return out;
  }
}
