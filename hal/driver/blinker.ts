/** Makes plain lights blink: 200 ms fast, 1 s slow (feature row UIX-10), all of them in step. For devices that cannot by themselves. */
import type { Clock, Timer } from "../clock.ts";
import type { LampPattern } from "../lamp.ts";

const halfMs = { fast: 200, slow: 1000 } as const;
type Blinking = keyof typeof halfMs;

export class Blinker<Id> {
  readonly #clock: Clock;
  readonly #light: (id: Id, on: boolean) => void;
  readonly #patterns = new Map<Id, LampPattern>();
  readonly #lit = new Map<Id, boolean>();
  readonly #timers: Partial<Record<Blinking, Timer>> = {};
  readonly #phase = { fast: true, slow: true };

  /** @param light is called with changes only */
  constructor(clock: Clock, light: (id: Id, on: boolean) => void) {
    this.#clock = clock;
    this.#light = light;
  }

  set(id: Id, pattern: LampPattern): void {
    if (this.#patterns.get(id) === pattern) return;
    this.#patterns.set(id, pattern);
    if (pattern === "fast" || pattern === "slow") {
      this.#start(pattern);
      this.#show(id, this.#phase[pattern]);
    } else this.#show(id, pattern === "on");
  }

  /** Forgets all; lights that are on go off. */
  clear(): void {
    for (const blinking of ["fast", "slow"] as const) {
      this.#timers[blinking]?.cancel();
      delete this.#timers[blinking];
    }
    for (const [id, on] of this.#lit) if (on) this.#light(id, false);
    this.#lit.clear();
    this.#patterns.clear();
  }

  #start(blinking: Blinking): void {
    if (this.#timers[blinking] !== undefined) return;
    this.#phase[blinking] = true;
    this.#wait(blinking);
  }

  #wait(blinking: Blinking): void {
    this.#timers[blinking] = this.#clock.after(halfMs[blinking], () => {
      delete this.#timers[blinking];
      const ids = [...this.#patterns].filter(([, pattern]) => pattern === blinking).map(([id]) => id);
      if (ids.length === 0) return;
      this.#phase[blinking] = !this.#phase[blinking];
      this.#wait(blinking);
      for (const id of ids) this.#show(id, this.#phase[blinking]);
    });
  }

  #show(id: Id, on: boolean): void {
    if ((this.#lit.get(id) ?? false) === on) return;
    this.#lit.set(id, on);
    this.#light(id, on);
  }
}
