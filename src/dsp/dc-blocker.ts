/** Takes a constant offset out of captured sound: a first-order high pass. */
import { saturate16 } from "./saturate.ts";

export class DcBlocker {
  readonly #pole: number;
  #x = 0;
  #y = 0;

  /** `cornerHz` is where it takes 3 dB away; 20 is far below speech. */
  constructor(rateHz: number, cornerHz = 20) {
    this.#pole = Math.exp((-2 * Math.PI * cornerHz) / rateHz);
  }

  /** In place. */
  process(pcm: Int16Array): void {
    let x1 = this.#x;
    let y1 = this.#y;
    for (let i = 0; i < pcm.length; i++) {
      const x = pcm[i] ?? 0;
      y1 = x - x1 + this.#pole * y1;
      x1 = x;
      pcm[i] = saturate16(Math.round(y1));
    }
    this.#x = x1;
    this.#y = y1;
  }
}
