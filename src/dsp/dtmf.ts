/** DTMF digits as tones and found in sound (ITU-T Q.23, Q.24); not telephone-events, which are RTP packets (RFC 4733). */
import type { Tone } from "../media/protocol.ts";

const ROWS_HZ = [697, 770, 852, 941] as const;
const COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;
const DIGITS = "123A456B789C*0#D";

/** The tone of `digit` (0-9 * # A-D) for `ms`, followed by `pauseMs` of silence; undefined when there is no such digit. */
export function dtmfTone(digit: string, ms: number, pauseMs = 0, levelDbm0 = -9): Tone | undefined {
  const index = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  const row = ROWS_HZ[index >> 2];
  const column = COLUMNS_HZ[index & 3];
  if (index < 0 || row === undefined || column === undefined) return undefined;
  // Both tones at one level: Q.24 lets every receiver expect that, and no analogue line lies between.
  const parts = [{ hz: [row, column], ms, levelDbm0 }];
  return { parts: pauseMs > 0 ? [...parts, { hz: [], ms: pauseMs }] : parts, repeat: 1 };
}

/** Length of a block, ms: narrow enough for 3.5 % off to be refused, short enough for two to fit into 40 ms. */
const BLOCK_MS = 12.75;
/** Mean power under which nothing is a digit, relative to a full-scale sine (-29 dBm0 a tone, about). */
const FLOOR = 10 ** (-34 / 10);
/** Greatest excess of the lower group over the higher (reverse) and of the higher over the lower (normal), as power. */
const REVERSE_TWIST = 10 ** 0.5;
const NORMAL_TWIST = 10 ** 0.9;
/** A tone must be this much over the others of its group. */
const GROUP_RATIO = 10 ** 0.8;
/** Share of the block's whole power that must be in the two tones: speech has more beside them. */
const PURITY = 0.8;
/** Blocks in a row that begin a digit; blocks in a row without it that end one: a break of 10 ms spoils two, a pause of 40 ms three. */
const BLOCKS_ON = 2;
const BLOCKS_OFF = 3;

export type DtmfFound = (digit: string, durationMs: number) => void;

export class DtmfDetector {
  /** Called inside `process` when a digit has ended. */
  onDigit: DtmfFound | undefined;
  readonly #block: number;
  readonly #coefficients = new Float64Array(8);
  readonly #s1 = new Float64Array(8);
  readonly #s2 = new Float64Array(8);
  #energy = 0;
  #at = 0;
  /** The digit that sounds (index into DIGITS), its length so far, and the candidate before it is one; -1 is none. */
  #digit = -1;
  #blocks = 0;
  #candidate = -1;
  #hits = 0;
  #misses = 0;

  constructor(rateHz: number) {
    this.#block = Math.round((rateHz * BLOCK_MS) / 1000);
    for (let k = 0; k < 8; k++) {
      const hz = (k < 4 ? ROWS_HZ[k] : COLUMNS_HZ[k - 4]) ?? 0;
      this.#coefficients[k] = 2 * Math.cos((2 * Math.PI * hz) / rateHz);
    }
  }

  /** The digit that sounds now, or undefined. */
  get sounding(): string | undefined {
    return this.#digit < 0 ? undefined : DIGITS[this.#digit];
  }

  process(pcm: Int16Array): void {
    for (let i = 0; i < pcm.length; i++) {
      const x = (pcm[i] ?? 0) / 32_768;
      this.#energy += x * x;
      for (let k = 0; k < 8; k++) {
        const s = x + (this.#coefficients[k] ?? 0) * (this.#s1[k] ?? 0) - (this.#s2[k] ?? 0);
        this.#s2[k] = this.#s1[k] ?? 0;
        this.#s1[k] = s;
      }
      if (++this.#at === this.#block) {
        this.#count(this.#decide());
        this.#s1.fill(0);
        this.#s2.fill(0);
        this.#energy = 0;
        this.#at = 0;
      }
    }
  }

  #power(k: number): number {
    const a = this.#s1[k] ?? 0;
    const b = this.#s2[k] ?? 0;
    return a * a + b * b - (this.#coefficients[k] ?? 0) * a * b;
  }

  #decide(): number {
    if (this.#energy / this.#block < FLOOR / 2) return -1;
    let row = 0;
    let column = 4;
    for (let k = 1; k < 4; k++) {
      if (this.#power(k) > this.#power(row)) row = k;
      if (this.#power(k + 4) > this.#power(column)) column = k + 4;
    }
    const low = this.#power(row);
    const high = this.#power(column);
    if (low > high * REVERSE_TWIST || high > low * NORMAL_TWIST) return -1;
    for (let k = 0; k < 4; k++) {
      if (k !== row && this.#power(k) * GROUP_RATIO > low) return -1;
      if (k + 4 !== column && this.#power(k + 4) * GROUP_RATIO > high) return -1;
    }
    // A sine of amplitude a has energy a²N/2 and Goertzel power (aN/2)².
    if (low + high < (PURITY * this.#energy * this.#block) / 2) return -1;
    return row * 4 + (column - 4);
  }

  #count(found: number): void {
    if (this.#digit >= 0) {
      this.#blocks++;
      if (found === this.#digit) {
        this.#misses = 0;
        return;
      }
      // A short gap is an interruption (Q.24), unless another digit begins in it.
      this.#misses++;
      if (this.#misses < BLOCKS_OFF) {
        this.#hits = found < 0 ? 0 : found === this.#candidate ? this.#hits + 1 : 1;
        this.#candidate = found;
        if (this.#hits < BLOCKS_ON) return;
      }
      this.onDigit?.(DIGITS[this.#digit] ?? "", (this.#blocks - this.#misses) * BLOCK_MS);
      this.#digit = -1;
      if (this.#hits >= BLOCKS_ON) this.#hits--;
    }
    if (found < 0 || found !== this.#candidate) {
      this.#candidate = found;
      this.#hits = found >= 0 ? 1 : 0;
      return;
    }
    this.#hits++;
    if (this.#hits >= BLOCKS_ON) {
      this.#digit = found;
      this.#blocks = this.#hits;
      this.#misses = 0;
    }
  }
}
