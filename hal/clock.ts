/** Source of time and of delays; everything that waits or asks the time takes one. */
export interface Clock {
  /** Monotonic time in ms, with fractions; its zero has no meaning. */
  now(): number;
  /** Wall clock: ms since 1970-01-01T00:00Z; may jump when the time is set. */
  epochMs(): number;
  /** Runs `run` once after `ms` (0 or more), unless cancelled. Does not keep the process alive by itself. */
  after(ms: number, run: () => void): Timer;
}

export interface Timer {
  /** Idempotent; harmless after the timer ran. */
  cancel(): void;
}
