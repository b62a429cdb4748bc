/** The values in force: layers over built-in defaults, checked on the way in, typed on the way out (feature map XCT-01, XCT-04, XCT-08). */
import { bug } from "../base/error.ts";
import { Event } from "../base/event.ts";
import { codecOfEntry, namedCodecs, partsOfEntry, partsOfName } from "./codec-list.ts";
import { type Entry, isName, parseFile, serializeEntries } from "./file.ts";
import type { Kind, Parameter } from "./parameter.ts";
import { portNames, rtpPortRange } from "./port-range.ts";
import type { Problem } from "./problem.ts";
import { type Lookup, lookUp, type ModelLimits } from "./registry.ts";
import { Reporter } from "./reporter.ts";
import { checkValue, nullValue } from "./value.ts";

/** From the weakest to the strongest; below all of them is the built-in default. */
export const layers = ["common", "mac", "local"] as const;
export type Layer = (typeof layers)[number];

/** Where a value in force comes from. `file` and `line` are "" and 0 where the source had none. */
export interface Origin {
  readonly layer: Layer | "default";
  readonly file: string;
  readonly line: number;
}

export interface Effective extends Origin {
  /** Plain spelling with indexes. */
  readonly name: string;
  readonly value: string;
}

interface Stored {
  /** `%NULL%` takes back what lower layers say. */
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

export class Configuration {
  /** Plain names with their indexes, of every parameter whose value in force has changed. */
  readonly onChange: Event<ReadonlySet<string>>;
  readonly #model: ModelLimits;
  readonly #layers: Readonly<Record<Layer, Map<string, Stored>>> = {
    common: new Map(),
    mac: new Map(),
    local: new Map(),
  };
  /** By source, so that a file that is read again replaces what was said of it. */
  readonly #problems = new Map<string, Problem[]>();
  /** Of each account, the numbers of codec entries that some layer has ever set, from the lowest. */
  readonly #numberedCodecs = new Map<string, readonly number[]>();
  readonly #found = new Map<string, { name: string; parameter: Parameter }>();

  /** @param deps.onError told of what a listener of `onChange` threw. */
  constructor(deps: { readonly model: ModelLimits; readonly onError: (error: unknown) => void }) {
    this.#model = deps.model;
    this.onChange = new Event(deps.onError);
  }

  /** Reads a file's content into a layer, over what is there: later wins. Returns what was wrong; never throws for content. */
  load(layer: Layer, file: string, content: Uint8Array | string): readonly Problem[] {
    this.#problems.delete(file);
    const parsed = parseFile(file, content);
    this.#report(parsed.problems);
    return [...parsed.problems, ...this.set(layer, parsed.entries)];
  }

  /** Sets values in a layer, over what is there; a wrong one is reported and the old one stays. */
  set(layer: Layer, entries: Iterable<Entry>): readonly Problem[] {
    const reporter = new Reporter();
    const before = new Map<string, string | undefined>();
    const lastLines = new Map<string, Entry>();
    for (const raw of entries) {
      const entry = { ...raw, value: raw.value.trim() };
      const lookup = lookUp(entry.name, this.#model);
      const value = this.#accept(entry, lookup, reporter);
      if (value === undefined) continue;
      const { name } = lookup;
      const earlier = lastLines.get(name);
      if (earlier !== undefined) reporter.repeated(entry, earlier);
      lastLines.set(name, entry);
      this.#remember(lookup, before);
      this.#layers[layer].set(name, { value, file: entry.file ?? "", line: entry.line ?? 0 });
    }
    const ports = portNames.map((name) => lastLines.get(name)).findLast((entry) => entry !== undefined);
    const { why } = rtpPortRange(this);
    if (ports !== undefined && why !== undefined) reporter.together(ports, why);
    this.#report(reporter.problems);
    this.#announce(before);
    return reporter.problems;
  }

  /** Takes values out of a layer, so that the layers below show again: all of them, or the named ones. */
  clear(layer: Layer, names?: Iterable<string>): void {
    const stored = this.#layers[layer];
    const before = new Map<string, string | undefined>();
    for (const name of names === undefined ? [...stored.keys()] : names) {
      const lookup = lookUp(name, this.#model);
      this.#remember(lookup, before);
      stored.delete(lookup.name);
    }
    this.#announce(before);
  }

  /** As written, "" when not set. Throws for a name that is not in the registry, or not on this model. */
  text(name: string): string {
    return this.#effective(name).value;
  }

  /** Always inside its range. Throws where the parameter is no number or may be blank. */
  number(name: string): number {
    return this.optionalNumber(name) ?? bug(`${name} may be blank; ask for optionalNumber`);
  }

  /** Undefined when blank. */
  optionalNumber(name: string): number | undefined {
    const { value } = this.#effective(name);
    if (value === "") return undefined;
    const number = Number(value);
    return Number.isFinite(number) ? number : bug(`${name} is no number but ${this.#row(name).parameter.kind.type}`);
  }

  flag(name: string): boolean {
    const { type } = this.#row(name).parameter.kind;
    if (type !== "flag") bug(`${name} is no flag but ${type}`);
    return this.#effective(name).value === "1";
  }

  /** The items of a list, trimmed, without empty ones. */
  list(name: string): readonly string[] {
    const { kind } = this.#row(name).parameter;
    const separator = kind.type === "list" ? kind.separator : bug(`${name} is no list but ${kind.type}`);
    const items = this.#effective(name).value.split(separator);
    return items.map((item) => item.trim()).filter((item) => item !== "");
  }

  /** True when a layer above the built-in default says something. */
  isSet(name: string): boolean {
    return this.#effective(name).layer !== "default";
  }

  origin(name: string): Origin {
    const { layer, file, line } = this.#effective(name);
    return { layer, file, line };
  }

  /** The plain spelling that `onChange` speaks of. */
  canonicalName(name: string): string {
    return this.#row(name).name;
  }

  parameter(name: string): Parameter {
    return this.#row(name).parameter;
  }

  /** Everything that some layer sets, unknown names included, in the order of names. */
  effective(): readonly Effective[] {
    const names = new Set(layers.flatMap((layer) => [...this.#layers[layer].keys()]));
    return [...names].sort(byName).map((name) => this.#inForce(lookUp(name, this.#model)));
  }

  /** What was wrong, or worth saying, about all sources read so far. */
  get problems(): readonly Problem[] {
    return [...this.#problems.values()].flat();
  }

  /** What a layer itself says, in the order of names. */
  entries(layer: Layer): readonly Entry[] {
    const stored = [...this.#layers[layer]].sort(([a], [b]) => byName(a, b));
    return stored.map(([name, { value, file, line }]) => ({ name, value, file, line }));
  }

  /** A layer as a file in the guide's syntax. */
  serialize(layer: Layer): string {
    return serializeEntries(this.entries(layer));
  }

  /** The value to store, or undefined where the line has no effect. */
  #accept(entry: Entry, lookup: Lookup, reporter: Reporter): string | undefined {
    const { value } = entry;
    if (!lookup.found) {
      if (lookup.beyond !== undefined) return reporter.beyond(entry, lookup.beyond);
      if (!isName(entry.name)) return reporter.wrong(entry, undefined, "is no name of a setting; ignored");
      const checked = checkValue(unknownKind, value);
      if (!checked.ok) return reporter.wrong(entry, undefined, `${checked.why}; ignored`);
      reporter.unknown(entry);
      return value === "" ? undefined : value;
    }
    if (value === "") return undefined;
    reporter.unused(entry, lookup.parameter);
    if (value === nullValue) return value;
    const checked = checkValue(lookup.parameter.kind, value);
    if (!checked.ok) return reporter.wrong(entry, lookup.parameter, `${checked.why}; ignored`);
    if (checked.why !== undefined) reporter.moved(entry, lookup.parameter, checked.why);
    return checked.value;
  }

  #row(name: string): { readonly name: string; readonly parameter: Parameter } {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const lookup = lookUp(name, this.#model);
    if (!lookup.found) return bug(`no parameter is called ${name}${lookup.beyond ? ` on a ${this.#model.name}` : ""}`);
    this.#found.set(name, lookup);
    return lookup;
  }

  #effective(name: string): Effective {
    return this.#inForce({ found: true, ...this.#row(name) });
  }

  #inForce(lookup: Lookup): Effective {
    const { name } = lookup;
    for (const layer of ["local", "mac", "common"] as const) {
      const stored = this.#stored(layer, lookup);
      if (stored === undefined) continue;
      if (stored.value === nullValue) break;
      return { name, layer, ...stored };
    }
    return { name, value: lookup.found ? lookup.parameter.default : "", layer: "default", file: "", line: 0 };
  }

  /** What a layer says, in the older spelling of codecs too: it has numbers that depend on another value. */
  #stored(layer: Layer, lookup: Lookup): Stored | undefined {
    const values = this.#layers[layer];
    const stored = values.get(lookup.name);
    if (stored !== undefined || !lookup.found || lookup.parameter.area !== "codec") return stored;
    const parts = partsOfName(lookup.name);
    let said: Stored | undefined;
    for (const index of (parts && this.#numberedCodecs.get(parts.account)) ?? []) {
      const entry = `account.${parts?.account}.codec.${index}`;
      const value = values.get(`${entry}.${parts?.field}`);
      if (value !== undefined && codecOfEntry(index, this.text(`${entry}.payload_type`)) === parts?.codec) said = value;
    }
    return said;
  }

  /** Notes the values in force of a name that is about to change, and of all that hang on it. */
  #remember(lookup: Lookup, before: Map<string, string | undefined>): void {
    if (!before.has(lookup.name)) before.set(lookup.name, this.#raw(lookup));
    const entry = partsOfEntry(lookup.name);
    if (entry === undefined) return;
    for (const name of namedCodecs(entry.account))
      if (!before.has(name)) before.set(name, this.#raw(lookUp(name, this.#model)));
    const known = this.#numberedCodecs.get(entry.account) ?? [];
    if (!known.includes(entry.index))
      this.#numberedCodecs.set(
        entry.account,
        [...known, entry.index].sort((a, b) => a - b),
      );
  }

  #raw(lookup: Lookup): string | undefined {
    return lookup.found ? this.#inForce(lookup).value : undefined;
  }

  #announce(before: ReadonlyMap<string, string | undefined>): void {
    const changed = new Set<string>();
    for (const [name, old] of before) if (this.#raw(lookUp(name, this.#model)) !== old) changed.add(name);
    if (changed.size > 0) this.onChange.emit(changed);
  }

  #report(problems: readonly Problem[]): void {
    for (const problem of problems) {
      const known = this.#problems.get(problem.file) ?? [];
      this.#problems.set(problem.file, known);
      known.push(problem);
    }
    // A person who tries wrong values in a form all day must not fill the memory.
    for (const known of this.#problems.values())
      if (known.length > mostProblems) known.splice(0, known.length - mostProblems);
  }
}

/** Unknown parameters are kept for a later version that may know them. */
const unknownKind: Kind = { type: "text", most: 4096 };

/** Of one source: more than a file that sets every parameter can have notes. */
const mostProblems = 5000;

/** Segment by segment, numbers by value: account.2 before account.10. */
function byName(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const x = left[i] ?? "";
    const y = right[i] ?? "";
    if (x === y) continue;
    const numeric = /^[0-9]+$/.test(x) && /^[0-9]+$/.test(y) ? Number(x) - Number(y) : 0;
    return numeric !== 0 ? numeric : x < y ? -1 : 1;
  }
  return left.length - right.length;
}
