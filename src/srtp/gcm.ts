/** AES in Galois/counter mode for RTP and RTCP (RFC 7714 §8, §9): encryption and authentication in one. */
import { type CipherGCMTypes, createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import type { SessionKeys } from "./key-derivation.ts";
import { writeUint32 } from "./packet-index.ts";
import type { SuiteFacts } from "./suite.ts";
import { rtcpClearBytes, type SrtpTransform } from "./transform.ts";

const tagBytes = 16;
const tagLength = { authTagLength: tagBytes };
const encryptedFlag = 0x8000_0000;
const nothing = new Uint8Array(0);

interface Keys {
  readonly key: KeyObject;
  readonly salt: Uint8Array;
}

export class GaloisCounterMode implements SrtpTransform {
  readonly rtpTagBytes = tagBytes;
  readonly rtcpTagBytes = tagBytes;
  readonly rtpBehindMki = 0;
  readonly rtcpBehindMki = 0;
  #cipher: CipherGCMTypes;
  #rtp: Keys;
  #rtcp: Keys;
  #iv = new Uint8Array(12);

  constructor(facts: SuiteFacts, keys: { readonly rtp: SessionKeys; readonly rtcp: SessionKeys }) {
    this.#cipher = facts.keyBytes === 32 ? "aes-256-gcm" : "aes-128-gcm";
    this.#rtp = { key: createSecretKey(keys.rtp.cipher), salt: keys.rtp.salt };
    this.#rtcp = { key: createSecretKey(keys.rtcp.cipher), salt: keys.rtcp.salt };
  }

  sealRtp(bytes: Uint8Array, clearBytes: number, size: number, ssrc: number, index: number): number {
    this.#prepare(this.#rtp, ssrc, Math.floor(index / 0x1_0000), index % 0x1_0000, false);
    return this.#seal(this.#rtp, bytes, clearBytes, size, bytes.subarray(0, clearBytes));
  }

  openRtp(bytes: Uint8Array, clearBytes: number, size: number, ssrc: number, index: number): number {
    const end = size - tagBytes;
    if (end < clearBytes) return -1;
    this.#prepare(this.#rtp, ssrc, Math.floor(index / 0x1_0000), index % 0x1_0000, false);
    return this.#open(this.#rtp, bytes, clearBytes, end, bytes.subarray(0, clearBytes));
  }

  sealRtcp(bytes: Uint8Array, size: number, ssrc: number, index: number, encrypted: boolean): number {
    const word = encrypted ? (index | encryptedFlag) >>> 0 : index;
    const clear = encrypted ? rtcpClearBytes : size;
    const associated = associatedOf(bytes, clear, word);
    this.#prepare(this.#rtcp, ssrc, index, 0, true);
    const end = this.#seal(this.#rtcp, bytes, clear, size, associated);
    writeUint32(bytes, end, word);
    return end + 4;
  }

  openRtcp(bytes: Uint8Array, size: number, ssrc: number, index: number, encrypted: boolean): number {
    const end = size - 4 - tagBytes;
    if (end < rtcpClearBytes) return -1;
    const clear = encrypted ? rtcpClearBytes : end;
    const associated = associatedOf(bytes, clear, encrypted ? (index | encryptedFlag) >>> 0 : index);
    this.#prepare(this.#rtcp, ssrc, index, 0, true);
    return this.#open(this.#rtcp, bytes, clear, end, associated);
  }

  /**
   * The initialisation vector, exclusive-or of the salt (§8.1, §9.1):
   *
   *     0    2         6               10   12
   *     | 0  |  SSRC   | roll-overs    | seq |   RTP
   *     | 0  |  SSRC   |  0  | SRTCP index   |   RTCP
   */
  #prepare({ salt }: Keys, ssrc: number, high: number, sequence: number, isRtcp: boolean): void {
    const iv = this.#iv;
    iv[0] = 0;
    iv[1] = 0;
    writeUint32(iv, 2, ssrc);
    if (isRtcp) {
      iv[6] = 0;
      iv[7] = 0;
      writeUint32(iv, 8, high);
    } else {
      writeUint32(iv, 6, high);
      iv[10] = sequence >>> 8;
      iv[11] = sequence;
    }
    for (let i = 0; i < 12; i++) iv[i] = (iv[i] ?? 0) ^ (salt[i] ?? 0);
  }

  #seal({ key }: Keys, bytes: Uint8Array, from: number, to: number, associated: Uint8Array): number {
    const cipher = createCipheriv(this.#cipher, key, this.#iv, tagLength);
    cipher.setAAD(associated);
    if (to > from) bytes.set(cipher.update(bytes.subarray(from, to)), from);
    cipher.final();
    bytes.set(cipher.getAuthTag(), to);
    return to + tagBytes;
  }

  #open({ key }: Keys, bytes: Uint8Array, from: number, to: number, associated: Uint8Array): number {
    const decipher = createDecipheriv(this.#cipher, key, this.#iv, tagLength);
    decipher.setAAD(associated);
    decipher.setAuthTag(bytes.subarray(to, to + tagBytes));
    const clear = to > from ? decipher.update(bytes.subarray(from, to)) : nothing;
    try {
      decipher.final();
    } catch {
      return -1;
    }
    bytes.set(clear, from);
    return to;
  }
}

/** What is authenticated and not encrypted, the index word included (§9.2, §9.3). */
function associatedOf(bytes: Uint8Array, clearBytes: number, word: number): Uint8Array {
  const associated = new Uint8Array(clearBytes + 4);
  associated.set(bytes.subarray(0, clearBytes));
  writeUint32(associated, clearBytes, word);
  return associated;
}
