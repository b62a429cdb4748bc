/** The decoders of a stream, and what those with a state need around a gap: foresight, a second try, repair by a late packet. */
import type { Decoder } from "../codec/codec.ts";
import { codecs } from "../codec/index.ts";
import { saturate16 } from "../dsp/saturate.ts";
import type { JitterSlots } from "./jitter-slots.ts";
import type { PlayoutLine } from "./playout-line.ts";
import type { CodecName, ReceivedFormat } from "./protocol.ts";

/** How far beyond a gap the past's continuation is compared with what a decoder makes of the packet there, and how alike is alike. */
export const FORESEEN_MS = 10;
const FORESEEN_LIKENESS = 0.9;
/** A second try of a decoder is faded in over this, and what a late packet puts right, ms. */
const JOIN_AGAIN_MS = 5;
const REPAIR_JOIN_MS = 4;
/** Packets over which a late one is still worth decoding anew. */
const REPAIR_PACKETS = 8;

const SCRATCH = 4096;

/** States of one codec from before the last gap, and for trying things out. */
interface SpareStates {
  readonly before: Decoder;
  readonly trial: Decoder;
}

export class PlayoutDecoders {
  readonly #slots: JitterSlots;
  readonly #line: PlayoutLine;
  readonly #byType: (Decoder | undefined)[] = new Array(128).fill(undefined);
  /** Of each codec that may arrive; made when that is said, for nothing may be made later. */
  readonly #spare = new Map<CodecName, SpareStates>();
  readonly #scratch = new Int16Array(SCRATCH);
  /** The packet that the last gap was left by, where it was only one, and where in the line that gap lies. */
  #repairable = -1;
  #repairAt = 0;

  constructor(slots: JitterSlots, line: PlayoutLine) {
    this.#slots = slots;
    this.#line = line;
  }

  /** A codec keeps its state over a renegotiation. */
  setReceive(list: readonly ReceivedFormat[]): void {
    const before = this.#byType.slice();
    this.#byType.fill(undefined);
    for (const { payloadType, codec, parameters } of list) {
      if (payloadType < 0 || payloadType > 127) continue;
      const make = (): Decoder => codecs[codec].createDecoder(parameters);
      const same = (decoder: Decoder | undefined): boolean => decoder?.format.name === codec;
      this.#byType[payloadType] = before.find(same) ?? this.#byType.find(same) ?? make();
      if (!this.#spare.has(codec)) this.#spare.set(codec, { before: make(), trial: make() });
    }
  }

  ofType(payloadType: number): Decoder | undefined {
    return this.#byType[payloadType];
  }

  /** Of a packet in the slots. */
  of(sequence: number): Decoder | undefined {
    return this.#byType[this.#slots.type(sequence)];
  }

  /** A gap begins at the line's tail, with a continuation of the past written behind it; `alone` is its number if it is only one. */
  enterGap(decoder: Decoder, alone: number): void {
    this.#spare.get(decoder.format.name)?.before.copyFrom(decoder);
    this.#repairable = alone;
    this.#repairAt = this.#line.tail + this.#line.moved;
  }

  /**
   * Lets a decoder with a state hear the continuation of the past through the gap, of which `rest` samples lie behind the tail,
   * and keeps that only if it then decodes what the continuation goes on to: so it does in steady sound, and there only is it
   * better prepared than with its state from before.
   */
  foresee(found: number, decoder: Decoder, gap: number, rest: number): void {
    const line = this.#line;
    const spare = this.#spare.get(decoder.format.name);
    const bytes = this.#slots.bytes(found);
    if (bytes === undefined || spare === undefined) return;
    const { trial } = spare;
    trial.copyFrom(decoder);
    trial.absorb(line.pcm, line.tail + rest - gap, gap);
    decoder.copyFrom(trial);
    const length = Math.min(
      trial.decode(bytes, this.#scratch, this.#slots.size(found)),
      (FORESEEN_MS * line.rateHz) / 1000 - decoder.absorbMargin,
    );
    let cross = 0;
    let a = 1;
    let b = 1;
    for (let i = 0; i < length; i++) {
      const x = line.pcm[line.tail + rest + i] ?? 0;
      const y = this.#scratch[i] ?? 0;
      cross += x * y;
      a += x * x;
      b += y * y;
    }
    if (cross <= FORESEEN_LIKENESS * Math.sqrt(a * b)) decoder.copyFrom(spare.before);
  }

  /**
   * The end of a gap of `gap` samples, out of what the packet `found` behind it repeats (in-band FEC), into the start of `out`;
   * returns the samples of that. A decoder that conceals by itself has moved on through the gap then, whether it found any or not.
   */
  recover(found: number, decoder: Decoder, gap: number, missing: number, out: Int16Array): number {
    const bytes = this.#slots.bytes(found);
    if (bytes === undefined || decoder.conceal === undefined) return 0;
    const last = Math.round(gap / missing);
    let toGo = gap - last;
    while (toGo > 0) {
      const made = decoder.conceal(this.#scratch, toGo);
      if (made === 0) break;
      toGo -= made;
    }
    const known = decoder.recover?.(bytes, this.#slots.size(found), out, last) ?? 0;
    if (known === 0) decoder.conceal(this.#scratch, last);
    return known;
  }

  /**
   * A decoder with a state went into the packets after a gap with the state from before it. Now that the gap is filled, it hears
   * the filling, `gap` samples that end before `at` in the line, and decodes numbers `found` to before `end` anew from there.
   */
  decodeAgain(found: number, end: number, decoder: Decoder, gap: number, at: number): void {
    const line = this.#line;
    const before = this.#spare.get(decoder.format.name)?.before;
    if (before === undefined) return;
    decoder.copyFrom(before);
    decoder.absorb(line.pcm, at - gap, gap);
    const length = (JOIN_AGAIN_MS * line.rateHz) / 1000;
    let place = 0;
    for (let sequence = found; sequence < end; sequence++) {
      const bytes = this.#slots.bytes(sequence);
      if (bytes === undefined) return;
      const count = decoder.decode(bytes, this.#scratch, this.#slots.size(sequence));
      for (let i = 0; i < count && at + place < line.tail; i++, place++) {
        const right = Math.min(1, (place + 0.5) / length);
        const value = (line.pcm[at + place] ?? 0) * (1 - right) + (this.#scratch[i] ?? 0) * right;
        line.pcm[at + place] = Math.round(value);
      }
    }
  }

  /** What was remembered of the last gap holds no longer. */
  forgetGap(): void {
    this.#repairable = -1;
  }

  /**
   * A packet came after its turn; `expected` is the number whose turn is next. Decodes anew from before the gap, which puts the
   * state right; returns whether something of the packet itself was still to be played.
   */
  repair(sequence: number, expected: number, decoder: Decoder): boolean {
    const line = this.#line;
    if (sequence !== this.#repairable) return false;
    this.#repairable = -1;
    if (expected - sequence > REPAIR_PACKETS || decoder.format.rateHz !== line.rateHz) return false;
    for (let n = sequence; n < expected; n++) if (!this.#slots.holds(n) || this.of(n) !== decoder) return false;
    const state = this.#spare.get(decoder.format.name)?.before;
    if (state === undefined) return false;
    const length = (REPAIR_JOIN_MS * line.rateHz) / 1000;
    let at = this.#repairAt - line.moved;
    let used = false;
    for (let n = sequence; n < expected; n++) {
      const bytes = this.#slots.bytes(n);
      if (bytes === undefined) return false;
      const count = state.decode(bytes, this.#scratch, this.#slots.size(n));
      for (let i = 0; i < count; i++, at++) {
        if (at < line.head || at >= line.tail) continue;
        const keep = Math.max(0, 1 - (at - line.head) / length);
        line.pcm[at] = saturate16(Math.round(keep * (line.pcm[at] ?? 0) + (1 - keep) * (this.#scratch[i] ?? 0)));
      }
      if (n === sequence) used = at > line.head + length;
    }
    decoder.copyFrom(state);
    return used;
  }

  reset(): void {
    this.#repairable = -1;
    for (const decoder of this.#byType) decoder?.reset();
  }
}
