/**
 * The servers of one account: locates them all, keeps which of their addresses serves, tells when another one does
 * (feature rows ACC-02, ACC-04, ACC-05, ACC-11 to ACC-13; RFC 3263 §4.3). Carries out what failover-state.ts says. It
 * sends nothing: user-agent-exchange.ts tries what it lists, registration.ts registers when it asks for it.
 */
import type { Clock, Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import type { Candidate, FailoverOptions, Server, ServerChange } from "./failover-options.ts";
import { addressTo, domainOf } from "./failover-request.ts";
import {
  type FailoverInput,
  type FailoverPurpose,
  type FailoverState,
  firstState,
  next,
  orderFrom,
} from "./failover-state.ts";
import type { Locator } from "./location.ts";
import type { SipRequest } from "./message.ts";
import { describeAddress, isReliable } from "./transport-address.ts";

export interface FailoverParts {
  readonly locator: Locator;
  readonly clock: Clock;
  readonly log: Log;
  readonly errors: (error: unknown) => void;
}

export type { Candidate, FailoverOptions, OutboundProxy, Server, ServerChange } from "./failover-options.ts";

interface List {
  readonly candidates: readonly Omit<Candidate, "patienceMs">[];
  readonly untilMs: number;
  readonly ttlMs: number;
}

/** How long a person waits at the telephone for a proxy that has taken the connection and says nothing, ms. */
const mostInvitePatienceMs = 1800;
const mostRegisterPatienceMs = 4000;
/** A list is kept for a moment at least, so that one call does not ask twice, ms. */
const leastListMs = 1000;

export class ServerGroup {
  /** Another server, or another address of it, serves: what was learnt from the old one may be void (U-01). */
  readonly onServer: Event<ServerChange>;
  /** An address gave no answer, or one that had given none answers again: `failures` has changed. */
  readonly onSilence: Event<{ readonly purpose: FailoverPurpose }>;
  /** The registration shall be made anew now. */
  readonly onRegister: Event<void>;
  /** Registers at that address and resolves when it is decided. Set by the registration. */
  enable: ((candidate: Candidate) => Promise<void>) | undefined;
  readonly options: FailoverOptions;
  readonly #parts: FailoverParts;
  #state: FailoverState = firstState;
  #list: List | undefined;
  #listing: Promise<List> | undefined;
  #timer: Timer | undefined;
  #ttlTimer: Timer | undefined;
  #serviceRoutes = new Map<number, readonly string[]>();
  /** Where a registration stands, by server. */
  #registered = new Map<number, string>();
  /** Servers whose own registration failed: with one registration for each server only. */
  #down = new Set<number>();
  #failures: readonly string[] = [];

  constructor(parts: FailoverParts, options: FailoverOptions) {
    this.#parts = parts;
    this.options = options;
    this.onServer = new Event(parts.errors);
    this.onRegister = new Event(parts.errors);
    this.onSilence = new Event(parts.errors);
  }

  get state(): FailoverState {
    return this.#state;
  }

  /** The server that requests begin with now. */
  get live(): Server {
    const { servers } = this.options;
    const server = servers[this.#liveCandidate?.server ?? 0] ?? servers[0];
    if (server === undefined) throw new TypeError("bug: a group without a server");
    return server;
  }

  /** The same for people; with the address where several share the name. */
  get liveName(): string {
    const live = this.#liveCandidate;
    return live === undefined ? this.live.domain : this.#nameOf(live);
  }

  /** There is more than one address to go to. */
  get hasOthers(): boolean {
    return (this.#list?.candidates.length ?? 0) > 1;
  }

  /** The proxy in use, where requests inside calls shall pass it too. */
  get outboundInDialog(): string | undefined {
    const { proxies, proxyInDialog } = this.options;
    if (!proxyInDialog) return undefined;
    return proxies[proxyOf(this.#liveCandidate?.key ?? "") ?? 0]?.uri;
  }

  /** What did not answer lately, for people: "pbx1.example". */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Every address that requests may come from. */
  async addresses(): Promise<readonly string[]> {
    const { candidates } = await this.#located();
    return [...new Set(candidates.map(({ target }) => target.address))];
  }

  /** Whether a URI leads to these servers: everything does where a proxy stands before them. */
  covers(uri: string): boolean {
    if (this.options.proxies.length > 0) return true;
    const domain = domainOf(uri);
    return this.options.servers.some((server) => server.domain.toLowerCase() === domain);
  }

  /**
   * Whom to ask, in order; never empty. Rejects with a message that names the hosts that cannot be found.
   * @param only place of a server: for a registration of its own.
   */
  async candidates(purpose: FailoverPurpose, only?: number): Promise<readonly Candidate[]> {
    const { candidates } = await this.#located();
    const own = only === undefined ? candidates : candidates.filter((one) => one.server === only);
    const { mode } = this.options;
    const ordered = orderFrom(this.#state, own, purpose, { nowMs: this.#parts.clock.now(), mode });
    if (ordered.length === 0) throw new Error(`${this.options.servers[only ?? 0]?.domain} has no address`);
    return ordered.map((one) => ({ ...one, patienceMs: this.#patienceMs(one, purpose) }));
  }

  /** Writes server and way into a request. */
  address(request: SipRequest, candidate: Candidate): void {
    const { servers } = this.options;
    const server = servers[candidate.server];
    if (server === undefined) return;
    const services = request.method === "REGISTER" ? [] : (this.#serviceRoutes.get(candidate.server) ?? []);
    addressTo(request, server, servers, [...this.#routeOf(candidate), ...services]);
  }

  /** Service-Route as granted by a server (RFC 3608 §5): requests go that way from now on. */
  learnServiceRoute(candidate: Candidate, route: readonly string[]): void {
    this.#serviceRoutes.set(candidate.server, route);
  }

  /** Whether a request to it must wait for a registration there. */
  mustRegister(candidate: Candidate): boolean {
    const { registerFirst } = this.options;
    return registerFirst && this.enable !== undefined && this.#registered.get(candidate.server) !== candidate.key;
  }

  /** The address answered. `only`: to the registration that is the server's own. */
  answered(candidate: Candidate, purpose: FailoverPurpose, only?: number): void {
    const name = this.#nameOf(candidate);
    if (this.#failures.includes(name)) {
      this.#failures = this.#failures.filter((one) => one !== name);
      this.onSilence.emit({ purpose });
    }
    if (only !== undefined && purpose === "register" && !this.#countsForCalls(candidate)) return;
    const first = this.#list?.candidates[0]?.key === candidate.key;
    this.#input({ type: "answered", key: candidate.key, first, purpose });
  }

  failed(candidate: Candidate, why: string, purpose: FailoverPurpose): void {
    const name = this.#nameOf(candidate);
    this.#parts.log.warn({ server: name }, `${name} does not serve: ${why}`);
    if (this.#failures.includes(name)) return;
    this.#failures = [...this.#failures, name];
    this.onSilence.emit({ purpose });
  }

  /** A registration was granted by that address. */
  registered(candidate: Candidate, only?: number): void {
    this.#registered.set(candidate.server, candidate.key);
    this.#down.delete(candidate.server);
    if (only === undefined) return;
    const instead = this.#list?.candidates.find((one) => this.#registered.get(one.server) === one.key);
    if (this.#down.has(0) && instead !== undefined)
      this.#input({ type: "answered", key: instead.key, first: false, purpose: "register" });
  }

  /** The registration of a server's own failed at all its addresses: calls go where one stands. */
  unregistered(server: number): void {
    this.#registered.delete(server);
    this.#down.add(server);
    if (this.#liveCandidate !== undefined && this.#liveCandidate.server !== server) return;
    const other = this.#list?.candidates.find((one) => this.#registered.get(one.server) === one.key);
    if (other !== undefined) this.#input({ type: "answered", key: other.key, first: false, purpose: "register" });
  }

  close(): void {
    this.#timer?.cancel();
    this.#ttlTimer?.cancel();
  }

  #nameOf({ server, target }: Pick<Candidate, "server" | "target">): string {
    const domain = this.options.servers[server]?.domain ?? "";
    const addresses = new Set(
      (this.#list?.candidates ?? []).filter((c) => c.server === server).map((c) => c.target.address),
    );
    return addresses.size > 1 ? `${domain} (${target.address})` : domain;
  }

  get #liveCandidate(): Omit<Candidate, "patienceMs"> | undefined {
    const state = this.#state;
    const candidates = this.#list?.candidates ?? [];
    return state.name === "first" ? candidates[0] : candidates.find((one) => one.key === state.live);
  }

  /** With a registration for each server, a grant by the second says nothing of the first; one by the first ends its absence. */
  #countsForCalls(candidate: Candidate): boolean {
    const state = this.#state;
    if (candidate.server > 0) return this.#down.has(0);
    const { mode } = this.options;
    if (state.name === "first" || this.#liveCandidate?.server === 0) return true;
    return mode === "new-requests" || mode === "registration" || this.#parts.clock.now() >= state.untilMs;
  }

  #input(input: FailoverInput): void {
    const { clock, log } = this.#parts;
    const { mode, durationMs, probeMs, reregister, servers } = this.options;
    const nowMs = clock.now();
    const ttlMs = this.#list === undefined ? Infinity : this.#list.untilMs - nowMs;
    const [state, effects] = next(this.#state, input, {
      nowMs,
      mode,
      ttlMs,
      durationMs,
      probeMs: servers.length > 1 ? probeMs : Infinity,
      reregister,
    });
    this.#state = state;
    for (const effect of effects)
      switch (effect.type) {
        case "live-changed": {
          const change = this.#change();
          const at = change.target === undefined ? "" : ` at ${describeAddress(change.target)}`;
          log.info({ server: change.domain }, `server in use: ${change.domain}${at}`);
          this.onServer.emit(change);
          break;
        }
        case "register":
          this.onRegister.emit();
          break;
        case "start-timer":
          this.#timer?.cancel();
          this.#timer = clock.after(Math.max(0, effect.atMs - nowMs), () => this.#input({ type: "timer" }));
          break;
        case "stop-timer":
          this.#timer?.cancel();
          break;
        default:
          effect satisfies never;
      }
  }

  #change(): ServerChange {
    const live = this.#liveCandidate;
    const server = live?.server ?? 0;
    const { domain } = this.live;
    return { server, domain, target: live?.target, first: this.#state.name === "first" };
  }

  #patienceMs({ server, target }: Omit<Candidate, "patienceMs">, purpose: FailoverPurpose): number {
    const { t1Ms, servers } = this.options;
    // What Timer A or E would wait before retransmission number `retries` + 1 (§17.1.1.2).
    const timerMs = Math.min(64 * t1Ms, t1Ms * (2 ** ((servers[server]?.retries ?? 3) + 1) - 1));
    if (!isReliable(target.transport)) return timerMs;
    if (purpose === "invite") return Math.min(timerMs, mostInvitePatienceMs);
    return purpose === "register" ? Math.min(timerMs, mostRegisterPatienceMs) : timerMs;
  }

  #routeOf(candidate: Candidate): readonly string[] {
    const proxy = this.options.proxies[proxyOf(candidate.key) ?? -1];
    return proxy === undefined ? [] : [/;lr\b/i.test(proxy.uri) ? `<${proxy.uri}>` : `<${proxy.uri};lr>`];
  }

  #located(): Promise<List> {
    const { clock } = this.#parts;
    const known = this.#list;
    if (known !== undefined && known.untilMs > clock.now()) return Promise.resolve(known);
    this.#listing ??= this.#locate().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #locate(): Promise<List> {
    const { locator, clock, log } = this.#parts;
    const { servers, proxies } = this.options;
    const ways =
      proxies.length > 0
        ? proxies.map((proxy, index) => ({ ...proxy, name: `proxy ${index}`, server: undefined }))
        : servers.map((server, index) => ({
            uri: server.registrar,
            location: server.location,
            name: `server ${index}`,
            server: index,
          }));
    const found = await Promise.allSettled(ways.map((way) => locator.find(way.uri, way.location)));
    const candidates: Omit<Candidate, "patienceMs">[] = [];
    let ttlSeconds = Infinity;
    let lost: unknown;
    // Each server by every way before the next server.
    for (const server of servers.keys())
      for (const [index, result] of found.entries()) {
        const way = ways[index];
        if (way === undefined || (way.server !== undefined && way.server !== server)) continue;
        if (result.status === "rejected") {
          lost ??= result.reason;
          ttlSeconds = Math.min(ttlSeconds, 30);
          if (server === 0 || way.server !== undefined) log.warn({ host: way.uri }, reasonOf(result.reason));
          continue;
        }
        ttlSeconds = Math.min(ttlSeconds, result.value.ttlSeconds);
        for (const target of result.value.targets)
          candidates.push({ key: `${way.name} for ${server} ${describeAddress(target)}`, server, target });
      }
    if (candidates.length === 0) throw lost;
    const ttlMs = Math.max(leastListMs, 1000 * ttlSeconds);
    this.#list = { candidates: this.#steady(candidates), untilMs: clock.now() + ttlMs, ttlMs };
    this.#lookAgainLater(ttlMs);
    return this.#list;
  }

  /** The order among equals is drawn once: an account that changes its server with each lookup is never at rest. */
  #steady(fresh: readonly Omit<Candidate, "patienceMs">[]): readonly Omit<Candidate, "patienceMs">[] {
    const old = this.#list?.candidates ?? [];
    const same = old.length === fresh.length && old.every((one) => fresh.some((other) => other.key === one.key));
    return same ? old : fresh;
  }

  /** ACC-13: when the records have changed, the registration goes where they lead now. */
  #lookAgainLater(ttlMs: number): void {
    if (!this.options.ttlTimer || ttlMs === Infinity) return;
    this.#ttlTimer?.cancel();
    this.#ttlTimer = this.#parts.clock.after(ttlMs, () => {
      const before = this.#list?.candidates;
      this.#located().then(
        (list) => {
          if (list.candidates !== before) this.onRegister.emit();
        },
        (error: unknown) => {
          this.#parts.log.warn({}, reasonOf(error));
          this.#lookAgainLater(30_000);
        },
      );
    });
  }
}

/** Place of the proxy in the key of a candidate. */
function proxyOf(key: string): number | undefined {
  const place = /^proxy (\d+)/.exec(key)?.[1];
  return place === undefined ? undefined : Number(place);
}
