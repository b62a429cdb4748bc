/** The 48-bit index of an RTP packet from its 16-bit sequence number (RFC 3711 §3.3.1 and appendix A), and where its payload begins. */

const half = 0x8000;

/** How often the sequence numbers had wrapped when that packet was sent; -1 for one from before the first packet. */
export function rolloversOf(sequence: number, highestIndex: number): number {
  const rollovers = Math.floor(highestIndex / 0x1_0000);
  const highest = highestIndex % 0x1_0000;
  if (highest < half) return sequence - highest > half ? rollovers - 1 : rollovers;
  return highest - half > sequence ? rollovers + 1 : rollovers;
}

/**
 * Bytes of the fixed header, the contributing sources and the extension (RFC 3550 §5.1, §5.3.1), or -1 where the packet
 * is shorter than that or is no RTP.
 */
export function rtpHeaderBytes(bytes: Uint8Array, size: number): number {
  const first = bytes[0] ?? 0;
  if (size < 12 || first >>> 6 !== 2) return -1;
  let header = 12 + 4 * (first & 15);
  if ((first & 16) !== 0) {
    if (size < header + 4) return -1;
    header += 4 + 4 * (((bytes[header + 2] ?? 0) << 8) | (bytes[header + 3] ?? 0));
  }
  return header <= size ? header : -1;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) * 0x100_0000 +
      (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))) >>>
    0
  );
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
