/**
 * Redundant audio (RFC 2198): packets that carry earlier ones again. Reads and writes payloads; which sequence numbers the
 * earlier ones had, and what becomes of them, is the affair of the stream.
 *
 *     |F|   block PT  |  timestamp offset         |   block length    |   for each earlier one, the oldest first, F = 1
 *     |0|   block PT  |                                                   for the present one
 */

/** Earlier packets that are read of one packet, and the most that are written. */
export const MOST_REDUNDANT = 3;
const MOST_READ = 8;
const LONGEST_BLOCK = 1023;
const FURTHEST_TICKS = 16_383;
const HEADER = 4;
const LAST_HEADER = 1;

export interface RedBlock {
  payloadType: number;
  /** The block's timestamp is the packet's less this. */
  offsetTicks: number;
  /** Where its data lies in what was read. */
  start: number;
  end: number;
}

export class RedReader {
  /** The first `count` are valid; the last of them is the present one. */
  readonly blocks: readonly RedBlock[] = Array.from({ length: MOST_READ + 1 }, () => ({
    payloadType: 0,
    offsetTicks: 0,
    start: 0,
    end: 0,
  }));
  count = 0;

  /** Reads `bytes[from .. to)`. Returns why it cannot be read, in a word, or undefined. */
  read(bytes: Uint8Array, from: number, to: number): "truncated" | "lengths" | "blocks" | undefined {
    this.count = 0;
    let at = from;
    let data = 0;
    for (;;) {
      const first = bytes[at];
      if (first === undefined || at >= to) return "truncated";
      const block = this.blocks[this.count];
      if (block === undefined) return "blocks";
      this.count++;
      block.payloadType = first & 127;
      if (first < 128) {
        block.offsetTicks = 0;
        at += LAST_HEADER;
        break;
      }
      if (at + HEADER > to) return "truncated";
      const second = bytes[at + 1] ?? 0;
      const third = bytes[at + 2] ?? 0;
      block.offsetTicks = (second << 6) | (third >> 2);
      const length = ((third & 3) << 8) | (bytes[at + 3] ?? 0);
      block.start = data;
      data += length;
      block.end = data;
      at += HEADER;
    }
    if (at + data > to) {
      this.count = 0;
      return "lengths";
    }
    for (let i = 0; i < this.count - 1; i++) {
      const block = this.blocks[i];
      if (block === undefined) continue;
      block.start += at;
      block.end += at;
    }
    const last = this.blocks[this.count - 1];
    if (last !== undefined) {
      last.start = at + data;
      last.end = to;
    }
    return undefined;
  }
}

interface Remembered {
  payloadType: number;
  timestamp: number;
  size: number;
  readonly bytes: Uint8Array;
}

export class RedWriter {
  readonly #mostBytes: number;
  /** The newest last; only the last `#held` are valid. */
  readonly #past: Remembered[];
  #held = 0;

  /** @param mostBytes of a whole payload; earlier packets that do not fit are left out, the oldest first */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.#past = Array.from({ length: MOST_REDUNDANT }, () => ({
      payloadType: 0,
      timestamp: 0,
      size: 0,
      bytes: new Uint8Array(LONGEST_BLOCK),
    }));
  }

  /**
   * Writes the payload of a packet to `out` from `at`, with up to `depth` earlier packets, and remembers it for later ones.
   * Returns its bytes. Nothing is allocated.
   */
  write(
    payloadType: number,
    timestamp: number,
    payload: Uint8Array,
    size: number,
    depth: number,
    out: Uint8Array,
    at: number,
  ): number {
    const used = this.#fitting(timestamp, size, Math.min(depth, MOST_REDUNDANT));
    let header = at;
    let data = at + used * HEADER + LAST_HEADER;
    for (let i = MOST_REDUNDANT - used; i < MOST_REDUNDANT; i++) {
      const past = this.#past[i];
      if (past === undefined) continue;
      const offset = (timestamp - past.timestamp) >>> 0;
      out[header] = 128 | past.payloadType;
      out[header + 1] = offset >> 6;
      out[header + 2] = ((offset & 63) << 2) | (past.size >> 8);
      out[header + 3] = past.size & 255;
      header += HEADER;
      for (let k = 0; k < past.size; k++) out[data + k] = past.bytes[k] ?? 0;
      data += past.size;
    }
    out[header] = payloadType;
    for (let k = 0; k < size; k++) out[data + k] = payload[k] ?? 0;
    this.#remember(payloadType, timestamp, payload, size);
    return data + size - at;
  }

  /** What was sent last is no packet that the next one follows: a pause, a digit. */
  clear(): void {
    this.#held = 0;
  }

  /** How many of the newest may go with this packet. */
  #fitting(timestamp: number, size: number, depth: number): number {
    let bytes = LAST_HEADER + size;
    let used = 0;
    for (; used < Math.min(depth, this.#held); used++) {
      const past = this.#past[MOST_REDUNDANT - 1 - used];
      if (past === undefined || (timestamp - past.timestamp) >>> 0 > FURTHEST_TICKS) break;
      bytes += HEADER + past.size;
      if (bytes > this.#mostBytes) break;
    }
    return used;
  }

  #remember(payloadType: number, timestamp: number, payload: Uint8Array, size: number): void {
    if (size > LONGEST_BLOCK) {
      this.clear();
      return;
    }
    const oldest = this.#past[0];
    if (oldest === undefined) return;
    for (let i = 1; i < MOST_REDUNDANT; i++) this.#past[i - 1] = this.#past[i] ?? oldest;
    this.#past[MOST_REDUNDANT - 1] = oldest;
    oldest.payloadType = payloadType;
    oldest.timestamp = timestamp;
    oldest.size = size;
    for (let k = 0; k < size; k++) oldest.bytes[k] = payload[k] ?? 0;
    this.#held = Math.min(this.#held + 1, MOST_REDUNDANT);
  }
}
