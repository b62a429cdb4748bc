/** The crypto suites that this phone has, best first, with their sizes (RFC 4568 §6.2, RFC 6188 §2, RFC 7714 §12); not how they work. */
import type { SrtpSuite } from "../media/protocol.ts";

export interface SuiteFacts {
  readonly suite: SrtpSuite;
  /** Counter mode with HMAC-SHA1 (RFC 3711 §4), or Galois/counter mode (RFC 7714). */
  readonly mode: "counter" | "gcm";
  /** Of master and session key, bytes. */
  readonly keyBytes: 16 | 24 | 32;
  /** Of master and session salt, bytes. */
  readonly saltBytes: 14 | 12;
  /** Authentication tag of RTP and of RTCP, bytes; RTCP is never cut to 32 bits (RFC 4568 §6.2.2). */
  readonly rtpTagBytes: number;
  readonly rtcpTagBytes: number;
}

const gcm = { mode: "gcm", saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 } as const;
const counter80 = { mode: "counter", saltBytes: 14, rtpTagBytes: 10, rtcpTagBytes: 10 } as const;
const counter32 = { ...counter80, rtpTagBytes: 4 } as const;

/**
 * A full tag comes before a longer key: who forges packets does not have to break the cipher. AES-192 comes behind 128:
 * peers built on libsrtp up to 2.5 at least derive its keys by AES-256, against RFC 6188 §3, and would not be understood.
 */
export const suites: readonly SuiteFacts[] = [
  { suite: "AEAD_AES_256_GCM", keyBytes: 32, ...gcm },
  { suite: "AES_256_CM_HMAC_SHA1_80", keyBytes: 32, ...counter80 },
  { suite: "AEAD_AES_128_GCM", keyBytes: 16, ...gcm },
  { suite: "AES_CM_128_HMAC_SHA1_80", keyBytes: 16, ...counter80 },
  { suite: "AES_192_CM_HMAC_SHA1_80", keyBytes: 24, ...counter80 },
  { suite: "AES_256_CM_HMAC_SHA1_32", keyBytes: 32, ...counter32 },
  { suite: "AES_CM_128_HMAC_SHA1_32", keyBytes: 16, ...counter32 },
  { suite: "AES_192_CM_HMAC_SHA1_32", keyBytes: 24, ...counter32 },
];

/** undefined for a name that this phone does not know. */
export function findSuite(name: string): SuiteFacts | undefined {
  return suites.find((s) => s.suite === name);
}

export function factsOf(suite: SrtpSuite): SuiteFacts {
  const facts = findSuite(suite);
  if (facts === undefined) throw new TypeError(`bug: no facts of crypto suite ${suite}`);
  return facts;
}
