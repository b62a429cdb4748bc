/**
 * The receiving side of one RTP stream (RFC 3550 §5.1, §6.4.1; AUD-05): packets in as they come, 10 ms frames out as the card asks.
 * It orders, decodes, delays as little as the network allows, conceals and stretches; it does not parse RTP and sends no RTCP.
 */
import type { Decoder } from "../codec/codec.ts";
import { codecs } from "../codec/index.ts";
import { Resampler } from "../dsp/resampler.ts";
import { saturate16 } from "../dsp/saturate.ts";
import { type ExtendedSequence, extendSequence, firstSequence, timestampDifference } from "../rtp/sequence.ts";
import { Concealment } from "./concealment.ts";
import { JitterEstimator } from "./jitter-estimator.ts";
import { JitterSlots, SLOT_BYTES, SLOTS } from "./jitter-slots.ts";
import { PlayoutLine } from "./playout-line.ts";
import type { CodecName, MediaTuning } from "./protocol.ts";
import { Stretch } from "./stretch.ts";

export type JitterSettings = MediaTuning["jitter"];

/**
 * Plain numbers, updated in place. Counts are since construction or `reset`. Each packet given to `put` is in exactly one of
 * played, late, duplicates, discarded, skipped and waiting.
 */
export interface PlayoutFigures {
  received: number;
  /** Packets whose sound was used. */
  played: number;
  /** Packets that came after their turn; they still repair the decoder's state. */
  late: number;
  duplicates: number;
  /** Packets of an unknown payload type, empty, oversized, or far out of sequence. */
  discarded: number;
  /** Packets thrown away to bring an overlong delay down. */
  skipped: number;
  /** Packets that wait for their turn. */
  waiting: number;
  /** Sequence numbers whose turn passed and that never came. */
  lost: number;
  /** 10 ms frames' worth of sound that was made up. */
  concealedFrames: number;
  /** From the earliest that a sample could have come to when it is played, ms: now, smoothed. */
  bufferDelayMs: number;
  /** What the buffer steers to, ms. */
  targetMs: number;
  /** Sound put in and taken out by time stretching, ms. */
  expandedMs: number;
  compressedMs: number;
  /** Times of the same. */
  expansions: number;
  compressions: number;
  /** Interarrival jitter, ms (RFC 3550 §6.4.1). */
  jitterMs: number;
  /** Codec of the packet played last. */
  codec: CodecName | undefined;
}

/** RFC 3550 appendix A.1. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Numbers that may wait ahead of the next one; with MAX_MISORDER behind it they fit into the ring. */
const MOST_WAITING = SLOTS - MAX_MISORDER - 1;
/** A timestamp this far from where arrival times expect it begins a new scale, ms. */
const EPOCH_MS = 1500;
/** A hole in media time longer than this is a pause, not a loss, ms. */
const LONGEST_LOSS_MS = 250;
/** Delay at the start, while nothing is known of the network, ms. */
const START_MS = 20;
/** Past the greatest delay by this much, sound is skipped rather than compressed, ms. */
const SKIP_MS = 80;
/** Concealment that lasts longer is silence of the far end and is not counted, ms. */
const COUNTED_MS = 300;
/** For so long after a loss one packet more is held, so that the next gap can be filled from both sides, ms. */
const LOOK_AHEAD_MS = 20_000;
/** Loss rate at which two are held. */
const LOSS_TWO = 0.05;
/** After a gap a decoder with a state is wrong for about so long; its second try is faded in over this, ms. */
const UNSURE_MS = 8;
/** How far beyond a gap the past's continuation is compared with what a decoder makes of the packet there, and how alike is alike. */
const FORESEEN_MS = 10;
const FORESEEN_LIKENESS = 0.9;
const JOIN_AGAIN_MS = 5;
/** Decoded sound kept ahead for the search of a place to stretch, ms. */
const AHEAD_MS = 35;

const SCRATCH = 4096;

export class Playout {
  readonly figures: PlayoutFigures = noFigures();
  #jitter: JitterSettings;
  readonly #decoderOf: (Decoder | undefined)[] = new Array(128).fill(undefined);
  readonly #spare: Record<CodecName, Decoder>;
  readonly #second: Record<CodecName, Decoder>;
  readonly #slots = new JitterSlots();
  readonly #estimator = new JitterEstimator();
  readonly #line = new PlayoutLine();
  readonly #concealment = new Concealment();
  readonly #stretch = new Stretch();
  readonly #upsampler = new Resampler(8000, 16_000, 160);
  readonly #scratch = new Int16Array(SCRATCH);
  readonly #more = new Int16Array(SCRATCH);
  readonly #block = new Int16Array(320);

  /** Highest sequence number received, and the next to be played; -1 before the first packet. */
  #newest = -1 as ExtendedSequence;
  #expected = -1;
  /** The first number that counts: what comes from below it was never missed. */
  #first = -1;
  /** A lone packet far out of sequence; a second one in line with it means that the sender began anew. */
  #stray = -1;
  /** Unwrapped timestamp and time of the packet that arrived last. */
  #lastTicks = 0;
  #lastArrivalMs = 0;
  #epoch = 0;

  #playing = false;
  /** Timestamp of the line's tail, its epoch, and the length of the last packet in ticks. */
  #tailTicks = 0;
  #tailEpoch = 0;
  #packetTicks = 160;
  #nowMs = 0;
  /** `now` less the media time at the head, smoothed over the card's jitter, ms; and how far single pulls were before it. */
  #lagMs = 0;
  #pullJitterMs = 0;
  #lossRate = 0;
  #lossMs = Number.NEGATIVE_INFINITY;
  #lookAhead = 0;
  #concealedSamples16 = 0;
  /** Blocks since the last stretch, and since one was first wished for. */
  #sinceStretch = 0;
  #wishedFor = 0;
  /** State of the decoder before the last gap of one packet, and where that gap lies. */
  #repairSequence = -1;
  #repairAt = 0;

  constructor(settings: { readonly rateHz: 16000; readonly jitter: JitterSettings }) {
    this.#jitter = settings.jitter;
    this.#spare = newDecoders();
    this.#second = newDecoders();
  }

  /** What may arrive. A codec keeps its state over a renegotiation. */
  setReceive(list: readonly { readonly payloadType: number; readonly codec: CodecName }[]): void {
    const before = this.#decoderOf.slice();
    this.#decoderOf.fill(undefined);
    for (const { payloadType, codec } of list) {
      if (payloadType < 0 || payloadType > 127) continue;
      const kept = before.find((decoder) => decoder?.format.name === codec);
      this.#decoderOf[payloadType] = kept ?? codecs[codec].createDecoder();
    }
  }

  /** Takes effect at once; the delay moves there by stretching. */
  tune(jitter: JitterSettings): void {
    this.#jitter = jitter;
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
    const figures = this.figures;
    figures.received++;
    const decoder = this.#decoderOf[payloadType & 127];
    if (decoder === undefined || payload.length === 0 || payload.length > SLOT_BYTES) {
      figures.discarded++;
      return;
    }
    const clock = decoder.format.rtpClockHz / 1000;
    let extended: ExtendedSequence;
    if (this.#newest < 0) {
      extended = firstSequence(sequence);
      this.#lastTicks = timestamp >>> 0;
      this.#lastArrivalMs = arrivalMs;
      this.#newest = extended;
      this.#expected = extended;
      this.#first = extended;
    } else {
      extended = extendSequence(sequence, this.#newest);
      const ahead = extended - this.#newest;
      if (ahead > MAX_DROPOUT || ahead < -MAX_MISORDER) {
        if (((this.#stray + 1) & 0xffff) !== (sequence & 0xffff)) {
          this.#stray = sequence & 0xffff;
          figures.discarded++;
          return;
        }
        extended = firstSequence(sequence);
        this.#restartSequence(extended);
      }
    }
    this.#stray = -1;
    if (this.#slots.holds(extended)) {
      figures.duplicates++;
      return;
    }
    const ticks = this.#unwrap(timestamp, clock, arrivalMs);
    if (extended > this.#newest) this.#newest = extended;
    // Before the first sound was played a packet that was overtaken is simply the new first.
    if (extended < this.#expected && !this.#playing) this.#expected = this.#first = extended;
    if (extended < this.#expected) {
      this.#slots.store(extended, payloadType & 127, ticks, this.#epoch, payload, false);
      this.#late(extended, decoder);
      return;
    }
    if (extended - this.#expected >= MOST_WAITING) this.#passOver(extended - MOST_WAITING + 1);
    this.#slots.store(extended, payloadType & 127, ticks, this.#epoch, payload, true);
    figures.waiting = this.#slots.waiting;
  }

  /** The next 10 ms at 16 kHz, always filled: silence before the first packet. `nowMs` is the time of the call. */
  pull(out: Int16Array, nowMs: number): void {
    this.#nowMs = nowMs;
    if (!this.#playing && !this.#start()) {
      out.fill(0);
      this.#publish();
      return;
    }
    this.#steer();
    const line = this.#line;
    // A change of the codec inside the loop may change the rate and with it the length of the block.
    for (let tries = 0; tries < 8; tries++) {
      const need = line.rateHz / 100;
      if (line.ahead >= need) break;
      this.#supply(need);
    }
    const need = line.rateHz / 100;
    this.#extend(need - line.ahead);
    const block = this.#block;
    if (!this.#stretched(need)) {
      for (let i = 0; i < need; i++) block[i] = line.pcm[line.head + i] ?? 0;
      line.head += need;
    }
    if (line.rateHz === 8000) this.#upsampler.process(block, out, need);
    else for (let i = 0; i < out.length; i++) out[i] = block[i] ?? 0;
    this.#publish();
  }

  /** Forgets the stream (a new SSRC, a new far end), keeps the settings; counts begin anew. */
  reset(): void {
    Object.assign(this.figures, noFigures());
    this.#slots.clear();
    this.#estimator.restart();
    this.#estimator.neededMs = 0;
    this.#line.clear();
    this.#concealment.reset();
    this.#upsampler.reset();
    for (const decoder of this.#decoderOf) decoder?.reset();
    this.#newest = -1 as ExtendedSequence;
    this.#expected = this.#stray = this.#repairSequence = -1;
    this.#playing = false;
    this.#lossMs = Number.NEGATIVE_INFINITY;
    this.#lossRate = this.#lookAhead = this.#concealedSamples16 = this.#sinceStretch = this.#pullJitterMs = 0;
  }

  /** Timestamps counted on through their wraps; a jump begins a new epoch. Feeds the estimator and the jitter figure. */
  #unwrap(timestamp: number, clock: number, arrivalMs: number): number {
    const step = timestampDifference(timestamp >>> 0, this.#lastTicks % 2 ** 32);
    let ticks = this.#lastTicks + step;
    const arrivedTicks = (arrivalMs - this.#lastArrivalMs) * clock;
    if (Math.abs(step - arrivedTicks) > EPOCH_MS * clock) {
      this.#epoch++;
      this.#estimator.restart();
      ticks = timestamp >>> 0;
    } else {
      const difference = Math.abs(arrivedTicks - step);
      this.figures.jitterMs += (difference / clock - this.figures.jitterMs) / 16;
    }
    this.#lastTicks = ticks;
    this.#lastArrivalMs = arrivalMs;
    this.#estimator.add(arrivalMs - ticks / clock, arrivalMs);
    return ticks;
  }

  /** Sequence numbers began anew: what waits is of the old count and had its chance. */
  #restartSequence(first: ExtendedSequence): void {
    this.#passOver(this.#newest + 1);
    this.#slots.clear();
    this.#newest = first;
    this.#expected = first;
    this.#first = first;
    this.#repairSequence = -1;
    // The old tail's timestamp means nothing to the new count.
    this.#epoch++;
    this.#estimator.restart();
  }

  /** Gives up every number below `sequence`. */
  #passOver(sequence: number): void {
    for (; this.#expected < sequence; this.#expected++) {
      if (this.#slots.waits(this.#expected)) {
        this.#slots.take(this.#expected);
        this.figures.skipped++;
      } else this.figures.lost++;
    }
    this.#repairSequence = -1;
    this.figures.waiting = this.#slots.waiting;
  }

  /** Waits until the first packet has been held for as long as the target says. */
  #start(): boolean {
    const first = this.#slots.nextWaiting(this.#expected);
    if (first < 0) return false;
    const clock = this.#clockOf(first);
    const delay = this.#nowMs - this.#slots.ticks(first) / clock - this.#estimator.baseMs;
    if (delay < this.#targetMs()) return false;
    this.#passOver(first);
    this.#playing = true;
    this.#tailTicks = this.#slots.ticks(first);
    this.#tailEpoch = this.#slots.epoch(first);
    this.#lagMs = this.#nowMs - this.#tailTicks / clock;
    this.#append(first);
    return true;
  }

  #clockOf(sequence: number): number {
    return (this.#decoderOf[this.#slots.type(sequence)]?.format.rtpClockHz ?? 8000) / 1000;
  }

  /** Ticks of the RTP clock in a sample of the line. */
  get #ticksPerSample(): number {
    return 8000 / this.#line.rateHz;
  }

  #targetMs(): number {
    const { adaptive, minMs, maxMs, normalMs } = this.#jitter;
    if (!adaptive) return normalMs;
    let target = this.#estimator.neededMs + 1 + this.#pullJitterMs;
    if (!this.#estimator.certain) target = Math.max(target, START_MS);
    target += this.#lookAhead * (this.#packetTicks / 8);
    return Math.max(minMs, Math.min(Math.max(minMs, maxMs), target));
  }

  /** Greatest delay allowed, ms. */
  get #limitMs(): number {
    return this.#jitter.adaptive ? Math.max(this.#jitter.minMs, this.#jitter.maxMs) : this.#jitter.normalMs;
  }

  /** Compares where playing stands with where it should. */
  #steer(): void {
    const line = this.#line;
    const lag = this.#nowMs - this.#tailTicks / 8 + (1000 * line.ahead) / line.rateHz;
    const early = this.#lagMs - lag;
    if (Math.abs(early) > 200) this.#lagMs = lag;
    else {
      this.#pullJitterMs = Math.max(this.#pullJitterMs * 0.999, Math.min(40, early - 1));
      this.#lagMs += (lag - this.#lagMs) * 0.05;
    }
    if (this.#nowMs - this.#lossMs > LOOK_AHEAD_MS) this.#lookAhead = 0;
    else if (this.#lossRate > LOSS_TWO) this.#lookAhead = 2;
    else if (this.#lookAhead !== 2 || this.#lossRate < LOSS_TWO / 2) this.#lookAhead = 1;
    while (
      this.#concealment.inserted === 0 &&
      this.#delayMs > this.#limitMs + SKIP_MS &&
      this.#slots.waits(this.#expected) &&
      this.#contiguous()
    ) {
      // Far too much is held: what waits is decoded for the decoder's sake and not played.
      this.#lagMs -= (1000 * line.ahead) / line.rateHz;
      line.head = line.tail;
      const before = this.#tailTicks;
      if (!this.#append(this.#expected)) break;
      this.#lagMs -= (this.#tailTicks - before) / 8;
      line.head = line.tail;
      this.figures.played--;
      this.figures.skipped++;
    }
  }

  get #delayMs(): number {
    return this.#lagMs - this.#estimator.baseMs;
  }

  /** Gets the line `need` samples ahead, or at least nearer to it. */
  #supply(need: number): void {
    const line = this.#line;
    const found = this.#slots.nextWaiting(this.#expected);
    if (found < 0) {
      this.#extend(need - line.ahead);
      return;
    }
    const missing = found - this.#expected;
    const gap = this.#slots.ticks(found) - this.#tailTicks;
    const sameEpoch = this.#slots.epoch(found) === this.#tailEpoch;
    if (sameEpoch && missing === 0 && Math.abs(gap) < 8) {
      this.#append(found);
      return;
    }
    if (sameEpoch && missing > 0 && gap > 0 && gap <= LONGEST_LOSS_MS * 8 && gap <= missing * 1.5 * this.#packetTicks) {
      this.#fill(found, missing, gap);
      return;
    }
    // A pause, or a jump of the timestamps: its end is the time to choose the delay anew, for nothing is heard of it.
    const delay = this.#nowMs - this.#slots.ticks(found) / this.#clockOf(found) - this.#estimator.baseMs;
    if (delay < this.#targetMs() - 5 && !(sameEpoch && gap < 0)) {
      this.#extend(need - line.ahead);
      return;
    }
    this.#countLost(missing);
    this.#expected = found;
    this.#tailTicks = this.#slots.ticks(found);
    this.#tailEpoch = this.#slots.epoch(found);
    this.#lagMs = this.#nowMs - this.#tailTicks / 8 + (1000 * line.ahead) / line.rateHz;
    this.#repairSequence = -1;
    this.#joinNext(found);
  }

  #countLost(count: number): void {
    for (let i = 0; i < count; i++) this.#lossRate += (1 - this.#lossRate) / 400;
    if (count > 0) this.#lossMs = this.#nowMs;
    this.figures.lost += count;
  }

  /** Nothing is there: goes on from the past alone, while media time stands still. */
  #extend(count: number): void {
    const line = this.#line;
    if (count <= 0) return;
    this.#concealment.extend(line, count);
    this.#lagMs += (1000 * count) / line.rateHz;
    if (this.#concealment.inserted <= (COUNTED_MS * line.rateHz) / 1000) this.#countConcealed(count);
  }

  #countConcealed(samples: number): void {
    this.#concealedSamples16 += (samples * 16_000) / this.#line.rateHz;
  }

  /** Appends a packet as if something had been made up before it, so that it is led in without a step. */
  #joinNext(sequence: number): void {
    if (this.#concealment.inserted === 0) this.#concealment.inserted = 1;
    this.#append(sequence);
  }

  /** Decodes the packet of that number, which is the one expected, behind the tail. Returns false when it holds no sound. */
  #append(sequence: number): boolean {
    const codec = this.#decoderOf[this.#slots.type(sequence)]?.format.name;
    if (codec !== this.figures.codec) this.#changeCodec(this.#decoderOf[this.#slots.type(sequence)]);
    const count = this.#decode(sequence, this.#scratch);
    this.#expected = sequence + 1;
    if (count === 0) return false;
    const line = this.#line;
    const ticks = count * this.#ticksPerSample;
    this.#concealment.listen(this.#scratch, count, line.rateHz);
    let from = 0;
    if (this.#concealment.inserted > 0) {
      // Late, but not too late: played whole, which lengthens the delay, as far as the limit allows.
      const excess = Math.min(this.#delayMs - this.#limitMs, this.#concealment.inserted / (line.rateHz / 1000));
      if (excess > 1) from = Math.min(count, Math.round((excess * line.rateHz) / 1000));
      this.#lagMs -= (1000 * from) / line.rateHz;
      if (from === count) {
        // All of it is too late.
        this.#concealment.inserted = Math.max(1, this.#concealment.inserted - count);
        this.figures.played--;
        this.figures.late++;
      } else this.#lagMs += (1000 * this.#concealment.join(line, this.#scratch, from, count)) / line.rateHz;
    } else line.append(this.#scratch, 0, count);
    this.#lossRate -= this.#lossRate / 400;
    this.#tailTicks = this.#slots.ticks(sequence) + ticks;
    this.#packetTicks = ticks;
    return true;
  }

  /** Decodes a waiting packet into `out` and counts it; changes the line to the codec's rate. Returns the samples. */
  #decode(sequence: number, out: Int16Array): number {
    const decoder = this.#decoderOf[this.#slots.type(sequence)];
    const bytes = this.#slots.bytes(sequence);
    this.#slots.take(sequence);
    if (decoder === undefined || bytes === undefined) {
      // Renegotiated away while it waited.
      this.figures.discarded++;
      return 0;
    }
    if (decoder.format.rateHz !== this.#line.rateHz) this.#changeRate(decoder.format.rateHz);
    this.figures.codec = decoder.format.name;
    this.figures.played++;
    return decoder.decode(bytes, out, this.#slots.size(sequence));
  }

  /** Another codec begins with another delay, and with a sender whose coder begins anew: it is led in like after a gap. */
  #changeCodec(decoder: Decoder | undefined): void {
    if (decoder === undefined || this.figures.codec === undefined) return;
    if (decoder.format.rateHz !== this.#line.rateHz) this.#changeRate(decoder.format.rateHz);
    if (this.#concealment.inserted === 0) this.#concealment.inserted = 1;
    decoder.reset();
  }

  #changeRate(rateHz: 8000 | 16000): void {
    const line = this.#line;
    const delayed = Math.round(this.#upsampler.delayMs * 16);
    // Towards 8 kHz the filter is fed that much further on, so there must be something.
    if (rateHz === 8000) this.#extend(delayed - line.ahead);
    this.#concealment.changeRate(rateHz / line.rateHz);
    line.convert(rateHz, delayed);
    this.#repairSequence = -1;
    if (rateHz === 8000) {
      // The filter must have heard what was played last, or it would begin in silence.
      this.#upsampler.reset();
      const history = 80;
      for (let i = 0; i < history; i++) this.#block[i] = line.pcm[line.head - history + i] ?? 0;
      this.#upsampler.process(this.#block, this.#more, history);
    }
  }

  /** A loss whose other side is known: filled from both. */
  #fill(found: number, missing: number, gapTicks: number): void {
    const line = this.#line;
    const decoder = this.#decoderOf[this.#slots.type(found)];
    const gap = Math.round(gapTicks / this.#ticksPerSample);
    const inserted = this.#concealment.inserted;
    this.#countLost(missing);
    const first = this.#expected;
    if (decoder === undefined || decoder.format.rateHz !== line.rateHz || inserted >= gap) {
      // Nothing to fill any more, or the codec changes with the gap.
      this.#expected = found;
      this.#lagMs -= gapTicks / 8;
      this.#tailTicks += gapTicks;
      this.#repairSequence = -1;
      this.#joinNext(found);
      return;
    }
    const rest = gap - inserted;
    this.#repairSequence = missing === 1 && inserted === 0 ? first : -1;
    this.#repairAt = line.tail + line.moved;
    this.#spare[decoder.format.name].copyFrom(decoder);
    const margin = decoder.absorbMargin;
    const foreseen = rest + (margin > 0 ? (FORESEEN_MS * line.rateHz) / 1000 : 0);
    this.#concealment.foresee(line, foreseen);
    if (margin > 0 && !this.#foreseenRightly(found, decoder, gap, rest))
      decoder.copyFrom(this.#spare[decoder.format.name]);
    let count = this.#decode(found, this.#scratch);
    this.#packetTicks = count * this.#ticksPerSample;
    this.#expected = found + 1;
    this.#tailTicks = this.#slots.ticks(found) + this.#packetTicks;
    const second = this.#expected;
    // One packet more, if it is there, tells the pitch better.
    if (
      count < line.rateHz / 25 &&
      this.#slots.waits(second) &&
      this.#decoderOf[this.#slots.type(second)] === decoder &&
      this.#slots.epoch(second) === this.#tailEpoch &&
      Math.abs(this.#slots.ticks(second) - this.#tailTicks) < 8
    ) {
      const more = this.#decode(second, this.#more);
      for (let i = 0; i < more && count < SCRATCH; i++) this.#scratch[count++] = this.#more[i] ?? 0;
      this.#expected = second + 1;
      this.#packetTicks = more * this.#ticksPerSample;
      this.#tailTicks = this.#slots.ticks(second) + this.#packetTicks;
    }
    const unsure = margin > 0 ? (UNSURE_MS * line.rateHz) / 1000 : 0;
    const end = line.tail + line.moved + rest;
    this.#concealment.bridge(line, rest, this.#scratch, count, foreseen, unsure);
    if (margin > 0) this.#decodeAgain(found, decoder, gap, end - line.moved);
    this.#lagMs -= (1000 * inserted) / line.rateHz;
    this.#countConcealed(rest);
  }

  /**
   * Lets a decoder with a state hear the continuation of the past through the gap, and tells whether it then decodes what the
   * continuation goes on to: so it does in steady sound, and there only is it better prepared than with its state from before.
   */
  #foreseenRightly(found: number, decoder: Decoder, gap: number, rest: number): boolean {
    const line = this.#line;
    const spare = this.#second[decoder.format.name];
    decoder.absorb(line.pcm, line.tail + rest - gap, gap);
    spare.copyFrom(decoder);
    const bytes = this.#slots.bytes(found);
    if (bytes === undefined) return false;
    const length = Math.min(
      spare.decode(bytes, this.#more, this.#slots.size(found)),
      (FORESEEN_MS * line.rateHz) / 1000 - decoder.absorbMargin,
    );
    let cross = 0;
    let a = 1;
    let b = 1;
    for (let i = 0; i < length; i++) {
      const x = line.pcm[line.tail + rest + i] ?? 0;
      const y = this.#more[i] ?? 0;
      cross += x * y;
      a += x * x;
      b += y * y;
    }
    return cross > FORESEEN_LIKENESS * Math.sqrt(a * b);
  }

  /**
   * A decoder with a state went into the packets after a gap with the state from before it. Now that the gap is filled, it hears
   * the filling, `gap` samples that end before `at` in the line, and decodes what lies from there anew, from number `found` on.
   */
  #decodeAgain(found: number, decoder: Decoder, gap: number, at: number): void {
    const line = this.#line;
    decoder.copyFrom(this.#spare[decoder.format.name]);
    decoder.absorb(line.pcm, at - gap, gap);
    const length = (JOIN_AGAIN_MS * line.rateHz) / 1000;
    for (let sequence = found, place = 0; sequence < this.#expected; sequence++) {
      const bytes = this.#slots.bytes(sequence);
      if (bytes === undefined) return;
      const count = decoder.decode(bytes, this.#scratch, this.#slots.size(sequence));
      for (let i = 0; i < count; i++, place++) {
        const right = Math.min(1, (place + 0.5) / length);
        const value = (line.pcm[at + place] ?? 0) * (1 - right) + (this.#scratch[i] ?? 0) * right;
        line.pcm[at + place] = Math.round(value);
      }
    }
  }

  /** A packet after its turn: what of it can still be played is, and the decoder is put right. */
  #late(sequence: ExtendedSequence, decoder: Decoder): void {
    const figures = this.figures;
    if (sequence >= this.#first) figures.lost--;
    let used = false;
    if (sequence === this.#repairSequence && this.#expected - sequence <= 8) used = this.#repair(sequence, decoder);
    if (used) figures.played++;
    else figures.late++;
    if (sequence === this.#repairSequence) this.#repairSequence = -1;
  }

  /** Decodes anew from before the gap; returns whether something of the packet itself was still to be played. */
  #repair(sequence: number, decoder: Decoder): boolean {
    const line = this.#line;
    const spare = this.#spare[decoder.format.name];
    if (decoder.format.rateHz !== line.rateHz) return false;
    for (let n = sequence; n < this.#expected; n++) {
      if (!this.#slots.holds(n) || this.#decoderOf[this.#slots.type(n)] !== decoder) return false;
    }
    let at = this.#repairAt - line.moved;
    const joinFrom = line.head;
    const length = Math.round(line.rateHz * 0.004);
    let used = false;
    for (let n = sequence; n < this.#expected; n++) {
      const bytes = this.#slots.bytes(n);
      if (bytes === undefined) return false;
      const count = spare.decode(bytes, this.#scratch, this.#slots.size(n));
      for (let i = 0; i < count; i++, at++) {
        if (at < line.head || at >= line.tail) continue;
        const keep = Math.max(0, 1 - (at - joinFrom) / length);
        line.pcm[at] = saturate16(Math.round(keep * (line.pcm[at] ?? 0) + (1 - keep) * (this.#scratch[i] ?? 0)));
      }
      if (n === sequence) used = at > line.head + length;
    }
    decoder.copyFrom(spare);
    return used;
  }

  /** Takes the next block with a piece left out or repeated where delay and target ask for it; false when they do not. */
  #stretched(need: number): boolean {
    const line = this.#line;
    this.#sinceStretch++;
    if (this.#concealment.inserted > 0) return false;
    const perMs = line.rateHz / 1000;
    const target = this.#targetMs();
    const adaptive = this.#jitter.adaptive;
    const delay = this.#delayMs;
    // Frames are taken 10 ms at a time, so a packet is needed by up to 10 ms before its first sample sounds.
    const early = (line.ahead / perMs) % 10;
    const slack = delay - early;
    const short = adaptive ? target - slack : target - 12 - delay;
    const room = adaptive
      ? slack >= target
        ? early + 10 * Math.floor((slack - target) / 10)
        : 0
      : delay - target - 12;
    if (short > 0 || room >= 4) this.#wishedFor++;
    else this.#wishedFor = 0;
    if (short > 0) {
      if (this.#sinceStretch < 2) return false;
      this.#stretch.search(line.pcm, line.head, need, -1, line.head - need, line.rateHz);
      // Too little delay costs a gap with each late packet; room for the other side of a gap only costs quality.
      const urgent = short > this.#lookAhead * (this.#packetTicks / 8);
      const wanted = urgent ? (short > 30 ? 0.4 : 0.65) : this.#patience();
      if (this.#stretch.lag === 0 || this.#stretch.likeness < wanted) return false;
      this.#splice(need, -this.#stretch.lag);
      this.figures.expansions++;
      this.figures.expandedMs += this.#stretch.lag / perMs;
      return true;
    }
    if (room < 4) return false;
    // The more there is to take out, the sooner and the less choosy.
    if (this.#sinceStretch < (room > 100 ? 2 : room > 30 ? 3 : 6)) return false;
    while (line.ahead < AHEAD_MS * perMs && this.#slots.waits(this.#expected) && this.#contiguous()) {
      const rate = line.rateHz;
      if (this.#decoderOf[this.#slots.type(this.#expected)]?.format.rateHz !== rate) break;
      this.#append(this.#expected);
    }
    const longest = Math.min(line.ahead - need, Math.floor(room * perMs));
    this.#stretch.search(line.pcm, line.head, need, 1, longest, line.rateHz);
    const wanted = room > 100 ? 0.5 : room > 30 ? 0.65 : this.#patience();
    if (this.#stretch.lag === 0 || this.#stretch.likeness < wanted) return false;
    this.#splice(need, this.#stretch.lag);
    this.figures.compressions++;
    this.figures.compressedMs += this.#stretch.lag / perMs;
    return true;
  }

  /** Likeness to wait for when there is no hurry: pauses and the steadiest vowels at first, after two seconds what comes. */
  #patience(): number {
    return Math.max(0.7, 0.98 - this.#wishedFor * 0.0014);
  }

  #contiguous(): boolean {
    return (
      this.#slots.epoch(this.#expected) === this.#tailEpoch &&
      Math.abs(this.#slots.ticks(this.#expected) - this.#tailTicks) < 8
    );
  }

  /** The next block, cross-faded into what lies `lag` samples further on (or back). */
  #splice(need: number, lag: number): void {
    const line = this.#line;
    for (let i = 0; i < need; i++) {
      const right = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / need);
      const value = (line.pcm[line.head + i] ?? 0) * (1 - right) + (line.pcm[line.head + lag + i] ?? 0) * right;
      this.#block[i] = Math.round(value);
    }
    line.head += need + lag;
    this.#lagMs -= (1000 * lag) / line.rateHz;
    this.#sinceStretch = 0;
    this.#wishedFor = 0;
  }

  #publish(): void {
    const figures = this.figures;
    const line = this.#line;
    figures.waiting = this.#slots.waiting;
    figures.targetMs = this.#targetMs();
    // Of a silent far end there is no delay to tell.
    if (this.#playing && this.#concealment.inserted < line.rateHz / 10) figures.bufferDelayMs = this.#delayMs;
    figures.concealedFrames = Math.round(this.#concealedSamples16 / 160);
  }
}

function newDecoders(): Record<CodecName, Decoder> {
  return {
    pcmu: codecs.pcmu.createDecoder(),
    pcma: codecs.pcma.createDecoder(),
    g722: codecs.g722.createDecoder(),
  };
}

function noFigures(): PlayoutFigures {
  return {
    received: 0,
    played: 0,
    late: 0,
    duplicates: 0,
    discarded: 0,
    skipped: 0,
    waiting: 0,
    lost: 0,
    concealedFrames: 0,
    bufferDelayMs: 0,
    targetMs: 0,
    expandedMs: 0,
    compressedMs: 0,
    expansions: 0,
    compressions: 0,
    jitterMs: 0,
    codec: undefined,
  };
}
