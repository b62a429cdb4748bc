/** Targets that lately did not answer: RFC 3263 §4.3 leaves to us how long they are tried last. Sends nothing. */
import type { Clock } from "../../hal/clock.ts";
import { describeAddress, type TransportAddress } from "./transport-address.ts";

/** Long enough to spare a person the wait of each call, short enough that a repaired server is soon used again, ms. */
export const failureMs = 60_000;
const mostFailures = 200;

export class LocationFailures {
  readonly #clock: Clock;
  #untilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(target: TransportAddress): void {
    const key = describeAddress(target);
    this.#untilMs.delete(key);
    this.#untilMs.set(key, this.#clock.now() + failureMs);
    const [oldest] = this.#untilMs.keys();
    if (this.#untilMs.size > mostFailures && oldest !== undefined) this.#untilMs.delete(oldest);
  }

  answered(target: TransportAddress): void {
    if (this.#untilMs.size > 0) this.#untilMs.delete(describeAddress(target));
  }

  /** Those that failed lately go to the end; none is lost: where all have failed, all are tried. */
  order(targets: readonly TransportAddress[]): readonly TransportAddress[] {
    if (this.#untilMs.size === 0) return targets;
    const nowMs = this.#clock.now();
    const lately = (target: TransportAddress) => (this.#untilMs.get(describeAddress(target)) ?? 0) > nowMs;
    return [...targets.filter((target) => !lately(target)), ...targets.filter(lately)];
  }
}
