/** What is said about the lines of one source: names that nothing applies, unknown ones and lacking indexes once each, secrets as stars. */
import type { Entry } from "./file.ts";
import { isSecret, type Parameter } from "./parameter.ts";
import type { Problem } from "./problem.ts";
import { plainName } from "./registry.ts";
import { suggestName } from "./suggestion.ts";

/** Unknown names of one source for which a known one is suggested. */
const mostGuesses = 50;

/** Collects the problems of one `set`: names that nothing applies, unknown ones and lacking indexes are each said once. */
export class Reporter {
  readonly problems: Problem[] = [];
  readonly #said = new Set<string>();
  #guesses = 0;

  unknown(entry: Entry): void {
    const key = `unknown ${plainName(entry.name)}`;
    if (this.#said.has(key)) return;
    // Looking for the nearest name takes a while; a file of rubbish must not hold up the start.
    this.#guesses += 1;
    const guess = this.#guesses <= mostGuesses ? suggestName(plainName(entry.name)) : undefined;
    const meant = guess === undefined ? "" : ` (is ${guess} meant?)`;
    this.#once(key, "note", entry, `no such parameter is known${meant}; kept, without effect`);
  }

  beyond(entry: Entry, beyond: { part: string; why: string }): undefined {
    if (this.#said.has(`beyond ${beyond.part}`)) return;
    this.#said.add(`beyond ${beyond.part}`);
    this.#add("error", entry, `${beyond.part} ${beyond.why}; ignored, as all other lines for it`);
  }

  wrong(entry: Entry, parameter: Parameter | undefined, why: string): undefined {
    this.#add("error", entry, why, parameter);
  }

  moved(entry: Entry, parameter: Parameter, why: string): void {
    this.#add("warning", entry, why, parameter);
  }

  /** Values that are right by themselves and do not fit each other. */
  together(entry: Entry, why: string): void {
    this.#add("warning", entry, why);
  }

  unused(entry: Entry, parameter: Parameter): void {
    if ("ignored" in parameter.use)
      this.#once(`unused ${entry.name}`, "note", entry, `kept, without effect: ${parameter.use.ignored}`, parameter);
    if ("later" in parameter.use)
      this.#once(`unused ${entry.name}`, "note", entry, "kept; nothing in this version applies it yet", parameter);
  }

  repeated(entry: Entry, earlier: Entry): void {
    if (entry.line === undefined || earlier.line === undefined || earlier.file !== entry.file) return;
    const other = plainName(earlier.name) === plainName(entry.name) ? "" : ` as ${earlier.name}`;
    this.#add("note", entry, `line ${earlier.line} set it already${other}; this later line counts`);
  }

  #once(key: string, level: Problem["level"], entry: Entry, why: string, parameter?: Parameter): void {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.#add(level, entry, why, parameter);
  }

  #add(level: Problem["level"], entry: Entry, why: string, parameter?: Parameter): void {
    const secret = parameter === undefined ? /pass|secret|pwd|aes|pin$/i.test(entry.name) : isSecret(parameter);
    const value = secret && entry.value !== "" ? "***" : entry.value.slice(0, 160);
    this.problems.push({ level, file: entry.file ?? "", line: entry.line ?? 0, name: entry.name, value, why });
  }
}
