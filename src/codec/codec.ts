/** What a speech codec is to the rest of the phone; not how it is named in SDP nor how its packets are timed. */
import type { CodecName } from "../media/protocol.ts";

export interface CodecFormat {
  readonly name: CodecName;
  /** Sampling rate of the audio on our side, Hz. */
  readonly rateHz: 8000 | 16000;
  /** Rate of its RTP timestamps, Hz; G.722 says 8000 for its 16000 (RFC 3551 §4.5.2). */
  readonly rtpClockHz: number;
  readonly samplesPerMs: number;
  readonly bytesPerMs: number;
}

export interface Encoder {
  readonly format: CodecFormat;
  /** Codes all of `pcm` (an even number of samples for G.722) into the start of `out`; returns the number of bytes. */
  encode(pcm: Int16Array, out: Uint8Array): number;
  /** Forgets everything heard so far. */
  reset(): void;
}

export interface Decoder {
  readonly format: CodecFormat;
  /** Decodes the first `size` (all unless told) of `bytes` into the start of `out`, as far as it has room; returns the samples. */
  decode(bytes: Uint8Array, out: Int16Array, size?: number): number;
  reset(): void;
  /** Takes over the state of another decoder of the same codec; nothing happens with one of another codec. */
  copyFrom(other: Decoder): void;
  /**
   * Moves the state on as if the coded form of `pcm[from .. from + samples)` had been decoded: for a gap that
   * concealment has filled. `pcm` should hold `absorbMargin` valid samples on either side of that range.
   */
  absorb(pcm: Int16Array, from: number, samples: number): void;
  readonly absorbMargin: number;
}

export interface Codec extends CodecFormat {
  createEncoder(): Encoder;
  createDecoder(): Decoder;
}
