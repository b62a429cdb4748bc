/** Session keys from a master key (RFC 3711 §4.3 at a key derivation rate of 0, RFC 6188 §3, RFC 7714 §11), and master keys from a seed of ours. */
import { createCipheriv, createHmac } from "node:crypto";
import type { SrtpSuite } from "../media/protocol.ts";
import { factsOf, type SuiteFacts } from "./suite.ts";

export interface SessionKeys {
  readonly cipher: Uint8Array;
  readonly salt: Uint8Array;
  /** For HMAC-SHA1; empty where the cipher authenticates. */
  readonly authentication: Uint8Array;
}

/** §4.3.1: what is derived, for RTP; for RTCP three more. */
const label = { cipher: 0, authentication: 1, salt: 2 } as const;
const rtcpLabels = 3;
const authenticationBytes = 20;

/** @param keySalt master key and salt, as long as the suite wants them */
export function deriveSessionKeys(facts: SuiteFacts, keySalt: Uint8Array, of: "rtp" | "rtcp"): SessionKeys {
  const { keyBytes, saltBytes, mode } = facts;
  if (keySalt.length !== keyBytes + saltBytes)
    throw new RangeError(`${facts.suite} wants ${keyBytes + saltBytes} bytes of key, not ${keySalt.length}`);
  const key = keySalt.subarray(0, keyBytes);
  const salt = keySalt.subarray(keyBytes);
  const first = of === "rtp" ? 0 : rtcpLabels;
  return {
    cipher: pseudoRandom(key, salt, first + label.cipher, keyBytes),
    salt: pseudoRandom(key, salt, first + label.salt, saltBytes),
    authentication:
      mode === "gcm" ? new Uint8Array(0) : pseudoRandom(key, salt, first + label.authentication, authenticationBytes),
  };
}

/**
 * AES-CM as pseudo-random function: the key stream from x * 2^16, where x is the salt with the label at its eighth byte
 * (§4.3.3). A salt of 12 bytes is followed by zeros (RFC 7714 §11).
 */
function pseudoRandom(key: Uint8Array, salt: Uint8Array, what: number, sizeBytes: number): Uint8Array {
  const counter = new Uint8Array(16);
  counter.set(salt);
  counter[7] = (counter[7] ?? 0) ^ what;
  return createCipheriv(`aes-${key.length * 8}-ctr`, key, counter).update(new Uint8Array(sizeBytes));
}

/**
 * A master key of ours: one for each suite and each generation, none of which says anything of the others. Offer and
 * answer can so stay pure functions.
 * @param seed 32 random bytes of cryptographic quality, of one call
 */
export function masterKeyOf(seed: Uint8Array, suite: SrtpSuite, generation: number): Uint8Array {
  const { keyBytes, saltBytes } = factsOf(suite);
  const digest = createHmac("sha512", seed).update(`SRTP master key ${suite} ${generation}`).digest();
  return new Uint8Array(digest.subarray(0, keyBytes + saltBytes));
}
