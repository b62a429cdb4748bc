/** One direction of an ALSA card: an arecord or aplay child, its format, its failures and its restarts. No sound is looked at here. */
import type { Clock, Timer } from "../clock.ts";
import { HalError, type HalErrorCode } from "../error.ts";
import { readAlsaMessage } from "./alsa-message.ts";
import type { Child, ChildEnd, StartChild } from "./os/process.ts";

export type AlsaDirection = "capture" | "playback";

/** What a child is asked for. */
export interface AlsaFormat {
  readonly rateHz: number;
  readonly channels: 1 | 2;
}

export interface AlsaSideOptions {
  readonly direction: AlsaDirection;
  /** ALSA's name: "default", "plughw:1,0". */
  readonly pcm: string;
  readonly program: string;
  readonly clock: Clock;
  readonly start: StartChild;
  /** Length of the card's buffer for the next start, ms. */
  readonly bufferMs: () => number;
  readonly periodMs: number;
  readonly onData: (bytes: Uint8Array) => void;
  /** The child runs with that format. */
  readonly onRunning: (format: AlsaFormat) => void;
  readonly onXrun: (lengthMs: number) => void;
  /** Told once until `onRunning` comes again. */
  readonly onLost: (error: HalError) => void;
}

type SideState =
  | { name: "off" }
  | { name: "starting"; child: Child; sinceMs: number }
  | { name: "running"; child: Child; sinceMs: number }
  | { name: "waiting"; timer: Timer };

/** Until the next try after the first, second, ... failure in a row, ms. */
const backOffMs = [250, 500, 1000, 2000, 5000];
/** A child that ran for so long had started well: the next failure is the first in a row again, ms. */
const steadyMs = 3000;
/** A player that has not failed by then has opened its card, ms. */
const settleMs = 250;
/** A recorder that has brought nothing by then hangs, ms. */
const firstDataMs = 3000;

export class AlsaSide {
  readonly name: string;
  #options: AlsaSideOptions;
  #state: SideState = { name: "off" };
  #format: AlsaFormat = { rateHz: 16_000, channels: 1 };
  #failures = 0;
  #told = false;
  #failure: { code: HalErrorCode; why: string } | undefined;
  #retry: AlsaFormat | undefined;
  #watch: Timer | undefined;

  constructor(options: AlsaSideOptions) {
    this.#options = options;
    this.name = `PCM ${options.pcm} (${options.direction})`;
  }

  get running(): boolean {
    return this.#state.name === "running";
  }

  start(): void {
    if (this.#state.name !== "off") return;
    this.#failures = 0;
    this.#told = false;
    this.#spawn();
  }

  /** Ends the child and forgets about it. Idempotent. */
  stop(): void {
    const state = this.#state;
    this.#state = { name: "off" };
    this.#watch?.cancel();
    if (state.name === "waiting") state.timer.cancel();
    else if (state.name !== "off") state.child.kill();
  }

  /** Starts it again at once, as after a change of the buffer. */
  restart(): void {
    if (this.#state.name === "off") return;
    this.stop();
    this.#spawn();
  }

  /** It runs but does nothing: ended, told, and tried again. */
  fail(code: HalErrorCode, why: string): void {
    const state = this.#state;
    if (state.name !== "starting" && state.name !== "running") return;
    this.#failure = { code, why };
    state.child.kill();
    this.#ended({ type: "exit", why });
  }

  write(bytes: Uint8Array): void {
    if (this.#state.name === "running") this.#state.child.write(bytes);
  }

  /** Bytes that the child does not take. */
  get queuedBytes(): number {
    return this.#state.name === "running" ? this.#state.child.queuedBytes : 0;
  }

  bytesRead(): number | undefined {
    return this.#state.name === "running" ? this.#state.child.bytesRead() : undefined;
  }

  get format(): AlsaFormat {
    return this.#format;
  }

  #spawn(): void {
    const { clock, direction, start } = this.#options;
    this.#failure = undefined;
    this.#retry = undefined;
    const holder: { child?: Child } = {};
    const mine = (): boolean => {
      const state = this.#state;
      return (state.name === "starting" || state.name === "running") && state.child === holder.child;
    };
    const child = start({
      program: this.#options.program,
      args: this.#arguments(),
      onOutput: (bytes) => {
        if (!mine()) return;
        if (this.#state.name === "starting") this.#run(child);
        this.#options.onData(bytes);
      },
      onErrorLine: (line) => {
        if (mine()) this.#line(line);
      },
      onExit: (end) => {
        if (mine()) this.#ended(end);
      },
    });
    holder.child = child;
    this.#state = { name: "starting", child, sinceMs: clock.now() };
    this.#watch = clock.after(direction === "playback" ? settleMs : firstDataMs, () => {
      if (!mine() || this.#state.name !== "starting") return;
      if (direction === "playback") this.#run(child);
      else this.fail("broken", `no sound within ${firstDataMs / 1000} s`);
    });
  }

  #arguments(): string[] {
    const { pcm, periodMs, bufferMs } = this.#options;
    const { rateHz, channels } = this.#format;
    const common = ["-D", pcm, "-t", "raw", "-f", "S16_LE", "-c", String(channels), "-r", String(rateHz)];
    return [...common, `--period-time=${periodMs * 1000}`, `--buffer-time=${bufferMs() * 1000}`];
  }

  #run(child: Child): void {
    if (this.#retry !== undefined) return;
    this.#watch?.cancel();
    this.#state = { name: "running", child, sinceMs: this.#options.clock.now() };
    this.#told = false;
    this.#options.onRunning(this.#format);
  }

  #line(line: string): void {
    const message = readAlsaMessage(line);
    if (message === undefined) return;
    switch (message.type) {
      case "rate":
        if (message.rateHz >= 8000 && message.rateHz <= 192_000 && message.rateHz !== this.#format.rateHz)
          this.#again({ ...this.#format, rateHz: message.rateHz });
        return;
      case "channels":
        if (this.#format.channels === 1) this.#again({ ...this.#format, channels: 2 });
        else this.#failure = { code: "broken", why: "it has neither one nor two channels" };
        return;
      case "xrun":
        this.#options.onXrun(message.lengthMs);
        return;
      case "failure":
        this.#failure ??= message;
        return;
      default:
        message satisfies never;
    }
  }

  /** Another format is to be tried: at once, and without counting as failure. */
  #again(format: AlsaFormat): void {
    this.#retry = format;
    const state = this.#state;
    if (state.name !== "starting" && state.name !== "running") return;
    state.child.kill();
    this.#ended({ type: "exit", why: "another format" });
  }

  #ended(end: ChildEnd): void {
    this.#watch?.cancel();
    if (this.#retry !== undefined) {
      this.#format = this.#retry;
      this.#spawn();
      return;
    }
    const { clock, program } = this.#options;
    const failure =
      end.type === "absent"
        ? {
            code: "absent" as const,
            why: `the program "${program}" (Debian package alsa-utils) cannot be run: ${end.why}`,
          }
        : (this.#failure ?? { code: "lost" as const, why: end.why });
    const state = this.#state;
    if (state.name === "running" && clock.now() - state.sinceMs > steadyMs) this.#failures = 0;
    const wait = backOffMs[Math.min(this.#failures, backOffMs.length - 1)] ?? 0;
    this.#failures++;
    // A card that comes back may be another one: what fitted the last one is asked anew.
    this.#format = { rateHz: 16_000, channels: 1 };
    this.#state = { name: "waiting", timer: clock.after(wait, () => this.#spawn()) };
    if (this.#told) return;
    this.#told = true;
    this.#options.onLost(new HalError(this.name, failure.code, failure.why));
  }
}
