/** What the system knows of names: /etc/hosts (hosts(5)) and /etc/resolv.conf (resolv.conf(5)), as pure readers. */
import { isIP, isIPv6 } from "node:net";
import type { Endpoint } from "../base/network.ts";
import { plain } from "./dns-static.ts";

/** As resolv.conf(5) limits them. */
const mostServers = 3;
const mostSearch = 6;

/** Addresses of a host in the text of a hosts file, IPv4 first. */
export function hostsOf(text: string, host: string): readonly string[] {
  const wanted = plain(host);
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*$/, "").trim().split(/\s+/);
    if (isIP(address) !== 0 && names.some((name) => plain(name) === wanted)) found.push(address);
  }
  // RFC 6761 §6.3: localhost is this machine whatever is written.
  if (found.length === 0 && (wanted === "localhost" || wanted.endsWith(".localhost"))) return ["127.0.0.1", "::1"];
  return [...new Set(found)].sort((a, b) => Number(isIPv6(a)) - Number(isIPv6(b)));
}

export interface ResolverConfiguration {
  readonly servers: readonly Endpoint[];
  /** Domains to try after a name without dots. */
  readonly search: readonly string[];
}

export function resolverConfigurationOf(text: string): ResolverConfiguration {
  const servers: Endpoint[] = [];
  let search: readonly string[] = [];
  for (const line of text.split("\n")) {
    const [word = "", ...values] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    const address = (values[0] ?? "").replace(/%.*$/, "");
    if (word === "nameserver" && isIP(address) !== 0) servers.push({ address, port: 53 });
    if (word === "search" || word === "domain") search = values.filter((name) => name !== "").map(plain);
  }
  return { servers: servers.slice(0, mostServers), search: search.slice(0, mostSearch) };
}
