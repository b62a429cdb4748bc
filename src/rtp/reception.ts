/** What a receiver keeps about one RTP source: validity, loss and jitter (RFC 3550 §6.4.1, §A.1, §A.3, §A.8). Not a jitter buffer. */

/** A jump forward of more than this is a restart of the source; so is one back by more than `maxMisorder`. */
const maxDropout = 3000;
const maxMisorder = 100;
const none = -1;

/** How a packet stands to those before it. */
export type Standing = "in-order" | "reordered" | "duplicate" | "restarted" | "suspect";

/** Figures of one SSRC. Everything is updated in place; nothing is allocated per packet. */
export class Reception {
  readonly ssrc: number;
  /** Packets taken, duplicates left out. */
  received = 0;
  duplicates = 0;
  /** Interarrival jitter, ticks of the payload's clock. */
  jitterTicks = 0;
  #rateHz: number;
  #cycles = 0;
  #highest = none;
  #base = 0;
  #bad = none;
  /** Lost and received before the source restarted its numbers. */
  #lostBefore = 0;
  #receivedAtStart = 0;
  #transit = Number.NaN;
  #priorExpected = 0;
  #priorReceived = 0;
  #seen = new Uint32Array(32);

  /** @param rateHz the clock of the RTP timestamps */
  constructor(ssrc: number, rateHz: number) {
    this.ssrc = ssrc;
    this.#rateHz = rateHz;
  }

  /** Packets run on another clock from now on, as with another codec: jitter goes on in the new unit. */
  setClock(rateHz: number): void {
    if (rateHz === this.#rateHz) return;
    this.jitterTicks *= rateHz / this.#rateHz;
    this.#rateHz = rateHz;
    this.#transit = Number.NaN;
  }

  /** Takes a packet into account. `suspect` packets (one far out of sequence) are not to be used. */
  take(sequence: number, timestamp: number, arrivalMs: number): Standing {
    const standing = this.#place(sequence);
    if (standing === "suspect") return standing;
    if (standing === "duplicate") {
      this.duplicates++;
      return standing;
    }
    this.received++;
    const transit = (arrivalMs * this.#rateHz) / 1000 - timestamp;
    if (standing === "restarted" || Number.isNaN(this.#transit)) {
      this.#transit = transit;
      return standing;
    }
    // The difference wraps with the timestamp: 32 bits, signed.
    let difference = (transit - this.#transit) % 0x1_0000_0000;
    if (difference > 0x8000_0000) difference -= 0x1_0000_0000;
    if (difference < -0x8000_0000) difference += 0x1_0000_0000;
    this.#transit = transit;
    // A source that jumps in its timestamps is no jitter: more than ten seconds is left out.
    if (Math.abs(difference) < this.#rateHz * 10) this.jitterTicks += (Math.abs(difference) - this.jitterTicks) / 16;
    return standing;
  }

  /** Event packets of RFC 4733 repeat their timestamp and would look like jitter: only their number counts. */
  takeUntimed(sequence: number): Standing {
    const standing = this.#place(sequence);
    if (standing === "duplicate") this.duplicates++;
    else if (standing !== "suspect") this.received++;
    return standing;
  }

  /** Sequence number with the count of its cycles in the upper half (RFC 3550 §6.4.1). */
  get extendedHighest(): number {
    return (this.#cycles * 0x10000 + Math.max(0, this.#highest)) >>> 0;
  }

  get expected(): number {
    return this.#highest === none ? 0 : this.#cycles * 0x10000 + this.#highest - this.#base + 1;
  }

  /** Expected and not come, since the first packet; never negative. */
  get lost(): number {
    return this.#lostBefore + Math.max(0, this.expected - (this.received - this.#receivedAtStart));
  }

  get jitterMs(): number {
    return (this.jitterTicks * 1000) / this.#rateHz;
  }

  /** Loss since this was asked last, in 1/256 (RFC 3550 §A.3). */
  takeFractionLost(): number {
    const expected = this.expected - this.#priorExpected;
    const received = this.received - this.#receivedAtStart - this.#priorReceived;
    this.#priorExpected = this.expected;
    this.#priorReceived = this.received - this.#receivedAtStart;
    const lost = expected - received;
    return expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected));
  }

  #place(sequence: number): Standing {
    if (this.#highest === none) {
      this.#start(sequence);
      return "in-order";
    }
    const step = (sequence - this.#highest) & 0xffff;
    if (step !== 0 && step < maxDropout) {
      if (sequence < this.#highest) this.#cycles++;
      for (let i = 1; i < Math.min(step, 1024); i++) this.#mark((this.#highest + i) & 0xffff, false);
      this.#highest = sequence;
      this.#mark(sequence, true);
      this.#bad = none;
      return "in-order";
    }
    if (step === 0 || step > 0x10000 - maxMisorder) {
      if (this.#isMarked(sequence)) return "duplicate";
      this.#mark(sequence, true);
      return "reordered";
    }
    // Two in a row after a great jump mean that the source has started again.
    if (sequence === this.#bad) {
      this.#lostBefore = this.lost;
      this.#start(sequence);
      return "restarted";
    }
    this.#bad = (sequence + 1) & 0xffff;
    return "suspect";
  }

  #start(sequence: number): void {
    this.#base = sequence;
    this.#highest = sequence;
    this.#cycles = 0;
    this.#bad = none;
    this.#priorExpected = 0;
    this.#priorReceived = 0;
    this.#receivedAtStart = this.received;
    this.#seen.fill(0);
    // What came before the first one is late, but no duplicate; what lies further back is unknown.
    this.#mark(sequence, true);
  }

  /** One bit for each of the last 1024 numbers. */
  #mark(sequence: number, on: boolean): void {
    const word = (sequence >> 5) & 31;
    const bit = 1 << (sequence & 31);
    this.#seen[word] = on ? (this.#seen[word] ?? 0) | bit : (this.#seen[word] ?? 0) & ~bit;
  }

  #isMarked(sequence: number): boolean {
    return ((this.#seen[(sequence >> 5) & 31] ?? 0) & (1 << (sequence & 31))) !== 0;
  }
}
