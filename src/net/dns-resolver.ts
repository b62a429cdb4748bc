/**
 * Names to records with their lifetime (feature rows NET-36, NET-37): records known in advance, the hosts file, what
 * servers said lately, then the servers; RFC 1034 §5.3.3 for aliases, RFC 8767 for the last answer while they are
 * silent. It knows nothing of SIP: what to ask for is location.ts.
 */
import { isIP, isIPv6 } from "node:net";
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Found, PointerRecord, Resolver, ServiceRecord } from "../base/network.ts";
import { DnsCache } from "./dns-cache.ts";
import { type DnsClient, DnsError } from "./dns-client.ts";
import type { DnsRecord, DnsResponse, DnsType } from "./dns-message.ts";
import { plain, type StaticRecords } from "./dns-static.ts";
import { hostsOf } from "./dns-system.ts";
import { NetworkError } from "./error.ts";

export interface DnsResolverParts {
  readonly client: DnsClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Text of the hosts file. */
  readonly hostsFile: () => string;
}

export interface DnsResolverSettings {
  /** 4 or 6 where the phone speaks only that (feature row NET-05), 0 for both. */
  readonly family: 0 | 4 | 6;
  /** Answers are kept for as long as they say; off: asked for each time. */
  readonly keep: boolean;
  /** Old answers serve while no server answers. */
  readonly useExpired: boolean;
  /** Domains to try after a name without dots. */
  readonly search: readonly string[];
  readonly records: StaticRecords;
}

/** How an account wants its names looked up; the phone's own way where it says nothing. */
export interface LookupChoice {
  /** "off": nothing that was known before; "record": additional records of answers are kept too (account.X.dns_cache_type). */
  readonly cache?: "off" | "on" | "record";
  /** "late": records known in advance serve where DNS knows nothing (account.X.static_cache_pri). */
  readonly records?: { readonly known: StaticRecords; readonly rank: "first" | "late" };
  /** For all tries of one question, ms (account.X.dns_query_timeout). */
  readonly limitMs?: number;
}

/** Aliases that are followed. */
const mostAliases = 8;
/** RFC 8767 §5: who waits longer than this for a server gets the old answer, ms. */
const patienceMs = 1800;
/** How long old answers are given at once, after servers did not answer in time, ms (RFC 8767 §5). */
const slowMs = 30_000;
/** How long an old answer that was given out is believed, s (RFC 8767 §4). */
const expiredTtlSeconds = 30;
/** How long "there is none" holds where its SOA is lacking, s. */
const absentTtlSeconds = 60;
const endlessSeconds = 604_800;

type Answer = Found<DnsRecord>;

/** What resolvers of one phone share. */
interface Shared {
  readonly cache: DnsCache;
  /** Questions under way: all that ask for the same at the same time wait for the same answer. */
  readonly running: Map<string, Promise<Answer>>;
  /** Until then the servers are taken for dead where an old answer serves. */
  slowUntilMs: number;
}

export class DnsResolver implements Resolver {
  readonly #parts: DnsResolverParts;
  readonly #settings: () => DnsResolverSettings;
  readonly #choice: LookupChoice;
  readonly #shared: Shared;

  constructor(
    parts: DnsResolverParts,
    settings: () => DnsResolverSettings,
    choice: LookupChoice = {},
    shared?: Shared,
  ) {
    this.#parts = parts;
    this.#settings = settings;
    this.#choice = choice;
    this.#shared = shared ?? { cache: new DnsCache(parts.clock), running: new Map(), slowUntilMs: -Infinity };
  }

  /** The same resolver with an account's own way; what servers say is shared. */
  with(choice: LookupChoice): DnsResolver {
    return new DnsResolver(this.#parts, this.#settings, choice, this.#shared);
  }

  async addresses(host: string): Promise<readonly string[]> {
    const { records } = await this.hosts(host);
    if (records.length === 0) throw new NetworkError("no-such-host", `cannot find host ${host}: it has no address`);
    return records;
  }

  async hosts(host: string): Promise<Found<string>> {
    if (isIP(host) !== 0) return { records: [host], ttlSeconds: endlessSeconds };
    const known = this.#known(host);
    if (known !== undefined) return known;
    const name = plain(host);
    const { search } = this.#settings();
    const names = name.includes(".") ? [name] : [...search.map((domain) => `${name}.${domain}`), name];
    let found: Found<string> = { records: [], ttlSeconds: 0 };
    for (const candidate of names) {
      found = await this.#addresses(candidate);
      if (found.records.length > 0) break;
    }
    return found;
  }

  async services(name: string): Promise<Found<ServiceRecord>> {
    const { records, ttlSeconds } = await this.#find("SRV", name);
    return { records: records.filter((record) => record.type === "SRV"), ttlSeconds };
  }

  async pointers(domain: string): Promise<Found<PointerRecord>> {
    const { records, ttlSeconds } = await this.#find("NAPTR", domain);
    return { records: records.filter((record) => record.type === "NAPTR"), ttlSeconds };
  }

  /** The hosts file comes after records known in advance and before everything else. */
  #known(host: string): Found<string> | undefined {
    const { family } = this.#settings();
    if (this.#inAdvance("A", host) !== undefined) return undefined;
    const found = hostsOf(this.#parts.hostsFile(), host).filter((a) => family === 0 || isIP(a) === family);
    return found.length > 0 ? { records: found, ttlSeconds: endlessSeconds } : undefined;
  }

  async #addresses(host: string): Promise<Found<string>> {
    const { family } = this.#settings();
    const types = (["A", "AAAA"] as const).filter((type) => family === 0 || (type === "A" ? 4 : 6) === family);
    const results = await Promise.allSettled(types.map((type) => this.#find(type, host)));
    const found = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const records = found.flatMap((answer) =>
      answer.records.flatMap((r) => (r.type === "A" || r.type === "AAAA" ? [r.address] : [])),
    );
    const failed = results.find((result) => result.status === "rejected");
    // One family is enough; none of either is an answer only when both were answered.
    if (records.length === 0 && failed?.status === "rejected") throw failed.reason;
    const lifetimes = found.filter((answer) => answer.records.length > 0 || records.length === 0);
    return {
      records: [...new Set(records)].sort((a, b) => Number(isIPv6(a)) - Number(isIPv6(b))),
      ttlSeconds: Math.min(endlessSeconds, ...lifetimes.map((answer) => answer.ttlSeconds)),
    };
  }

  async #find(type: DnsType, name: string): Promise<Answer> {
    const known = this.#inAdvance(type, name);
    if (known !== undefined) return answerOf(known);
    const { records } = this.#choice;
    const late = records?.rank === "late" ? records.known.find(type, name) : undefined;
    try {
      const found = await this.#ask(type, plain(name), 0);
      return found.records.length === 0 && late !== undefined && late.length > 0 ? answerOf(late) : found;
    } catch (error) {
      if (late !== undefined && late.length > 0) return answerOf(late);
      throw error;
    }
  }

  #inAdvance(type: DnsType, name: string): readonly DnsRecord[] | undefined {
    const { cache, records } = this.#choice;
    if (cache === "off") return undefined;
    const own = records?.rank === "first" ? records.known.find(type, name) : undefined;
    if (own !== undefined) return own;
    // An account that puts DNS first means the phone's records too.
    return records?.rank === "late" ? undefined : this.#settings().records.find(type, name);
  }

  async #ask(type: DnsType, name: string, aliases: number): Promise<Answer> {
    const { keep, useExpired } = this.#settings();
    const kept = keep && this.#choice.cache !== "off";
    const fresh = kept ? this.#shared.cache.fresh(type, name) : undefined;
    const answer = fresh ?? (await this.#askServers(type, name, useExpired));
    const found = answer.records.filter((record) => record.type === type);
    const alias = answer.records.filter((record) => record.type === "CNAME").at(-1);
    if (found.length > 0 || alias?.type !== "CNAME") return { records: found, ttlSeconds: answer.ttlSeconds };
    if (aliases >= mostAliases) throw new DnsError("failed", `${name} is an alias of an alias without end`);
    const next = await this.#ask(type, alias.target, aliases + 1);
    return { records: next.records, ttlSeconds: Math.min(next.ttlSeconds, answer.ttlSeconds) };
  }

  #askServers(type: DnsType, name: string, useExpired: boolean): Promise<Answer> {
    const key = `${type} ${name}`;
    let running = this.#shared.running.get(key);
    if (running === undefined) {
      running = this.#parts.client
        .query({ name, type }, this.#choice.limitMs)
        .then((response) => {
          this.#shared.slowUntilMs = -Infinity;
          return this.#learn(type, name, response);
        })
        .finally(() => this.#shared.running.delete(key));
      this.#shared.running.set(key, running);
    }
    const last = useExpired ? this.#shared.cache.last(type, name) : undefined;
    return last === undefined ? running : this.#orExpired(running, key, last.records);
  }

  /** The servers' answer, or the old one when they fail or take too long (RFC 8767 §5). */
  #orExpired(running: Promise<Answer>, what: string, records: readonly DnsRecord[]): Promise<Answer> {
    const { clock, log } = this.#parts;
    const old: Answer = { records, ttlSeconds: expiredTtlSeconds };
    // One question after another would each wait anew, and a call needs four of them.
    const waitMs = clock.now() < this.#shared.slowUntilMs ? 0 : patienceMs;
    return new Promise((resolve) => {
      const timer = clock.after(waitMs, () => {
        this.#shared.slowUntilMs = Math.max(this.#shared.slowUntilMs, clock.now() + (waitMs > 0 ? slowMs : 0));
        log.info({ what }, `name servers are slow: the last answer for ${what} serves`);
        resolve(old);
      });
      running.then(
        (answer) => {
          timer.cancel();
          resolve(answer);
        },
        (error: unknown) => {
          timer.cancel();
          log.info({ what }, `${reasonOf(error)}: the last answer serves`);
          resolve(old);
        },
      );
    });
  }

  #learn(type: DnsType, name: string, response: DnsResponse): Answer {
    const chain = follow(type, name, response.answers);
    if (this.#choice.cache === "record") this.#learnAdditional(response);
    if (chain.length > 0) {
      const ttlSeconds = Math.min(...chain.map((record) => record.ttlSeconds));
      this.#shared.cache.put(type, name, chain, ttlSeconds);
      return { records: chain, ttlSeconds };
    }
    const soa = response.authority.find((record) => record.type === "SOA");
    const ttlSeconds = Math.min(soa?.ttlSeconds ?? absentTtlSeconds, 3600);
    this.#shared.cache.put(type, name, [], ttlSeconds);
    return { records: [], ttlSeconds };
  }

  #learnAdditional({ additional }: DnsResponse): void {
    const groups = new Map<string, DnsRecord[]>();
    for (const record of additional)
      if (record.type === "A" || record.type === "AAAA" || record.type === "SRV") {
        const key = `${record.type} ${record.name}`;
        groups.set(key, [...(groups.get(key) ?? []), record]);
      }
    for (const [first, ...more] of groups.values())
      if (first !== undefined && (first.type === "A" || first.type === "AAAA" || first.type === "SRV")) {
        const records = [first, ...more];
        this.#shared.cache.put(first.type, first.name, records, Math.min(...records.map((r) => r.ttlSeconds)));
      }
  }
}

/** Records of that name and the aliases that lead to them; where those lead out of the answer, the aliases alone. */
function follow(type: DnsType, name: string, answers: readonly DnsRecord[]): readonly DnsRecord[] {
  const path: DnsRecord[] = [];
  let owner = name;
  for (let i = 0; i <= mostAliases; i++) {
    const found = answers.filter((record) => record.type === type && record.name === owner);
    if (found.length > 0) return [...path, ...found];
    const alias = answers.find((record) => record.type === "CNAME" && record.name === owner);
    if (alias?.type !== "CNAME") break;
    path.push(alias);
    owner = alias.target;
  }
  return path;
}

function answerOf(records: readonly DnsRecord[]): Answer {
  return { records, ttlSeconds: Math.min(endlessSeconds, ...records.map((record) => record.ttlSeconds)) };
}
