/** Sounds to send and ways to find them again: by correlation, aligned, with level and noise. */
import { readFileSync } from "node:fs";
import { convertRate } from "../../../hal/driver/rate-converter.ts";
import { parseWav, toMono, writeWav } from "../../../hal/driver/wav.ts";

export interface Found {
  /** Where the reference begins in the recording, samples. */
  readonly at: number;
  /** Normalised correlation there, -1 to 1. */
  readonly likeness: number;
  /** Level of the recording against the reference there, dB. */
  readonly gainDb: number;
}

/** Human speech, 16 kHz mono: Debian's alsa-utils ships it. */
export function speech(names: readonly string[] = ["Front_Center", "Rear_Left", "Side_Right"]): Int16Array {
  const parts = names.map((name) => {
    const sound = parseWav(readFileSync(`/usr/share/sounds/alsa/${name}.wav`));
    return convertRate(toMono(sound), sound.rateHz, 16_000);
  });
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    // Half of full scale: nothing clips on the way.
    all.set(
      part.map((s) => s / 2),
      at,
    );
    at += part.length;
  }
  return all;
}

export function wavFile(samples: Int16Array, rateHz = 16_000): Uint8Array {
  return writeWav(rateHz, samples);
}

/** A recording as mono at `rateHz`. A header that was never closed counts as well. */
export function monoAt(bytes: Uint8Array, rateHz: number): Int16Array {
  const sound = parseWav(bytes);
  return convertRate(toMono(sound), sound.rateHz, rateHz);
}

/**
 * Finds `reference` in `recording` (both at the same rate): envelope first, then samples around the best places.
 * The likeness of a foreign sound stays below 0.3; of the same sound through G.711 it is above 0.95.
 */
export function find(reference: Int16Array, recording: Int16Array): Found {
  const step = 80;
  const a = envelope(reference, step);
  const b = envelope(recording, step);
  let best: Found = { at: 0, likeness: 0, gainDb: Number.NEGATIVE_INFINITY };
  const places = Array.from({ length: Math.max(0, b.length - a.length + 1) }, (_, k) => ({
    k,
    value: correlation(a, b, k, 1),
  }))
    .sort((x, y) => y.value - x.value)
    .slice(0, 3);
  for (const { k } of places) {
    let coarse = { at: k * step, value: -2 };
    for (let at = Math.max(0, (k - 2) * step); at <= (k + 2) * step; at += 1) {
      if (at + reference.length > recording.length) break;
      const value = correlation(reference, recording, at, 7);
      if (value > coarse.value) coarse = { at, value };
    }
    const likeness = correlation(reference, recording, coarse.at, 1);
    if (likeness > best.likeness) best = { at: coarse.at, likeness, gainDb: gain(reference, recording, coarse.at) };
  }
  return best;
}

/**
 * As `find`, word by word: a jitter buffer that adapts moves words against each other by some ms, and that is no fault.
 * Gives the medians over the loud pieces of 300 ms, each looked for within 150 ms of where it should be.
 */
export function findWords(reference: Int16Array, recording: Int16Array): Found {
  const piece = 4800;
  const slack = 2400;
  const whole = find(reference, recording);
  const loud = level(reference) / 2;
  const found: Found[] = [];
  for (let from = 0; from + piece <= reference.length; from += piece) {
    const word = reference.subarray(from, from + piece);
    if (level(word) < loud) continue;
    const around = Math.max(0, whole.at + from - slack);
    found.push(find(word, recording.subarray(around, around + piece + 2 * slack)));
  }
  const median = (of: (f: Found) => number) => found.map(of).sort((x, y) => x - y)[found.length >> 1] ?? 0;
  return { at: whole.at, likeness: median((f) => f.likeness), gainDb: median((f) => f.gainDb) };
}

function envelope(samples: Int16Array, step: number): Float64Array {
  const out = new Float64Array(Math.floor(samples.length / step));
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = 0; j < step; j++) sum += Math.abs(samples[i * step + j] ?? 0);
    out[i] = sum / step;
  }
  const mean = out.reduce((s, v) => s + v, 0) / Math.max(1, out.length);
  return out.map((v) => v - mean);
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>, at: number, step: number): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += step) {
    const x = a[i] ?? 0;
    const y = b[at + i] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

function gain(reference: Int16Array, recording: Int16Array, at: number): number {
  let ab = 0;
  let aa = 0;
  for (let i = 0; i < reference.length; i++) {
    ab += (reference[i] ?? 0) * (recording[at + i] ?? 0);
    aa += (reference[i] ?? 0) ** 2;
  }
  return ab <= 0 ? Number.NEGATIVE_INFINITY : 20 * Math.log10(ab / aa);
}

/** Root mean square, as a share of full scale. */
export function level(samples: Int16Array): number {
  let sum = 0;
  for (const s of samples) sum += s * s;
  return Math.sqrt(sum / Math.max(1, samples.length)) / 32_768;
}
