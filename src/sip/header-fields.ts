/** The header lines of one message, in their order, names and values as they came (RFC 3261 §7.3); knows nothing of their meaning. */

import { compactHeaderName, headerKey, isList } from "./header-name.ts";
import { splitList, unfold } from "./syntax.ts";

const singles: ReadonlySet<string> = new Set([
  ..."call-id content-length content-type cseq date expires from max-forwards min-expires to".split(" "),
]);

export class HeaderFields {
  // Three arrays and no objects: messages come by the thousand and few of their lines are looked at.
  #keys: string[] = [];
  #names: string[] = [];
  #values: string[] = [];

  get count(): number {
    return this.#keys.length;
  }

  /** Adds a line as the parser found it: the key belongs to the name, the value may be folded. */
  addParsed(key: string, name: string, value: string): void {
    this.#keys.push(key);
    this.#names.push(name);
    this.#values.push(value);
  }

  add(name: string, value: string): void {
    this.addParsed(headerKey(name), name, clean(value));
  }

  prepend(name: string, value: string): void {
    this.#keys.unshift(headerKey(name));
    this.#names.unshift(name);
    this.#values.unshift(clean(value));
  }

  /** Takes the place of the first line of that name; its other lines go. */
  set(name: string, values: readonly string[]): void {
    const key = headerKey(name);
    const at = this.#keys.indexOf(key);
    if (at < 0) {
      for (const value of values) this.add(name, value);
      return;
    }
    this.remove(name);
    this.#keys.splice(at, 0, ...values.map(() => key));
    this.#names.splice(at, 0, ...values.map(() => name));
    this.#values.splice(at, 0, ...values.map(clean));
  }

  remove(name: string): void {
    const key = headerKey(name);
    for (let i = this.#keys.length - 1; i >= 0; i--) if (this.#keys[i] === key) this.#removeAt(i);
  }

  /** Removes the first member of the first line; the line goes with its last member. */
  removeFirst(name: string): void {
    const key = headerKey(name);
    const at = this.#keys.indexOf(key);
    if (at < 0) return;
    const members = isList(key) ? splitList(this.#values[at] ?? "") : [];
    if (members.length > 1) this.#values[at] = members.slice(1).join(", ");
    else this.#removeAt(at);
  }

  #removeAt(at: number): void {
    this.#keys.splice(at, 1);
    this.#names.splice(at, 1);
    this.#values.splice(at, 1);
  }

  first(key: string): string | undefined {
    const at = this.#keys.indexOf(key);
    return at < 0 ? undefined : this.#valueAt(at);
  }

  all(key: string): readonly string[] {
    const found: string[] = [];
    for (let i = 0; i < this.#keys.length; i++) if (this.#keys[i] === key) found.push(this.#valueAt(i));
    return found;
  }

  /** How many lines of that key there are. */
  lines(key: string): number {
    let count = 0;
    for (let i = 0; i < this.#keys.length; i++) if (this.#keys[i] === key) count++;
    return count;
  }

  /** The name of a field that may come once and came twice (RFC 4475 §3.3.8, §3.3.9), or undefined. */
  repeatedSingle(): string | undefined {
    for (let i = 1; i < this.#keys.length; i++) {
      const key = this.#keys[i] ?? "";
      if (singles.has(key) && this.#keys.indexOf(key) < i) return this.#names[i];
    }
    return undefined;
  }

  /** The members over all lines. */
  members(key: string): readonly string[] {
    return isList(key) ? this.all(key).flatMap(splitList) : this.all(key);
  }

  #valueAt(at: number): string {
    const value = this.#values[at] ?? "";
    if (!value.includes("\n")) return value;
    const unfolded = unfold(value);
    this.#values[at] = unfolded;
    return unfolded;
  }

  /** Every line as [name as written, unfolded value], in their order. */
  entries(): readonly (readonly [name: string, value: string])[] {
    return this.#names.map((name, i) => [name, this.#valueAt(i)]);
  }

  copyTo(other: HeaderFields): void {
    for (let i = 0; i < this.#keys.length; i++)
      other.addParsed(this.#keys[i] ?? "", this.#names[i] ?? "", this.#values[i] ?? "");
  }

  /** All lines as text, Content-Length with the value given: in its place, else last. */
  toText(contentLength: number, compact: boolean): string {
    let text = "";
    let counted = false;
    for (let i = 0; i < this.#keys.length; i++) {
      const key = this.#keys[i] ?? "";
      let name = this.#names[i] ?? "";
      if (compact) name = compactHeaderName(key, name);
      if (key !== "content-length") text += `${name}: ${this.#valueAt(i)}\r\n`;
      else if (!counted) {
        text += `${name}: ${contentLength}\r\n`;
        counted = true;
      }
    }
    if (!counted) text += compact ? `l: ${contentLength}\r\n` : `Content-Length: ${contentLength}\r\n`;
    return text;
  }
}

/** A value that is set by us stays on its line, whatever it was made from. */
function clean(value: string): string {
  return unfold(value);
}
