/** What Debian's dhclient is told (dhclient.conf) and what it says through its script: the lease (RFC 2131, 2132). Pure; starts nothing. */

import { isIpv4, prefixLengthOf } from "../../ipv4.ts";

/** The script that dhclient runs at each event: it only tells, on the output that it inherits. */
export const leaseScript = "#!/bin/sh\necho offhook-begin\nenv\necho offhook-end\n";

/** Options that are not of RFC 2132 and may tell a VLAN come as bytes, whatever the server means by them. */
function optionName(code: number): string {
  return `offhook-${code}`;
}

/** Names that dhclient has for options that are asked for (feature row NET-01). */
const asked = [
  "subnet-mask",
  "time-offset",
  "routers",
  "time-servers",
  "domain-name-servers",
  "log-servers",
  "host-name",
  "domain-name",
  "broadcast-address",
  "ntp-servers",
  "vendor-encapsulated-options",
  "tftp-server-name",
  "bootfile-name",
];

export interface DhclientWanted {
  readonly hostName: string;
  readonly vendorClass: string;
  /** VLAN options, 128 to 254: those below have a meaning of their own. */
  readonly vlanOptions: readonly number[];
}

export function dhclientConf({ hostName, vendorClass, vlanOptions }: DhclientWanted): string {
  const own = [...new Set(vlanOptions)].filter((code) => code >= 128 && code <= 254);
  const lines = own.map((code) => `option ${optionName(code)} code ${code} = array of unsigned integer 8;`);
  if (hostName !== "") lines.push(`send host-name ${quoted(hostName)};`);
  if (vendorClass !== "") lines.push(`send vendor-class-identifier ${quoted(vendorClass)};`);
  const names = [...new Set([...asked, ...own.map(optionName)])];
  // It asks again soon after silence and never for good: a switch may take half a minute to let us through.
  lines.push(`request ${names.join(", ")};`, "timeout 30;", "retry 5;", "initial-interval 1;", "backoff-cutoff 8;", "");
  return lines.join("\n");
}

function quoted(text: string): string {
  // What dhclient.conf could take for its own syntax does not belong into a host name or vendor class either.
  return `"${text.replace(/[^\x20-\x7e]|["\\]/g, "")}"`;
}

export interface Lease {
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly dns: readonly string[];
  readonly server: string;
  /** Bytes of the VLAN options by code. */
  readonly vlanOptions: ReadonlyMap<number, readonly number[]>;
  /** The rest, as dhclient writes it, by its name for it. */
  readonly options: Readonly<Record<string, string>>;
}

export type LeaseEvent =
  | { readonly type: "lease"; readonly lease: Lease }
  /** The lease ran out or was taken back. */
  | { readonly type: "gone"; readonly reason: string }
  | { readonly type: "other"; readonly reason: string };

/** Cuts the script's output into events; pieces of a block may come apart. */
export class LeaseReader {
  #text = "";

  push(bytes: Uint8Array): readonly LeaseEvent[] {
    this.#text = (this.#text + new TextDecoder("latin1").decode(bytes)).slice(-65_536);
    const events: LeaseEvent[] = [];
    for (;;) {
      const end = this.#text.indexOf("\noffhook-end\n");
      if (end < 0) return events;
      const begin = this.#text.lastIndexOf("offhook-begin\n", end);
      const block = this.#text.slice(begin < 0 ? end : begin, end);
      this.#text = this.#text.slice(end + 13);
      events.push(eventOf(block));
    }
  }
}

function eventOf(block: string): LeaseEvent {
  const values = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) values.set(line.slice(0, at), line.slice(at + 1));
  }
  const reason = values.get("reason") ?? "";
  if (["EXPIRE", "FAIL", "RELEASE", "STOP"].includes(reason)) return { type: "gone", reason };
  if (!["BOUND", "RENEW", "REBIND", "REBOOT", "TIMEOUT"].includes(reason)) return { type: "other", reason };
  const lease = leaseOf(values);
  return lease === undefined ? { type: "gone", reason: `${reason} without an address` } : { type: "lease", lease };
}

function leaseOf(values: ReadonlyMap<string, string>): Lease | undefined {
  const value = (name: string) => values.get(`new_${name}`) ?? "";
  const numeric = (name: string) => value(name).split(" ").filter(isIpv4);
  const [address] = numeric("ip_address");
  if (address === undefined) return undefined;
  const vlanOptions = new Map<number, readonly number[]>();
  const options: Record<string, string> = {};
  for (const [name, text] of values) {
    const code = /^new_offhook_(\d+)$/.exec(name)?.[1];
    const known = /^new_(?!offhook_)([a-z_]+)$/.exec(name)?.[1];
    if (code !== undefined) vlanOptions.set(Number(code), text.split(/[ ,]+/).map(Number).filter(isByte));
    else if (known !== undefined) options[known.replaceAll("_", "-")] = text;
  }
  return {
    address,
    // A server that tells no mask means the whole class; the network that is next to us is all that is safe.
    prefixLength: prefixLengthOf(value("subnet_mask")) ?? 24,
    gateway: numeric("routers")[0] ?? "",
    dns: numeric("domain_name_servers").slice(0, 3),
    server: numeric("dhcp_server_identifier")[0] ?? "",
    vlanOptions,
    options,
  };
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255;
}
