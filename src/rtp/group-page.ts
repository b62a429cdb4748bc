/**
 * Packets of pages on a channel: the group paging format that Polycom published (Engineering Advisory 70568), read and
 * written. Channel 0 is plain RTP and not here.
 */
//  0          1          2 .. 5      6         7 .. 19
// +----------+----------+-----------+---------+-----------+
// | op code  | channel  | serial    | length  | caller ID |
// +----------+----------+-----------+---------+-----------+
// | codec    | flags    | sample count, 4 bytes           |  only op code 0x10, then
// | the frame before (not in the first packet), the frame |
// +-------------------------------------------------------+

export const pageOpCodes = { alert: 0x0f, transmit: 0x10, end: 0xff } as const;
export type PageOpCode = keyof typeof pageOpCodes;

/** Bytes of a caller ID; shorter ones are filled up with zeros. */
const callerIdBytes = 13;
export const pageHeaderBytes = 7 + callerIdBytes;
const audioHeaderBytes = 6;
/** A frame is 30 ms, 240 bytes; some send 20 ms, 160 bytes: from twice that on there are two. */
const leastTwoFrames = 320;
/** One frame of 60 ms, twice. */
export const mostPageBytes = pageHeaderBytes + audioHeaderBytes + 2 * 480;

/** What a packet says; filled in place. */
export interface GroupPagePacket {
  op: PageOpCode;
  channel: number;
  /** Of whoever speaks: the end of its MAC address. */
  serial: number;
  /** As RTP's payload type: 0 PCMU, 8 PCMA, 9 G.722. */
  codec: number;
  sampleCount: number;
  frameBytes: number;
  /** Where the frame lies, and the one before; -1: it is not there. */
  frameStart: number;
  beforeStart: number;
}

export function emptyGroupPage(): GroupPagePacket {
  return {
    op: "end",
    channel: 0,
    serial: 0,
    codec: 0,
    sampleCount: 0,
    frameBytes: 0,
    frameStart: -1,
    beforeStart: -1,
  };
}

/** False where the bytes are no such packet. Nothing is allocated. */
export function parseGroupPage(bytes: Uint8Array, into: GroupPagePacket): boolean {
  const start = 7 + (bytes[6] ?? 0);
  if (bytes.length < 7 || bytes.length < start) return false;
  const op = bytes[0];
  into.channel = bytes[1] ?? 0;
  into.serial = word(bytes, 2);
  into.frameBytes = 0;
  into.frameStart = -1;
  into.beforeStart = -1;
  if (op === pageOpCodes.alert || op === pageOpCodes.end) {
    into.op = op === pageOpCodes.alert ? "alert" : "end";
    return true;
  }
  const audio = bytes.length - start - audioHeaderBytes;
  if (op !== pageOpCodes.transmit || audio <= 0) return false;
  into.op = "transmit";
  into.codec = bytes[start] ?? 0;
  into.sampleCount = word(bytes, start + 2);
  const two = audio >= leastTwoFrames && audio % 2 === 0;
  into.frameBytes = two ? audio / 2 : audio;
  into.frameStart = bytes.length - into.frameBytes;
  into.beforeStart = two ? start + audioHeaderBytes : -1;
  return true;
}

/** Fills the first `pageHeaderBytes`. @param callerId cut to 13 bytes */
export function writeGroupPageHeader(
  into: Uint8Array,
  op: PageOpCode,
  { channel, serial, callerId }: { readonly channel: number; readonly serial: number; readonly callerId: Uint8Array },
): void {
  into[0] = pageOpCodes[op];
  into[1] = channel;
  setWord(into, 2, serial);
  into[6] = callerIdBytes;
  for (let i = 0; i < callerIdBytes; i++) into[7 + i] = callerId[i] ?? 0;
}

/**
 * Writes codec, count and frames behind a header that stands already. Nothing is allocated.
 * @param before the frame before, of the same length; undefined in a first packet
 * @returns the packet's size
 */
export function writeGroupPageAudio(
  into: Uint8Array,
  codec: number,
  sampleCount: number,
  frame: Uint8Array,
  before: Uint8Array | undefined,
): number {
  into[pageHeaderBytes] = codec;
  into[pageHeaderBytes + 1] = 0;
  setWord(into, pageHeaderBytes + 2, sampleCount);
  let at = pageHeaderBytes + audioHeaderBytes;
  if (before !== undefined) {
    into.set(before, at);
    at += before.length;
  }
  into.set(frame, at);
  return at + frame.length;
}

function word(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function setWord(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}
