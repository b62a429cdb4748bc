/**
 * A simulated sound card: the front is the AudioDevice, the back what a person says and hears. Paced by a Clock, with no
 * drift. It rests like a real one that is given back: a while after the last path was closed it gives no more frames.
 */
import type {
  AudioDevice,
  AudioFigures,
  AudioPath,
  AudioTrouble,
  FrameListener,
  PathAcoustics,
  PersonAtAudio,
  RoomChoice,
} from "../../audio.ts";
import { canPlayBeside } from "../../audio.ts";
import type { Clock, Timer } from "../../clock.ts";
import { Heard } from "./heard.ts";
import { Room } from "./room.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;
const frameMs = 10;
/** After a stall of the process at most this many frames are made up at once; the rest was not heard: underruns. */
export const catchUpFrames = 10;
/** Timers are in whole milliseconds: one that comes this little too early is no reason to wait again, ms. */
const earlyMs = 0.6;
const heardSeconds = 120;
/** Frames on path "none" before it rests: a second, so that fades end, and no call feels a path that is changed by way of "none". */
const restAfterFrames = 100;
/** How often a card at rest brings its recording up to date, ms. */
const recordMs = 200;

/** What a simulated card with a room says of itself: the paths of a desk phone. */
const deskPhone: NonNullable<AudioDevice["acoustics"]> = {
  handset: { echo: "ear", noise: true, sideToneDb: -12 },
  headset: { echo: "ear", noise: true, sideToneDb: -12 },
  speaker: { echo: "room", noise: true },
};

export interface SimAudioOptions {
  /** What the microphone hears from the beginning, 16-bit mono at 16 kHz. */
  readonly microphone?: Int16Array;
  /** Silence after the end of `microphone` instead of a loop. */
  readonly once?: boolean;
  /** The microphone hears what the active path plays; without it nothing, and sound is exchanged as it is. */
  readonly room?: RoomChoice;
  /** What the card says of its paths where it has a room; a desk phone's unless told. */
  readonly acoustics?: Readonly<Partial<Record<AudioPath, PathAcoustics>>>;
  /** Called per frame with what the active output plays, silence where no path is open. The buffer is reused. */
  readonly record?: { take(frame: Int16Array): void; close(): Promise<void> };
}

export class SimAudio implements AudioDevice, PersonAtAudio {
  readonly rateHz = rateHz;
  readonly frameSamples = frameSamples;
  readonly paths: readonly AudioPath[] = ["handset", "headset", "speaker"];
  readonly together = [
    ["handset", "speaker"],
    ["headset", "speaker"],
    ["headset", "handset"],
  ] as const;
  readonly acoustics?: NonNullable<AudioDevice["acoustics"]>;
  readonly figures: AudioFigures = {
    playDelayMs: 0,
    captureDelayMs: frameMs,
    underruns: 0,
    overruns: 0,
    frames: 0,
    worstLatenessMs: 0,
  };
  readonly person: PersonAtAudio = this;
  onFrame: FrameListener | undefined;
  onTrouble: ((trouble: AudioTrouble) => void) | undefined;
  #clock: Clock;
  #record: SimAudioOptions["record"];
  #path: AudioPath = "none";
  #timer: Timer | undefined;
  #open = false;
  #dueMs = 0;
  #room: Room | undefined;
  #captured = new Int16Array(frameSamples);
  #toPlay = new Int16Array(frameSamples);
  #microphone: Int16Array;
  #microphoneAt = 0;
  #loop: boolean;
  #said: Int16Array[] = [];
  #saidAt = 0;
  readonly #heard = new Heard(rateHz * heardSeconds);
  #second: AudioPath = "none";
  readonly #toPlayBeside = new Int16Array(frameSamples);
  /** Made when a second path plays for the first time, which it does on few phones. */
  #heardBeside: Heard | undefined;
  #onHeard: ((frame: Int16Array) => void) | undefined;
  /** Frames since the path became "none". */
  #silentFrames = 0;
  /** No frames are exchanged; the silence of the meantime is made up for when somebody asks for it. */
  #resting = false;
  readonly #tick = (): void => this.#run();
  readonly #recordTick = (): void => this.#recordSilence();

  constructor(clock: Clock, options: SimAudioOptions = {}) {
    this.#clock = clock;
    this.#microphone = options.microphone ?? new Int16Array(0);
    this.#loop = options.once !== true;
    this.#record = options.record;
    if (options.room === undefined) return;
    this.#room = new Room(rateHz, options.room);
    this.acoustics = options.acoustics ?? deskPhone;
  }

  async open(): Promise<void> {
    if (this.#open) return;
    this.#open = true;
    this.#dueMs = this.#clock.now() + frameMs;
    this.#wait();
  }

  setPath(path: AudioPath): void {
    this.#path = path;
    if (path !== "none") this.#wake();
  }

  setSecond(second: AudioPath): void {
    this.#second = second;
    if (second !== "none") this.#heardBeside ??= new Heard(rateHz * heardSeconds);
  }

  get path(): AudioPath {
    return this.#path;
  }

  /** Who listens live gets every frame in its time: the card does not rest then. */
  set onHeard(listener: ((frame: Int16Array) => void) | undefined) {
    if (listener !== undefined) this.#wake();
    this.#onHeard = listener;
  }

  get onHeard(): ((frame: Int16Array) => void) | undefined {
    return this.#onHeard;
  }

  async close(): Promise<void> {
    this.#catchUp();
    this.#resting = false;
    this.#open = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    const record = this.#record;
    this.#record = undefined;
    await record?.close();
  }

  say(samples: Int16Array): void {
    if (samples.length > 0) this.#said.push(samples.slice());
  }

  setMicrophone(samples: Int16Array, loop: boolean): void {
    this.#microphone = samples.slice();
    this.#microphoneAt = 0;
    this.#loop = loop;
  }

  heard(seconds: number): Int16Array {
    this.#catchUp();
    return this.#heard.last(Math.round(seconds * rateHz));
  }

  heardBeside(seconds: number): Int16Array {
    this.#catchUp();
    return this.#heardBeside?.last(Math.round(seconds * rateHz)) ?? new Int16Array(0);
  }

  #wait(): void {
    this.#timer = this.#clock.after(Math.max(0, this.#dueMs - this.#clock.now()), this.#tick);
  }

  #run(): void {
    if (!this.#open) return;
    const lateMs = this.#clock.now() - this.#dueMs;
    if (lateMs >= -earlyMs) {
      if (lateMs > this.figures.worstLatenessMs) this.figures.worstLatenessMs = lateMs;
      const behind = Math.floor(Math.max(0, lateMs) / frameMs);
      if (behind > catchUpFrames) {
        const skipped = behind - catchUpFrames;
        this.figures.underruns += skipped;
        this.figures.overruns += skipped;
        for (let i = 0; i < skipped; i++) this.#pass();
        this.#dueMs += skipped * frameMs;
      }
      while (this.#open && this.#clock.now() - this.#dueMs >= -earlyMs) {
        this.#dueMs += frameMs;
        this.#frame();
      }
    }
    if (!this.#open) return;
    if (this.#silentFrames >= restAfterFrames && this.#onHeard === undefined) this.#rest();
    else this.#wait();
  }

  #rest(): void {
    this.#resting = true;
    this.#timer = this.#record === undefined ? undefined : this.#clock.after(recordMs, this.#recordTick);
  }

  #wake(): void {
    this.#silentFrames = 0;
    if (!this.#resting) return;
    this.#catchUp();
    this.#resting = false;
    this.#timer?.cancel();
    this.#wait();
  }

  #recordSilence(): void {
    if (!this.#resting) return;
    this.#catchUp();
    this.#rest();
  }

  /** The silence since the rest began was heard and recorded too, in frames of the same pace. */
  #catchUp(): void {
    if (!this.#resting) return;
    const frames = Math.max(0, Math.floor((this.#clock.now() + earlyMs - this.#dueMs) / frameMs) + 1);
    this.#dueMs += frames * frameMs;
    this.#toPlay.fill(0);
    this.#toPlayBeside.fill(0);
    // Without a recording nobody misses what is older than what can be heard.
    const most = this.#record === undefined ? heardSeconds * 100 : frames;
    for (let i = Math.min(frames, most); i > 0; i--) this.#play();
  }

  #frame(): void {
    this.#capture();
    this.#toPlay.fill(0);
    this.figures.frames++;
    const beside = canPlayBeside(this.together, this.#path, this.#second);
    this.#toPlayBeside.fill(0);
    this.onFrame?.(this.#captured, this.#toPlay, beside ? this.#toPlayBeside : undefined);
    if (this.#path === "none") {
      this.#toPlay.fill(0);
      this.#silentFrames++;
    }
    this.#play();
  }

  /** A frame that nobody came for: the microphone's sound is gone, the ear hears nothing. */
  #pass(): void {
    this.#capture();
    this.#toPlay.fill(0);
    this.#toPlayBeside.fill(0);
    this.#play();
  }

  #play(): void {
    // A microphone hears the loudspeaker beside its own path rather than the earpiece.
    this.#room?.play(canPlayBeside(this.together, this.#path, this.#second) ? this.#toPlayBeside : this.#toPlay);
    this.#heard.take(this.#toPlay);
    this.#heardBeside?.take(this.#toPlayBeside);
    this.#record?.take(this.#toPlay);
    this.#onHeard?.(this.#toPlay);
  }

  /** The microphone's sound waits while no path is open: what is said once is not lost to a phone that lies idle. */
  #capture(): void {
    this.#captured.fill(0);
    if (this.#path === "none") return;
    this.#speak(this.#captured);
    this.#room?.hear(this.#captured);
  }

  #speak(into: Int16Array): void {
    const sound = this.#microphone;
    for (let i = 0; i < frameSamples; i++) {
      if (this.#microphoneAt >= sound.length && this.#loop) this.#microphoneAt = 0;
      into[i] = this.#microphoneAt < sound.length ? (sound[this.#microphoneAt++] ?? 0) : 0;
    }
    const said = this.#said[0];
    if (said === undefined) return;
    const count = Math.min(frameSamples, said.length - this.#saidAt);
    for (let i = 0; i < count; i++) {
      const sum = (into[i] ?? 0) + (said[this.#saidAt++] ?? 0);
      into[i] = Math.max(-32_768, Math.min(32_767, sum));
    }
    if (this.#saidAt >= said.length) {
      this.#said.shift();
      this.#saidAt = 0;
    }
  }
}
