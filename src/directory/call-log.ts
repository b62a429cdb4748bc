/** Placed, received, missed, rejected and forwarded calls, kept over power cuts (feature rows DIR-11, DIR-12). */
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";

export interface CallLogEntry {
  readonly kind: "placed" | "received" | "missed" | "rejected" | "forwarded";
  readonly account: number;
  readonly remote: { readonly name: string; readonly number: string };
  /** What to dial to call back. */
  readonly target: string;
  readonly atEpochMs: number;
  readonly talkedMs: number;
}

/** Where the log is kept: one text, replaced as a whole; `load` gives undefined when there is none. */
export interface CallLogStore {
  load(): string | undefined;
  save(text: string): void;
}

/** Entries kept of each kind. */
const most = 100;

export class CallLog {
  #entries: readonly CallLogEntry[] = [];
  #store: CallLogStore;
  #log: Log;

  constructor(store: CallLogStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  /** Reads what was kept; what cannot be read is named in the log and left out. */
  open(): void {
    const text = this.#store.load();
    if (text === undefined) return;
    try {
      const found: unknown = JSON.parse(text);
      const list = typeof found === "object" && found !== null && "calls" in found ? found.calls : undefined;
      if (!Array.isArray(list)) throw new Error("it has no list of calls");
      this.#entries = list.filter(isEntry);
      if (this.#entries.length < list.length)
        this.#log.warn(
          { dropped: list.length - this.#entries.length },
          "call log: entries that make no sense were left out",
        );
    } catch (error) {
      this.#log.warn({}, `call log: cannot be read, starting a new one: ${reasonOf(error)}`);
    }
  }

  /** Newest first. */
  get entries(): readonly CallLogEntry[] {
    return this.#entries;
  }

  add(entry: CallLogEntry): void {
    const kept = this.#entries.filter((e) => e.kind === entry.kind).slice(0, most - 1);
    this.#entries = [entry, ...this.#entries.filter((e) => e.kind !== entry.kind || kept.includes(e))];
    try {
      this.#store.save(JSON.stringify({ version: 1, calls: this.#entries }));
    } catch (error) {
      this.#log.error({}, `call log: cannot be kept: ${reasonOf(error)}`);
    }
  }
}

const kinds: readonly string[] = ["placed", "received", "missed", "rejected", "forwarded"];

function isEntry(value: unknown): value is CallLogEntry {
  if (typeof value !== "object" || value === null) return false;
  const entry = value as Record<string, unknown>;
  const remote = entry["remote"] as Record<string, unknown> | undefined;
  return (
    typeof entry["kind"] === "string" &&
    kinds.includes(entry["kind"]) &&
    typeof entry["account"] === "number" &&
    typeof entry["target"] === "string" &&
    typeof entry["atEpochMs"] === "number" &&
    typeof entry["talkedMs"] === "number" &&
    typeof remote?.["name"] === "string" &&
    typeof remote["number"] === "string"
  );
}
