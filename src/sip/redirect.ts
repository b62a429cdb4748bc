/** Where a redirected request goes next: RFC 3261 §8.1.3.4 and §20.10 (q); pure, it sends nothing. */

import type { SipResponse } from "./message.ts";
import { SipUri } from "./uri.ts";

/** How many redirections one request follows. */
export const mostRedirections = 5;

interface Target {
  readonly uri: SipUri;
  /** 0 to 1000. */
  readonly quality: number;
}

/** The target set of one request: what was tried, and what is left to try, best first. */
export interface RedirectState {
  readonly tried: readonly SipUri[];
  readonly left: readonly Target[];
}

export function beginRedirects(first: string): RedirectState {
  const uri = SipUri.parse(first);
  return { tried: uri === undefined ? [] : [uri], left: [] };
}

/** Adds the contacts of a 3xx. A URI that was tried, or is waiting, is not taken again: that is how loops end. */
export function addContacts(state: RedirectState, response: SipResponse): RedirectState {
  const left = [...state.left];
  for (const contact of response.contacts) {
    const parsed = contact.parsedUri;
    // We place calls to SIP URIs; whoever wants tel or mailto followed has a person do it.
    if (parsed === undefined || (parsed.scheme !== "sip" && parsed.scheme !== "sips")) continue;
    const method = parsed.params.get("method");
    if (method !== undefined && method.toUpperCase() !== "INVITE") continue;
    const uri = SipUri.parse(parsed.requestUri);
    if (uri === undefined) continue;
    if (state.tried.some((t) => t.equals(uri)) || left.some((t) => t.uri.equals(uri))) continue;
    left.push({ uri, quality: qualityOf(contact.params.get("q")) });
  }
  // Stable: contacts of equal q keep the order of the server.
  return { tried: state.tried, left: left.sort((a, b) => b.quality - a.quality) };
}

/** Undefined when nothing is left, or the limit is reached. */
export function nextTarget(state: RedirectState): [uri: string, state: RedirectState] | undefined {
  const [best, ...left] = state.left;
  if (best === undefined || state.tried.length > mostRedirections) return undefined;
  return [best.uri.text, { tried: [...state.tried, best.uri], left }];
}

/** Absent counts as 1, as most servers mean it; a malformed one as the least. */
function qualityOf(q: string | undefined): number {
  if (q === undefined) return 1000;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Math.round(Number(q) * 1000) : 0;
}
