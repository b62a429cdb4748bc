/** Hook switch, keys, key matrix, lamps and buzzer on GPIO lines as one part of the front. No key gestures here. */
import type { Clock, Timer } from "../clock.ts";
import { HalError } from "../error.ts";
import type { Hook } from "../hook.ts";
import type { Key, Keypad } from "../keypad.ts";
import type { LampColor, LampId, LampState, Lamps } from "../lamp.ts";
import { Blinker } from "./blinker.ts";
import type { FrontPart } from "./front-part.ts";
import { HookState, PressedKeys } from "./front-state.ts";
import { GpioKeys } from "./gpio-keys.ts";
import { type GpioLine, type GpioSystem, onoffSystem } from "./gpio-lines.ts";
import { halErrorOf } from "./os/system-files.ts";

export interface GpioInput {
  /** Offset in the chip, from 0. */
  readonly line: number;
  /** The contact pulls the line to ground. Default true, with a pull-up. */
  readonly activeLow?: boolean;
}

export interface GpioMatrix {
  /** Driven low one by one; they float in between, so that two keys cannot short two rows. */
  readonly rows: readonly number[];
  /** Read, with pull-ups. */
  readonly columns: readonly number[];
  /** By row and column; "" where there is no key. */
  readonly keys: readonly (readonly (Key | "")[])[];
  /** A long cable needs time between driving a row and reading the columns, ms. Default 0. */
  readonly settleMs?: number;
}

export interface GpioLamp {
  /** A buzzer is a lamp "ring". */
  readonly lamp: LampId;
  readonly line: number;
  readonly activeLow?: boolean;
  /** Lights for this colour only; left out: for all. */
  readonly color?: Exclude<LampColor, "off" | "amber">;
}

export interface GpioChoice {
  /** What people call it on this board: "keypad and hook switch". */
  readonly title: string;
  /** Label of the chip: "pinctrl-bcm2835"; of several, the one that is there. */
  readonly chip: string | readonly string[];
  /** Closed (active) while the handset is lifted. */
  readonly hook?: GpioInput;
  readonly keys?: readonly (GpioInput & { readonly key: Key })[];
  readonly matrix?: GpioMatrix;
  readonly lamps?: readonly GpioLamp[];
  readonly system?: GpioSystem;
}

/** A hook switch bounces longer than a key. ms */
const hookDebounceMs = 30;

export class GpioFront implements FrontPart {
  readonly name: string;
  readonly keypad: Keypad;
  readonly lamps: Lamps;
  readonly hook?: Hook;
  onLost: ((error: HalError) => void) | undefined;
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  readonly #clock: Clock;
  readonly #choice: GpioChoice;
  readonly #system: GpioSystem;
  readonly #keys = new PressedKeys(() => this.close());
  readonly #hook = new HookState(() => this.close());
  readonly #blinker: Blinker<number>;
  readonly #states = new Map<LampId, LampState>();
  #lampLines = new Map<number, GpioLine>();
  #lines: GpioLine[] = [];
  #scanner: GpioKeys | undefined;
  #hookTimer: Timer | undefined;
  #isOpen = false;

  constructor(clock: Clock, choice: GpioChoice) {
    this.#clock = clock;
    this.#choice = choice;
    this.#system = choice.system ?? onoffSystem();
    this.name = choice.title;
    this.keypad = this.#keys;
    if (choice.hook !== undefined) this.hook = this.#hook;
    this.lamps = { set: (lamp, state) => this.#setLamp(lamp, state), close: () => this.close() };
    this.#blinker = new Blinker(clock, (line, on) => this.#guard(() => this.#lampLines.get(line)?.drive(on ? 1 : 0)));
  }

  async open(): Promise<void> {
    if (this.#isOpen) return;
    try {
      await this.#openLines();
    } catch (error) {
      this.#closeLines();
      const found = halErrorOf(this.name, error);
      throw new HalError(this.name, found.code, found.message, { cause: error });
    }
    this.#isOpen = true;
    for (const [lamp, state] of this.#states) this.#setLamp(lamp, state);
  }

  async close(): Promise<void> {
    this.#keys.end();
    this.#hook.end();
    if (!this.#isOpen) return;
    this.#blinker.clear();
    this.#isOpen = false;
    this.#closeLines();
  }

  async #openLines(): Promise<void> {
    const { hook, keys = [], matrix, lamps = [] } = this.#choice;
    const open = async (offset: number, activeLow: boolean, output = false): Promise<GpioLine> => {
      const line = await this.#system.open(this.#choice.chip, offset, { activeLow, output });
      this.#lines.push(line);
      return line;
    };
    for (const lamp of lamps) this.#lampLines.set(lamp.line, await open(lamp.line, lamp.activeLow === true, true));
    const single: { key: Key; line: GpioLine }[] = [];
    for (const { key, line, activeLow } of keys) single.push({ key, line: await open(line, activeLow !== false) });
    const rows: GpioLine[] = [];
    const columns: GpioLine[] = [];
    // An input that tells edges cannot be made an output: rows begin as outputs.
    for (const row of matrix?.rows ?? []) rows.push(await open(row, false, true));
    for (const column of matrix?.columns ?? []) columns.push(await open(column, true));
    this.#keys.begin();
    this.#scanner = new GpioKeys(this.#clock, {
      single,
      matrix: matrix && { rows, columns, keys: matrix.keys, settleMs: matrix.settleMs ?? 0 },
      onKey: (key, down) => this.#keys.move(key, down),
      onStuck: (key, stuck) =>
        this.onFault?.(`${this.name}, key ${key}`, stuck ? `key ${key} is stuck (${this.name})` : undefined),
      onFailed: (error) => this.#lost(error),
    });
    this.#scanner.start();
    this.#hook.begin();
    if (hook === undefined) return;
    const line = await open(hook.line, hook.activeLow !== false);
    line.watch(() => this.#hookMoved(line));
    this.#hook.move(line.read() === 1);
  }

  #closeLines(): void {
    this.#hookTimer?.cancel();
    this.#hookTimer = undefined;
    this.#scanner?.stop();
    this.#scanner = undefined;
    for (const line of this.#lines) line.close();
    this.#lines = [];
    this.#lampLines = new Map();
  }

  /** What the contact says when it has been quiet. */
  #hookMoved(line: GpioLine): void {
    this.#hookTimer?.cancel();
    this.#hookTimer = this.#clock.after(hookDebounceMs, () => this.#guard(() => this.#hook.move(line.read() === 1)));
  }

  #setLamp(lamp: LampId, state: LampState): void {
    this.#states.set(lamp, state);
    if (!this.#isOpen) return;
    const lights = (this.#choice.lamps ?? []).filter((light) => light.lamp === lamp);
    const colors = new Set(lights.flatMap((light) => light.color ?? []));
    for (const { line, color } of lights) {
      // A lamp without that colour shows the one it has; amber is both.
      const fits = color === undefined || color === state.color || state.color === "amber" || colors.size === 1;
      this.#blinker.set(line, state.color === "off" || !fits ? "off" : state.pattern);
    }
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      this.#lost(error);
    }
  }

  #lost(error: HalError): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#keys.end();
    this.#hook.end();
    this.#blinker.clear();
    this.#closeLines();
    this.onLost?.(new HalError(this.name, "lost", error.message, { cause: error }));
  }
}
