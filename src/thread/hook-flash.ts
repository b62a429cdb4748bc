/** A short press of the hook switch in a call, which is a flash and no end of it (feature row CAL-94). Debouncing is the driver's. */
import type { Clock, Timer } from "../../hal/clock.ts";

export interface HookFlashParts {
  readonly clock: Clock;
  /** On hook for less than this is a flash, ms; 0 and 1: there is none (phone_setting.flash_hook_timer). */
  readonly flashMs: () => number;
  /** There is a call that a flash could be meant for. */
  readonly inCall: () => boolean;
  readonly hook: (lifted: boolean) => void;
  readonly flash: () => void;
}

export class HookFlash {
  readonly #parts: HookFlashParts;
  #pending: Timer | undefined;

  constructor(parts: HookFlashParts) {
    this.#parts = parts;
  }

  change(lifted: boolean): void {
    const { clock, flashMs, inCall, hook, flash } = this.#parts;
    if (this.#pending !== undefined) {
      this.#pending.cancel();
      this.#pending = undefined;
      if (lifted) flash();
      else hook(false);
      return;
    }
    const ms = flashMs();
    if (lifted || ms <= 1 || !inCall()) {
      hook(lifted);
      return;
    }
    this.#pending = clock.after(ms, () => {
      this.#pending = undefined;
      hook(false);
    });
  }

  close(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }
}
