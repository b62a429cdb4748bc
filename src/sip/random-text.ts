/** Random text for branches and tags (RFC 3261 §8.1.1.7, §19.3), drawn in bulk because the system's generator is slow by the piece. */
import type { Random } from "../base/network.ts";

/** RFC 3261 §8.1.1.7: says that the branch is unique in space and time. */
export const magicCookie = "z9hG4bK";

const poolBytes = 2048;

export class RandomText {
  readonly #random: Random;
  #pool: Buffer = Buffer.alloc(0);
  #used = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Lower-case hexadecimal digits of `sizeBytes` random bytes (1 to 2,048). */
  hex(sizeBytes: number): string {
    if (this.#used + sizeBytes > this.#pool.length) {
      const fresh = this.#random(poolBytes);
      this.#pool = Buffer.from(fresh.buffer, fresh.byteOffset, fresh.byteLength);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += sizeBytes;
    return this.#pool.toString("hex", start, this.#used);
  }

  /** A number from 0 up to 1. */
  chance(): number {
    return Number.parseInt(this.hex(4), 16) / 2 ** 32;
  }

  /** 96 bits: nobody off the path can guess one and answer in another's name. */
  branch(): string {
    return magicCookie + this.hex(12);
  }

  tag(): string {
    return this.hex(8);
  }
}
