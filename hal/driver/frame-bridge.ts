/**
 * Carries frames to a card with a clock of its own: a short queue that is read a sample more or less per frame, so that
 * two crystals drift apart without a click. Not for anything but the listening of a second path.
 */

/** Queued before anything is heard, and again after the queue ran dry: what two cards of 10 ms need between them. */
const startFrames = 3;
/** Read slower below the one and faster above the other. */
const lowFrames = 1.5;
const highFrames = 4;
/** A card's burst after a stall fits; more is thrown away. */
const mostFrames = 16;

export class FrameBridge {
  readonly #frameSamples: number;
  readonly #ring: Int16Array;
  #at = 0;
  #queued = 0;
  #state: "filling" | "playing" = "filling";

  constructor(frameSamples: number) {
    this.#frameSamples = frameSamples;
    this.#ring = new Int16Array(frameSamples * mostFrames);
  }

  /** ms that a sample waits. */
  get delayMs(): number {
    return (this.#queued / this.#frameSamples) * 10;
  }

  clear(): void {
    this.#queued = 0;
    this.#state = "filling";
  }

  /** Nothing is allocated. */
  push(frame: Int16Array): void {
    const ring = this.#ring;
    if (this.#queued + frame.length > ring.length) this.#skip(this.#queued - startFrames * this.#frameSamples);
    let to = (this.#at + this.#queued) % ring.length;
    for (let i = 0; i < frame.length; i++) {
      ring[to] = frame[i] ?? 0;
      to = to + 1 === ring.length ? 0 : to + 1;
    }
    this.#queued += frame.length;
    if (this.#queued >= startFrames * this.#frameSamples) this.#state = "playing";
  }

  /** Fills `out`, a frame; silence while there is nothing. Nothing is allocated. */
  pull(out: Int16Array): void {
    const frames = this.#queued / this.#frameSamples;
    const taken = out.length + (frames > highFrames ? 1 : frames < lowFrames ? -1 : 0);
    if (this.#state === "filling" || this.#queued < taken + 1) {
      this.#state = "filling";
      out.fill(0);
      return;
    }
    const ring = this.#ring;
    const step = taken / out.length;
    for (let i = 0; i < out.length; i++) {
      const place = i * step;
      const whole = Math.floor(place);
      const one = ring[(this.#at + whole) % ring.length] ?? 0;
      const next = ring[(this.#at + whole + 1) % ring.length] ?? 0;
      out[i] = Math.round(one + (next - one) * (place - whole));
    }
    this.#skip(taken);
  }

  #skip(samples: number): void {
    this.#at = (this.#at + samples) % this.#ring.length;
    this.#queued -= samples;
  }
}
