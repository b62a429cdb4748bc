/** One sub-band of G.722: adaptive predictor and scale factor (ITU-T G.722 §3.5, §3.6, §6.2.1.2 to §6.2.2.3), integer-exact. */
import { saturate16 } from "../dsp/saturate.ts";

const SCALE = Int16Array.of(
  2048,
  2093,
  2139,
  2186,
  2233,
  2282,
  2332,
  2383,
  2435,
  2489,
  2543,
  2599,
  2656,
  2714,
  2774,
  2834,
  2896,
  2960,
  3025,
  3091,
  3158,
  3228,
  3298,
  3371,
  3444,
  3520,
  3597,
  3676,
  3756,
  3838,
  3922,
  4008,
);

export class Band {
  /** Predicted next value, and its part from the zeros. */
  s = 0;
  sz = 0;
  /** Logarithmic scale factor and the linear one made of it. */
  nb = 0;
  det: number;
  readonly #nbMax: number;
  readonly #shift: number;
  readonly #detStart: number;
  #a1 = 0;
  #a2 = 0;
  #r1 = 0;
  #p1 = 0;
  #p2 = 0;
  #b1 = 0;
  #b2 = 0;
  #b3 = 0;
  #b4 = 0;
  #b5 = 0;
  #b6 = 0;
  #d1 = 0;
  #d2 = 0;
  #d3 = 0;
  #d4 = 0;
  #d5 = 0;
  #d6 = 0;

  constructor(kind: "lower" | "higher") {
    this.#nbMax = kind === "lower" ? 18_432 : 22_528;
    this.#shift = kind === "lower" ? 8 : 10;
    this.#detStart = kind === "lower" ? 32 : 8;
    this.det = this.#detStart;
  }

  reset(): void {
    this.s = this.sz = this.nb = 0;
    this.det = this.#detStart;
    this.#a1 = this.#a2 = this.#r1 = this.#p1 = this.#p2 = 0;
    this.#b1 = this.#b2 = this.#b3 = this.#b4 = this.#b5 = this.#b6 = 0;
    this.#d1 = this.#d2 = this.#d3 = this.#d4 = this.#d5 = this.#d6 = 0;
  }

  copyFrom(o: Band): void {
    this.s = o.s;
    this.sz = o.sz;
    this.nb = o.nb;
    this.det = o.det;
    this.#a1 = o.#a1;
    this.#a2 = o.#a2;
    this.#r1 = o.#r1;
    this.#p1 = o.#p1;
    this.#p2 = o.#p2;
    this.#b1 = o.#b1;
    this.#b2 = o.#b2;
    this.#b3 = o.#b3;
    this.#b4 = o.#b4;
    this.#b5 = o.#b5;
    this.#b6 = o.#b6;
    this.#d1 = o.#d1;
    this.#d2 = o.#d2;
    this.#d3 = o.#d3;
    this.#d4 = o.#d4;
    this.#d5 = o.#d5;
    this.#d6 = o.#d6;
  }

  /** Moves the predictor's coefficients halfway back to those of `o`; the signal's own history stays. */
  halfwayTo(o: Band): void {
    this.#a1 = (this.#a1 + o.#a1) >> 1;
    this.#a2 = (this.#a2 + o.#a2) >> 1;
    this.#b1 = (this.#b1 + o.#b1) >> 1;
    this.#b2 = (this.#b2 + o.#b2) >> 1;
    this.#b3 = (this.#b3 + o.#b3) >> 1;
    this.#b4 = (this.#b4 + o.#b4) >> 1;
    this.#b5 = (this.#b5 + o.#b5) >> 1;
    this.#b6 = (this.#b6 + o.#b6) >> 1;
  }

  /** LOGSCL/LOGSCH and SCALEL/SCALEH: `weight` is the table's value for the code. */
  scale(weight: number): void {
    let nb = ((this.nb * 127) >> 7) + weight;
    if (nb < 0) nb = 0;
    else if (nb > this.#nbMax) nb = this.#nbMax;
    this.nb = nb;
    const shift = this.#shift - (nb >> 11);
    const base = SCALE[(nb >> 6) & 31] ?? 0;
    this.det = (shift < 0 ? base << -shift : base >> shift) << 2;
  }

  /** Block 4: adapts the predictor to the quantized difference `d` and predicts the next value. */
  adapt(d: number): void {
    const r = saturate16(this.s + d);
    const p = saturate16(this.sz + d);

    // UPPOL2
    const same1 = p >> 15 === this.#p1 >> 15;
    const a1x4 = saturate16(this.#a1 << 2);
    let turn = same1 ? -a1x4 : a1x4;
    if (turn > 32767) turn = 32767;
    let a2 = (turn >> 7) + (p >> 15 === this.#p2 >> 15 ? 128 : -128) + ((this.#a2 * 32512) >> 15);
    if (a2 > 12_288) a2 = 12_288;
    else if (a2 < -12_288) a2 = -12_288;
    // UPPOL1
    let a1 = saturate16((same1 ? 192 : -192) + ((this.#a1 * 32640) >> 15));
    const limit = saturate16(15_360 - a2);
    if (a1 > limit) a1 = limit;
    else if (a1 < -limit) a1 = -limit;

    // UPZERO; the products cannot leave 16 bits: the leak pulls |b| below 32768 · 255/256 before 128 is added.
    const gain = d === 0 ? 0 : 128;
    const sign = d >> 15;
    const b1 = saturate16((this.#d1 >> 15 === sign ? gain : -gain) + ((this.#b1 * 32640) >> 15));
    const b2 = saturate16((this.#d2 >> 15 === sign ? gain : -gain) + ((this.#b2 * 32640) >> 15));
    const b3 = saturate16((this.#d3 >> 15 === sign ? gain : -gain) + ((this.#b3 * 32640) >> 15));
    const b4 = saturate16((this.#d4 >> 15 === sign ? gain : -gain) + ((this.#b4 * 32640) >> 15));
    const b5 = saturate16((this.#d5 >> 15 === sign ? gain : -gain) + ((this.#b5 * 32640) >> 15));
    const b6 = saturate16((this.#d6 >> 15 === sign ? gain : -gain) + ((this.#b6 * 32640) >> 15));

    // DELAYA, FILTEP, FILTEZ, PREDIC
    const d2 = this.#d1;
    const d3 = this.#d2;
    const d4 = this.#d3;
    const d5 = this.#d4;
    const d6 = this.#d5;
    const sp = saturate16(((a1 * saturate16(r + r)) >> 15) + ((a2 * saturate16(this.#r1 + this.#r1)) >> 15));
    const sz = saturate16(
      ((b1 * saturate16(d + d)) >> 15) +
        ((b2 * saturate16(d2 + d2)) >> 15) +
        ((b3 * saturate16(d3 + d3)) >> 15) +
        ((b4 * saturate16(d4 + d4)) >> 15) +
        ((b5 * saturate16(d5 + d5)) >> 15) +
        ((b6 * saturate16(d6 + d6)) >> 15),
    );
    this.#d1 = d;
    this.#d2 = d2;
    this.#d3 = d3;
    this.#d4 = d4;
    this.#d5 = d5;
    this.#d6 = d6;
    this.#b1 = b1;
    this.#b2 = b2;
    this.#b3 = b3;
    this.#b4 = b4;
    this.#b5 = b5;
    this.#b6 = b6;
    this.#r1 = r;
    this.#p2 = this.#p1;
    this.#p1 = p;
    this.#a1 = a1;
    this.#a2 = a2;
    this.sz = sz;
    this.s = saturate16(sp + sz);
  }
}
