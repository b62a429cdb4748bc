/** Keeps streams going while the sound card gives no frames: it idles, is absent, or was unplugged. Never used while frames come. */
import type { Clock, Timer } from "../../hal/clock.ts";

const frameMs = 10;
/** How often it looks while the card runs, ms. */
const watchMs = 100;
/** How often it makes frames while the card does not, ms. */
const paceMs = 20;
/** After a stall of the thread no more than this is made up, frames. */
const mostAtOnce = 20;

type Pacing =
  | { name: "stopped" }
  | { name: "watching"; frames: number }
  /** No frame between two looks: it may be only that the loop was busy; the next turn tells. */
  | { name: "doubting"; frames: number }
  | { name: "pacing"; frames: number; dueMs: number };

export class IdlePacer {
  #clock: Clock;
  #frame: () => void;
  #state: Pacing = { name: "stopped" };
  #frames = 0;
  #timer: Timer | undefined;
  readonly #tick = (): void => this.#look();

  constructor(clock: Clock, frame: () => void) {
    this.#clock = clock;
    this.#frame = frame;
  }

  /** The card gave a frame. */
  deviceFrame(): void {
    this.#frames++;
  }

  /** Whether there is anything to keep going. */
  run(on: boolean): void {
    if (!on) {
      this.#timer?.cancel();
      this.#state = { name: "stopped" };
    } else if (this.#state.name === "stopped") {
      this.#state = { name: "watching", frames: this.#frames };
      this.#wait(watchMs);
    }
  }

  #wait(ms: number): void {
    this.#timer = this.#clock.after(ms, this.#tick);
  }

  #look(): void {
    const state = this.#state;
    const frames = this.#frames;
    switch (state.name) {
      case "stopped":
        return;
      case "watching":
        this.#state = state.frames === frames ? { name: "doubting", frames } : { name: "watching", frames };
        this.#wait(state.frames === frames ? paceMs : watchMs);
        return;
      case "doubting":
        this.#state =
          state.frames === frames
            ? { name: "pacing", frames, dueMs: this.#clock.now() - watchMs }
            : { name: "watching", frames };
        this.#wait(state.frames === frames ? 0 : watchMs);
        return;
      case "pacing":
        if (state.frames !== frames) {
          this.#state = { name: "watching", frames };
          this.#wait(watchMs);
          return;
        }
        this.#make(state);
        if (this.#state === state) this.#wait(paceMs);
        return;
      default:
        state satisfies never;
    }
  }

  #make(state: { dueMs: number }): void {
    const nowMs = this.#clock.now();
    state.dueMs = Math.max(state.dueMs, nowMs - mostAtOnce * frameMs);
    while (state.dueMs + frameMs <= nowMs) {
      state.dueMs += frameMs;
      this.#frame();
    }
  }
}
