/** G.726 at 16, 24, 32 and 40 kbit/s as RTP carries it: packed low bits first (RFC 3551 §4.5.4) or as AAL2 does (I.366.2 Annex E). */
import type { CodecName } from "../media/protocol.ts";
import type { Codec, CodecFormat, Decoder, Encoder } from "./codec.ts";
import { type CodeBits, G726Adpcm } from "./g726-adpcm.ts";

/** Where the first of the codes in a byte stands. */
export type G726Packing = "low-first" | "high-first";

class G726Encoder implements Encoder {
  readonly format: CodecFormat;
  readonly #adpcm: G726Adpcm;
  readonly #bits: CodeBits;
  readonly #packing: G726Packing;

  constructor(format: CodecFormat, bits: CodeBits, packing: G726Packing) {
    this.format = format;
    this.#adpcm = new G726Adpcm(bits);
    this.#bits = bits;
    this.#packing = packing;
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const bits = this.#bits;
    const lowFirst = this.#packing === "low-first";
    // Whole bytes only: a multiple of 8 samples always is, as every packet of whole 10 ms.
    const size = Math.min((pcm.length * bits) >> 3, out.length);
    const count = Math.floor((size * 8) / bits);
    let held = 0;
    let filled = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
      const code = this.#adpcm.encode(pcm[i] ?? 0);
      held = lowFirst ? held | (code << filled) : (held << bits) | code;
      filled += bits;
      if (filled < 8) continue;
      filled -= 8;
      out[at++] = lowFirst ? held & 255 : (held >> filled) & 255;
      held = lowFirst ? held >> 8 : held & ((1 << filled) - 1);
    }
    return at;
  }

  reset(): void {
    this.#adpcm.reset();
  }
}

class G726Decoder implements Decoder {
  readonly format: CodecFormat;
  /** Nothing beside the gap is needed, but there is a state. */
  readonly absorbMargin = 1;
  readonly #adpcm: G726Adpcm;
  readonly #bits: CodeBits;
  readonly #packing: G726Packing;

  constructor(format: CodecFormat, bits: CodeBits, packing: G726Packing) {
    this.format = format;
    this.#adpcm = new G726Adpcm(bits);
    this.#bits = bits;
    this.#packing = packing;
  }

  packetSamples(bytes: Uint8Array, size = bytes.length): number {
    return Math.floor((size * 8) / this.#bits);
  }

  decode(bytes: Uint8Array, out: Int16Array, size = bytes.length): number {
    const bits = this.#bits;
    const mask = (1 << bits) - 1;
    const lowFirst = this.#packing === "low-first";
    const count = Math.min(Math.floor((Math.min(size, bytes.length) * 8) / bits), out.length);
    let held = 0;
    let filled = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (filled < bits) {
        const byte = bytes[at++] ?? 0;
        held = lowFirst ? held | (byte << filled) : (held << 8) | byte;
        filled += 8;
      }
      filled -= bits;
      const code = lowFirst ? held & mask : (held >> filled) & mask;
      held = lowFirst ? held >> bits : held & ((1 << filled) - 1);
      out[i] = this.#adpcm.decode(code);
    }
    return count;
  }

  reset(): void {
    this.#adpcm.reset();
  }

  copyFrom(other: Decoder): void {
    if (other instanceof G726Decoder && other.#bits === this.#bits) this.#adpcm.copyFrom(other.#adpcm);
  }

  absorb(pcm: Int16Array, from: number, samples: number): void {
    for (let i = 0; i < samples; i++) this.#adpcm.encode(pcm[from + i] ?? 0);
  }
}

/** @param bits of a sample: 2 is 16 kbit/s, 5 is 40 */
export function g726(name: CodecName, bits: CodeBits, packing: G726Packing): Codec {
  const format: CodecFormat = { name, rateHz: 8000, rtpClockHz: 8000, samplesPerMs: 8, bytesPerMs: bits };
  return {
    ...format,
    missing: undefined,
    packetMs: (wantedMs) => wantedMs,
    createEncoder: () => new G726Encoder(format, bits, packing),
    createDecoder: () => new G726Decoder(format, bits, packing),
  };
}
