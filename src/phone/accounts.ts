/** The accounts of the configuration: who we are to whom, and their registrations (feature rows ACC-01 to ACC-07). */

import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Locator } from "../sip/location.ts";
import type { Registration } from "../sip/registration.ts";
import type { RegistrationState } from "../sip/registration-state.ts";
import { keepAliveKinds, UdpKeepAlive } from "../sip/udp-keep-alive.ts";
import type { TransportName } from "../sip/uri.ts";
import type { Identity, UserAgent } from "../sip/user-agent.ts";
import type { IncomingAccount } from "./incoming.ts";
import type { Settings } from "./ports.ts";
import type { AccountState, AccountView } from "./state.ts";

const transports: readonly TransportName[] = ["udp", "tcp", "tls"];

interface Account {
  readonly id: number;
  readonly label: string;
  readonly displayName: string;
  readonly userName: string;
  readonly enabled: boolean;
  readonly serversOnly: boolean;
  /** host[:port] of the server, undefined when none is configured. */
  readonly domain: string | undefined;
  readonly identity: Identity;
  readonly expiresSeconds: number;
  readonly retryMs: number;
  readonly servers: Set<string>;
  /** Nobody reaches it but by TLS. */
  readonly tlsOnly: boolean;
  readonly keepAlive: UdpKeepAlive;
  registration: Registration | undefined;
  state: AccountState;
}

export interface AccountsParts {
  readonly userAgent: UserAgent;
  readonly locator: Locator;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  /** How many the model has. */
  readonly count: number;
  readonly changed: () => void;
}

export class Accounts {
  #parts: AccountsParts;
  /** By number, in order. */
  #accounts = new Map<number, Account>();

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  /** Reads the configuration and registers what is enabled. */
  open(): void {
    for (let id = 1; id <= this.#parts.count; id++) this.#start(id);
  }

  /** Names of parameters that changed: the accounts whose registration they touch register anew. */
  async configured(names: ReadonlySet<string>): Promise<void> {
    const ids = new Set([...names].map((name) => Number(/^account\.(\d+)\./.exec(name)?.[1])));
    await Promise.all([...ids].map((id) => this.#read(id)).map((account) => this.#reconfigure(account)));
    this.#parts.changed();
  }

  async #reconfigure(fresh: Account | undefined): Promise<void> {
    const old = fresh === undefined ? undefined : this.#accounts.get(fresh.id);
    if (fresh === undefined || old === undefined) return;
    if (sameRegistration(old, fresh)) {
      const { registration, state, servers, keepAlive } = old;
      this.#accounts.set(old.id, { ...fresh, registration, state, servers, keepAlive });
      return;
    }
    old.keepAlive.follow(undefined);
    await old.registration?.stop();
    // Another change may have come while the server was told.
    if (this.#accounts.get(old.id)?.registration === old.registration) this.#start(old.id);
  }

  /** Removes the registrations; each is given up by itself when its server is silent. */
  async close(): Promise<void> {
    for (const { keepAlive } of this.#accounts.values()) keepAlive.follow(undefined);
    await Promise.all([...this.#accounts.values()].map((a) => a.registration?.stop()));
  }

  get views(): readonly AccountView[] {
    return [...this.#accounts.values()]
      .filter((a) => a.enabled)
      .map(({ id, label, displayName, userName, state, tlsOnly: secure }) => ({
        ...{ id, label, displayName, userName, state, secure },
      }));
  }

  get incoming(): readonly IncomingAccount[] {
    return [...this.#accounts.values()];
  }

  /** Of calls for which none was chosen (ACC-29): the configured one, else the first that is on. */
  get defaultId(): number {
    const wanted = this.#parts.settings.number("static.features.default_account");
    return this.enabled(wanted) ? wanted : (this.views[0]?.id ?? 1);
  }

  /** The model has an account of that number, on or off. */
  has(id: number): boolean {
    return this.#accounts.has(id);
  }

  enabled(id: number): boolean {
    return this.#accounts.get(id)?.enabled === true;
  }

  domain(id: number): string | undefined {
    const account = this.#accounts.get(id);
    return account?.enabled === true ? account.domain : undefined;
  }

  /** undefined for an account that does not exist or is off. */
  identity(id: number): Identity | undefined {
    const account = this.#accounts.get(id);
    return account?.enabled === true ? account.identity : undefined;
  }

  #start(id: number): void {
    const account = this.#read(id);
    if (account === undefined) return;
    this.#accounts.set(id, account);
    if (!account.enabled) return;
    const { userAgent, log } = this.#parts;
    if (account.domain === undefined) {
      account.state = { name: "failed", why: "No server" };
      log.warn({ account: id }, `account ${id}: account.${id}.sip_server.1.address is not set, it cannot register`);
      return;
    }
    const registrar = `sip:${account.domain}`;
    this.#learnServers(account, registrar);
    const registration = userAgent.register({
      identity: account.identity,
      registrar,
      expiresSeconds: account.expiresSeconds,
      retryMs: account.retryMs,
    });
    account.registration = registration;
    registration.onState.on((state) => this.#show(id, registration, state));
    this.#show(id, registration, registration.state);
  }

  /** What the registration does now; one that was replaced has nothing to say any more. */
  #show(id: number, registration: Registration, state: RegistrationState): void {
    const account = this.#accounts.get(id);
    if (account?.registration !== registration) return;
    const { log } = this.#parts;
    const { domain, userName } = account;
    const shown = this.#shown(state, domain ?? "");
    if (shown.name !== account.state.name)
      if (shown.name === "failed") log.warn({ account: id }, `account ${id}: ${shown.why}`);
      else log.info({ account: id }, `account ${id} (${userName}@${domain}): ${shown.name}`);
    account.state = shown;
    account.keepAlive.follow(shown.name === "registered" ? registration.target : undefined);
    this.#learnServers(account, `sip:${domain}`);
    this.#parts.changed();
  }

  #shown(state: RegistrationState, server: string): AccountState {
    if (state.name === "registered") return { name: "registered" };
    if (state.name === "failed")
      return { name: "failed", why: state.reason === "" ? `${server} does not answer` : state.reason };
    // All others are on their way there.
    return { name: "registering" };
  }

  #learnServers(account: Account, registrar: string): void {
    for (const uri of [registrar, ...account.identity.route])
      this.#parts.locator.locate(uri.replace(/^<|>.*$/g, ""), account.identity.transport).then(
        (found) => {
          for (const target of found) account.servers.add(target.address);
        },
        (error: unknown) => this.#parts.log.debug({ account: account.id }, reasonOf(error)),
      );
  }

  /** undefined for an account that this model does not have. */
  #read(id: number): Account | undefined {
    const { settings, count } = this.#parts;
    if (!(id >= 1 && id <= count)) return undefined;
    const text = (name: string) => settings.text(`account.${id}.${name}`);
    const number = (name: string) => settings.number(`account.${id}.${name}`);
    const host = text("sip_server.1.address");
    const userName = text("user_name");
    const displayName = text("display_name");
    const transport = transports[number("sip_server.1.transport_type")];
    const port = portOf(settings, `account.${id}.sip_server.1`, transport);
    const route: string[] = [];
    if (settings.flag(`account.${id}.outbound_proxy_enable`) && text("outbound_proxy.1.address") !== "") {
      const by = transport === "tcp" || transport === "tls" ? `;transport=${transport}` : "";
      const ownPort = portOf(settings, `account.${id}.outbound_proxy.1`, transport);
      const proxyPort = ownPort ?? (transport === "tls" ? 5061 : 5060);
      route.push(`<sip:${bracketed(text("outbound_proxy.1.address"))}:${proxyPort}${by};lr>`);
    }
    const domain = host === "" ? undefined : bracketed(host) + (port === undefined ? "" : `:${port}`);
    const identity: Identity = {
      aor: `sip:${encodeURIComponent(userName)}@${bracketed(host)}`,
      displayName,
      contactUser: userName,
      credentials: { username: text("auth_name") || userName, password: text("password") },
      route,
      ...(transport === undefined ? {} : { transport }),
    };
    const keepAlive = new UdpKeepAlive(this.#parts, {
      kind: keepAliveKinds[number("nat.udp_update_enable")] ?? "off",
      intervalMs: 1000 * number("nat.udp_update_time"),
      identity,
      registrar: `sip:${domain}`,
    });
    return {
      id,
      label: text("label") || displayName || userName,
      displayName,
      userName,
      enabled: settings.flag(`account.${id}.enable`),
      serversOnly: settings.flag(`account.${id}.sip_trust_ctrl`),
      domain,
      identity,
      tlsOnly: transport === "tls",
      keepAlive,
      expiresSeconds: number("sip_server.1.expires"),
      retryMs: 1000 * number("reg_fail_retry_interval"),
      servers: new Set(),
      registration: undefined,
      state: { name: settings.flag(`account.${id}.enable`) ? "registering" : "disabled" },
    };
  }
}

/** What a registrar sees of it is the same. */
function sameRegistration(a: Account, b: Account): boolean {
  const shown = ({ enabled, domain, identity, expiresSeconds, retryMs, keepAlive }: Account) =>
    JSON.stringify([enabled, domain, identity, expiresSeconds, retryMs, keepAlive.choice]);
  return shown(a) === shown(b);
}

/** undefined where DNS or the transport says: 0, or 5060 where nobody wrote it for TLS, whose own port is another. */
function portOf(settings: Settings, server: string, transport: TransportName | undefined): number | undefined {
  const port = settings.number(`${server}.port`);
  const written = transport === "tls" && settings.isSet(`${server}.port`);
  return port === 0 || (port === 5060 && !written) ? undefined : port;
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
