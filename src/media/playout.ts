/** The receiving side of one RTP stream: packets in, 10 ms frames out; not RTP parsing, not RTCP. */
import type { Decoder } from "../codec/codec.ts";
import { codecs } from "../codec/index.ts";
import { type ExtendedSequence, extendSequence, firstSequence } from "../rtp/sequence.ts";
import type { CodecName, MediaTuning } from "./protocol.ts";

export type JitterSettings = MediaTuning["jitter"];

/** Plain numbers, updated in place; counts are since construction or `reset`. */
export interface PlayoutFigures {
  received: number;
  lost: number;
  late: number;
  duplicates: number;
  discarded: number;
  played: number;
  concealedFrames: number;
  bufferDelayMs: number;
  targetMs: number;
  expandedMs: number;
  compressedMs: number;
  jitterMs: number;
}

const SLOTS = 64;
const SLOT_BYTES = 1500;

export class Playout {
  readonly figures: PlayoutFigures = {
    received: 0,
    lost: 0,
    late: 0,
    duplicates: 0,
    discarded: 0,
    played: 0,
    concealedFrames: 0,
    bufferDelayMs: 0,
    targetMs: 0,
    expandedMs: 0,
    compressedMs: 0,
    jitterMs: 0,
  };
  #jitter: JitterSettings;
  readonly #decoders = new Map<number, Decoder>();
  readonly #bytes = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly #size = new Int32Array(SLOTS);
  readonly #type = new Int32Array(SLOTS);
  readonly #sequence = new Float64Array(SLOTS).fill(-1);
  #next: ExtendedSequence | undefined;
  #newest: ExtendedSequence | undefined;
  readonly #pcm = new Int16Array(4 * 1920);
  #held = 0;
  readonly #scratch = new Int16Array(1920);

  constructor(settings: { readonly rateHz: 16000; readonly jitter: JitterSettings }) {
    this.#jitter = settings.jitter;
  }

  setReceive(list: readonly { readonly payloadType: number; readonly codec: CodecName }[]): void {
    this.#decoders.clear();
    for (const { payloadType, codec } of list) this.#decoders.set(payloadType, codecs[codec].createDecoder());
  }

  tune(jitter: JitterSettings): void {
    this.#jitter = jitter;
  }

  put(
    sequence: number,
    _timestamp: number,
    payloadType: number,
    _marker: boolean,
    payload: Uint8Array,
    _arrivalMs: number,
  ): void {
    this.figures.received++;
    if (!this.#decoders.has(payloadType) || payload.length === 0 || payload.length > SLOT_BYTES) {
      this.figures.discarded++;
      return;
    }
    const extended = this.#newest === undefined ? firstSequence(sequence) : extendSequence(sequence, this.#newest);
    if (this.#next === undefined) this.#next = extended;
    if (extended < this.#next) {
      this.figures.late++;
      return;
    }
    if (this.#newest === undefined || extended > this.#newest) this.#newest = extended;
    if (extended - this.#next >= SLOTS) this.#next = extended;
    const slot = extended % SLOTS;
    if (this.#sequence[slot] === extended) {
      this.figures.duplicates++;
      return;
    }
    this.#sequence[slot] = extended;
    this.#size[slot] = payload.length;
    this.#type[slot] = payloadType;
    this.#bytes.set(payload, slot * SLOT_BYTES);
  }

  pull(out: Int16Array, _nowMs: number): void {
    while (
      this.#held < out.length &&
      this.#next !== undefined &&
      this.#newest !== undefined &&
      this.#next <= this.#newest
    ) {
      const slot = this.#next % SLOTS;
      const found = this.#sequence[slot] === this.#next;
      this.#next = (this.#next + 1) as ExtendedSequence;
      if (!found) {
        this.figures.lost++;
        continue;
      }
      const decoder = this.#decoders.get(this.#type[slot] ?? -1);
      if (decoder === undefined) continue;
      const start = slot * SLOT_BYTES;
      const count = decoder.decode(this.#bytes.subarray(start, start + (this.#size[slot] ?? 0)), this.#scratch);
      this.figures.played++;
      for (let i = 0; i < count && this.#held + 1 < this.#pcm.length; i++) {
        const sample = this.#scratch[i] ?? 0;
        this.#pcm[this.#held++] = sample;
        if (decoder.format.rateHz === 8000) this.#pcm[this.#held++] = sample;
      }
    }
    const count = Math.min(this.#held, out.length);
    out.set(this.#pcm.subarray(0, count));
    out.fill(0, count);
    if (count < out.length) this.figures.concealedFrames++;
    this.#pcm.copyWithin(0, count, this.#held);
    this.#held -= count;
    this.figures.bufferDelayMs = this.#held / 16;
    this.figures.targetMs = this.#jitter.minMs;
  }

  reset(): void {
    this.#next = undefined;
    this.#newest = undefined;
    this.#held = 0;
    this.#sequence.fill(-1);
    for (const decoder of this.#decoders.values()) decoder.reset();
  }
}
