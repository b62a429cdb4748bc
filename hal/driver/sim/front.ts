/** A phone's front without hardware: keypad, hook, jacks, display, lamps and backlight, and the person before it. */
import type { Backlight } from "../../backlight.ts";
import type { Display, PixelFormat } from "../../display.ts";
import { HalError } from "../../error.ts";
import type { Hook } from "../../hook.ts";
import type { Jack, Jacks } from "../../jack.ts";
import type { Key, Keypad } from "../../keypad.ts";
import type { LampId, LampState, Lamps } from "../../lamp.ts";
import type { PersonAtFront } from "../../person.ts";

const dark: LampState = { color: "off", pattern: "off" };

export interface SimLcd {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
}

class SimKeypad implements Keypad {
  onKey: ((key: Key, down: boolean) => void) | undefined;
  readonly #down = new Set<Key>();
  #closed = false;

  /** A key that is already in that state is not reported again. */
  move(key: Key, down: boolean): void {
    if (this.#closed || this.#down.has(key) === down) return;
    if (down) this.#down.add(key);
    else this.#down.delete(key);
    this.onKey?.(key, down);
  }

  async close(): Promise<void> {
    for (const key of [...this.#down]) this.move(key, false);
    this.#closed = true;
  }
}

class SimHook implements Hook {
  lifted = false;
  onChange: ((lifted: boolean) => void) | undefined;
  #closed = false;

  move(lifted: boolean): boolean {
    if (this.#closed || this.lifted === lifted) return false;
    this.lifted = lifted;
    this.onChange?.(lifted);
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

class SimJacks implements Jacks {
  onChange: ((jack: Jack, plugged: boolean) => void) | undefined;
  // A phone on a desk has its network cable in and no headset.
  readonly #plugged = new Set<Jack>(["ethernet"]);
  #closed = false;

  plugged(jack: Jack): boolean {
    return this.#plugged.has(jack);
  }

  move(jack: Jack, plugged: boolean): boolean {
    if (this.#closed || this.#plugged.has(jack) === plugged) return false;
    if (plugged) this.#plugged.add(jack);
    else this.#plugged.delete(jack);
    this.onChange?.(jack, plugged);
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

class SimDisplay implements Display {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly picture: Uint8Array | Uint16Array;
  readonly #seen: () => void;
  #closed = false;

  constructor(lcd: SimLcd, seen: () => void) {
    this.width = lcd.width;
    this.height = lcd.height;
    this.format = lcd.format;
    this.#seen = seen;
    const pixels = lcd.width * lcd.height;
    this.picture =
      lcd.format === "mono" ? new Uint8Array(((lcd.width + 7) >> 3) * lcd.height) : new Uint16Array(pixels);
  }

  show(pixels: Uint8Array | Uint16Array): void {
    if (this.#closed) return;
    if (pixels.length !== this.picture.length || pixels.BYTES_PER_ELEMENT !== this.picture.BYTES_PER_ELEMENT) {
      const size = `${this.width}x${this.height} ${this.format}`;
      throw new HalError("sim display", "refused", `a picture of ${pixels.length} elements is not ${size}`);
    }
    this.picture.set(pixels);
    this.#seen();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

class SimLamps implements Lamps {
  readonly #states = new Map<LampId, LampState>();
  readonly #seen: () => void;

  constructor(seen: () => void) {
    this.#seen = seen;
  }

  set(lamp: LampId, state: LampState): void {
    const before = this.state(lamp);
    if (before.color === state.color && before.pattern === state.pattern) return;
    this.#states.set(lamp, { color: state.color, pattern: state.pattern });
    this.#seen();
  }

  state(lamp: LampId): LampState {
    return this.#states.get(lamp) ?? dark;
  }

  /** All dark, as when the supply is switched off. */
  async close(): Promise<void> {
    if (this.#states.size === 0) return;
    this.#states.clear();
    this.#seen();
  }
}

class SimBacklight implements Backlight {
  level = 10;
  contrast = 6;
  readonly #seen: () => void;

  constructor(seen: () => void) {
    this.#seen = seen;
  }

  set(level: number): void {
    const next = Math.min(10, Math.max(0, Math.round(level)));
    if (next === this.level) return;
    this.level = next;
    this.#seen();
  }

  setContrast(level: number): void {
    const next = Math.min(10, Math.max(1, Math.round(level)));
    if (next === this.contrast) return;
    this.contrast = next;
    this.#seen();
  }

  async close(): Promise<void> {
    this.set(0);
  }
}

/** The parts of a `Panel`; `person` is the other side of them. */
export class SimFront {
  readonly keypad: Keypad;
  readonly hook: Hook;
  readonly jacks: Jacks;
  readonly display: Display;
  readonly lamps: Lamps;
  readonly backlight: Backlight;
  readonly person: PersonAtFront;

  constructor(lcd: SimLcd) {
    const keypad = new SimKeypad();
    const hook = new SimHook();
    const jacks = new SimJacks();
    // `person.onSeen` is read at each event, because it is set later than the parts are made.
    const seen = (): void => person.onSeen?.();
    const display = new SimDisplay(lcd, seen);
    const lamps = new SimLamps(seen);
    const backlight = new SimBacklight(seen);
    const person: PersonAtFront = {
      press: (key) => keypad.move(key, true),
      release: (key) => keypad.move(key, false),
      liftHandset(lifted) {
        if (hook.move(lifted)) seen();
      },
      plug(jack, plugged) {
        if (jacks.move(jack, plugged)) seen();
      },
      get handsetLifted() {
        return hook.lifted;
      },
      plugged: (jack) => jacks.plugged(jack),
      lamp: (lamp) => lamps.state(lamp),
      get backlight() {
        return backlight.level;
      },
      picture: display.picture,
      onSeen: undefined,
    };
    this.keypad = keypad;
    this.hook = hook;
    this.jacks = jacks;
    this.display = display;
    this.lamps = lamps;
    this.backlight = backlight;
    this.person = person;
  }

  /** Idempotent; keys still down are released first. */
  async close(): Promise<void> {
    await this.keypad.close();
    await this.hook.close();
    await this.jacks.close();
    await this.display.close();
    await this.lamps.close();
    await this.backlight.close();
  }
}
