/** The figures of one stream, live and since its beginning, from what its sender, receiver and RTCP know (VQM-01, VQM-05). It changes nothing of the sound. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { type LevelMeter, SILENCE_DBOV } from "../dsp/level-meter.ts";
import type { VoipMetrics } from "../rtp/rtcp-xr.ts";
import { BurstGap, gapThreshold } from "./burst-gap.ts";
import type { CallQuality } from "./call-quality.ts";
import { estimateOf, type QualityEstimate } from "./e-model.ts";
import type { Endpoint, MediaEvent, MediaTuning, StreamSettings, StreamStatistics } from "./protocol.ts";
import type { RtcpSession } from "./rtcp-session.ts";
import type { StreamReceiver } from "./stream-receiver.ts";
import type { StreamSender } from "./stream-sender.ts";

/** What a phone adds to the delay besides its jitter buffer: two frames of the card, ms. */
const deviceMs = 20;
/** A full-scale square wave, dBm0: a sine of full scale is 3.14 dBm0 (G.711) and -3.01 dBov. */
const fullScaleDbm0 = 6.15;
/** Louder is speech, dBov. */
const speechDbov = -45;
/** Once the far end has been heard for so long, the live figure counts as one, ms. */
const settledMs = 3000;
/** Between two looks at what changes slowly, ms. */
const lookMs = 1000;
/** How fast the buffer follows, as RFC 3611 §4.7.6 counts: a step of jitter is followed within 2 * 5 * 20 ms. */
const bufferRate = 5;

export interface StreamQualityParts {
  readonly id: number;
  readonly clock: Clock;
  readonly local: Endpoint;
  readonly sender: StreamSender;
  readonly receiver: StreamReceiver;
  readonly rtcp: RtcpSession;
  readonly settings: () => StreamSettings | undefined;
  readonly tuning: () => MediaTuning;
  readonly levelIn: LevelMeter;
  readonly levelOut: LevelMeter;
  readonly protection: () => Pick<StreamStatistics, "srtp">;
  readonly emit: (event: MediaEvent) => void;
}

export class StreamQuality {
  readonly #parts: StreamQualityParts;
  readonly #bursts = new BurstGap();
  #timer: Timer | undefined;
  /** Of the jitter buffer when it was looked at last. */
  #received = 0;
  #played = 0;
  #missing = 0;
  #skipped = 0;
  /** Thrown away in buffers that were reset since. */
  #skippedBefore = 0;
  #nextMs = Number.NEGATIVE_INFINITY;
  #beganMs = Number.NaN;
  #beganEpochMs = 0;
  #bufferMaxMs = 0;
  #jitter = { sumMs: 0, count: 0 };
  #speech = { sumDbov: 0, count: 0 };
  #noise = { sumDbov: 0, count: 0 };
  #worstMosLq: number | undefined;

  constructor(parts: StreamQualityParts) {
    this.#parts = parts;
  }

  /** The stream was configured. */
  began(): void {
    if (!Number.isNaN(this.#beganMs)) return;
    this.#beganMs = this.#parts.clock.now();
    this.#beganEpochMs = this.#parts.clock.epochMs();
    this.follow();
  }

  /** How often it is told may have changed. */
  follow(): void {
    this.#timer?.cancel();
    const seconds = this.#parts.tuning().qualitySeconds ?? 0;
    if (seconds <= 0 || Number.isNaN(this.#beganMs)) return;
    this.#timer = this.#parts.clock.after(1000 * seconds, () => {
      this.#tell(false);
      this.follow();
    });
  }

  /** The lowest live listening quality so far; undefined before there was one. */
  get worstMosLq(): number | undefined {
    return this.#worstMosLq;
  }

  /** Tells of it for the last time. */
  close(): void {
    this.#timer?.cancel();
    if (!Number.isNaN(this.#beganMs)) this.#tell(true);
  }

  #tell(final: boolean): void {
    const { id, emit } = this.#parts;
    emit({ type: "quality", stream: id, final, statistics: this.statistics() });
  }

  /** Every 10 ms, after the frame. Nothing is allocated. */
  tick(nowMs: number): void {
    const figures = this.#parts.receiver.playout.figures;
    const missing = figures.lost + figures.late + figures.skipped;
    if (figures.received < this.#received) {
      // The buffer was begun anew.
      this.#skippedBefore += this.#skipped;
      this.#played = 0;
      this.#missing = 0;
    }
    this.#received = figures.received;
    this.#skipped = figures.skipped;
    // Within a frame what was lost lies before what was played.
    for (; this.#missing < missing; this.#missing++) this.#bursts.missing();
    for (; this.#played < figures.played; this.#played++) this.#bursts.played();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + lookMs;
    this.#look(nowMs);
  }

  #look(nowMs: number): void {
    const { receiver, levelIn } = this.#parts;
    const { reception, playout } = receiver;
    if (reception === undefined) return;
    this.#bufferMaxMs = Math.max(this.#bufferMaxMs, playout.figures.bufferDelayMs, playout.figures.targetMs);
    this.#jitter.sumMs += reception.jitterMs;
    this.#jitter.count++;
    const level = levelIn.levelDbov;
    const kind = level > speechDbov ? this.#speech : this.#noise;
    if (level > SILENCE_DBOV) {
      kind.sumDbov += level;
      kind.count++;
    }
    const mosLq = this.#live()?.mosLq;
    if (mosLq !== undefined && nowMs - this.#beganMs > settledMs)
      this.#worstMosLq = Math.min(this.#worstMosLq ?? 5, mosLq);
  }

  statistics(): StreamStatistics {
    const { id, sender, receiver, levelIn, levelOut } = this.#parts;
    const rtcp = this.#parts.rtcp;
    const settings = this.#parts.settings();
    const figures = receiver.playout.figures;
    const live = this.#live();
    return {
      stream: id,
      codec: settings?.codec,
      remote: settings === undefined ? "" : endpointText(settings.remote.address, settings.remote.port),
      direction: settings?.direction ?? "inactive",
      packetsSent: sender.figures.packets,
      packetsReceived: receiver.packets,
      bytesSent: sender.figures.octets,
      bytesReceived: receiver.bytes,
      lost: receiver.lost,
      lossPercent: receiver.expected === 0 ? 0 : (receiver.lost * 100) / receiver.expected,
      jitterMs: receiver.reception?.jitterMs ?? 0,
      bufferDelayMs: figures.bufferDelayMs,
      bufferTargetMs: figures.targetMs,
      late: receiver.late,
      duplicates: receiver.duplicates,
      rejected: receiver.rejected + rtcp.rejected,
      ...this.#parts.protection(),
      concealedFrames: receiver.concealedFrames,
      roundTripMs: rtcp.roundTripMs,
      remoteLossPercent: rtcp.remoteLossPercent,
      remoteJitterMs: rtcp.remoteJitterMs,
      mos: live?.mosLq,
      mosCq: live?.mosCq,
      rating: live?.ratingLq,
      quality: this.#whole(),
      levelInDbov: levelIn.levelDbov,
      levelOutDbov: settings === undefined ? SILENCE_DBOV : levelOut.levelDbov,
    };
  }

  /** How the far end's source is heard since the beginning, for extended reports; undefined before its first packet. */
  metrics(): VoipMetrics | undefined {
    const { receiver, tuning } = this.#parts;
    const { reception } = receiver;
    const settings = this.#parts.settings();
    if (reception === undefined || settings === undefined || receiver.expected === 0) return undefined;
    const { adaptive, normalMs, maxMs } = tuning().jitter;
    const targetMs = receiver.playout.figures.targetMs;
    const bursts = this.#bursts.figures;
    const packetMs = receiver.playout.figures.packetMs;
    const whole = this.#estimate(this.#missingPercent(receiver.lost + this.#discarded));
    return {
      ssrc: reception.ssrc,
      lossPercent: percentOf(receiver.lost, receiver.expected),
      discardPercent: percentOf(this.#discarded, receiver.expected),
      burstDensityPercent: bursts.burstDensityPercent,
      gapDensityPercent: bursts.gapDensityPercent,
      burstMs: bursts.burstPackets * packetMs,
      gapMs: bursts.gapPackets * packetMs,
      roundTripMs: this.#parts.rtcp.roundTripMs ?? 0,
      endSystemMs: this.#endSystemMs,
      signalDbm0: meanDbm0(this.#speech),
      noiseDbm0: meanDbm0(this.#noise),
      echoLossDb: undefined,
      gapThreshold,
      rating: whole?.ratingLq,
      mosLq: whole?.mosLq,
      mosCq: whole?.mosCq,
      // Better than the repetition of packets of G.711 Appendix I.
      concealment: "enhanced",
      buffer: adaptive ? "adaptive" : "fixed",
      bufferRate: adaptive ? bufferRate : 0,
      bufferNominalMs: adaptive ? targetMs : normalMs,
      bufferMaxMs: adaptive ? Math.max(this.#bufferMaxMs, targetMs) : normalMs,
      bufferAbsoluteMaxMs: adaptive ? maxMs : normalMs,
    };
  }

  #whole(): CallQuality | undefined {
    const { sender, receiver, local, clock } = this.#parts;
    const settings = this.#parts.settings();
    const rtcp = this.#parts.rtcp;
    if (settings === undefined) return undefined;
    const { codec, payloadType, ptimeMs, remote } = settings;
    const heard = this.metrics();
    const told = rtcp.remoteMetrics;
    const playing = receiver.playout.figures.codec;
    const type = settings.receive.find((one) => one.codec === playing)?.payloadType;
    const endsMs = this.#endSystemMs + (told?.endSystemMs ?? this.#endSystemMs);
    return {
      startEpochMs: this.#beganEpochMs,
      nowEpochMs: clock.epochMs(),
      local: { ...local, ssrc: sender.ssrc },
      remote: { address: remote.address, port: remote.port, ssrc: receiver.reception?.ssrc },
      received:
        playing === undefined
          ? undefined
          : { codec: playing, payloadType: type ?? payloadType, packetMs: receiver.playout.figures.packetMs },
      sent: { codec, payloadType, packetMs: ptimeMs },
      silenceSuppression: settings.silenceSuppression === true,
      heard,
      told,
      expected: receiver.expected,
      lost: receiver.lost,
      discarded: this.#discarded,
      jitterMs: receiver.reception?.jitterMs ?? 0,
      meanJitterMs: this.#jitter.count === 0 ? 0 : this.#jitter.sumMs / this.#jitter.count,
      oneWayMs: ((rtcp.roundTripMs ?? 0) + endsMs) / 2,
      ratingCq: this.#estimate(this.#missingPercent(receiver.lost + this.#discarded))?.ratingCq,
      worstMosLq: this.#worstMosLq,
    };
  }

  get #discarded(): number {
    return Math.max(
      0,
      this.#parts.receiver.late + this.#skippedBefore + this.#skipped - this.#parts.receiver.recovered,
    );
  }

  /** What this end adds both ways: buffer, packet and card, ms. */
  get #endSystemMs(): number {
    const { receiver } = this.#parts;
    return receiver.playout.figures.bufferDelayMs + (this.#parts.settings()?.ptimeMs ?? 0) + deviceMs;
  }

  #missingPercent(missing: number): number {
    return percentOf(missing, this.#parts.receiver.expected);
  }

  /** Over the last ten seconds; redundant copies that came in time are no loss to the ear. */
  #live(): QualityEstimate | undefined {
    const { receiver } = this.#parts;
    const missing = Math.max(0, receiver.lost + receiver.late - receiver.recovered);
    const percent = receiver.loss.percent(receiver.expected, missing);
    return percent === undefined ? undefined : this.#estimate(percent);
  }

  #estimate(lossPercent: number): QualityEstimate | undefined {
    const settings = this.#parts.settings();
    if (settings === undefined) return undefined;
    const { receiver } = this.#parts;
    const delayMs = (this.#parts.rtcp.roundTripMs ?? 0) / 2 + this.#endSystemMs;
    const codec = receiver.playout.figures.codec ?? settings.codec;
    return estimateOf(codec, lossPercent, this.#bursts.figures.burstRatio, delayMs);
  }
}

function percentOf(part: number, all: number): number {
  return all <= 0 ? 0 : Math.max(0, Math.min(100, (part * 100) / all));
}

function meanDbm0({ sumDbov, count }: { readonly sumDbov: number; readonly count: number }): number | undefined {
  return count === 0 ? undefined : sumDbov / count + fullScaleDbm0;
}

function endpointText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
