/** Sound for what did not arrive: from the past alone while nothing follows, from both sides once something does; it plays nothing. */
import { ComfortNoise, ROOM } from "../dsp/comfort-noise.ts";
import { SILENCE_DBOV } from "../dsp/level-meter.ts";
import { saturate16 } from "../dsp/saturate.ts";
import type { NoiseDescription } from "../rtp/comfort-noise.ts";
import { Extrapolation } from "./concealment-extrapolation.ts";
import { PitchBridge } from "./concealment-pitch.ts";
import type { PlayoutLine } from "./playout-line.ts";

/** From the past alone: untouched so long, then falling to noise until then. */
const FADE_FROM_MS = 20;
const FADE_TO_MS = 120;
/** Where the far end says that it pauses, its noise has taken over after this. */
const PAUSE_FADE_MS = 20;
/** A gap up to this long is one cross-fade from what was to what comes; a longer one has noise in its middle. */
const WHOLE_CROSS_MS = 60;
/** A voice is led over gaps up to this long, and over so much at their edges linear prediction hands over to it. */
const LONGEST_VOICE_MS = 150;
const HAND_OVER_MS = 3;
/** Least length of a cross-fade into real sound. */
const JOIN_MS = 5;
/** How far the join may move to meet the phase of what comes. */
const ALIGN_MS = 10;
const ALIGN_LIKENESS = 0.5;
/** Noise that fills long gaps is never louder than this. */
const LOUDEST_NOISE_DBOV = -55;
/** Noise that nobody described stands for a gap, not for a stream that stopped: from so long without sound on it falls to silence. */
const NOISE_FROM_MS = 200;
const NOISE_TO_MS = 400;

/** By how much at the most a filled gap is raised to the level around it, 3.5 dB. */
const MOST_GAIN = 1.5;

const CAPACITY = 8192;
/** Continuations up to this length are remembered from their beginning, samples; no gap that is bridged is as long. */
const REMEMBERED = 4096;
/** What was played of a continuation before its other side came is led over to the bridge within this. */
const HAND_ON_MS = 4;

function fall(x: number): number {
  return x <= 0 ? 1 : x >= 1 ? 0 : 0.5 + 0.5 * Math.cos(Math.PI * x);
}

export class Concealment {
  /** Samples made up since the last real one, that media time has not passed. */
  inserted = 0;
  readonly #past = new Extrapolation();
  readonly #future = new Extrapolation();
  readonly #voice = new PitchBridge();
  readonly #noise: ComfortNoise;
  readonly #forward = new Float64Array(CAPACITY);
  readonly #backward = new Float64Array(CAPACITY);
  readonly #mixed = new Float64Array(CAPACITY);
  readonly #voiced = new Float64Array(CAPACITY);
  readonly #filler = new Int16Array(CAPACITY);
  readonly #block = new Int16Array(CAPACITY);
  /** Mean square of the quietest sound heard of late. */
  #floor = -1;
  #analysed = false;
  /** Level of the far end's noise while it says that it pauses, dBov. */
  #pauseDbov: number | undefined;

  constructor(seed = 1) {
    this.#noise = new ComfortNoise(seed);
  }

  /** Learns the level of the background from real sound. */
  listen(pcm: Int16Array, samples: number, rateHz: number): void {
    if (samples === 0) return;
    let energy = 0;
    for (let i = 0; i < samples; i++) energy += (pcm[i] ?? 0) ** 2;
    const mean = energy / samples;
    if (this.#floor < 0 || mean < this.#floor) this.#floor = mean;
    // Rises by 1 dB a second, so that a louder place is believed after a while.
    else this.#floor = Math.min(mean, (this.#floor + 1) * (1 + (0.26 * samples) / rateHz));
  }

  /** The far end pauses, and says how its noise sounds: what is made up until the next real sound is that (RFC 3389 §4). */
  pause(noise: NoiseDescription): void {
    this.#pauseDbov = noise.levelDbov;
    this.#noise.shape(noise.order === 0 ? ROOM : noise.reflection, noise.order === 0 ? ROOM.length : noise.order);
  }

  get pausing(): boolean {
    return this.#pauseDbov !== undefined;
  }

  /** How much of the past's continuation is still heard so long after real sound ended. */
  #keep(ms: number): number {
    if (this.#pauseDbov !== undefined) return fall(ms / PAUSE_FADE_MS);
    return fall((ms - FADE_FROM_MS) / (FADE_TO_MS - FADE_FROM_MS));
  }

  /** How much of the background's noise takes the place of the past so long after real sound ended. */
  #fillIn(ms: number, keep: number): number {
    const rest = Math.sqrt(1 - keep * keep);
    return this.#pauseDbov === undefined ? rest * fall((ms - NOISE_FROM_MS) / (NOISE_TO_MS - NOISE_FROM_MS)) : rest;
  }

  #setNoise(): void {
    if (this.#pauseDbov !== undefined) {
      this.#noise.setLevel(this.#pauseDbov);
      return;
    }
    const dbov = this.#floor <= 0 ? SILENCE_DBOV : 10 * Math.log10(this.#floor / 32_768 ** 2);
    this.#noise.setLevel(Math.min(LOUDEST_NOISE_DBOV, dbov));
  }

  #analyse(line: PlayoutLine): void {
    if (this.#analysed) return;
    this.#past.analyse(line.pcm, line.tail, line.tail, line.rateHz, 1);
    this.#analysed = true;
  }

  /** Where in `#forward` the continuation goes on. */
  get #remembered(): number {
    return this.inserted < REMEMBERED ? this.inserted : 0;
  }

  /** Appends `count` samples of continuation. */
  extend(line: PlayoutLine, count: number): void {
    this.#analyse(line);
    const from = this.#remembered;
    this.#past.next(this.#forward, count, from);
    this.#setNoise();
    this.#noise.fill(this.#filler, false, 0, count);
    const perMs = line.rateHz / 1000;
    for (let i = 0; i < count; i++) {
      const ms = (this.inserted + i) / perMs;
      const keep = this.#keep(ms);
      const value = (this.#forward[from + i] ?? 0) * keep + (this.#filler[i] ?? 0) * this.#fillIn(ms, keep);
      this.#block[i] = saturate16(Math.round(value));
    }
    line.append(this.#block, 0, count);
    this.inserted += count;
  }

  /** Writes what would come next by the past alone behind the tail, without moving it: for decoders that must go on without data. */
  foresee(line: PlayoutLine, count: number): void {
    this.#analyse(line);
    line.reserve(count);
    const from = this.#remembered;
    this.#past.next(this.#forward, count, from);
    for (let i = 0; i < count; i++) line.pcm[line.tail + i] = saturate16(Math.round(this.#forward[from + i] ?? 0));
  }

  /**
   * Appends `rest` samples that lead from the past to `next[0 .. count)`, then those, which may be bent over their first 5 ms.
   * Where a part of the gap was played already, as a continuation of the past, the bridge over all of it is made and entered late.
   * Whoever called `foresee` passes how many samples of it there are; `unsure` is how much of `next` a decoder without its state
   * may have got wrong, so that the past is listened to for longer.
   */
  bridge(line: PlayoutLine, rest: number, next: Int16Array, count: number, foreseen: number, unsure: number): void {
    this.#analyse(line);
    const perMs = line.rateHz / 1000;
    const played = this.#remembered;
    const end = line.tail - played;
    const gap = played + rest;
    const length = Math.min(count, Math.round(JOIN_MS * perMs));
    const cross = Math.max(gap + Math.min(unsure, count), length);
    const known = played + foreseen;
    if (known < cross) this.#past.next(this.#forward, cross - known, known);
    this.#future.analyse(next, 0, count, line.rateHz, -1);
    this.#future.next(this.#backward, gap, 0);
    const whole = WHOLE_CROSS_MS * perMs;
    const long = gap > whole;
    if (long) {
      this.#setNoise();
      this.#noise.fill(this.#filler, false, 0, gap);
    }
    for (let i = 0; i < cross; i++) {
      const coming = i < gap ? (this.#backward[gap - 1 - i] ?? 0) : (next[i - gap] ?? 0);
      const past = this.#forward[i] ?? 0;
      let value: number;
      if (long) {
        const left = fall((i + 0.5) / whole);
        const right = fall((gap - i - 0.5) / whole);
        value = past * left + coming * right;
        value += (this.#filler[i] ?? 0) * Math.sqrt(Math.max(0, 1 - left * left - right * right));
      } else {
        const left = fall((i + 0.5) / cross);
        value = past * left + coming * (1 - left);
      }
      if (i < gap) this.#mixed[i] = value;
      else next[i - gap] = saturate16(Math.round(value));
    }
    this.#leadVoice(line, end, gap, next, count);
    if (!long) this.#level(line, end, gap, next, count);
    const over = Math.min(HAND_ON_MS * perMs, rest);
    for (let i = played; i < gap; i++) {
      const stay = played === 0 ? 0 : fall((i - played + 0.5) / over);
      // What `extend` has begun to fade goes on fading.
      const left = stay === 0 ? 0 : stay * this.#keep(i / perMs);
      this.#block[i - played] = saturate16(
        Math.round((this.#forward[i] ?? 0) * left + (this.#mixed[i] ?? 0) * (1 - stay)),
      );
    }
    line.append(this.#block, 0, rest);
    line.append(next, 0, count);
    this.#end();
  }

  /** Where both sides are one voice, it leads over all but the edges of the gap that begins at `end`. */
  #leadVoice(line: PlayoutLine, end: number, gap: number, next: Int16Array, count: number): void {
    if (gap > LONGEST_VOICE_MS * (line.rateHz / 1000)) return;
    if (!this.#voice.fill(line.pcm, end, next, count, gap, line.rateHz, this.#voiced)) return;
    const over = Math.min((HAND_OVER_MS * line.rateHz) / 1000, gap / 2);
    for (let i = 0; i < gap; i++) {
      const voice = (1 - fall((i + 0.5) / over)) * (1 - fall((gap - i - 0.5) / over));
      this.#mixed[i] = (this.#mixed[i] ?? 0) * (1 - voice) + (this.#voiced[i] ?? 0) * voice;
    }
  }

  /**
   * Linear prediction rings down, and two voices that are not quite in step weaken each other. Where both sides agree, and so
   * are to be believed, the middle of the gap is raised to the level that lies between its edges.
   */
  #level(line: PlayoutLine, end: number, gap: number, next: Int16Array, count: number): void {
    const perMs = line.rateHz / 1000;
    const edge = Math.min(10 * perMs, count);
    let before = 1;
    let after = 1;
    for (let i = 0; i < edge; i++) {
      before += (line.pcm[end - 1 - i] ?? 0) ** 2;
      after += (next[i] ?? 0) ** 2;
    }
    let cross = 0;
    let a = 1;
    let b = 1;
    for (let i = 0; i < gap; i++) {
      const x = this.#forward[i] ?? 0;
      const y = this.#backward[gap - 1 - i] ?? 0;
      cross += x * y;
      a += x * x;
      b += y * y;
    }
    const agree = cross / Math.sqrt(a * b);
    if (agree <= 0) return;
    const part = 5 * perMs;
    let gain = 1;
    for (let from = 0; from < gap; from += part) {
      const to = Math.min(gap, from + part);
      let energy = 1;
      for (let i = from; i < to; i++) energy += (this.#mixed[i] ?? 0) ** 2;
      const place = (from + to) / 2 / gap;
      const wanted = (before / edge) ** (1 - place) * (after / edge) ** place;
      const full = Math.sqrt(wanted / (energy / (to - from)));
      const target = 1 + agree * (Math.max(1, Math.min(MOST_GAIN, full)) - 1);
      for (let i = from; i < to; i++) {
        // Half a part to reach it, and back to 1 at the far edge.
        gain += (target - gain) / (part / 3);
        const toEnd = Math.min(1, (gap - i) / part);
        this.#mixed[i] = (this.#mixed[i] ?? 0) * (1 + (gain - 1) * toEnd);
      }
    }
  }

  /** Appends `next[from .. count)` after a continuation, led in where the two are most alike; returns the samples added for that. */
  join(line: PlayoutLine, next: Int16Array, from: number, count: number): number {
    this.#analyse(line);
    const perMs = line.rateHz / 1000;
    const length = Math.min(count - from, Math.round(JOIN_MS * perMs));
    const reach = this.inserted < FADE_TO_MS * perMs ? Math.round(ALIGN_MS * perMs) : 0;
    this.#past.next(this.#forward, reach + length, 0);
    let shift = 0;
    let best = ALIGN_LIKENESS;
    for (let lag = 0; lag <= reach; lag++) {
      let cross = 0;
      let a = 1;
      let b = 1;
      for (let i = 0; i < length; i++) {
        const x = this.#forward[lag + i] ?? 0;
        const y = next[from + i] ?? 0;
        cross += x * y;
        a += x * x;
        b += y * y;
      }
      const likeness = cross / Math.sqrt(a * b);
      // Every ms that is added must be worth it.
      if (likeness - 0.02 * (lag / perMs) > best) {
        best = likeness - 0.02 * (lag / perMs);
        shift = lag;
      }
    }
    this.#setNoise();
    this.#noise.fill(this.#filler, false, 0, shift + length);
    for (let i = 0; i < shift + length; i++) {
      const ms = (this.inserted + i) / perMs;
      const keep = this.#keep(ms);
      const made = (this.#forward[i] ?? 0) * keep + (this.#filler[i] ?? 0) * this.#fillIn(ms, keep);
      if (i < shift) this.#block[i] = saturate16(Math.round(made));
      else {
        const left = fall((i - shift + 0.5) / length);
        const at = from + i - shift;
        next[at] = saturate16(Math.round(made * left + (next[at] ?? 0) * (1 - left)));
      }
    }
    line.append(this.#block, 0, shift);
    line.append(next, from, count);
    this.#end();
    return shift;
  }

  #end(): void {
    this.inserted = 0;
    this.#analysed = false;
    if (this.#pauseDbov === undefined) return;
    this.#pauseDbov = undefined;
    this.#noise.shape(ROOM);
  }

  /** The line's rate was multiplied by `factor`. */
  changeRate(factor: number): void {
    this.inserted = Math.ceil(this.inserted * factor);
    this.#analysed = false;
  }

  reset(): void {
    this.#end();
    this.#floor = -1;
    this.#noise.reset();
  }
}
