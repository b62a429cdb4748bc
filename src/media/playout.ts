/**
 * The receiving side of one RTP stream (RFC 3550 §5.1, §6.4.1; AUD-05): packets in as they come, 10 ms frames out as the card asks.
 * It orders, decodes, delays as little as the network allows, conceals and stretches; it does not parse RTP and sends no RTCP.
 */
import type { Decoder } from "../codec/codec.ts";
import { Concealment } from "./concealment.ts";
import { JitterEstimator } from "./jitter-estimator.ts";
import { JitterSlots, NOISE_TYPE, SLOT_BYTES, SLOTS, SOUNDLESS_TYPE } from "./jitter-slots.ts";
import { PlayoutDecoders } from "./playout-decoders.ts";
import { noFigures, type PlayoutFigures } from "./playout-figures.ts";
import { PlayoutLine } from "./playout-line.ts";
import { MAX_MISORDER, PlayoutOrder } from "./playout-order.ts";
import { PlayoutOutput } from "./playout-output.ts";
import { type JitterSettings, PlayoutPace } from "./playout-pace.ts";
import { PlayoutTail, TICKS_PER_MS } from "./playout-tail.ts";
import type { ReceivedFormat } from "./protocol.ts";
import { Stretch } from "./stretch.ts";

/** Numbers that may wait ahead of the next one; with MAX_MISORDER behind it they fit into the ring. */
const MOST_WAITING = SLOTS - MAX_MISORDER - 1;
/** A hole in media time longer than this is a pause, not a loss, ms. */
const LONGEST_LOSS_MS = 250;
/** Past the greatest delay by this much, sound is skipped rather than compressed, ms. */
const SKIP_MS = 80;
/** Decoded sound kept ahead for the search of a place to stretch, ms. */
const AHEAD_MS = 35;
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
  readonly #block = new Int16Array(320);

  readonly #tail: PlayoutTail;

  #playing = false;
  #nowMs = 0;

  constructor(settings: { readonly rateHz: 16000; readonly jitter: JitterSettings }) {
    this.#pace = new PlayoutPace(settings.jitter, this.#estimator);
    this.#tail = new PlayoutTail({
      figures: this.figures,
      slots: this.#slots,
      line: this.#line,
      decoders: this.#decoders,
      pace: this.#pace,
      concealment: this.#concealment,
      output: this.#output,
    });
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
    if (typeof number === "string" || this.#slots.holds(number) || number - this.#tail.expected >= MOST_WAITING) return;
    if (number < this.#tail.expected && number >= this.#order.first) this.figures.lost--;
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
      if (this.#tail.expected >= 0) this.#passOver(this.#order.newest + 1);
      slots.clear();
      number = this.#order.restart(sequence, timestamp, arrivalMs);
      this.#tail.expected = number;
    } else if (slots.holds(number)) {
      figures.duplicates++;
      return;
    }
    const ticks = TICKS_PER_MS * this.#order.mediaMs(timestamp, clockHz / 1000, arrivalMs);
    figures.jitterMs = this.#order.jitterMs;
    if (number > this.#order.newest) this.#order.newest = number;
    // Before the first sound was played a packet that was overtaken is simply the new first.
    if (number < this.#tail.expected && !this.#playing) this.#tail.expected = this.#order.first = number;
    if (number >= this.#tail.expected) {
      if (number - this.#tail.expected >= MOST_WAITING) this.#passOver(number - MOST_WAITING + 1);
      slots.store(number, type, ticks, this.#order.epoch, payload, true);
      figures.waiting = slots.waiting;
      return;
    }
    slots.store(number, type, ticks, this.#order.epoch, payload, false);
    // One from before the first that came: those in between count from now on.
    if (number >= this.#order.first) figures.lost--;
    else {
      figures.lost += this.#order.first - number - 1;
      this.#order.first = number;
    }
    if (decoder === undefined || this.#decoders.repair(number, this.#tail.expected, decoder)) figures.played++;
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
    this.#tail.extend(need - line.ahead);
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
    this.#tail.reset();
    this.#playing = false;
  }

  /** `now` less the media time at the head, ms. */
  get #lagMs(): number {
    return this.#nowMs - this.#tail.ticks / TICKS_PER_MS + this.#ms(this.#line.ahead);
  }

  /** Samples of the line as ms. */
  #ms(samples: number): number {
    return (1000 * samples) / this.#line.rateHz;
  }

  /** Gives up every number below `sequence`. */
  #passOver(sequence: number): void {
    for (; this.#tail.expected < sequence; this.#tail.expected++) {
      if (this.#slots.waits(this.#tail.expected)) {
        this.#slots.take(this.#tail.expected);
        this.figures.skipped++;
      } else if (!this.#slots.holds(this.#tail.expected)) this.figures.lost++;
    }
    this.#decoders.forgetGap();
    this.figures.waiting = this.#slots.waiting;
  }

  /** Waits until the first packet has been held for as long as the target says. */
  #start(): boolean {
    const first = this.#slots.nextWaiting(this.#tail.expected);
    if (first < 0) return false;
    const lag = this.#nowMs - this.#slots.ticks(first) / TICKS_PER_MS;
    // The first sample sounds in the middle of a frame where that makes the delay what it should be.
    const targetMs = this.#pace.targetMs;
    if (lag - this.#estimator.baseMs <= targetMs - 10) return false;
    this.#passOver(first);
    this.#playing = true;
    this.#tail.ticks = this.#slots.ticks(first);
    this.#tail.epoch = this.#slots.epoch(first);
    this.#pace.lagMs = lag;
    if (this.#tail.isNoise(first)) this.#tail.enterPause(first);
    else {
      this.#tail.append(first);
      const shortMs = targetMs - (this.#lagMs - this.#estimator.baseMs);
      this.#line.head -= Math.max(0, Math.floor((shortMs * this.#line.rateHz) / 1000));
      this.#pace.lagMs = this.#lagMs;
    }
    return true;
  }

  /** Far too much is held: what waits is decoded for the decoder's sake and not played. */
  #skip(): void {
    const line = this.#line;
    const pace = this.#pace;
    while (
      this.#concealment.inserted === 0 &&
      pace.delayMs > pace.limitMs + SKIP_MS &&
      this.#tail.follows(this.#tail.expected)
    ) {
      pace.moved(-this.#ms(line.ahead));
      line.head = line.tail;
      const before = this.#tail.ticks;
      if (!this.#tail.append(this.#tail.expected)) return;
      pace.moved((before - this.#tail.ticks) / TICKS_PER_MS);
      line.head = line.tail;
      this.figures.played--;
      this.figures.skipped++;
    }
  }

  /** Gets the line `need` samples ahead, or at least nearer to it. */
  #supply(need: number): void {
    const line = this.#line;
    const found = this.#slots.nextWaiting(this.#tail.expected);
    if (found < 0) {
      this.#tail.extend(need - line.ahead);
      return;
    }
    if (found === this.#tail.expected && this.#tail.follows(found)) {
      this.#tail.append(found);
      return;
    }
    if (this.#tail.isNoise(found)) {
      this.#tail.countLost(this.#tail.missingBefore(found), this.#nowMs);
      this.#tail.enterPause(found);
      return;
    }
    const missing = this.#tail.missingBefore(found);
    const gap = this.#slots.ticks(found) - this.#tail.ticks;
    const sameEpoch = this.#slots.epoch(found) === this.#tail.epoch;
    const longest = Math.min(LONGEST_LOSS_MS, missing * 1.5 * this.#pace.packetMs) * TICKS_PER_MS;
    if (sameEpoch && missing > 0 && gap > 0 && gap <= longest) {
      this.#tail.fill(found, missing, gap, this.#nowMs);
      return;
    }
    // A pause, or a jump of the timestamps: its end is the time to choose the delay anew, for nothing is heard of it.
    const lag = this.#nowMs - this.#slots.ticks(found) / TICKS_PER_MS + this.#ms(line.ahead);
    if (lag - this.#estimator.baseMs < this.#pace.targetMs - 5 && !(sameEpoch && gap < 0)) {
      this.#tail.extend(need - line.ahead);
      return;
    }
    this.#tail.countLost(missing, this.#nowMs);
    this.#tail.expected = found;
    this.#tail.ticks = this.#slots.ticks(found);
    this.#tail.epoch = this.#slots.epoch(found);
    this.#pace.lagMs = this.#lagMs;
    this.#tail.joinNext();
  }

  /** Takes the next block with a piece left out or repeated where delay and target ask for it; false when they do not. */
  #stretched(need: number): boolean {
    const line = this.#line;
    const pace = this.#pace;
    this.#stretch.hear(line.pcm, line.head, need);
    pace.judge(this.#ms(line.ahead));
    if (pace.likenessToExpand(this.#stretch.quietBlocks) <= 1)
      return this.#stretch.expand(line, pace, this.figures, need, this.#block);
    if (pace.likenessToCompress > 1) return false;
    while (this.#ms(line.ahead) < AHEAD_MS && this.#tail.follows(this.#tail.expected)) {
      if (this.#decoders.of(this.#tail.expected)?.format.name !== this.figures.codec) break;
      this.#tail.append(this.#tail.expected);
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
    figures.concealedFrames = Math.round(this.#tail.concealedMs / 10);
  }
}
