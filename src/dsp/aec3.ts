/**
 * WebRTC's echo canceller for hands-free talking (AEC3), as the package @ennuicastr/webrtcaec3.js brings it: finds the delay by itself,
 * suppresses what is left of the echo, fills in noise. When it is used is not decided here.
 */
import { reasonOf } from "../base/error.ts";

/** What the package's module exports below its own front, which allocates on each call. Numbers are addresses in its memory. */
interface Aec3Module {
  readonly HEAPU8: { readonly buffer: ArrayBuffer };
  readonly AEC3: new (rateHz: number, played: number, captured: number) => Aec3Front;
  _WebRtcAudioBuffer_copyIn(into: number, from: number, rateHz: number, channels: number): void;
  _WebRtcAudioBuffer_copyOut(into: number, from: number, rateHz: number, channels: number): void;
  _WebRtcAudioBuffer_splitIntoFrequencyBands(buffer: number): void;
  _WebRtcAudioBuffer_mergeFrequencyBands(buffer: number): void;
  _WebRtcAec3_analyzeRender(instance: number): void;
  _WebRtcAec3_analyzeCapture(instance: number): void;
  _WebRtcAec3_processCapture(instance: number, levelChange: number): void;
}

interface Aec3Buffer {
  readonly inpPtr: number;
  readonly inp: readonly Float32Array[];
  readonly bufPtr: number;
  readonly outPtr: number;
  readonly out: readonly Float32Array[];
}

interface Aec3Front {
  readonly _instance: number;
  readonly _renderBuf: Aec3Buffer;
  readonly _captureBuf: Aec3Buffer;
  free(): void;
}

const events = ["uncaughtException", "unhandledRejection"] as const;
let loading: Promise<Aec3Module> | undefined;

/** Once in a thread; 17 MB of addresses, of which it touches a tenth. */
function load(): Promise<Aec3Module> {
  loading ??= import("@ennuicastr/webrtcaec3.js").then((found) => {
    // Its loader listens for the thread's bugs, and would change how one ends it.
    const thread: NodeJS.EventEmitter = process;
    const before = events.map((event) => thread.listeners(event));
    const module = found.default();
    for (const [nth, event] of events.entries())
      for (const listener of thread.listeners(event))
        if (before[nth]?.includes(listener) !== true) thread.off(event, listener as () => void);
    // The package declares its front only.
    return module as Promise<object> as Promise<Aec3Module>;
  });
  return loading;
}

export class Aec3Error extends Error {}

/** One microphone's canceller, at 16 kHz, for frames of 10 ms. No call allocates. */
export class Aec3 {
  /** How much later what is captured comes out, ms. */
  static readonly delayMs = 8;
  readonly #module: Aec3Module;
  readonly #front: Aec3Front;
  readonly #instance: number;
  readonly #played: Float32Array;
  readonly #captured: Float32Array;
  readonly #cleaned: Float32Array;

  private constructor(module: Aec3Module) {
    this.#module = module;
    const front = new module.AEC3(rateHz, 1, 1);
    this.#front = front;
    this.#instance = front._instance;
    this.#played = channel(front._renderBuf.inp);
    this.#captured = channel(front._captureBuf.inp);
    this.#cleaned = channel(front._captureBuf.out);
  }

  /** Takes about 20 ms, most of it in one piece. @throws Aec3Error where the package is missing or another one than expected */
  static async open(): Promise<Aec3> {
    try {
      return new Aec3(await load());
    } catch (cause) {
      throw new Aec3Error(`echo canceller AEC3 cannot be loaded: ${reasonOf(cause)}`, { cause });
    }
  }

  /**
   * Takes out of `captured`, in place, what is the echo of `played`: what left the loudspeaker up to a quarter of a second
   * before. Both are 160 samples.
   */
  process(captured: Int16Array, played: Int16Array): void {
    const module = this.#module;
    const { _renderBuf: render, _captureBuf: capture } = this.#front;
    copyIn(played, this.#played);
    module._WebRtcAudioBuffer_copyIn(render.bufPtr, render.inpPtr, rateHz, 1);
    module._WebRtcAudioBuffer_splitIntoFrequencyBands(render.bufPtr);
    module._WebRtcAec3_analyzeRender(this.#instance);
    copyIn(captured, this.#captured);
    module._WebRtcAudioBuffer_copyIn(capture.bufPtr, capture.inpPtr, rateHz, 1);
    module._WebRtcAudioBuffer_splitIntoFrequencyBands(capture.bufPtr);
    module._WebRtcAec3_analyzeCapture(this.#instance);
    module._WebRtcAec3_processCapture(this.#instance, 0);
    module._WebRtcAudioBuffer_mergeFrequencyBands(capture.bufPtr);
    module._WebRtcAudioBuffer_copyOut(capture.outPtr, capture.bufPtr, rateHz, 1);
    const cleaned = this.#cleaned;
    // Conversion to 16 bits wraps around: what is above full scale is limited before.
    for (let i = 0; i < captured.length; i++)
      captured[i] = Math.max(-32_768, Math.min(32_767, Math.round(32_768 * (cleaned[i] ?? 0))));
  }

  /** Gives its memory back; nothing is called afterwards. */
  close(): void {
    this.#front.free();
  }
}

const rateHz = 16_000;

function channel(channels: readonly Float32Array[]): Float32Array {
  const only = channels[0];
  if (only === undefined || only.length !== rateHz / 100) throw new Aec3Error("its frames are not of 10 ms at 16 kHz");
  return only;
}

function copyIn(from: Int16Array, to: Float32Array): void {
  for (let i = 0; i < to.length; i++) to[i] = (from[i] ?? 0) / 32_768;
}
