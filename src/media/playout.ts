/**
 * The receiving side of one RTP stream (RFC 3550 §5.1, §6.4.1; AUD-05): packets in as they come, 10 ms frames out as the card asks.
 * It orders, decodes, delays as little as the network allows, conceals and stretches; it does not parse RTP and sends no RTCP.
 */
import type { Decoder } from "../codec/codec.ts";
import { emptyNoise, readComfortNoise } from "../rtp/comfort-noise.ts";
import { Concealment } from "./concealment.ts";
import { JitterEstimator } from "./jitter-estimator.ts";
import { JitterSlots, NOISE_TYPE, SLOT_BYTES, SLOTS, SOUNDLESS_TYPE } from "./jitter-slots.ts";
import { FORESEEN_MS, PlayoutDecoders } from "./playout-decoders.ts";
import { noFigures, type PlayoutFigures } from "./playout-figures.ts";
import { PlayoutLine } from "./playout-line.ts";
import { MAX_MISORDER, PlayoutOrder } from "./playout-order.ts";
import { PlayoutOutput } from "./playout-output.ts";
import { type JitterSettings, PlayoutPace } from "./playout-pace.ts";
import type { ReceivedFormat } from "./protocol.ts";
import { Stretch } from "./stretch.ts";

/** Numbers that may wait ahead of the next one; with MAX_MISORDER behind it they fit into the ring. */
const MOST_WAITING = SLOTS - MAX_MISORDER - 1;
/** A hole in media time longer than this is a pause, not a loss, ms. */
const LONGEST_LOSS_MS = 250;
/** Past the greatest delay by this much, sound is skipped rather than compressed, ms. */
const SKIP_MS = 80;
/** Concealment that lasts longer is silence of the far end and is not counted, ms. */
const COUNTED_MS = 300;
/** After a gap a decoder with a state is wrong for about so long, ms. */
const UNSURE_MS = 8;
/** Decoded sound kept ahead for the search of a place to stretch, ms. */
const AHEAD_MS = 35;
/** Media time in here, whatever the clock of a codec; packets are in line when their timestamps are, to a ms. */
const TICKS_PER_MS = 8;
const SCRATCH = 4096;
const NOTHING = new Uint8Array(0);

export class Playout {
  readonly figures: PlayoutFigures = noFigures();
  readonly #slots = new JitterSlots();
  readonly #line = new PlayoutLine();
  readonly #decoders = new PlayoutDecoders(this.#slots, this.#line);
  readonly #estimator = new JitterEstimator();
  readonly #order = new PlayoutOrder(this.#estimator);
  readonly #pace: PlayoutPace;
  readonly #concealment = new Concealment();
  readonly #stretch = new Stretch();
  readonly #output = new PlayoutOutput();
  readonly #scratch = new Int16Array(SCRATCH);
  readonly #more = new Int16Array(SCRATCH);
  readonly #block = new Int16Array(320);

  /** The number whose turn is next; -1 before the first packet. */
  #expected = -1;
  #playing = false;
  /** Timestamp of the line's tail, and its epoch. */
  #tailTicks = 0;
  #tailEpoch = 0;
  #nowMs = 0;
  #concealedMs = 0;
  readonly #noise = emptyNoise();

  constructor(settings: { readonly rateHz: 16000; readonly jitter: JitterSettings }) {
    this.#pace = new PlayoutPace(settings.jitter, this.#estimator);
  }

  /** What may arrive. A codec keeps its state over a renegotiation. */
  setReceive(list: readonly ReceivedFormat[]): void {
    this.#decoders.setReceive(list);
  }

  /** Takes effect at once; the delay moves there by stretching. */
  tune(jitter: JitterSettings): void {
    this.#pace.jitter = jitter;
  }

  /** A packet of the stream, in any order. `payload` is copied. `arrivalMs` is on the clock of `pull`. Never throws. */
  put(
    sequence: number,
    timestamp: number,
    payloadType: number,
    _marker: boolean,
    payload: Uint8Array,
    arrivalMs: number,
  ): void {
    const type = payloadType & 127;
    const decoder = this.#decoders.ofType(type);
    if (decoder === undefined) {
      this.figures.received++;
      this.figures.discarded++;
    } else this.#take(sequence, timestamp, type, decoder.format.rtpClockHz, decoder, payload, arrivalMs);
  }

  /** A packet that says how the noise of a pause sounds (RFC 3389), on the clock of the audio around it. Never throws. */
  putNoise(sequence: number, timestamp: number, clockHz: number, payload: Uint8Array, arrivalMs: number): void {
    this.#take(sequence, timestamp, NOISE_TYPE, clockHz, undefined, payload, arrivalMs);
  }

  /**
   * A packet of the stream's count that carries no sound came, such as a telephone event (RFC 4733 §2.5): its number is not lost,
   * and where only such numbers lie between two packets the time between them is a pause. It is in none of the figures.
   */
  skip(sequence: number): void {
    const number = this.#order.number(sequence);
    if (typeof number === "string" || this.#slots.holds(number) || number - this.#expected >= MOST_WAITING) return;
    if (number < this.#expected && number >= this.#order.first) this.figures.lost--;
    if (number > this.#order.newest) this.#order.newest = number;
    this.#slots.store(number, SOUNDLESS_TYPE, 0, this.#order.epoch, NOTHING, false);
  }

  #take(
    sequence: number,
    timestamp: number,
    type: number,
    clockHz: number,
    decoder: Decoder | undefined,
    payload: Uint8Array,
    arrivalMs: number,
  ): void {
    const figures = this.figures;
    const slots = this.#slots;
    figures.received++;
    if (payload.length === 0 || payload.length > SLOT_BYTES) {
      figures.discarded++;
      return;
    }
    let number = this.#order.number(sequence);
    if (number === "stray") {
      figures.discarded++;
      return;
    }
    if (number === "restarted") {
      // What waits is of the old count and had its chance.
      if (this.#expected >= 0) this.#passOver(this.#order.newest + 1);
      slots.clear();
      number = this.#order.restart(sequence, timestamp, arrivalMs);
      this.#expected = number;
    } else if (slots.holds(number)) {
      figures.duplicates++;
      return;
    }
    const ticks = TICKS_PER_MS * this.#order.mediaMs(timestamp, clockHz / 1000, arrivalMs);
    figures.jitterMs = this.#order.jitterMs;
    if (number > this.#order.newest) this.#order.newest = number;
    // Before the first sound was played a packet that was overtaken is simply the new first.
    if (number < this.#expected && !this.#playing) this.#expected = this.#order.first = number;
    if (number >= this.#expected) {
      if (number - this.#expected >= MOST_WAITING) this.#passOver(number - MOST_WAITING + 1);
      slots.store(number, type, ticks, this.#order.epoch, payload, true);
      figures.waiting = slots.waiting;
      return;
    }
    slots.store(number, type, ticks, this.#order.epoch, payload, false);
    if (number >= this.#order.first) figures.lost--;
    if (decoder === undefined || this.#decoders.repair(number, this.#expected, decoder)) figures.played++;
    else figures.late++;
  }

  /** The next 10 ms at 16 kHz, always filled: silence before the first packet. `nowMs` is the time of the call. */
  pull(out: Int16Array, nowMs: number): void {
    this.#nowMs = nowMs;
    if (!this.#playing && !this.#start()) {
      out.fill(0);
      this.#publish();
      return;
    }
    const line = this.#line;
    this.#pace.observe(this.#lagMs, nowMs);
    this.#skip();
    // A change of the codec inside the loop may change the rate and with it the length of the block.
    for (let tries = 0; tries < 8 && line.ahead < line.rateHz / 100; tries++) this.#supply(line.rateHz / 100);
    const need = line.rateHz / 100;
    this.#extend(need - line.ahead);
    if (this.#concealment.inserted > 0 || !this.#stretched(need)) {
      for (let i = 0; i < need; i++) this.#block[i] = line.pcm[line.head + i] ?? 0;
      line.head += need;
    }
    this.#output.write(this.#block, need, out);
    this.#publish();
  }

  /** Forgets the stream (a new SSRC, a new far end), keeps the settings; counts begin anew. */
  reset(): void {
    Object.assign(this.figures, noFigures());
    this.#slots.clear();
    this.#estimator.restart();
    this.#estimator.neededMs = 0;
    this.#order.reset();
    this.#pace.reset();
    this.#line.clear();
    this.#concealment.reset();
    this.#output.reset();
    this.#decoders.reset();
    this.#expected = -1;
    this.#playing = false;
    this.#concealedMs = 0;
  }

  /** `now` less the media time at the head, ms. */
  get #lagMs(): number {
    return this.#nowMs - this.#tailTicks / TICKS_PER_MS + this.#ms(this.#line.ahead);
  }

  /** Samples of the line as ms. */
  #ms(samples: number): number {
    return (1000 * samples) / this.#line.rateHz;
  }

  /** Gives up every number below `sequence`. */
  #passOver(sequence: number): void {
    for (; this.#expected < sequence; this.#expected++) {
      if (this.#slots.waits(this.#expected)) {
        this.#slots.take(this.#expected);
        this.figures.skipped++;
      } else if (!this.#slots.holds(this.#expected)) this.figures.lost++;
    }
    this.#decoders.forgetGap();
    this.figures.waiting = this.#slots.waiting;
  }

  /** Waits until the first packet has been held for as long as the target says. */
  #start(): boolean {
    const first = this.#slots.nextWaiting(this.#expected);
    if (first < 0) return false;
    const lag = this.#nowMs - this.#slots.ticks(first) / TICKS_PER_MS;
    if (lag - this.#estimator.baseMs < this.#pace.targetMs) return false;
    this.#passOver(first);
    this.#playing = true;
    this.#tailTicks = this.#slots.ticks(first);
    this.#tailEpoch = this.#slots.epoch(first);
    this.#pace.lagMs = lag;
    if (this.#isNoise(first)) this.#enterPause(first);
    else this.#append(first);
    return true;
  }

  /** True when that packet waits and follows the line's tail at once. */
  #follows(sequence: number): boolean {
    const slots = this.#slots;
    return (
      slots.waits(sequence) &&
      !this.#isNoise(sequence) &&
      slots.epoch(sequence) === this.#tailEpoch &&
      Math.abs(slots.ticks(sequence) - this.#tailTicks) < TICKS_PER_MS
    );
  }

  /** Far too much is held: what waits is decoded for the decoder's sake and not played. */
  #skip(): void {
    const line = this.#line;
    const pace = this.#pace;
    while (this.#concealment.inserted === 0 && pace.delayMs > pace.limitMs + SKIP_MS && this.#follows(this.#expected)) {
      pace.moved(-this.#ms(line.ahead));
      line.head = line.tail;
      const before = this.#tailTicks;
      if (!this.#append(this.#expected)) return;
      pace.moved((before - this.#tailTicks) / TICKS_PER_MS);
      line.head = line.tail;
      this.figures.played--;
      this.figures.skipped++;
    }
  }

  /** Gets the line `need` samples ahead, or at least nearer to it. */
  #supply(need: number): void {
    const line = this.#line;
    const found = this.#slots.nextWaiting(this.#expected);
    if (found < 0) {
      this.#extend(need - line.ahead);
      return;
    }
    if (found === this.#expected && this.#follows(found)) {
      this.#append(found);
      return;
    }
    if (this.#isNoise(found)) {
      this.#countLost(this.#missingBefore(found));
      this.#enterPause(found);
      return;
    }
    const missing = this.#missingBefore(found);
    const gap = this.#slots.ticks(found) - this.#tailTicks;
    const sameEpoch = this.#slots.epoch(found) === this.#tailEpoch;
    const longest = Math.min(LONGEST_LOSS_MS, missing * 1.5 * this.#pace.packetMs) * TICKS_PER_MS;
    if (sameEpoch && missing > 0 && gap > 0 && gap <= longest) {
      this.#fill(found, missing, gap);
      return;
    }
    // A pause, or a jump of the timestamps: its end is the time to choose the delay anew, for nothing is heard of it.
    const lag = this.#nowMs - this.#slots.ticks(found) / TICKS_PER_MS;
    if (lag - this.#estimator.baseMs < this.#pace.targetMs - 5 && !(sameEpoch && gap < 0)) {
      this.#extend(need - line.ahead);
      return;
    }
    this.#countLost(missing);
    this.#expected = found;
    this.#tailTicks = this.#slots.ticks(found);
    this.#tailEpoch = this.#slots.epoch(found);
    this.#pace.lagMs = this.#lagMs;
    this.#joinNext();
  }

  #isNoise(sequence: number): boolean {
    return this.#slots.type(sequence) === NOISE_TYPE;
  }

  /** The far end sends nothing for a while, and this is how its noise sounds, or how it sounds now. */
  #enterPause(sequence: number): void {
    const slots = this.#slots;
    const bytes = slots.bytes(sequence);
    slots.take(sequence);
    this.#expected = sequence + 1;
    this.figures.played++;
    this.#decoders.forgetGap();
    if (bytes === undefined || !readComfortNoise(bytes.subarray(0, slots.size(sequence)), this.#noise)) return;
    this.#concealment.pause(this.#noise);
  }

  /** Numbers from the one expected on that did not come. */
  #missingBefore(found: number): number {
    let missing = 0;
    for (let number = this.#expected; number < found; number++) if (!this.#slots.holds(number)) missing++;
    return missing;
  }

  #countLost(count: number): void {
    if (count === 0) return;
    this.#pace.lost(count, this.#nowMs);
    this.figures.lost += count;
  }

  /** Nothing is there: goes on from the past alone, while media time stands still. */
  #extend(count: number): void {
    if (count <= 0) return;
    this.#concealment.extend(this.#line, count);
    this.#pace.moved(this.#ms(count));
    if (!this.#concealment.pausing && this.#ms(this.#concealment.inserted) <= COUNTED_MS)
      this.#concealedMs += this.#ms(count);
  }

  /** Appends the packet expected as if something had been made up before it, so that it is led in without a step. */
  #joinNext(): void {
    this.#decoders.forgetGap();
    if (this.#concealment.inserted === 0) this.#concealment.inserted = 1;
    this.#append(this.#expected);
  }

  /** Decodes the packet of that number, which is the one expected, behind the tail. Returns false when it holds no sound. */
  #append(sequence: number): boolean {
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
    this.#expected = sequence + 1;
    if (decoder === undefined || bytes === undefined) {
      // Renegotiated away while it waited.
      this.figures.discarded++;
      return 0;
    }
    this.figures.codec = decoder.format.name;
    this.figures.played++;
    const count = decoder.decode(bytes, out, this.#slots.size(sequence));
    this.#tailTicks = this.#slots.ticks(sequence) + this.#ms(count) * TICKS_PER_MS;
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
    if (rateHz === 8000) this.#extend(this.#output.delaySamples - line.ahead);
    this.#concealment.changeRate(rateHz / line.rateHz);
    line.convert(rateHz, this.#output.delaySamples);
    this.#decoders.forgetGap();
    if (rateHz === 8000) this.#output.hear(line);
  }

  /** A loss of `missing` packets whose other side, `found`, is there: filled from both. */
  #fill(found: number, missing: number, gapTicks: number): void {
    const line = this.#line;
    const decoder = this.#decoders.of(found);
    const gap = Math.round((gapTicks * line.rateHz) / 8000);
    const inserted = this.#concealment.inserted;
    const first = this.#expected;
    this.#countLost(missing);
    this.#expected = found;
    if (decoder === undefined || decoder.format.name !== this.figures.codec || inserted >= gap) {
      // Nothing to fill any more, or the codec changes with the gap.
      if (decoder !== undefined && decoder.format.name === this.figures.codec)
        this.#decoders.recover(found, decoder, gap, missing, this.#scratch);
      this.#pace.moved(-gapTicks / TICKS_PER_MS);
      this.#tailTicks += gapTicks;
      this.#joinNext();
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
    if (count < line.rateHz / 25 && this.#follows(found + 1) && this.#decoders.of(found + 1) === decoder) {
      const more = this.#decode(found + 1, this.#more);
      for (let i = 0; i < more && count < SCRATCH; i++) this.#scratch[count++] = this.#more[i] ?? 0;
    }
    const unsure = stateful ? (UNSURE_MS * line.rateHz) / 1000 : 0;
    const end = line.tail + line.moved + rest;
    this.#concealment.bridge(line, rest, this.#scratch, count, foreseen, unsure);
    if (stateful) this.#decoders.decodeAgain(found, this.#expected, decoder, gap, end - line.moved);
    this.#pace.moved(-this.#ms(inserted));
    this.#concealedMs += this.#ms(rest);
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
    this.#concealedMs += this.#ms(Math.max(0, open));
  }

  /** Takes the next block with a piece left out or repeated where delay and target ask for it; false when they do not. */
  #stretched(need: number): boolean {
    const line = this.#line;
    const pace = this.#pace;
    pace.judge(this.#ms(line.ahead));
    if (pace.likenessToExpand <= 1) return this.#stretch.expand(line, pace, this.figures, need, this.#block);
    if (pace.likenessToCompress > 1) return false;
    while (this.#ms(line.ahead) < AHEAD_MS && this.#follows(this.#expected)) {
      if (this.#decoders.of(this.#expected)?.format.name !== this.figures.codec) break;
      this.#append(this.#expected);
    }
    return this.#stretch.compress(line, pace, this.figures, need, this.#block);
  }

  #publish(): void {
    const figures = this.figures;
    figures.waiting = this.#slots.waiting;
    figures.targetMs = this.#pace.targetMs;
    figures.packetMs = this.#pace.packetMs;
    // Of a silent far end there is no delay to tell.
    if (this.#playing && this.#ms(this.#concealment.inserted) < 100) figures.bufferDelayMs = this.#pace.delayMs;
    figures.concealedFrames = Math.round(this.#concealedMs / 10);
  }
}
