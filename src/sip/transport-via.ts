/** What the transport layer does with the topmost Via: RFC 3261 §18.1.1, §18.2.1, §18.2.2 and rport of RFC 3581. Pure; sends nothing. */
import type { Endpoint } from "../base/network.ts";
import { NameAddress } from "./address.ts";
import type { SipRequest } from "./message.ts";
import type { Source, TransportAddress } from "./transport-address.ts";
import { hostText, type TransportName } from "./uri.ts";
import type { Via } from "./via.ts";

export function defaultPort(transport: TransportName): number {
  return transport === "tls" ? 5061 : 5060;
}

/** The Via of a request of ours. It replaces any other: a user agent passes on nobody's requests. */
export function stampVia(request: SipRequest, transport: TransportName, sentBy: Endpoint, branch: string): void {
  // RFC 3581 §3: only over UDP does the port that the server sees tell anything.
  const rport = transport === "udp" && request.manner?.rport !== false ? ";rport" : "";
  const name = transport === "udp" ? "UDP" : transport === "tcp" ? "TCP" : "TLS";
  const via = `SIP/2.0/${name} ${hostText(sentBy.address)}:${sentBy.port}${rport};branch=${branch}`;
  if (request.fields.lines("via") === 0) request.prependHeader("Via", via);
  else request.setHeader("Via", via);
}

/**
 * Writes `received` and `rport` where the client does not know how we see it (§18.2.1, RFC 3581 §4). What the client
 * wrote there itself is overwritten: it would lead our response to somebody else.
 */
export function markReceived(request: SipRequest, via: Via, source: Source): void {
  const mapped = via.rport !== undefined;
  if (!mapped && via.received === undefined && via.host === source.address) return;
  via.received = source.address;
  if (mapped) via.rport = source.port;
  const text = via.toString();
  request.removeFirst("Via").prependHeader("Via", text);
}

/**
 * Where the response to a request goes that came from `source` (§18.2.2, RFC 3581 §4). Deviates from §18.2.2 in passing
 * over `maddr`: it answers requests that were sent to a group, we listen to no group, and a stranger could otherwise
 * have us send to whom he likes.
 */
export function responseTarget(via: Via, source: Source): TransportAddress {
  const { transport } = source;
  if (transport === "udp") {
    if (via.rport !== undefined) return source;
    const port = via.port ?? defaultPort(transport);
    return port === source.port ? source : { transport, address: source.address, port };
  }
  // Only asked where the connection that the request came by is gone.
  return { transport, address: source.address, port: via.port ?? defaultPort(transport) };
}

/**
 * Who a server has to show that it is: the host of the URI that decides where the request goes (RFC 5922 §4, RFC 3261
 * §8.1.2), as it stood before DNS was asked.
 */
export function nameOfNextHop(request: SipRequest): string {
  const first = request.values("Route")[0];
  const route = first === undefined ? undefined : NameAddress.parse(first)?.parsedUri;
  const uri = route?.isLooseRouter === true ? route : request.requestUri;
  return uri?.host ?? "";
}

/** Whether it is an address rather than a name; brackets are off already. */
export function isNumericHost(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
