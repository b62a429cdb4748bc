/** MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256: RFC 8489 §14.5, §14.6. Keys are credentials.ts. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { headerBytes } from "./types.ts";

export type IntegrityAlgorithm = "sha1" | "sha256";

export const integrityBytes: Readonly<Record<IntegrityAlgorithm, number>> = { sha1: 20, sha256: 32 };

/** Of a message whose integrity attribute begins at `at`. */
export function integrityValue(
  bytes: Uint8Array,
  at: number,
  key: Uint8Array,
  algorithm: IntegrityAlgorithm,
  sizeBytes = integrityBytes[algorithm],
): Uint8Array {
  // The length counts up to the end of this attribute, whatever follows it.
  const covered = Uint8Array.from(bytes.subarray(0, at));
  new DataView(covered.buffer).setUint16(2, at - headerBytes + 4 + sizeBytes);
  return createHmac(algorithm, key).update(covered).digest().subarray(0, sizeBytes);
}

/** @param at where the attribute begins; its bounds are checked already */
export function checkIntegrity(bytes: Uint8Array, at: number, key: Uint8Array, algorithm: IntegrityAlgorithm): boolean {
  const sizeBytes = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  const claimed = bytes.subarray(at + 4, at + 4 + sizeBytes);
  const right = integrityValue(bytes, at, key, algorithm, sizeBytes);
  return right.length === claimed.length && timingSafeEqual(right, claimed);
}
