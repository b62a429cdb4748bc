/** What the configuration wants of the device's network port (feature rows NET-01, -02, -03, -08, -11, -13, -15, -16, -17, -21, -39). Pure; the network helper makes it so. */

import { ipv4Number, isIpv4, prefixLengthOf } from "../../hal/ipv4.ts";
import type { AddressWanted, LinkSpeed, MarkingWanted, NetworkWanted, VlanWanted } from "../../hal/network-setup.ts";
import { rtpPortRange } from "../config/port-range.ts";

/** The part of the configuration that is asked. */
export interface NetworkSettings {
  text(name: string): string;
  number(name: string): number;
  optionalNumber(name: string): number | undefined;
  flag(name: string): boolean;
}

export interface DeviceFacts {
  /** "SIP-T46G" */
  readonly model: string;
  readonly accounts: number;
  readonly firmware: string;
  readonly mac: string;
}

export interface WantedNetwork {
  /** Undefined where the settings cannot be made: the network is to stay as it is. */
  readonly wanted: NetworkWanted | undefined;
  /** Sentences that name the parameter and what it has to be. */
  readonly problems: readonly string[];
}

const speeds: readonly LinkSpeed[] = ["auto", "10-full", "100-full", "10-half", "100-half", "1000-full"];

/** No time is attested; a switch port with spanning tree takes 50 s to open. */
const patienceSeconds = 60;

/** True of the parameters that `wantedNetwork` reads and that take a restart. */
export function touchesNetwork(name: string): boolean {
  return /^network\.(internet_port|vlan\.(internet_port|dhcp|vlan_change)|lldp|dhcp_host_name|qos|primary_dns|secondary_dns|static_dns_enable|attempt_expired_time)/.test(
    name,
  );
}

export function wantedNetwork(settings: NetworkSettings, facts: DeviceFacts): WantedNetwork {
  const problems: string[] = [];
  const address = addressOf(settings, facts, problems);
  const vlan = vlanOf(settings, problems);
  if (address === undefined) return { wanted: undefined, problems };
  const lldp = {
    intervalSeconds: settings.number("network.lldp.packet_interval"),
    manufacturer: "Offhook",
    model: facts.model,
    firmware: facts.firmware,
    serial: facts.mac.replaceAll(":", ""),
  };
  const wanted: NetworkWanted = {
    version: 1,
    address,
    vlan,
    lldp: settings.flag("network.lldp.enable") ? lldp : undefined,
    speed: speeds[settings.number("network.internet_port.speed_duplex")] ?? "auto",
    marking: markingOf(settings, facts.accounts),
    dhcpPatienceSeconds: patienceOf(settings, problems),
  };
  return { wanted, problems };
}

function addressOf(settings: NetworkSettings, facts: DeviceFacts, problems: string[]): AddressWanted | undefined {
  const type = settings.number("network.internet_port.type");
  const servers = ["network.primary_dns", "network.secondary_dns"]
    .map((name) => settings.text(name))
    .filter((text) => text !== "" && isIpv4(text));
  if (type === 2) return staticAddress(settings, servers, problems);
  if (type === 1) problems.push("network.internet_port.type: PPPoE is not supported; DHCP is used");
  const own = settings.text("network.dhcp_host_name");
  const hostName = own.replace(/[^A-Za-z0-9.-]/g, "-").slice(0, 63);
  if (hostName !== own) problems.push(`network.dhcp_host_name: a host name has letters, digits, - and .: ${hostName}`);
  return {
    type: "dhcp",
    hostName: hostName || facts.model,
    vendorClass: settings.text("auto_provision.dhcp_option.option60_value") || "yealink",
    dns: { servers: settings.flag("network.static_dns_enable") ? servers : [] },
  };
}

function staticAddress(
  settings: NetworkSettings,
  servers: readonly string[],
  problems: string[],
): AddressWanted | undefined {
  const name = (part: string) => `network.internet_port.${part}`;
  const [address, mask, gateway] = ["ip", "mask", "gateway"].map((part) => settings.text(name(part)));
  const before = problems.length;
  const prefixLength = prefixLengthOf(mask ?? "") ?? 0;
  if (address === undefined || !isIpv4(address)) problems.push(`${name("ip")}: a static address needs an IPv4 address`);
  if (prefixLength < 1 || prefixLength > 30)
    problems.push(`${name("mask")}: ${mask || "nothing"} is no mask of a network, like 255.255.255.0`);
  if (problems.length > before || address === undefined) return undefined;
  const size = 2 ** (32 - prefixLength);
  const host = ipv4Number(address) % size;
  if (host === 0 || host === size - 1 || /^(0|127|22[4-9]|2[3-5]\d)\./.test(address))
    problems.push(`${name("ip")}: ${address} with mask ${mask} is no address of one device`);
  if (gateway !== undefined && gateway !== "") {
    const same = isIpv4(gateway) && Math.floor(ipv4Number(gateway) / size) === Math.floor(ipv4Number(address) / size);
    if (!same || gateway === address)
      problems.push(`${name("gateway")}: ${gateway} is not another device of the network of ${address}, mask ${mask}`);
  }
  if (problems.length > before) return undefined;
  return { type: "static", address, prefixLength, gateway: gateway ?? "", dns: { servers } };
}

function vlanOf(settings: NetworkSettings, problems: string[]): VlanWanted {
  const name = "network.vlan.dhcp_option";
  const dhcpOptions: number[] = [];
  for (const text of settings.text(name).split(",")) {
    const code = Number(text.trim());
    if (text.trim() === "") continue;
    if (Number.isInteger(code) && code >= 128 && code <= 254 && dhcpOptions.length < 5) dhcpOptions.push(code);
    else problems.push(`${name}: ${text.trim()} is left out: at most five options of 128 to 254 tell a VLAN`);
  }
  const manual = {
    id: Number(settings.text("network.vlan.internet_port_vid")),
    priority: settings.number("network.vlan.internet_port_priority"),
  };
  return {
    manual: settings.flag("network.vlan.internet_port_enable") ? manual : undefined,
    dhcpOptions: settings.flag("network.vlan.dhcp_enable") ? dhcpOptions : [],
    fallBack: settings.flag("network.vlan.vlan_change.enable"),
  };
}

function markingOf(settings: NetworkSettings, accounts: number): MarkingWanted {
  const signal = new Set([settings.number("sip.listen_port"), settings.number("sip.tls_listen_port"), 5060, 5061]);
  for (let account = 1; account <= accounts; account++) {
    if (!settings.flag(`account.${account}.enable`)) continue;
    for (const name of ["sip_listen_port", "sip_server.1.port", "sip_server.2.port", "outbound_proxy.1.port"]) {
      const port = settings.optionalNumber(`account.${account}.${name}`);
      if (port !== undefined && port > 0) signal.add(port);
    }
  }
  const { portMin, portMax } = rtpPortRange(settings);
  return {
    signalDscp: settings.number("network.qos.signaltos"),
    audioDscp: settings.number("network.qos.audiotos"),
    signalPorts: [...signal].sort((a, b) => a - b),
    audioPortMin: portMin,
    audioPortMax: portMax,
  };
}

function patienceOf(settings: NetworkSettings, problems: string[]): number {
  const text = settings.text("network.attempt_expired_time");
  const seconds = Number(text);
  if (text === "") return patienceSeconds;
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  problems.push(
    `network.attempt_expired_time: ${text} is no number of seconds of 1 to 86400; ${patienceSeconds} are used`,
  );
  return patienceSeconds;
}
