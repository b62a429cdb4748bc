/** The live figures of a stream's receiving side; who counts what is in playout.ts. */
import type { CodecName } from "./protocol.ts";

/**
 * Plain numbers, updated in place. Counts are since construction or `reset`. Each packet given to `put` is in exactly one of
 * played, late, duplicates, discarded, skipped and waiting.
 */
export interface PlayoutFigures {
  received: number;
  /** Packets whose sound was used. */
  played: number;
  /** Packets that came after their turn; they still repair the decoder's state. */
  late: number;
  duplicates: number;
  /** Packets of an unknown payload type, empty, oversized, or far out of sequence. */
  discarded: number;
  /** Packets thrown away to bring an overlong delay down. */
  skipped: number;
  /** Packets that wait for their turn. */
  waiting: number;
  /** Sequence numbers whose turn passed and that never came. */
  lost: number;
  /** 10 ms frames' worth of sound that was made up. */
  concealedFrames: number;
  /** From the earliest that a sample could have come to when it is played, ms: now, smoothed. */
  bufferDelayMs: number;
  /** What the buffer steers to, ms. */
  targetMs: number;
  /** Sound put in and taken out by time stretching, ms. */
  expandedMs: number;
  compressedMs: number;
  /** Times of the same. */
  expansions: number;
  compressions: number;
  /** Interarrival jitter, ms (RFC 3550 §6.4.1). */
  jitterMs: number;
  /** Length of the packet played last, ms. */
  packetMs: number;
  /** Codec of the packet played last. */
  codec: CodecName | undefined;
}

export function noFigures(): PlayoutFigures {
  return {
    received: 0,
    played: 0,
    late: 0,
    duplicates: 0,
    discarded: 0,
    skipped: 0,
    waiting: 0,
    lost: 0,
    concealedFrames: 0,
    bufferDelayMs: 0,
    targetMs: 0,
    expandedMs: 0,
    compressedMs: 0,
    expansions: 0,
    compressions: 0,
    jitterMs: 0,
    packetMs: 20,
    codec: undefined,
  };
}
