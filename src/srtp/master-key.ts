/** One master key in use: its transform, its MKI (RFC 3711 §3.1), and how much of its life is spent (§9.2). */
import type { SrtpMasterKey, SrtpSuite } from "../media/protocol.ts";
import { CounterMode } from "./counter-mode.ts";
import { GaloisCounterMode } from "./gcm.ts";
import { deriveSessionKeys } from "./key-derivation.ts";
import { factsOf } from "./suite.ts";
import type { SrtpTransform } from "./transform.ts";

/** Packets that one key may protect at most (§9.2, RFC 7714 §14.1). */
export const mostRtpPackets = 2 ** 48;
export const mostRtcpPackets = 2 ** 31;

export class MasterKey {
  readonly transform: SrtpTransform;
  readonly mki: Uint8Array;
  rtpPackets = 0;
  rtcpPackets = 0;
  #lifetime: number;
  #told = false;

  constructor(suite: SrtpSuite, key: SrtpMasterKey) {
    const facts = factsOf(suite);
    const Transform = facts.mode === "gcm" ? GaloisCounterMode : CounterMode;
    this.transform = new Transform(facts, {
      rtp: deriveSessionKeys(facts, key.keySalt, "rtp"),
      rtcp: deriveSessionKeys(facts, key.keySalt, "rtcp"),
    });
    this.mki = key.mki ?? new Uint8Array(0);
    this.#lifetime = Math.min(key.lifetimePackets ?? mostRtpPackets, mostRtpPackets);
  }

  /** It must not protect any more. */
  get spent(): boolean {
    return this.rtpPackets >= this.#lifetime || this.rtcpPackets >= mostRtcpPackets;
  }

  /** True once, when a sixteenth of its life is left: an hour and more of most keys that have an end at all. */
  isEnding(): boolean {
    if (this.#told) return false;
    const left = 15 / 16;
    this.#told = this.rtpPackets >= this.#lifetime * left || this.rtcpPackets >= mostRtcpPackets * left;
    return this.#told;
  }
}

export function sameKey(a: SrtpMasterKey, b: SrtpMasterKey): boolean {
  return sameBytes(a.keySalt, b.keySalt) && sameBytes(a.mki, b.mki);
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Puts the MKI where it belongs; returns the new size. */
export function insertMki(bytes: Uint8Array, size: number, behind: number, mki: Uint8Array): number {
  if (mki.length === 0) return size;
  const at = size - behind;
  bytes.copyWithin(at + mki.length, at, size);
  bytes.set(mki, at);
  return size + mki.length;
}

/** Takes an MKI out; returns the new size. */
export function removeMki(bytes: Uint8Array, size: number, behind: number, mkiBytes: number): number {
  if (mkiBytes === 0) return size;
  bytes.copyWithin(size - behind - mkiBytes, size - behind, size);
  return size - mkiBytes;
}

/** Whether a packet of that size names this MKI. */
export function hasMki(bytes: Uint8Array, size: number, behind: number, mki: Uint8Array): boolean {
  const at = size - behind - mki.length;
  if (at < 0) return false;
  for (let i = 0; i < mki.length; i++) if (bytes[at + i] !== mki[i]) return false;
  return true;
}
