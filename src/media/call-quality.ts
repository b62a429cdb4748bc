/** What the media worker tells of the quality of one stream beside its live figures: the material of reports (RFC 3611 §4.7, RFC 6035). Types only. */
import type { CodecName, Endpoint } from "./protocol.ts";

/** RFC 3611 §4.7: how one receiver heard one source since reception began. */
export interface VoipMetrics {
  /** The source that is reported on. */
  readonly ssrc: number;
  /** Lost in the network and discarded by the jitter buffer, percent of what was expected. */
  readonly lossPercent: number;
  readonly discardPercent: number;
  /** Lost or discarded inside bursts and inside gaps, percent. */
  readonly burstDensityPercent: number;
  readonly gapDensityPercent: number;
  /** Mean lengths, ms. */
  readonly burstMs: number;
  readonly gapMs: number;
  /** ms; 0 where it is not known. */
  readonly roundTripMs: number;
  /** What the receiver itself adds, ms. */
  readonly endSystemMs: number;
  /** dBm0; undefined where nobody measured. */
  readonly signalDbm0: number | undefined;
  readonly noiseDbm0: number | undefined;
  /** Residual echo return loss, dB. */
  readonly echoLossDb: number | undefined;
  /** Packets without loss that separate two bursts. */
  readonly gapThreshold: number;
  /** 0 to 100. */
  readonly rating: number | undefined;
  /** 1 to 5. */
  readonly mosLq: number | undefined;
  readonly mosCq: number | undefined;
  /** Of the receiver's jitter buffer. */
  readonly concealment: "unspecified" | "none" | "enhanced" | "standard";
  readonly buffer: "unknown" | "fixed" | "adaptive";
  /** 0 to 15, see §4.7.6. */
  readonly bufferRate: number;
  readonly bufferNominalMs: number;
  readonly bufferMaxMs: number;
  readonly bufferAbsoluteMaxMs: number;
}

/** What runs one way. */
export interface QualityFormat {
  readonly codec: CodecName;
  readonly payloadType: number;
  /** Length of its packets, ms. */
  readonly packetMs: number;
}

export interface CallQuality {
  /** Wall clock when the stream was first configured, and now, ms since 1970. */
  readonly startEpochMs: number;
  readonly nowEpochMs: number;
  readonly local: Endpoint & { readonly ssrc: number };
  /** Before its first packet the far end has no SSRC. */
  readonly remote: Endpoint & { readonly ssrc: number | undefined };
  /** Undefined before the first packet was played. */
  readonly received: QualityFormat | undefined;
  readonly sent: QualityFormat;
  readonly silenceSuppression: boolean;
  /** How we hear the far end, since the stream began. */
  readonly heard: VoipMetrics | undefined;
  /** How the far end says that it hears us; undefined where it does not. */
  readonly told: VoipMetrics | undefined;
  /** Packets. */
  readonly expected: number;
  readonly lost: number;
  /** Late, and thrown away to bring the delay down. */
  readonly discarded: number;
  /** Interarrival jitter now, and the mean of all that was measured, ms. */
  readonly jitterMs: number;
  readonly meanJitterMs: number;
  /** Symmetric one-way delay: half of the round trip and of what both ends add, ms (RFC 6035 §4.6.2.7). */
  readonly oneWayMs: number;
  /** Conversational rating, 0 to 93.2. */
  readonly ratingCq: number | undefined;
  /** The lowest live listening quality, over ten seconds each. */
  readonly worstMosLq: number | undefined;
}
