/** When a binding whose flow was lost is made anew: RFC 5626 §4.5, with regard for servers that end every connection. Sends nothing. */
import type { Clock, Timer } from "../../hal/clock.ts";

/** A server that restarts loses all its phones at once: over how long they come back, ms. */
const flowSpreadMs = 2000;
/** A flow that ends sooner after the grant ends always: such a server is asked no oftener than a failing one, ms. */
const steadyMs = 5000;

export interface FlowLossParts {
  readonly clock: Clock;
  /** 0 up to 1, drawn anew. */
  readonly chance: () => number;
  readonly retryMs: number;
  /** There is another server to go to. */
  readonly hasOthers: () => boolean;
  readonly again: () => void;
}

export class FlowLoss {
  readonly #parts: FlowLossParts;
  #timer: Timer | undefined;
  /** It was lost soon after the grant before, too. */
  #hasty = false;
  /** `Clock.now()` ms. */
  #grantedAtMs = 0;

  constructor(parts: FlowLossParts) {
    this.#parts = parts;
  }

  granted(): void {
    this.#grantedAtMs = this.#parts.clock.now();
  }

  lost(): void {
    const { clock, chance, retryMs, hasOthers, again } = this.#parts;
    this.#timer?.cancel();
    const old = clock.now() - this.#grantedAtMs >= steadyMs;
    // Where there is another server the first loss may mean it: one that always closes is found out by the next.
    const steady = old || (!this.#hasty && hasOthers());
    this.#hasty = !old;
    const spreadMs = Math.floor(chance() * flowSpreadMs);
    const pauseMs = steady ? spreadMs : Math.max(1000, retryMs) + spreadMs;
    this.#timer = clock.after(pauseMs, again);
  }

  close(): void {
    this.#timer?.cancel();
  }
}
