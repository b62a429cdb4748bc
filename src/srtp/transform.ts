/** What a cipher with its authentication does to one packet; which packet it is (index, replay, key) is decided above it. */

/**
 * `bytes` hold a packet of `size` bytes; behind it there must be 24 bytes of room. `clearBytes` at its beginning are not
 * encrypted. `index` is that of §3.3.1 for RTP (0 to 2^48 - 1), that of the packet's own E and index word for RTCP
 * (0 to 2^31 - 1). Nothing knows of the MKI.
 */
export interface SrtpTransform {
  /** Encrypts in place and appends the tag. Returns the new size. */
  sealRtp(bytes: Uint8Array, clearBytes: number, size: number, ssrc: number, index: number): number;
  /** Authenticates, then decrypts in place. Returns the size without the tag, or -1: not authentic, contents undefined. */
  openRtp(bytes: Uint8Array, clearBytes: number, size: number, ssrc: number, index: number): number;
  /** As `sealRtp`; returns the size with tag and index word, E set where `encrypted`. */
  sealRtcp(bytes: Uint8Array, size: number, ssrc: number, index: number, encrypted: boolean): number;
  /** `index` and `encrypted` are those of its index word. Returns the size without tag and index word, or -1. */
  openRtcp(bytes: Uint8Array, size: number, ssrc: number, index: number, encrypted: boolean): number;
  /** Bytes that stand behind the MKI: the tag of RFC 3711 §3.1 and §3.4, nothing where it belongs to the cipher text. */
  readonly rtpBehindMki: number;
  readonly rtcpBehindMki: number;
  /** How much a packet grows, MKI not counted. */
  readonly rtpTagBytes: number;
  readonly rtcpTagBytes: number;
}

/** The fixed part of RTCP that is never encrypted: header and SSRC of the sender (RFC 3711 §3.4). */
export const rtcpClearBytes = 8;
