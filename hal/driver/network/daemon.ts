/** A program that is to run until it is ended: started again some time after it ended by itself. */
import type { Clock, Timer } from "../../clock.ts";
import type { Child, ChildEnd } from "../os/process.ts";

export type OnExit = (end: ChildEnd) => void;

export interface DaemonParts {
  readonly clock: Clock;
  readonly start: (onExit: OnExit) => Child;
  /** It ended by itself; what for people. */
  readonly ended: (why: string) => void;
}

/** A program that ended is started again after this, ms. */
const restartMs = 5000;
/** One that is not installed may be some day, ms. */
const absentMs = 60_000;

export class Daemon {
  readonly #parts: DaemonParts;
  #state: { name: "runs"; child: Child } | { name: "waits"; timer: Timer } | { name: "ended" };

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#state = { name: "runs", child: this.#start() };
  }

  /** Idempotent. */
  end(): void {
    const state = this.#state;
    this.#state = { name: "ended" };
    if (state.name === "runs") state.child.kill();
    else if (state.name === "waits") state.timer.cancel();
  }

  #start(): Child {
    const { clock, start, ended } = this.#parts;
    return start(({ type, why }) => {
      if (this.#state.name === "ended") return;
      const timer = clock.after(type === "absent" ? absentMs : restartMs, () => {
        this.#state = { name: "runs", child: this.#start() };
      });
      this.#state = { name: "waits", timer };
      ended(type === "absent" ? `not installed: ${why}` : why);
    });
  }
}
