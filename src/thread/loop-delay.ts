/**
 * A clock that keeps how late its timers were: what they waited for the thread and for the system. It sets no timer of its
 * own, because each wakes the thread, which costs as much as a frame of sound. It is no monitor of a thread that waits for nothing.
 */
import type { Clock, Timer } from "../../hal/clock.ts";

/** Steps of what is counted, ms, and how many; what was later counts as the last. */
const stepMs = 0.25;
const steps = 400;

export class LoopDelayClock implements Clock {
  readonly #clock: Clock;
  readonly #counts = new Uint32Array(steps);
  #ran = 0;
  #worstMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  epochMs(): number {
    return this.#clock.epochMs();
  }

  after(ms: number, run: () => void): Timer {
    const dueMs = this.#clock.now() + ms;
    return this.#clock.after(ms, () => {
      this.#late(this.#clock.now() - dueMs);
      run();
    });
  }

  /** Since the last call, ms, in steps of 0.25 at the median; both 0 where no timer ran. */
  take(): { readonly median: number; readonly worst: number } {
    const worst = this.#worstMs;
    const median = Math.min(worst, this.#medianMs());
    this.#counts.fill(0);
    this.#ran = 0;
    this.#worstMs = 0;
    return { median, worst };
  }

  #late(ms: number): void {
    if (ms > this.#worstMs) this.#worstMs = ms;
    const step = Math.max(0, Math.min(steps - 1, Math.round(ms / stepMs)));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#ran++;
  }

  #medianMs(): number {
    let seen = 0;
    for (let step = 0; step < steps; step++) {
      seen += this.#counts[step] ?? 0;
      if (2 * seen > this.#ran) return step * stepMs;
    }
    return 0;
  }
}
