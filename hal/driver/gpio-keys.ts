/** Scans keys on GPIO lines: by interrupt while nothing is pressed, every few ms while something is. What it means is matrix-scanner.ts. */
import type { Clock, Timer } from "../clock.ts";
import { HalError } from "../error.ts";
import type { Key } from "../keypad.ts";
import type { GpioLine } from "./gpio-lines.ts";
import { allOpen, type MatrixEffect, type MatrixShape, type MatrixState, scan } from "./matrix-scanner.ts";

const scanMs = 8;
const debounceScans = 3;
/** Nobody holds a key for so long, ms. */
const stuckMs = 30_000;
/** While all that conducts is stuck there is no hurry, ms. */
const stuckScanMs = 250;

export interface GpioKeysOptions {
  readonly single: readonly { readonly key: Key; readonly line: GpioLine }[];
  readonly matrix:
    | {
        readonly rows: readonly GpioLine[];
        readonly columns: readonly GpioLine[];
        readonly keys: readonly (readonly (Key | "")[])[];
        readonly settleMs: number;
      }
    | undefined;
  readonly onKey: (key: Key, down: boolean) => void;
  readonly onStuck: (key: Key, stuck: boolean) => void;
  readonly onFailed: (error: HalError) => void;
}

/** One group of contacts with its machine: the single lines are one, the matrix is another. */
interface Group {
  readonly shape: MatrixShape;
  readonly keyOf: (contact: number) => Key | "";
  state: MatrixState;
}

export class GpioKeys {
  readonly #clock: Clock;
  readonly #options: GpioKeysOptions;
  readonly #lines: Group;
  readonly #matrix: Group;
  #timer: Timer | undefined;
  #running = false;

  constructor(clock: Clock, options: GpioKeysOptions) {
    this.#clock = clock;
    this.#options = options;
    const columns = options.matrix?.columns.length ?? 1;
    const common = { debounceScans, stuckMs };
    this.#lines = { shape: { ...common, columns: 1 }, keyOf: (n) => options.single[n]?.key ?? "", state: allOpen };
    this.#matrix = {
      shape: { ...common, columns },
      keyOf: (n) => options.matrix?.keys[Math.floor(n / columns)]?.[n % columns] ?? "",
      state: allOpen,
    };
  }

  start(): void {
    const { single, matrix } = this.#options;
    this.#running = true;
    for (const { line } of single) line.watch(() => this.#wake());
    for (const column of matrix?.columns ?? []) column.watch(() => this.#wake());
    this.#guard(() => this.#listen());
    this.#wake();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** All rows low: any key then makes an edge on its column. */
  #listen(): void {
    for (const row of this.#options.matrix?.rows ?? []) row.drive(0);
  }

  #wake(): void {
    if (this.#timer === undefined && this.#running) this.#timer = this.#clock.after(0, () => this.#scanLines());
  }

  #scanLines(): void {
    this.#guard(() => {
      const closed = new Set<number>();
      this.#options.single.forEach(({ line }, n) => {
        if (line.read() === 1) closed.add(n);
      });
      this.#apply(this.#lines, closed);
      const { matrix } = this.#options;
      if (matrix === undefined) this.#rest();
      else {
        for (const row of matrix.rows) row.release();
        this.#scanRow(0, new Set());
      }
    });
  }

  #scanRow(row: number, closed: Set<number>): void {
    const { matrix } = this.#options;
    const line = matrix?.rows[row];
    if (matrix === undefined || line === undefined) {
      this.#apply(this.#matrix, closed);
      this.#listen();
      this.#rest();
      return;
    }
    line.drive(0);
    const read = (): void => {
      matrix.columns.forEach((column, n) => {
        if (column.read() === 1) closed.add(row * matrix.columns.length + n);
      });
      line.release();
      this.#scanRow(row + 1, closed);
    };
    if (matrix.settleMs === 0) read();
    else this.#timer = this.#clock.after(matrix.settleMs, () => this.#guard(read));
  }

  #apply(group: Group, closed: ReadonlySet<number>): void {
    const [state, effects] = scan(group.shape, group.state, closed, this.#clock.now());
    group.state = state;
    for (const effect of effects) this.#run(effect, group.keyOf(effect.contact));
  }

  #run(effect: MatrixEffect, key: Key | ""): void {
    if (key === "") return;
    switch (effect.type) {
      case "key":
        this.#options.onKey(key, effect.down);
        break;
      case "stuck":
        this.#options.onStuck(key, true);
        break;
      case "freed":
        this.#options.onStuck(key, false);
        break;
      default:
        effect satisfies never;
    }
  }

  /** Until the next scan, or the next edge where nothing conducts. */
  #rest(): void {
    this.#timer = undefined;
    if (!this.#running) return;
    const contacts = [...this.#lines.state.values(), ...this.#matrix.state.values()];
    if (contacts.length === 0) return;
    const wait = contacts.every(({ name }) => name === "stuck") ? stuckScanMs : scanMs;
    this.#timer = this.#clock.after(wait, () => this.#scanLines());
  }

  #guard(run: () => void): void {
    if (!this.#running) return;
    try {
      run();
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      this.stop();
      this.#options.onFailed(error);
    }
  }
}
