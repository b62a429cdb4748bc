/** What keys, hook and jacks a driver of the front has told: changes only, each press with one release. No debouncing here. */
import type { Hook } from "../hook.ts";
import type { Jack, Jacks } from "../jack.ts";
import type { Key, Keypad } from "../keypad.ts";

export class PressedKeys implements Keypad {
  onKey: ((key: Key, down: boolean) => void) | undefined;
  readonly #down = new Set<Key>();
  readonly #close: () => Promise<void>;
  #live = false;

  /** @param close what closing the keypad closes: the part that it belongs to */
  constructor(close: () => Promise<void>) {
    this.#close = close;
  }

  begin(): void {
    this.#live = true;
  }

  move(key: Key, down: boolean): void {
    if (!this.#live || this.#down.has(key) === down) return;
    if (down) this.#down.add(key);
    else this.#down.delete(key);
    this.onKey?.(key, down);
  }

  /** A key that has no state of its own, only an event. */
  tap(key: Key): void {
    this.move(key, true);
    this.move(key, false);
  }

  isDown(key: Key): boolean {
    return this.#down.has(key);
  }

  /** Releases what is down; nothing is told until `begin`. */
  end(): void {
    for (const key of [...this.#down]) this.move(key, false);
    this.#live = false;
  }

  close(): Promise<void> {
    this.end();
    return this.#close();
  }
}

export class HookState implements Hook {
  lifted = false;
  onChange: ((lifted: boolean) => void) | undefined;
  readonly #close: () => Promise<void>;
  #live = false;

  constructor(close: () => Promise<void>) {
    this.#close = close;
  }

  begin(): void {
    this.#live = true;
  }

  move(lifted: boolean): void {
    if (!this.#live || this.lifted === lifted) return;
    this.lifted = lifted;
    this.onChange?.(lifted);
  }

  /** A handset whose plug is pulled was not replaced: the state stays, so that a call survives it. */
  end(): void {
    this.#live = false;
  }

  close(): Promise<void> {
    this.end();
    return this.#close();
  }
}

export class JackState implements Jacks {
  onChange: ((jack: Jack, plugged: boolean) => void) | undefined;
  readonly #plugged: Set<Jack>;
  readonly #close: () => Promise<void>;
  #live = false;

  /** @param sensed the jacks that can be sensed; the others count as plugged */
  constructor(sensed: readonly Jack[], close: () => Promise<void>) {
    const all: readonly Jack[] = ["headset", "ethernet"];
    this.#plugged = new Set(all.filter((jack) => !sensed.includes(jack)));
    this.#close = close;
  }

  begin(): void {
    this.#live = true;
  }

  plugged(jack: Jack): boolean {
    return this.#plugged.has(jack);
  }

  move(jack: Jack, plugged: boolean): void {
    if (!this.#live || this.#plugged.has(jack) === plugged) return;
    if (plugged) this.#plugged.add(jack);
    else this.#plugged.delete(jack);
    this.onChange?.(jack, plugged);
  }

  end(): void {
    this.#live = false;
  }

  close(): Promise<void> {
    this.end();
    return this.#close();
  }
}
