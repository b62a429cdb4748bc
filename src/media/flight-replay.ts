/**
 * A kept recording of the flight recorder, read and played again through the very playout of a call: what a person heard,
 * and second by second why. Pure; the program that reads the file is test/lab/replay.ts.
 */
import { codecs } from "../codec/index.ts";
import { type FlightHeader, flightKinds, flightMagic } from "./flight-recorder.ts";
import { Playout } from "./playout.ts";
import type { MediaTuning, ReceivedFormat } from "./protocol.ts";

export type FlightRecord =
  /** How things stand; the playout was told nothing. */
  | { type: "setup"; receive: readonly ReceivedFormat[]; jitter: MediaTuning["jitter"] }
  | { type: "change"; receive: readonly ReceivedFormat[] | undefined; jitter: MediaTuning["jitter"] | undefined }
  | {
      type: "packet" | "noise";
      atMs: number;
      sequence: number;
      timestamp: number;
      /** Payload type, or the clock of a noise. */
      kind: number;
      marker: boolean;
      /** Bytes that came; the recording may hold fewer. */
      size: number;
      payload: Uint8Array;
    }
  | { type: "soundless"; sequence: number }
  | { type: "frame"; nowMs: number }
  | { type: "reset" }
  | { type: "figures"; figures: FlightFigures };

/** Counts are since the stream began, or was reset. */
export interface FlightFigures {
  readonly delayMs: number;
  readonly targetMs: number;
  readonly played: number;
  readonly lost: number;
  readonly late: number;
  readonly skipped: number;
  readonly concealedFrames: number;
  readonly expandedMs: number;
  readonly compressedMs: number;
}

/** One second of the call. */
export interface FlightSecond {
  /** From the recording's beginning. */
  readonly second: number;
  readonly arrived: number;
  readonly played: number;
  readonly lost: number;
  readonly late: number;
  readonly skipped: number;
  readonly concealedMs: number;
  readonly stretchedMs: number;
  /** At its end. */
  readonly delayMs: number;
  readonly targetMs: number;
}

export interface Flight {
  readonly header: FlightHeader;
  readonly seconds: readonly FlightSecond[];
  /** At 16 kHz; undefined where the recording was made without sound. */
  readonly heard: Int16Array | undefined;
  /** The recording ends in the middle of a record. */
  readonly torn: boolean;
}

const noFigures: FlightFigures = {
  ...{ delayMs: 0, targetMs: 0, played: 0, lost: 0, late: 0, skipped: 0 },
  ...{ concealedFrames: 0, expandedMs: 0, compressedMs: 0 },
};

const frameSamples = 160;

/** undefined: it is no recording of the flight recorder. */
export function readFlight(
  bytes: Uint8Array,
): { readonly header: FlightHeader; readonly records: Uint8Array } | undefined {
  const first = bytes.indexOf(10);
  const second = bytes.indexOf(10, first + 1);
  if (first < 0 || second < 0 || second > 4096) return undefined;
  const text = new TextDecoder();
  if (text.decode(bytes.subarray(0, first)) !== flightMagic) return undefined;
  const header = objectOf(text.decode(bytes.subarray(first + 1, second)));
  if (header === undefined) return undefined;
  return { header: header as unknown as FlightHeader, records: bytes.subarray(second + 1) };
}

/** @throws Error that says what is wrong with the file */
export function replay(bytes: Uint8Array): Flight {
  const read = readFlight(bytes);
  if (read === undefined)
    throw new Error(`this is no recording of the flight recorder: it does not begin with "${flightMagic}"`);
  const { header, records } = read;
  const reader = new FlightReader(records);
  const log = new SecondLog();
  const frames: Int16Array[] = [];
  let playout: Playout | undefined;
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    log.take(record);
    if (record.type === "setup") {
      if (playout !== undefined) continue;
      playout = new Playout({ rateHz: 16_000, jitter: record.jitter });
      if (record.receive.length > 0) playout.setReceive(record.receive);
    } else if (playout !== undefined && header.sound) {
      const frame = play(playout, record);
      if (frame !== undefined) frames.push(frame);
    }
  }
  return { header, seconds: log.seconds, heard: header.sound ? joined(frames) : undefined, torn: reader.torn };
}

function play(playout: Playout, record: Exclude<FlightRecord, { type: "setup" }>): Int16Array | undefined {
  switch (record.type) {
    case "packet":
      playout.put(record.sequence, record.timestamp, record.kind, record.marker, record.payload, record.atMs);
      return undefined;
    case "noise":
      playout.putNoise(record.sequence, record.timestamp, record.kind, record.payload, record.atMs);
      return undefined;
    case "soundless":
      playout.skip(record.sequence);
      return undefined;
    case "reset":
      playout.reset();
      return undefined;
    case "change":
      if (record.receive !== undefined) playout.setReceive(record.receive);
      if (record.jitter !== undefined) playout.tune(record.jitter);
      return undefined;
    case "frame": {
      const frame = new Int16Array(frameSamples);
      playout.pull(frame, record.nowMs);
      return frame;
    }
    case "figures":
      return undefined;
    default:
      return record satisfies never;
  }
}

function joined(frames: readonly Int16Array[]): Int16Array {
  const out = new Int16Array(frames.length * frameSamples);
  frames.forEach((frame, i) => {
    out.set(frame, i * frameSamples);
  });
  return out;
}

/** Sums up what happened in each second. */
class SecondLog {
  readonly seconds: FlightSecond[] = [];
  #startMs = Number.NaN;
  #arrived = 0;
  #figures = noFigures;
  /** At the last second's end; counts of before a reset are added to what follows. */
  #before = noFigures;
  #base = noFigures;

  take(record: FlightRecord): void {
    if (record.type === "packet" || record.type === "noise") this.#arrived++;
    if (record.type === "reset") this.#base = this.#figures;
    if (record.type === "figures") this.#figures = plus(record.figures, this.#base);
    if (record.type !== "frame") return;
    if (Number.isNaN(this.#startMs)) this.#startMs = record.nowMs;
    // Ended by the first frame of the next one; a hold leaves seconds out.
    const second = Math.floor((record.nowMs - this.#startMs) / 1000);
    if (second > this.seconds.length && second - this.seconds.length < 86_400) this.#end(second - 1);
  }

  #end(second: number): void {
    const now = this.#figures;
    const before = this.#before;
    const grown = (of: (f: FlightFigures) => number) => Math.max(0, of(now) - of(before));
    while (this.seconds.length < second) this.seconds.push({ ...quiet, second: this.seconds.length });
    this.seconds.push({
      second,
      arrived: this.#arrived,
      played: grown((f) => f.played),
      lost: grown((f) => f.lost),
      late: grown((f) => f.late),
      skipped: grown((f) => f.skipped),
      concealedMs: 10 * grown((f) => f.concealedFrames),
      stretchedMs: grown((f) => f.expandedMs) - grown((f) => f.compressedMs),
      delayMs: now.delayMs,
      targetMs: now.targetMs,
    });
    this.#arrived = 0;
    this.#before = now;
  }
}

const quiet = {
  ...{ arrived: 0, played: 0, lost: 0, late: 0, skipped: 0, concealedMs: 0, stretchedMs: 0, delayMs: 0, targetMs: 0 },
};

function plus(f: FlightFigures, base: FlightFigures): FlightFigures {
  return {
    delayMs: f.delayMs,
    targetMs: f.targetMs,
    played: f.played + base.played,
    lost: f.lost + base.lost,
    late: f.late + base.late,
    skipped: f.skipped + base.skipped,
    concealedFrames: f.concealedFrames + base.concealedFrames,
    expandedMs: f.expandedMs + base.expandedMs,
    compressedMs: f.compressedMs + base.compressedMs,
  };
}

/** Reads records one after the other and stops at the first that is not whole. */
export class FlightReader {
  torn = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  next(): FlightRecord | undefined {
    if (this.torn || this.#at >= this.#bytes.length) return undefined;
    try {
      return this.#record(this.#view.getUint8(this.#at++));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.torn = true;
      return undefined;
    }
  }

  #record(kind: number): FlightRecord {
    switch (kind) {
      case flightKinds.setup: {
        const { receive, jitter } = this.#told();
        if (receive === undefined || jitter === undefined) throw new RangeError("setup");
        return { type: "setup", receive, jitter };
      }
      case flightKinds.change:
        return { type: "change", ...this.#told() };
      case flightKinds.packet:
      case flightKinds.noise: {
        const type = kind === flightKinds.packet ? "packet" : "noise";
        const atMs = this.#time();
        const sequence = this.#half();
        const timestamp = this.#word();
        const word = type === "packet" ? this.#view.getUint8(this.#at++) : this.#word();
        const size = this.#half();
        const payload = this.#take(this.#half());
        const marker = type === "packet" && word >= 128;
        return { type, atMs, sequence, timestamp, kind: type === "packet" ? word & 127 : word, marker, size, payload };
      }
      case flightKinds.soundless:
        return { type: "soundless", sequence: this.#half() };
      case flightKinds.frame:
        return { type: "frame", nowMs: this.#time() };
      case flightKinds.reset:
        return { type: "reset" };
      case flightKinds.figures:
        return {
          type: "figures",
          figures: {
            ...{ delayMs: this.#half() / 10, targetMs: this.#half() / 10, played: this.#word(), lost: this.#word() },
            ...{ late: this.#word(), skipped: this.#word(), concealedFrames: this.#word() },
            ...{ expandedMs: this.#word(), compressedMs: this.#word() },
          },
        };
      default:
        throw new RangeError(`kind ${kind}`);
    }
  }

  #told(): Omit<Extract<FlightRecord, { type: "change" }>, "type"> {
    const told = objectOf(new TextDecoder().decode(this.#take(this.#half()))) ?? {};
    const { receive, jitter } = told;
    return {
      receive: Array.isArray(receive) ? receive.filter(isFormat) : undefined,
      jitter: isJitter(jitter) ? jitter : undefined,
    };
  }

  #half(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }

  #word(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  #time(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  #take(bytes: number): Uint8Array {
    if (this.#at + bytes > this.#bytes.length) throw new RangeError("bytes");
    this.#at += bytes;
    return this.#bytes.slice(this.#at - bytes, this.#at);
  }
}

function isFormat(value: unknown): value is ReceivedFormat {
  if (typeof value !== "object" || value === null || !("codec" in value) || !("payloadType" in value)) return false;
  const { codec, payloadType } = value;
  return typeof codec === "string" && Object.hasOwn(codecs, codec) && typeof payloadType === "number";
}

function isJitter(value: unknown): value is MediaTuning["jitter"] {
  if (typeof value !== "object" || value === null) return false;
  return "adaptive" in value && ["minMs", "maxMs", "normalMs"].every((name) => name in value);
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
