/** The residual of a frame of iLBC (RFC 3951 §3.4, §3.5, §4.2 to §4.4): the start state, and the order in which the rest follows from it. */
import { Codebook, fromShortCode, toShortCode } from "./ilbc-codebook.ts";
import { LPC } from "./ilbc-lpc.ts";
import {
  type IlbcMode,
  MEMORY,
  ORDER,
  STAGES,
  STATE,
  STATE_MAXIMUM,
  STATE_MEMORY,
  STATE_SAMPLE,
  SUBFRAME,
} from "./ilbc-tables.ts";

/** Amplitude that the greatest sample of the state has in the quantizer. */
const SCALE = 4.5;
const LEAST_MAXIMUM = 10;

/** What the encoder gives for its search. */
interface Original {
  readonly residual: Float64Array;
  readonly weighting: Float64Array;
}

export class Residual {
  /** The decoded residual. */
  readonly decoded = new Float64Array(240);
  readonly #codebook = new Codebook();
  readonly #memory = new Float64Array(MEMORY);
  readonly #target = new Float64Array(SUBFRAME);
  readonly #in = new Float64Array(2 * STATE);
  readonly #out = new Float64Array(2 * STATE);
  readonly #weighted = new Float64Array(STATE);

  /** Decodes the parameters at `codes`, with the filters of each subframe. */
  decode(mode: IlbcMode, codes: Int32Array, filters: Float64Array): void {
    this.#makeState(mode, codes, filters);
    this.#walk(mode, codes, undefined);
  }

  /** Codes a residual: where its state begins, the state itself, and the rest by what of it is decoded. */
  encode(
    mode: IlbcMode,
    residual: Float64Array,
    filters: Float64Array,
    weighting: Float64Array,
    codes: Int32Array,
  ): void {
    const { fields, scalar } = mode;
    const start = strongest(mode, residual);
    const at = (start - 1) * SUBFRAME;
    const later = STATE - scalar;
    const stateFirst = power(residual, at, scalar) > power(residual, at + later, scalar);
    codes[fields.start] = start;
    codes[fields.stateFirst] = stateFirst ? 1 : 0;
    this.#codeState(mode, residual, at + (stateFirst ? 0 : later), filters, weighting, codes);
    this.#makeState(mode, codes, filters);
    this.#walk(mode, codes, { residual, weighting });
  }

  #makeState(mode: IlbcMode, codes: Int32Array, filters: Float64Array): void {
    const { fields, scalar } = mode;
    const start = codes[fields.start] ?? 1;
    const from = (start - 1) * SUBFRAME + (codes[fields.stateFirst] === 1 ? 0 : STATE - scalar);
    const maximum = 10 ** (STATE_MAXIMUM[codes[fields.maximum] ?? 0] ?? 0) / SCALE;
    this.#in.fill(0);
    for (let i = 0; i < scalar; i++)
      this.#in[i] = maximum * (STATE_SAMPLE[codes[fields.state + scalar - 1 - i] ?? 0] ?? 0);
    this.#allPass(filters, (start - 1) * LPC, 2 * scalar);
    for (let i = 0; i < scalar; i++)
      this.decoded[from + i] = (this.#out[scalar - 1 - i] ?? 0) + (this.#out[2 * scalar - 1 - i] ?? 0);
  }

  /** Turns the phase of `#in` into `#out`, by the filter and its mirror. */
  #allPass(filters: Float64Array, at: number, length: number): void {
    for (let n = 0; n < length; n++) {
      let y = 0;
      for (let j = 0; j <= ORDER && j <= n; j++) y += (filters[at + ORDER - j] ?? 0) * (this.#in[n - j] ?? 0);
      for (let j = 1; j <= ORDER && j <= n; j++) y -= (filters[at + j] ?? 0) * (this.#out[n - j] ?? 0);
      this.#out[n] = y;
    }
  }

  #codeState(
    mode: IlbcMode,
    residual: Float64Array,
    from: number,
    filters: Float64Array,
    weighting: Float64Array,
    codes: Int32Array,
  ): void {
    const { fields, scalar } = mode;
    const first = (codes[fields.start] ?? 1) - 1;
    this.#in.fill(0);
    for (let i = 0; i < scalar; i++) this.#in[i] = residual[from + i] ?? 0;
    this.#allPass(filters, first * LPC, 2 * scalar);
    let maximum = LEAST_MAXIMUM;
    for (let i = 0; i < scalar; i++) {
      this.#in[i] = (this.#out[i] ?? 0) + (this.#out[i + scalar] ?? 0);
      maximum = Math.max(maximum, Math.abs(this.#in[i] ?? 0));
    }
    const code = nearest(STATE_MAXIMUM, Math.log10(maximum));
    codes[fields.maximum] = code;
    const scale = SCALE / 10 ** (STATE_MAXIMUM[code] ?? 0);
    // The state lies in two subframes, each with its filter.
    const change = codes[fields.stateFirst] === 1 ? SUBFRAME : scalar - SUBFRAME;
    const want = this.#weighted;
    const got = this.#out;
    for (let n = 0; n < scalar; n++) {
      const at = (first + (n < change ? 0 : 1)) * LPC;
      let wanted = (this.#in[n] ?? 0) * scale;
      let past = 0;
      for (let j = 1; j <= ORDER && j <= n; j++) {
        wanted -= (weighting[at + j] ?? 0) * (want[n - j] ?? 0);
        past -= (weighting[at + j] ?? 0) * (got[n - j] ?? 0);
      }
      want[n] = wanted;
      const sample = nearest(STATE_SAMPLE, wanted - past);
      codes[fields.state + n] = sample;
      got[n] = past + (STATE_SAMPLE[sample] ?? 0);
    }
  }

  /** The blocks after the scalar part of the state: the rest of the state, then forwards, then backwards in time. */
  #walk(mode: IlbcMode, codes: Int32Array, original: Original | undefined): void {
    const { fields, scalar, subframes } = mode;
    const start = codes[fields.start] ?? 1;
    const state = (start - 1) * SUBFRAME;
    const extra = STATE - scalar;
    const stateFirst = codes[fields.stateFirst] === 1;
    const from = state + (stateFirst ? 0 : extra);
    this.#remember(stateFirst ? from + scalar - 1 : from, stateFirst ? -1 : 1, scalar);
    const restAt = stateFirst ? from + scalar : from - 1;
    const filter = stateFirst ? start : start - 1;
    this.#block(
      codes,
      fields.extraIndex,
      fields.extraGain,
      restAt,
      stateFirst ? 1 : -1,
      STATE_MEMORY,
      extra,
      original,
      filter,
      false,
    );

    let block = 0;
    this.#remember(state + STATE - 1, -1, STATE);
    for (let n = start + 1; n < subframes; n++, block++) {
      this.#whole(mode, codes, block, n * SUBFRAME, 1, original, n);
      this.#shift();
    }
    this.#remember(state, 1, Math.min(MEMORY, (subframes + 1 - start) * SUBFRAME));
    for (let n = start - 2; n >= 0; n--, block++) {
      this.#whole(mode, codes, block, (n + 1) * SUBFRAME - 1, -1, original, n);
      this.#shift();
    }
  }

  /** The memory becomes `count` decoded samples, the newest of which is at `from`, and silence before them. */
  #remember(from: number, step: number, count: number): void {
    this.#memory.fill(0);
    for (let i = 0; i < count; i++) this.#memory[MEMORY - 1 - i] = this.decoded[from + i * step] ?? 0;
  }

  /** The block made last is the memory's newest part. */
  #shift(): void {
    this.#memory.copyWithin(0, SUBFRAME);
    this.#memory.set(this.#codebook.vector, MEMORY - SUBFRAME);
  }

  #whole(
    mode: IlbcMode,
    codes: Int32Array,
    block: number,
    at: number,
    step: number,
    original: Original | undefined,
    filter: number,
  ): void {
    const index = mode.fields.index + block * STAGES;
    const gain = mode.fields.gain + block * STAGES;
    const short = block === 0;
    if (original === undefined && short)
      for (let s = 1; s < STAGES; s++) codes[index + s] = fromShortCode(codes[index + s] ?? 0);
    this.#block(codes, index, gain, at, step, MEMORY, SUBFRAME, original, filter, short);
    if (original !== undefined && short)
      for (let s = 1; s < STAGES; s++) codes[index + s] = toShortCode(codes[index + s] ?? 0);
  }

  #block(
    codes: Int32Array,
    index: number,
    gain: number,
    at: number,
    step: number,
    memoryLength: number,
    length: number,
    original: Original | undefined,
    filter: number,
    short: boolean,
  ): void {
    const codebook = this.#codebook;
    if (original !== undefined) {
      for (let i = 0; i < length; i++) this.#target[i] = original.residual[at + i * step] ?? 0;
      codebook.search(
        this.#memory,
        memoryLength,
        length,
        this.#target,
        original.weighting,
        filter * LPC,
        short,
        codes,
        index,
        gain,
      );
    }
    codebook.make(this.#memory, memoryLength, length, codes, index, gain);
    for (let i = 0; i < length; i++) this.decoded[at + i * step] = codebook.vector[i] ?? 0;
  }
}

function nearest(table: Float64Array, value: number): number {
  let best = 0;
  for (let i = 1; i < table.length; i++)
    if (Math.abs(value - (table[i] ?? 0)) < Math.abs(value - (table[best] ?? 0))) best = i;
  return best;
}

function power(x: Float64Array, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += (x[i] ?? 0) ** 2;
  return sum;
}

/** The pair of subframes with the most power, those in the middle preferred, the outer five samples at either end weakened (RFC 3951 §3.3). */
function strongest(mode: IlbcMode, residual: Float64Array): number {
  const weights = mode.ms === 30 ? [0.8, 0.9, 1, 0.9, 0.8] : [0.9, 1, 0.9];
  let best = 1;
  let most = -1;
  for (let n = 1; n < mode.subframes; n++) {
    const from = (n - 1) * SUBFRAME;
    let sum = 0;
    for (let i = 0; i < STATE; i++) {
      const edge = Math.min(i, STATE - 1 - i);
      sum += (edge < 5 ? (edge + 1) / 6 : 1) * (residual[from + i] ?? 0) ** 2;
    }
    sum *= weights[n - 1] ?? 0;
    if (sum <= most) continue;
    most = sum;
    best = n;
  }
  return best;
}
