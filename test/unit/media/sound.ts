/** Sound for tests: tones made, and tones found again with their level. */

/** A sine at 16 kHz unless told. @param amplitude 0 to 1 of full scale */
export function sine(hz: number, seconds: number, amplitude = 0.25, rateHz = 16_000): Int16Array {
  return Int16Array.from({ length: Math.round(seconds * rateHz) }, (_, i) =>
    Math.round(32_767 * amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}

/** Amplitude of one frequency in a sound, 0 to 1 of full scale (a discrete Fourier sum with a Hann window). */
export function amplitudeAt(samples: Int16Array, hz: number, rateHz = 16_000): number {
  let re = 0;
  let im = 0;
  let weight = 0;
  for (let i = 0; i < samples.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
    const x = ((samples[i] ?? 0) / 32_767) * window;
    re += x * Math.cos((2 * Math.PI * hz * i) / rateHz);
    im += x * Math.sin((2 * Math.PI * hz * i) / rateHz);
    weight += window;
  }
  return (2 * Math.hypot(re, im)) / Math.max(1, weight);
}

/** Root mean square, 0 to 1 of full scale. */
export function rms(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += (sample / 32_767) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/** A seeded generator of numbers from 0 to 1 (mulberry32's shape: one multiply-mix per step). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
