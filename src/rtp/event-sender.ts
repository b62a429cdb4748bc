/** Sends digits as telephone-event packets (RFC 4733 §2.5.1). It says what each packet slot carries; the stream sends it. */

/** Numbers of the digits (RFC 4733 §3.2, table 3). */
const digits = "0123456789*#ABCD";

/** @returns undefined for anything that is no digit; flash is 16 but nobody presses it here. */
export function eventOfDigit(digit: string): number | undefined {
  const event = digits.indexOf(digit.toUpperCase());
  return digit.length === 1 && event >= 0 ? event : undefined;
}

export function digitOfEvent(event: number): string | undefined {
  return digits[event];
}

/** Duration is 16 bits: what lasts longer is sent in segments (RFC 4733 §2.5.1.3). */
const longestTicks = 0xffff;

/** What one slot of an event carries. Reused. */
export interface EventPacket {
  event: number;
  /** First packet of the event. */
  marker: boolean;
  end: boolean;
  /** Of the event's (or segment's) beginning, ticks of the RTP clock. */
  timestamp: number;
  /** Ticks of the event's clock since then, 1 to 65535. */
  durationTicks: number;
}

type Sending =
  | { name: "idle" }
  | { name: "tone"; startTicks: number; totalTicks: number; sentTicks: number; first: boolean }
  | { name: "ending"; left: number }
  | { name: "pause"; leftTicks: number };

/** A queue of digits, one at a time, with a pause between two of them. */
export class EventSender {
  readonly packet: EventPacket = { event: 0, marker: false, end: false, timestamp: 0, durationTicks: 0 };
  #queue: { event: number; durationMs: number }[] = [];
  #state: Sending = { name: "idle" };

  /** @param durationMs at least 40 (RFC 4733 has none, Q.24 asks 40); at most 60 s */
  press(event: number, durationMs: number): void {
    this.#queue.push({ event, durationMs: Math.max(40, Math.min(60_000, durationMs)) });
  }

  get busy(): boolean {
    return this.#state.name !== "idle" || this.#queue.length > 0;
  }

  /** Forgets everything, as when the stream has ended. */
  clear(): void {
    this.#queue = [];
    this.#state = { name: "idle" };
  }

  /**
   * One slot of `slotTicks` of the event's clock has come.
   * @param timestamp of the audio that would be sent now
   * @param endPackets how often the last packet is sent, so that its loss is survived
   * @returns true when `packet` is to be sent in place of audio
   */
  slot(timestamp: number, slotTicks: number, rateHz: number, endPackets: number): boolean {
    if (this.#state.name === "pause") {
      const leftTicks = this.#state.leftTicks - slotTicks;
      this.#state = leftTicks > 0 ? { name: "pause", leftTicks } : { name: "idle" };
      return false;
    }
    if (this.#state.name === "idle") {
      const next = this.#queue.shift();
      if (next === undefined) return false;
      const totalTicks = Math.max(slotTicks, Math.ceil((next.durationMs * rateHz) / 1000 / slotTicks) * slotTicks);
      this.#state = { name: "tone", startTicks: timestamp, totalTicks, sentTicks: 0, first: true };
      this.packet.event = next.event;
    }
    const state = this.#state;
    if (state.name === "tone") {
      this.packet.marker = state.first;
      state.first = false;
      state.sentTicks += slotTicks;
      this.packet.timestamp = state.startTicks;
      if (state.sentTicks >= longestTicks && state.totalTicks > longestTicks) {
        // This segment is told to its full length; what follows counts from there, without marker.
        this.packet.durationTicks = longestTicks;
        state.startTicks = (state.startTicks + longestTicks) >>> 0;
        state.totalTicks -= longestTicks;
        state.sentTicks -= longestTicks;
        this.packet.end = false;
        return true;
      }
      this.packet.durationTicks = state.sentTicks;
      this.packet.end = state.sentTicks >= state.totalTicks;
      if (this.packet.end) this.#state = { name: "ending", left: endPackets - 1 };
    } else {
      this.packet.marker = false;
    }
    if (this.#state.name === "ending") {
      // The first end packet is this slot's; the others follow in the next ones with the same duration.
      if (state.name === "ending") state.left--;
      if (this.#state.left <= 0) this.#state = { name: "pause", leftTicks: Math.ceil(rateHz * 0.05) };
    }
    return true;
  }
}

/** Four bytes: event, end bit with volume, duration (RFC 4733 §2.3). */
export function writeEvent(into: DataView, at: number, packet: EventPacket, volumeDbm0: number): void {
  into.setUint8(at, packet.event);
  into.setUint8(at + 1, (packet.end ? 0x80 : 0) | (Math.min(63, Math.max(0, -volumeDbm0)) & 0x3f));
  into.setUint16(at + 2, packet.durationTicks);
}
