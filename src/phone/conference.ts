/** Which calls are joined so that all three people hear each other (CAL-55); the media worker mixes what has the focus. */
import type { Call } from "./call.ts";

export class Conference {
  #members: readonly Call[] = [];

  get members(): readonly Call[] {
    return this.#members;
  }

  has(call: Call | undefined): boolean {
    return call !== undefined && this.#members.includes(call);
  }

  /** Both go on, whoever held them. */
  join(...calls: readonly Call[]): void {
    this.#members = calls;
    for (const call of calls) call.hold(false);
  }

  /** All of them held, or all resumed. */
  hold(on: boolean): void {
    for (const call of this.#members) call.hold(on);
  }

  /** Both are held: whom to go on with is the person's choice. */
  split(): void {
    const members = this.#members;
    this.#members = [];
    for (const call of members) call.hold(true);
  }

  /** Taken apart without a word to anybody. */
  dissolve(): void {
    this.#members = [];
  }

  /** Somebody else sits in the place of that call (RFC 3891). */
  replace(old: Call, call: Call): void {
    this.#members = this.#members.map((c) => (c === old ? call : c));
  }

  /** A conference of one is an ordinary call. */
  left(call: Call): void {
    if (this.has(call)) this.#members = [];
  }
}
