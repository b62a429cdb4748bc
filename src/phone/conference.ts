/** Which calls are joined so that all people hear each other (CAL-55, CP8-02); the media worker mixes what has the focus. */
import type { Call } from "./call.ts";

export class Conference {
  /** Far ends that it may have: the model's. */
  readonly most: number;
  #members: readonly Call[] = [];

  constructor(most: number) {
    this.most = most;
  }

  get members(): readonly Call[] {
    return this.#members;
  }

  get full(): boolean {
    return this.#members.length >= this.most;
  }

  has(call: Call | undefined): boolean {
    return call !== undefined && this.#members.includes(call);
  }

  /** They come to those who are in it, as far as there is room; all go on, whoever held them. */
  join(...calls: readonly Call[]): void {
    const news = calls.filter((call) => !this.#members.includes(call));
    this.#members = [...this.#members, ...news].slice(0, this.most);
    for (const call of this.#members) call.hold(false);
  }

  /** All of them held, or all resumed. */
  hold(on: boolean): void {
    for (const call of this.#members) call.hold(on);
  }

  /** All are held: whom to go on with is the person's choice. */
  split(): void {
    const members = this.#members;
    this.#members = [];
    for (const call of members) call.hold(true);
  }

  /** One is taken out and held; the others go on. */
  take(call: Call): void {
    this.left(call);
    call.hold(true);
  }

  /** Taken apart without a word to anybody. */
  dissolve(): void {
    this.#members = [];
  }

  /** Somebody else sits in the place of that call (RFC 3891). */
  replace(old: Call, call: Call): void {
    this.#members = this.#members.map((c) => (c === old ? call : c));
  }

  /** A conference of one is an ordinary call, whose far end is heard. */
  left(call: Call): void {
    if (!this.has(call)) return;
    const rest = this.#members.filter((c) => c !== call);
    this.#members = rest.length > 1 ? rest : [];
    if (rest.length === 1) rest[0]?.silencePeer(false);
  }
}
