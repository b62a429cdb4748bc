/** Keeps digits of a call apart: the next one goes out when the last one and a pause are over (feature row CAL-78, RFC 4733 §2.5.1). */
import type { Clock } from "../../hal/clock.ts";

/** Digits that wait at most: a stuck key must not send for minutes. */
const mostWaiting = 32;

export class DtmfPacer {
  readonly #clock: Clock;
  /** When the next digit may begin, by call. */
  readonly #free = new Map<number, number>();
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sends now, or when the digits of that call before it are over.
   *
   * @param durationMs of the digit. @param pauseMs after it
   */
  send(call: number, durationMs: number, pauseMs: number, send: () => void): void {
    const nowMs = this.#clock.now();
    for (const [other, freeAtMs] of this.#free) if (freeAtMs <= nowMs) this.#free.delete(other);
    const atMs = this.#free.get(call) ?? nowMs;
    if (atMs > nowMs && this.#waiting >= mostWaiting) return;
    this.#free.set(call, atMs + durationMs + pauseMs);
    if (atMs <= nowMs) {
      send();
      return;
    }
    this.#waiting++;
    this.#clock.after(atMs - nowMs, () => {
      this.#waiting--;
      send();
    });
  }
}
