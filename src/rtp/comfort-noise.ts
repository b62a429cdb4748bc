/** The payload of comfort noise (RFC 3389 §3): a level and up to twelve reflection coefficients; not when it is sent nor how it sounds. */

/** The static payload type at a clock of 8 kHz (RFC 3551 §6). */
export const COMFORT_NOISE_TYPE = 13;
/** More coefficients than this tell nothing that could be heard. */
export const MOST_REFLECTIONS = 12;
/** A coefficient is 258 * (byte - 127) / 32768 (RFC 3389 §3.2). */
const STEP = 258 / 32_768;
const MIDDLE = 127;

/** Reused from packet to packet. */
export interface NoiseDescription {
  /** Level, dBov, -127 to 0: 0 is the power of a full-scale square wave. */
  levelDbov: number;
  /** Valid entries of `reflection`. */
  order: number;
  /** Each inside ±1; a negative first one is sound that falls towards the high end. */
  readonly reflection: Float64Array;
}

export function emptyNoise(): NoiseDescription {
  return { levelDbov: -127, order: 0, reflection: new Float64Array(MOST_REFLECTIONS) };
}

/** Reads a payload; false where it is empty, and `noise` is as it was. What lies behind twelve coefficients is passed over. */
export function readComfortNoise(payload: Uint8Array, noise: NoiseDescription): boolean {
  const level = payload[0];
  if (level === undefined) return false;
  // The upper bit is reserved.
  noise.levelDbov = -(level & 127);
  noise.order = Math.min(payload.length - 1, MOST_REFLECTIONS);
  for (let i = 0; i < noise.order; i++) {
    const value = ((payload[i + 1] ?? MIDDLE) - MIDDLE) * STEP;
    noise.reflection[i] = Math.max(-0.99, Math.min(0.99, value));
  }
  return true;
}

/** Writes a payload to `out` from `at`; returns its bytes. */
export function writeComfortNoise(noise: NoiseDescription, out: Uint8Array, at: number): number {
  out[at] = Math.max(0, Math.min(127, Math.round(-noise.levelDbov)));
  for (let i = 0; i < noise.order; i++) {
    const steps = Math.round((noise.reflection[i] ?? 0) / STEP);
    out[at + 1 + i] = MIDDLE + Math.max(-MIDDLE, Math.min(MIDDLE, steps));
  }
  return 1 + noise.order;
}
