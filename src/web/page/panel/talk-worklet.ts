/** Runs in the browser's audio thread: the microphone to 16 kHz frames, the phone's sound to the loudspeaker. */
import { PlayBuffer } from "./play-buffer.ts";
import { Resampler } from "./resampler.ts";

const phoneHz = 16_000;
/** 20 ms. */
const frameSamples = 320;

class Talk extends AudioWorkletProcessor {
  readonly #down = new Resampler(sampleRate, phoneHz);
  readonly #play = new PlayBuffer(phoneHz, sampleRate);
  #frame = new Int16Array(frameSamples);
  #filled = 0;
  #peakIn = 0;
  #peakOut = 0;
  #blocks = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Int16Array>) => this.#play.push(data);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const microphone = inputs[0]?.[0];
    if (microphone !== undefined) this.#capture(microphone);
    const [first, ...others] = outputs[0] ?? [];
    if (first !== undefined) {
      this.#play.pull(first);
      for (const other of others) other.set(first);
      for (const sample of first) this.#peakOut = Math.max(this.#peakOut, Math.abs(sample));
    }
    this.#blocks += 1;
    // About ten times a second.
    if (this.#blocks >= sampleRate / 1280) {
      this.port.postMessage({ levels: { spoken: this.#peakIn, heard: this.#peakOut } });
      this.#blocks = 0;
      this.#peakIn = 0;
      this.#peakOut = 0;
    }
    return true;
  }

  #capture(microphone: Float32Array): void {
    for (const sample of this.#down.process(microphone)) {
      this.#peakIn = Math.max(this.#peakIn, Math.abs(sample));
      this.#frame[this.#filled] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
      this.#filled += 1;
      if (this.#filled === frameSamples) {
        this.port.postMessage({ said: this.#frame }, [this.#frame.buffer]);
        this.#frame = new Int16Array(frameSamples);
        this.#filled = 0;
      }
    }
  }
}

registerProcessor("talk", Talk);
