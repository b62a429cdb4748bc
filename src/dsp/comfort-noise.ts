/** Makes noise of a given level and colour for pauses (the synthesis side of RFC 3389); not the measuring of what to imitate. */
import { saturate16 } from "./saturate.ts";

const MAX_ORDER = 12;
/** A gentle fall towards the high end, as rooms have it. */
export const ROOM: ArrayLike<number> = [-0.5];

export class ComfortNoise {
  #seed: number;
  #amplitude = 0;
  #target = 0;
  readonly #reflection = new Float64Array(MAX_ORDER);
  readonly #state = new Float64Array(MAX_ORDER + 1);
  #order = 0;
  #gain = 1;

  /** The same seed gives the same noise. */
  constructor(seed = 1) {
    this.#seed = seed | 0;
    this.shape(ROOM);
  }

  /** Level, dBov; at or below -100 is silence. Reached over one frame. */
  setLevel(dbov: number): void {
    // Uniform noise in ±a has a mean square of a²/3.
    this.#target = dbov <= -100 ? 0 : 32_768 * 10 ** (Math.min(dbov, 0) / 20) * Math.sqrt(3);
  }

  /** Colour by the first `order` reflection coefficients (RFC 3389 §3.2), each inside ±1; at most 12. */
  shape(reflection: ArrayLike<number>, order = reflection.length): void {
    this.#order = Math.min(order, MAX_ORDER);
    let power = 1;
    for (let k = 0; k < this.#order; k++) {
      const value = Math.max(-0.98, Math.min(0.98, reflection[k] ?? 0));
      this.#reflection[k] = value;
      power *= 1 - value * value;
    }
    // Keeps the level whatever the colour is.
    this.#gain = Math.sqrt(power);
  }

  #white(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) | 0;
    return this.#seed / 2_147_483_648;
  }

  /** Fills `out[from .. to)`, or adds to it. */
  fill(out: Int16Array, add = false, from = 0, to = out.length): void {
    const step = to > from ? (this.#target - this.#amplitude) / (to - from) : 0;
    for (let i = from; i < to; i++) {
      this.#amplitude += step;
      let value = this.#white() * this.#amplitude * this.#gain;
      // All-pole lattice.
      for (let k = this.#order - 1; k >= 0; k--) {
        const reflection = this.#reflection[k] ?? 0;
        value -= reflection * (this.#state[k] ?? 0);
        this.#state[k + 1] = (this.#state[k] ?? 0) + reflection * value;
      }
      this.#state[0] = value;
      out[i] = saturate16(Math.round(value) + (add ? (out[i] ?? 0) : 0));
    }
    this.#amplitude = this.#target;
  }

  reset(): void {
    this.#amplitude = 0;
    this.#state.fill(0);
  }
}
