/** Runs a gesture machine for each key on the keypad, with a clock; the meaning of keys is the caller's. */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Key } from "../../hal/keypad.ts";
import { type GestureInput, type GestureState, nextGesture } from "./gesture.ts";

export type KeyEvent = "press" | "repeat" | "long" | "release";

interface Held {
  state: GestureState;
  timer: Timer | undefined;
}

export class KeyTimer {
  readonly #clock: Clock;
  readonly #repeats: (key: Key) => boolean;
  readonly #on: (key: Key, event: KeyEvent) => void;
  readonly #held = new Map<Key, Held>();

  /** @param repeats asked at the press: whether the key, held, repeats instead of being a long press. */
  constructor(clock: Clock, repeats: (key: Key) => boolean, on: (key: Key, event: KeyEvent) => void) {
    this.#clock = clock;
    this.#repeats = repeats;
    this.#on = on;
  }

  key(key: Key, down: boolean): void {
    if (down) this.#feed(key, { type: "down", repeats: this.#repeats(key), nowMs: this.#clock.now() });
    else this.#feed(key, { type: "up" });
  }

  /** Releases what is held. */
  close(): void {
    for (const key of [...this.#held.keys()]) this.#feed(key, { type: "up" });
  }

  #feed(key: Key, input: GestureInput): void {
    const held = this.#held.get(key) ?? { state: { name: "up" }, timer: undefined };
    const [state, effects] = nextGesture(held.state, input);
    held.state = state;
    if (state.name === "up") {
      held.timer?.cancel();
      this.#held.delete(key);
    } else this.#held.set(key, held);
    for (const effect of effects)
      if (effect.type === "wait") {
        const waitMs = effect.untilMs - this.#clock.now();
        held.timer = this.#clock.after(waitMs, () => this.#feed(key, { type: "time", nowMs: this.#clock.now() }));
      } else this.#on(key, effect.type);
  }
}
