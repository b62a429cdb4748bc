/** The servers of an account out of the configuration (feature rows ACC-02 to ACC-05, ACC-11 to ACC-13). Reads; registers nothing. */
import type { Resolver } from "../base/network.ts";
import type { FailoverOptions, OutboundProxy, Server } from "../sip/failover.ts";
import type { FailbackMode } from "../sip/failover-state.ts";
import type { LocationChoice } from "../sip/location.ts";
import type { TransportName } from "../sip/uri.ts";
import { timersOf } from "./accounts-manner.ts";
import type { Settings } from "./ports.ts";

const transports: readonly TransportName[] = ["udp", "tcp", "tls"];
const modes: readonly FailbackMode[] = ["new-requests", "ttl", "registration", "duration"];

export type Redundancy = "concurrent" | "successive";

/** Undefined where the account has no server. */
export function serversOf(settings: Settings, id: number, resolver: Resolver | undefined): FailoverOptions | undefined {
  const prefix = `account.${id}.`;
  const number = (name: string) => settings.number(prefix + name);
  const first = serverOf(settings, id, 1, resolver);
  if (first === undefined) return undefined;
  const second = serverOf(settings, id, 2, resolver);
  // Twice the same is one: its addresses would be tried twice over.
  const servers = second === undefined || second.domain === first.domain ? [first] : [first, second];
  const proxies = proxiesOf(settings, id, resolver);
  const betweenProxies = proxies.length > 1;
  const proxySeconds = number("outbound_proxy_fallback_interval");
  const durationSeconds = betweenProxies ? proxySeconds : number("sip_server.1.failback_timeout");
  const mode = modes[number("sip_server.1.failback_mode")] ?? "new-requests";
  return {
    servers,
    proxies,
    mode: betweenProxies ? (proxySeconds === 0 ? "new-requests" : "duration") : mode,
    durationMs: durationSeconds === 0 ? Infinity : 1000 * durationSeconds,
    probeMs: 1000 * number("fallback.timeout"),
    reregister: settings.flag(`${prefix}reregister_enable`),
    registerFirst: [1, 2].some((place) => settings.flag(`${prefix}sip_server.${place}.register_on_enable`)),
    switchOn503: settings.flag("sip.switch_server_on_503_response"),
    skipRedundant: settings.flag("sip.skip_redundant_failover_addr"),
    ttlTimer: settings.flag(`${prefix}srv_ttl_timer_enable`),
    proxyInDialog: settings.flag("sip.use_out_bound_in_dialog"),
    t1Ms: timersOf(settings, id)?.t1Ms ?? 1000 * settings.number("sip.timer_t1"),
  };
}

export function redundancyOf(settings: Settings, id: number): Redundancy {
  return settings.number(`account.${id}.fallback.redundancy_type`) === 1 ? "successive" : "concurrent";
}

/** undefined: DNS says it (transport type 3). */
export function transportOf(settings: Settings, id: number, place = 1): TransportName | undefined {
  return transports[settings.number(`account.${id}.sip_server.${place}.transport_type`)];
}

export function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function serverOf(settings: Settings, id: number, place: number, resolver: Resolver | undefined): Server | undefined {
  const name = (field: string) => `account.${id}.sip_server.${place}.${field}`;
  const host = settings.text(name("address"));
  if (host === "") return undefined;
  const port = settings.number(name("port"));
  const transport = transportOf(settings, id, place);
  // Nobody has to write 5060 into a URI, but for TLS, whose own port is another.
  const unsaid = port === 0 || (port === 5060 && !(transport === "tls" && settings.isSet(name("port"))));
  const domain = bracketed(host) + (unsaid ? "" : `:${port}`);
  const user = encodeURIComponent(settings.text(`account.${id}.user_name`));
  return {
    domain,
    aor: `sip:${user}@${bracketed(host)}`,
    registrar: `sip:${domain}`,
    expiresSeconds: settings.number(name("expires")),
    retries: settings.number(name("retry_counts")),
    location: locationOf(settings, id, transport, port, settings.isSet(name("port")), resolver),
  };
}

function proxiesOf(settings: Settings, id: number, resolver: Resolver | undefined): readonly OutboundProxy[] {
  if (!settings.flag(`account.${id}.outbound_proxy_enable`)) return [];
  const transport = transportOf(settings, id);
  return [1, 2].flatMap((place) => {
    const name = (field: string) => `account.${id}.outbound_proxy.${place}.${field}`;
    const host = settings.text(name("address"));
    if (host === "") return [];
    const port = settings.number(name("port"));
    const by = transport === undefined || transport === "udp" ? "" : `;transport=${transport}`;
    const shown = port === 0 || (transport === undefined && port === 5060) ? "" : `:${port}`;
    const location = locationOf(settings, id, transport, port, settings.isSet(name("port")), resolver);
    return [{ uri: `sip:${bracketed(host)}${shown}${by};lr`, location }];
  });
}

function locationOf(
  settings: Settings,
  id: number,
  transport: TransportName | undefined,
  port: number,
  portIsSet: boolean,
  resolver: Resolver | undefined,
): LocationChoice {
  // 5060 is what the parameter holds when nobody wrote anything: it is not meant for TLS, nor where DNS decides.
  const byDefault = transport === "tls" ? 5061 : 5060;
  const known = port === 0 || transport === undefined ? undefined : portIsSet ? port : byDefault;
  return {
    transport,
    port: known,
    resolver,
    services: settings.number(`account.${id}.naptr_build`) === 0 ? ["udp"] : undefined,
  };
}
