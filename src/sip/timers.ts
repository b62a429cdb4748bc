/** The base values of the transaction timers (RFC 3261 §17.1.1.1, table 4) and one queue that runs them all. Not the rules of when each is set: those are in the machines. */
import type { Clock, Timer } from "../../hal/clock.ts";

export interface SipTimers {
  /** Estimate of the round trip; 500 in RFC 3261 §17.1.1.1. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of non-INVITE requests and of INVITE responses; 4,000. */
  readonly t2Ms: number;
  /** How long a message may stay in the network; 5,000. */
  readonly t4Ms: number;
  /** Timers A and E run on reliable transports too, against RFC 3261 §17.1 (feature row ACC-33); off unless told. */
  readonly repeatReliable?: boolean;
}

export const defaultSipTimers: SipTimers = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

export type TimerName = "A" | "B" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M" | "100" | "cancel";

export interface TimerOwner {
  timerFired(name: TimerName): void;
}

/** One place for one running timer; its owner keeps it and may set it again and again. */
export class TimerSlot {
  readonly owner: TimerOwner;
  name: TimerName = "A";
  atMs = 0;
  order = 0;
  row: TimerRow | undefined;
  before: TimerSlot | undefined;
  after: TimerSlot | undefined;
  constructor(owner: TimerOwner) {
    this.owner = owner;
  }
}

interface TimerRow {
  readonly durationMs: number;
  first: TimerSlot | undefined;
  last: TimerSlot | undefined;
}

/**
 * Runs any number of timers on one timer of the clock. SIP knows few durations (T1 doubled some times, T2, T4, 64*T1):
 * timers of one duration end in the order they were set, so a linked list for each duration makes setting and
 * cancelling cheap however many thousand transactions wait for their end.
 */
export class TimerQueue {
  #clock: Clock;
  #rows: TimerRow[] = [];
  #order = 0;
  #size = 0;
  #armed: Timer | undefined;
  #armedAtMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Timers that run. */
  get size(): number {
    return this.#size;
  }

  set(slot: TimerSlot, name: TimerName, durationMs: number): void {
    this.cancel(slot);
    const atMs = this.#clock.now() + durationMs;
    const row = this.#row(durationMs);
    slot.name = name;
    slot.atMs = atMs;
    slot.order = this.#order++;
    slot.row = row;
    slot.before = row.last;
    if (row.last === undefined) row.first = slot;
    else row.last.after = slot;
    row.last = slot;
    this.#size++;
    if (atMs < this.#armedAtMs) this.#arm(atMs);
  }

  /** Harmless when the slot is not set. */
  cancel(slot: TimerSlot): void {
    const row = slot.row;
    if (row === undefined) return;
    if (slot.before === undefined) row.first = slot.after;
    else slot.before.after = slot.after;
    if (slot.after === undefined) row.last = slot.before;
    else slot.after.before = slot.before;
    slot.row = undefined;
    slot.before = undefined;
    slot.after = undefined;
    this.#size--;
  }

  close(): void {
    this.#armed?.cancel();
    this.#armed = undefined;
    this.#armedAtMs = Number.POSITIVE_INFINITY;
    for (const row of this.#rows) while (row.first !== undefined) this.cancel(row.first);
  }

  #row(durationMs: number): TimerRow {
    for (const row of this.#rows) if (row.durationMs === durationMs) return row;
    const row: TimerRow = { durationMs, first: undefined, last: undefined };
    this.#rows.push(row);
    return row;
  }

  /** What was cancelled does not move the clock's timer: it then fires for nothing, which is cheaper. */
  #arm(atMs: number): void {
    this.#armed?.cancel();
    this.#armedAtMs = atMs;
    this.#armed = this.#clock.after(Math.max(0, Math.ceil(atMs - this.#clock.now())), () => this.#run());
  }

  #run(): void {
    this.#armed = undefined;
    this.#armedAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.now();
    // What is set from here on waits for the next round, so that a duration of 0 cannot hold the thread.
    const end = this.#order;
    for (let slot = this.#next(); slot !== undefined && slot.atMs <= nowMs && slot.order < end; slot = this.#next()) {
      this.cancel(slot);
      slot.owner.timerFired(slot.name);
    }
    const next = this.#next();
    if (next !== undefined && next.atMs < this.#armedAtMs) this.#arm(next.atMs);
  }

  #next(): TimerSlot | undefined {
    let next: TimerSlot | undefined;
    for (const { first } of this.#rows)
      if (
        first !== undefined &&
        (next === undefined || first.atMs < next.atMs || (first.atMs === next.atMs && first.order < next.order))
      )
        next = first;
    return next;
  }
}
