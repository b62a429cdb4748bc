/** A decoder of Opus to mono at 16 kHz, whatever the packets are, with its concealment and its in-band FEC (RFC 6716 §4.4, §2.1.7). */
import type { CodecFormat, Decoder } from "../codec.ts";
import { mostBytes, mostSamples, opusLibrary } from "./library.ts";
import { packetSamples, repeatsBefore } from "./packet.ts";

/** Concealment comes in units of 2.5 ms. */
const unitSamples = 40;

export class OpusDecoder implements Decoder {
  readonly format: CodecFormat;
  readonly state: Uint8Array;
  /** The state has no place for a signal that another concealment made: it moves on by `conceal`. */
  readonly absorbMargin = 0;
  readonly #library = opusLibrary();

  constructor(format: CodecFormat) {
    this.format = format;
    this.state = this.#library.newDecoder.slice();
  }

  decode(bytes: Uint8Array, out: Int16Array, size = bytes.length): number {
    const samples = packetSamples(bytes, size);
    if (samples === 0 || !this.#load(bytes, size)) return 0;
    const count = this.#library.calls.decode(size, mostSamples, 0);
    // Damaged: the time goes by all the same.
    return count < 0 ? this.conceal(out, samples) : this.#copy(count, out);
  }

  packetSamples(bytes: Uint8Array, size = bytes.length): number {
    return packetSamples(bytes, size);
  }

  conceal(out: Int16Array, samples: number): number {
    this.#library.decoder.bring(this);
    const most = Math.min(samples, mostSamples, out.length);
    const count = this.#library.calls.decode(0, most - (most % unitSamples), 0);
    return count < 0 ? 0 : this.#copy(count, out);
  }

  recover(next: Uint8Array, size: number, out: Int16Array, samples: number): number {
    if (samples > mostSamples || samples % unitSamples !== 0 || !repeatsBefore(next, size)) return 0;
    if (!this.#load(next, size)) return 0;
    const count = this.#library.calls.decode(size, samples, 1);
    return count < 0 ? 0 : this.#copy(count, out);
  }

  reset(): void {
    this.#library.decoder.bring(this);
    this.#library.calls.decoderReset();
  }

  copyFrom(other: Decoder): void {
    if (other instanceof OpusDecoder) this.#library.decoder.give(other, this);
  }

  absorb(): void {}

  #load(bytes: Uint8Array, size: number): boolean {
    if (size > mostBytes || size > bytes.length) return false;
    const { decoder, packet } = this.#library;
    decoder.bring(this);
    for (let i = 0; i < size; i++) packet[i] = bytes[i] ?? 0;
    return true;
  }

  #copy(count: number, out: Int16Array): number {
    const { pcm } = this.#library;
    const fitting = Math.min(count, out.length);
    for (let i = 0; i < fitting; i++) out[i] = pcm[i] ?? 0;
    return fitting;
  }
}
