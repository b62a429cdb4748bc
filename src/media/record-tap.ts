/** Takes a copy of what is said and heard while a call is recorded: 10 ms frames in, whole seconds out. Writing them is the main thread's (feature rows CAL-85, CP8-04). */
import { Mixer } from "../dsp/mixer.ts";

export class RecordTap {
  readonly #frameSamples: number;
  readonly #block: Int16Array;
  readonly #frame: Int16Array;
  readonly #mixer: Mixer;
  readonly #deliver: (samples: Int16Array, last: boolean) => void;
  #filled = 0;
  #state: "off" | "on" = "off";

  /** @param deliver given a copy once a second, and the rest at the end */
  constructor(rateHz: number, deliver: (samples: Int16Array, last: boolean) => void) {
    this.#frameSamples = rateHz / 100;
    this.#block = new Int16Array(rateHz);
    this.#frame = new Int16Array(this.#frameSamples);
    this.#mixer = new Mixer(this.#frameSamples);
    this.#deliver = deliver;
  }

  get on(): boolean {
    return this.#state === "on";
  }

  run(on: boolean): void {
    if (on === this.on) return;
    this.#state = on ? "on" : "off";
    if (!on) this.#deliver(this.#block.slice(0, this.#filled), true);
    this.#filled = 0;
  }

  /** 10 ms of what the microphone sends and of what the far ends say. Nothing is allocated but a copy of each full second. */
  take(said: Int16Array, heard: Int16Array): void {
    if (this.#state === "off") return;
    this.#mixer.clear();
    this.#mixer.add(said);
    this.#mixer.add(heard);
    this.#mixer.write(this.#frame);
    this.#block.set(this.#frame, this.#filled);
    this.#filled += this.#frameSamples;
    if (this.#filled < this.#block.length) return;
    this.#filled = 0;
    this.#deliver(this.#block.slice(), false);
  }
}
