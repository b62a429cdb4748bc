/** From a URI to the addresses to try, in order: numeric hosts, host names by A and AAAA (RFC 3263 §4 without NAPTR and SRV, which need another resolver behind the same function). */
import { PhoneError, reasonOf } from "../base/error.ts";
import type { Resolver } from "../base/network.ts";
import { NameAddress } from "./address.ts";
import type { SipRequest } from "./message.ts";
import type { TransportAddress } from "./transport-address.ts";
import { defaultPort, isNumericHost } from "./transport-via.ts";
import { SipUri, type TransportName } from "./uri.ts";

export class LocationError extends PhoneError {
  readonly code: "no-address" | "not-supported" | "malformed";
  constructor(code: LocationError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export class Locator {
  readonly #resolver: Resolver;

  constructor(services: { readonly resolver: Resolver }) {
    this.#resolver = services.resolver;
  }

  /**
   * Never empty. `preferred` counts where the URI names no transport itself. Rejects with a message that names the
   * host, or the URI where it has none.
   */
  async locate(uri: SipUri | string, preferred: TransportName = "udp"): Promise<readonly TransportAddress[]> {
    const parsed = typeof uri === "string" ? SipUri.parse(uri) : uri;
    if (parsed === undefined) throw new LocationError("malformed", `"${uri}" is no URI`);
    if (parsed.scheme !== "sip" && parsed.scheme !== "sips")
      throw new LocationError("malformed", `${parsed.text} names no host to send to`);
    const transport = transportOf(parsed, preferred);
    const host = hostOf(parsed);
    const port = parsed.port === undefined || parsed.port === 0 ? defaultPort(transport) : parsed.port;
    const addresses = isNumericHost(host) ? [host] : await this.#addressesOf(host);
    return addresses.map((address) => ({ transport, address, port }));
  }

  async #addressesOf(host: string): Promise<readonly string[]> {
    let addresses: readonly string[];
    try {
      addresses = await this.#resolver.addresses(host);
    } catch (error) {
      throw new LocationError("no-address", `no address for host ${host}: ${reasonOf(error)}`, { cause: error });
    }
    if (addresses.length === 0) throw new LocationError("no-address", `host ${host} has no address`);
    return addresses;
  }
}

/**
 * The URI that decides where a request goes (RFC 3261 §8.1.2): the first Route where it is a loose router, else the
 * Request-URI, into which a strict router has been put already.
 */
export function nextHopOf(request: SipRequest): string {
  const first = request.values("Route")[0];
  const route = first === undefined ? undefined : NameAddress.parse(first);
  return route?.parsedUri?.isLooseRouter === true ? route.uri : request.uri;
}

function transportOf(uri: SipUri, preferred: TransportName): TransportName {
  const named = uri.params.get("transport")?.toLowerCase();
  if (named !== undefined && uri.transport === undefined)
    throw new LocationError("not-supported", `cannot reach ${uri.host}: transport ${named} is not supported`);
  return uri.transport ?? preferred;
}

/** `maddr` takes the place of the host (§19.1.1). */
function hostOf(uri: SipUri): string {
  const maddr = uri.params.get("maddr");
  if (maddr === undefined || maddr === "") return uri.host;
  return maddr.startsWith("[") ? maddr.slice(1, -1) : maddr;
}
