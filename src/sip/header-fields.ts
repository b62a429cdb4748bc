/** The header lines of one message, in their order, names and values as they came (RFC 3261 §7.3); knows nothing of their meaning. */

import { type HeaderKind, header, kindOf, sameKind, slotCount } from "./header-name.ts";
import { splitList, unfold } from "./syntax.ts";

const noPlaces: readonly number[] = Array.from({ length: slotCount }, () => -1);

export class HeaderFields {
  // Parallel arrays and no objects: messages come by the thousand, and few of their lines are looked at.
  #kinds: HeaderKind[] = [];
  #names: string[] = [];
  #values: string[] = [];
  /** By slot: where the first line of that kind is, -1 for none. */
  #places: number[] = noPlaces.slice();
  /** Index of a line that should have been the only one of its kind, or -1. */
  #repeated = -1;

  get count(): number {
    return this.#kinds.length;
  }

  /** Adds a line whose value has no line ends in it. */
  addParsed(kind: HeaderKind, name: string, value: string): void {
    if (kind.slot >= 0) this.#place(kind, this.#kinds.length);
    this.#kinds.push(kind);
    this.#names.push(name);
    this.#values.push(value);
  }

  #place(kind: HeaderKind, at: number): void {
    if (this.#places[kind.slot] === -1) this.#places[kind.slot] = at;
    else if (kind.single && this.#repeated < 0) this.#repeated = at;
  }

  /** Lines have moved. */
  #replace(): void {
    this.#places = noPlaces.slice();
    this.#repeated = -1;
    this.#kinds.forEach((kind, at) => {
      if (kind.slot >= 0) this.#place(kind, at);
    });
  }

  add(name: string, value: string): void {
    this.addParsed(kindOf(name), name, unfold(value));
  }

  prepend(name: string, value: string): void {
    this.#kinds.unshift(kindOf(name));
    this.#names.unshift(name);
    this.#values.unshift(unfold(value));
    this.#replace();
  }

  /** Takes the place of the first line of that name; its other lines go. */
  set(name: string, values: readonly string[]): void {
    const kind = kindOf(name);
    const at = this.#find(kind);
    if (at < 0) {
      for (const value of values) this.addParsed(kind, name, unfold(value));
      return;
    }
    this.remove(kind);
    this.#kinds.splice(at, 0, ...values.map(() => kind));
    this.#names.splice(at, 0, ...values.map(() => name));
    this.#values.splice(at, 0, ...values.map(unfold));
    this.#replace();
  }

  /** As `set`, with one value of a kind that is known. */
  setOne(kind: HeaderKind, value: string): void {
    if (this.#find(kind) < 0) this.addParsed(kind, kind.name, unfold(value));
    else this.set(kind.name, [value]);
  }

  remove(kind: HeaderKind): void {
    for (let i = this.#kinds.length - 1; i >= 0; i--) if (this.#is(i, kind)) this.#removeAt(i);
  }

  /** Removes the first member of the first line; the line goes with its last member. */
  removeFirst(kind: HeaderKind): void {
    const at = this.#find(kind);
    if (at < 0) return;
    const members = kind.list ? splitList(this.#valueAt(at)) : [];
    if (members.length > 1) this.#values[at] = members.slice(1).join(", ");
    else this.#removeAt(at);
  }

  #removeAt(at: number): void {
    this.#kinds.splice(at, 1);
    this.#names.splice(at, 1);
    this.#values.splice(at, 1);
    this.#replace();
  }

  #is(at: number, kind: HeaderKind): boolean {
    const own = this.#kinds[at];
    return own === kind || (!kind.known && own !== undefined && sameKind(own, kind));
  }

  #find(kind: HeaderKind): number {
    if (kind.slot >= 0) return this.#places[kind.slot] ?? -1;
    for (let i = 0; i < this.#kinds.length; i++) if (this.#is(i, kind)) return i;
    return -1;
  }

  first(kind: HeaderKind): string | undefined {
    const at = this.#find(kind);
    return at < 0 ? undefined : this.#valueAt(at);
  }

  /** The value where there is one line with one member; null where there may be more, undefined where there is none. */
  only(kind: HeaderKind): string | null | undefined {
    const at = this.#find(kind);
    if (at < 0) return undefined;
    for (let i = at + 1; i < this.#kinds.length; i++) if (this.#is(i, kind)) return null;
    const value = this.#valueAt(at);
    return value.includes(",") ? null : value;
  }

  all(kind: HeaderKind): readonly string[] {
    const found: string[] = [];
    for (let i = 0; i < this.#kinds.length; i++) if (this.#is(i, kind)) found.push(this.#valueAt(i));
    return found;
  }

  /** How many lines of that kind there are. */
  lines(of: HeaderKind | string): number {
    const kind = typeof of === "string" ? kindOf(of) : of;
    let count = 0;
    for (let i = kind.slot < 0 ? 0 : this.#find(kind); i >= 0 && i < this.#kinds.length; i++)
      if (this.#is(i, kind)) count++;
    return count;
  }

  /** The members over all lines. */
  members(kind: HeaderKind): readonly string[] {
    const lines = this.all(kind);
    return kind.list ? lines.flatMap(splitList) : lines;
  }

  /** The name of a field that may come once and came twice (RFC 4475 §3.3.8, §3.3.9), or undefined. */
  repeatedSingle(): string | undefined {
    return this.#repeated < 0 ? undefined : this.#names[this.#repeated];
  }

  #valueAt(at: number): string {
    return this.#values[at] ?? "";
  }

  /** Every line as [name as written, unfolded value], in their order. */
  entries(): readonly (readonly [name: string, value: string])[] {
    return this.#names.map((name, i) => [name, this.#valueAt(i)]);
  }

  copyTo(other: HeaderFields): void {
    this.#kinds.forEach((kind, i) => {
      other.addParsed(kind, this.#names[i] ?? "", this.#values[i] ?? "");
    });
  }

  /**
   * All lines as text, each behind a line end and without one of its own; Content-Length with the value given: in its
   * place, else last. Pieces are added one by one and to the text itself: it is faster than whole lines are.
   */
  toText(contentLength: number, compact: boolean): string {
    let text = "";
    let counted = false;
    for (let i = 0; i < this.#kinds.length; i++) {
      const kind = this.#kinds[i] ?? header.via;
      if (kind === header.contentLength) {
        if (counted) continue;
        counted = true;
      }
      const name = compact ? (kind.compact ?? this.#names[i] ?? "") : (this.#names[i] ?? "");
      text += name === kind.name ? kind.lead : `\r\n${name}: `;
      text += kind === header.contentLength ? contentLength : this.#valueAt(i);
    }
    if (!counted) text += compact ? `\r\nl: ${contentLength}` : `\r\nContent-Length: ${contentLength}`;
    return text;
  }
}
