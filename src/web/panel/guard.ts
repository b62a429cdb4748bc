/**
 * Keeps web pages from elsewhere off the panel: the Host header against DNS rebinding, the Origin header (RFC 6454 §7)
 * against requests that a foreign page makes. It is no authentication: the panel listens on loopback.
 */
import { isIP } from "node:net";

/** Why a request is refused, or undefined when it may pass. `host` is the name that the panel was bound to. */
export function refusal(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  host: string,
): string | undefined {
  const { host: asked, origin } = headers;
  if (asked === undefined) return "the request has no Host header";
  const name = hostName(`http://${asked}`);
  // A rebound name resolves to us but is a name; addresses cannot be rebound.
  if (name === undefined || !(isIP(name) !== 0 || name === "localhost" || name === host.toLowerCase()))
    return `the panel is not called "${asked}": use its address or localhost`;
  if (origin === undefined) return undefined;
  let from: string;
  try {
    from = new URL(origin).host;
  } catch {
    return `requests from a page of origin "${origin}" are refused`;
  }
  return from === asked.toLowerCase() ? undefined : `requests from a page of origin "${origin}" are refused`;
}

function hostName(url: string): string | undefined {
  try {
    const { hostname, username, pathname } = new URL(url);
    if (username !== "" || pathname !== "/") return undefined;
    return hostname.replace(/^\[|\]$/g, "");
  } catch {
    return undefined;
  }
}
