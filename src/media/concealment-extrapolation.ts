/** Continues a sound beyond its end by linear prediction of high order (Burg's method): pitch and formants ring on and decay. */

/** Longest order and longest analysed stretch, samples. */
const MAX_ORDER = 160;
const MAX_PAST = 480;
/** Longer analysis would blur a pitch that moves, ms. */
const PAST_MS = 30;

export class Extrapolation {
  readonly #a = new Float64Array(MAX_ORDER + 1);
  readonly #previous = new Float64Array(MAX_ORDER + 1);
  readonly #forward = new Float64Array(MAX_PAST);
  readonly #backward = new Float64Array(MAX_PAST);
  /** The last values, newest last, then what `next` makes of them. */
  readonly #line = new Float64Array(MAX_ORDER * 5);
  #order = 0;
  #at = 0;

  /**
   * Analyses `past` samples of `pcm` that end before `end` (`step` 1) or, to continue backwards in time, that begin at `end`
   * (`step` -1). The order is 10 ms of sound, less where there is less to learn from.
   */
  analyse(pcm: Int16Array, end: number, past: number, rateHz: number, step: 1 | -1): void {
    const count = Math.min(past, MAX_PAST, Math.round((PAST_MS * rateHz) / 1000));
    const order = Math.max(0, Math.min(MAX_ORDER, Math.round(rateHz / 100), Math.floor(count * 0.45)));
    const f = this.#forward;
    const b = this.#backward;
    // In the order of time, or against it.
    const first = step === 1 ? end - count : end + count - 1;
    for (let i = 0; i < count; i++) f[i] = b[i] = pcm[first + step * i] ?? 0;
    this.#order = order;
    for (let i = 0; i < order; i++) this.#line[i] = f[count - order + i] ?? 0;
    this.#at = order;
    const a = this.#a;
    const previous = this.#previous;
    a.fill(0);
    a[0] = 1;
    for (let m = 1; m <= order; m++) {
      let cross = 0;
      let energy = 1;
      for (let i = m; i < count; i++) {
        const x = f[i] ?? 0;
        const y = b[i - 1] ?? 0;
        cross += x * y;
        energy += x * x + y * y;
      }
      const k = (-2 * cross) / energy;
      for (let i = 0; i <= m; i++) previous[i] = a[i] ?? 0;
      for (let i = 1; i <= m; i++) a[i] = (previous[i] ?? 0) + k * (previous[m - i] ?? 0);
      // From the end, because b moves one place along.
      for (let i = count - 1; i >= m; i--) {
        const x = f[i] ?? 0;
        const y = b[i - 1] ?? 0;
        f[i] = x + k * y;
        b[i] = y + k * x;
      }
    }
  }

  /** The next `count` values of the continuation into `out` from `from` on. */
  next(out: Float64Array, count: number, from: number): void {
    const line = this.#line;
    const a = this.#a;
    const order = this.#order;
    for (let n = 0; n < count; n++) {
      if (this.#at === line.length) {
        line.copyWithin(0, this.#at - order, this.#at);
        this.#at = order;
      }
      let sum = 0;
      for (let k = 1, at = this.#at - 1; k <= order; k++, at--) sum -= (a[k] ?? 0) * (line[at] ?? 0);
      line[this.#at++] = sum;
      out[from + n] = sum;
    }
  }
}
