/** Sound on its way to the ear: waits until there is enough, throws away what is too late, and follows the phone's clock. */
import { Resampler } from "./resampler.ts";

/** The network is this machine or this house: little is enough. */
const targetMs = 60;
const mostMs = 220;

export class PlayBuffer {
  readonly #rateHz: number;
  readonly #resampler: Resampler;
  #queue: Float32Array[] = [];
  #queued = 0;
  #waiting = true;
  /** Slow mean of the filling, samples. */
  #filling: number;

  constructor(fromHz: number, rateHz: number) {
    this.#rateHz = rateHz;
    this.#resampler = new Resampler(fromHz, rateHz);
    this.#filling = this.#samples(targetMs);
  }

  get queuedMs(): number {
    return (this.#queued * 1000) / this.#rateHz;
  }

  push(samples: Int16Array): void {
    const input = Float32Array.from(samples, (sample) => sample / 32_768);
    // A few tenths of a percent are not heard, and are more than two clocks differ.
    const target = this.#samples(targetMs);
    this.#filling += (this.#queued - this.#filling) * 0.02;
    this.#resampler.trim(((this.#filling - target) / target) * 0.005);
    const output = this.#resampler.process(input);
    this.#queue.push(output);
    this.#queued += output.length;
    if (this.#queued > this.#samples(mostMs)) this.#drop(this.#queued - target);
  }

  /** Fills `block`; silence where there is nothing. */
  pull(block: Float32Array): void {
    block.fill(0);
    if (this.#waiting && this.#queued < this.#samples(targetMs)) return;
    this.#waiting = false;
    let filled = 0;
    while (filled < block.length) {
      const next = this.#queue[0];
      if (next === undefined) {
        this.#waiting = true;
        return;
      }
      const part = next.subarray(0, block.length - filled);
      block.set(part, filled);
      filled += part.length;
      this.#queued -= part.length;
      if (part.length === next.length) this.#queue.shift();
      else this.#queue[0] = next.subarray(part.length);
    }
  }

  #drop(samples: number): void {
    let left = samples;
    while (left > 0) {
      const next = this.#queue[0];
      if (next === undefined) return;
      const part = Math.min(left, next.length);
      left -= part;
      this.#queued -= part;
      if (part === next.length) this.#queue.shift();
      else this.#queue[0] = next.subarray(part);
    }
  }

  #samples(ms: number): number {
    return Math.round((this.#rateHz * ms) / 1000);
  }
}
