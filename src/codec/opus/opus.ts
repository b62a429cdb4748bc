/** Opus (RFC 6716, RFC 7587) as a codec of this phone: speech at 16 kHz, mono, by libopus; not music at 48 kHz. */
import type { Codec, CodecFormat } from "../codec.ts";
import { OpusDecoder } from "./decoder.ts";
import { OpusEncoder } from "./encoder.ts";
import { opusLibrary } from "./library.ts";

const format: CodecFormat = {
  name: "opus",
  rateHz: 16_000,
  rtpClockHz: 48_000,
  samplesPerMs: 16,
  // A frame of 1275 bytes may be 20 ms long.
  bytesPerMs: 64,
};

export const opus: Codec = {
  ...format,
  missing: undefined,
  prepare: () => void opusLibrary(),
  // Frames of 20 ms and more may be joined: 30 and 50 ms cannot be made of them.
  packetMs: (wantedMs) => (wantedMs >= 60 ? 60 : wantedMs >= 40 ? 40 : wantedMs >= 20 ? 20 : 10),
  createEncoder: (parameters = {}) => new OpusEncoder(format, parameters),
  createDecoder: () => new OpusDecoder(format),
};
