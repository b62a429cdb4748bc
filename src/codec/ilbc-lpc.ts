/** Linear prediction of iLBC (RFC 3951 §3.2, §4.1): analysis, line spectral frequencies and their quantizer, filters of each subframe. */
import { type IlbcMode, LSF_CODEBOOK, LSF_MEAN, LSF_SPLITS, ORDER } from "./ilbc-tables.ts";

export const LPC = ORDER + 1;
/** Bandwidth expansion of the synthesis filter and of the weighting filter. */
const SYNTHESIS_CHIRP = 0.9025;
const WEIGHT_CHIRP = 0.4222;
const HISTORY = 300;
const WINDOW = 240;
const LOOKBACK = 60;
/** Least distance of frequencies (50 Hz), what they are moved by, and their bounds, radians. */
const APART = 0.039;
const MOVE = 0.0195;
const HIGHEST = 3.14;
const LOWEST = 0.01;

const HANN = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 * (1 - Math.cos((2 * Math.PI * (i + 1)) / 241)));
const LATE = Float64Array.from({ length: WINDOW }, (_, i) =>
  i < 220 ? Math.sin((Math.PI * (i + 1)) / 441) ** 2 : Math.cos(((i - 220) * Math.PI) / 40),
);
const LAG = Float64Array.from({ length: LPC }, (_, i) =>
  i === 0 ? 1.0001 : Math.exp(-0.5 * ((2 * Math.PI * 60 * i) / 8000) ** 2),
);

/** Frequencies that lie in order and apart, so that the filter is stable (RFC 3951 §3.2.5). */
export function stabilize(lsf: Float64Array, from: number): void {
  for (let round = 0; round < 2; round++)
    for (let i = from; i < from + ORDER - 1; i++) {
      const low = lsf[i] ?? 0;
      const high = lsf[i + 1] ?? 0;
      if (high - low < APART) {
        if (high < low) {
          lsf[i + 1] = low + MOVE;
          lsf[i] = low;
        } else {
          lsf[i] = low - MOVE;
          lsf[i + 1] = high + MOVE;
        }
      }
      lsf[i] = Math.max(LOWEST, Math.min(HIGHEST, lsf[i] ?? 0));
    }
}

/** The quantized frequencies of the codes at `codes[at ..]`, into `lsf` from `to`. */
export function dequantize(codes: Int32Array, at: number, lsf: Float64Array, to: number): void {
  let base = 0;
  let place = to;
  for (let s = 0; s < LSF_SPLITS.length; s++) {
    const split = LSF_SPLITS[s];
    if (split === undefined) continue;
    const entry = base + (codes[at + s] ?? 0) * split.dimension;
    for (let i = 0; i < split.dimension; i++) lsf[place++] = LSF_CODEBOOK[entry + i] ?? 0;
    base += split.size * split.dimension;
  }
}

/** The nearest codes of `lsf[from ..]`, into `codes` from `at`. */
export function quantize(lsf: Float64Array, from: number, codes: Int32Array, at: number): void {
  let base = 0;
  let place = from;
  for (let s = 0; s < LSF_SPLITS.length; s++) {
    const split = LSF_SPLITS[s];
    if (split === undefined) continue;
    let least = Number.POSITIVE_INFINITY;
    for (let code = 0; code < split.size; code++) {
      let distance = 0;
      for (let i = 0; i < split.dimension; i++)
        distance += ((lsf[place + i] ?? 0) - (LSF_CODEBOOK[base + code * split.dimension + i] ?? 0)) ** 2;
      if (distance >= least) continue;
      least = distance;
      codes[at + s] = code;
    }
    base += split.size * split.dimension;
    place += split.dimension;
  }
}

/** Turns frequencies into prediction coefficients and back; holds the scratch for it. */
class Spectrum {
  readonly #sum = new Float64Array(LPC + 1);
  readonly #difference = new Float64Array(LPC + 1);

  /** Coefficients, the first of them 1, into `a` from `to`. */
  toFilter(lsf: Float64Array, a: Float64Array, to: number): void {
    const sum = this.#sum.fill(0);
    const difference = this.#difference.fill(0);
    sum[0] = sum[1] = difference[0] = 1;
    difference[1] = -1;
    for (let i = 0; i < ORDER; i++) {
      const poly = i % 2 === 0 ? sum : difference;
      const c = -2 * Math.cos(lsf[i] ?? 0);
      for (let k = LPC; k >= 1; k--)
        poly[k] = (poly[k] ?? 0) + c * (poly[k - 1] ?? 0) + (k > 1 ? (poly[k - 2] ?? 0) : 0);
    }
    for (let k = 0; k < LPC; k++) a[to + k] = ((sum[k] ?? 0) + (difference[k] ?? 0)) / 2;
  }

  /** Frequencies into `lsf` from `to`; false where they cannot all be found, and nothing useful was written. */
  toFrequencies(a: Float64Array, lsf: Float64Array, to: number): boolean {
    const sum = this.#sum;
    const difference = this.#difference;
    // Both polynomials without their root at -1 or 1: symmetric, of degree 10.
    sum[0] = difference[0] = 1;
    for (let k = 1; k <= ORDER / 2; k++) {
      sum[k] = (a[k] ?? 0) + (a[LPC - k] ?? 0) - (sum[k - 1] ?? 0);
      difference[k] = (a[k] ?? 0) - (a[LPC - k] ?? 0) + (difference[k - 1] ?? 0);
    }
    const steps = 400;
    let at = 0;
    let poly = sum;
    let before = valueAt(poly, 0);
    let low = 0;
    for (let i = 0; i < ORDER; i++) {
      let found = false;
      for (; at < steps && !found; ) {
        const omega = (Math.PI * (at + 1)) / steps;
        const value = valueAt(poly, omega);
        if (value * before <= 0) found = true;
        else {
          before = value;
          low = omega;
          at++;
        }
      }
      if (!found) return false;
      let high = (Math.PI * (at + 1)) / steps;
      for (let n = 0; n < 16; n++) {
        const middle = (low + high) / 2;
        if (valueAt(poly, middle) * before <= 0) high = middle;
        else low = middle;
      }
      lsf[to + i] = (low + high) / 2;
      // The roots of the two polynomials lie between each other.
      poly = i % 2 === 0 ? difference : sum;
      low = high;
      before = valueAt(poly, low);
    }
    return true;
  }
}

function valueAt(poly: Float64Array, omega: number): number {
  let value = poly[ORDER / 2] ?? 0;
  for (let k = 0; k < ORDER / 2; k++) value += 2 * (poly[k] ?? 0) * Math.cos((ORDER / 2 - k) * omega);
  return value;
}

/** Filters of each subframe, between the sets of frequencies (RFC 3951 §3.2.6). */
export class Interpolation {
  readonly #spectrum = new Spectrum();
  readonly #between = new Float64Array(ORDER);
  readonly old = Float64Array.from(LSF_MEAN);

  /** Writes `mode.subframes` filters of 11 coefficients, each widened by `chirp` where it is not 1, and keeps the last set. */
  filters(mode: IlbcMode, lsf: Float64Array, out: Float64Array, chirp = 1): void {
    for (let n = 0; n < mode.subframes; n++) {
      const first = n === 0 || mode.sets === 1;
      const before = first ? this.old : lsf;
      const after = first ? 0 : ORDER;
      const weight = mode.weights[n] ?? 0;
      for (let i = 0; i < ORDER; i++)
        this.#between[i] = weight * (before[i] ?? 0) + (1 - weight) * (lsf[after + i] ?? 0);
      this.#spectrum.toFilter(this.#between, out, n * LPC);
      if (chirp === 1) continue;
      let factor = 1;
      for (let i = 1; i < LPC; i++) {
        factor *= chirp;
        out[n * LPC + i] = (out[n * LPC + i] ?? 0) * factor;
      }
    }
    const last = (mode.sets - 1) * ORDER;
    for (let i = 0; i < ORDER; i++) this.old[i] = lsf[last + i] ?? 0;
  }

  reset(): void {
    this.old.set(LSF_MEAN);
  }
}

/** The encoder's analysis of a frame: frequencies as they are, their codes, and the filters that follow. */
export class Analysis {
  readonly synthesis = new Float64Array(6 * LPC);
  readonly weighting = new Float64Array(6 * LPC);
  readonly #history = new Float64Array(HISTORY);
  readonly #windowed = new Float64Array(WINDOW);
  readonly #correlation = new Float64Array(LPC);
  readonly #a = new Float64Array(LPC);
  readonly #before = new Float64Array(LPC);
  readonly #lsf = new Float64Array(2 * ORDER);
  readonly #coded = new Float64Array(2 * ORDER);
  readonly #last = Float64Array.from(LSF_MEAN);
  readonly #spectrum = new Spectrum();
  readonly #plain = new Interpolation();
  readonly #quantized = new Interpolation();

  /** Takes a frame after the high-pass; writes its codes from `at`. */
  take(mode: IlbcMode, frame: Float64Array, codes: Int32Array, at: number): void {
    const history = this.#history;
    history.copyWithin(0, mode.samples);
    for (let i = 0; i < mode.samples; i++) history[HISTORY - mode.samples + i] = frame[i] ?? 0;
    for (let set = 0; set < mode.sets; set++) {
      const late = set === mode.sets - 1;
      this.#analyse(late ? LOOKBACK : 0, late ? LATE : HANN);
      if (this.#spectrum.toFrequencies(this.#a, this.#lsf, set * ORDER))
        for (let i = 0; i < ORDER; i++) this.#last[i] = this.#lsf[set * ORDER + i] ?? 0;
      else this.#lsf.set(this.#last, set * ORDER);
      quantize(this.#lsf, set * ORDER, codes, at + set * 3);
      dequantize(codes, at + set * 3, this.#coded, set * ORDER);
      stabilize(this.#coded, set * ORDER);
    }
    this.#quantized.filters(mode, this.#coded, this.synthesis);
    this.#plain.filters(mode, this.#lsf, this.weighting, WEIGHT_CHIRP);
  }

  #analyse(from: number, window: Float64Array): void {
    const x = this.#windowed;
    const r = this.#correlation;
    const a = this.#a.fill(0);
    for (let i = 0; i < WINDOW; i++) x[i] = (this.#history[from + i] ?? 0) * (window[i] ?? 0);
    for (let lag = 0; lag < LPC; lag++) {
      let sum = 0;
      for (let i = lag; i < WINDOW; i++) sum += (x[i] ?? 0) * (x[i - lag] ?? 0);
      r[lag] = sum * (LAG[lag] ?? 0);
    }
    a[0] = 1;
    let error = r[0] ?? 0;
    if (error > 1e-9)
      for (let m = 1; m <= ORDER; m++) {
        let sum = 0;
        for (let i = 0; i < m; i++) sum += (a[i] ?? 0) * (r[m - i] ?? 0);
        const k = -sum / error;
        this.#before.set(a);
        for (let i = 1; i <= m; i++) a[i] = (this.#before[i] ?? 0) + k * (this.#before[m - i] ?? 0);
        error *= 1 - k * k;
      }
    let factor = 1;
    for (let i = 1; i < LPC; i++) {
      factor *= SYNTHESIS_CHIRP;
      a[i] = (a[i] ?? 0) * factor;
    }
  }

  reset(): void {
    this.#history.fill(0);
    this.#last.set(LSF_MEAN);
    this.#plain.reset();
    this.#quantized.reset();
  }
}
