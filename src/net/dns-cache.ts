/**
 * What name servers said, for as long as it holds: RFC 1034 §3.6, absence as of RFC 2308, and the last answer beyond
 * its time for when no server answers (RFC 8767). Asks nobody.
 */
import type { Clock } from "../../hal/clock.ts";
import type { DnsRecord, DnsType } from "./dns-message.ts";

export interface CachedAnswer {
  /** None: the name has no record of that type. */
  readonly records: readonly DnsRecord[];
  /** Left of its time; 0 when it is over. */
  readonly ttlSeconds: number;
}

interface Entry {
  readonly records: readonly DnsRecord[];
  readonly untilMs: number;
}

/** Names that one phone has to do with are dozens; whoever makes it ask for thousands shall not fill its memory. */
const mostEntries = 500;

export class DnsCache {
  readonly #clock: Clock;
  /** In the order of use, the latest last. */
  #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  put(type: DnsType, name: string, records: readonly DnsRecord[], ttlSeconds: number): void {
    const key = keyOf(type, name);
    this.#entries.delete(key);
    this.#entries.set(key, { records, untilMs: this.#clock.now() + 1000 * ttlSeconds });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > mostEntries && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** What still holds. */
  fresh(type: DnsType, name: string): CachedAnswer | undefined {
    const last = this.last(type, name);
    return last !== undefined && last.ttlSeconds > 0 ? last : undefined;
  }

  /** What was said last, also when its time is over. */
  last(type: DnsType, name: string): CachedAnswer | undefined {
    const key = keyOf(type, name);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { records: entry.records, ttlSeconds: Math.max(0, (entry.untilMs - this.#clock.now()) / 1000) };
  }

  clear(): void {
    this.#entries.clear();
  }
}

function keyOf(type: DnsType, name: string): string {
  return `${type} ${name.toLowerCase()}`;
}
