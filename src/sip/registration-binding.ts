/** Our binding in what a registrar answers: RFC 3261 §10.2.4 and §19.1.4. It asks for nothing. */
import type { Endpoint } from "../base/network.ts";
import type { SipResponse } from "./message.ts";
import { parseNumber } from "./syntax.ts";
import type { TransportAddress } from "./transport-address.ts";
import { SipUri } from "./uri.ts";

/** §19.1.4; a Contact that cannot be parsed is compared as text. */
export function sameUri(a: string, b: string): boolean {
  if (a === b) return true;
  const left = SipUri.parse(a);
  const right = SipUri.parse(b);
  return left !== undefined && right !== undefined && left.equals(right);
}

/** What the registrar grants to our own contact, s: its parameter before the header (§10.2.4); 0 when it is not listed. */
export function grantedSeconds(response: SipResponse, contact: string, askedSeconds: number): number {
  const ours = response.contacts.filter((one) => sameUri(one.uri, contact));
  if (ours.length === 0) return 0;
  const header = response.expires ?? askedSeconds;
  return Math.max(...ours.map((one) => parseNumber(one.params.get("expires") ?? "", 2 ** 32 - 1) ?? header));
}

/** Our globally routable URI (RFC 5627 §4.2), "" where the registrar gave none. */
export function publicGruuOf(response: SipResponse, contact: string): string {
  const ours = response.contacts.find((one) => sameUri(one.uri, contact));
  return (ours?.params.get("pub-gruu") ?? "").replace(/^"|"$/g, "");
}

/** Where a server that we asked by UDP sees us, by `received` and `rport` (RFC 3581 §4); undefined where it does not say. */
export function seenIn(response: SipResponse, local: TransportAddress): Endpoint | undefined {
  const { via } = response;
  if (local.transport !== "udp" || via === undefined || typeof via.rport !== "number") return undefined;
  return { address: via.received ?? local.address, port: via.rport };
}

/** Whether the server answers pings by its own word, and how often it wants them, s (RFC 5626 §4.2.1, §4.4). */
export function flowTimerOf(response: SipResponse): { readonly seconds: number | undefined } | undefined {
  const seconds = parseNumber(response.header("Flow-Timer") ?? "", 86_400);
  if (seconds !== undefined && seconds > 0) return { seconds };
  const outbound = response.values("Require").some((tag) => tag.toLowerCase() === "outbound");
  return outbound ? { seconds: undefined } : undefined;
}

/** For people; the whole text where it cannot be parsed. */
export function hostOf(uri: string): string {
  return SipUri.parse(uri)?.host ?? uri;
}
