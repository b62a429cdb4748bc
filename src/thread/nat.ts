/** Puts the NAT settings together with the sockets of SIP and the resolver. */
import type { Clock } from "../../hal/clock.ts";
import { PhoneError } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Found, Resolver, ServiceRecord } from "../base/network.ts";
import { systemNetwork, systemRandom } from "../net/network.ts";
import { Nat } from "../phone/nat.ts";
import type { Settings } from "../phone/ports.ts";
import { loadTlsSettings } from "./certificates.ts";
import type { SipStack } from "./sip-stack.ts";

export interface NatOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly sip: SipStack;
  readonly address: string;
  readonly certificates: { readonly folder: string; readonly name: string };
  /** How many accounts the model has. */
  readonly count: number;
}

/** Asks the STUN servers of the accounts from now on. */
export async function openNat(options: NatOptions): Promise<Nat> {
  const { clock, log, settings, sip, address, certificates, count } = options;
  const nat = new Nat({
    clock,
    log,
    settings,
    count,
    address,
    sockets: sip.sockets,
    furtherAddresses: await furtherAddresses(settings, address),
    resolver: {
      addresses: (host) => sip.resolverFor(1).addresses(host),
      services: (name) => servicesOf(sip.resolverFor(1), name),
    },
    chance: () => (systemRandom(1)[0] ?? 0) / 256,
    trust: () => loadTlsSettings({ ...certificates, settings, log }),
    changed: () => sip.userAgent.addressChanged(),
  });
  nat.open();
  settings.onChange.on((names) => nat.configured(names));
  return nat;
}

/** None where the resolver knows none. */
function servicesOf(resolver: Resolver, name: string): Promise<Found<ServiceRecord>> {
  return resolver.services?.(name) ?? Promise.resolve({ records: [], ttlSeconds: 0 });
}

/** Where the phone speaks both families (NET-05), its address of the other one; asking for the way sends nothing. */
export async function furtherAddresses(settings: Settings, address: string): Promise<readonly string[]> {
  if (settings.number("network.ip_address_mode") !== 2) return [];
  // Documentation addresses (RFC 5737, RFC 3849).
  const beyond = address.includes(":") ? "192.0.2.1" : "2001:db8::1";
  try {
    return [await systemNetwork.localAddressFor(beyond)];
  } catch (error) {
    if (error instanceof PhoneError) return [];
    throw error;
  }
}
