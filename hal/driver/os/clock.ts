/** The machine's own time. */
import type { Clock } from "../../clock.ts";

export const systemClock: Clock = {
  now: () => performance.now(),
  epochMs: () => Date.now(),
  after(ms, run) {
    // Node cuts fractions off: who waits for a moment would wake before it and have to wait again.
    const timer = setTimeout(run, Math.round(ms));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
