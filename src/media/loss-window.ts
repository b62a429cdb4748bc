/** Loss over the last ten seconds, for a live quality figure: what a person hears now, not what the call was like. */
const slots = 10;
const slotMs = 1000;

export class LossWindow {
  #expected = new Float64Array(slots + 1);
  #missing = new Float64Array(slots + 1);
  #at = 0;
  #filled = 0;
  #nextMs = Number.NEGATIVE_INFINITY;

  /** Totals so far: packets expected, and those lost or late. */
  tick(expected: number, missing: number, nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + slotMs;
    this.#at = (this.#at + 1) % (slots + 1);
    this.#expected[this.#at] = expected;
    this.#missing[this.#at] = missing;
    this.#filled = Math.min(slots + 1, this.#filled + 1);
  }

  /** 0 to 100; undefined before anything was expected. `expected` and `missing` are the totals now. */
  percent(expected: number, missing: number): number | undefined {
    const oldest = (this.#at + (this.#filled < slots + 1 ? slots + 2 - this.#filled : 1)) % (slots + 1);
    const from = this.#filled === 0 ? 0 : (this.#expected[oldest] ?? 0);
    const lostFrom = this.#filled === 0 ? 0 : (this.#missing[oldest] ?? 0);
    if (expected <= 0) return undefined;
    if (expected <= from) return 100;
    return Math.max(0, Math.min(100, ((missing - lostFrom) / (expected - from)) * 100));
  }
}
