/** What went wrong with TLS, as a sentence for people: whose certificate is refused and why (feature rows SEC-01 to SEC-04). */
import type { X509Certificate } from "node:crypto";
import type { Endpoint } from "../base/network.ts";
import { NetworkError, networkError } from "./error.ts";
import { printable } from "./tls-identity.ts";

/** What the other side, or OpenSSL here, says by its code. */
const reasons: Readonly<Record<string, readonly ["certificate" | "tls", string]>> = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: ["certificate", "it wants a certificate of this phone"],
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: ["certificate", "it does not trust the issuer of this phone's certificate"],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: ["certificate", "it refuses this phone's certificate"],
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: ["certificate", "it does not support this phone's certificate"],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: ["certificate", "it says that this phone's certificate is revoked"],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: ["certificate", "it says that this phone's certificate has expired"],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: ["certificate", "it refuses this phone's certificate"],
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: ["certificate", "it gives this phone's certificate no access"],
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: ["certificate", "it cannot verify this phone's certificate"],
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: [
    "tls",
    "it refuses the handshake: no common cipher, or it wants another certificate of this phone",
  ],
  ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY: ["tls", "it wants stronger ciphers"],
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: ["tls", "it speaks no version of TLS that this phone accepts"],
  ERR_SSL_UNSUPPORTED_PROTOCOL: ["tls", "it speaks only versions of TLS that this phone refuses"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["tls", "it does not speak TLS there"],
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: ["tls", "it does not know the name that it was asked for"],
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: ["tls", "it does not know the name that it was asked for"],
  ERR_SSL_NO_SHARED_CIPHER: ["tls", "no common cipher"],
  ERR_SSL_DH_KEY_TOO_SMALL: ["tls", "its key exchange is too weak"],
  ERR_SSL_EE_KEY_TOO_SMALL: ["certificate", "the key of its certificate is too short"],
  ERR_SSL_CA_MD_TOO_WEAK: ["certificate", "its certificate is signed by a method too weak"],
  ERR_SSL_HTTP_REQUEST: ["tls", "it sent HTTP instead of TLS"],
  ERR_TLS_HANDSHAKE_TIMEOUT: ["tls", "it did not end its handshake in time"],
};

/** Codes of OpenSSL for a chain that leads to nobody we trust. */
const untrusted: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
]);

/** @param what as for `networkError`: "connect to tls 192.0.2.1:5061" */
export function tlsError(what: string, at: Endpoint, cause: unknown): NetworkError {
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const known = reasons[code];
  if (known !== undefined) return new NetworkError(known[0], `cannot ${what}: ${known[1]}`, { cause });
  // Node has no code for a peer that closes in the middle of the handshake.
  if (code === "ECONNRESET" && cause instanceof Error && /before secure TLS/.test(cause.message))
    return new NetworkError("tls", `cannot ${what}: it closed the connection during the handshake`, { cause });
  if (code.startsWith("ERR_SSL_")) {
    const words = code.slice("ERR_SSL_".length).replaceAll("_", " ").toLowerCase();
    return new NetworkError("tls", `cannot ${what}: TLS failed (${words})`, { cause });
  }
  return networkError(what, at, cause);
}

/** Why OpenSSL does not accept a certificate; `code` is its verification error. Completes "the certificate of X ...". */
export function refusalText(code: string, certificate: X509Certificate, nowEpochMs: number): string {
  if (code === "CERT_HAS_EXPIRED") {
    const end = momentOf(certificate.validTo);
    // A code for the whole chain: it may be the issuer's own that is over.
    return end.epochMs < nowEpochMs ? `expired on ${end.day}` : "was issued by one that has expired";
  }
  if (code === "CERT_NOT_YET_VALID") {
    const { day } = momentOf(certificate.validFrom);
    return `is not valid before ${day}; is the phone's clock right?`;
  }
  if (code === "DEPTH_ZERO_SELF_SIGNED_CERT") return "is signed by itself and not among those that are trusted";
  if (code === "SELF_SIGNED_CERT_IN_CHAIN")
    return `was issued by an authority that is not trusted${issuerOf(certificate)}`;
  if (untrusted.has(code)) return `was issued by nobody who is trusted${issuerOf(certificate)}`;
  if (code === "CERT_REVOKED") return "is revoked";
  if (code === "INVALID_PURPOSE") return "was not made for this purpose";
  if (code === "CERT_SIGNATURE_FAILURE") return "has a false signature";
  return `cannot be verified (${code.replaceAll("_", " ").toLowerCase()})`;
}

function issuerOf(certificate: X509Certificate): string {
  const name = /^(?:CN|O)=(.+)$/m.exec(certificate.issuer)?.[1];
  return name === undefined ? "" : ` (${printable(name)})`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** OpenSSL writes "Nov  2 18:00:00 2026 GMT". */
function momentOf(text: string): { readonly day: string; readonly epochMs: number } {
  const parts = /^(\w{3}) +(\d+) (\d\d):(\d\d):(\d\d) (\d+) GMT$/.exec(text);
  if (parts === null) return { day: printable(text), epochMs: Number.POSITIVE_INFINITY };
  const [day = 0, hours = 0, minutes = 0, seconds = 0, year = 0] = parts.slice(2).map(Number);
  const month = months.indexOf(parts[1] ?? "");
  const two = (number: number) => String(number).padStart(2, "0");
  const dayNumber = daysSince1970(year, month + 1, day);
  const epochMs = (((dayNumber * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  return { day: `${year}-${two(month + 1)}-${two(day)}`, epochMs };
}

/** Of the Gregorian calendar; years begin in March, so that the leap day is the last of one. */
function daysSince1970(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const inYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) + inYear - 719_468;
}
