/** One line for the first stranger who is refused, then a count: scanners send thousands and must not wash the log away. */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";

/** How long refusals are only counted after one was named, ms. */
const quietMs = 10_000;

export class StrangerLog {
  readonly #clock: Clock;
  readonly #log: Log;
  #state: { name: "open" } | { name: "quiet"; refused: number; last: string } = { name: "open" };

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** @param who the caller's URI and address, as the line shall name them */
  refused(who: string): void {
    const state = this.#state;
    if (state.name === "quiet") {
      this.#state = { name: "quiet", refused: state.refused + 1, last: who };
      return;
    }
    this.#log.info({}, `refused a stranger's call: ${who}`);
    this.#wait();
  }

  #wait(): void {
    this.#state = { name: "quiet", refused: 0, last: "" };
    this.#clock.after(quietMs, () => this.#over());
  }

  #over(): void {
    const state = this.#state;
    this.#state = { name: "open" };
    if (state.name === "open" || state.refused === 0) return;
    const count = `${state.refused} more strangers' calls in ${quietMs / 1000} s`;
    this.#log.info({ refused: state.refused }, `refused ${count}, the last: ${state.last}`);
    this.#wait();
  }
}
