/** The machine's own time. */
import type { Clock } from "../../clock.ts";

export const systemClock: Clock = {
  now: () => performance.now(),
  epochMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
