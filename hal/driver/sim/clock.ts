/** A clock that moves only when told: time for tests. */
import type { Clock, Timer } from "../../clock.ts";

interface Waiting {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 0;
  #epochMs: number;
  #order = 0;
  #waiting: Waiting[] = [];

  constructor(epochMs = 1_800_000_000_000) {
    this.#epochMs = epochMs;
  }

  now(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#epochMs + this.#nowMs;
  }

  after(ms: number, run: () => void): Timer {
    const item: Waiting = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, run };
    this.#waiting.push(item);
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((w) => w !== item);
      },
    };
  }

  /** Runs everything that is due within `ms`, in order of time, then of setting. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const next = this.#waiting.filter((w) => w.atMs <= end).sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((w) => w !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = end;
  }

  /** As `advance`, with a turn of the event loop after each timer, so that promises settle in between. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      await turn();
      const next = this.#waiting.filter((w) => w.atMs <= end).sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (next === undefined) break;
      this.advance(Math.max(0, next.atMs - this.#nowMs));
    }
    this.advance(end - this.#nowMs);
    await turn();
  }
}

async function turn(): Promise<void> {
  // As many as the longest chain of promises between two timers: a name looked up through alias, SRV and address.
  for (let i = 0; i < 80; i++) await Promise.resolve();
}
