/** The last step of a stream's receiving side: blocks at the codec's rate to frames of 16 kHz, across a change of the rate. */
import { Resampler } from "../dsp/resampler.ts";
import type { PlayoutLine } from "./playout-line.ts";

/** More than the filter remembers, samples at 8 kHz. */
const HEARD = 80;

export class PlayoutOutput {
  readonly #upsampler = new Resampler(8000, 16_000, 160);
  readonly #in = new Int16Array(HEARD);
  readonly #out = new Int16Array(this.#upsampler.maxOutput(HEARD));

  /** What the filter for 8 kHz lags behind, samples at 16 kHz. */
  get delaySamples(): number {
    return Math.round(this.#upsampler.delayMs * 16);
  }

  /** 10 ms: 80 samples at 8 kHz or 160 at 16 kHz, told apart by `count`. */
  write(block: Int16Array, count: number, out: Int16Array): void {
    if (count < out.length) this.#upsampler.process(block, out, count);
    else for (let i = 0; i < count; i++) out[i] = block[i] ?? 0;
  }

  /** The line has changed to 8 kHz: the filter must have heard what lies before the head, or it would begin in silence. */
  hear(line: PlayoutLine): void {
    this.#upsampler.reset();
    for (let i = 0; i < HEARD; i++) this.#in[i] = line.pcm[line.head - HEARD + i] ?? 0;
    this.#upsampler.process(this.#in, this.#out, HEARD);
  }

  reset(): void {
    this.#upsampler.reset();
  }
}
