/** What the network helper reports, and the resolv.conf it writes, from what it knows. Pure. */
import type { NetworkReport, NetworkWanted } from "../../network-setup.ts";
import type { Lease } from "./dhclient.ts";
import type { ChosenVlan } from "./vlan-choice.ts";

export interface KnownNetwork {
  readonly carrier: boolean;
  readonly lease: Lease | undefined;
  readonly vlan: ChosenVlan | undefined;
  readonly audioDscp: number;
  readonly troubles: readonly string[];
}

export function reportOf(wanted: NetworkWanted, known: KnownNetwork): NetworkReport {
  const { lease } = known;
  const from: { address: string; prefixLength: number; gateway: string } | undefined =
    wanted.address.type === "static" ? wanted.address : lease;
  const { servers } = wanted.address.dns;
  return {
    version: 1,
    carrier: known.carrier,
    address: from === undefined ? "" : `${from.address}/${from.prefixLength}`,
    addressFrom: wanted.address.type,
    gateway: from?.gateway ?? "",
    dns: servers.length > 0 ? servers : (lease?.dns ?? []),
    vlan: known.vlan,
    audioDscp: known.audioDscp,
    dhcpOptions: lease?.options ?? {},
    troubles: known.troubles,
  };
}

export function resolvText(servers: readonly string[]): string {
  return `# Written by Offhook's network helper.\n${servers.map((server) => `nameserver ${server}\n`).join("")}`;
}
