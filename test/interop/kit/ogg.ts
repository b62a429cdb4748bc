/** Opus packets in and out of an Ogg file (RFC 3533, RFC 7845), as far as opus-tools need it. */

const polynomial = 0x04c11db7;
const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ polynomial : value << 1;
  return value >>> 0;
});

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = ((sum << 8) ^ (table[((sum >>> 24) ^ byte) & 255] ?? 0)) >>> 0;
  return sum;
}

/** One page with one packet. @param granule samples at 48 kHz up to its end @param flags 2 begins, 4 ends the stream */
function page(packet: Uint8Array, number: number, granule: number, flags: number): Buffer {
  const segments = Math.floor(packet.length / 255) + 1;
  const head = Buffer.alloc(27 + segments);
  head.write("OggS", 0, "latin1");
  head[5] = flags;
  head.writeBigUInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(1, 14);
  head.writeUInt32LE(number, 18);
  head[26] = segments;
  head.fill(255, 27, 26 + segments);
  head[26 + segments] = packet.length % 255;
  const whole = Buffer.concat([head, packet]);
  whole.writeUInt32LE(checksum(whole), 22);
  return whole;
}

export function oggOpusFile(packets: readonly Uint8Array[], ptimeMs: number): Buffer {
  const head = Buffer.alloc(19);
  head.write("OpusHead", 0, "latin1");
  head[8] = 1;
  head[9] = 1;
  head.writeUInt32LE(16_000, 12);
  const tags = Buffer.alloc(20);
  tags.write("OpusTags", 0, "latin1");
  tags.writeUInt32LE(4, 8);
  tags.write("test", 12, "latin1");
  const last = packets.length - 1;
  return Buffer.concat([
    page(head, 0, 0, 2),
    page(tags, 1, 0, 0),
    ...packets.map((packet, n) => page(packet, n + 2, (n + 1) * ptimeMs * 48, n === last ? 4 : 0)),
  ]);
}

/** All packets, the two heads included. */
export function oggPackets(file: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (let at = 0; at + 27 <= file.length; ) {
    const segments = file[at + 26] ?? 0;
    let from = at + 27 + segments;
    for (let n = 0; n < segments; n++) {
      const size = file[at + 27 + n] ?? 0;
      parts.push(file.subarray(from, from + size));
      from += size;
      if (size === 255) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
    at = from;
  }
  return packets;
}
