/** Gives each arriving packet its place: sequence numbers and timestamps counted on through wraps, jumps recognised (RFC 3550 A.1, A.8). */
import { type ExtendedSequence, extendSequence, firstSequence, timestampDifference } from "../rtp/sequence.ts";
import type { JitterEstimator } from "./jitter-estimator.ts";

const MAX_DROPOUT = 3000;
export const MAX_MISORDER = 100;
/** A timestamp this far from where arrival times expect it begins a new scale, ms. */
const EPOCH_MS = 1500;

export class PlayoutOrder {
  /** Highest number received; -1 before the first packet. */
  newest = -1 as ExtendedSequence;
  /** The first number that counts: what comes from below it was never missed. */
  first = -1;
  /** Timestamps of different epochs cannot be compared. */
  epoch = 0;
  /** Interarrival jitter, ms. */
  jitterMs = 0;
  readonly #estimator: JitterEstimator;
  /** A lone packet far out of sequence; a second one in line with it means that the sender began anew. */
  #stray = -1;
  /** Unwrapped timestamp and time of the packet that arrived last. */
  #lastTicks = 0;
  #lastArrivalMs = 0;
  #lastClock = 0;

  constructor(estimator: JitterEstimator) {
    this.#estimator = estimator;
  }

  /** The packet's number, "stray" where it belongs nowhere (yet), "restarted" where numbers must begin anew with it. */
  number(sequence: number): ExtendedSequence | "stray" | "restarted" {
    if (this.newest < 0) return "restarted";
    const extended = extendSequence(sequence, this.newest);
    const ahead = extended - this.newest;
    if (ahead <= MAX_DROPOUT && ahead >= -MAX_MISORDER) {
      this.#stray = -1;
      return extended;
    }
    if (((this.#stray + 1) & 0xffff) === (sequence & 0xffff) && this.#stray >= 0) return "restarted";
    this.#stray = sequence & 0xffff;
    return "stray";
  }

  /** Numbers begin anew with this packet. */
  restart(sequence: number, timestamp: number, arrivalMs: number): ExtendedSequence {
    // The old timestamps mean nothing to the new count.
    this.epoch++;
    this.#estimator.restart();
    this.#stray = -1;
    this.#lastTicks = timestamp >>> 0;
    this.#lastClock = 0;
    this.#lastArrivalMs = arrivalMs;
    const first = firstSequence(sequence);
    this.newest = first;
    this.first = first;
    return first;
  }

  /** The timestamp counted on, in ms; a jump begins a new epoch. Feeds the estimator and the jitter figure. `clock` is in ticks a ms. */
  mediaMs(timestamp: number, clock: number, arrivalMs: number): number {
    const step = timestampDifference(timestamp >>> 0, this.#lastTicks % 2 ** 32);
    const arrivedTicks = (arrivalMs - this.#lastArrivalMs) * clock;
    let ticks = this.#lastTicks + step;
    // Another codec's timestamps may run on another clock: what they were and what they are cannot be compared.
    if (clock !== this.#lastClock || Math.abs(step - arrivedTicks) > EPOCH_MS * clock) {
      this.epoch++;
      this.#estimator.restart();
      ticks = timestamp >>> 0;
    } else this.jitterMs += (Math.abs(arrivedTicks - step) / clock - this.jitterMs) / 16;
    this.#lastTicks = ticks;
    this.#lastClock = clock;
    this.#lastArrivalMs = arrivalMs;
    this.#estimator.add(arrivalMs - ticks / clock, arrivalMs);
    return ticks / clock;
  }

  reset(): void {
    this.newest = -1 as ExtendedSequence;
    this.first = -1;
    this.jitterMs = 0;
    this.#stray = -1;
  }
}
