/** L16: samples of 16 bits in network order, mono (RFC 3551 §4.5.11), at 8 and 16 kHz; not the two static types at 44.1 kHz. */
import type { CodecName } from "../media/protocol.ts";
import type { Codec, CodecFormat, Decoder, Encoder } from "./codec.ts";

/** A datagram over Ethernet stays whole below this many bytes of payload, SRTP and extensions allowed for. */
const MOST_BYTES = 1400;

export function l16(name: CodecName, rateHz: 8000 | 16000): Codec {
  const samplesPerMs = rateHz / 1000;
  const format: CodecFormat = { name, rateHz, rtpClockHz: rateHz, samplesPerMs, bytesPerMs: 2 * samplesPerMs };
  const longestMs = Math.floor(MOST_BYTES / format.bytesPerMs / 10) * 10;
  const encoder: Encoder = {
    format,
    encode(pcm, out) {
      const count = Math.min(pcm.length, out.length >> 1);
      for (let i = 0; i < count; i++) {
        const value = pcm[i] ?? 0;
        out[2 * i] = value >> 8;
        out[2 * i + 1] = value;
      }
      return 2 * count;
    },
    reset() {},
  };
  const decoder: Decoder = {
    format,
    packetSamples: (bytes, size = bytes.length) => size >> 1,
    decode(bytes, out, size = bytes.length) {
      const count = Math.min(Math.min(size, bytes.length) >> 1, out.length);
      for (let i = 0; i < count; i++) out[i] = ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0);
      return count;
    },
    reset() {},
    copyFrom() {},
    absorb() {},
    absorbMargin: 0,
  };
  // Neither direction has a state, so one of each serves everybody.
  return {
    ...format,
    missing: undefined,
    packetMs: (wantedMs) => Math.min(wantedMs, longestMs),
    createEncoder: () => encoder,
    createDecoder: () => decoder,
  };
}
