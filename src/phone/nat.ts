/** What the accounts' NAT settings mean: the public address of SIP, and what a call's media may use (feature rows NET-25 to NET-27). The protocols are stun/ and media/. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint, Resolver } from "../base/network.ts";
import type { NatChoice, RelayChoice, RelayTrust } from "../media/protocol.ts";
import { orderServices } from "../sip/location-srv.ts";
import type { TransportAddress } from "../sip/transport-address.ts";
import type { Identity } from "../sip/user-agent.ts";
import { Binding, type BindingState } from "../stun/binding.ts";
import { locateServer, type ServerTransport } from "../stun/discovery.ts";
import type { SharedSocket } from "../stun/shared-socket.ts";
import { method } from "../stun/types.ts";
import type { Settings } from "./ports.ts";

export interface NatParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  /** Rejects with a message that names the host. */
  readonly resolver: Pick<Resolver, "addresses" | "services">;
  /** 0 up to 1, drawn anew: which of several servers of a domain is asked. */
  readonly chance: () => number;
  /** The UDP sockets of SIP. */
  readonly sockets: readonly SharedSocket[];
  /** How many accounts the model has. */
  readonly count: number;
  /** Numeric local address of media, and further ones that ICE may offer. */
  readonly address: string;
  readonly furtherAddresses: readonly string[];
  /** Whom TLS believes, for relays by TLS. Rejects with a sentence. */
  readonly trust: () => Promise<RelayTrust>;
  /** SIP is seen at another address than before: registrations must be told anew. */
  readonly changed: () => void;
}

interface Server {
  readonly host: string;
  readonly port: number;
}

/** One server asked over one socket. */
interface Watch {
  readonly key: string;
  readonly socket: SharedSocket;
  readonly refreshMs: number;
  readonly known: Promise<void>;
  binding: Binding | undefined;
  mapped: Endpoint | undefined;
  timer: Timer | undefined;
  open: boolean;
}

/** A server whose name is not found is looked up again after this, ms. */
const retryMs = 30_000;

/** By the values of `sip.nat_turn.transport`. */
const turnTransports: readonly ServerTransport[] = ["udp", "tcp", "tls"];

export class Nat {
  readonly #parts: NatParts;
  #watches: readonly Watch[] = [];
  /** Those whose first answer, or failure, has been told. */
  #settled = new WeakSet<Watch>();

  #address: string;
  #furtherAddresses: readonly string[];

  constructor(parts: NatParts) {
    this.#parts = parts;
    this.#address = parts.address;
    this.#furtherAddresses = parts.furtherAddresses;
  }

  /** Asks the servers of all accounts that are on. */
  open(): void {
    const { sockets } = this.#parts;
    const wanted = new Map<string, { server: Server; socket: SharedSocket; refreshMs: number }>();
    for (let id = 1; id <= this.#parts.count; id++) {
      if (!this.#parts.settings.flag(`account.${id}.enable`)) continue;
      const server = this.#stunOf(id);
      const refreshMs = 1000 * Math.max(5, this.#parts.settings.number(`account.${id}.nat.udp_update_time`));
      if (server === undefined) continue;
      for (const [i, socket] of sockets.entries()) {
        const key = `${server.host} ${server.port} ${i}`;
        const known = wanted.get(key);
        if (known === undefined || known.refreshMs > refreshMs) wanted.set(key, { server, socket, refreshMs });
      }
    }
    const kept = this.#watches.filter((w) => wanted.get(w.key)?.refreshMs === w.refreshMs);
    for (const watch of this.#watches) if (!kept.includes(watch)) stop(watch);
    const added = [...wanted].filter(([key]) => !kept.some((w) => w.key === key));
    this.#watches = [
      ...kept,
      ...added.map(([key, { server, socket, refreshMs }]) => this.#watch(key, server, socket, refreshMs)),
    ];
  }

  /** Names of parameters whose value changed. */
  configured(names: ReadonlySet<string>): void {
    const touched = [...names].some((name) =>
      /^sip\.nat_|^network\.static_nat\.|^account\.\d+\.(nat\.|enable$|sip_listen_port$)/.test(name),
    );
    if (!touched) return;
    this.open();
    this.#parts.changed();
  }

  /** The machine has another address, and SIP other sockets: everything is asked anew. */
  moved(address: string, furtherAddresses: readonly string[]): void {
    this.close();
    this.#address = address;
    this.#furtherAddresses = furtherAddresses;
    this.open();
  }

  /** Idempotent. */
  close(): void {
    for (const watch of this.#watches) stop(watch);
    this.#watches = [];
  }

  /** Resolves when it is known where the account is seen, or that this cannot be known now: a registration waits for it. */
  async ready(account: number): Promise<void> {
    const server = this.#stunOf(account);
    if (server === undefined) return;
    await Promise.all(
      this.#watches.filter((w) => w.key.startsWith(`${server.host} ${server.port} `)).map((w) => w.known),
    );
  }

  /** What others must name to reach the account at that socket of ours; undefined: its own address. */
  seenAs(account: number, local: Endpoint & { readonly transport: string }): Endpoint | undefined {
    const fixed = this.#staticOf(account);
    if (fixed !== undefined) return sameFamily(fixed, local.address) ? { address: fixed, port: local.port } : undefined;
    const server = this.#stunOf(account);
    // What UDP's port is outside says nothing of TCP's; a connection is answered on itself anyway.
    if (server === undefined || local.transport !== "udp") return undefined;
    return this.#watches.find(
      (w) =>
        w.key.startsWith(`${server.host} ${server.port} `) &&
        w.socket.local.port === local.port &&
        w.mapped !== undefined &&
        sameFamily(w.mapped.address, local.address),
    )?.mapped;
  }

  /** 0 up to 1, drawn anew. */
  readonly chance = (): number => this.#parts.chance();

  /** Where the far end of a flow of SIP sees it, asked from the flow's own socket (RFC 5626 §4.4.2). */
  async mappedBy(local: Endpoint, target: Endpoint): Promise<Endpoint | undefined> {
    const socket = this.#parts.sockets.find(
      (one) => one.local.port === local.port && sameFamily(one.local.address, target.address),
    );
    const outcome = await socket?.stun.request({ method: method.binding, to: target });
    return outcome?.name === "success" ? outcome.response.mapped : undefined;
  }

  /** What the media of a call may use; undefined: nothing but its own address. Names that are not found are left out. */
  async choice(account: number): Promise<NatChoice | undefined> {
    const { settings } = this.#parts;
    const address = this.#address;
    const ice = settings.flag("ice.enable");
    const stunServer = this.#stunOf(account) ?? (ice ? this.#globalStun() : undefined);
    const turnServer = ice || this.#traversal(account) === 1 ? this.#turn() : undefined;
    const publicAddress = this.#staticOf(account);
    if (!ice && stunServer === undefined && turnServer === undefined && publicAddress === undefined) return undefined;
    const [stun, turn] = await Promise.all([this.#locate("stun", stunServer), this.#relay(turnServer)]);
    return {
      publicAddress: publicAddress !== undefined && sameFamily(publicAddress, address) ? publicAddress : undefined,
      stun,
      turn,
      ice,
      addresses: this.#furtherAddresses,
      credentials: undefined,
    };
  }

  #traversal(account: number): number {
    if (!(account >= 1 && account <= this.#parts.count)) return 0;
    return this.#parts.settings.number(`account.${account}.nat.nat_traversal`);
  }

  #stunOf(account: number): Server | undefined {
    if (this.#traversal(account) !== 1) return undefined;
    const host = this.#parts.settings.text(`account.${account}.nat.stun_server`);
    if (host === "") return this.#globalStun();
    return { host, port: this.#parts.settings.number(`account.${account}.nat.stun_port`) };
  }

  #globalStun(): Server | undefined {
    const { settings } = this.#parts;
    const host = settings.text("sip.nat_stun.server");
    if (!settings.flag("sip.nat_stun.enable") || host === "") return undefined;
    return { host, port: settings.number("sip.nat_stun.port") };
  }

  #turn(): Server | undefined {
    const { settings } = this.#parts;
    const host = settings.text("sip.nat_turn.server");
    if (!settings.flag("sip.nat_turn.enable") || host === "") return undefined;
    return { host, port: settings.number("sip.nat_turn.port") };
  }

  #staticOf(account: number): string | undefined {
    const { settings } = this.#parts;
    const address = settings.text("network.static_nat.addr");
    const on = this.#traversal(account) === 2 && settings.flag("network.static_nat.enable");
    return on && address !== "" ? address : undefined;
  }

  /** Undefined where it is not found, or where its TLS cannot be had: the log says why. */
  async #relay(named: Server | undefined): Promise<RelayChoice | undefined> {
    const { settings, trust, log } = this.#parts;
    const transport = turnTransports[settings.number("sip.nat_turn.transport")] ?? "udp";
    const server = await this.#locate("turn", named, transport);
    if (server === undefined || named === undefined) return undefined;
    const username = settings.text("sip.nat_turn.username");
    const password = settings.text("sip.nat_turn.password");
    const relay = { server, username, password };
    if (transport === "udp") return relay;
    if (transport === "tcp") return { ...relay, stream: { name: "tcp" } };
    try {
      return { ...relay, stream: { name: "tls", host: named.host, trust: await trust() } };
    } catch (error) {
      log.warn({ server: named.host }, `no relay by TLS: ${reasonOf(error)}`);
      return undefined;
    }
  }

  async #locate(
    service: "stun" | "turn",
    server: Server | undefined,
    transport: ServerTransport = "udp",
  ): Promise<Endpoint | undefined> {
    if (server === undefined) return undefined;
    const { resolver, chance, log } = this.#parts;
    const fits = (found: string) => sameFamily(found, this.#address);
    try {
      return await locateServer(
        resolver,
        service,
        server,
        fits,
        (records) => orderServices(records, chance),
        transport,
      );
    } catch (error) {
      log.warn({ server: server.host }, reasonOf(error));
      return undefined;
    }
  }

  #watch(key: string, server: Server, socket: SharedSocket, refreshMs: number): Watch {
    let done: () => void = () => {};
    const known = new Promise<void>((resolve) => {
      done = resolve;
    });
    const watch: Watch = {
      key,
      socket,
      refreshMs,
      known,
      binding: undefined,
      mapped: undefined,
      timer: undefined,
      open: true,
    };
    void this.#ask(watch, server, done);
    return watch;
  }

  async #ask(watch: Watch, server: Server, done: () => void): Promise<void> {
    const { clock } = this.#parts;
    const at = await this.#locate("stun", server);
    if (!watch.open) return done();
    if (at === undefined) {
      watch.timer = clock.after(retryMs, () => void this.#ask(watch, server, done));
      return done();
    }
    watch.binding = new Binding({
      clock,
      client: watch.socket.stun,
      server: at,
      refreshMs: watch.refreshMs,
      onState: (state) => {
        const first = !this.#told(watch, state);
        done();
        if (!first) this.#parts.changed();
      },
    });
    watch.binding.start();
  }

  /** Keeps what is known now; false when it is the first that is known. */
  #told(watch: Watch, state: BindingState): boolean {
    const { log } = this.#parts;
    const { address, port } = watch.socket.local;
    const local = `${address}:${port}`;
    if (state.name === "known") {
      watch.mapped = state.mapped;
      log.info({ local }, `SIP is seen at ${state.mapped.address}:${state.mapped.port}`);
    } else if (state.name === "failed") {
      watch.mapped = undefined;
      log.warn({ local }, state.why);
    }
    const before = this.#settled.has(watch);
    this.#settled.add(watch);
    return before;
  }
}

/**
 * What others must name to reach an account: the public address by STUN or by setting, else, where its Contact follows
 * the registrar (`account.X.nat.rport` = 2), where that sees it.
 */
export function seenBy(
  account: number,
  nat: Nat | undefined,
  byRegistrar: boolean,
): Pick<Identity, "seenAs" | "noteSeen"> {
  // By our own port.
  const seen = new Map<number, Endpoint>();
  const told = (local: TransportAddress) => (local.transport === "udp" ? seen.get(local.port) : undefined);
  return {
    seenAs: nat === undefined && !byRegistrar ? undefined : (local) => nat?.seenAs(account, local) ?? told(local),
    noteSeen: (local, at) => {
      if (!byRegistrar || nat?.seenAs(account, local) !== undefined) return false;
      const before = told(local) ?? local;
      seen.set(local.port, at);
      return before.address !== at.address || before.port !== at.port;
    },
  };
}

function stop(watch: Watch): void {
  watch.open = false;
  watch.timer?.cancel();
  watch.binding?.close();
}

function sameFamily(a: string, b: string): boolean {
  return a.includes(":") === b.includes(":");
}
