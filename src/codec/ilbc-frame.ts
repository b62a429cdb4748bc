/** Coder and decoder of one frame of iLBC (RFC 3951 §3, §4), with concealment (§4.5); how frames make packets is in ilbc.ts. */
import { Enhancer } from "./ilbc-enhancer.ts";
import { Analysis, dequantize, Interpolation, LPC, stabilize } from "./ilbc-lpc.ts";
import { Residual } from "./ilbc-residual.ts";
import { HIGH_PASS_IN, HIGH_PASS_OUT, type IlbcMode, ORDER, SUBFRAME } from "./ilbc-tables.ts";

const LONGEST = 240;
const MOST_FIELDS = 160;

/** The parameters' bits, the most sensitive first (RFC 3951 §3.8). */
export function packFrame(mode: IlbcMode, codes: Int32Array, out: Uint8Array, at: number): void {
  const { bits, count } = mode.fields;
  let held = 0;
  let filled = 0;
  let to = at;
  const [first, second, third] = bits;
  for (let c = 0; c < 3; c++)
    for (let f = 0; f < count; f++) {
      const size = bits[c]?.[f] ?? 0;
      if (size === 0) continue;
      const below = (c < 1 ? (second?.[f] ?? 0) : 0) + (c < 2 ? (third?.[f] ?? 0) : 0);
      held = (held << size) | (((codes[f] ?? 0) >> below) & ((1 << size) - 1));
      filled += size;
      for (; filled >= 8; filled -= 8) out[to++] = (held >> (filled - 8)) & 255;
      held &= (1 << filled) - 1;
    }
  // The last bit is 0: the frame is not empty.
  if (first !== undefined) out[to] = held << (8 - filled);
}

/** Reads what `packFrame` wrote; false where the frame says that it is empty, or where its state begins is impossible. */
export function unpackFrame(mode: IlbcMode, bytes: Uint8Array, at: number, codes: Int32Array): boolean {
  const { bits, count, start } = mode.fields;
  codes.fill(0);
  let place = at * 8;
  for (let c = 0; c < 3; c++)
    for (let f = 0; f < count; f++)
      for (let n = bits[c]?.[f] ?? 0; n > 0; n--, place++)
        codes[f] = ((codes[f] ?? 0) << 1) | (((bytes[place >> 3] ?? 0) >> (7 - (place & 7))) & 1);
  const empty = ((bytes[place >> 3] ?? 0) >> (7 - (place & 7))) & 1;
  const begins = codes[start] ?? 0;
  return empty === 0 && begins >= 1 && begins < mode.subframes;
}

/** Second order: zeros, then poles. */
class HighPass {
  readonly #c: Float64Array;
  readonly #past = new Float64Array(4);

  constructor(coefficients: Float64Array) {
    this.#c = coefficients;
  }

  next(x: number): number {
    const c = this.#c;
    const p = this.#past;
    const zeros = (c[0] ?? 0) * x + (c[1] ?? 0) * (p[0] ?? 0) + (c[2] ?? 0) * (p[1] ?? 0);
    const y = zeros - (c[3] ?? 0) * (p[2] ?? 0) - (c[4] ?? 0) * (p[3] ?? 0);
    p[1] = p[0] ?? 0;
    p[0] = x;
    p[3] = p[2] ?? 0;
    p[2] = y;
    return y;
  }

  copyFrom(other: HighPass): void {
    this.#past.set(other.#past);
  }

  reset(): void {
    this.#past.fill(0);
  }
}

export class FrameEncoder {
  readonly #highPass = new HighPass(HIGH_PASS_IN);
  readonly #analysis = new Analysis();
  readonly #residual = new Residual();
  readonly #codes = new Int32Array(MOST_FIELDS);
  readonly #sound = new Float64Array(ORDER + LONGEST);
  readonly #left = new Float64Array(LONGEST);

  /** Codes `pcm[from .. from + mode.samples)` into `out` from `at`. */
  encode(mode: IlbcMode, pcm: Int16Array, from: number, out: Uint8Array, at: number): void {
    const { samples } = mode;
    const sound = this.#sound;
    // The last ten samples of the frame before stay in front, for the filter's past.
    for (let i = 0; i < samples; i++) sound[ORDER + i] = this.#highPass.next(pcm[from + i] ?? 0);
    this.#analysis.take(mode, sound.subarray(ORDER), this.#codes, mode.fields.lsf);
    const { synthesis, weighting } = this.#analysis;
    for (let i = 0; i < samples; i++) {
      const filter = Math.floor(i / SUBFRAME) * LPC;
      let sum = 0;
      for (let j = 0; j <= ORDER; j++) sum += (synthesis[filter + j] ?? 0) * (sound[ORDER + i - j] ?? 0);
      this.#left[i] = sum;
    }
    sound.copyWithin(0, samples, samples + ORDER);
    this.#residual.encode(mode, this.#left, synthesis, weighting, this.#codes);
    packFrame(mode, this.#codes, out, at);
  }

  reset(): void {
    this.#highPass.reset();
    this.#analysis.reset();
    this.#sound.fill(0);
  }
}

/** From the past alone: longer and longer gaps are softer (RFC 3951 §4.5), samples and gain. */
const FADES: readonly (readonly [number, number])[] = [
  [1280, 0],
  [960, 0.5],
  [640, 0.7],
  [320, 0.9],
];
/** Below this a frame is noise, and so is what replaces it. */
const QUIET = 30;

export class FrameDecoder {
  readonly #interpolation = new Interpolation();
  readonly #residual = new Residual();
  readonly #enhancer = new Enhancer();
  readonly #highPass = new HighPass(HIGH_PASS_OUT);
  readonly #codes = new Int32Array(MOST_FIELDS);
  readonly #lsf = new Float64Array(2 * ORDER);
  readonly #filters = new Float64Array(6 * LPC);
  /** Those of the frame before: the enhancer is late. */
  readonly #before = new Float64Array(6 * LPC);
  readonly #noise = new Float64Array(LONGEST);
  readonly #smooth = new Float64Array(LONGEST);
  readonly #past = new Float64Array(ORDER);
  /** The residual last played, for the next gap. */
  readonly #last = new Float64Array(LONGEST);
  #lag = 20;
  #lostFrames = 0;
  #lossLag = 120;
  #periodicity = 0;
  #seed = 777;
  readonly #enhance: boolean;

  /** @param enhance false: nothing is smoothed, and nothing is late (RFC 3951 leaves it open) */
  constructor(enhance = true) {
    this.#enhance = enhance;
    this.reset();
  }

  /** Decodes the frame at `bytes[from ..]` into `out` from `at`; one that cannot be is made up. */
  decode(mode: IlbcMode, bytes: Uint8Array, from: number, out: Int16Array, at: number): void {
    if (!unpackFrame(mode, bytes, from, this.#codes)) {
      this.conceal(mode, out, at);
      return;
    }
    const lsf = this.#lsf;
    for (let set = 0; set < mode.sets; set++) {
      dequantize(this.#codes, mode.fields.lsf + 3 * set, lsf, set * ORDER);
      stabilize(lsf, set * ORDER);
    }
    this.#interpolation.filters(mode, lsf, this.#filters);
    this.#residual.decode(mode, this.#codes, this.#filters);
    const concealed = this.#lostFrames > 0;
    this.#lostFrames = 0;
    this.#last.set(this.#residual.decoded);
    this.#synthesize(mode, this.#residual.decoded, concealed, out, at);
  }

  /** Makes a frame up from those before. */
  conceal(mode: IlbcMode, out: Int16Array, at: number): void {
    const { samples } = mode;
    const concealed = this.#lostFrames > 0;
    if (!concealed) this.#findPeriod(samples);
    this.#lostFrames++;
    const gone = this.#lostFrames * samples;
    const gain = FADES.find(([after]) => gone > after)?.[1] ?? 1;
    const tonal = Math.sqrt(this.#periodicity);
    const pitch = Math.max(0, Math.min(1, (tonal - 0.4) / 0.3));
    // A short period is not repeated at once, or it would buzz.
    const lag = this.#lossLag < 80 ? 2 * this.#lossLag : this.#lossLag;
    const made = this.#residual.decoded;
    let energy = 0;
    for (let i = 0; i < samples; i++) {
      this.#seed = (Math.imul(this.#seed, 69_069) + 1) & 0x7fff_ffff;
      const back = i - 50 - (this.#seed % 70);
      this.#noise[i] = (back < 0 ? this.#last[samples + back] : this.#noise[back]) ?? 0;
      const repeated = (i < lag ? this.#last[samples + i - lag] : made[i - lag]) ?? 0;
      const fall = i < 80 ? 1 : i < 160 ? 0.95 : 0.9;
      made[i] = fall * gain * (pitch * repeated + (1 - pitch) * (this.#noise[i] ?? 0));
      energy += (made[i] ?? 0) ** 2;
    }
    if (energy < QUIET * QUIET * samples) for (let i = 0; i < samples; i++) made[i] = gain * (this.#noise[i] ?? 0);
    this.#last.set(made);
    // The last filter goes on.
    const from = (mode.subframes - 1) * LPC;
    for (let n = 0; n < mode.subframes; n++)
      for (let k = 0; k < LPC; k++) this.#filters[n * LPC + k] = this.#before[from + k] ?? 0;
    this.#synthesize(mode, made, concealed, out, at);
  }

  /** The period of the residual's end, near the enhancer's. */
  #findPeriod(samples: number): void {
    const x = this.#last;
    let most = -1;
    for (let lag = this.#lag - 3; lag <= this.#lag + 3; lag++) {
      const range = Math.min(60, samples - lag);
      let cross = 0;
      let before = 0;
      let own = 0;
      for (let i = samples - range; i < samples; i++) {
        const a = x[i] ?? 0;
        const b = x[i - lag] ?? 0;
        cross += a * b;
        before += b * b;
        own += a * a;
      }
      const measure = before > 0 ? (cross * cross) / before : 0;
      if (measure <= most) continue;
      most = measure;
      this.#lossLag = lag;
      this.#periodicity = before > 0 && own > 0 ? Math.abs(cross) / Math.sqrt(before * own) : 0;
    }
  }

  #synthesize(mode: IlbcMode, residual: Float64Array, concealed: boolean, out: Int16Array, at: number): void {
    const smooth = this.#smooth;
    this.#lag = this.#enhancer.process(mode, residual, concealed, smooth);
    if (!this.#enhance) smooth.set(residual);
    const late = this.#enhance ? (mode.ms === 20 ? 1 : 2) : 0;
    const past = this.#past;
    for (let i = 0; i < mode.samples; i++) {
      const subframe = Math.floor(i / SUBFRAME) - late;
      const filters = subframe < 0 ? this.#before : this.#filters;
      const filter = (subframe < 0 ? subframe + mode.subframes : subframe) * LPC;
      let y = smooth[i] ?? 0;
      for (let j = 1; j <= ORDER; j++) y -= (filters[filter + j] ?? 0) * (past[j - 1] ?? 0);
      past.copyWithin(1, 0, ORDER - 1);
      past[0] = y;
      out[at + i] = Math.max(-32_768, Math.min(32_767, Math.round(this.#highPass.next(y))));
    }
    this.#before.set(this.#filters);
  }

  copyFrom(other: FrameDecoder): void {
    this.#interpolation.old.set(other.#interpolation.old);
    this.#enhancer.copyFrom(other.#enhancer);
    this.#highPass.copyFrom(other.#highPass);
    this.#before.set(other.#before);
    this.#past.set(other.#past);
    this.#last.set(other.#last);
    this.#lag = other.#lag;
    this.#lostFrames = other.#lostFrames;
    this.#lossLag = other.#lossLag;
    this.#periodicity = other.#periodicity;
    this.#seed = other.#seed;
  }

  reset(): void {
    this.#interpolation.reset();
    this.#enhancer.reset();
    this.#highPass.reset();
    this.#before.fill(0);
    for (let n = 0; n < 6; n++) this.#before[n * LPC] = 1;
    this.#past.fill(0);
    this.#last.fill(0);
    this.#lag = 20;
    this.#lostFrames = 0;
    this.#lossLag = 120;
    this.#periodicity = 0;
    this.#seed = 777;
  }
}
