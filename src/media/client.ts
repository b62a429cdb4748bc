/** Main's side of the media worker: requests with time limits, events, and a new worker with everything as it was when one dies. */
import { type AudioDevice, type AudioPath, canPlayBeside } from "../../hal/audio.ts";
import type { Clock, Timer } from "../../hal/clock.ts";
import { PhoneError } from "../base/error.ts";
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import { MediaMemory } from "./client-memory.ts";
import type { WorkerPort } from "./client-port.ts";
import type {
  FromWorker,
  GatheredNat,
  MediaEvent,
  MediaReply,
  MediaRequest,
  MediaStatistics,
  MediaTuning,
  NatChoice,
  PageChoice,
  StreamSettings,
  Tone,
  ToneTarget,
  VolumeTarget,
} from "./protocol.ts";

/** How long a request may take, ms. */
const requestMs = 5000;
/** A small board that is busy starting takes its time, ms. */
const readyMs = 45_000;
/** At most this many new workers in that time, ms. */
const mostRestarts = 5;
const restartWindowMs = 60_000;
/** Before a new one is tried, ms: a crash at start must not spin. */
const restartDelayMs = 50;

export type MediaErrorCode =
  | "timeout"
  | "worker-died"
  | "closed"
  | "no-port"
  | "no-stream"
  | "stream-exists"
  | "bad-settings"
  | "no-digit"
  | "no-person"
  | "unexpected";

export class MediaError extends PhoneError {
  readonly code: string;
  constructor(code: MediaErrorCode | (string & {}), message: string) {
    super(message);
    this.code = code;
  }
}

export interface MediaClientOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Makes a worker that has not yet said anything. */
  readonly startWorker: () => WorkerPort;
  /** Told of what a listener threw. */
  readonly errors: (error: unknown) => void;
}

export interface PortChoice {
  /** Numeric local address. */
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  readonly port?: number;
  readonly page?: PageChoice;
}

interface Pending {
  readonly request: MediaRequest;
  readonly timer: Timer;
  readonly resolve: (reply: MediaReply) => void;
  readonly reject: (error: MediaError) => void;
}

type ClientState =
  | { name: "starting"; port: WorkerPort }
  | { name: "restoring"; port: WorkerPort }
  | { name: "running"; port: WorkerPort }
  | { name: "down" }
  | { name: "closed" };

export class MediaClient {
  /** `log` events go to the log and do not come here. */
  readonly onEvent: Event<MediaEvent>;
  /** The worker died: sound is interrupted, a new one is started after `restartInMs`. */
  readonly onDied: Event<{ why: string; restartInMs: number }>;
  /** The new one runs, with every stream as it was except those in `lost`, whose ports could not be had again. */
  readonly onRestored: Event<{ lost: readonly number[] }>;
  #options: MediaClientOptions;
  #state: ClientState = { name: "down" };
  #pending = new Map<number, Pending>();
  #waiting: { request: MediaRequest; pending: Pending }[] = [];
  #memory = new MediaMemory();
  #troubles = new Map<string, Extract<MediaEvent, { type: "audio-trouble" }>>();
  #together: AudioDevice["together"];
  #id = 0;
  #deathsMs: number[] = [];
  #readyTimer: Timer | undefined;
  #firstReady: { resolve: () => void; reject: (error: MediaError) => void } | undefined;

  private constructor(options: MediaClientOptions) {
    this.#options = options;
    this.onEvent = new Event(options.errors);
    this.onDied = new Event(options.errors);
    this.onRestored = new Event(options.errors);
  }

  /** @throws MediaError when the first worker does not come up: a phone that starts so is misinstalled */
  static async open(options: MediaClientOptions): Promise<MediaClient> {
    const client = new MediaClient(options);
    await new Promise<void>((resolve, reject) => {
      client.#firstReady = { resolve, reject };
      client.#start();
    });
    return client;
  }

  /** Rejects with MediaError: code "timeout", "worker-died", "closed", or the worker's own. Waits for a worker that is being restarted. */
  async request(request: MediaRequest): Promise<MediaReply> {
    if (this.#state.name === "closed") throw new MediaError("closed", "the media worker was closed");
    this.#memory.note(request);
    const reply = await this.#exchange(request, this.#state.name === "running");
    if (reply.type === "failed") {
      this.#memory.refused(request);
      throw new MediaError(reply.code, reply.message);
    }
    if (request.type === "open-stream" && reply.type === "opened") this.#memory.opened(request, reply.port);
    if (request.type === "gather" && reply.type === "gathered") this.#memory.gathered(request, reply.nat);
    return reply;
  }

  /** Returns the RTP port; RTCP is the one above. */
  async openStream(stream: number, choice: PortChoice): Promise<number> {
    const reply = await this.request({ type: "open-stream", stream, ...choice });
    return reply.type === "opened" ? reply.port : unexpected(reply);
  }

  /** Where an open stream can be reached from outside; takes two seconds at most. */
  async gather(stream: number, nat: NatChoice): Promise<GatheredNat> {
    const reply = await this.request({ type: "gather", stream, nat });
    return reply.type === "gathered" ? reply.nat : unexpected(reply);
  }

  async configureStream(stream: number, settings: StreamSettings): Promise<void> {
    await this.request({ type: "configure-stream", stream, settings });
  }

  async closeStream(stream: number): Promise<void> {
    await this.request({ type: "close-stream", stream });
  }

  async setFocus(streams: readonly number[]): Promise<void> {
    await this.request({ type: "focus", streams });
  }

  async setPath(path: AudioPath): Promise<void> {
    await this.request({ type: "path", path });
  }

  /** What is played beside the path; where the sound card cannot, nothing is. */
  async setSecond(path: AudioPath): Promise<void> {
    await this.request({ type: "second", path });
  }

  /** Whether the sound card can play the second path beside the first. */
  canPlayBeside(path: AudioPath, second: AudioPath): boolean {
    return canPlayBeside(this.#together, path, second);
  }

  async setMute(on: boolean): Promise<void> {
    await this.request({ type: "mute", on });
  }

  /** @param step 0 to 15 */
  async setVolume(target: VolumeTarget, step: number): Promise<void> {
    await this.request({ type: "volume", target, step });
  }

  async playTone(target: ToneTarget, tone: Tone | undefined): Promise<void> {
    await this.request({ type: "tone", target, tone });
  }

  async sendDtmf(stream: number, digit: string, durationMs: number): Promise<void> {
    await this.request({ type: "dtmf", stream, digit, durationMs });
  }

  /** @param db of one party of a conference, for all others; -60 to 12 */
  async setLevel(stream: number, db: number): Promise<void> {
    await this.request({ type: "level", stream, db });
  }

  async record(on: boolean): Promise<void> {
    await this.request({ type: "record", on });
  }

  async tune(tuning: MediaTuning): Promise<void> {
    await this.request({ type: "tune", tuning });
  }

  async statistics(): Promise<MediaStatistics> {
    const reply = await this.request({ type: "statistics" });
    return reply.type === "statistics" ? reply.statistics : unexpected(reply);
  }

  /** Simulated sound only. @param samples 16-bit mono */
  async personSay(samples: Int16Array, rateHz: number): Promise<void> {
    await this.request({ type: "person-say", samples, rateHz });
  }

  /** @param second what the second path played */
  async personHeard(seconds: number, second = false): Promise<{ samples: Int16Array; rateHz: number }> {
    const reply = await this.request({ type: "person-heard", seconds, second });
    return reply.type === "heard" ? { samples: reply.samples, rateHz: reply.rateHz } : unexpected(reply);
  }

  async personListen(on: boolean): Promise<void> {
    await this.request({ type: "person-listen", on });
  }

  /** Asks the worker to end, and ends it where it does not. Idempotent. */
  async close(): Promise<void> {
    const state = this.#state;
    if (state.name === "closed") return;
    const closing = state.name === "running" ? this.#exchange({ type: "close" }, true).catch(() => {}) : undefined;
    this.#state = { name: "closed" };
    await closing;
    this.#readyTimer?.cancel();
    this.#rejectAll(new MediaError("closed", "the media worker was closed"));
    this.#firstReady?.reject(new MediaError("closed", "the media worker was closed"));
    if (state.name === "down") return;
    state.port.onExit = undefined;
    await state.port.terminate();
  }

  #start(): void {
    const { clock, startWorker } = this.#options;
    this.#troubles.clear();
    const port = startWorker();
    this.#state = { name: "starting", port };
    port.onMessage = (message) => this.#message(port, message);
    port.onExit = (why) => this.#died(port, why);
    this.#readyTimer = clock.after(readyMs, () => {
      if (this.#state.name !== "starting" || this.#state.port !== port) return;
      this.#died(port, `it was not ready after ${readyMs / 1000} s`);
    });
  }

  #message(port: WorkerPort, message: FromWorker): void {
    if ("ready" in message) {
      this.#readyTimer?.cancel();
      this.#together = message.together;
      if (this.#state.name !== "starting" || this.#state.port !== port) return;
      const first = this.#firstReady;
      this.#firstReady = undefined;
      if (first === undefined) void this.#restore(port);
      else {
        this.#run(port);
        first.resolve();
      }
    } else if ("event" in message) this.#event(message.event);
    else {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      pending?.timer.cancel();
      pending?.resolve(message.reply);
    }
  }

  /** What is wrong with the sound card now, if anything: it may have been told before anybody listened. */
  get audioTrouble(): Extract<MediaEvent, { type: "audio-trouble" }> | undefined {
    return this.#troubles.values().next().value;
  }

  #event(event: MediaEvent): void {
    if (event.type === "audio-trouble" && event.lost) this.#troubles.set(event.device, event);
    else if (event.type === "audio-trouble") this.#troubles.delete(event.device);
    if (event.type === "rollover") this.#memory.rolledOver(event.stream, event);
    if (event.type === "log") this.#options.log[event.level](event.facts, event.message);
    else this.onEvent.emit(event);
  }

  #run(port: WorkerPort): void {
    this.#state = { name: "running", port };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { request, pending } of waiting) this.#post(port, request, pending);
  }

  /** @param now whether to send at once, or when a worker runs */
  #exchange(request: MediaRequest, now: boolean): Promise<MediaReply> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const timer = clock.after(requestMs, () => {
        for (const [id, p] of this.#pending) if (p === pending) this.#pending.delete(id);
        this.#waiting = this.#waiting.filter((w) => w.pending !== pending);
        reject(
          new MediaError("timeout", `the media worker did not answer "${request.type}" within ${requestMs / 1000} s`),
        );
      });
      const pending: Pending = { request, timer, resolve, reject };
      const state = this.#state;
      if (now && (state.name === "running" || state.name === "restoring")) this.#post(state.port, request, pending);
      else this.#waiting.push({ request, pending });
    });
  }

  #post(port: WorkerPort, request: MediaRequest, pending: Pending): void {
    const id = ++this.#id;
    this.#pending.set(id, pending);
    port.post({ id, request });
  }

  #rejectAll(error: MediaError): void {
    const all = [...this.#pending.values(), ...this.#waiting.map((w) => w.pending)];
    this.#pending.clear();
    this.#waiting = [];
    for (const { timer, reject } of all) {
      timer.cancel();
      reject(error);
    }
  }

  #died(port: WorkerPort, why: string): void {
    const state = this.#state;
    if (state.name === "closed" || state.name === "down" || state.port !== port) return;
    const { clock, log } = this.#options;
    port.onExit = undefined;
    port.onMessage = undefined;
    this.#readyTimer?.cancel();
    this.#state = { name: "down" };
    void port.terminate();
    const error = new MediaError("worker-died", `the media worker died: ${why}`);
    this.#rejectAll(error);
    const first = this.#firstReady;
    if (first !== undefined) {
      this.#firstReady = undefined;
      this.#state = { name: "closed" };
      first.reject(error);
      return;
    }
    const nowMs = clock.now();
    this.#deathsMs = [...this.#deathsMs.filter((ms) => nowMs - ms < restartWindowMs), nowMs];
    const oldest = this.#deathsMs[this.#deathsMs.length - mostRestarts - 1];
    const restartInMs =
      oldest === undefined ? restartDelayMs : Math.max(restartDelayMs, oldest + restartWindowMs - nowMs);
    log.error({ why, restartInMs }, "the media worker died");
    this.onDied.emit({ why, restartInMs });
    clock.after(restartInMs, () => {
      if (this.#state.name === "down") this.#start();
    });
  }

  /** Tells a new worker everything that the old one knew. */
  async #restore(port: WorkerPort): Promise<void> {
    this.#state = { name: "restoring", port };
    const lost: number[] = [];
    try {
      for (const request of this.#memory.before) await this.#exchange(request, true);
      for (const { open, gather, configure } of this.#memory.streams) {
        const reply = await this.#exchange(open, true);
        if (reply.type === "failed") {
          lost.push(open.stream);
          this.#memory.forget(open.stream);
          this.#options.log.error(
            { stream: open.stream, port: open.port, why: reply.message },
            "a call's media is lost",
          );
          continue;
        }
        if (gather !== undefined) await this.#exchange(gather, true);
        if (configure !== undefined) await this.#exchange(configure, true);
      }
      for (const request of this.#memory.after) await this.#exchange(request, true);
    } catch (error) {
      // It died again, which is told and handled there; one that does not answer is ended.
      if (this.#isRestoring(port)) this.#died(port, error instanceof Error ? error.message : String(error));
      return;
    }
    if (!this.#isRestoring(port)) return;
    this.#run(port);
    this.#options.log.info({ streams: this.#memory.streams.length, lost }, "the media worker runs again");
    this.onRestored.emit({ lost });
  }

  #isRestoring(port: WorkerPort): boolean {
    return this.#state.name === "restoring" && this.#state.port === port;
  }
}

function unexpected(reply: MediaReply): never {
  throw new MediaError("unexpected", `the media worker answered with "${reply.type}"`);
}
