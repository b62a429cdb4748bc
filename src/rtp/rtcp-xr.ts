/** Extended reports of RTCP: VoIP metrics, receiver reference time and its answer (RFC 3611 §2, §4.4, §4.5, §4.7); other blocks are passed over. */
import type { VoipMetrics } from "../media/call-quality.ts";
import { word16, word32 } from "./packet.ts";

export type { VoipMetrics } from "../media/call-quality.ts";

export const typeXr = 207;
const blockReferenceTime = 4;
const blockDlrr = 5;
const blockVoipMetrics = 7;
/** Of a VoIP metrics block behind its own header, 32-bit words. */
const voipWords = 8;

/** Answers a reference time: RTT = now - lastRr - delay (§4.5). */
export interface DlrrReport {
  readonly ssrc: number;
  /** Middle 32 bits of the reference time. */
  readonly lastRr: number;
  /** 1/65536 s. */
  readonly delaySinceLastRr: number;
}

export type XrBlock =
  | { readonly type: "reference-time"; readonly ntpSeconds: number; readonly ntpFraction: number }
  | { readonly type: "dlrr"; readonly reports: readonly DlrrReport[] }
  | { readonly type: "voip-metrics"; readonly metrics: VoipMetrics };

const concealments = ["unspecified", "none", "enhanced", "standard"] as const;
const bufferKinds = ["unknown", "unknown", "fixed", "adaptive"] as const;

/**
 * The blocks between `start` and `end`; undefined where one ends behind them: then none is believed. Known ones of a
 * length that they cannot have are passed over like unknown ones.
 */
export function readXrBlocks(bytes: Uint8Array, start: number, end: number): readonly XrBlock[] | undefined {
  const blocks: XrBlock[] = [];
  let at = start;
  while (at < end) {
    if (at + 4 > end) return undefined;
    const kind = bytes[at] ?? 0;
    const words = word16(bytes, at + 2);
    const next = at + 4 + 4 * words;
    if (next > end) return undefined;
    if (kind === blockReferenceTime && words === 2)
      blocks.push({ type: "reference-time", ntpSeconds: word32(bytes, at + 4), ntpFraction: word32(bytes, at + 8) });
    else if (kind === blockDlrr && words % 3 === 0)
      blocks.push({ type: "dlrr", reports: readDlrr(bytes, at + 4, next) });
    else if (kind === blockVoipMetrics && words === voipWords)
      blocks.push({ type: "voip-metrics", metrics: readVoip(bytes, at + 4) });
    at = next;
  }
  return blocks;
}

function readDlrr(bytes: Uint8Array, start: number, end: number): DlrrReport[] {
  const reports: DlrrReport[] = [];
  for (let at = start; at < end; at += 12)
    reports.push({
      ssrc: word32(bytes, at),
      lastRr: word32(bytes, at + 4),
      delaySinceLastRr: word32(bytes, at + 8),
    });
  return reports;
}

/**
 * ```
 *  0               1               2               3
 * +---------------+---------------+---------------+---------------+
 * |                        SSRC of source                         |
 * |   loss rate   | discard rate  | burst density |  gap density  |
 * |       burst duration          |         gap duration          |
 * |     round trip delay          |       end system delay        |
 * | signal level  |  noise level  |     RERL      |     Gmin      |
 * |   R factor    | ext. R factor |    MOS-LQ     |    MOS-CQ     |
 * |   RX config   |   reserved    |          JB nominal           |
 * |          JB maximum           |          JB abs max           |
 * ```
 */
function readVoip(bytes: Uint8Array, at: number): VoipMetrics {
  const byte = (offset: number): number => bytes[at + offset] ?? 0;
  const config = byte(24);
  return {
    ssrc: word32(bytes, at),
    lossPercent: (byte(4) * 100) / 256,
    discardPercent: (byte(5) * 100) / 256,
    burstDensityPercent: (byte(6) * 100) / 256,
    gapDensityPercent: (byte(7) * 100) / 256,
    burstMs: word16(bytes, at + 8),
    gapMs: word16(bytes, at + 10),
    roundTripMs: word16(bytes, at + 12),
    endSystemMs: word16(bytes, at + 14),
    signalDbm0: known(signed(byte(16))),
    noiseDbm0: known(signed(byte(17))),
    echoLossDb: known(byte(18)),
    gapThreshold: byte(19),
    rating: known(byte(20), 100),
    mosLq: mos(byte(22)),
    mosCq: mos(byte(23)),
    concealment: concealments[config >> 6] ?? "unspecified",
    buffer: bufferKinds[(config >> 4) & 3] ?? "unknown",
    bufferRate: config & 15,
    bufferNominalMs: word16(bytes, at + 26),
    bufferMaxMs: word16(bytes, at + 28),
    bufferAbsoluteMaxMs: word16(bytes, at + 30),
  };
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/** 127 says that there is none, as does what is out of its range. */
function known(value: number, most = 126): number | undefined {
  return value > most ? undefined : value;
}

function mos(byte: number): number | undefined {
  return byte >= 10 && byte <= 50 ? byte / 10 : undefined;
}

/** Bytes that `writeXrBlocks` will fill. */
export function xrBlockBytes(blocks: readonly XrBlock[]): number {
  let bytes = 0;
  for (const block of blocks)
    bytes +=
      4 + (block.type === "reference-time" ? 8 : block.type === "dlrr" ? 12 * block.reports.length : 4 * voipWords);
  return bytes;
}

/** @returns where the blocks end */
export function writeXrBlocks(view: DataView, start: number, blocks: readonly XrBlock[]): number {
  let at = start;
  for (const block of blocks) {
    switch (block.type) {
      case "reference-time":
        head(view, at, blockReferenceTime, 2);
        view.setUint32(at + 4, block.ntpSeconds >>> 0);
        view.setUint32(at + 8, block.ntpFraction >>> 0);
        at += 12;
        break;
      case "dlrr":
        head(view, at, blockDlrr, 3 * block.reports.length);
        at += 4;
        for (const { ssrc, lastRr, delaySinceLastRr } of block.reports) {
          view.setUint32(at, ssrc >>> 0);
          view.setUint32(at + 4, lastRr >>> 0);
          view.setUint32(at + 8, delaySinceLastRr >>> 0);
          at += 12;
        }
        break;
      case "voip-metrics":
        head(view, at, blockVoipMetrics, voipWords);
        writeVoip(view, at + 4, block.metrics);
        at += 4 + 4 * voipWords;
        break;
      default:
        block satisfies never;
    }
  }
  return at;
}

function head(view: DataView, at: number, kind: number, words: number): void {
  view.setUint8(at, kind);
  view.setUint8(at + 1, 0);
  view.setUint16(at + 2, words);
}

function writeVoip(view: DataView, at: number, m: VoipMetrics): void {
  const percent = (offset: number, value: number) =>
    view.setUint8(at + offset, within((value * 256) / 100, 255, Math.floor));
  const half = (offset: number, value: number) => view.setUint16(at + offset, within(value, 0xffff));
  view.setUint32(at, m.ssrc >>> 0);
  percent(4, m.lossPercent);
  percent(5, m.discardPercent);
  percent(6, m.burstDensityPercent);
  percent(7, m.gapDensityPercent);
  half(8, m.burstMs);
  half(10, m.gapMs);
  half(12, m.roundTripMs);
  half(14, m.endSystemMs);
  view.setInt8(at + 16, level(m.signalDbm0));
  view.setInt8(at + 17, level(m.noiseDbm0));
  view.setUint8(at + 18, m.echoLossDb === undefined ? 127 : within(m.echoLossDb, 126));
  view.setUint8(at + 19, within(m.gapThreshold, 255));
  view.setUint8(at + 20, m.rating === undefined ? 127 : within(m.rating, 100));
  // The rating of a network behind us: there is none.
  view.setUint8(at + 21, 127);
  view.setUint8(at + 22, m.mosLq === undefined ? 127 : within(m.mosLq * 10, 50));
  view.setUint8(at + 23, m.mosCq === undefined ? 127 : within(m.mosCq * 10, 50));
  const concealment = concealments.indexOf(m.concealment);
  const buffer = m.buffer === "adaptive" ? 3 : m.buffer === "fixed" ? 2 : 0;
  view.setUint8(at + 24, (concealment << 6) | (buffer << 4) | within(m.bufferRate, 15));
  view.setUint8(at + 25, 0);
  half(26, m.bufferNominalMs);
  half(28, m.bufferMaxMs);
  half(30, m.bufferAbsoluteMaxMs);
}

function level(dbm0: number | undefined): number {
  return dbm0 === undefined ? 127 : Math.max(-127, Math.min(126, Math.round(dbm0)));
}

function within(value: number, most: number, round: (value: number) => number = Math.round): number {
  return Math.max(0, Math.min(most, round(value)));
}
