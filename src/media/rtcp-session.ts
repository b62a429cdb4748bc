/** RTCP of one stream: when it is sent, what it says, and what the far end says of us (RFC 3550 §6, RFC 3611). Unicast. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { canonicalAddress } from "../rtp/peer.ts";
import type { Reception } from "../rtp/reception.ts";
import { ntpMiddle, ntpTime, parseRtcp, type ReportBlock, type RtcpItem, RtcpWriter } from "../rtp/rtcp.ts";
import { averageBytesAfter, rtcpIntervalMs } from "../rtp/rtcp-schedule.ts";
import type { VoipMetrics, XrBlock } from "../rtp/rtcp-xr.ts";
import type { StreamSender } from "./stream-sender.ts";

/** 5 % of a call at 64 kbit/s with its headers, bytes a second. */
const bandwidth = 0.05 * 10_000;
/** Of UDP and IPv4. */
const headerBytes = 28;

export interface RtcpOptions {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly cname: string;
  readonly sender: StreamSender;
  readonly reception: () => Reception | undefined;
  readonly send: (bytes: Uint8Array, size: number, address: string, port: number) => void;
  /** A packet as the far end made it, where something protects it on its way; undefined: it is not the far end's. */
  readonly open: (bytes: Uint8Array) => Uint8Array | undefined;
  /** How the far end's source is heard, for extended reports; undefined while it is not. */
  readonly metrics?: () => VoipMetrics | undefined;
}

export class RtcpSession {
  roundTripMs: number | undefined;
  remoteLossPercent: number | undefined;
  remoteJitterMs: number | undefined;
  /** How the far end hears us, by its last extended report. */
  remoteMetrics: VoipMetrics | undefined;
  /** Extended reports are sent (VQM-01). */
  extended = false;
  /** The far end may send packets that do not begin with a report (RFC 5506); ours always do. */
  reducedSize = false;
  rejected = 0;
  sent = 0;
  received = 0;
  #options: RtcpOptions;
  #remote = { address: "", port: 0, canonical: "" };
  #timer: Timer | undefined;
  #writer = new RtcpWriter();
  #averageBytes = 100 + headerBytes;
  /** Packets sent at the two last reports: who sent nothing since the one before last is no sender (RFC 3550 §6.3.8). */
  #packetsAt: [number, number] = [0, 0];
  #lastSr = { ssrc: 0, middle: 0, arrivalMs: 0 };
  /** The far end's reference time that waits for its answer. */
  #lastRr: { readonly ssrc: number; readonly middle: number; readonly arrivalMs: number } | undefined;

  constructor(options: RtcpOptions) {
    this.#options = options;
  }

  /** Begins or goes on, to that destination. */
  start(address: string, port: number): void {
    this.#remote = { address, port, canonical: canonicalAddress(address) };
    if (this.#timer === undefined) this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Says goodbye for `ssrc` at once: with fewer than 50 members nobody has to wait (RFC 3550 §6.3.7). */
  bye(ssrc: number): void {
    if (this.#remote.port === 0 || (this.sent === 0 && this.#options.sender.figures.packets === 0)) return;
    this.#compound(ssrc).bye(ssrc);
    this.#sendWritten();
    this.#packetsAt = [0, 0];
  }

  /** @param rtpFrom where the peer's RTP comes from, which need not be the negotiated address; "" when none came */
  take(bytes: Uint8Array, address: string, rtpFrom = ""): void {
    if (address !== rtpFrom && canonicalAddress(address) !== this.#remote.canonical) {
      this.rejected++;
      return;
    }
    const clear = this.#options.open(bytes);
    const parsed = clear === undefined ? undefined : parseRtcp(clear, this.reducedSize);
    if (parsed?.ok !== true) {
      this.rejected++;
      return;
    }
    this.received++;
    this.#averageBytes = averageBytesAfter(this.#averageBytes, bytes.length + headerBytes);
    for (const item of parsed.items) this.#item(item);
  }

  #item(item: RtcpItem): void {
    const nowMs = this.#options.clock.now();
    switch (item.type) {
      case "sender-report":
        this.#lastSr = {
          ssrc: item.ssrc,
          middle: ntpMiddle(item.info.ntpSeconds, item.info.ntpFraction),
          arrivalMs: nowMs,
        };
        this.#blocks(item.blocks);
        return;
      case "receiver-report":
        this.#blocks(item.blocks);
        return;
      case "extended-report":
        for (const block of item.blocks) this.#block(item.ssrc, block, nowMs);
        return;
      case "bye":
      case "description":
      case "other":
        return;
      default:
        item satisfies never;
    }
  }

  #blocks(blocks: readonly ReportBlock[]): void {
    const { sender, clock } = this.#options;
    const block = blocks.find((b) => b.ssrc === sender.ssrc);
    if (block === undefined) return;
    this.remoteLossPercent = (block.fractionLost * 100) / 256;
    sender.lossReported(this.remoteLossPercent);
    this.remoteJitterMs = (block.jitterTicks * 1000) / sender.clockHz;
    if (block.lastSr !== 0) this.#tripped(clock.epochMs(), block.lastSr, block.delaySinceLastSr);
  }

  #block(from: number, block: XrBlock, nowMs: number): void {
    const { sender, clock } = this.#options;
    switch (block.type) {
      case "reference-time":
        this.#lastRr = { ssrc: from, middle: ntpMiddle(block.ntpSeconds, block.ntpFraction), arrivalMs: nowMs };
        return;
      case "dlrr": {
        const report = block.reports.find(({ ssrc }) => ssrc === sender.ssrc);
        if (report !== undefined && report.lastRr !== 0)
          this.#tripped(clock.epochMs(), report.lastRr, report.delaySinceLastRr);
        return;
      }
      case "voip-metrics":
        if (block.metrics.ssrc === sender.ssrc) this.remoteMetrics = block.metrics;
        return;
      default:
        block satisfies never;
    }
  }

  /** @param said the middle of what time we said it was @param delay how long the far end kept it, 1/65536 s */
  #tripped(epochMs: number, said: number, delay: number): void {
    const { seconds, fraction } = ntpTime(epochMs);
    const trip = (ntpMiddle(seconds, fraction) - said - delay) | 0;
    // The wall clock may have been set meanwhile, and far ends err: what cannot be is left out.
    if (trip >= -65 && trip < 10 * 65_536) this.roundTripMs = Math.max(0, (trip * 1000) / 65_536);
  }

  #wait(): void {
    const { clock, random, sender } = this.#options;
    const weSend = sender.ofSource.packets > this.#packetsAt[0];
    const hears = this.#options.reception() !== undefined;
    const load = {
      members: 2,
      senders: (weSend ? 1 : 0) + (hears ? 1 : 0),
      weSend,
      bandwidth,
      averageBytes: this.#averageBytes,
      initial: this.sent === 0,
    };
    this.#timer = clock.after(rtcpIntervalMs(load, random()), () => {
      this.#compound(sender.ssrc);
      this.#sendWritten();
      this.#wait();
    });
  }

  /** Report and description, as every compound must have them (RFC 3550 §6.1). */
  #compound(ssrc: number): RtcpWriter {
    const { clock, sender, cname } = this.#options;
    const packets = sender.ofSource.packets;
    const weSend = packets > this.#packetsAt[0];
    this.#packetsAt = [this.#packetsAt[1], packets];
    const ntp = ntpTime(clock.epochMs());
    const info = weSend
      ? {
          ntpSeconds: ntp.seconds,
          ntpFraction: ntp.fraction,
          rtpTimestamp: sender.timestamp,
          packets,
          octets: sender.ofSource.octets,
        }
      : undefined;
    return this.#writer
      .report(ssrc, info, this.#reports())
      .description(ssrc, cname)
      .extended(ssrc, this.#extension(ntp));
  }

  /** A reference time goes along, so that the round trip is known of calls in which only one side sends (RFC 3611 §4.4). */
  #extension(ntp: { readonly seconds: number; readonly fraction: number }): readonly XrBlock[] {
    if (!this.extended) return [];
    const blocks: XrBlock[] = [{ type: "reference-time", ntpSeconds: ntp.seconds, ntpFraction: ntp.fraction }];
    const asked = this.#lastRr;
    this.#lastRr = undefined;
    if (asked !== undefined) {
      const sinceMs = this.#options.clock.now() - asked.arrivalMs;
      const delaySinceLastRr = Math.round(sinceMs * 65.536) >>> 0;
      blocks.push({ type: "dlrr", reports: [{ ssrc: asked.ssrc, lastRr: asked.middle, delaySinceLastRr }] });
    }
    const metrics = this.#options.metrics?.();
    if (metrics !== undefined) blocks.push({ type: "voip-metrics", metrics });
    return blocks;
  }

  #reports(): readonly ReportBlock[] {
    const reception = this.#options.reception();
    if (reception === undefined) return [];
    const known = this.#lastSr.ssrc === reception.ssrc && this.#lastSr.middle !== 0;
    const sinceMs = this.#options.clock.now() - this.#lastSr.arrivalMs;
    return [
      {
        ssrc: reception.ssrc,
        fractionLost: reception.takeFractionLost(),
        cumulativeLost: reception.lost,
        extendedHighest: reception.extendedHighest,
        jitterTicks: reception.jitterTicks,
        lastSr: known ? this.#lastSr.middle : 0,
        delaySinceLastSr: known ? Math.round(sinceMs * 65.536) >>> 0 : 0,
      },
    ];
  }

  #sendWritten(): void {
    const bytes = this.#writer.bytes;
    // The writer's buffer is used again before the system may be done with it.
    this.#options.send(bytes.slice(), bytes.length, this.#remote.address, this.#remote.port);
    this.sent++;
    this.#averageBytes = averageBytesAfter(this.#averageBytes, bytes.length + headerBytes);
  }
}
