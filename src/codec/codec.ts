/** What a speech codec is to the rest of the phone; not how it is named in SDP nor how its packets are timed. */
import type { CodecName, FormatParameters } from "../media/protocol.ts";

export interface CodecFormat {
  readonly name: CodecName;
  /** Sampling rate of the audio on our side, Hz. */
  readonly rateHz: 8000 | 16000;
  /** Rate of its RTP timestamps, Hz; G.722 says 8000 for its 16000 (RFC 3551 §4.5.2), Opus always 48000 (RFC 7587 §4.1). */
  readonly rtpClockHz: number;
  readonly samplesPerMs: number;
  /** Payload bytes at most, for each ms of a packet: buffers are sized by it. Exact where the size does not vary. */
  readonly bytesPerMs: number;
}

/** An encoder allocates nothing after it was made. */
export interface Encoder {
  readonly format: CodecFormat;
  /**
   * Codes all of `pcm`, which is a whole packet as `Codec.packetMs` allows it, into the start of `out`; returns the number of
   * bytes. 0: nothing needs to be sent for this packet (discontinuous transmission); time goes on all the same.
   */
  encode(pcm: Int16Array, out: Uint8Array): number;
  /** Forgets everything heard so far. */
  reset(): void;
  /** What the far end asked for now; unknown names mean nothing, wrong values are as if absent. */
  configure?(parameters: FormatParameters): void;
  /** Each report of the far end: the share of our packets that it lost, percent, 0 to 100; for redundancy it can recover from. */
  expectLoss?(percent: number): void;
}

/** A decoder allocates nothing after it was made, and takes any bytes. */
export interface Decoder {
  readonly format: CodecFormat;
  /** Decodes the first `size` (all unless told) of `bytes` into the start of `out`, as far as it has room; returns the samples. */
  decode(bytes: Uint8Array, out: Int16Array, size?: number): number;
  /** Samples that `decode` would make of that packet, without decoding it; 0 when it is none of this codec. */
  packetSamples(bytes: Uint8Array, size?: number): number;
  reset(): void;
  /** Takes over the state of another decoder of the same codec; nothing happens with one of another codec. */
  copyFrom(other: Decoder): void;
  /**
   * Moves the state on as if the coded form of `pcm[from .. from + samples)` had been decoded: for a gap that
   * concealment has filled. `pcm` should hold `absorbMargin` valid samples on either side of that range.
   */
  absorb(pcm: Int16Array, from: number, samples: number): void;
  /** 0: the codec has no state that `absorb` could put right, or none that can be reached so. */
  readonly absorbMargin: number;
  /**
   * The codec's own concealment: writes `samples` of sound into the start of `out` for packets that did not come, and moves the
   * state on by them. Returns the samples written, whole frames of the codec, at most `samples`.
   */
  conceal?(out: Int16Array, samples: number): number;
  /**
   * Writes the packet before `next`, `samples` long, out of what `next` repeats of it (in-band FEC), and moves the state on.
   * Returns the samples written; 0 where `next` repeats nothing: the state has not moved then.
   */
  recover?(next: Uint8Array, size: number, out: Int16Array, samples: number): number;
}

export interface Codec extends CodecFormat {
  /** Why this phone cannot use it now, such as a part that is not installed; undefined where it can. Making one throws then. */
  readonly missing: string | undefined;
  /** Loads what it is made of, some ms: once in each thread that codes, before any call. */
  prepare?(): void;
  /** Nearest packet length that the codec has, ms: whole frames, 10 to 60 and, save for frames that need it, not above `wantedMs`. */
  packetMs(wantedMs: number, parameters?: FormatParameters): number;
  /** @throws CodecMissingError */
  createEncoder(parameters?: FormatParameters): Encoder;
  /** @throws CodecMissingError */
  createDecoder(parameters?: FormatParameters): Decoder;
}
