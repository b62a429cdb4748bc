/** Arithmetic of RTP sequence numbers and timestamps, which wrap (RFC 3550 §5.1, appendix A.1); no source validation. */

declare const extended: unique symbol;
/** A sequence number counted on through its wraps: may be compared and subtracted as it is. */
export type ExtendedSequence = number & { readonly [extended]: true };

/** How far `a` is ahead of `b`, -32768 to 32767. */
export function sequenceDifference(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How far timestamp `a` is ahead of `b`, in ticks, -2^31 to 2^31 - 1. */
export function timestampDifference(a: number, b: number): number {
  return (a - b) | 0;
}

/** The extended number nearest to `near` that ends in the 16 bits `sequence`. */
export function extendSequence(sequence: number, near: ExtendedSequence): ExtendedSequence {
  return (near + sequenceDifference(sequence & 0xffff, near & 0xffff)) as ExtendedSequence;
}

/** The first number of a stream; leaves room below it for packets that were overtaken by the first one. */
export function firstSequence(sequence: number): ExtendedSequence {
  return (65_536 + (sequence & 0xffff)) as ExtendedSequence;
}
