/** Limits to 16 bits, as every fixed-point Recommendation of ITU-T means it by "saturate"; not a soft limiter. */

/** Comparisons, because Math.min and Math.max cost twice as much in the codecs' inner loops. */
export function saturate16(value: number): number {
  if (value > 32_767) return 32_767;
  if (value < -32_768) return -32_768;
  return value;
}
