/** Which address of the machine the phone is at: that of the default route, or the one that faces its server (feature row NET-24, `sip.listen_in_peer_localip.enable`). */
import type { Clock } from "../../hal/clock.ts";
import { PhoneError, reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Resolver } from "../base/network.ts";
import { systemNetwork, systemRandom } from "../net/network.ts";
import type { Settings } from "../phone/ports.ts";
import { openNameLookup } from "./name-lookup.ts";
import { defaultAddress } from "./sip-stack.ts";

export interface AddressParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  /** How many the model has. */
  readonly accounts: number;
  /** How an account looks up names; the phone's own way unless told. */
  readonly resolverFor?: (account: number) => Resolver;
}

/** Numeric. With several accounts the first that is on and has a server counts. */
export async function phoneAddress(parts: AddressParts): Promise<string> {
  const { settings, log } = parts;
  const hosts = settings.flag("sip.listen_in_peer_localip.enable") ? serverHosts(parts) : [];
  for (const { account, host } of hosts)
    try {
      const [server] = await addressesOf(parts, account, host);
      if (server !== undefined) return await systemNetwork.localAddressFor(server);
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error;
      log.warn({ account }, `account ${account}: no address faces ${host}: ${reasonOf(error)}`);
    }
  return defaultAddress(settings.number("network.ip_address_mode") === 1);
}

/** The first hop of each account: its outbound proxy where it has one. */
function serverHosts({ settings, accounts }: AddressParts): { account: number; host: string }[] {
  const found: { account: number; host: string }[] = [];
  for (let account = 1; account <= accounts; account++) {
    if (!settings.flag(`account.${account}.enable`)) continue;
    const proxy = settings.flag(`account.${account}.outbound_proxy_enable`)
      ? settings.text(`account.${account}.outbound_proxy.1.address`)
      : "";
    const host = proxy || settings.text(`account.${account}.sip_server.1.address`);
    if (host !== "") found.push({ account, host: host.replace(/^\[|\]$/g, "") });
  }
  return found;
}

function addressesOf(parts: AddressParts, account: number, host: string): Promise<readonly string[]> {
  if (/^[\d.]+$/.test(host) || host.includes(":")) return Promise.resolve([host]);
  const { clock, log, settings } = parts;
  const resolverFor =
    parts.resolverFor ??
    openNameLookup({ network: systemNetwork, clock, log, random: systemRandom }, settings).forAccount;
  return resolverFor(account).addresses(host);
}
