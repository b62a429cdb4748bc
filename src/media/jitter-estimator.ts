/** How much delay the arrivals of a stream ask for: a histogram over a sliding window, and spikes apart; it moves no sound. */

/** Arrivals of the last four seconds count: a burst is forgotten in time to be back after five. */
const WINDOW_MS = 4000;
const CAPACITY = 512;
/** One packet in this many may come later than the target, if that saves much. */
const LATE_ONE_IN = 200;
const STRAGGLER_BINS = 30;
/** Fewer arrivals than this say nothing about the network. */
const ENOUGH = 25;
const BIN_MS = 1;
const BINS = 512;

/** A rise of this much over the target is a spike; spikes closer than MERGE are one. */
const SPIKE_MS = 40;
const SPIKE_MERGE_MS = 800;
const SPIKE_LONGEST_PERIOD_MS = 12_000;

export class JitterEstimator {
  /** Smallest delay in the window, ms on the scale of `add`. */
  baseMs = 0;
  /** Delay over `baseMs` that nearly all packets of the window would have met, ms. */
  neededMs = 0;
  /** Arrivals in the window. */
  count = 0;
  readonly #at = new Float64Array(CAPACITY);
  readonly #delay = new Float64Array(CAPACITY);
  #head = 0;
  readonly #histogram = new Int32Array(BINS);
  /** Times and heights of the last two spikes. */
  #spikeMs = Number.NEGATIVE_INFINITY;
  #spikeHeightMs = 0;
  #spikeBeforeMs = Number.NEGATIVE_INFINITY;
  #spikeBeforeHeightMs = 0;
  #spikeEndMs = Number.NEGATIVE_INFINITY;

  /** `delayMs` is arrival time less media time; its zero has no meaning, its changes have. */
  add(delayMs: number, nowMs: number): void {
    while (this.count > 0 && (this.count === CAPACITY || nowMs - (this.#at[this.#oldest()] ?? 0) > WINDOW_MS))
      this.count--;
    this.#at[this.#head] = nowMs;
    this.#delay[this.#head] = delayMs;
    this.#head = (this.#head + 1) % CAPACITY;
    this.count++;
    const before = this.neededMs;
    this.#judge();
    if (this.count >= ENOUGH) this.#watchSpikes(delayMs - this.baseMs, before, nowMs);
    this.neededMs = Math.max(this.neededMs, this.#expectedSpike(nowMs));
  }

  #oldest(): number {
    return (this.#head - this.count + CAPACITY) % CAPACITY;
  }

  #judge(): void {
    let base = Number.POSITIVE_INFINITY;
    for (let i = 0, at = this.#oldest(); i < this.count; i++) {
      const delay = this.#delay[at] ?? 0;
      if (delay < base) base = delay;
      at = at === CAPACITY - 1 ? 0 : at + 1;
    }
    const histogram = this.#histogram;
    histogram.fill(0);
    let top = 0;
    for (let i = 0, at = this.#oldest(); i < this.count; i++) {
      const bin = Math.min(BINS - 1, Math.floor(((this.#delay[at] ?? 0) - base) / BIN_MS));
      histogram[bin] = (histogram[bin] ?? 0) + 1;
      if (bin > top) top = bin;
      at = at === CAPACITY - 1 ? 0 : at + 1;
    }
    // A few stragglers far from the rest are let go; the edge of the crowd is not.
    let late = Math.floor(this.count / LATE_ONE_IN);
    let bin = top;
    while (late >= (histogram[bin] ?? 0)) {
      late -= histogram[bin] ?? 0;
      let next = bin - 1;
      while (next > 0 && histogram[next] === 0) next--;
      if (next < 0 || bin - next < STRAGGLER_BINS) break;
      bin = next;
    }
    this.baseMs = base;
    this.neededMs = bin * BIN_MS;
  }

  #watchSpikes(heightMs: number, neededBefore: number, nowMs: number): void {
    if (nowMs - this.#spikeEndMs < SPIKE_MERGE_MS) {
      if (heightMs > SPIKE_MS) this.#spikeEndMs = nowMs;
      this.#spikeHeightMs = Math.max(this.#spikeHeightMs, heightMs);
      return;
    }
    // While a height is held because it is expected, coming near it again is a spike too.
    const expected = this.#expectedSpike(nowMs);
    if (heightMs < (expected > 0 ? Math.max(SPIKE_MS, expected / 2) : neededBefore + SPIKE_MS)) return;
    this.#spikeBeforeMs = this.#spikeMs;
    this.#spikeBeforeHeightMs = this.#spikeHeightMs;
    this.#spikeMs = nowMs;
    this.#spikeEndMs = nowMs;
    this.#spikeHeightMs = heightMs;
  }

  /** Spikes that came twice are waited for once more, for one and a half of their distance. */
  #expectedSpike(nowMs: number): number {
    const period = this.#spikeMs - this.#spikeBeforeMs;
    if (!(period <= SPIKE_LONGEST_PERIOD_MS) || nowMs - this.#spikeMs > 1.5 * period) return 0;
    return Math.min(this.#spikeHeightMs, this.#spikeBeforeHeightMs);
  }

  /** The scale of `add` begins anew; what is needed stays as a first guess. */
  restart(): void {
    this.count = 0;
    this.#spikeMs = this.#spikeBeforeMs = this.#spikeEndMs = Number.NEGATIVE_INFINITY;
  }

  get certain(): boolean {
    return this.count >= ENOUGH;
  }
}
