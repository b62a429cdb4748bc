/** How often one address gets an answer to nonsense: keeps us from being anybody's amplifier. Not a firewall. */
import type { Clock } from "../../hal/clock.ts";

interface Bucket {
  left: number;
  atMs: number;
}

export class AnswerLimiter {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxSources: number;
  #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, perSecond = 5, burst = 10, maxSources = 1024) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#maxSources = maxSources;
  }

  /** Takes one answer from what `address` may have. */
  allows(address: string): boolean {
    const nowMs = this.#clock.now();
    let bucket = this.#buckets.get(address);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#maxSources) this.#forgetFull(nowMs);
      // With forged sources there is no end of addresses: then nobody new gets an answer.
      if (this.#buckets.size >= this.#maxSources) return false;
      bucket = { left: this.#burst, atMs: nowMs };
      this.#buckets.set(address, bucket);
    }
    bucket.left = this.#leftAt(bucket, nowMs);
    bucket.atMs = nowMs;
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  #leftAt(bucket: Bucket, nowMs: number): number {
    return Math.min(this.#burst, bucket.left + ((nowMs - bucket.atMs) / 1000) * this.#perSecond);
  }

  #forgetFull(nowMs: number): void {
    for (const [address, bucket] of this.#buckets)
      if (this.#leftAt(bucket, nowMs) >= this.#burst) this.#buckets.delete(address);
  }
}
