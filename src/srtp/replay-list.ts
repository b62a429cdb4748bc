/** Which packets have come already (RFC 3711 §3.3.2): a window of bits behind the highest index. */

export class ReplayList {
  #bits: Uint32Array;
  #size: number;
  #highest = -1;

  /** @param packets at least 64; rounded up to whole words */
  constructor(packets: number) {
    const words = Math.ceil(Math.max(64, packets) / 32);
    this.#bits = new Uint32Array(words);
    this.#size = words * 32;
  }

  /** Of those that were taken; -1 when none was. */
  get highest(): number {
    return this.#highest;
  }

  /** Neither known nor too old to tell. @param index 0 to 2^48 - 1 */
  isFresh(index: number): boolean {
    if (index > this.#highest) return true;
    if (this.#highest - index >= this.#size) return false;
    const at = index % this.#size;
    return (((this.#bits[at >>> 5] ?? 0) >>> (at & 31)) & 1) === 0;
  }

  /** Only for a packet that is fresh and authentic. */
  take(index: number): void {
    if (index > this.#highest) {
      const steps = index - this.#highest;
      if (steps >= this.#size) this.#bits.fill(0);
      else for (let i = this.#highest + 1; i < index; i++) this.#clear(i % this.#size);
      this.#highest = index;
    }
    const at = index % this.#size;
    this.#bits[at >>> 5] = (this.#bits[at >>> 5] ?? 0) | (1 << (at & 31));
  }

  #clear(at: number): void {
    this.#bits[at >>> 5] = (this.#bits[at >>> 5] ?? 0) & ~(1 << (at & 31));
  }
}
