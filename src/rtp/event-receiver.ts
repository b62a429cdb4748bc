/** Hears digits in telephone-event packets (RFC 4733 §2.5.2): each digit once, whatever is lost, repeated or long. */
import { digitOfEvent } from "./event-sender.ts";
import { word16 } from "./packet.ts";

/** Without a further packet for this long an event is over although its end was lost, ms. */
const silenceMs = 250;
/** Senders may go on with audio beside the event (RFC 4733 §2.5.1.2): only audio this far past what was told ends it, ms. */
const besideMs = 100;
/** Length of a segment of a long event: known even when its last packet was lost (RFC 4733 §2.5.1.3). */
const segmentTicks = 0xffff;
const nothing: readonly HeardDigit[] = [];

export interface HeardDigit {
  readonly digit: string;
  readonly durationMs: number;
}

interface Running {
  readonly event: number;
  readonly startTicks: number;
  /** Of the segments before this one. */
  earlierTicks: number;
  segmentStart: number;
  durationTicks: number;
  heardMs: number;
}

/** State of one stream. A digit is told when its end is known: by its end packet, by the next one, by audio, by silence. */
export class EventReceiver {
  #running: Running | undefined;
  /** Timestamp of the last event that was told: everything up to it is old. */
  #doneTicks: number | undefined;
  #rateHz: number;
  #told: readonly HeardDigit[] = nothing;

  /** @param rateHz clock of the durations */
  constructor(rateHz: number) {
    this.#rateHz = rateHz;
  }

  /** The source has restarted: what was running is told, old timestamps mean nothing any more. */
  restart(rateHz: number): readonly HeardDigit[] {
    this.#told = nothing;
    this.#finish();
    this.#doneTicks = undefined;
    this.#rateHz = rateHz;
    return this.#told;
  }

  /** A packet with the negotiated payload type. Several events may stand in one payload: the first one counts (RFC 4733 §2.5.1.5 forbids them with state). */
  take(payload: Uint8Array, timestamp: number, marker: boolean, nowMs: number): readonly HeardDigit[] {
    this.#told = nothing;
    if (payload.length < 4) return this.#told;
    const event = payload[0] ?? 0;
    const end = ((payload[1] ?? 0) & 0x80) !== 0;
    const durationTicks = word16(payload, 2);
    if (digitOfEvent(event) === undefined) return this.#told;
    const running = this.#running;
    if (running !== undefined && timestamp === running.segmentStart) {
      if (event === running.event) this.#grow(running, durationTicks, end, nowMs);
      return this.#told;
    }
    if (this.#doneTicks !== undefined && signed(timestamp - this.#doneTicks) <= 0) return this.#told;
    if (running !== undefined) {
      const later = signed(timestamp - running.segmentStart);
      if (later < 0) return this.#told;
      // A segment of a long event begins where the one before ended; a new press begins later or has the marker.
      if (event === running.event && !marker && (later <= running.durationTicks || later === segmentTicks)) {
        running.earlierTicks += later;
        running.segmentStart = timestamp;
        running.durationTicks = 0;
        this.#grow(running, durationTicks, end, nowMs);
        return this.#told;
      }
      this.#finish();
    }
    const begun = {
      event,
      startTicks: timestamp,
      earlierTicks: 0,
      segmentStart: timestamp,
      durationTicks: 0,
      heardMs: nowMs,
    };
    this.#running = begun;
    this.#grow(begun, durationTicks, end, nowMs);
    return this.#told;
  }

  /** Audio came: an event that began before it is over. */
  audio(timestamp: number): readonly HeardDigit[] {
    this.#told = nothing;
    const running = this.#running;
    if (running === undefined) return this.#told;
    const besideTicks = (this.#rateHz * besideMs) / 1000;
    if (signed(timestamp - running.segmentStart) >= running.durationTicks + besideTicks) this.#finish();
    return this.#told;
  }

  /** To be called now and then. */
  tick(nowMs: number): readonly HeardDigit[] {
    this.#told = nothing;
    if (this.#running !== undefined && nowMs - this.#running.heardMs > silenceMs) this.#finish();
    return this.#told;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  #grow(running: Running, durationTicks: number, end: boolean, nowMs: number): void {
    running.durationTicks = Math.max(running.durationTicks, durationTicks);
    running.heardMs = nowMs;
    if (end) this.#finish();
  }

  #finish(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#doneTicks = running.segmentStart;
    const digit = digitOfEvent(running.event);
    if (digit === undefined) return;
    const ticks = running.earlierTicks + running.durationTicks;
    this.#told = [...this.#told, { digit, durationMs: Math.round((ticks * 1000) / this.#rateHz) }];
  }
}

function signed(difference: number): number {
  return difference | 0;
}
