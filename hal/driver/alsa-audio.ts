/** A sound card through ALSA's arecord and aplay as children with small buffers; paced by what is captured, else by what is played. */
import type { AudioDevice, AudioFigures, AudioPath, AudioTrouble, PathAcoustics } from "../audio.ts";
import type { Clock, Timer } from "../clock.ts";
import { HalError } from "../error.ts";
import { AlsaCapture } from "./alsa-capture.ts";
import { AlsaPlayback } from "./alsa-playback.ts";
import { type StartChild, startChild } from "./os/process.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;
const frameMs = 10;
/** After a stall of the process at most this many frames are made up at once. */
const catchUpFrames = 10;
/** The card is given back this long after the last path was closed, ms. */
const idleMs = 5000;
/** How often it is looked whether both children live and do something, ms. */
const watchMs = 100;
/** A recorder that brings nothing for this long hangs; so does a player that takes nothing, ms. */
const silentMs = 700;
/** Opening takes no longer, ms. */
const openMs = 5000;

export interface AlsaChoice {
  /** ALSA's names; undefined where the board has none in that direction. */
  readonly capture: string | undefined;
  readonly playback: string | undefined;
  readonly paths?: readonly AudioPath[];
  /** What the board's transducers are; absent: sound is exchanged as it is. */
  readonly acoustics?: Readonly<Partial<Record<AudioPath, PathAcoustics>>>;
  /** Other programs than ALSA's own, for tests. */
  readonly arecord?: string;
  readonly aplay?: string;
  readonly start?: StartChild;
}

type AlsaState =
  | { name: "closed" }
  | {
      name: "opening";
      resolve: () => void;
      reject: (error: HalError) => void;
      timer: Timer;
      failed: Map<string, HalError>;
    }
  | { name: "open" }
  /** Open, but no path for a while: the card is given back to others. */
  | { name: "resting" };

export class AlsaAudio implements AudioDevice {
  readonly rateHz = rateHz;
  readonly frameSamples = frameSamples;
  readonly paths: readonly AudioPath[];
  readonly acoustics: Readonly<Partial<Record<AudioPath, PathAcoustics>>>;
  readonly figures: AudioFigures = {
    playDelayMs: 0,
    captureDelayMs: 0,
    underruns: 0,
    overruns: 0,
    frames: 0,
    worstLatenessMs: 0,
  };
  onFrame: ((captured: Int16Array, toPlay: Int16Array) => void) | undefined;
  onTrouble: ((trouble: AudioTrouble) => void) | undefined;
  #clock: Clock;
  #state: AlsaState = { name: "closed" };
  #capture: AlsaCapture | undefined;
  #playback: AlsaPlayback | undefined;
  #path: AudioPath = "none";
  #idle: Timer | undefined;
  #watch: Timer | undefined;
  #pace: Timer | undefined;
  #paceDueMs = 0;
  #silence = new Int16Array(frameSamples);
  #captured = new Int16Array(frameSamples);
  #toPlay = new Int16Array(frameSamples);
  #lost = new Set<string>();
  #burst = { sinceMs: 0, frames: 0 };
  readonly #paceTick = (): void => this.#paceFrames();

  constructor(clock: Clock, choice: AlsaChoice) {
    this.#clock = clock;
    this.paths = choice.paths ?? ["handset", "headset", "speaker"];
    this.acoustics = choice.acoustics ?? {};
    const start = choice.start ?? startChild;
    const shared = {
      clock,
      start,
      figures: this.figures,
      onLost: (error: HalError) => this.#sideLost(error),
      onRunning: (name: string) => this.#sideRunning(name),
    };
    if (choice.capture !== undefined)
      this.#capture = new AlsaCapture({
        ...shared,
        pcm: choice.capture,
        program: choice.arecord ?? "arecord",
        onFrame: (frame) => this.#capturedFrame(frame),
      });
    if (choice.playback !== undefined)
      this.#playback = new AlsaPlayback({ ...shared, pcm: choice.playback, program: choice.aplay ?? "aplay" });
  }

  async open(): Promise<void> {
    if (this.#state.name !== "closed") return;
    if (this.#capture === undefined && this.#playback === undefined)
      throw new HalError("PCM", "absent", "neither a capture nor a playback PCM was named");
    await new Promise<void>((resolve, reject) => {
      const timer = this.#clock.after(openMs, () =>
        this.#refuse(
          new HalError(this.#capture?.name ?? "PCM", "broken", `it did not start within ${openMs / 1000} s`),
        ),
      );
      this.#state = { name: "opening", resolve, reject, timer, failed: new Map() };
      this.#startSides();
    });
    this.#watching();
    this.#rest();
  }

  setPath(path: AudioPath): void {
    this.#path = path;
    if (path === "none") {
      this.#rest();
      return;
    }
    this.#idle?.cancel();
    this.#idle = undefined;
    if (this.#state.name !== "resting") return;
    this.#state = { name: "open" };
    this.#startSides();
    this.#watching();
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { name: "closed" };
    this.#stopSides();
    if (state.name !== "opening") return;
    state.timer.cancel();
    state.reject(new HalError(this.#capture?.name ?? "PCM", "lost", "it was closed while it opened"));
  }

  #startSides(): void {
    this.#lost.clear();
    this.#burst = { sinceMs: this.#clock.now(), frames: 0 };
    this.#playback?.start();
    this.#capture?.start();
  }

  #stopSides(): void {
    this.#idle?.cancel();
    this.#idle = undefined;
    this.#watch?.cancel();
    this.#pace?.cancel();
    this.#pace = undefined;
    this.#capture?.stop();
    this.#playback?.stop();
  }

  #rest(): void {
    if (this.#path !== "none" || this.#state.name !== "open" || this.#idle !== undefined) return;
    this.#idle = this.#clock.after(idleMs, () => {
      this.#idle = undefined;
      if (this.#state.name !== "open" || this.#path !== "none") return;
      this.#state = { name: "resting" };
      this.#stopSides();
    });
  }

  #refuse(error: HalError): void {
    const state = this.#state;
    if (state.name !== "opening") return;
    this.#state = { name: "closed" };
    state.timer.cancel();
    this.#stopSides();
    state.reject(error);
  }

  #sideLost(error: HalError): void {
    const state = this.#state;
    if (state.name === "opening") {
      state.failed.set(error.device, error);
      this.#settle();
      return;
    }
    if (this.#lost.has(error.device)) return;
    this.#lost.add(error.device);
    this.onTrouble?.({ type: "lost", device: error.device, why: error.message });
  }

  #sideRunning(name: string): void {
    if (this.#lost.delete(name)) this.onTrouble?.({ type: "back", device: name });
    this.#settle();
  }

  /** Opened when one direction runs and the other does or has failed: a PC without a microphone still rings. */
  #settle(): void {
    const state = this.#state;
    if (state.name !== "opening") return;
    const sides = [this.#capture, this.#playback].filter((side) => side !== undefined);
    const first = sides.map((side) => state.failed.get(side.name)).find((error) => error !== undefined);
    if (!sides.every((side) => side.running || state.failed.has(side.name))) return;
    if (first !== undefined && !sides.some((side) => side.running)) {
      this.#refuse(first);
      return;
    }
    state.timer.cancel();
    this.#state = { name: "open" };
    state.resolve();
    for (const error of state.failed.values()) this.#sideLost(error);
  }

  /** Looks after both sides, and paces by the clock while nothing is captured. */
  #watching(): void {
    this.#watch = this.#clock.after(watchMs, () => {
      if (this.#state.name !== "open") return;
      const nowMs = this.#clock.now();
      this.#capture?.watch(nowMs, silentMs);
      this.#playback?.watch(nowMs, silentMs);
      this.#choosePace(nowMs);
      this.#watching();
    });
  }

  #choosePace(nowMs: number): void {
    const byClock = this.#capture?.running !== true && this.#playback?.running === true;
    if (!byClock) {
      this.#pace?.cancel();
      this.#pace = undefined;
    } else if (this.#pace === undefined) {
      this.#paceDueMs = nowMs;
      this.#pace = this.#clock.after(0, this.#paceTick);
    }
  }

  /** Nothing is captured: the player takes one frame in 10 ms, its own drift is made good by the playback side. */
  #paceFrames(): void {
    if (this.#state.name !== "open" || this.#pace === undefined) return;
    const nowMs = this.#clock.now();
    const behind = Math.floor((nowMs - this.#paceDueMs) / frameMs);
    if (behind > catchUpFrames) {
      this.figures.underruns += behind - catchUpFrames;
      this.#paceDueMs = nowMs - catchUpFrames * frameMs;
    }
    while (this.#paceDueMs <= nowMs) {
      this.#paceDueMs += frameMs;
      this.#frame(this.#silence);
    }
    this.#pace = this.#clock.after(Math.max(0, this.#paceDueMs - this.#clock.now()), this.#paceTick);
  }

  /**
   * A frame was captured. After a stall of the process they come in a burst: what is more than the catch-up is thrown
   * away. A PCM without a pace of its own ("null") would bring them without end.
   */
  #capturedFrame(frame: Int16Array): void {
    if (this.#state.name !== "open") return;
    const nowMs = this.#clock.now();
    const burst = this.#burst;
    burst.frames++;
    const elapsedMs = nowMs - burst.sinceMs;
    const ahead = burst.frames - elapsedMs / frameMs;
    if (ahead > 500) {
      this.#capture?.fail("broken", "it brings sound faster than time passes: it has no clock of its own");
      return;
    }
    if (elapsedMs > 10_000) {
      burst.sinceMs = nowMs;
      burst.frames = 0;
    }
    this.#frame(frame);
  }

  #frame(frame: Int16Array): void {
    const silent = this.#path === "none";
    if (silent) this.#captured.fill(0);
    else this.#captured.set(frame);
    this.#toPlay.fill(0);
    this.figures.frames++;
    this.onFrame?.(this.#captured, this.#toPlay);
    if (silent) this.#toPlay.fill(0);
    this.#playback?.play(this.#toPlay);
  }
}
