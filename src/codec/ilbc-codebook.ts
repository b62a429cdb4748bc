/** The adaptive codebook of iLBC (RFC 3951 §3.6, §4.4): vectors out of the sound that is decoded already, three stages with gains. */
import { CODEBOOK_FILTER, GAINS, MEMORY, ORDER, STAGES, SUBFRAME } from "./ilbc-tables.ts";

const LEAST_SCALE = 0.1;
const MOST_GAIN = 1.3;
const INTERPOLATED = 20;

/** The vectors that begin at each place of the memory. */
function plainVectors(memoryLength: number, length: number): number {
  return memoryLength - length + 1;
}
/** One of the two sections: plain, and for whole subframes those that are joined from a repeated end. */
function sectionSize(memoryLength: number, length: number): number {
  return plainVectors(memoryLength, length) + (length === SUBFRAME ? INTERPOLATED : 0);
}

/** The first block's codes of later stages have seven bits, which leave out what is seldom chosen (RFC 3951 §3.6.3). */
export function toShortCode(index: number): number {
  return index < 44 ? index : index < 172 ? index - 64 : index - 128;
}
export function fromShortCode(code: number): number {
  return code < 44 ? code : code < 108 ? code + 64 : code + 128;
}
function hasShortCode(index: number): boolean {
  return index < 44 || (index >= 108 && index < 172) || index >= 236;
}

export function gainValue(stage: number, index: number, before: number): number {
  const scale = stage === 0 ? 1 : Math.max(LEAST_SCALE, Math.abs(before));
  return scale * (GAINS[stage]?.[index] ?? 0);
}

export class Codebook {
  /** The vector made last. */
  readonly vector = new Float64Array(SUBFRAME);
  readonly #filtered = new Float64Array(MEMORY);
  readonly #one = new Float64Array(SUBFRAME);
  readonly #weighted = new Float64Array(ORDER + MEMORY + SUBFRAME);
  readonly #memory = new Float64Array(MEMORY);
  readonly #target = new Float64Array(SUBFRAME);
  readonly #sum = new Float64Array(SUBFRAME);
  readonly #power = new Float64Array(256);

  /**
   * Makes `length` samples into `vector` out of three codes and gains.
   * @param memory its last `memoryLength` samples count, the newest at its end
   */
  make(
    memory: Float64Array,
    memoryLength: number,
    length: number,
    codes: Int32Array,
    index: number,
    gain: number,
  ): void {
    this.#filter(memory, memoryLength);
    this.vector.fill(0);
    let value = 0;
    for (let stage = 0; stage < STAGES; stage++) {
      value = gainValue(stage, codes[gain + stage] ?? 0, value);
      this.#pick(memory, memoryLength, length, codes[index + stage] ?? 0);
      for (let i = 0; i < length; i++) this.vector[i] = (this.vector[i] ?? 0) + value * (this.#one[i] ?? 0);
    }
  }

  /** The second section's sound. */
  #filter(memory: Float64Array, memoryLength: number): void {
    const first = MEMORY - memoryLength;
    for (let i = first; i < MEMORY; i++) {
      let sum = 0;
      for (let j = 0; j < 8; j++) {
        const at = i - 3 + j;
        if (at >= first && at < MEMORY) sum += (memory[at] ?? 0) * (CODEBOOK_FILTER[7 - j] ?? 0);
      }
      this.#filtered[i] = sum;
    }
  }

  /** Puts one vector into `#one`. An index that no vector has is that of the last one. */
  #pick(memory: Float64Array, memoryLength: number, length: number, index: number): void {
    const size = sectionSize(memoryLength, length);
    const known = Math.min(index, 2 * size - 1);
    const source = known < size ? memory : this.#filtered;
    const place = known % size;
    const plain = plainVectors(memoryLength, length);
    const out = this.#one;
    if (place < plain) {
      for (let i = 0; i < length; i++) out[i] = source[MEMORY - place - length + i] ?? 0;
      return;
    }
    // The last 20 to 39 samples and then again, joined over five samples.
    const half = INTERPOLATED + place - plain;
    for (let i = 0; i < length; i++) {
      const again = source[MEMORY - 2 * half + i] ?? 0;
      const once = source[MEMORY - half + i] ?? 0;
      const share = i < half - 5 ? 0 : i < half ? 0.2 * (i - half + 5) : 1;
      out[i] = share === 0 ? once : share === 1 ? again : (1 - share) * once + share * again;
    }
  }

  /**
   * Chooses codes and gains whose vector comes nearest to `target` to the ear, by the weighting filter `weight[at ..]`.
   * @param short codes of later stages have seven bits
   */
  search(
    memory: Float64Array,
    memoryLength: number,
    length: number,
    target: Float64Array,
    weight: Float64Array,
    at: number,
    short: boolean,
    codes: Int32Array,
    index: number,
    gain: number,
  ): void {
    this.#weigh(memory, memoryLength, length, target, weight, at);
    this.#filter(this.#memory, memoryLength);
    const size = sectionSize(memoryLength, length);
    const plain = plainVectors(memoryLength, length);
    const count = Math.min(2 * size, length === SUBFRAME ? 256 : 128);
    const rest = this.#target;
    const sum = this.#sum.fill(0);
    let energy = 0;
    for (let i = 0; i < length; i++) energy += (rest[i] ?? 0) ** 2;
    let value = 0;
    let first = 0;
    let own = 0;
    for (let stage = 0; stage < STAGES; stage++) {
      let best = -1;
      let measure = -1;
      let wanted = 0;
      for (let code = 0; code < count; code++) {
        const place = code % size;
        const source = code < size ? this.#memory : this.#filtered;
        const isPlain = place < plain;
        let vector = this.#one;
        let from = 0;
        if (isPlain) {
          vector = source;
          from = MEMORY - place - length;
        }
        // The powers of vectors that begin one sample apart differ by two samples; they stay the same through the stages.
        if (stage === 0) {
          if (!isPlain) {
            this.#pick(this.#memory, memoryLength, length, code);
            own = 0;
            for (let i = 0; i < length; i++) own += (vector[i] ?? 0) ** 2;
          } else if (place === 0) {
            own = 0;
            for (let i = 0; i < length; i++) own += (vector[from + i] ?? 0) ** 2;
          } else own += (source[from] ?? 0) ** 2 - (source[from + length] ?? 0) ** 2;
          this.#power[code] = Math.max(0, own) + 1e-9;
        }
        if (short && stage > 0 && !hasShortCode(code)) continue;
        if (!isPlain && stage > 0) this.#pick(this.#memory, memoryLength, length, code);
        let cross = 0;
        for (let i = 0; i < length; i++) cross += (vector[from + i] ?? 0) * (rest[i] ?? 0);
        const ratio = cross / (this.#power[code] ?? 1);
        if (Math.abs(ratio) >= MOST_GAIN || (stage === 0 && cross <= 0) || cross * ratio <= measure) continue;
        best = code;
        measure = cross * ratio;
        wanted = ratio;
      }
      const code = Math.max(0, best);
      codes[index + stage] = code;
      const gainCode = nearestGain(stage, wanted, value);
      codes[gain + stage] = gainCode;
      value = gainValue(stage, gainCode, value);
      if (stage === 0) first = value;
      this.#pick(this.#memory, memoryLength, length, code);
      for (let i = 0; i < length; i++) {
        const part = value * (this.#one[i] ?? 0);
        rest[i] = (rest[i] ?? 0) - part;
        sum[i] = (sum[i] ?? 0) + part;
      }
    }
    codes[gain] = this.#raise(codes[gain] ?? 0, first, energy, length);
  }

  /** What was coded has less power than what was to be coded: the first gain, which scales all, makes up for it (RFC 3951 §3.7). */
  #raise(code: number, first: number, energy: number, length: number): number {
    let coded = 0;
    for (let i = 0; i < length; i++) coded += (this.#sum[i] ?? 0) ** 2;
    let chosen = code;
    for (let i = code; i < 32; i++) {
      const gain = GAINS[0]?.[i] ?? 0;
      if (coded * gain * gain < energy * first * first && (GAINS[0]?.[chosen] ?? 0) < 2 * first) chosen = i;
    }
    return chosen;
  }

  /** Memory and target through the weighting filter, as one sound. */
  #weigh(
    memory: Float64Array,
    memoryLength: number,
    length: number,
    target: Float64Array,
    weight: Float64Array,
    at: number,
  ): void {
    const sound = this.#weighted.fill(0);
    for (let i = 0; i < memoryLength + length; i++) {
      const x = i < memoryLength ? (memory[MEMORY - memoryLength + i] ?? 0) : (target[i - memoryLength] ?? 0);
      let y = x;
      for (let j = 1; j <= ORDER; j++) y -= (weight[at + j] ?? 0) * (sound[ORDER + i - j] ?? 0);
      sound[ORDER + i] = y;
    }
    for (let i = 0; i < memoryLength; i++) this.#memory[MEMORY - memoryLength + i] = sound[ORDER + i] ?? 0;
    for (let i = 0; i < length; i++) this.#target[i] = sound[ORDER + memoryLength + i] ?? 0;
  }
}

function nearestGain(stage: number, wanted: number, before: number): number {
  const count = GAINS[stage]?.length ?? 0;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const distance = Math.abs(wanted - gainValue(stage, i, before));
    if (distance >= least) continue;
    least = distance;
    best = i;
  }
  return best;
}
