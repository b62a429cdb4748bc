/** The packets of one stream that wait for their turn, still coded, in a ring by sequence number; it decides nothing. */

export const SLOTS = 256;
/** 160 ms of 64 kbit/s; what is larger is no speech packet of ours. */
export const SLOT_BYTES = 1280;

/** Stands for the payload type of comfort noise, which may be that of a codec before a renegotiation. */
export const NOISE_TYPE = 255;
/** Of what holds no sound at all. */
export const SOUNDLESS_TYPE = 254;

export class JitterSlots {
  /** Extended sequence number in each slot, -1 where none ever was. Slots keep their packet after it was played, for repair. */
  readonly #sequence = new Float64Array(SLOTS).fill(-1);
  readonly #waiting = new Uint8Array(SLOTS);
  readonly #bytes: readonly Uint8Array[] = Array.from({ length: SLOTS }, () => new Uint8Array(SLOT_BYTES));
  readonly #size = new Int32Array(SLOTS);
  readonly #type = new Uint8Array(SLOTS);
  readonly #ticks = new Float64Array(SLOTS);
  readonly #epoch = new Int32Array(SLOTS);
  /** Packets that wait now. */
  waiting = 0;

  /** True when this very packet is in the ring, waiting or played. */
  holds(sequence: number): boolean {
    return this.#sequence[sequence % SLOTS] === sequence;
  }

  waits(sequence: number): boolean {
    return this.holds(sequence) && this.#waiting[sequence % SLOTS] === 1;
  }

  store(sequence: number, type: number, ticks: number, epoch: number, payload: Uint8Array, waiting: boolean): void {
    const slot = sequence % SLOTS;
    if (this.#waiting[slot] === 1) this.waiting--;
    this.#sequence[slot] = sequence;
    this.#waiting[slot] = waiting ? 1 : 0;
    if (waiting) this.waiting++;
    this.#bytes[slot]?.set(payload);
    this.#size[slot] = payload.length;
    this.#type[slot] = type;
    this.#ticks[slot] = ticks;
    this.#epoch[slot] = epoch;
  }

  /** The packet had its turn; it stays readable. */
  take(sequence: number): void {
    const slot = sequence % SLOTS;
    if (this.#sequence[slot] !== sequence || this.#waiting[slot] !== 1) return;
    this.#waiting[slot] = 0;
    this.waiting--;
  }

  /** The first waiting packet at or after `sequence`, or -1. */
  nextWaiting(sequence: number): number {
    if (this.waiting === 0) return -1;
    for (let ahead = 0; ahead < SLOTS; ahead++) if (this.waits(sequence + ahead)) return sequence + ahead;
    return -1;
  }

  bytes(sequence: number): Uint8Array | undefined {
    return this.#bytes[sequence % SLOTS];
  }
  size(sequence: number): number {
    return this.#size[sequence % SLOTS] ?? 0;
  }
  type(sequence: number): number {
    return this.#type[sequence % SLOTS] ?? 0;
  }
  /** Unwrapped RTP timestamp of its first sample. */
  ticks(sequence: number): number {
    return this.#ticks[sequence % SLOTS] ?? 0;
  }
  /** Packets of different epochs have timestamps that cannot be compared. */
  epoch(sequence: number): number {
    return this.#epoch[sequence % SLOTS] ?? 0;
  }

  clear(): void {
    this.#sequence.fill(-1);
    this.#waiting.fill(0);
    this.waiting = 0;
  }
}
