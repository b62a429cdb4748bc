/**
 * The flight recorder of one stream: everything that its playout was told, and what it decided, in a ring of fixed size,
 * so that what a person heard can be made again (flight-replay.ts). It writes no files and changes nothing of the sound.
 */
import type { PlayoutFigures } from "./playout-figures.ts";
import type { MediaTuning, ReceivedFormat } from "./protocol.ts";

/**
 * ```
 * kind        behind it, little endian
 * 1 setup     u16 bytes, then JSON: { receive, jitter }; at the beginning of each part of the ring: how things stand
 * 2 packet    f64 arrival, u16 number, u32 timestamp, u8 type (+128 marker), u16 size, u16 kept bytes, these
 * 3 noise     f64 arrival, u16 number, u32 timestamp, u32 clock, u16 size, u16 kept bytes, these
 * 4 soundless u16 number
 * 5 frame     f64 time of the call
 * 6 reset
 * 8 change    u16 bytes, then JSON: { receive } or { jitter }, as it was told
 * 7 figures   u16 delay, u16 target (0.1 ms), u32 played, lost, late, skipped, concealed (10 ms), expanded, compressed (ms)
 * ```
 */
export const flightKinds = {
  setup: 1,
  packet: 2,
  noise: 3,
  soundless: 4,
  frame: 5,
  reset: 6,
  figures: 7,
  change: 8,
} as const;

/** First line of a kept recording. */
export const flightMagic = "OFFHOOK-FLIGHT 1";

const partBytes = 65_536;
/** About three minutes without sound, five with that of G.711. */
const partsWithout = 8;
const partsWith = 64;
/** What is kept of a packet at most. */
const mostPayload = 1500;
/** Noise of a pause says nothing that anybody said. */
const mostNoise = 32;
const mostSetup = 8192;

export interface FlightHeader {
  readonly stream: number;
  /** Wall clock when it was taken out of the ring, ms since 1970. */
  readonly epochMs: number;
  /** The same moment on the clock of the recording, ms. */
  readonly nowMs: number;
  /** It reaches back to the stream's beginning. */
  readonly complete: boolean;
  /** Packets are there with what they carried. */
  readonly sound: boolean;
}

export class FlightRecorder {
  readonly sound: boolean;
  readonly #parts: readonly Uint8Array[];
  readonly #views: readonly DataView[];
  readonly #fill: Int32Array;
  #part = 0;
  #at = 0;
  #wrapped = false;
  #receive: readonly ReceivedFormat[] = [];
  #jitter: MediaTuning["jitter"];
  #setup: Uint8Array;
  #counted = 0;

  constructor(options: { readonly sound: boolean; readonly jitter: MediaTuning["jitter"] }) {
    this.sound = options.sound;
    this.#parts = Array.from({ length: options.sound ? partsWith : partsWithout }, () => new Uint8Array(partBytes));
    this.#views = this.#parts.map((part) => new DataView(part.buffer));
    this.#fill = new Int32Array(this.#parts.length);
    this.#jitter = options.jitter;
    this.#setup = this.#describe();
    this.#writeSetup();
  }

  setReceive(receive: readonly ReceivedFormat[]): void {
    this.#receive = receive;
    this.#changed({ receive });
  }

  tune(jitter: MediaTuning["jitter"]): void {
    this.#jitter = jitter;
    this.#changed({ jitter });
  }

  packet(sequence: number, timestamp: number, type: number, marker: boolean, payload: Uint8Array, atMs: number): void {
    const kept = this.sound ? Math.min(mostPayload, payload.length) : 0;
    this.#room(20 + kept);
    this.#byte(flightKinds.packet);
    this.#time(atMs);
    this.#half(sequence);
    this.#word(timestamp);
    this.#byte((type & 127) | (marker ? 128 : 0));
    this.#bytes(payload, kept);
  }

  noise(sequence: number, timestamp: number, clockHz: number, payload: Uint8Array, atMs: number): void {
    const kept = Math.min(mostNoise, payload.length);
    this.#room(23 + kept);
    this.#byte(flightKinds.noise);
    this.#time(atMs);
    this.#half(sequence);
    this.#word(timestamp);
    this.#word(clockHz);
    this.#bytes(payload, kept);
  }

  soundless(sequence: number): void {
    this.#room(3);
    this.#byte(flightKinds.soundless);
    this.#half(sequence);
  }

  reset(): void {
    this.#room(1);
    this.#byte(flightKinds.reset);
  }

  /** Before the frame that is made at `nowMs`. */
  frame(nowMs: number): void {
    this.#room(9);
    this.#byte(flightKinds.frame);
    this.#time(nowMs);
  }

  /** After a frame: what came of it, where something is new. */
  figures(f: PlayoutFigures): void {
    const counted =
      f.played + f.lost + f.late + f.skipped + f.concealedFrames + f.expansions + f.compressions + f.discarded;
    if (counted === this.#counted) return;
    this.#counted = counted;
    this.#room(33);
    this.#byte(flightKinds.figures);
    this.#half(Math.round(Math.max(0, Math.min(6553, f.bufferDelayMs)) * 10));
    this.#half(Math.round(Math.max(0, Math.min(6553, f.targetMs)) * 10));
    this.#word(f.played);
    this.#word(f.lost);
    this.#word(f.late);
    this.#word(f.skipped);
    this.#word(f.concealedFrames);
    this.#word(Math.round(f.expandedMs));
    this.#word(Math.round(f.compressedMs));
  }

  /** All that the ring holds, as a file has it; a copy. */
  take(facts: Pick<FlightHeader, "stream" | "epochMs" | "nowMs">): Uint8Array {
    this.#fill[this.#part] = this.#at;
    const header: FlightHeader = { ...facts, complete: !this.#wrapped, sound: this.sound };
    const head = new TextEncoder().encode(`${flightMagic}\n${JSON.stringify(header)}\n`);
    const count = this.#parts.length;
    const order = this.#wrapped
      ? Array.from({ length: count }, (_, i) => (this.#part + 1 + i) % count)
      : Array.from({ length: this.#part + 1 }, (_, i) => i);
    const size = order.reduce((sum, part) => sum + (this.#fill[part] ?? 0), head.length);
    const out = new Uint8Array(size);
    out.set(head);
    let at = head.length;
    for (const part of order) {
      const filled = this.#parts[part]?.subarray(0, this.#fill[part]);
      if (filled === undefined) continue;
      out.set(filled, at);
      at += filled.length;
    }
    return out;
  }

  #changed(what: object): void {
    this.#setup = this.#describe();
    const bytes = new TextEncoder().encode(JSON.stringify(what)).subarray(0, mostSetup);
    this.#room(3 + bytes.length);
    this.#text(flightKinds.change, bytes);
  }

  #describe(): Uint8Array {
    const bytes = new TextEncoder().encode(JSON.stringify({ receive: this.#receive, jitter: this.#jitter }));
    return bytes.length <= mostSetup ? bytes : this.#setup;
  }

  #writeSetup(): void {
    this.#text(flightKinds.setup, this.#setup);
  }

  #text(kind: number, bytes: Uint8Array): void {
    this.#byte(kind);
    this.#half(bytes.length);
    this.#parts[this.#part]?.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A record lies in one part as a whole; the oldest part makes way. */
  #room(bytes: number): void {
    if (this.#at + bytes <= partBytes) return;
    this.#fill[this.#part] = this.#at;
    this.#part = (this.#part + 1) % this.#parts.length;
    if (this.#part === 0) this.#wrapped = true;
    this.#at = 0;
    this.#writeSetup();
  }

  #byte(value: number): void {
    this.#views[this.#part]?.setUint8(this.#at, value);
    this.#at += 1;
  }

  #half(value: number): void {
    this.#views[this.#part]?.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  #word(value: number): void {
    this.#views[this.#part]?.setUint32(this.#at, value >>> 0, true);
    this.#at += 4;
  }

  #time(ms: number): void {
    this.#views[this.#part]?.setFloat64(this.#at, ms, true);
    this.#at += 8;
  }

  #bytes(payload: Uint8Array, kept: number): void {
    this.#half(payload.length);
    this.#half(kept);
    const part = this.#parts[this.#part];
    if (part === undefined) return;
    for (let i = 0; i < kept; i++) part[this.#at + i] = payload[i] ?? 0;
    this.#at += kept;
  }
}
