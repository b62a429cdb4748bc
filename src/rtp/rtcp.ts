/** RTCP compound packets: SR, RR, SDES and BYE read and written (RFC 3550 §6.4 to §6.6), XR by rtcp-xr.ts. When to send is rtcp-schedule.ts. */
import { word16, word32 } from "./packet.ts";
import { readXrBlocks, typeXr, writeXrBlocks, type XrBlock, xrBlockBytes } from "./rtcp-xr.ts";

const typeSr = 200;
const typeRr = 201;
const typeSdes = 202;
const typeBye = 203;
const itemCname = 1;

/** What one receiver says about one source (RFC 3550 §6.4.1). */
export interface ReportBlock {
  /** The source that is reported on. */
  readonly ssrc: number;
  /** Since the report before, in 1/256. */
  readonly fractionLost: number;
  /** Since the beginning; signed 24 bits, negative when duplicates outweigh losses. */
  readonly cumulativeLost: number;
  readonly extendedHighest: number;
  readonly jitterTicks: number;
  /** Middle 32 bits of the NTP time of the last SR from that source, 0 when there was none. */
  readonly lastSr: number;
  /** Since that SR arrived, in 1/65536 s. */
  readonly delaySinceLastSr: number;
}

export interface SenderInfo {
  /** NTP time: seconds since 1900, and 1/2^32 of them. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

export type RtcpItem =
  | { type: "sender-report"; ssrc: number; info: SenderInfo; blocks: readonly ReportBlock[] }
  | { type: "receiver-report"; ssrc: number; blocks: readonly ReportBlock[] }
  | { type: "description"; ssrc: number; cname: string }
  | { type: "bye"; ssrcs: readonly number[]; reason: string }
  | { type: "extended-report"; ssrc: number; blocks: readonly XrBlock[] }
  /** APP, feedback: known by their number only. */
  | { type: "other"; packetType: number; ssrc: number };

export type RtcpFault = "short" | "version" | "type" | "length" | "padding" | "report";
export type ParsedRtcp = { ok: true; items: readonly RtcpItem[] } | { ok: false; why: RtcpFault };

const text = new TextDecoder();

/**
 * Checks the whole compound first (RFC 3550 §A.2): one wrong length and nothing of it is believed.
 * @param reducedSize whether it may begin with something else than a report (RFC 5506 §3.4.3)
 */
export function parseRtcp(bytes: Uint8Array, reducedSize = false): ParsedRtcp {
  if (bytes.length < (reducedSize ? 4 : 8)) return { ok: false, why: "short" };
  const first = bytes[1] ?? 0;
  if (first !== typeSr && first !== typeRr && !reducedSize) return { ok: false, why: "type" };
  if (first < 192 || first > 223) return { ok: false, why: "type" };
  const items: RtcpItem[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return { ok: false, why: "length" };
    const head = bytes[at] ?? 0;
    if (head >> 6 !== 2) return { ok: false, why: "version" };
    const packetType = bytes[at + 1] ?? 0;
    const next = at + 4 + 4 * word16(bytes, at + 2);
    if (next > bytes.length) return { ok: false, why: "length" };
    let end = next;
    if ((head & 0x20) !== 0) {
      // Only the last packet of a compound may be padded.
      const padding = bytes[next - 1] ?? 0;
      if (next !== bytes.length || padding === 0 || padding % 4 !== 0 || padding > next - at - 4)
        return { ok: false, why: "padding" };
      end = next - padding;
    }
    const why = readPacket(bytes, at, end, packetType, head & 0x1f, items);
    if (why !== undefined) return { ok: false, why };
    at = next;
  }
  return { ok: true, items };
}

function readPacket(
  bytes: Uint8Array,
  at: number,
  end: number,
  packetType: number,
  count: number,
  into: RtcpItem[],
): RtcpFault | undefined {
  switch (packetType) {
    case typeSr: {
      if (end < at + 28 + 24 * count) return "report";
      const info: SenderInfo = {
        ntpSeconds: word32(bytes, at + 8),
        ntpFraction: word32(bytes, at + 12),
        rtpTimestamp: word32(bytes, at + 16),
        packets: word32(bytes, at + 20),
        octets: word32(bytes, at + 24),
      };
      into.push({
        type: "sender-report",
        ssrc: word32(bytes, at + 4),
        info,
        blocks: readBlocks(bytes, at + 28, count),
      });
      return undefined;
    }
    case typeRr:
      if (end < at + 8 + 24 * count) return "report";
      into.push({ type: "receiver-report", ssrc: word32(bytes, at + 4), blocks: readBlocks(bytes, at + 8, count) });
      return undefined;
    case typeSdes:
      return readDescriptions(bytes, at + 4, end, count, into);
    case typeBye: {
      if (end < at + 4 + 4 * count) return "report";
      const ssrcs: number[] = [];
      for (let i = 0; i < count; i++) ssrcs.push(word32(bytes, at + 4 + 4 * i));
      const reasonAt = at + 4 + 4 * count;
      const length = reasonAt < end ? (bytes[reasonAt] ?? 0) : 0;
      if (reasonAt < end && reasonAt + 1 + length > end) return "report";
      into.push({ type: "bye", ssrcs, reason: text.decode(bytes.subarray(reasonAt + 1, reasonAt + 1 + length)) });
      return undefined;
    }
    case typeXr: {
      const blocks = end < at + 8 ? undefined : readXrBlocks(bytes, at + 8, end);
      if (blocks === undefined) return "report";
      into.push({ type: "extended-report", ssrc: word32(bytes, at + 4), blocks });
      return undefined;
    }
    default:
      into.push({ type: "other", packetType, ssrc: end >= at + 8 ? word32(bytes, at + 4) : 0 });
      return undefined;
  }
}

function readBlocks(bytes: Uint8Array, start: number, count: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let i = 0, at = start; i < count; i++, at += 24) {
    const lost = word32(bytes, at + 4);
    blocks.push({
      ssrc: word32(bytes, at),
      fractionLost: lost >>> 24,
      cumulativeLost: (lost << 8) >> 8,
      extendedHighest: word32(bytes, at + 8),
      jitterTicks: word32(bytes, at + 12),
      lastSr: word32(bytes, at + 16),
      delaySinceLastSr: word32(bytes, at + 20),
    });
  }
  return blocks;
}

function readDescriptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  into: RtcpItem[],
): RtcpFault | undefined {
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 4 > end) return "report";
    const ssrc = word32(bytes, at);
    let cname = "";
    at += 4;
    for (;;) {
      if (at >= end) return "report";
      const type = bytes[at] ?? 0;
      if (type === 0) break;
      const length = bytes[at + 1] ?? 0;
      if (at + 2 + length > end) return "report";
      if (type === itemCname) cname = text.decode(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    // The list ends with at least one zero byte and goes on at the next word.
    at = start + ((at - start + 4) & ~3);
    into.push({ type: "description", ssrc, cname });
  }
  return undefined;
}

/** Leaves room for a BYE. */
const mostBytes = 1016;

/** Builds one compound packet in a buffer that is used again for the next one. */
export class RtcpWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  /** Starts a compound: an SR where `info` is given, else an RR; the reports come first (RFC 3550 §6.1). */
  report(ssrc: number, info: SenderInfo | undefined, blocks: readonly ReportBlock[]): this {
    this.#size = 0;
    const at = this.#head(info === undefined ? typeRr : typeSr, Math.min(31, blocks.length));
    this.#word(ssrc);
    if (info !== undefined) {
      this.#word(info.ntpSeconds);
      this.#word(info.ntpFraction);
      this.#word(info.rtpTimestamp);
      this.#word(info.packets);
      this.#word(info.octets);
    }
    for (const block of blocks.slice(0, 15)) {
      this.#word(block.ssrc);
      const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, block.cumulativeLost));
      this.#word(((block.fractionLost & 0xff) << 24) | (lost & 0xff_ffff));
      this.#word(block.extendedHighest);
      this.#word(Math.round(block.jitterTicks));
      this.#word(block.lastSr);
      this.#word(block.delaySinceLastSr);
    }
    this.#close(at);
    return this;
  }

  /** @param cname cut to 255 bytes */
  description(ssrc: number, cname: string): this {
    const name = new TextEncoder().encode(cname).subarray(0, 255);
    const at = this.#head(typeSdes, 1);
    this.#word(ssrc);
    this.#bytes[this.#size++] = itemCname;
    this.#bytes[this.#size++] = name.length;
    this.#bytes.set(name, this.#size);
    this.#size += name.length;
    do this.#bytes[this.#size++] = 0;
    while (this.#size % 4 !== 0);
    this.#close(at);
    return this;
  }

  /** Blocks that do not fit any more are left out as a whole. */
  extended(ssrc: number, blocks: readonly XrBlock[]): this {
    if (blocks.length === 0 || this.#size + 8 + xrBlockBytes(blocks) > mostBytes) return this;
    const at = this.#head(typeXr, 0);
    this.#word(ssrc);
    this.#size = writeXrBlocks(this.#view, this.#size, blocks);
    this.#close(at);
    return this;
  }

  bye(ssrc: number): this {
    const at = this.#head(typeBye, 1);
    this.#word(ssrc);
    this.#close(at);
    return this;
  }

  /** What was built; valid until the next `report`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  #head(packetType: number, count: number): number {
    const at = this.#size;
    this.#bytes[this.#size++] = 0x80 | count;
    this.#bytes[this.#size++] = packetType;
    this.#size += 2;
    return at;
  }

  #word(value: number): void {
    this.#view.setUint32(this.#size, value >>> 0);
    this.#size += 4;
  }

  #close(at: number): void {
    this.#view.setUint16(at + 2, (this.#size - at) / 4 - 1);
  }
}

/** Seconds from 1900 to 1970. */
const ntpOffset = 2_208_988_800;

/** Wall clock as NTP time (RFC 3550 §4). */
export function ntpTime(epochMs: number): { seconds: number; fraction: number } {
  const seconds = Math.floor(epochMs / 1000);
  return {
    seconds: (seconds + ntpOffset) >>> 0,
    fraction: Math.floor(((epochMs - seconds * 1000) / 1000) * 0x1_0000_0000) >>> 0,
  };
}

/** The middle 32 bits, as in LSR. */
export function ntpMiddle(seconds: number, fraction: number): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}
