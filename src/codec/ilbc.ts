/** iLBC in packets of whole frames of 20 or 30 ms (RFC 3951, RFC 3952); the frames themselves are in ilbc-frame.ts. */
import type { FormatParameters } from "../media/protocol.ts";
import type { Codec, CodecFormat, Decoder, Encoder } from "./codec.ts";
import { FrameDecoder, FrameEncoder } from "./ilbc-frame.ts";
import { type IlbcMode, MODE_20, MODE_30 } from "./ilbc-tables.ts";

const FORMAT: CodecFormat = { name: "ilbc", rateHz: 8000, rtpClockHz: 8000, samplesPerMs: 8, bytesPerMs: 1.9 };
const LONGEST_MS = 60;

/** 30 ms where nothing is said (RFC 3952 §4.2). */
function modeOf(parameters: FormatParameters | undefined): IlbcMode {
  return parameters?.["mode"] === "20" ? MODE_20 : MODE_30;
}

/** What a packet of that size holds; undefined where it is none. The least common size, 1900 bytes, is longer than any packet. */
function modeOfSize(size: number): IlbcMode | undefined {
  if (size === 0) return undefined;
  return size % MODE_30.bytes === 0 ? MODE_30 : size % MODE_20.bytes === 0 ? MODE_20 : undefined;
}

class IlbcEncoder implements Encoder {
  readonly format = FORMAT;
  readonly #frames = new FrameEncoder();
  #mode: IlbcMode;

  constructor(mode: IlbcMode) {
    this.#mode = mode;
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const mode = this.#mode;
    const count = Math.min(Math.floor(pcm.length / mode.samples), Math.floor(out.length / mode.bytes));
    for (let i = 0; i < count; i++) this.#frames.encode(mode, pcm, i * mode.samples, out, i * mode.bytes);
    return count * mode.bytes;
  }

  configure(parameters: FormatParameters): void {
    this.#mode = modeOf(parameters);
  }

  reset(): void {
    this.#frames.reset();
  }
}

class IlbcDecoder implements Decoder {
  readonly format = FORMAT;
  readonly absorbMargin = 0;
  readonly #frames = new FrameDecoder();
  #mode: IlbcMode;

  constructor(mode: IlbcMode) {
    this.#mode = mode;
  }

  packetSamples(bytes: Uint8Array, size = bytes.length): number {
    const mode = modeOfSize(size);
    return mode === undefined ? 0 : (size / mode.bytes) * mode.samples;
  }

  decode(bytes: Uint8Array, out: Int16Array, size = bytes.length): number {
    const mode = modeOfSize(Math.min(size, bytes.length));
    if (mode === undefined) return 0;
    // Some far ends send the other frame length than agreed; the size says which.
    if (mode !== this.#mode) this.#frames.reset();
    this.#mode = mode;
    const count = Math.min(Math.floor(size / mode.bytes), Math.floor(out.length / mode.samples));
    for (let i = 0; i < count; i++) this.#frames.decode(mode, bytes, i * mode.bytes, out, i * mode.samples);
    return count * mode.samples;
  }

  conceal(out: Int16Array, samples: number): number {
    const mode = this.#mode;
    const count = Math.floor(Math.min(samples, out.length) / mode.samples);
    for (let i = 0; i < count; i++) this.#frames.conceal(mode, out, i * mode.samples);
    return count * mode.samples;
  }

  copyFrom(other: Decoder): void {
    if (!(other instanceof IlbcDecoder)) return;
    this.#mode = other.#mode;
    this.#frames.copyFrom(other.#frames);
  }

  absorb(): void {}

  reset(): void {
    this.#frames.reset();
  }
}

export const ilbc: Codec = {
  ...FORMAT,
  missing: undefined,
  packetMs(wantedMs, parameters) {
    const { ms } = modeOf(parameters);
    return Math.max(ms, Math.min(LONGEST_MS, Math.floor(wantedMs / ms) * ms));
  },
  createEncoder: (parameters) => new IlbcEncoder(modeOf(parameters)),
  createDecoder: (parameters) => new IlbcDecoder(modeOf(parameters)),
};
