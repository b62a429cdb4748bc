/** The enhancer of iLBC's decoder (RFC 3951 §4.6): the residual smoothed with its neighbours of the same pitch, 5 or 10 ms late. */
import { type IlbcMode, LOW_PASS, POLYPHASE } from "./ilbc-tables.ts";

const LENGTH = 640;
const BLOCK = 80;
const BLOCKS = 8;
/** Blocks before those that are new at 30 ms. */
const OLD_BLOCKS = 5;
/** Neighbours on either side. */
const SIDE = 3;
/** Most that smoothing may change, share of the power. */
const MOST_CHANGE = 0.05;
const SLOP = 2;
const PHASES = 4;
const TAPS = 7;

export class Enhancer {
  readonly #sound = new Float64Array(LENGTH);
  readonly #period = new Float64Array(BLOCKS).fill(40);
  readonly #half = new Float64Array(180);
  readonly #segments: readonly Float64Array[] = Array.from({ length: 2 * SIDE + 1 }, () => new Float64Array(BLOCK));
  readonly #starts = new Float64Array(2 * SIDE + 1);
  readonly #correlation = new Float64Array(2 * SLOP + 1);
  readonly #surround = new Float64Array(BLOCK);
  readonly #back = new Float64Array(BLOCK);

  /** Takes a frame of residual, writes as much smoothed residual; `concealed`: the frame before was made up. Returns the pitch lag. */
  process(mode: IlbcMode, frame: Float64Array, concealed: boolean, out: Float64Array): number {
    const { samples } = mode;
    const sound = this.#sound;
    sound.copyWithin(0, samples);
    for (let i = 0; i < samples; i++) sound[LENGTH - samples + i] = frame[i] ?? 0;
    const skip = mode.ms === 20 ? 1 : 0;
    this.#period.copyWithin(0, 3 - skip);
    const lag = this.#findPitch(OLD_BLOCKS + skip);
    if (concealed) this.#mend(mode, frame, OLD_BLOCKS + skip);
    const first = mode.ms === 20 ? 5 * BLOCK + 40 : 4 * BLOCK;
    for (let at = 0; at < samples; at += BLOCK) {
      this.#collect(first + at);
      this.#smooth(out, at);
    }
    return lag;
  }

  /** Pitch periods of the blocks from `first`, by correlation at half the rate. Returns that of the last one. */
  #findPitch(first: number): number {
    const from = first * BLOCK - 120;
    const count = (LENGTH - from) / 2;
    const half = this.#half;
    for (let m = 0; m < count; m++) {
      let sum = 0;
      for (let j = 0; j < TAPS; j++) sum += (LOW_PASS[j] ?? 0) * (this.#sound[from + 3 + 2 * m - j] ?? 0);
      half[m] = sum;
    }
    let lag = 10;
    for (let block = first; block < BLOCKS; block++) {
      const at = 60 + ((block - first) * BLOCK) / 2;
      lag = 10;
      let most = likeness(half, at, half, at - lag, BLOCK / 2);
      for (let l = 11; l < 60; l++) {
        const value = likeness(half, at, half, at - l, BLOCK / 2);
        if (value <= most) continue;
        most = value;
        lag = l;
      }
      this.#period[block] = 2 * lag;
    }
    return 2 * lag;
  }

  /** The frame before was made up: its last part is mixed with what this frame says by its pitch. */
  #mend(mode: IlbcMode, frame: Float64Array, block: number): void {
    const length = mode.ms === 30 ? BLOCK : BLOCK / 2;
    const sound = this.#sound;
    const end = LENGTH - mode.samples - 1;
    const near = this.#period[block] ?? 40;
    let lag = near - 1;
    for (let l = near; l <= near + 1; l++)
      if (likeness(frame, 0, frame, l, length) > likeness(frame, 0, frame, lag, length)) lag = l;
    this.#period[block - 1] = lag;
    let made = 0;
    let old = 0;
    for (let i = 0; i < length; i++) {
      const value = (i < lag ? frame[lag - 1 - i] : sound[end - (i - lag)]) ?? 0;
      this.#back[i] = value;
      made += value * value;
      old += (sound[end - i] ?? 0) ** 2;
    }
    const most = made > 4 * old && made > 0 ? 2 * Math.sqrt(old / made) : 1;
    for (let i = 0; i < length; i++) {
      const gain = i < 10 ? most + ((1 - most) * (9 - i)) / 10 : most;
      const share = (i + 1) / (length + 1);
      sound[end - i] = share * (sound[end - i] ?? 0) + (1 - share) * gain * (this.#back[i] ?? 0);
    }
  }

  /** The block at `centre` and its six neighbours, each a pitch period further. */
  #collect(centre: number): void {
    const starts = this.#starts;
    starts[SIDE] = centre;
    const own = this.#segments[SIDE];
    if (own !== undefined) for (let i = 0; i < BLOCK; i++) own[i] = this.#sound[centre + i] ?? 0;
    let lag = this.#nearest(centre + (BLOCK - 1) / 2, false);
    for (let q = SIDE - 1; q >= 0; q--) {
      const period = this.#period[lag] ?? 40;
      const start = (starts[q + 1] ?? 0) - period;
      starts[q] = start;
      lag = this.#nearest(start + BLOCK / 2 - period, false);
      if (start - SLOP >= 0) this.#refine(q, centre, start);
      else this.#segments[q]?.fill(0);
    }
    for (let q = SIDE + 1; q <= 2 * SIDE; q++) {
      const before = starts[q - 1] ?? 0;
      const start = before + (this.#period[this.#nearest(before + BLOCK / 2, true)] ?? 40);
      starts[q] = start;
      if (start + BLOCK + SLOP < LENGTH) this.#refine(q, centre, start);
      else this.#segments[q]?.fill(0);
    }
  }

  /** The block whose middle (less its period) is nearest. */
  #nearest(place: number, less: boolean): number {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < BLOCKS; i++) {
      const distance = Math.abs(40 + i * BLOCK - (less ? (this.#period[i] ?? 0) : 0) - place);
      if (distance >= least) continue;
      least = distance;
      best = i;
    }
    return best;
  }

  /** Finds the segment near `start` that is most like the block, to a quarter of a sample. */
  #refine(q: number, centre: number, start: number): void {
    const near = Math.trunc(start - 0.5);
    const from = Math.max(0, near - SLOP);
    const to = near + SLOP + BLOCK >= LENGTH ? LENGTH - BLOCK - 1 : near + SLOP;
    const count = to - from + 1;
    const sound = this.#sound;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = 0; k < BLOCK; k++) sum += (sound[from + i + k] ?? 0) * (sound[centre + k] ?? 0);
      this.#correlation[i] = sum;
    }
    const side = TAPS > count ? count >> 1 : SIDE;
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let u = 0; u < PHASES * count; u++) {
      const middle = Math.floor(u / PHASES) + side;
      const row = (u % PHASES) * TAPS + SIDE - side;
      let sum = 0;
      for (let k = 0; k <= 2 * side; k++) {
        const at = middle - k;
        if (at >= 0 && at < count) sum += (this.#correlation[at] ?? 0) * (POLYPHASE[row + k] ?? 0);
      }
      if (sum <= most) continue;
      most = sum;
      best = u;
    }
    this.#starts[q] = from + best / PHASES + 1;
    const whole = Math.ceil(best / PHASES);
    const row = (whole * PHASES - best) * TAPS;
    const segment = this.#segments[q];
    if (segment === undefined) return;
    for (let i = 0; i < BLOCK; i++) {
      let sum = 0;
      for (let j = 0; j < TAPS; j++) {
        const at = from + whole - SIDE + i + j;
        if (at >= 0 && at < LENGTH) sum += (sound[at] ?? 0) * (POLYPHASE[row + j] ?? 0);
      }
      segment[i] = sum;
    }
  }

  /** Writes the block between itself and its surroundings, as far from itself as it may go. */
  #smooth(out: Float64Array, to: number): void {
    const surround = this.#surround.fill(0);
    const own = this.#segments[SIDE] ?? surround;
    for (let q = 0; q <= 2 * SIDE; q++) {
      const segment = this.#segments[q];
      if (q === SIDE || segment === undefined) continue;
      const weight = 0.5 * (1 - Math.cos((2 * Math.PI * (q + 1)) / (2 * SIDE + 2)));
      for (let i = 0; i < BLOCK; i++) surround[i] = (surround[i] ?? 0) + weight * (segment[i] ?? 0);
    }
    let w00 = 0;
    let w11 = 0;
    let w10 = 0;
    for (let i = 0; i < BLOCK; i++) {
      const x = own[i] ?? 0;
      const s = surround[i] ?? 0;
      w00 += x * x;
      w11 += s * s;
      w10 += s * x;
    }
    w11 = Math.max(1, w11);
    const level = Math.sqrt(w00 / w11);
    let change = 0;
    for (let i = 0; i < BLOCK; i++) change += ((own[i] ?? 0) - level * (surround[i] ?? 0)) ** 2;
    let a = level;
    let b = 0;
    if (change > MOST_CHANGE * w00) {
      const power = Math.max(1, w00);
      const apart = (w11 * power - w10 * w10) / (power * power);
      a = apart > 0.0001 ? Math.sqrt((MOST_CHANGE - (MOST_CHANGE * MOST_CHANGE) / 4) / apart) : 0;
      b = apart > 0.0001 ? 1 - MOST_CHANGE / 2 - (a * w10) / power : 1;
    }
    for (let i = 0; i < BLOCK; i++) out[to + i] = a * (surround[i] ?? 0) + b * (own[i] ?? 0);
  }

  copyFrom(other: Enhancer): void {
    this.#sound.set(other.#sound);
    this.#period.set(other.#period);
  }

  reset(): void {
    this.#sound.fill(0);
    this.#period.fill(40);
  }
}

/** Squared correlation over the power of `b`; 0 where they have opposite signs. */
function likeness(a: Float64Array, atA: number, b: Float64Array, atB: number, count: number): number {
  let cross = 0;
  let power = 0;
  for (let i = 0; i < count; i++) {
    const y = b[atB + i] ?? 0;
    cross += (a[atA + i] ?? 0) * y;
    power += y * y;
  }
  return cross > 0 ? (cross * cross) / power : 0;
}
