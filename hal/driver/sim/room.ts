/** The simulated air between a loudspeaker and the microphone beside it: a delay, an impulse response, a loudspeaker that may distort. */
import type { RoomChoice } from "../../audio.ts";

export class Room {
  readonly #response: Float64Array;
  readonly #delaySamples: number;
  readonly #drive: number;
  /** What left the loudspeaker, -1 to 1. */
  readonly #air: Float64Array;
  #at = 0;

  constructor(rateHz: number, choice: RoomChoice) {
    const { delayMs, decayMs, gainDb, drive = 0, seed = 1 } = choice;
    this.#drive = drive;
    this.#delaySamples = Math.round((delayMs * rateHz) / 1000);
    this.#response = impulseResponse((decayMs * rateHz) / 1000, 10 ** (gainDb / 20), seed);
    this.#air = new Float64Array(2 ** Math.ceil(Math.log2(this.#delaySamples + this.#response.length + rateHz / 50)));
  }

  /** What the loudspeaker is given next. */
  play(frame: Int16Array): void {
    const mask = this.#air.length - 1;
    for (let i = 0; i < frame.length; i++) {
      const x = (frame[i] ?? 0) / 32_768;
      this.#air[(this.#at + i) & mask] = this.#drive === 0 ? x : Math.tanh(this.#drive * x) / this.#drive;
    }
    this.#at = (this.#at + frame.length) & mask;
  }

  /** Adds to a microphone's frame what it hears of the loudspeaker; called before the `play` of the same 10 ms. */
  hear(into: Int16Array): void {
    const mask = this.#air.length - 1;
    const from = this.#at - this.#delaySamples + 2 * this.#air.length;
    for (let i = 0; i < into.length; i++) {
      let sum = 0;
      for (let tap = 0; tap < this.#response.length; tap++)
        sum += (this.#response[tap] ?? 0) * (this.#air[(from + i - tap) & mask] ?? 0);
      into[i] = Math.max(-32_768, Math.min(32_767, Math.round((into[i] ?? 0) + 32_768 * sum)));
    }
  }
}

/** A direct sound and a tail of noise that falls by 60 dB within `decaySamples`, its energy `gain` squared. */
function impulseResponse(decaySamples: number, gain: number, seed: number): Float64Array {
  const response = new Float64Array(1 + Math.round(0.75 * decaySamples));
  let state = seed | 0;
  for (let i = 1; i < response.length; i++) {
    state = (Math.imul(state ^ (state >>> 13), 0x5bd1e995) + 0x3c6ef372 + i) | 0;
    response[i] = 0.25 * (state / 0x8000_0000) * 10 ** ((-3 * i) / decaySamples);
  }
  response[0] = 1;
  let energy = 0;
  for (const tap of response) energy += tap * tap;
  return response.map((tap) => (tap * gain) / Math.sqrt(energy));
}
