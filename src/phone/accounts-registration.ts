/**
 * The registrations of one account: one that goes from server to server, or one for each of two servers at once
 * (feature rows ACC-07 to ACC-12), shown as a single state. What REGISTER says and when is sip/registration.ts.
 */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { ServerGroup } from "../sip/failover.ts";
import type { Registration } from "../sip/registration.ts";
import type { RegistrationState } from "../sip/registration-state.ts";
import type { TransportAddress } from "../sip/transport-address.ts";
import { type AskStun, UdpKeepAlive, type UdpKeepAliveOptions } from "../sip/udp-keep-alive.ts";
import type { Identity, UserAgent } from "../sip/user-agent.ts";
import type { RegisteredContact } from "../sip/xml/registration-info.ts";
import type { AccountState } from "./state.ts";

export interface AccountRegistrationOptions {
  readonly identity: Identity;
  readonly servers: ServerGroup;
  readonly concurrent: boolean;
  readonly retryMs: number;
  /** Pause between tries of one of two servers, ms. */
  readonly probeMs: number;
  readonly spreadMs: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly instanceId: string | undefined;
  readonly gruu: boolean;
  readonly keepAlive: KeepAliveChoice;
}

export interface AccountRegistrationParts {
  readonly userAgent: UserAgent;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks the servers' ends of SIP flows where they see us; absent: nobody can. */
  readonly stun?: AskStun | undefined;
}

/** NET-29. */
export type KeepAliveChoice = Pick<UdpKeepAliveOptions, "kind" | "intervalMs">;

/** Between two looks at a server that gave no answer, ms: longer than a transaction. */
const checkMs = 60_000;

export class AccountRegistration {
  readonly servers: ServerGroup;
  readonly #registrations: readonly Registration[];
  readonly #parts: AccountRegistrationParts;
  readonly #identity: Identity;
  #keepAlives: readonly UdpKeepAlive[] = [];
  /** `Clock.now()` ms. */
  #checkAgainMs = 0;

  constructor(parts: AccountRegistrationParts, options: AccountRegistrationOptions, changed: () => void) {
    const { identity, servers, concurrent, retryMs, spreadMs, headers, instanceId, gruu } = options;
    this.#parts = parts;
    this.#identity = identity;
    this.servers = servers;
    const all = servers.options.servers;
    const places = concurrent && all.length > 1 ? all.map((_, place) => place) : [undefined];
    this.#registrations = places.map((place) => {
      const server = all[place ?? 0];
      const registration = parts.userAgent.register({
        identity,
        registrar: server?.registrar ?? "",
        expiresSeconds: server?.expiresSeconds ?? 3600,
        retryMs,
        spreadMs,
        headers,
        gruu,
        ...(instanceId === undefined ? {} : { instanceId }),
        // While the other one serves, the looks at this one are as far apart as configured, and no farther.
        ...(place === undefined ? {} : { only: place, longestRetryMs: options.probeMs }),
      });
      registration.onState.on(() => {
        this.#followKeepAlives();
        changed();
      });
      return registration;
    });
    this.keepAlive(options.keepAlive);
    servers.onServer.on(changed);
    servers.onSilence.on(({ purpose }) => {
      if (purpose !== "register") this.#check();
      changed();
    });
  }

  get state(): Exclude<AccountState, { name: "disabled" }> {
    const states = this.#registrations.map((registration) => registration.state);
    if (states.some((state) => state.name === "registered")) return { name: "registered" };
    // Another try under way is no better news for people than the last one was.
    const reasons = states.flatMap((state) => failureOf(state) ?? []);
    if (reasons.length < states.length) return { name: "registering" };
    return { name: "failed", why: [...new Set(reasons)].join("; ") };
  }

  /** For people: which server serves instead of which. Undefined while all is as it should be. */
  get notice(): string | undefined {
    const { servers } = this;
    if (this.state.name !== "registered") return undefined;
    const [failed] = servers.failures;
    // Registered as far as time goes, but nobody is there: whoever is not told waits for calls in vain.
    if (servers.failures.includes(servers.liveName)) return `${servers.liveName} does not answer`;
    if (servers.state.name === "first") return undefined;
    const instead = `using ${servers.liveName}`;
    return failed === undefined || failed === servers.liveName ? instead : `${failed} does not answer, ${instead}`;
  }

  /** Where the registration stands. */
  get target(): TransportAddress | undefined {
    return this.#registrations.find((one) => one.state.name === "registered")?.target;
  }

  get publicGruu(): string {
    return this.#registrations.find((one) => one.state.name === "registered")?.publicGruu ?? "";
  }

  /** How the ways to the servers are kept open from now on. */
  keepAlive(choice: KeepAliveChoice): void {
    for (const keepAlive of this.#keepAlives) keepAlive.follow(undefined);
    const { servers } = this.servers.options;
    this.#keepAlives = this.#registrations.map((_, place) => {
      const registrar = servers[place]?.registrar ?? "";
      const silent = () => this.#check();
      const dead = (target: TransportAddress) => this.#parts.userAgent.connectionLost(target);
      return new UdpKeepAlive(this.#parts, { ...choice, identity: this.#identity, registrar, silent, dead });
    });
    this.#followKeepAlives();
  }

  /**
   * A request got no answer at all while the registration has long to go: it is made anew, which tells whether the
   * server is there, and goes on being tried until it is. Where there is another server, going there is the answer.
   */
  #check(): void {
    const nowMs = this.#parts.clock.now();
    if (this.servers.hasOthers || nowMs < this.#checkAgainMs) return;
    // The one under way has to come to its end, or nothing is ever known.
    this.#checkAgainMs = nowMs + checkMs;
    for (const registration of this.#registrations)
      if (registration.state.name === "registered" && registration.state.failures === 0) registration.refresh();
  }

  #followKeepAlives(): void {
    for (const [place, keepAlive] of this.#keepAlives.entries()) {
      const registration = this.#registrations[place];
      if (registration?.state.name === "registered") keepAlive.follow(registration.target, registration.flow);
      else keepAlive.follow(undefined);
    }
  }

  /** What the registrar tells of a contact by the reg event (ACC-26). */
  told(contact: RegisteredContact): void {
    for (const registration of this.#registrations) registration.told(contact);
  }

  async stop(how: "remove" | "leave"): Promise<void> {
    this.servers.close();
    for (const keepAlive of this.#keepAlives) keepAlive.follow(undefined);
    await Promise.all(this.#registrations.map((registration) => registration.stop(how)));
  }
}

function failureOf(state: RegistrationState): string | undefined {
  if (state.name === "registering") return state.after;
  return state.name === "failed" ? state.reason : undefined;
}
