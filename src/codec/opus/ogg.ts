/** Opus packets as an Ogg file (RFC 3533, RFC 7845): pages out of packets; no reading and no coding. */

/** Of the encoder at the rate of the phone: what decoders throw away at the beginning, samples at 48 kHz. */
const preSkip = 312;
const ticksPerMs = 48;
const mostSegments = 255;
const segmentBytes = 255;
/** Flags of a page. */
const begins = 2;
const ends = 4;

/** Makes one stream's pages, each whole and ready to be appended to a file. */
export class OggOpusWriter {
  readonly #serial: number;
  #page = 0;
  #packets: Uint8Array[] = [];
  #segments = 0;
  /** Samples at 48 kHz that the packets so far hold. */
  #ticks = 0;

  /** @param serial number of the stream, any 32 bits */
  constructor(serial: number) {
    this.#serial = serial;
  }

  /** The two pages that come before all sound (RFC 7845 §5). @param rateHz of what was recorded; for people to know */
  head(rateHz: number, vendor: string): Uint8Array {
    const head = new Uint8Array(19);
    const view = new DataView(head.buffer);
    head.set(ascii("OpusHead"));
    view.setUint8(8, 1);
    view.setUint8(9, 1);
    view.setUint16(10, preSkip, true);
    view.setUint32(12, rateHz, true);
    const name = ascii(vendor);
    const tags = new Uint8Array(16 + name.length);
    tags.set(ascii("OpusTags"));
    new DataView(tags.buffer).setUint32(8, name.length, true);
    tags.set(name, 12);
    return joined([this.#write([head], begins, 0), this.#write([tags], 0, 0)]);
  }

  /** Takes a packet; returns a page once one is full. The packet is kept. */
  add(packet: Uint8Array, ms: number): Uint8Array | undefined {
    const segments = Math.floor(packet.length / segmentBytes) + 1;
    const full = this.#segments + segments > mostSegments ? this.flush() : undefined;
    this.#packets.push(packet);
    this.#segments += segments;
    this.#ticks += ms * ticksPerMs;
    return full;
  }

  /** What was added since the last page; undefined where that is nothing. */
  flush(): Uint8Array | undefined {
    return this.#packets.length === 0 ? undefined : this.#take(0, this.#ticks);
  }

  /** Whether there are too few packets for that much sound. */
  lacks(ms: number): boolean {
    return this.#ticks < preSkip + ms * ticksPerMs;
  }

  /** The last page. @param ms of the sound altogether: what the last packet holds beyond it is not played (RFC 7845 §4.4) */
  end(ms: number): Uint8Array {
    return this.#take(ends, Math.min(this.#ticks, preSkip + ms * ticksPerMs));
  }

  #take(flags: number, granule: number): Uint8Array {
    const page = this.#write(this.#packets, flags, granule);
    this.#packets = [];
    this.#segments = 0;
    return page;
  }

  /**
   *     0 "OggS" | 4 version 0, flags | 6 granule position | 14 serial | 18 page number | 22 CRC | 26 segments | their sizes | packets
   */
  #write(packets: readonly Uint8Array[], flags: number, granule: number): Uint8Array {
    const sizes = packets.flatMap((packet) => [
      ...Array.from({ length: Math.floor(packet.length / segmentBytes) }, () => segmentBytes),
      packet.length % segmentBytes,
    ]);
    const header = new Uint8Array(27 + sizes.length);
    const view = new DataView(header.buffer);
    header.set(ascii("OggS"));
    view.setUint8(5, flags);
    view.setBigUint64(6, BigInt(Math.round(granule)), true);
    view.setUint32(14, this.#serial, true);
    view.setUint32(18, this.#page++, true);
    view.setUint8(26, sizes.length);
    header.set(sizes, 27);
    const page = joined([header, ...packets]);
    new DataView(page.buffer).setUint32(22, oggCrc(page), true);
    return page;
  }
}

/** RFC 3533 §6: polynomial 0x04c11db7, beginning with 0, not reflected. */
export function oggCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  return crc;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c1_1db7 : 0);
  return value >>> 0;
});

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
