/** A sender, a network with loss, jitter, spikes and drift from a seed, and a card that pulls: for tests and benchmarks of Playout. */
import { codecs } from "../../../src/codec/index.ts";
import { Playout } from "../../../src/media/playout.ts";
import type { PlayoutFigures } from "../../../src/media/playout-figures.ts";
import type { CodecName, FormatParameters } from "../../../src/media/protocol.ts";
import { random } from "./speech-like.ts";

export interface Trace {
  /** Share of packets lost, and mean length of a burst of losses (1: each by itself). */
  readonly loss?: number;
  readonly burst?: number;
  /** Each packet is delayed by 0 to this, ms. */
  readonly jitterMs?: number;
  /** Every `periodMs` all that is sent within `heightMs` arrives together at its end. */
  readonly spike?: { readonly periodMs: number; readonly heightMs: number };
  /** Sender's clock against ours: positive is slower, so that packets come ever later. */
  readonly driftPpm?: number;
}

export interface Packet {
  readonly sequence: number;
  readonly timestamp: number;
  readonly payloadType: number;
  readonly payload: Uint8Array;
  readonly arrivalMs: number;
}

/** The packets of `pcm`, in the order in which they arrive; lost ones are left out. */
export function send(
  pcm: Int16Array,
  codec: CodecName,
  ptimeMs: number,
  trace: Trace,
  seed: number,
  parameters: FormatParameters = {},
): Packet[] {
  const { samplesPerMs, bytesPerMs, rtpClockHz } = codecs[codec];
  const encoder = codecs[codec].createEncoder(parameters);
  const next = random(seed);
  const phaseMs = 10 * next();
  const samples = samplesPerMs * ptimeMs;
  const { loss = 0, burst = 1 } = trace;
  const packets: Packet[] = [];
  let bad = false;
  for (let n = 0; (n + 1) * samples <= pcm.length; n++) {
    encoder.expectLoss?.(100 * loss);
    const room = new Uint8Array(bytesPerMs * ptimeMs);
    const payload = room.subarray(0, encoder.encode(pcm.subarray(n * samples, (n + 1) * samples), room));
    const u = next();
    const jitterMs = (trace.jitterMs ?? 0) * next();
    bad = burst > 1 ? (bad ? u >= 1 / burst : u < loss / (burst * (1 - loss))) : u < loss;
    if (bad) continue;
    const sentMs = (n + 1) * ptimeMs;
    const inSpike =
      trace.spike === undefined ? 0 : Math.max(0, trace.spike.heightMs - ((n * ptimeMs) % trace.spike.periodMs));
    packets.push({
      // Both wrap early in the call.
      sequence: (65_400 + n) & 0xffff,
      timestamp: (4_294_900_000 + (n * ptimeMs * rtpClockHz) / 1000) >>> 0,
      payloadType: 96,
      payload,
      arrivalMs: sentMs * (1 + (trace.driftPpm ?? 0) * 1e-6) + phaseMs + jitterMs + inSpike,
    });
  }
  return packets.sort((a, b) => a.arrivalMs - b.arrivalMs);
}

export interface Heard {
  readonly pcm: Int16Array;
  readonly figures: PlayoutFigures;
  /** Mean of the buffer's delay while packets came, ms. */
  readonly delayMs: number;
  /** Time spent in put and pull for each 10 ms, µs. */
  readonly costUs: number;
}

/** What a card that pulls every 10 ms plays of `packets`. */
export function receive(
  packets: readonly Packet[],
  codec: CodecName,
  lengthMs: number,
  eachFrame?: (figures: PlayoutFigures, nowMs: number) => void,
  playout = newPlayout(codec),
): Heard {
  const frames = Math.ceil(lengthMs / 10);
  const pcm = new Int16Array(frames * 160);
  const frame = new Int16Array(160);
  let at = 0;
  let delay = 0;
  let counted = 0;
  let spentMs = 0;
  for (let i = 0; i < frames; i++) {
    const nowMs = 10 * i;
    const begun = performance.now();
    for (let packet = packets[at]; packet !== undefined && packet.arrivalMs <= nowMs; packet = packets[++at]) {
      playout.put(packet.sequence, packet.timestamp, packet.payloadType, false, packet.payload, packet.arrivalMs);
    }
    playout.pull(frame, nowMs);
    spentMs += performance.now() - begun;
    pcm.set(frame, i * 160);
    if (at > 0 && at < packets.length && playout.figures.bufferDelayMs > 0) {
      delay += playout.figures.bufferDelayMs;
      counted++;
    }
    eachFrame?.(playout.figures, nowMs);
  }
  return {
    pcm,
    figures: { ...playout.figures },
    delayMs: counted === 0 ? 0 : delay / counted,
    costUs: (1000 * spentMs) / frames,
  };
}

export function newPlayout(codec: CodecName, jitter = { adaptive: true, minMs: 0, maxMs: 240, normalMs: 60 }): Playout {
  const playout = new Playout({ rateHz: 16_000, jitter });
  playout.setReceive([{ payloadType: 96, codec }]);
  return playout;
}

/** What a plain buffer plays: a fixed delay after the first packet, silence for what is not there in time, no stretching. */
export function receivePlainly(
  packets: readonly Packet[],
  codec: CodecName,
  lengthMs: number,
  delayMs: number,
): Int16Array {
  const { samplesPerMs, rtpClockHz } = codecs[codec];
  const decoder = codecs[codec].createDecoder();
  const first = packets[0];
  const pcm = new Int16Array(Math.ceil(lengthMs / 10) * 10 * samplesPerMs);
  if (first === undefined) return pcm;
  const ordered = [...packets].sort((a, b) => ((a.sequence - b.sequence) << 16) >> 16);
  const scratch = new Int16Array(2048);
  for (const packet of ordered) {
    const mediaMs = (1000 * ((packet.timestamp - first.timestamp) | 0)) / rtpClockHz;
    const dueMs = Math.ceil((first.arrivalMs + delayMs) / 10) * 10 + mediaMs;
    const count = decoder.decode(packet.payload, scratch);
    if (packet.arrivalMs > dueMs || dueMs < 0) continue;
    pcm.set(scratch.subarray(0, count), Math.min(pcm.length - count, dueMs * samplesPerMs));
  }
  return pcm;
}
