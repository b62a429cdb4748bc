/**
 * Where the next sound of a stream is added to what was decoded: packets in their turn, gaps between them filled from both sides,
 * what is made up while none is there, pauses; when, and how much is held, is decided by playout.ts.
 */
import type { Decoder } from "../codec/codec.ts";
import { emptyNoise, readComfortNoise } from "../rtp/comfort-noise.ts";
import type { Concealment } from "./concealment.ts";
import { type JitterSlots, NOISE_TYPE } from "./jitter-slots.ts";
import { FORESEEN_MS, type PlayoutDecoders } from "./playout-decoders.ts";
import type { PlayoutFigures } from "./playout-figures.ts";
import type { PlayoutLine } from "./playout-line.ts";
import type { PlayoutOutput } from "./playout-output.ts";
import type { PlayoutPace } from "./playout-pace.ts";

/** Media time in here, whatever the clock of a codec; packets are in line when their timestamps are, to a ms. */
export const TICKS_PER_MS = 8;
/** Concealment that lasts longer is silence of the far end and is not counted, ms. */
const COUNTED_MS = 300;
/** After a gap a decoder with a state is wrong for about so long, ms. */
const UNSURE_MS = 8;
const SCRATCH = 4096;

export interface PlayoutParts {
  readonly figures: PlayoutFigures;
  readonly slots: JitterSlots;
  readonly line: PlayoutLine;
  readonly decoders: PlayoutDecoders;
  readonly pace: PlayoutPace;
  readonly concealment: Concealment;
  readonly output: PlayoutOutput;
}

export class PlayoutTail {
  /** The number whose turn is next; -1 before the first packet. */
  expected = -1;
  /** Timestamp of the line's tail, and its epoch. */
  ticks = 0;
  epoch = 0;
  /** Sound that was made up. */
  concealedMs = 0;
  readonly figures: PlayoutFigures;
  readonly #slots: JitterSlots;
  readonly #line: PlayoutLine;
  readonly #decoders: PlayoutDecoders;
  readonly #pace: PlayoutPace;
  readonly #concealment: Concealment;
  readonly #output: PlayoutOutput;
  readonly #scratch = new Int16Array(SCRATCH);
  readonly #more = new Int16Array(SCRATCH);
  readonly #noise = emptyNoise();

  constructor(parts: PlayoutParts) {
    this.figures = parts.figures;
    this.#slots = parts.slots;
    this.#line = parts.line;
    this.#decoders = parts.decoders;
    this.#pace = parts.pace;
    this.#concealment = parts.concealment;
    this.#output = parts.output;
  }

  /** Samples of the line as ms. */
  #ms(samples: number): number {
    return (1000 * samples) / this.#line.rateHz;
  }

  reset(): void {
    this.expected = -1;
    this.concealedMs = 0;
  }

  /** True when that packet waits and follows the line's tail at once. */
  follows(sequence: number): boolean {
    const slots = this.#slots;
    return (
      slots.waits(sequence) &&
      !this.isNoise(sequence) &&
      slots.epoch(sequence) === this.epoch &&
      Math.abs(slots.ticks(sequence) - this.ticks) < TICKS_PER_MS
    );
  }

  isNoise(sequence: number): boolean {
    return this.#slots.type(sequence) === NOISE_TYPE;
  }

  /** The far end sends nothing for a while, and this is how its noise sounds, or how it sounds now. */
  enterPause(sequence: number): void {
    const slots = this.#slots;
    const bytes = slots.bytes(sequence);
    slots.take(sequence);
    this.expected = sequence + 1;
    this.figures.played++;
    this.#decoders.forgetGap();
    if (bytes === undefined || !readComfortNoise(bytes.subarray(0, slots.size(sequence)), this.#noise)) return;
    this.#concealment.pause(this.#noise);
  }

  /** Numbers from the one expected on that did not come. */
  missingBefore(found: number): number {
    let missing = 0;
    for (let number = this.expected; number < found; number++) if (!this.#slots.holds(number)) missing++;
    return missing;
  }

  countLost(count: number, nowMs: number): void {
    if (count === 0) return;
    this.#pace.lost(count, nowMs);
    this.figures.lost += count;
  }

  /** Nothing is there: goes on from the past alone, while media time stands still. */
  extend(count: number): void {
    if (count <= 0) return;
    this.#concealment.extend(this.#line, count);
    this.#pace.moved(this.#ms(count));
    if (!this.#concealment.pausing && this.#ms(this.#concealment.inserted) <= COUNTED_MS)
      this.concealedMs += this.#ms(count);
  }

  /** Appends the packet expected as if something had been made up before it, so that it is led in without a step. */
  joinNext(): void {
    this.#decoders.forgetGap();
    if (this.#concealment.inserted === 0) this.#concealment.inserted = 1;
    this.append(this.expected);
  }

  /** Decodes the packet of that number, which is the one expected, behind the tail. Returns false when it holds no sound. */
  append(sequence: number): boolean {
    const line = this.#line;
    const pace = this.#pace;
    const decoder = this.#decoders.of(sequence);
    if (decoder !== undefined && decoder.format.name !== this.figures.codec) this.#changeCodec(decoder);
    const count = this.#decode(sequence, this.#scratch);
    if (count === 0) return false;
    this.#concealment.listen(this.#scratch, count, line.rateHz);
    if (this.#concealment.inserted > 0) {
      // Late, but not too late: played whole, which lengthens the delay, as far as the limit allows.
      const excessMs = Math.min(pace.delayMs - pace.limitMs, this.#ms(this.#concealment.inserted));
      const from = excessMs > 1 ? Math.min(count, Math.round((excessMs * line.rateHz) / 1000)) : 0;
      pace.moved(-this.#ms(from));
      if (from < count) pace.moved(this.#ms(this.#concealment.join(line, this.#scratch, from, count)));
      else {
        // All of it is too late.
        this.#concealment.inserted = Math.max(1, this.#concealment.inserted - count);
        this.figures.played--;
        this.figures.late++;
      }
    } else line.append(this.#scratch, 0, count);
    return true;
  }

  /** Decodes a waiting packet into `out`, counts it and moves media time behind it. Returns the samples. */
  #decode(sequence: number, out: Int16Array): number {
    const decoder = this.#decoders.of(sequence);
    const bytes = this.#slots.bytes(sequence);
    this.#slots.take(sequence);
    this.expected = sequence + 1;
    if (decoder === undefined || bytes === undefined) {
      // Renegotiated away while it waited.
      this.figures.discarded++;
      return 0;
    }
    this.figures.codec = decoder.format.name;
    this.figures.played++;
    const count = decoder.decode(bytes, out, this.#slots.size(sequence));
    this.ticks = this.#slots.ticks(sequence) + this.#ms(count) * TICKS_PER_MS;
    this.#pace.received(this.#ms(count));
    return count;
  }

  /** Another codec begins with another delay, and with a sender whose coder begins anew: it is led in like after a gap. */
  #changeCodec(decoder: Decoder): void {
    const first = this.figures.codec === undefined;
    if (decoder.format.rateHz !== this.#line.rateHz) this.#changeRate(decoder.format.rateHz);
    if (first) return;
    if (this.#concealment.inserted === 0) this.#concealment.inserted = 1;
    decoder.reset();
  }

  #changeRate(rateHz: 8000 | 16000): void {
    const line = this.#line;
    // Towards 8 kHz the output's filter is fed that much further on, so there must be something.
    if (rateHz === 8000) this.extend(this.#output.delaySamples - line.ahead);
    this.#concealment.changeRate(rateHz / line.rateHz);
    line.convert(rateHz, this.#output.delaySamples);
    this.#decoders.forgetGap();
    if (rateHz === 8000) this.#output.hear(line);
  }

  /** A loss of `missing` packets whose other side, `found`, is there: filled from both. */
  fill(found: number, missing: number, gapTicks: number, nowMs: number): void {
    const line = this.#line;
    const decoder = this.#decoders.of(found);
    const gap = Math.round((gapTicks * line.rateHz) / 8000);
    const inserted = this.#concealment.inserted;
    const first = this.expected;
    this.countLost(missing, nowMs);
    this.expected = found;
    if (decoder === undefined || decoder.format.name !== this.figures.codec || inserted >= gap) {
      // Nothing to fill any more, or the codec changes with the gap.
      if (decoder !== undefined && decoder.format.name === this.figures.codec)
        this.#decoders.recover(found, decoder, gap, missing, this.#scratch);
      this.#pace.moved(-gapTicks / TICKS_PER_MS);
      this.ticks += gapTicks;
      this.joinNext();
      return;
    }
    this.#decoders.enterGap(decoder, missing === 1 && inserted === 0 ? first : -1);
    const known = this.#decoders.recover(found, decoder, gap, missing, this.#scratch);
    if (known > 0) {
      this.#fillKnown(found, gap, known);
      return;
    }
    const rest = gap - inserted;
    const stateful = decoder.absorbMargin > 0;
    const foreseen = rest + (stateful ? (FORESEEN_MS * line.rateHz) / 1000 : 0);
    this.#concealment.foresee(line, foreseen);
    if (stateful) this.#decoders.foresee(found, decoder, gap, rest);
    let count = this.#decode(found, this.#scratch);
    // One packet more, if it is there, tells the pitch better.
    if (count < line.rateHz / 25 && this.follows(found + 1) && this.#decoders.of(found + 1) === decoder) {
      const more = this.#decode(found + 1, this.#more);
      for (let i = 0; i < more && count < SCRATCH; i++) this.#scratch[count++] = this.#more[i] ?? 0;
    }
    const unsure = stateful ? (UNSURE_MS * line.rateHz) / 1000 : 0;
    const end = line.tail + line.moved + rest;
    this.#concealment.bridge(line, rest, this.#scratch, count, foreseen, unsure);
    if (stateful) this.#decoders.decodeAgain(found, this.expected, decoder, gap, end - line.moved);
    this.#pace.moved(-this.#ms(inserted));
    this.concealedMs += this.#ms(rest);
  }

  /** The same where the packet behind the loss brings its last `known` samples, which lie in the scratch, again. */
  #fillKnown(found: number, gap: number, known: number): void {
    const line = this.#line;
    const inserted = this.#concealment.inserted;
    const open = gap - inserted - known;
    let count = known;
    const more = this.#decode(found, this.#more);
    for (let i = 0; i < more && count < SCRATCH; i++) this.#scratch[count++] = this.#more[i] ?? 0;
    this.#decoders.forgetGap();
    this.#concealment.listen(this.#scratch, count, line.rateHz);
    this.#pace.moved(-this.#ms(inserted));
    if (open > 0) this.#concealment.bridge(line, open, this.#scratch, count, 0, 0);
    else if (inserted > 0) this.#pace.moved(this.#ms(this.#concealment.join(line, this.#scratch, -open, count)));
    else line.append(this.#scratch, 0, count);
    this.concealedMs += this.#ms(Math.max(0, open));
  }
}
