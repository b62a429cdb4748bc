/** RTP data packets (RFC 3550 §5.1): parsed into a reused record and written into a given buffer. No state, no sockets. */
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |                           timestamp                           |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |           synchronization source (SSRC) identifier            |
// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
// |   CSRC list (0 to 15), then the extension: profile, length    |

export const rtpHeaderBytes = 12;

/** What a packet says; filled in place by `parseRtp`, all numbers unsigned. */
export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  /** 0 to 65535. */
  sequence: number;
  /** Ticks of the payload's clock, 0 to 2^32 - 1. */
  timestamp: number;
  ssrc: number;
  csrcCount: number;
  /** The extension's profile word, or -1 where there is none. */
  extensionProfile: number;
  /** Where the payload lies in the bytes that were parsed: padding, CSRC and extension are outside of it. */
  payloadStart: number;
  payloadEnd: number;
}

export function emptyRtpPacket(): RtpPacket {
  return {
    payloadType: 0,
    marker: false,
    sequence: 0,
    timestamp: 0,
    ssrc: 0,
    csrcCount: 0,
    extensionProfile: -1,
    payloadStart: 0,
    payloadEnd: 0,
  };
}

/** Why bytes are no RTP packet. */
export type RtpFault = "short" | "version" | "rtcp" | "csrc" | "extension" | "padding";

/**
 * Reads a packet. Nothing is allocated.
 * @returns undefined when `into` was filled, else why the bytes are refused (RFC 3550 §A.1).
 */
export function parseRtp(bytes: Uint8Array, into: RtpPacket): RtpFault | undefined {
  const size = bytes.length;
  if (size < rtpHeaderBytes) return "short";
  const first = bytes[0] ?? 0;
  const second = bytes[1] ?? 0;
  if (first >> 6 !== 2) return "version";
  // SR and RR would be types 72 and 73 with the marker set: those numbers are kept free for this (RFC 3550 §5.1, RFC 5761 §4).
  if (second >= 192 && second <= 223) return "rtcp";
  const csrcCount = first & 0x0f;
  let start = rtpHeaderBytes + 4 * csrcCount;
  if (start > size) return "csrc";
  let profile = -1;
  if ((first & 0x10) !== 0) {
    if (start + 4 > size) return "extension";
    profile = word16(bytes, start);
    start += 4 + 4 * word16(bytes, start + 2);
    if (start > size) return "extension";
  }
  let end = size;
  if ((first & 0x20) !== 0) {
    const padding = bytes[size - 1] ?? 0;
    if (padding === 0 || padding > size - start) return "padding";
    end = size - padding;
  }
  into.payloadType = second & 0x7f;
  into.marker = (second & 0x80) !== 0;
  into.sequence = word16(bytes, 2);
  into.timestamp = word32(bytes, 4);
  into.ssrc = word32(bytes, 8);
  into.csrcCount = csrcCount;
  into.extensionProfile = profile;
  into.payloadStart = start;
  into.payloadEnd = end;
  return undefined;
}

/** Writes the twelve bytes of a header without CSRC, extension or padding at the beginning of `into`. */
export function writeRtpHeader(
  into: DataView,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  into.setUint8(0, 0x80);
  into.setUint8(1, (payloadType & 0x7f) | (marker ? 0x80 : 0));
  into.setUint16(2, sequence & 0xffff);
  into.setUint32(4, timestamp >>> 0);
  into.setUint32(8, ssrc >>> 0);
}

export function word16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function word32(bytes: Uint8Array, at: number): number {
  return (word16(bytes, at) * 0x10000 + word16(bytes, at + 2)) >>> 0;
}
