/** Names of SIP header fields: case, compact forms (RFC 3261 §7.3.3 and the IANA list), and which of them are comma lists. */

import { isToken } from "./syntax.ts";

const compactForms: Readonly<Record<string, string>> = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  d: "Request-Disposition",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  n: "Identity-Info",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
  y: "Identity",
};

const frequent = [
  ..."Accept Accept-Encoding Accept-Language Alert-Info Allow Authorization Authentication-Info Call-Info Content-Disposition".split(
    " ",
  ),
  ..."Content-Language CSeq Date Diversion Error-Info Expires History-Info In-Reply-To Max-Forwards MIME-Version".split(
    " ",
  ),
  ..."Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity P-Called-Party-ID P-Preferred-Identity".split(
    " ",
  ),
  ..."Path Priority Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason Record-Route Remote-Party-ID".split(
    " ",
  ),
  ..."Replaces Reply-To Require Retry-After Route RSeq Server Service-Route Session-ID SIP-ETag SIP-If-Match".split(
    " ",
  ),
  ..."Subscription-State Timestamp Unsupported User-Agent Warning WWW-Authenticate".split(" "),
];

/** Spellings seen on the wire to the key that stands for the field: its long name in lower case. */
const keys = new Map<string, string>();
const compactOfKey = new Map<string, string>();
for (const name of [...frequent, ...Object.values(compactForms)]) {
  keys.set(name, name.toLowerCase());
  keys.set(name.toLowerCase(), name.toLowerCase());
}
for (const [short, name] of Object.entries(compactForms)) {
  keys.set(short, name.toLowerCase());
  keys.set(short.toUpperCase(), name.toLowerCase());
  compactOfKey.set(name.toLowerCase(), short);
}

/** The key of a name in any case, long or compact. Of names that are no token, undefined. */
export function parseHeaderName(name: string): string | undefined {
  const key = keys.get(name);
  if (key !== undefined) return key;
  return isToken(name) ? headerKey(name) : undefined;
}

/** The key of a name that is known to be one. */
export function headerKey(name: string): string {
  const key = keys.get(name);
  if (key !== undefined) return key;
  const lower = name.toLowerCase();
  return keys.get(lower) ?? lower;
}

/** The one-letter form of a name in any form, or the name itself where there is none. */
export function compactHeaderName(key: string, name: string): string {
  return compactOfKey.get(key) ?? name;
}

/** Their values contain commas that separate no members, or have a single value by definition. */
const unsplit = new Set([
  ..."authentication-info authorization call-id content-disposition content-length content-type cseq date event expires".split(
    " ",
  ),
  ..."from max-forwards mime-version min-expires min-se organization priority proxy-authenticate proxy-authorization".split(
    " ",
  ),
  ..."rack refer-to referred-by replaces reply-to retry-after rseq server session-expires session-id sip-etag".split(
    " ",
  ),
  ..."sip-if-match subject subscription-state timestamp to user-agent www-authenticate".split(" "),
]);

export function isList(key: string): boolean {
  return !unsplit.has(key);
}
