/** Level and colour of the noise in pauses, for comfort noise (RFC 3389 §3): autocorrelation and Levinson's recursion; not its synthesis. */

/** Coefficients: enough for the tilt and the hum of a room. */
const ORDER = 6;
/** A piece weighs this much for each 10 ms of it. */
const WEIGHT = 0.04;
/** White noise so far below the sound keeps the recursion stable. */
const FLOOR = 1.0005;
const FULL_SCALE = 32_768 ** 2;

export class NoiseAnalysis {
  readonly reflection = new Float64Array(ORDER);
  readonly order = ORDER;
  /** Mean products at each distance, of one sample. */
  readonly #products = new Float64Array(ORDER + 1);
  readonly #a = new Float64Array(ORDER + 1);
  readonly #before = new Float64Array(ORDER + 1);
  #empty = true;

  /** Takes noise at the rate that it is to be described for. */
  take(pcm: Int16Array, samples: number, ms: number): void {
    if (samples <= ORDER) return;
    const weight = this.#empty ? 1 : Math.min(1, (WEIGHT * ms) / 10);
    this.#empty = false;
    for (let lag = 0; lag <= ORDER; lag++) {
      let sum = 0;
      for (let i = lag; i < samples; i++) sum += (pcm[i] ?? 0) * (pcm[i - lag] ?? 0);
      const mean = sum / samples;
      this.#products[lag] = (this.#products[lag] ?? 0) + weight * (mean - (this.#products[lag] ?? 0));
    }
  }

  /** dBov, -127 to 0. */
  get levelDbov(): number {
    const power = this.#products[0] ?? 0;
    return power <= 0 ? -127 : Math.max(-127, Math.min(0, 10 * Math.log10(power / FULL_SCALE)));
  }

  /** Works out `reflection`. */
  solve(): void {
    const r = this.#products;
    const a = this.#a;
    this.reflection.fill(0);
    let error = (r[0] ?? 0) * FLOOR;
    if (error < 1e-3) return;
    a.fill(0);
    a[0] = 1;
    for (let m = 1; m <= ORDER; m++) {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += (a[i] ?? 0) * (r[m - i] ?? 0);
      const k = -sum / error;
      this.reflection[m - 1] = Math.max(-0.98, Math.min(0.98, k));
      this.#before.set(a);
      for (let i = 1; i <= m; i++) a[i] = (this.#before[i] ?? 0) + k * (this.#before[m - i] ?? 0);
      error *= 1 - k * k;
      if (error <= 0) return;
    }
  }

  reset(): void {
    this.#products.fill(0);
    this.#empty = true;
  }
}
