/** GPIO lines without a chip: contacts that a hand closes, a matrix of keys between lines, and what outputs drive. */
import type { GpioLine, GpioSystem, Level } from "../../../hal/driver/gpio-lines.ts";
import type { HalError } from "../../../hal/error.ts";

export class FakeGpio implements GpioSystem {
  /** Level of the pin that an output drives; undefined: it floats. */
  readonly driven = new Map<number, Level>();
  /** Inputs pulled to ground by a switch. */
  readonly grounded = new Set<number>();
  /** Keys that are down, as [row line, column line]. */
  readonly closed = new Set<string>();
  readonly opened = new Set<number>();
  failure: HalError | undefined;
  #watchers = new Map<number, () => void>();

  async open(
    _chip: string | readonly string[],
    offset: number,
    { activeLow, output }: { activeLow: boolean; output: boolean },
  ): Promise<GpioLine> {
    if (this.failure !== undefined) throw this.failure;
    this.opened.add(offset);
    if (output) this.driven.set(offset, activeLow ? 1 : 0);
    return {
      read: () => {
        if (this.failure !== undefined) throw this.failure;
        return this.#pin(offset) === (activeLow ? 0 : 1) ? 1 : 0;
      },
      drive: (level) => this.driven.set(offset, activeLow ? ((1 - level) as Level) : level),
      release: () => this.driven.delete(offset),
      watch: (listener) => this.#watchers.set(offset, listener),
      close: () => {
        this.opened.delete(offset);
        this.driven.delete(offset);
        this.#watchers.delete(offset);
      },
    };
  }

  /** A switch to ground. */
  ground(line: number, closed: boolean): void {
    if (closed) this.grounded.add(line);
    else this.grounded.delete(line);
    this.#watchers.get(line)?.();
  }

  /** A key between a row and a column. */
  press(row: number, column: number, down: boolean): void {
    if (down) this.closed.add(`${row} ${column}`);
    else this.closed.delete(`${row} ${column}`);
    this.#watchers.get(column)?.();
  }

  /** Inputs are pulled up; keys join lines, so a low row reaches a column over other keys too. */
  #pin(line: number): Level {
    const reached = new Set([line]);
    for (let size = 0; size !== reached.size; ) {
      size = reached.size;
      for (const key of this.closed) {
        const [row = -1, column = -1] = key.split(" ").map(Number);
        if (reached.has(row)) reached.add(column);
        if (reached.has(column)) reached.add(row);
      }
    }
    for (const each of reached) if (this.grounded.has(each) || this.driven.get(each) === 0) return 0;
    return 1;
  }
}
