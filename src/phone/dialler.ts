/** Runs the machine of `dialling.ts`: its timers, and what it asks for. */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Digit } from "../../hal/keypad.ts";
import {
  closed,
  closedDial,
  type DialEffect,
  type DialInput,
  type DialRules,
  type DialState,
  type DialTimer,
  nextDial,
} from "./dialling.ts";

export interface DiallerParts {
  readonly clock: Clock;
  readonly rules: () => DialRules;
  readonly dial: (effect: Extract<DialEffect, { type: "dial" }>) => void;
  readonly redial: () => void;
  readonly keyTone: (digit: Digit) => void;
  readonly changed: () => void;
}

export class Dialler {
  #parts: DiallerParts;
  #state: DialState = closedDial;
  /** Only so that they do not pile up: a stale one means nothing to the machine. */
  #timers = new Map<DialTimer, Timer>();

  constructor(parts: DiallerParts) {
    this.#parts = parts;
  }

  get state(): DialState {
    return this.#state;
  }

  /** Something was collected, on hook or off. */
  get collected(): boolean {
    return this.#state.name === "collecting" && this.#state.digits !== "";
  }

  input(input: DialInput): void {
    const [next, effects] = nextDial(this.#state, input, this.#parts.rules());
    this.#state = next;
    // Before sound is settled: between the number and its call the path must not close for a moment.
    for (const effect of effects) this.#carryOut(effect);
    this.#parts.changed();
  }

  /** Without telling: something else takes its place in the same step. */
  discard(): void {
    this.#state = closed(this.#state);
  }

  #carryOut(effect: DialEffect): void {
    switch (effect.type) {
      case "dial":
        this.#parts.dial(effect);
        return;
      case "redial":
        this.#parts.redial();
        return;
      case "start":
        this.#start(effect);
        return;
      case "key-tone":
        this.#parts.keyTone(effect.digit);
        return;
      case "give-up":
        return;
      default:
        effect satisfies never;
    }
  }

  #start({ timer, ms, turn }: Extract<DialEffect, { type: "start" }>): void {
    this.#timers.get(timer)?.cancel();
    const run = () => this.input({ type: "timer", timer, turn });
    this.#timers.set(timer, this.#parts.clock.after(ms, run));
  }
}
