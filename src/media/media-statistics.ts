/** The live figures of the media worker: its streams, its sound card, its voice processing and its loop. Types only. */
import type { AudioFigures, AudioPath } from "../../hal/audio.ts";
import type { CallQuality } from "./call-quality.ts";
import type { CodecName, Direction, SrtpSuite } from "./protocol.ts";

export interface MediaStatistics {
  readonly streams: readonly StreamStatistics[];
  readonly device: AudioFigures & { readonly path: AudioPath };
  /** What is done to the microphone of the path in use. */
  readonly voice?: VoiceFigures;
  /** Delay of the worker's event loop, ms, since the last reading. */
  readonly loopDelayMs: { readonly median: number; readonly worst: number };
}

export interface VoiceFigures {
  readonly echoCanceller: "none" | "aec3" | "mdf";
  readonly noiseSuppression: boolean;
  readonly gainControl: boolean;
  /** By how much later the far end hears the microphone because of it, ms. */
  readonly delayMs: number;
  /** By how much the microphone was lowered while the far end spoke, over its last second, dB. */
  readonly echoLoweredDb: number;
  /** What gain control adds, dB. */
  readonly gainDb: number;
}

/** Live figures of a stream (the panel shows them as they are). Counts are since the stream was opened. */
export interface StreamStatistics {
  readonly stream: number;
  readonly codec: CodecName | undefined;
  readonly remote: string;
  readonly direction: Direction;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Lost by sequence numbers, in all and in percent. */
  readonly lost: number;
  readonly lossPercent: number;
  /** Interarrival jitter, ms (RFC 3550 §6.4.1). */
  readonly jitterMs: number;
  /** Jitter buffer: mean delay now, its target, ms. */
  readonly bufferDelayMs: number;
  readonly bufferTargetMs: number;
  /** Packets that came after their turn, duplicates, and ones that were no valid RTP or not from the peer. */
  readonly late: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** What protects the stream; absent where nothing does. Packets that failed authentication, or came a second time. */
  readonly srtp?: { readonly suite: SrtpSuite; readonly unauthenticated: number; readonly replayed: number };
  /** 10 ms frames made by concealment. */
  readonly concealedFrames: number;
  /** Round trip by RTCP, ms. */
  readonly roundTripMs: number | undefined;
  /** What the far end reported of what we send. */
  readonly remoteLossPercent: number | undefined;
  readonly remoteJitterMs: number | undefined;
  /** Listening quality of the last ten seconds by the E-model (G.107), 1 to 4.5; conversational quality; R, 0 to 93.2. */
  readonly mos: number | undefined;
  readonly mosCq?: number | undefined;
  readonly rating?: number | undefined;
  /** Since the stream began; absent before it was configured. */
  readonly quality?: CallQuality | undefined;
  /** Speech levels over the last second, dBov. */
  readonly levelInDbov: number;
  readonly levelOutDbov: number;
}
