/** Puts the SIP stack together over real sockets: transport, transactions, location, user agent. */
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint, Resolver } from "../base/network.ts";
import { systemFacts } from "../net/address-watch.ts";
import { ownAddress } from "../net/address-watch-state.ts";
import { systemNetwork, systemRandom } from "../net/network.ts";
import { TlsNetwork } from "../net/tls.ts";
import type { Settings } from "../phone/ports.ts";
import { Locator } from "../sip/location.ts";
import { messageSummaryType } from "../sip/message-summary.ts";
import type { SipTimers } from "../sip/timers.ts";
import { TransactionLayer } from "../sip/transactions.ts";
import { TransportLayer } from "../sip/transport.ts";
import type { TransportName } from "../sip/uri.ts";
import { UserAgent } from "../sip/user-agent.ts";
import { SharedSocket } from "../stun/shared-socket.ts";
import { listenForAccounts, touchesAccountPorts } from "./account-ports.ts";
import { loadTlsSettings, touchesTls } from "./certificates.ts";
import { openNameLookup } from "./name-lookup.ts";

export interface SipStack {
  readonly userAgent: UserAgent;
  readonly locator: Locator;
  /** Looks up names for whatever is of no account. */
  readonly resolver: Resolver;
  /** How an account looks up names. */
  readonly resolverFor: (account: number) => Resolver;
  /** Its UDP sockets, which STUN shares. */
  readonly sockets: readonly SharedSocket[];
  /** The numeric address that it listens on now. */
  readonly address: string;
  /** The machine has another address: listens there instead. Rejects with what cannot be had; then nothing has changed. */
  move(to: string): Promise<void>;
  /** As in the ready line: "udp:127.0.0.1:5060". */
  readonly listening: readonly string[];
  /** For people: a port that cannot be had and that the phone can do without; told now, and when it changes. */
  onTrouble(tell: (what: string | undefined) => void): void;
  close(): Promise<void>;
}

export interface SipStackOptions {
  /** Numeric addresses of the other family, listened on too (feature row NET-05). */
  readonly further?: readonly string[];
  /** Numeric local address. */
  readonly address: string;
  /** Text of User-Agent, without the MAC address. */
  readonly name: string;
  /** "aa:bb:cc:dd:ee:ff" */
  readonly mac: string;
  readonly settings: Settings;
  /** How many the model has. */
  readonly accounts: number;
  readonly certificates: { readonly folder: string; readonly name: string };
  readonly timers: SipTimers;
  readonly errors: (error: unknown) => void;
}

/** Rejects with a message that names the address and the port that cannot be had. */
export async function openSipStack(clock: Clock, log: Log, options: SipStackOptions): Promise<SipStack> {
  const { settings } = options;
  let { address } = options;
  const tls = new TlsNetwork(clock, log, () => loadTlsSettings({ ...options.certificates, settings, log }));
  const sockets: SharedSocket[] = [];
  const bindDatagram = async (local: Endpoint) => {
    const socket = new SharedSocket(await systemNetwork.bindDatagram(local), { clock, random: systemRandom });
    sockets.push(socket);
    return socket;
  };
  const network = { ...systemNetwork, bindDatagram, secure: tls };
  const parts = { network, clock, log, random: systemRandom };
  const transport = new TransportLayer(parts);
  const port = settings.number("sip.listen_port");
  const mode = listenModes[settings.number("sip.listen_mode")] ?? ["udp", "tcp"];
  try {
    for (const name of mode) if (name !== "tls") await transport.listen({ transport: name, address, port });
  } catch (error) {
    await transport.close();
    throw error;
  }
  for (const other of options.further ?? [])
    for (const name of mode)
      if (name !== "tls")
        await transport.listen({ transport: name, address: other, port }).catch((error: unknown) => {
          // The phone is there by its first address.
          log.error({}, reasonOf(error));
        });
  const troubles = new Event<string | undefined>(options.errors);
  const trouble = new Map<"tls" | "accounts", string | undefined>();
  const troubled = () => [...trouble.values()].find((what) => what !== undefined);
  const tell = (of: "tls" | "accounts", what: string | undefined) => {
    trouble.set(of, what);
    troubles.emit(troubled());
  };
  let secure: Promise<void> | undefined;
  const listenSecurely = (): Promise<void> | undefined => {
    const wanted = mode.includes("tls") || (mode.length > 1 && usesTls(settings, options.accounts));
    if (!wanted || secure !== undefined) return secure;
    const at = { transport: "tls", address, port: settings.number("sip.tls_listen_port") } as const;
    secure = transport.listen(at).then(
      () => tell("tls", undefined),
      (error: unknown) => {
        // Calls out, and in by the connection that the phone registers over, work without it.
        log.error({}, reasonOf(error));
        secure = undefined;
        tell("tls", reasonOf(error));
      },
    );
    return secure;
  };
  await listenSecurely();
  const transports = mode.filter((name) => name !== "tls");
  const ofAccounts = { transport, settings, log, transports, accounts: options.accounts };
  const listenMore = async () => tell("accounts", await listenForAccounts({ ...ofAccounts, address }));
  await listenMore();
  const unhear = settings.onChange.on((names) => {
    if ([...names].some(touchesTls)) tls.reload();
    void listenSecurely();
    if ([...names].some((name) => touchesAccountPorts.test(name))) void listenMore().catch(options.errors);
  });
  const transactions = new TransactionLayer({ ...parts, transport, timers: options.timers });
  const names = openNameLookup(parts, settings);
  const locator = new Locator({ resolver: names.resolver, random: systemRandom, clock });
  const userAgent = new UserAgent(
    { ...parts, transport, transactions, locator, errors: options.errors },
    { userAgent: userAgentName(options), timers: options.timers, accept: [messageSummaryType] },
  );
  transport.onConnectionLost = (flow) => userAgent.connectionLost(flow);
  return {
    userAgent,
    locator,
    resolver: names.resolver,
    sockets,
    resolverFor: (account) => names.forAccount(account),
    get address() {
      return address;
    },
    async move(to) {
      await transport.move(address, to);
      for (const [i, socket] of [...sockets.entries()].reverse())
        if (socket.local.address === address) sockets.splice(i, 1);
      address = to;
    },
    onTrouble(tell) {
      tell(troubled());
      troubles.on(tell);
    },
    listening: transport.listening.map((at) => `${at.transport}:${hostPart(at.address)}:${at.port}`),
    async close() {
      unhear();
      await userAgent.close();
      await transport.close();
    },
  };
}

/** ACC-10: servers that tell phones by their MAC address find it there. */
function userAgentName({ name, mac, settings }: SipStackOptions): () => string {
  return () => (settings.flag("sip.mac_in_ua") ? `${name} ${mac}` : name);
}

/** What `sip.listen_mode` says. */
const listenModes: readonly (readonly TransportName[])[] = [["udp", "tcp"], ["udp"], ["tcp"], ["tls"]];

/** Whether an account reaches its server by TLS, or lets DNS say how, which may say TLS (feature row ACC-03). */
function usesTls(settings: Settings, accounts: number): boolean {
  for (let id = 1; id <= accounts; id++) {
    if (!settings.flag(`account.${id}.enable`)) continue;
    for (const server of [1, 2])
      if (settings.number(`account.${id}.sip_server.${server}.transport_type`) >= 2) return true;
  }
  return false;
}

/** Timers of the configuration (feature row ACC-22), which gives them in seconds. */
export function sipTimers(settings: Settings): SipTimers {
  const ms = (name: string) => 1000 * settings.number(`sip.${name}`);
  const repeatReliable = settings.flag("sip.reliable_protocol.timerae.enable");
  return { t1Ms: ms("timer_t1"), t2Ms: ms("timer_t2"), t4Ms: ms("timer_t4"), repeatReliable };
}

/** The address that the system would use towards the rest of the world; without a way there that of any network, else the loopback's. */
export async function defaultAddress(ipv6 = false): Promise<string> {
  return ownAddress(await systemFacts((remote) => systemNetwork.localAddressFor(remote), ipv6), ipv6);
}

function hostPart(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
