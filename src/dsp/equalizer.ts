/** Shapes the spectrum of a path by second-order sections (Audio EQ Cookbook); flat without bands, in place, no delay beyond their phase. */
import type { EqualizerBand } from "../../hal/audio.ts";
import { saturate16 } from "./saturate.ts";

/** Coefficients b0 b1 b2 a1 a2 of one section, a0 being 1. */
const perBand = 5;

export class Equalizer {
  readonly #coefficients: Float64Array;
  /** Two numbers of memory for each section (transposed direct form II). */
  readonly #memory: Float64Array;

  /** @throws RangeError that names the band which cannot be: a frequency outside of 0 to half the rate, a quality of 0 or less */
  constructor(rateHz: number, bands: readonly EqualizerBand[]) {
    this.#coefficients = Float64Array.from(bands.flatMap((band) => section(rateHz, band)));
    this.#memory = new Float64Array(2 * bands.length);
  }

  /** In place. */
  process(pcm: Int16Array): void {
    const c = this.#coefficients;
    const m = this.#memory;
    if (m.length === 0) return;
    for (let i = 0; i < pcm.length; i++) {
      let value = pcm[i] ?? 0;
      for (let band = 0, at = 0; band < m.length; band += 2, at += perBand) {
        const x = value;
        value = (c[at] ?? 0) * x + (m[band] ?? 0);
        m[band] = (c[at + 1] ?? 0) * x - (c[at + 3] ?? 0) * value + (m[band + 1] ?? 0);
        m[band + 1] = (c[at + 2] ?? 0) * x - (c[at + 4] ?? 0) * value;
      }
      pcm[i] = saturate16(Math.round(value));
    }
  }

  /** Forgets what has passed. */
  reset(): void {
    this.#memory.fill(0);
  }
}

function section(rateHz: number, { type, hz, gainDb = 0, q = Math.SQRT1_2 }: EqualizerBand): number[] {
  if (!(hz > 0 && hz < rateHz / 2 && q > 0))
    throw new RangeError(`equalizer band ${type} at ${hz} Hz, q ${q}: not possible at ${rateHz} Hz`);
  const w = (2 * Math.PI * hz) / rateHz;
  const cos = Math.cos(w);
  const alpha = Math.sin(w) / (2 * q);
  const a = 10 ** (gainDb / 40);
  const shelf = 2 * Math.sqrt(a) * alpha;
  switch (type) {
    case "peak":
      return normal([1 + alpha * a, -2 * cos, 1 - alpha * a], [1 + alpha / a, -2 * cos, 1 - alpha / a]);
    case "low-shelf":
      return normal(
        [a * (a + 1 - (a - 1) * cos + shelf), 2 * a * (a - 1 - (a + 1) * cos), a * (a + 1 - (a - 1) * cos - shelf)],
        [a + 1 + (a - 1) * cos + shelf, -2 * (a - 1 + (a + 1) * cos), a + 1 + (a - 1) * cos - shelf],
      );
    case "high-shelf":
      return normal(
        [a * (a + 1 + (a - 1) * cos + shelf), -2 * a * (a - 1 + (a + 1) * cos), a * (a + 1 + (a - 1) * cos - shelf)],
        [a + 1 - (a - 1) * cos + shelf, 2 * (a - 1 - (a + 1) * cos), a + 1 - (a - 1) * cos - shelf],
      );
    case "high-pass":
      return normal([(1 + cos) / 2, -(1 + cos), (1 + cos) / 2], [1 + alpha, -2 * cos, 1 - alpha]);
    case "low-pass":
      return normal([(1 - cos) / 2, 1 - cos, (1 - cos) / 2], [1 + alpha, -2 * cos, 1 - alpha]);
    default:
      return type satisfies never;
  }
}

function normal(b: readonly [number, number, number], a: readonly [number, number, number]): number[] {
  return [b[0] / a[0], b[1] / a[0], b[2] / a[0], a[1] / a[0], a[2] / a[0]];
}
