/**
 * G.729 with Annexes A and B in packets of frames of 10 ms (RFC 3551 §4.5.6), by a part that is no part of this phone: a WebAssembly
 * file that build.sh makes of bcg729 (GPL-3) for those who ask for it. Without the file the codec says so and is not offered.
 */
import { reasonOf } from "../../base/error.ts";
import { instantiate, type WasmExports } from "../../dsp/wasm-module.ts";
import type { FormatParameters } from "../../media/protocol.ts";
import type { Codec, CodecFormat, Decoder, Encoder } from "../codec.ts";
import { CodecMissingError } from "../missing.ts";

interface G729Exports extends WasmExports {
  _initialize(): void;
  pcmAt(): number;
  bitsAt(): number;
  startEncoder(annexB: number): void;
  startDecoder(): void;
  encode(): number;
  decode(size: number): void;
}

const FORMAT: CodecFormat = { name: "g729", rateHz: 8000, rtpClockHz: 8000, samplesPerMs: 8, bytesPerMs: 1 };
const FRAME_SAMPLES = 80;
const FRAME_BYTES = 10;
/** A frame that describes the noise of a pause; the last one of its packet. */
const NOISE_BYTES = 2;

/** Where build.sh puts it. */
export const g729File = new URL("file:///usr/local/lib/offhook/g729.wasm");

/** One instance for each coder and decoder: its memory is its state. */
class Library {
  readonly calls: G729Exports;
  readonly memory: Uint8Array;
  readonly pcm: Int16Array;
  readonly bits: Uint8Array;

  constructor(file: URL) {
    this.calls = instantiate<G729Exports>(file);
    this.calls._initialize();
    const { buffer } = this.calls.memory;
    this.memory = new Uint8Array(buffer);
    this.pcm = new Int16Array(buffer, this.calls.pcmAt(), FRAME_SAMPLES);
    this.bits = new Uint8Array(buffer, this.calls.bitsAt(), FRAME_BYTES);
  }
}

/** Pauses are coded as such unless the far end asks for none (RFC 4856 §2.1.9). */
function annexB(parameters: FormatParameters | undefined): boolean {
  return parameters?.["annexb"]?.toLowerCase() !== "no";
}

class G729Encoder implements Encoder {
  readonly format = FORMAT;
  readonly #library: Library;
  readonly #noise = new Uint8Array(NOISE_BYTES);
  #pauses: boolean;

  constructor(file: URL, pauses: boolean) {
    this.#library = new Library(file);
    this.#pauses = pauses;
    this.reset();
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const { calls, pcm: frame, bits } = this.#library;
    let speech = 0;
    let noise = 0;
    for (
      let at = 0, n = 1;
      at + FRAME_SAMPLES <= pcm.length && n * FRAME_BYTES <= out.length;
      at += FRAME_SAMPLES, n++
    ) {
      for (let i = 0; i < FRAME_SAMPLES; i++) frame[i] = pcm[at + i] ?? 0;
      const count = calls.encode();
      if (count === FRAME_BYTES) {
        // Only the end of a packet may be pause: speech that begins within it begins with it.
        for (; speech < n * FRAME_BYTES; speech++) out[speech] = bits[speech % FRAME_BYTES] ?? 0;
        noise = 0;
      } else if (count === NOISE_BYTES && noise === 0) {
        noise = NOISE_BYTES;
        for (let i = 0; i < NOISE_BYTES; i++) this.#noise[i] = bits[i] ?? 0;
      }
    }
    for (let i = 0; i < noise; i++) out[speech + i] = this.#noise[i] ?? 0;
    return speech + noise;
  }

  configure(parameters: FormatParameters): void {
    if (annexB(parameters) === this.#pauses) return;
    this.#pauses = annexB(parameters);
    this.reset();
  }

  reset(): void {
    this.#library.calls.startEncoder(this.#pauses ? 1 : 0);
  }
}

class G729Decoder implements Decoder {
  readonly format = FORMAT;
  readonly absorbMargin = 0;
  readonly #library: Library;

  constructor(file: URL) {
    this.#library = new Library(file);
    this.reset();
  }

  packetSamples(bytes: Uint8Array, size = bytes.length): number {
    const rest = size % FRAME_BYTES;
    if (rest !== 0 && rest !== NOISE_BYTES) return 0;
    return (Math.floor(size / FRAME_BYTES) + (rest === 0 ? 0 : 1)) * FRAME_SAMPLES;
  }

  decode(bytes: Uint8Array, out: Int16Array, size = bytes.length): number {
    const count = Math.min(this.packetSamples(bytes, Math.min(size, bytes.length)), out.length);
    let made = 0;
    for (let from = 0; made + FRAME_SAMPLES <= count; from += FRAME_BYTES, made += FRAME_SAMPLES) {
      const length = Math.min(FRAME_BYTES, size - from);
      for (let i = 0; i < length; i++) this.#library.bits[i] = bytes[from + i] ?? 0;
      this.#frame(length, out, made);
    }
    return made;
  }

  conceal(out: Int16Array, samples: number): number {
    let made = 0;
    for (; made + FRAME_SAMPLES <= Math.min(samples, out.length); made += FRAME_SAMPLES) this.#frame(0, out, made);
    return made;
  }

  #frame(size: number, out: Int16Array, at: number): void {
    const { calls, pcm } = this.#library;
    calls.decode(size);
    for (let i = 0; i < FRAME_SAMPLES; i++) out[at + i] = pcm[i] ?? 0;
  }

  copyFrom(other: Decoder): void {
    if (other instanceof G729Decoder) this.#library.memory.set(other.#library.memory);
  }

  absorb(): void {}

  reset(): void {
    this.#library.calls.startDecoder();
  }
}

/** G.729 by the file given; whether it is there and works is found out once, when that is first asked. */
export function g729From(file: URL): Codec {
  let missing: string | undefined;
  let known = false;
  const check = (): string | undefined => {
    if (known) return missing;
    known = true;
    try {
      new Library(file);
    } catch (error) {
      missing = `the G.729 part is not installed (src/codec/g729/README.md): ${reasonOf(error)}`;
    }
    return missing;
  };
  const must = (): void => {
    const why = check();
    if (why !== undefined) throw new CodecMissingError(`codec g729: ${why}`);
  };
  return {
    ...FORMAT,
    get missing() {
      return check();
    },
    packetMs: (wantedMs) => wantedMs,
    createEncoder(parameters) {
      must();
      return new G729Encoder(file, annexB(parameters));
    },
    createDecoder() {
      must();
      return new G729Decoder(file);
    },
  };
}

export const g729: Codec = g729From(g729File);
