/** The playing side of an ALSA card: 10 ms frames into an aplay child, with a buffer that widens after underruns and narrows again. */
import type { AudioFigures } from "../audio.ts";
import type { Clock } from "../clock.ts";
import type { HalError } from "../error.ts";
import { AlsaSide } from "./alsa-side.ts";
import type { StartChild } from "./os/process.ts";
import { RateConverter } from "./rate-converter.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;
const frameMs = 10;
const periodMs = 10;
/** Lengths of the card's buffer, ms. USB cards on small boards stumble with the short ones. */
const bufferSteps = [40, 60, 90, 140, 200];
/** This many underruns within that time, ms, and the next longer buffer is taken. */
const underrunsToWiden = 3;
const widenWindowMs = 10_000;
/** After this long without one, ms, the next shorter one is taken. */
const narrowAfterMs = 120_000;
/** Sound that waits in the pipe, beyond what always does, is delay: more than this is taken out, ms. */
const backlogMs = 25;
/** Frames whose bytes may wait in this process; a player that leaves more of them hangs. */
const ringFrames = 64;
/** What waits is asked from the system every so many frames. */
const lookEvery = 10;

export interface AlsaPlaybackOptions {
  readonly pcm: string;
  readonly program: string;
  readonly clock: Clock;
  readonly start: StartChild;
  readonly figures: AudioFigures;
  readonly onLost: (error: HalError) => void;
  readonly onRunning: (name: string) => void;
}

export class AlsaPlayback {
  #options: AlsaPlaybackOptions;
  #side: AlsaSide;
  #step = 0;
  #underrunsMs: number[] = [];
  #quietSinceMs = 0;
  #channels = 1;
  #converter: RateConverter | undefined;
  #converted = new Int16Array(frameSamples);
  #ring: Uint8Array[] = [];
  #ringAt = 0;
  #writtenBytes = 0;
  /** The least that was ever written and not read: what the program reads for itself makes it negative. */
  #leastWaiting = Number.POSITIVE_INFINITY;
  /** Least of the looks since the last frame was taken out. */
  #waitingBytes = Number.POSITIVE_INFINITY;
  #looks = 0;
  #frames = 0;
  #readBytes = 0;
  #readMs = 0;
  #held = new Int16Array(frameSamples);
  #isHeld = false;

  constructor(options: AlsaPlaybackOptions) {
    this.#options = options;
    this.#side = new AlsaSide({
      ...options,
      direction: "playback",
      periodMs,
      bufferMs: () => bufferSteps[this.#step] ?? 40,
      onData: () => {},
      onRunning: (format) => this.#begin(format.rateHz, format.channels),
      onXrun: () => this.#underrun(),
    });
  }

  get name(): string {
    return this.#side.name;
  }

  get running(): boolean {
    return this.#side.running;
  }

  /** Length of the card's buffer now, ms. */
  get bufferMs(): number {
    return bufferSteps[this.#step] ?? 40;
  }

  start(): void {
    this.#side.start();
  }

  stop(): void {
    this.#side.stop();
  }

  watch(nowMs: number, silentMs: number): void {
    if (!this.running) return;
    const read = this.#side.bytesRead();
    if (read !== undefined && read !== this.#readBytes) {
      this.#readBytes = read;
      this.#readMs = nowMs;
    } else if (read !== undefined && nowMs - this.#readMs > silentMs && this.#waiting(read) > this.#bytesOf(silentMs))
      this.#side.fail("lost", `it takes no sound for ${silentMs} ms`);
    if (this.#step > 0 && nowMs - this.#quietSinceMs > narrowAfterMs) {
      this.#step--;
      this.#quietSinceMs = nowMs;
      this.#side.restart();
    }
  }

  play(frame: Int16Array): void {
    if (!this.running) return;
    if (++this.#frames % lookEvery === 0) this.#look();
    if (this.#isHeld) {
      // Two frames become one: the first fades into the second, and 10 ms of delay are gone.
      this.#isHeld = false;
      for (let i = 0; i < frameSamples; i++)
        frame[i] = Math.round(((this.#held[i] ?? 0) * (frameSamples - i) + (frame[i] ?? 0) * i) / frameSamples);
    } else if (this.#waitingBytes !== Number.POSITIVE_INFINITY && this.#looks >= 5) {
      this.#looks = 0;
      const excess = this.#waitingBytes > this.#bytesOf(backlogMs);
      this.#waitingBytes = Number.POSITIVE_INFINITY;
      if (excess) {
        this.#held.set(frame);
        this.#isHeld = true;
        return;
      }
    }
    this.#write(frame);
  }

  #begin(cardHz: number, channels: number): void {
    const { clock, figures, onRunning } = this.#options;
    const nowMs = clock.now();
    this.#channels = channels;
    this.#converter = cardHz === rateHz ? undefined : new RateConverter(rateHz, cardHz);
    this.#writtenBytes = 0;
    this.#leastWaiting = Number.POSITIVE_INFINITY;
    this.#waitingBytes = Number.POSITIVE_INFINITY;
    this.#looks = 0;
    this.#isHeld = false;
    this.#readMs = nowMs;
    this.#readBytes = 0;
    this.#quietSinceMs = nowMs;
    figures.playDelayMs = this.bufferMs;
    // The player starts when its buffer is full: filled at once, it stays a buffer's length behind.
    this.#held.fill(0);
    for (let ms = 0; ms < this.bufferMs; ms += frameMs) this.#write(this.#held);
    onRunning(this.#side.name);
  }

  #write(frame: Int16Array): void {
    const converter = this.#converter;
    let count = frameSamples;
    let samples = frame;
    if (converter !== undefined) {
      const room = converter.roomFor(frameSamples);
      if (this.#converted.length < room) this.#converted = new Int16Array(room);
      count = converter.convert(frame, frameSamples, this.#converted);
      samples = this.#converted;
    }
    const size = count * 2 * this.#channels;
    if (this.#side.queuedBytes > this.#bytesOf((ringFrames - 2) * frameMs)) {
      this.#options.figures.underruns++;
      return;
    }
    // The pipe may keep bytes until they are read: they come from a ring that is longer than what may wait.
    this.#ringAt = (this.#ringAt + 1) % ringFrames;
    let bytes = this.#ring[this.#ringAt];
    if (bytes === undefined || bytes.length !== size) {
      bytes = new Uint8Array(size);
      this.#ring[this.#ringAt] = bytes;
    }
    let at = 0;
    for (let i = 0; i < count; i++)
      for (let c = 0; c < this.#channels; c++) {
        const sample = samples[i] ?? 0;
        bytes[at++] = sample & 0xff;
        bytes[at++] = (sample >> 8) & 0xff;
      }
    this.#side.write(bytes);
    this.#writtenBytes += size;
  }

  /** How much waits between us and the card: it grows when the card is slower than what paces us. */
  #look(): void {
    const read = this.#side.bytesRead();
    if (read === undefined) return;
    const waiting = this.#waiting(read);
    this.#waitingBytes = Math.min(this.#waitingBytes, waiting);
    this.#looks++;
    this.#options.figures.playDelayMs = this.bufferMs + (waiting * frameMs) / this.#bytesOf(frameMs);
  }

  #waiting(readBytes: number): number {
    this.#leastWaiting = Math.min(this.#leastWaiting, this.#writtenBytes - readBytes);
    return this.#writtenBytes - readBytes - this.#leastWaiting;
  }

  #bytesOf(ms: number): number {
    return (2 * this.#channels * (this.#converter?.outputHz ?? rateHz) * ms) / 1000;
  }

  #underrun(): void {
    const nowMs = this.#options.clock.now();
    this.#options.figures.underruns++;
    this.#quietSinceMs = nowMs;
    this.#underrunsMs = [...this.#underrunsMs.filter((ms) => nowMs - ms < widenWindowMs), nowMs];
    if (this.#underrunsMs.length < underrunsToWiden || this.#step >= bufferSteps.length - 1) return;
    this.#step++;
    this.#underrunsMs = [];
    this.#side.restart();
  }
}
