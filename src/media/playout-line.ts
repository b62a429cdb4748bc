/** Decoded sound of one stream in the order of media time: what was played lately, and what is to be played next; no decisions. */

/** Samples kept behind the head, at 16 kHz: 100 ms for analysis and for lengthening. */
const HISTORY = 1600;
const CAPACITY = 16_384;

export class PlayoutLine {
  readonly pcm = new Int16Array(CAPACITY);
  rateHz: 8000 | 16000 = 8000;
  /** Next sample to play, and one after the last decoded one. */
  head = HISTORY;
  tail = HISTORY;
  /** Grows by what compaction moved, so that `index + moved` stays true of a sample for ever. */
  moved = 0;
  readonly #converted = new Int16Array(CAPACITY);

  get ahead(): number {
    return this.tail - this.head;
  }

  /** Makes room for `count` samples after the tail. What does not fit at the far end of time is played history. */
  reserve(count: number): void {
    if (this.tail + count <= CAPACITY) return;
    const from = Math.max(0, Math.min(this.head - HISTORY, this.tail));
    this.pcm.copyWithin(0, from, this.tail);
    this.head -= from;
    this.tail -= from;
    this.moved += from;
    // Only a caller that never plays gets here: the oldest unplayed samples go.
    if (this.tail + count > CAPACITY) {
      const drop = this.tail + count - CAPACITY;
      this.pcm.copyWithin(0, drop, this.tail);
      this.tail -= drop;
      this.head = Math.max(0, this.head - drop);
      this.moved += drop;
    }
  }

  append(samples: Int16Array, from: number, to: number): void {
    this.reserve(to - from);
    for (let i = from; i < to; i++) this.pcm[this.tail++] = samples[i] ?? 0;
  }

  /** Changes the rate of all that is held. `delayed` samples at 16 kHz is what the output filter for 8 kHz lags behind the head. */
  convert(rateHz: 8000 | 16000, delayed: number): void {
    if (rateHz === this.rateHz) return;
    const pcm = this.pcm;
    const out = this.#converted;
    if (rateHz === 16_000) {
      const from = Math.max(0, this.tail - CAPACITY / 4);
      for (let i = from; i < this.tail; i++) {
        const at = 2 * (i - from);
        const a = pcm[i - 1] ?? 0;
        const b = pcm[i] ?? 0;
        const c = i + 1 < this.tail ? (pcm[i + 1] ?? 0) : b;
        const d = i + 2 < this.tail ? (pcm[i + 2] ?? 0) : c;
        out[at] = b;
        out[at + 1] = Math.max(-32_768, Math.min(32_767, Math.round((9 * (b + c) - a - d) / 16)));
      }
      this.tail = 2 * (this.tail - from);
      this.head = Math.max(0, 2 * (this.head - from) - delayed);
    } else {
      const odd = this.tail & 1;
      for (let i = odd, at = 0; i < this.tail; i += 2, at++) {
        const next = i + 1 < this.tail ? (pcm[i + 1] ?? 0) : (pcm[i] ?? 0);
        out[at] = Math.round(((pcm[i - 1] ?? 0) + 2 * (pcm[i] ?? 0) + next) / 4);
      }
      this.tail = (this.tail - odd) >> 1;
      this.head = Math.min(this.tail, (this.head + delayed) >> 1);
    }
    pcm.set(out.subarray(0, this.tail));
    this.rateHz = rateHz;
    this.moved = 0;
    if (this.tail < HISTORY) {
      const shift = HISTORY - this.tail;
      pcm.copyWithin(shift, 0, this.tail);
      pcm.fill(0, 0, shift);
      this.head += shift;
      this.tail += shift;
    }
  }

  clear(): void {
    this.pcm.fill(0);
    this.head = HISTORY;
    this.tail = HISTORY;
    this.moved = 0;
  }
}
