/** Limits to 16 bits, as every fixed-point Recommendation of ITU-T means it by "saturate"; not a soft limiter. */

export function saturate16(value: number): number {
  return Math.max(-32_768, Math.min(32_767, value));
}
