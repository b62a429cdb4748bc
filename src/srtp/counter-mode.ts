/** AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1, RFC 6188 §2). Measured: one cipher kept for the key stream beats one per packet. */
import { type Cipher, createCipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { SessionKeys } from "./key-derivation.ts";
import { writeUint32 } from "./packet-index.ts";
import type { SuiteFacts } from "./suite.ts";
import { rtcpClearBytes, type SrtpTransform } from "./transform.ts";

const blockBytes = 16;
/** Room for the key stream of the longest datagram, made as it is needed. */
const firstBlocks = 16;
const encryptedFlag = 0x8000_0000;

export class CounterMode implements SrtpTransform {
  readonly rtpTagBytes: number;
  readonly rtcpTagBytes: number;
  readonly rtpBehindMki: number;
  readonly rtcpBehindMki: number;
  #rtp: Stream;
  #rtcp: Stream;

  constructor(facts: SuiteFacts, keys: { readonly rtp: SessionKeys; readonly rtcp: SessionKeys }) {
    this.rtpTagBytes = facts.rtpTagBytes;
    this.rtcpTagBytes = facts.rtcpTagBytes;
    this.rtpBehindMki = facts.rtpTagBytes;
    this.rtcpBehindMki = facts.rtcpTagBytes;
    this.#rtp = new Stream(keys.rtp);
    this.#rtcp = new Stream(keys.rtcp);
  }

  sealRtp(bytes: Uint8Array, clearBytes: number, size: number, ssrc: number, index: number): number {
    this.#rtp.apply(bytes, clearBytes, size, ssrc, index);
    const tag = this.#rtpTag(bytes, size, index);
    for (let i = 0; i < this.rtpTagBytes; i++) bytes[size + i] = tag[i] ?? 0;
    return size + this.rtpTagBytes;
  }

  openRtp(bytes: Uint8Array, clearBytes: number, size: number, ssrc: number, index: number): number {
    const end = size - this.rtpTagBytes;
    if (end < clearBytes) return -1;
    const { kept } = this.#rtp;
    for (let i = 0; i < this.rtpTagBytes; i++) kept[i] = bytes[end + i] ?? 0;
    const authentic = same(kept, this.#rtpTag(bytes, end, index), this.rtpTagBytes);
    // As it was, so that another index can be tried.
    for (let i = 0; i < this.rtpTagBytes; i++) bytes[end + i] = kept[i] ?? 0;
    if (!authentic) return -1;
    this.#rtp.apply(bytes, clearBytes, end, ssrc, index);
    return end;
  }

  sealRtcp(bytes: Uint8Array, size: number, ssrc: number, index: number, encrypted: boolean): number {
    if (encrypted) this.#rtcp.apply(bytes, rtcpClearBytes, size, ssrc, index);
    writeUint32(bytes, size, encrypted ? (index | encryptedFlag) >>> 0 : index);
    const end = size + 4;
    const tag = this.#rtcp.tag(bytes, end);
    for (let i = 0; i < this.rtcpTagBytes; i++) bytes[end + i] = tag[i] ?? 0;
    return end + this.rtcpTagBytes;
  }

  openRtcp(bytes: Uint8Array, size: number, ssrc: number, index: number, encrypted: boolean): number {
    const end = size - this.rtcpTagBytes - 4;
    if (end < rtcpClearBytes) return -1;
    const tag = this.#rtcp.tag(bytes, end + 4);
    if (!same(bytes.subarray(end + 4), tag, this.rtcpTagBytes)) return -1;
    if (encrypted) this.#rtcp.apply(bytes, rtcpClearBytes, end, ssrc, index);
    return end;
  }

  /** §4.2: the roll-over counter is authenticated as if it stood behind the packet. */
  #rtpTag(bytes: Uint8Array, size: number, index: number): Uint8Array {
    // Only where the tag is shorter than the counter does this touch what is behind it.
    const { behind } = this.#rtp;
    for (let i = 0; i < 4; i++) behind[i] = bytes[size + i] ?? 0;
    writeUint32(bytes, size, Math.floor(index / 0x1_0000));
    const tag = this.#rtp.tag(bytes, size + 4);
    for (let i = 0; i < 4; i++) bytes[size + i] = behind[i] ?? 0;
    return tag;
  }
}

/** The key stream and the HMAC of RTP or of RTCP under one master key. */
class Stream {
  /** Scratch for tags. */
  readonly kept = new Uint8Array(20);
  readonly behind = new Uint8Array(4);
  #cipher: Cipher;
  #authentication: KeyObject;
  #salt: DataView;
  #counters = new Uint8Array(firstBlocks * blockBytes);
  #view = new DataView(this.#counters.buffer);

  constructor({ cipher, salt, authentication }: SessionKeys) {
    // ECB over counters is counter mode; it has no state, so that one cipher serves all packets.
    this.#cipher = createCipheriv(`aes-${cipher.length * 8}-ecb`, cipher, null).setAutoPadding(false);
    this.#authentication = createSecretKey(authentication);
    const padded = new Uint8Array(blockBytes);
    padded.set(salt);
    this.#salt = new DataView(padded.buffer);
  }

  tag(bytes: Uint8Array, size: number): Uint8Array {
    return createHmac("sha1", this.#authentication).update(bytes.subarray(0, size)).digest();
  }

  /**
   * Adds the key stream to bytes `from` to `to`. Counter block, §4.1.1:
   *
   *     0         4         8                   14       16
   *     |  salt   |  ^ SSRC |  ^ packet index    | block  |
   */
  apply(bytes: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    const blocks = Math.ceil((to - from) / blockBytes);
    if (blocks <= 0) return;
    if (blocks * blockBytes > this.#counters.length) {
      this.#counters = new Uint8Array(2 * blocks * blockBytes);
      this.#view = new DataView(this.#counters.buffer);
    }
    const salt = this.#salt;
    const view = this.#view;
    const word0 = salt.getUint32(0);
    const word1 = salt.getUint32(4) ^ ssrc;
    const word2 = salt.getUint32(8) ^ Math.floor(index / 0x1_0000);
    const word3 = salt.getUint32(12) ^ ((index % 0x1_0000) << 16);
    for (let block = 0; block < blocks; block++) {
      const at = block * blockBytes;
      view.setUint32(at, word0);
      view.setUint32(at + 4, word1);
      view.setUint32(at + 8, word2);
      view.setUint32(at + 12, word3 | block);
    }
    const stream = this.#cipher.update(this.#counters.subarray(0, blocks * blockBytes));
    for (let i = from; i < to; i++) bytes[i] = (bytes[i] ?? 0) ^ (stream[i - from] ?? 0);
  }
}

/** Takes the same time wherever they differ. */
function same(a: Uint8Array, b: Uint8Array, size: number): boolean {
  let different = 0;
  for (let i = 0; i < size; i++) different |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return different === 0;
}
