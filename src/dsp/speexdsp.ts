/** Echo cancellation (MDF), noise suppression and gain control of speexdsp, as WebAssembly (../codec/wasm/speexdsp-glue.c); when they are used is not decided here. */
import { instantiate, type WasmExports } from "./wasm-module.ts";

interface SpeexExports extends WasmExports {
  capturedAt(): number;
  playedAt(): number;
  cleanedAt(): number;
  numberAt(): number;
  openEcho(frameSamples: number, tailSamples: number, rateHz: number): number;
  openPreprocess(frameSamples: number, rateHz: number): number;
  cancelEcho(): void;
  resetEcho(): void;
  echoControl(request: number): number;
  preprocessControl(request: number): number;
  preprocessRun(): number;
  preprocessHear(): void;
}

/** Requests of speex_preprocess.h: their names without SPEEX_PREPROCESS_SET_. */
const denoise = 0;
const agc = 2;
const vad = 4;
const agcLevel = 6;
const dereverb = 8;
const noiseSuppress = 18;
const echoSuppress = 20;
const echoSuppressActive = 22;
const agcIncrement = 26;
const agcDecrement = 28;
const agcMaxGain = 30;
/** SPEEX_PREPROCESS_GET_PROB, _GET_AGC_GAIN. */
const speechProbability = 45;
const agcGain = 35;
/** Gain rises slowly, so that pauses are not blown up; it falls at once. */
const upDbPerSecond = 12;
const level = "float";
const whole = "int";

export interface SpeexSettings {
  readonly rateHz: 8000 | 16_000 | 32_000 | 48_000;
  /** Samples of each frame, up to 20 ms; 10 ms are 160 at 16 kHz. */
  readonly frameSamples: number;
  /** How long the room is heard at the most, samples; 0: no echo canceller. */
  readonly tailSamples: number;
}

/** What the preprocessor does; each member can be changed at any time, outside of the 10 ms path or in it. */
export interface SpeexProcessing {
  /** Noise is lowered by up to this, dB (0: not at all; 15 is usual). */
  readonly noiseSuppressionDb: number;
  /** What is left of the echo is lowered by up to this, dB, while nobody near speaks, and while somebody does. */
  readonly echoSuppressionDb: number;
  readonly echoSuppressionActiveDb: number;
  /** Level that speech is brought to, dBov (such as -18), by at most `mostGainDb`; undefined: its level stays. */
  readonly gain: { readonly levelDbov: number; readonly mostGainDb: number } | undefined;
  /** Reverberation is lowered. */
  readonly dereverberation: boolean;
  /** `process` tells speech from none. */
  readonly activity: boolean;
}

/** One microphone's chain: an echo canceller (where there is a tail) and a preprocessor that knows it. No call allocates. */
export class SpeexDsp {
  readonly settings: SpeexSettings;
  readonly #calls: SpeexExports;
  readonly #captured: Int16Array;
  readonly #played: Int16Array;
  readonly #cleaned: Int16Array;
  readonly #int: Int32Array;
  readonly #float: Float32Array;
  #holds = false;

  /** Takes some ms the first time in a thread. @throws RangeError that names the settings, where speexdsp refuses them */
  constructor(settings: SpeexSettings) {
    this.settings = settings;
    const { rateHz, frameSamples, tailSamples } = settings;
    const calls = instantiate<SpeexExports>(new URL("speexdsp.wasm", import.meta.url));
    const failed =
      (tailSamples > 0 && calls.openEcho(frameSamples, tailSamples, rateHz) !== 0) ||
      calls.openPreprocess(frameSamples, rateHz) !== 0;
    if (failed) throw new RangeError(`speexdsp refuses ${JSON.stringify(settings)}`);
    const { buffer } = calls.memory;
    this.#calls = calls;
    this.#captured = new Int16Array(buffer, calls.capturedAt(), frameSamples);
    this.#played = new Int16Array(buffer, calls.playedAt(), frameSamples);
    this.#cleaned = new Int16Array(buffer, calls.cleanedAt(), frameSamples);
    this.#int = new Int32Array(buffer, calls.numberAt(), 1);
    this.#float = new Float32Array(buffer, calls.numberAt(), 1);
  }

  configure(processing: SpeexProcessing): void {
    const { noiseSuppressionDb, echoSuppressionDb, echoSuppressionActiveDb, gain } = processing;
    this.#set(denoise, whole, noiseSuppressionDb > 0 ? 1 : 0);
    this.#set(noiseSuppress, whole, -Math.round(noiseSuppressionDb));
    this.#set(echoSuppress, whole, -Math.round(echoSuppressionDb));
    this.#set(echoSuppressActive, whole, -Math.round(echoSuppressionActiveDb));
    this.#set(dereverb, whole, processing.dereverberation ? 1 : 0);
    this.#set(vad, whole, processing.activity ? 1 : 0);
    this.#set(agc, whole, gain === undefined ? 0 : 1);
    if (gain === undefined) return;
    this.#set(agcLevel, level, 32_768 * 10 ** (gain.levelDbov / 20));
    this.#set(agcMaxGain, whole, Math.round(gain.mostGainDb));
    this.#set(agcIncrement, whole, this.#holds ? 0 : upDbPerSecond);
    this.#set(agcDecrement, whole, -40);
  }

  /**
   * Takes out of `captured` what is the echo of `played`. Both, and `out`, are a frame long; `out` may be `captured`.
   * `played` is what left the loudspeaker when `captured` was heard: the caller aligns them.
   */
  cancelEcho(captured: Int16Array, played: Int16Array, out: Int16Array): void {
    if (this.settings.tailSamples === 0) {
      if (out !== captured) out.set(captured);
      return;
    }
    this.#captured.set(captured);
    this.#played.set(played);
    this.#calls.cancelEcho();
    out.set(this.#cleaned);
  }

  /** Noise suppression, residual echo, gain: in place, a frame long. Returns whether somebody speaks, true where that is not asked for. */
  process(frame: Int16Array): boolean {
    this.#cleaned.set(frame);
    const speech = this.#calls.preprocessRun();
    frame.set(this.#cleaned);
    return speech !== 0;
  }

  /** Learns the noise of a frame without changing it, such as while the microphone is mute. */
  hear(frame: Int16Array): void {
    this.#cleaned.set(frame);
    this.#calls.preprocessHear();
  }

  /** Gain control does not rise meanwhile: what is heard now is nobody whose level counts. Costs nothing where it is so already. */
  holdGain(on: boolean): void {
    if (on === this.#holds) return;
    this.#holds = on;
    this.#set(agcIncrement, whole, on ? 0 : upDbPerSecond);
  }

  /** Chance that the last frame held speech, 0 to 1. */
  get speechProbability(): number {
    return this.#get(speechProbability) / 100;
  }

  /** What gain control adds now, dB. */
  get gainDb(): number {
    return this.#get(agcGain);
  }

  /** The room is another one, or nothing was played for long: the echo canceller begins anew. */
  resetEcho(): void {
    if (this.settings.tailSamples > 0) this.#calls.resetEcho();
  }

  #set(request: number, type: "int" | "float", value: number): void {
    if (type === "int") this.#int[0] = value;
    else this.#float[0] = value;
    this.#calls.preprocessControl(request);
  }

  #get(request: number): number {
    this.#int[0] = 0;
    this.#calls.preprocessControl(request);
    return this.#int[0] ?? 0;
  }
}
