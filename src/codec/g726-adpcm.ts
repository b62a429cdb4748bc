/** The adaptive predictor and quantizer of ITU-T G.726 at 2 to 5 bits a sample (sections 4.2.2 to 4.2.8), bit-exact; no packing into bytes. */

export type CodeBits = 2 | 3 | 4 | 5;

/** What differs between the rates (G.726 tables 6 to 11 and §4.2.5): each list is by code, decision levels upwards. */
interface RateTables {
  /** Decision levels of the normalized logarithm of the difference. */
  readonly decide: Int16Array;
  /** Normalized logarithm of the output. */
  readonly output: Int16Array;
  /** Scale factor multipliers W(I), times 32. */
  readonly scale: Int32Array;
  /** Rate of change F(I), times 512. */
  readonly speed: Int16Array;
}

/** The half of a table for positive codes; negative ones mirror it. */
function mirrored(half: readonly number[]): number[] {
  return [...half, ...half.slice().reverse()];
}
function tables(decide: number[], output: number[], scale: number[], speed: number[]): RateTables {
  return {
    decide: Int16Array.from(decide),
    output: Int16Array.from(mirrored(output)),
    scale: Int32Array.from(mirrored(scale), (w) => w * 32),
    speed: Int16Array.from(mirrored(speed), (f) => f * 512),
  };
}

/** Stands for minus infinity: the code of no difference at all. */
const NOTHING = -2048;

const BY_BITS: Readonly<Record<CodeBits, RateTables>> = {
  2: tables([261], [116, 365], [-22, 439], [0, 7]),
  3: tables([8, 218, 331], [NOTHING, 135, 273, 373], [-4, 30, 137, 582], [0, 1, 2, 7]),
  4: tables(
    [-124, 80, 178, 246, 300, 349, 400],
    [NOTHING, 4, 135, 213, 273, 323, 373, 425],
    [-12, 18, 41, 64, 112, 198, 355, 1122],
    [0, 0, 0, 1, 1, 1, 3, 7],
  ),
  5: tables(
    [-122, -16, 68, 139, 198, 250, 298, 339, 378, 413, 445, 475, 502, 528, 553],
    [NOTHING, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566],
    [14, 14, 24, 39, 40, 41, 58, 100, 141, 179, 219, 280, 358, 440, 529, 696],
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6],
  ),
};

const ZEROS = 6;
/** Nought in the predictor's floating point: exponent 0, mantissa 32, sign in bit 10. */
const FLOAT_ZERO = 0x20;
const FLOAT_MINUS = 0x400;

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

/** To the predictor's floating point: 4 bits of exponent, 6 of mantissa; the sign is subtracted (FLOATA, FLOATB). */
function toFloat(magnitude: number, negative: boolean): number {
  const exponent = bitLength(magnitude);
  const value = magnitude === 0 ? FLOAT_ZERO : (exponent << 6) + ((magnitude << 6) >> exponent);
  return negative ? value - FLOAT_MINUS : value;
}

/** A coefficient times a signal in floating point (FMULT). */
function product(coefficient: number, signal: number): number {
  const magnitude = coefficient > 0 ? coefficient : -coefficient & 0x1fff;
  const exponent = bitLength(magnitude) - 6;
  const mantissa = magnitude === 0 ? 32 : exponent >= 0 ? magnitude >> exponent : magnitude << -exponent;
  const shift = exponent + ((signal >> 6) & 15) - 13;
  const rough = (mantissa * (signal & 63) + 48) >> 4;
  const result = shift >= 0 ? (rough << shift) & 0x7fff : rough >> -shift;
  return (coefficient ^ signal) < 0 ? -result : result;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

export class G726Adpcm {
  readonly #tables: RateTables;
  readonly #largest: number;
  readonly #leak: number;
  /** Scale factors, slow (19 bits) and fast. */
  #slow = 0;
  #fast = 0;
  /** Short and long mean of F(I), and how far the fast scale factor is unlocked. */
  #short = 0;
  #long = 0;
  #unlocked = 0;
  /** A tone was found: a jump of it empties the predictor. */
  #tone = false;
  #a1 = 0;
  #a2 = 0;
  readonly #b = new Int32Array(ZEROS);
  /** Signs of the last two partial signals. */
  #sign1 = 0;
  #sign2 = 0;
  /** The last six differences and two reconstructed signals, in floating point. */
  readonly #dq = new Int32Array(ZEROS);
  #sr1 = FLOAT_ZERO;
  #sr2 = FLOAT_ZERO;
  /** What the predictor says of the next sample: zeros alone, and all, both doubled. */
  #zeros = 0;
  #estimate = 0;
  #y = 0;

  constructor(bits: CodeBits) {
    this.#tables = BY_BITS[bits];
    this.#largest = (1 << bits) - 1;
    this.#leak = bits === 5 ? 9 : 8;
    this.reset();
  }

  reset(): void {
    this.#slow = 34_816;
    this.#fast = 544;
    this.#short = this.#long = this.#unlocked = 0;
    this.#tone = false;
    this.#a1 = this.#a2 = 0;
    this.#b.fill(0);
    this.#sign1 = this.#sign2 = 0;
    this.#dq.fill(FLOAT_ZERO);
    this.#sr1 = this.#sr2 = FLOAT_ZERO;
    this.#predict();
  }

  copyFrom(other: G726Adpcm): void {
    this.#slow = other.#slow;
    this.#fast = other.#fast;
    this.#short = other.#short;
    this.#long = other.#long;
    this.#unlocked = other.#unlocked;
    this.#tone = other.#tone;
    this.#a1 = other.#a1;
    this.#a2 = other.#a2;
    this.#b.set(other.#b);
    this.#sign1 = other.#sign1;
    this.#sign2 = other.#sign2;
    this.#dq.set(other.#dq);
    this.#sr1 = other.#sr1;
    this.#sr2 = other.#sr2;
    this.#predict();
  }

  /** Codes a sample of 16 bits, of which G.726 takes the upper 14; moves on. */
  encode(sample: number): number {
    const { decide } = this.#tables;
    const difference = (sample >> 2) - (this.#estimate >> 1);
    const magnitude = difference < 0 ? -difference : difference;
    const exponent = bitLength(magnitude >> 1);
    const logarithm = (exponent << 7) + (((magnitude << 7) >> exponent) & 127) - (this.#y >> 2);
    let level = 0;
    while (level < decide.length && logarithm >= (decide[level] ?? 0)) level++;
    // Below the first level there is one code for both signs, except at 2 bits, where the code 0 is a value like others.
    const nothing = level === 0 && decide.length > 1;
    const code = difference < 0 || nothing ? this.#largest - level : level;
    this.decode(code);
    return code;
  }

  /** The sample of 16 bits that a code means; moves on. */
  decode(code: number): number {
    const y = this.#y;
    const negative = code > this.#largest >> 1;
    const logarithm = (this.#tables.output[code] ?? 0) + (y >> 2);
    const magnitude = logarithm < 0 ? 0 : ((128 + (logarithm & 127)) << 7) >> (14 - ((logarithm >> 7) & 15));
    const difference = negative ? -(magnitude & 0x3fff) : magnitude;
    const estimate = this.#estimate >> 1;
    const signal = ((estimate + difference) << 16) >> 16;
    this.#move(code, magnitude, negative, signal, signal - estimate + (this.#zeros >> 1));
    return clamp(signal, -8192, 8191) << 2;
  }

  #move(code: number, magnitude: number, negative: boolean, signal: number, partial: number): void {
    const { scale, speed } = this.#tables;
    const y = this.#y;
    const jumped = this.#tone && magnitude > this.#jumpThreshold();
    this.#fast = clamp(y + (((scale[code] ?? 0) - y) >> 5), 544, 5120);
    this.#slow += this.#fast + (-this.#slow >> 6);
    const sign = partial < 0 ? 1 : 0;
    if (jumped) {
      this.#a1 = this.#a2 = 0;
      this.#b.fill(0);
    } else {
      this.#adaptPoles(sign, partial !== 0);
      this.#adaptZeros(magnitude, negative);
    }
    const tone = !jumped && this.#a2 < -11_776;
    this.#dq.copyWithin(1, 0, ZEROS - 1);
    this.#dq[0] = toFloat(magnitude, negative);
    this.#sr2 = this.#sr1;
    // -32768 has no magnitude in 15 bits.
    this.#sr1 = signal === -32_768 ? FLOAT_ZERO - FLOAT_MINUS : toFloat(signal < 0 ? -signal : signal, signal < 0);
    this.#sign2 = this.#sign1;
    this.#sign1 = sign;
    this.#tone = tone;
    this.#adaptSpeed(speed[code] ?? 0, jumped, y);
    this.#predict();
  }

  /** What a difference must exceed for a tone to have jumped (TRANS). */
  #jumpThreshold(): number {
    const integer = this.#slow >> 15;
    const threshold = integer > 9 ? 31 << 10 : (32 + ((this.#slow >> 10) & 31)) << integer;
    return (threshold + (threshold >> 1)) >> 1;
  }

  #adaptPoles(sign: number, moved: boolean): void {
    const unlike = sign !== this.#sign1;
    let a2 = this.#a2 - (this.#a2 >> 7);
    if (moved) {
      const pull = unlike ? this.#a1 : -this.#a1;
      a2 += pull < -8191 ? -256 : pull > 8191 ? 255 : pull >> 5;
      a2 = clamp(a2 + (sign !== this.#sign2 ? -128 : 128), -12_288, 12_288);
    }
    this.#a2 = a2;
    const a1 = this.#a1 - (this.#a1 >> 8) + (moved ? (unlike ? -192 : 192) : 0);
    const most = 15_360 - a2;
    this.#a1 = clamp(a1, -most, most);
  }

  #adaptZeros(magnitude: number, negative: boolean): void {
    for (let i = 0; i < ZEROS; i++) {
      const b = this.#b[i] ?? 0;
      const alike = (this.#dq[i] ?? 0) < 0 === negative;
      this.#b[i] = b - (b >> this.#leak) + (magnitude === 0 ? 0 : alike ? 128 : -128);
    }
  }

  #adaptSpeed(speed: number, jumped: boolean, y: number): void {
    this.#short += (speed - this.#short) >> 5;
    this.#long += ((speed << 2) - this.#long) >> 7;
    if (jumped) this.#unlocked = 256;
    else if (y < 1536 || this.#tone || Math.abs((this.#short << 2) - this.#long) >= this.#long >> 3)
      this.#unlocked += (512 - this.#unlocked) >> 4;
    else this.#unlocked += -this.#unlocked >> 4;
  }

  /** Works out what both sides expect of the next sample. */
  #predict(): void {
    let zeros = 0;
    for (let i = 0; i < ZEROS; i++) zeros += product((this.#b[i] ?? 0) >> 2, this.#dq[i] ?? 0);
    const all = zeros + product(this.#a2 >> 2, this.#sr2) + product(this.#a1 >> 2, this.#sr1);
    // The accumulators have 16 bits (ACCUM).
    this.#zeros = (zeros << 16) >> 16;
    this.#estimate = (all << 16) >> 16;
    const slow = this.#slow >> 6;
    const apart = this.#fast - slow;
    const open = this.#unlocked >> 2;
    if (this.#unlocked >= 256) this.#y = this.#fast;
    else this.#y = slow + (apart > 0 ? (apart * open) >> 6 : apart < 0 ? (apart * open + 63) >> 6 : 0);
  }
}
