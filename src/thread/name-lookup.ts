/** The phone's way from names to addresses (feature rows NET-36, NET-37): the resolver with what configuration and system say. */
import { readFileSync } from "node:fs";
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint, Network, Random, Resolver } from "../base/network.ts";
import { DnsClient } from "../net/dns-client.ts";
import type { DnsRecord } from "../net/dns-message.ts";
import { DnsResolver, type LookupChoice } from "../net/dns-resolver.ts";
import { addressRecord, StaticRecords } from "../net/dns-static.ts";
import { type ResolverConfiguration, resolverConfigurationOf } from "../net/dns-system.ts";
import type { Settings } from "../phone/ports.ts";

export interface NameLookup {
  readonly resolver: Resolver;
  /** As an account wants it. */
  forAccount(account: number): Resolver;
}

export interface NameLookupParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How long the system's files are believed, ms: a new network brings new name servers. */
const fileMs = 5000;
const places = 12;

export function openNameLookup(
  parts: NameLookupParts,
  settings: Settings,
  files: { readonly hosts: string; readonly resolv: string } = { hosts: "/etc/hosts", resolv: "/etc/resolv.conf" },
): NameLookup {
  const { clock, log } = parts;
  const hosts = remembered(clock, () => textOf(files.hosts));
  const resolv = remembered(clock, () => resolverConfigurationOf(textOf(files.resolv)));
  const client = new DnsClient(parts, () => ({
    servers: serversOf(settings, resolv()),
    timeoutMs: 1000 * (settings.number("network.dns.query_timeout") || 3),
    retries: settings.number("network.dns.retry_times"),
    transport: settings.number("sip.dns_transport_type") === 1 ? "tcp" : "udp",
  }));
  const families = [4, 6, 0] as const;
  let records = recordsOf(settings, "", log);
  settings.onChange.on((names) => {
    if ([...names].some((name) => name.startsWith("dns_cache_"))) records = recordsOf(settings, "", log);
  });
  const resolver = new DnsResolver({ client, clock, log, hostsFile: hosts }, () => ({
    family: families[settings.number("network.ip_address_mode")] ?? 0,
    keep: settings.flag("network.dns.ttl_enable"),
    useExpired: settings.flag("network.dns.last_cache_expired.enable"),
    search: resolv().search,
    records,
  }));
  return { resolver, forAccount: (account) => resolver.with(choiceOf(settings, account, log)) };
}

function choiceOf(settings: Settings, account: number, log: Log): LookupChoice {
  const prefix = `account.${account}.`;
  const cache = (["off", "on", "record"] as const)[settings.number(`${prefix}dns_cache_type`)] ?? "on";
  const rank = settings.flag(`${prefix}static_cache_pri`) ? "first" : "late";
  const known = recordsOf(settings, prefix, log);
  return {
    cache,
    records: { known, rank },
    limitMs: 1000 * settings.number(`${prefix}dns_query_timeout`),
  };
}

/** Configured ones count where the network is configured by hand, or where they are told to. */
function serversOf(settings: Settings, system: ResolverConfiguration): readonly Endpoint[] {
  const byHand = settings.flag("network.static_dns_enable") || settings.number("network.internet_port.type") === 2;
  const byHand6 =
    settings.flag("network.ipv6_static_dns_enable") || settings.number("network.ipv6_internet_port.type") === 1;
  const configured = [
    ...(byHand ? ["network.primary_dns", "network.secondary_dns"] : []),
    ...(byHand6 ? ["network.ipv6_primary_dns", "network.ipv6_secondary_dns"] : []),
  ]
    .map((name) => settings.text(name))
    .filter((address) => address !== "" && address !== "0.0.0.0");
  return configured.length > 0 ? configured.map((address) => ({ address, port: 53 })) : system.servers;
}

/** Records known in advance; one that lacks what it needs is left out, and said so. */
function recordsOf(settings: Settings, prefix: string, log: Log): StaticRecords {
  const records: DnsRecord[] = [];
  for (const kind of ["a", "srv", "naptr"] as const)
    for (let place = 1; place <= places; place++) {
      const row = `${prefix}dns_cache_${kind}.${place}`;
      const text = (field: string) => settings.text(`${row}.${field}`).trim();
      if (text("name") === "") continue;
      const record = recordOf(kind, text, settings.number(`${row}.ttl`));
      if (record === undefined) log.warn({ row }, `${row} is left out: ${text("name")} leads nowhere`);
      else records.push(record);
    }
  return new StaticRecords(records);
}

function recordOf(kind: "a" | "srv" | "naptr", text: (field: string) => string, ttl: number): DnsRecord | undefined {
  const ttlSeconds = ttl;
  const name = text("name");
  if (kind === "a") return addressRecord(name, text("ip"), ttlSeconds);
  if (kind === "srv") {
    const [target, port] = [text("target"), number16(text("port"))];
    if (target === "" || port === 0) return undefined;
    const [priority, weight] = [number16(text("priority")), number16(text("weight"))];
    return { type: "SRV", name, ttlSeconds, priority, weight, port, target };
  }
  const [service, replacement] = [text("service"), text("replace")];
  if (service === "" || replacement === "") return undefined;
  const [order, preference, flags] = [number16(text("order")), number16(text("preference")), text("flags") || "S"];
  return { type: "NAPTR", name, ttlSeconds, order, preference, flags, service, regexp: "", replacement };
}

function number16(text: string): number {
  return /^\d{1,5}$/.test(text) ? Math.min(65_535, Number(text)) : 0;
}

function remembered<T>(clock: Clock, read: () => T): () => T {
  let value: { readonly is: T; readonly untilMs: number } | undefined;
  return () => {
    const nowMs = clock.now();
    if (value === undefined || value.untilMs <= nowMs) value = { is: read(), untilMs: nowMs + fileMs };
    return value.is;
  };
}

/** A file that is not there says nothing. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
