/** The accounts of the configuration: who we are to whom, and their registrations (feature rows ACC-01 to ACC-07). */

import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import type { Resolver } from "../base/network.ts";
import { type FailoverOptions, ServerGroup } from "../sip/failover.ts";
import type { Locator } from "../sip/location.ts";
import { keepAliveKinds } from "../sip/udp-keep-alive.ts";
import type { Identity, UserAgent } from "../sip/user-agent.ts";
import type { RegisteredContact } from "../sip/xml/registration-info.ts";
import { mannerOf } from "./accounts-manner.ts";
import { AccountRegistration, type KeepAliveChoice } from "./accounts-registration.ts";
import { redundancyOf, serversOf, transportOf } from "./accounts-servers.ts";
import type { IncomingAccount } from "./incoming.ts";
import { type Nat, seenBy } from "./nat.ts";
import type { Settings } from "./ports.ts";
import { type CheckedAccount, checkNames, requestChecks } from "./request-checks.ts";
import type { AccountState, AccountView } from "./state.ts";

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
  readonly options: FailoverOptions | undefined;
  readonly concurrent: boolean;
  readonly retryMs: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly gruu: boolean;
  /** NET-28: its Contact is where the registrar sees it. */
  readonly contactAsSeen: boolean;
  readonly keepAlive: KeepAliveChoice;
  readonly servers: Set<string>;
  /** Nobody reaches it but by TLS. */
  readonly tlsOnly: boolean;
  registration: AccountRegistration | undefined;
  /** A server that is not there, or another instead of it, was told of. */
  noticed: boolean;
  state: AccountState;
}

/** What became of a registration (ACC-37): whoever tells others of it listens. */
export interface AccountEvent {
  readonly account: number;
  readonly type: "registered" | "unregistered" | "register_failed";
  /** For people; "" where it says nothing. */
  readonly why: string;
}

export interface AccountsParts {
  readonly userAgent: UserAgent;
  readonly locator: Locator;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  /** How an account looks up names; the locator's own way unless told. */
  readonly resolverFor?: ((account: number) => Resolver) | undefined;
  /** Where accounts are seen from outside; absent: no NAT is minded. */
  readonly nat?: Nat | undefined;
  /** "aa:bb:cc:dd:ee:ff"; the phone then tells servers who it is. */
  readonly mac?: string | undefined;
  /** How many the model has. */
  readonly count: number;
  /** Says something on the idle screen until it is taken back with undefined. */
  readonly notice: (key: string, text: string | undefined) => void;
  /** Says what has happened where the idle screen is not seen. */
  readonly announce: (text: string) => void;
  /** Told of what a listener threw. */
  readonly errors: (error: unknown) => void;
  readonly changed: () => void;
}

export class Accounts {
  readonly onRegistration: Event<AccountEvent>;
  #parts: AccountsParts;
  /** By number, in order. */
  #accounts = new Map<number, Account>();
  #open = true;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
    this.onRegistration = new Event(parts.errors);
  }

  /** Reads the configuration and registers what is enabled. */
  open(): void {
    this.#checkRequests();
    const spreadMs = 1000 * this.#parts.settings.number("sip.reg_surge_prevention");
    for (let id = 1; id <= this.#parts.count; id++) this.#start(id, spreadMs);
  }

  /** Names of parameters that changed: the accounts whose registration they touch register anew. */
  async configured(names: ReadonlySet<string>): Promise<void> {
    if ([...names].some((name) => checkNames.test(name))) this.#checkRequests();
    const ofAll = [...names].some((name) => ofAllAccounts.has(name));
    const ids = new Set([...names].map((name) => Number(/^account\.(\d+)\./.exec(name)?.[1])));
    if (ofAll) for (const id of this.#accounts.keys()) ids.add(id);
    await Promise.all([...ids].map((id) => this.#read(id)).map((account) => this.#reconfigure(account)));
    this.#parts.changed();
  }

  /** ACC-18. */
  #checkRequests(): void {
    const { userAgent, settings } = this.#parts;
    userAgent.validate(requestChecks(settings, () => this.incoming));
  }

  async #reconfigure(fresh: Account | undefined): Promise<void> {
    const old = fresh === undefined ? undefined : this.#accounts.get(fresh.id);
    if (fresh === undefined || old === undefined) return;
    if (sameRegistration(old, fresh)) {
      const { identity, registration, state, servers } = old;
      this.#accounts.set(old.id, { ...fresh, identity, registration, state, servers });
      registration?.keepAlive(fresh.keepAlive);
      return;
    }
    await old.registration?.stop("remove");
    // Another change may have come while the server was told.
    if (this.#accounts.get(old.id)?.registration === old.registration) this.#start(old.id, 0);
  }

  /** Removes the registrations where that is configured (ACC-09); each is given up by itself when its server is silent. */
  async close(): Promise<void> {
    this.#open = false;
    const { settings } = this.#parts;
    const how = (id: number) => (settings.flag(`account.${id}.unregister_on_reboot`) ? "remove" : "leave");
    await Promise.all([...this.#accounts.values()].map((a) => a.registration?.stop(how(a.id))));
  }

  get views(): readonly AccountView[] {
    return [...this.#accounts.values()]
      .filter((a) => a.enabled)
      .map(({ id, label, displayName, userName, state, tlsOnly: secure }) => ({
        ...{ id, label, displayName, userName, state, secure },
      }));
  }

  get incoming(): readonly (IncomingAccount & CheckedAccount)[] {
    return [...this.#accounts.values()];
  }

  /** What people call it. */
  labelOf(id: number): string {
    const account = this.#accounts.get(id);
    return account?.label || account?.userName || `Account ${id}`;
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

  /** Where the account is registered now, a numeric address. */
  serverAddress(id: number): string | undefined {
    return this.#accounts.get(id)?.registration?.target?.address;
  }

  /** What the registrar tells of a contact of that account by the reg event (ACC-26). */
  told(id: number, contact: RegisteredContact): void {
    this.#accounts.get(id)?.registration?.told(contact);
  }

  #start(id: number, spreadMs: number): void {
    const account = this.#read(id);
    if (account === undefined) return;
    this.#accounts.set(id, account);
    if (!account.enabled) return;
    const { log, nat } = this.#parts;
    if (account.options === undefined) {
      account.state = { name: "failed", why: "No server" };
      log.warn({ account: id }, `account ${id}: account.${id}.sip_server.1.address is not set, it cannot register`);
      return;
    }
    if (nat === undefined) this.#register(account, account.options, spreadMs);
    else
      void nat.ready(id).then(() => {
        const current = this.#open && this.#accounts.get(id) === account;
        if (current && account.options !== undefined) this.#register(account, account.options, spreadMs);
      });
  }

  #register(account: Account, options: FailoverOptions, spreadMs: number): void {
    const { userAgent, log, mac, clock, locator, errors, nat } = this.#parts;
    const { id } = account;
    const servers = new ServerGroup({ locator, clock, log, errors }, options);
    const identity: Identity = {
      ...account.identity,
      servers,
      ...seenBy(id, nat, account.contactAsSeen),
      publicGruu: () => this.#accounts.get(id)?.registration?.publicGruu ?? "",
    };
    const registration = new AccountRegistration(
      { userAgent, clock, log, stun: nat },
      {
        identity,
        servers,
        concurrent: account.concurrent,
        retryMs: account.retryMs,
        probeMs: options.probeMs,
        spreadMs,
        headers: account.headers,
        instanceId: mac === undefined ? undefined : instanceIdOf(mac),
        gruu: account.gruu,
        keepAlive: account.keepAlive,
      },
      () => this.#show(id, registration),
    );
    this.#accounts.set(id, { ...account, identity, registration });
    this.#show(id, registration);
  }

  /** What the registration does now; one that was replaced has nothing to say any more. */
  #show(id: number, registration: AccountRegistration): void {
    const account = this.#accounts.get(id);
    if (account?.registration !== registration) return;
    const { log, notice, announce } = this.#parts;
    const { domain, userName, label } = account;
    const shown = registration.state;
    this.#tell(id, account.state, shown);
    if (shown.name !== account.state.name)
      if (shown.name === "failed") log.warn({ account: id }, `account ${id}: ${shown.why}`);
      else log.info({ account: id }, `account ${id} (${userName}@${domain}): ${shown.name}`);
    account.state = shown;
    const text = registration.notice;
    notice(`server of account ${id}`, text === undefined ? undefined : `${label}: ${text}`);
    if (text === undefined && account.noticed && shown.name === "registered")
      announce(`${label}: ${registration.servers.liveName} answers again`);
    account.noticed = text !== undefined;
    this.#learnServers(account, registration);
    this.#parts.changed();
  }

  #tell(account: number, before: AccountState, now: AccountState): void {
    if (before.name === now.name) return;
    if (before.name === "registered") this.onRegistration.emit({ account, type: "unregistered", why: "" });
    if (now.name === "registered") this.onRegistration.emit({ account, type: "registered", why: "" });
    if (now.name === "failed") this.onRegistration.emit({ account, type: "register_failed", why: now.why });
  }

  #learnServers(account: Account, { servers }: AccountRegistration): void {
    servers.addresses().then(
      (addresses) => {
        for (const address of addresses) account.servers.add(address);
      },
      (error: unknown) => this.#parts.log.debug({ account: account.id }, reasonOf(error)),
    );
  }

  /** undefined for an account that this model does not have. */
  #read(id: number): Account | undefined {
    const { settings, count, resolverFor, mac } = this.#parts;
    if (!(id >= 1 && id <= count)) return undefined;
    const text = (name: string) => settings.text(`account.${id}.${name}`);
    const flag = (name: string) => settings.flag(`account.${id}.${name}`);
    const userName = text("user_name");
    // ACC-36: who has no name is nobody, and has no line.
    const nobody = userName === "" && settings.flag("phone_setting.disable_account_without_username.enable");
    const enabled = flag("enable") && !nobody;
    const displayName = text("display_name");
    const options = serversOf(settings, id, resolverFor?.(id));
    const [first] = options?.servers ?? [];
    const transport = transportOf(settings, id);
    const headers: [string, string][] = [];
    if (flag("register_mac") && mac !== undefined) headers.push(["Mac", mac]);
    if (flag("register_line")) headers.push(["Line", String(id)]);
    return {
      id,
      label: text("label") || displayName || userName,
      displayName,
      userName,
      enabled,
      serversOnly: flag("sip_trust_ctrl") || settings.flag("sip.trust_ctrl"),
      domain: first?.domain,
      identity: {
        aor: first?.aor ?? `sip:${encodeURIComponent(userName)}@`,
        displayName,
        contactUser: userName,
        credentials: { username: text("auth_name") || userName, password: text("password") },
        // The servers know the way, proxies included.
        route: [],
        manner: mannerOf(settings, id),
        ...(transport === undefined ? {} : { transport }),
      },
      options,
      concurrent: redundancyOf(settings, id) === "concurrent",
      retryMs: 1000 * settings.number(`account.${id}.reg_fail_retry_interval`),
      headers,
      gruu: flag("gruu.enable"),
      contactAsSeen: settings.number(`account.${id}.nat.rport`) === 2,
      keepAlive: {
        kind: keepAliveKinds[settings.number(`account.${id}.nat.udp_update_enable`)] ?? "off",
        intervalMs: 1000 * settings.number(`account.${id}.nat.udp_update_time`),
      },
      servers: new Set(),
      tlsOnly: transport === "tls",
      registration: undefined,
      noticed: false,
      state: { name: enabled ? "registering" : "disabled" },
    };
  }
}

/** Parameters of the whole phone that accounts are made of. */
const ofAllAccounts: ReadonlySet<string> = new Set([
  "sip.switch_server_on_503_response",
  "sip.skip_redundant_failover_addr",
  "sip.use_out_bound_in_dialog",
  "sip.trust_ctrl",
  "phone_setting.disable_account_without_username.enable",
]);

/** A name that stays the same over restarts (RFC 5626 §4.1): a UUID of version 1 made of the MAC address alone. */
function instanceIdOf(mac: string): string {
  return `urn:uuid:00000000-0000-1000-8000-${mac
    .replace(/[^0-9a-f]/gi, "")
    .toLowerCase()
    .padStart(12, "0")}`;
}

/** What a registrar sees of it is the same. */
function sameRegistration(a: Account, b: Account): boolean {
  const shown = ({ enabled, identity, options, concurrent, retryMs, headers, gruu, contactAsSeen }: Account) => {
    const { aor, displayName, contactUser, credentials, transport, manner } = identity;
    const who = [aor, displayName, contactUser, credentials, transport, manner];
    // A resolver is made anew with each reading, out of what the rest of the options says.
    return JSON.stringify(
      [enabled, who, options, concurrent, retryMs, headers, gruu, contactAsSeen],
      (key, value: unknown) => (key === "resolver" ? undefined : value),
    );
  };
  return shown(a) === shown(b);
}
