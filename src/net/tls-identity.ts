/** For whom a certificate speaks: the SIP identities of RFC 5922 §7.1 and their comparison (§7.2). Trusts nobody: whether the issuer may be believed is `tls.ts`. */
import { isIP } from "node:net";

/** What is read of a certificate; node's X509Certificate has it. */
export interface CertificateFacts {
  /** One attribute a line: "CN=sip.example". */
  readonly subject: string;
  /** "DNS:sip.example, URI:sip:sip.example, IP Address:192.0.2.1"; undefined where there is none. */
  readonly subjectAltName: string | undefined;
}

interface Names {
  readonly domains: readonly string[];
  readonly addresses: readonly string[];
}

/** Whether the certificate is one of `name`, a domain or a numeric address without brackets. */
export function speaksFor(certificate: CertificateFacts, name: string): boolean {
  const { domains, addresses } = namesOf(certificate);
  if (isIP(name) !== 0) return addresses.some((address) => sameAddress(address, name));
  const wanted = domainText(name);
  // §7.2: the whole name, no suffix, no wildcard: "*" is a label like any other here, and nobody is called so.
  return domains.some((domain) => domainText(domain) === wanted);
}

/** For people: what the certificate says it is, at most some names. */
export function identityText(certificate: CertificateFacts): string {
  const { domains, addresses } = namesOf(certificate);
  const all = [...domains, ...addresses];
  if (all.length === 0) return "nobody";
  const more = all.length > 4 ? ` and ${all.length - 4} more` : "";
  const wildcard = domains.some((domain) => domain.includes("*")) ? " (SIP allows no wildcards)" : "";
  return all.slice(0, 4).map(printable).join(", ") + more + wildcard;
}

function namesOf(certificate: CertificateFacts): Names {
  const { subjectAltName } = certificate;
  if (subjectAltName === undefined) {
    // §7.1 5.: only where there is no subjectAltName at all.
    const name = commonName(certificate.subject);
    if (name === undefined) return { domains: [], addresses: [] };
    return isIP(name) === 0 ? { domains: [name], addresses: [] } : { domains: [], addresses: [name] };
  }
  const entries = entriesOf(subjectAltName);
  const of = (kind: string) => entries.filter(([each]) => each === kind).map(([, value]) => value);
  const uris = of("URI").flatMap(sipDomain);
  // §7.1: host names count where no URI of SIP is there. Addresses are beyond that RFC: for servers that have no name.
  return { domains: uris.length > 0 ? uris : of("DNS"), addresses: of("IP Address") };
}

/** "sip:example.com" names a domain; with a user part it names a person (§7.1). */
function sipDomain(uri: string): string[] {
  const host = /^sip:([^@;?:]+)$/i.exec(uri)?.[1];
  return host === undefined ? [] : [host];
}

/** Node quotes a value that holds a comma or a quote as JSON does. */
function entriesOf(text: string): (readonly [kind: string, value: string])[] {
  return [...text.matchAll(/([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)].map(([, kind = "", value = ""]) => [
    kind.trim(),
    value.startsWith('"') ? unquoted(value) : value,
  ]);
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return "";
  }
}

function commonName(subject: string): string | undefined {
  return /^CN=(.+)$/m.exec(subject)?.[1];
}

function domainText(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

function sameAddress(a: string, b: string): boolean {
  return isIP(a) === isIP(b) && numericText(a) === numericText(b);
}

/** One spelling for each address: a URL writes IPv6 as RFC 5952 does. */
function numericText(address: string): string {
  if (isIP(address) !== 6) return address;
  const plain = address.replace(/%.*$/, "");
  return URL.canParse(`http://[${plain}]/`) ? new URL(`http://[${plain}]/`).hostname : plain;
}

/** What a stranger wrote into a certificate must not move anybody's terminal. */
export function printable(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return short.replace(/[^\x20-\x7e]/g, "?");
}
