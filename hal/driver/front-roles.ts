/** Several drivers' keypads, hooks, jacks, lamps and backlights as one each. No retries here: assembled-front.ts does them. */
import type { Backlight } from "../backlight.ts";
import type { Display } from "../display.ts";
import type { Hook } from "../hook.ts";
import type { Jack, Jacks } from "../jack.ts";
import type { Key, Keypad } from "../keypad.ts";
import type { LampId, LampState, Lamps } from "../lamp.ts";

/** A key that two keypads have is down while either is. */
export class JoinedKeypad implements Keypad {
  onKey: ((key: Key, down: boolean) => void) | undefined;
  readonly #keypads: readonly Keypad[];
  readonly #held = new Map<Key, number>();

  constructor(keypads: readonly Keypad[]) {
    this.#keypads = keypads;
    for (const keypad of keypads) keypad.onKey = (key, down) => this.#move(key, down);
  }

  async close(): Promise<void> {
    for (const keypad of this.#keypads) {
      await keypad.close();
      // A part that is opened again is not this one's any more.
      keypad.onKey = undefined;
    }
  }

  #move(key: Key, down: boolean): void {
    const before = this.#held.get(key) ?? 0;
    const after = before + (down ? 1 : -1);
    this.#held.set(key, after);
    if ((before === 0) !== (after === 0)) this.onKey?.(key, down);
  }
}

/** Lifted while any handset is. */
export class JoinedHook implements Hook {
  onChange: ((lifted: boolean) => void) | undefined;
  readonly #hooks: readonly Hook[];
  #lifted = false;

  constructor(hooks: readonly Hook[]) {
    this.#hooks = hooks;
    for (const hook of hooks)
      hook.onChange = () => {
        if (this.lifted === this.#lifted) return;
        this.#lifted = this.lifted;
        this.onChange?.(this.#lifted);
      };
  }

  get lifted(): boolean {
    return this.#hooks.some((hook) => hook.lifted);
  }

  async close(): Promise<void> {
    for (const hook of this.#hooks) {
      hook.onChange = undefined;
      await hook.close();
    }
  }
}

export class JoinedJacks implements Jacks {
  onChange: ((jack: Jack, plugged: boolean) => void) | undefined;
  readonly #jacks: readonly Jacks[];
  readonly #told = new Map<Jack, boolean>();

  constructor(jacks: readonly Jacks[]) {
    this.#jacks = jacks;
    for (const jack of ["headset", "ethernet"] as const) this.#told.set(jack, this.plugged(jack));
    for (const each of jacks) each.onChange = (jack) => this.#changed(jack);
  }

  /** Where one senses it and finds nothing, another that cannot sense it does not count. */
  plugged(jack: Jack): boolean {
    const sensing = this.#jacks.map((each) => each.plugged(jack));
    return jack === "ethernet" ? sensing.every((plugged) => plugged) : sensing.some((plugged) => plugged);
  }

  async close(): Promise<void> {
    for (const each of this.#jacks) {
      each.onChange = undefined;
      await each.close();
    }
  }

  #changed(jack: Jack): void {
    const plugged = this.plugged(jack);
    if (this.#told.get(jack) === plugged) return;
    this.#told.set(jack, plugged);
    this.onChange?.(jack, plugged);
  }
}

/** Sets all that have the lamp; remembers, so that one who comes back shows what it should. */
export class JoinedLamps implements Lamps {
  readonly #lamps: readonly Lamps[];
  readonly #states = new Map<LampId, LampState>();

  constructor(lamps: readonly Lamps[]) {
    this.#lamps = lamps;
  }

  set(lamp: LampId, state: LampState): void {
    this.#states.set(lamp, state);
    for (const lamps of this.#lamps) lamps.set(lamp, state);
  }

  replay(lamps: Lamps): void {
    for (const [lamp, state] of this.#states) lamps.set(lamp, state);
  }

  async close(): Promise<void> {
    for (const lamps of this.#lamps) await lamps.close();
  }
}

export class JoinedBacklight implements Backlight {
  readonly #backlights: readonly Backlight[];
  #level: number | undefined;
  #contrast: number | undefined;

  constructor(backlights: readonly Backlight[]) {
    this.#backlights = backlights;
  }

  set(level: number): void {
    this.#level = level;
    for (const backlight of this.#backlights) backlight.set(level);
  }

  setContrast(level: number): void {
    this.#contrast = level;
    for (const backlight of this.#backlights) backlight.setContrast(level);
  }

  replay(backlight: Backlight): void {
    if (this.#contrast !== undefined) backlight.setContrast(this.#contrast);
    if (this.#level !== undefined) backlight.set(this.#level);
  }

  async close(): Promise<void> {
    for (const backlight of this.#backlights) await backlight.close();
  }
}

/** The same picture on all displays of the board; the first one's size and format is that of the picture. */
export class JoinedDisplay implements Display {
  readonly width: number;
  readonly height: number;
  readonly format: Display["format"];
  readonly #displays: readonly Display[];
  readonly #last: Uint8Array | Uint16Array;
  #shown = false;

  /** @param lcd size of the picture where there is no display at all */
  constructor(displays: readonly Display[], lcd: Pick<Display, "width" | "height" | "format">) {
    const { width, height, format } = displays[0] ?? lcd;
    this.width = width;
    this.height = height;
    this.format = format;
    this.#displays = displays;
    this.#last = format === "mono" ? new Uint8Array(((width + 7) >> 3) * height) : new Uint16Array(width * height);
  }

  show(pixels: Uint8Array | Uint16Array): void {
    this.#last.set(pixels);
    this.#shown = true;
    for (const display of this.#displays) display.show(pixels);
  }

  replay(display: Display): void {
    if (this.#shown) display.show(this.#last);
  }

  async close(): Promise<void> {
    for (const display of this.#displays) await display.close();
  }
}
