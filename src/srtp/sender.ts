/** The sending side of SRTP: our master key, and how often our sequence numbers have wrapped (RFC 3711 §3.2, §3.3). */
import type { SrtpMasterKey, SrtpSuite } from "../media/protocol.ts";
import { insertMki, MasterKey } from "./master-key.ts";
import { readUint32, rtpHeaderBytes } from "./packet-index.ts";

export interface SendContext {
  readonly suite: SrtpSuite;
  readonly key: SrtpMasterKey;
  readonly plainRtcp: boolean;
}

export class SrtpSender {
  #key: MasterKey;
  #plainRtcp: boolean;
  #ssrc = -1;
  #sequence = -1;
  #rollovers = 0;
  /** One for all our sources and keys: none of its values comes twice under a key. */
  #rtcpIndex = 0;
  #ending: () => void;

  /** @param ending the key is nearly used up; told once */
  constructor(context: SendContext, ending: () => void) {
    this.#key = new MasterKey(context.suite, context.key);
    this.#plainRtcp = context.plainRtcp;
    this.#ending = ending;
  }

  /**
   * Another key from now on. Far ends do not agree on whether a source that goes on keeps its count of wraps then.
   * @returns whether there is a count: the RTP source must then be a new one, which begins at none for all of them
   */
  change(context: SendContext): boolean {
    this.#key = new MasterKey(context.suite, context.key);
    this.#plainRtcp = context.plainRtcp;
    return this.#rollovers > 0;
  }

  /**
   * Protects a packet in place; packets are to come in the order of their sequence numbers.
   * @param bytes with room for tag and MKI behind the packet
   * @returns the new size, 0 where it must not be sent: the key is used up
   */
  protectRtp(bytes: Uint8Array, size: number): number {
    const key = this.#key;
    const header = rtpHeaderBytes(bytes, size);
    if (header < 0 || key.spent) return 0;
    const sequence = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
    const ssrc = readUint32(bytes, 8);
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc;
      this.#rollovers = 0;
    } else if (sequence < this.#sequence) this.#rollovers++;
    this.#sequence = sequence;
    const index = this.#rollovers * 0x1_0000 + sequence;
    const sealed = key.transform.sealRtp(bytes, header, size, ssrc, index);
    key.rtpPackets++;
    if (key.isEnding()) this.#ending();
    return insertMki(bytes, sealed, key.transform.rtpBehindMki, key.mki);
  }

  /** @returns a packet of its own, undefined where it must not be sent: the key is used up */
  protectRtcp(packet: Uint8Array, size: number): Uint8Array | undefined {
    const key = this.#key;
    if (size < 8 || key.spent) return undefined;
    const out = new Uint8Array(size + 4 + key.transform.rtcpTagBytes + key.mki.length);
    out.set(packet.subarray(0, size));
    const sealed = key.transform.sealRtcp(out, size, readUint32(out, 4), this.#rtcpIndex, !this.#plainRtcp);
    this.#rtcpIndex++;
    key.rtcpPackets++;
    if (key.isEnding()) this.#ending();
    return out.subarray(0, insertMki(out, sealed, key.transform.rtcpBehindMki, key.mki));
  }
}
