/** Makes a request out of dialogs one for a certain server of the account: what it says of host and way (RFC 3261 §8.1.1). Pure. */
import { NameAddress } from "./address.ts";
import type { SipRequest } from "./message.ts";
import { SipUri } from "./uri.ts";

/** What a request says of a server. */
export interface ServerNames {
  /** host[:port] as in URIs. */
  readonly domain: string;
  /** Our address of record there. */
  readonly aor: string;
}

/**
 * Changes host in Request-URI, To and From from any of the account's servers to `to`, and puts `route` in front where
 * the request has no way of its own.
 */
export function addressTo(
  request: SipRequest,
  to: ServerNames,
  all: readonly ServerNames[],
  route: readonly string[],
): void {
  if (route.length > 0 && request.values("Route").length === 0) request.setHeader("Route", ...route);
  const others = all.filter((server) => server.domain !== to.domain);
  if (others.length === 0) return;
  const domains = others.map((server) => server.domain.toLowerCase());
  const own = all.map((server) => server.aor);
  request.uri = moved(request.uri, domains, to.domain);
  for (const name of ["From", "To"] as const) {
    const address = NameAddress.parse(request.header(name) ?? "");
    if (address === undefined) continue;
    const uri = own.includes(address.uri) ? to.aor : moved(address.uri, domains, to.domain);
    if (uri !== address.uri)
      request.setHeader(name, NameAddress.of(uri, address.displayName, address.params).toString());
  }
}

/** host[:port] of a URI, in lower case. */
export function domainOf(uri: string): string {
  const parsed = SipUri.parse(uri);
  if (parsed === undefined) return "";
  const host = parsed.host.includes(":") ? `[${parsed.host}]` : parsed.host;
  return `${host}${parsed.port === undefined ? "" : `:${parsed.port}`}`.toLowerCase();
}

function moved(uri: string, from: readonly string[], to: string): string {
  if (!from.includes(domainOf(uri))) return uri;
  // The host stands behind the user part, or behind the scheme where there is none.
  const at = uri.lastIndexOf("@");
  const start = at >= 0 ? at + 1 : uri.indexOf(":") + 1;
  const end = /[;?]/.exec(uri.slice(start))?.index;
  return uri.slice(0, start) + to + (end === undefined ? "" : uri.slice(start + end));
}
