/** Our binding in what a registrar answers: RFC 3261 §10.2.4 and §19.1.4. It asks for nothing. */
import type { SipResponse } from "./message.ts";
import { parseNumber } from "./syntax.ts";
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

/** For people; the whole text where it cannot be parsed. */
export function hostOf(uri: string): string {
  return SipUri.parse(uri)?.host ?? uri;
}
