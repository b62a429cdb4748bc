/** Names of SIP header fields: case, compact forms (RFC 3261 §7.3.3 and the IANA list), which are comma lists, which come once. */

import { isToken } from "./syntax.ts";

/** What is known of a header field. Fields that this file names have one kind each, so that kinds are told apart by identity. */
export interface HeaderKind {
  /** The long name in lower case. */
  readonly key: string;
  /** The usual spelling; that of unknown fields is the one that was asked for. */
  readonly name: string;
  /** What stands before the value of a line in the usual spelling, the end of the line before it included. */
  readonly lead: string;
  /** One letter, where there is such a form. */
  readonly compact: string | undefined;
  /** Commas separate members. */
  readonly list: boolean;
  /** A message has at most one such line; each such kind has a slot. */
  readonly single: boolean;
  /** Named in this file. */
  readonly known: boolean;
  /** 0 to `slotCount` - 1 for those that every message is asked for, else -1. */
  readonly slot: number;
}

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

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const lists = words(`
  Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Call-Info Contact
  Content-Encoding Content-Language Diversion Error-Info History-Info In-Reply-To P-Asserted-Identity
  P-Preferred-Identity Path Privacy Proxy-Require Reason Record-Route Reject-Contact Remote-Party-ID
  Request-Disposition Require Route Service-Route Supported Unsupported Via Warning`);

/** Their values contain commas that separate no members, or have a single value by definition. */
const unsplit = words(`
  Authentication-Info Authorization Content-Disposition Event Identity Identity-Info MIME-Version Min-SE Organization
  P-Access-Network-Info P-Called-Party-ID Priority Proxy-Authenticate Proxy-Authentication-Info Proxy-Authorization RAck Refer-To Referred-By
  Replaces Reply-To Retry-After RSeq Server Session-Expires Session-ID SIP-ETag SIP-If-Match Subject
  Subscription-State Timestamp User-Agent WWW-Authenticate`);

/** Of these, a second line makes the message malformed (RFC 4475 §3.3.8). */
const singles = words("Call-ID Content-Length Content-Type CSeq Date Expires From Max-Forwards Min-Expires To");

/** What is looked up so often that its place in a message is kept (see `header` below). */
const slotted = words(`
  Via From To Call-ID CSeq Contact Content-Length Content-Type Max-Forwards Expires Date Route Record-Route Timestamp
  Min-Expires`);
export const slotCount = slotted.length;

/** Spellings seen on the wire. */
const kinds = new Map<string, HeaderKind>();

function register(name: string, list: boolean, single: boolean): void {
  const key = name.toLowerCase();
  const compact = Object.entries(compactForms).find(([, long]) => long === name)?.[0];
  const slot = slotted.indexOf(name);
  const kind: HeaderKind = { key, name, lead: `\r\n${name}: `, compact, list, single, known: true, slot };
  for (const spelling of [name, key]) kinds.set(spelling, kind);
  if (compact !== undefined) for (const spelling of [compact, compact.toUpperCase()]) kinds.set(spelling, kind);
}
for (const name of lists) register(name, true, false);
for (const name of unsplit) register(name, false, false);
for (const name of singles) register(name, false, true);

/** The kind of a name that is known to be one, in any case, long or compact. Unknown headers may be lists. */
export function kindOf(name: string): HeaderKind {
  const known = kinds.get(name);
  if (known !== undefined) return known;
  const key = name.toLowerCase();
  const lead = `\r\n${name}: `;
  return kinds.get(key) ?? { key, name, lead, compact: undefined, list: true, single: false, known: false, slot: -1 };
}

/** The kind of a name from the wire; undefined where it is no token. */
export function parseHeaderName(name: string): HeaderKind | undefined {
  return kinds.get(name) ?? (isToken(name) ? kindOf(name) : undefined);
}

export function sameKind(a: HeaderKind, b: HeaderKind): boolean {
  return a === b || (!a.known && !b.known && a.key === b.key);
}

/** A frequent spelling, and what it names. */
export interface KnownName {
  readonly name: string;
  /** The characters of the name: compared with a text faster than the name itself. */
  readonly codes: Uint8Array;
  readonly kind: HeaderKind;
}

/** In most messages; looked for first. */
const frequent = words(`
  Via From To Call-ID CSeq Contact Content-Length Content-Type Max-Forwards Record-Route Route Allow Supported
  User-Agent Server Expires Authorization Require Proxy-Authorization Event P-Asserted-Identity`);

/** By first character: a message has some twenty lines, and here most of them are told apart. */
const knownByFirst: KnownName[][] = Array.from({ length: 128 }, () => []);
for (const name of new Set([...frequent, ...Object.keys(compactForms), ...lists, ...singles, ...unsplit]))
  knownByFirst[name.charCodeAt(0)]?.push({ name, codes: Buffer.from(name, "latin1"), kind: kindOf(name) });

/** The header whose name, in its usual spelling, stands at `start` with a colon right behind it. */
export function knownNameAt(text: string, start: number): KnownName | undefined {
  const candidates = knownByFirst[text.charCodeAt(start)];
  if (candidates === undefined) return undefined;
  for (let n = 0; n < candidates.length; n++) {
    const candidate = candidates[n];
    if (candidate !== undefined && standsAt(text, start, candidate.codes)) return candidate;
  }
  return undefined;
}

/** The first character is the same already. */
function standsAt(text: string, start: number, codes: Uint8Array): boolean {
  const { length } = codes;
  if (text.charCodeAt(start + length) !== 0x3a) return false;
  for (let i = length - 1; i > 0; i--) if (text.charCodeAt(start + i) !== codes[i]) return false;
  return true;
}

/** The kinds that this folder asks for by name. */
export const header = {
  callId: kindOf("Call-ID"),
  contact: kindOf("Contact"),
  contentLength: kindOf("Content-Length"),
  contentType: kindOf("Content-Type"),
  cseq: kindOf("CSeq"),
  date: kindOf("Date"),
  expires: kindOf("Expires"),
  from: kindOf("From"),
  maxForwards: kindOf("Max-Forwards"),
  recordRoute: kindOf("Record-Route"),
  route: kindOf("Route"),
  timestamp: kindOf("Timestamp"),
  to: kindOf("To"),
  via: kindOf("Via"),
} as const;
