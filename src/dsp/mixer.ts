/** Adds up 16-bit streams and limits the sum softly; no echo control and no automatic gain. */

/** Up to here the sum passes untouched; beyond it bends towards full scale, which it never passes. */
const KNEE = 24_576;
const ROOM = 32_767 - KNEE;

/** Maps any sum to 16 bits: the identity to -2.5 dB of full scale, then a curve of the same slope at the knee. */
export function softLimit(value: number): number {
  if (value > KNEE) return Math.round(KNEE + (ROOM * (value - KNEE)) / (value - KNEE + ROOM));
  if (value < -KNEE) return Math.round(-KNEE - (ROOM * (-value - KNEE)) / (-value - KNEE + ROOM));
  return value;
}

export class Mixer {
  readonly #sum: Int32Array;

  /** `frameSamples` is the length of every frame given to it. */
  constructor(frameSamples: number) {
    this.#sum = new Int32Array(frameSamples);
  }

  clear(): void {
    this.#sum.fill(0);
  }

  add(frame: Int16Array): void {
    for (let i = 0; i < this.#sum.length; i++) this.#sum[i] = (this.#sum[i] ?? 0) + (frame[i] ?? 0);
  }

  /** Writes the limited sum of all that was added since `clear`. */
  write(out: Int16Array): void {
    for (let i = 0; i < this.#sum.length; i++) out[i] = softLimit(this.#sum[i] ?? 0);
  }

  /** Adds one frame onto another in place; forgets what was added before. */
  addTo(onto: Int16Array, frame: Int16Array): void {
    this.clear();
    this.add(onto);
    this.add(frame);
    this.write(onto);
  }

  /** As `write`, without `frame`, which must have been added: what each party of a conference hears. */
  writeWithout(frame: Int16Array, out: Int16Array): void {
    for (let i = 0; i < this.#sum.length; i++) out[i] = softLimit((this.#sum[i] ?? 0) - (frame[i] ?? 0));
  }
}
