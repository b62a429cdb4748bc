/** The capturing side of an ALSA card: bytes of an arecord child into 10 ms frames at 16 kHz. */
import type { AudioFigures } from "../audio.ts";
import type { Clock } from "../clock.ts";
import type { HalError, HalErrorCode } from "../error.ts";
import { AlsaSide } from "./alsa-side.ts";
import type { StartChild } from "./os/process.ts";
import { RateConverter } from "./rate-converter.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;
const frameMs = 10;
const periodMs = 10;
/** The card may hold this much while the process is busy, ms: it costs no delay. */
const bufferMs = 200;
/** Frames of one delivery beyond this are thrown away: they are late, and the rest is nearer to now. */
const mostAtOnce = 10;

export interface AlsaCaptureOptions {
  readonly pcm: string;
  readonly program: string;
  readonly clock: Clock;
  readonly start: StartChild;
  readonly figures: AudioFigures;
  readonly onFrame: (frame: Int16Array) => void;
  readonly onLost: (error: HalError) => void;
  readonly onRunning: (name: string) => void;
}

export class AlsaCapture {
  #options: AlsaCaptureOptions;
  #side: AlsaSide;
  #channels = 1;
  #converter: RateConverter | undefined;
  /** Bytes that do not make a whole sample of all channels yet. */
  #rest = new Uint8Array(4);
  #restBytes = 0;
  #input = new Int16Array(0);
  #converted = new Int16Array(0);
  #frame = new Int16Array(frameSamples);
  #filled = 0;
  #dataMs = 0;
  #skip = 0;

  constructor(options: AlsaCaptureOptions) {
    this.#options = options;
    this.#side = new AlsaSide({
      ...options,
      direction: "capture",
      periodMs,
      bufferMs: () => bufferMs,
      onData: (bytes) => this.#data(bytes),
      onRunning: (format) => {
        this.#channels = format.channels;
        this.#converter = format.rateHz === rateHz ? undefined : new RateConverter(format.rateHz, rateHz);
        this.#restBytes = 0;
        this.#filled = 0;
        this.#dataMs = options.clock.now();
        options.figures.captureDelayMs = periodMs + (this.#converter === undefined ? 0 : 1);
        options.onRunning(this.#side.name);
      },
      onXrun: (lengthMs) => {
        options.figures.overruns += Math.max(1, Math.ceil(lengthMs / frameMs));
      },
    });
  }

  get name(): string {
    return this.#side.name;
  }

  get running(): boolean {
    return this.#side.running;
  }

  start(): void {
    this.#side.start();
  }

  stop(): void {
    this.#side.stop();
  }

  fail(code: HalErrorCode, why: string): void {
    this.#side.fail(code, why);
  }

  /** @param silentMs without data for this long it is taken for dead */
  watch(nowMs: number, silentMs: number): void {
    if (this.running && nowMs - this.#dataMs > silentMs) this.#side.fail("lost", `no sound for ${silentMs} ms`);
  }

  #data(bytes: Uint8Array): void {
    const { figures, clock } = this.#options;
    const nowMs = clock.now();
    const latenessMs = nowMs - this.#dataMs - periodMs;
    if (figures.frames > 0 && latenessMs > figures.worstLatenessMs) figures.worstLatenessMs = latenessMs;
    this.#dataMs = nowMs;
    const count = this.#samplesOf(bytes);
    const converter = this.#converter;
    let samples = this.#input;
    let total = count;
    if (converter !== undefined) {
      const room = converter.roomFor(count);
      if (this.#converted.length < room) this.#converted = new Int16Array(room);
      total = converter.convert(this.#input, count, this.#converted);
      samples = this.#converted;
    }
    const frames = Math.floor((this.#filled + total) / frameSamples);
    this.#skip = Math.max(0, frames - mostAtOnce);
    figures.overruns += this.#skip;
    for (let i = 0; i < total; i++) {
      this.#frame[this.#filled++] = samples[i] ?? 0;
      if (this.#filled < frameSamples) continue;
      this.#filled = 0;
      if (this.#skip > 0) this.#skip--;
      else this.#options.onFrame(this.#frame);
    }
  }

  /** Turns bytes into mono samples in `#input`; returns how many. */
  #samplesOf(bytes: Uint8Array): number {
    const size = 2 * this.#channels;
    const all = this.#restBytes + bytes.length;
    const count = Math.floor(all / size);
    if (this.#input.length < count) this.#input = new Int16Array(count);
    const at = (index: number): number =>
      (index < this.#restBytes ? this.#rest[index] : bytes[index - this.#restBytes]) ?? 0;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let c = 0; c < this.#channels; c++) {
        const from = i * size + 2 * c;
        sum += ((at(from) | (at(from + 1) << 8)) << 16) >> 16;
      }
      this.#input[i] = this.#channels === 1 ? sum : Math.round(sum / this.#channels);
    }
    const left = all - count * size;
    const rest = [0, 1, 2].map((i) => (i < left ? at(count * size + i) : 0));
    this.#rest.set(rest);
    this.#restBytes = left;
    return count;
  }
}
