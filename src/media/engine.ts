/** The media engine: streams, microphone, ear and ringer joined every 10 ms, paced by the sound card. It knows no threads and no requests. */
import { type AudioDevice, type AudioPath, canPlayBeside } from "../../hal/audio.ts";
import type { Clock } from "../../hal/clock.ts";
import { PhoneError } from "../base/error.ts";
import { codecs } from "../codec/index.ts";
import { Gain } from "../dsp/gain.ts";
import { Mixer } from "../dsp/mixer.ts";
import { Ear } from "./ear.ts";
import { IdlePacer } from "./idle-pacer.ts";
import type { ConnectRelay } from "./nat-relay.ts";
import { bindPagePorts } from "./page-ports.ts";
import { bindPortPair, type PortRange } from "./port-pair.ts";
import type {
  FlightRecording,
  GatheredNat,
  MediaEvent,
  MediaStatistics,
  MediaTuning,
  NatChoice,
  PageChoice,
  StreamSettings,
  Tone,
  ToneTarget,
  VolumeTarget,
} from "./protocol.ts";
import { RecordTap } from "./record-tap.ts";
import type { BindMediaSocket } from "./socket.ts";
import { SoundInMemory } from "./sound-in-memory.ts";
import { Stream } from "./stream.ts";
import type { StreamFlight } from "./stream-flight.ts";
import { VoiceProcessing } from "./voice-processing.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;

export const defaultTuning: MediaTuning = {
  jitter: { adaptive: true, minMs: 0, maxMs: 300, normalMs: 120 },
  rtcp: true,
  cname: "offhook",
  dtmfEndPackets: 3,
  echoCancellation: true,
  dscp: 46,
};

export class StreamError extends PhoneError {
  readonly code: string;
  constructor(code: "no-stream" | "stream-exists" | "no-digit", message: string) {
    super(message);
    this.code = code;
  }
}

export interface EngineOptions {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly bind: BindMediaSocket;
  /** Absent where relays are spoken to by UDP alone. */
  readonly connect?: ConnectRelay;
  /** Undefined where there is no sound: streams go on all the same. */
  readonly device: AudioDevice | undefined;
  readonly emit: (event: MediaEvent) => void;
  /** Of the thread's event loop since the last call, ms. */
  readonly loopDelayMs: () => { readonly median: number; readonly worst: number };
}

export class Engine {
  #options: EngineOptions;
  #streams: Stream[] = [];
  #opening = new Set<number>();
  #focus: readonly number[] = [];
  #focused: Stream[] = [];
  #tuning = defaultTuning;
  #path: AudioPath = "none";
  #devicePath: AudioPath = "none";
  #second: AudioPath = "none";
  /** What the card was told. */
  #deviceSecond: AudioPath = "none";
  readonly #ear = new Ear(rateHz);
  readonly #holdMusic = new SoundInMemory(frameSamples, true);
  readonly #announcement = new SoundInMemory(frameSamples, false);
  #lastPort = 0;
  #mixer = new Mixer(frameSamples);
  #microphone = new Int16Array(frameSamples);
  #silence = new Int16Array(frameSamples);
  #nowhere = new Int16Array(frameSamples);
  #microphoneGain = new Gain();
  #muted = false;
  readonly #voice: VoiceProcessing;
  #pacer: IdlePacer;
  /** Somebody may ask for it who has just hung up. */
  #lastFlight: StreamFlight | undefined;
  readonly #tap: RecordTap;
  #open = true;

  constructor(options: EngineOptions) {
    // Some ms that must not be spent when a call comes.
    for (const codec of Object.values(codecs)) codec.prepare?.();
    this.#options = options;
    this.#voice = new VoiceProcessing(options.device, this.#tuning, (facts, message) =>
      options.emit({ type: "log", level: "warn", facts, message }),
    );
    this.#pacer = new IdlePacer(options.clock, () => this.#frame(this.#silence, this.#nowhere));
    this.#tap = new RecordTap(rateHz, (samples, last) => options.emit({ type: "recorded", samples, rateHz, last }));
    const { device } = options;
    if (device === undefined) return;
    device.onFrame = (captured, toPlay, second) => {
      this.#pacer.deviceFrame();
      this.#frame(captured, toPlay, second);
    };
    device.onTrouble = (trouble) => {
      const lost = trouble.type === "lost";
      const why = trouble.type === "lost" ? trouble.why : "";
      options.emit({ type: "audio-trouble", device: trouble.device, lost, why });
    };
  }

  /** Binds a pair of ports. @throws NoPortError, StreamError */
  async openStream(id: number, range: PortRange & { readonly page?: PageChoice }): Promise<number> {
    if (this.#find(id) !== undefined || this.#opening.has(id))
      throw new StreamError("stream-exists", `media stream ${id} is open already`);
    this.#opening.add(id);
    try {
      const { clock, random, bind, connect } = this.#options;
      const { page } = range;
      await this.#voice.prepare();
      const ports =
        page === undefined
          ? await bindPortPair(bind, { after: this.#lastPort, ...range })
          : await bindPagePorts(bind, range.address, page);
      if (!this.#open || !this.#opening.has(id)) {
        ports.rtp.close();
        ports.rtcp.close();
        throw new StreamError("no-stream", `media stream ${id} was closed while it opened`);
      }
      const emit = (event: MediaEvent) => this.#emit(event);
      const stream = new Stream({
        id,
        clock,
        random,
        tuning: this.#tuning,
        ports,
        bind,
        connect,
        emit,
        page: page?.role,
      });
      if (page === undefined) this.#lastPort = stream.port;
      this.#streams = [...this.#streams, stream];
      this.#refocus();
      this.#pace();
      return stream.port;
    } finally {
      this.#opening.delete(id);
    }
  }

  /** Where an open stream can be reached from outside. @throws StreamError */
  gather(id: number, choice: NatChoice): Promise<GatheredNat> {
    return this.#need(id).gather(choice);
  }

  /** @throws StreamError, BadSettingsError */
  configureStream(id: number, settings: StreamSettings): void {
    this.#need(id).configure(settings);
  }

  /** Idempotent. */
  closeStream(id: number): void {
    this.#opening.delete(id);
    const stream = this.#find(id);
    if (stream === undefined) return;
    this.#streams = this.#streams.filter((s) => s !== stream);
    this.#refocus();
    this.#lastFlight = stream.flight ?? this.#lastFlight;
    stream.close();
    this.#pace();
  }

  /** Which streams ear and microphone belong to; ones that do not exist (yet) are remembered. */
  setFocus(streams: readonly number[]): void {
    this.#focus = [...streams];
    this.#refocus();
  }

  /** How loud one party is for all others, dB. @throws StreamError */
  setLevel(id: number, db: number): void {
    this.#need(id).setLevel(db);
  }

  /** What those hear whom we hold; undefined: nothing. */
  setHoldMusic(sound: Int16Array | undefined): void {
    this.#holdMusic.set(sound);
  }

  /** What both sides hear when a recording begins; undefined: nothing. */
  setAnnouncement(sound: Int16Array | undefined): void {
    this.#announcement.set(sound);
  }

  /** What is said and heard comes as events. */
  record(on: boolean): void {
    if (on && !this.#tap.on) this.#announcement.start();
    if (!on) this.#announcement.stop();
    this.#tap.run(on);
  }

  setPath(path: AudioPath): void {
    this.#path = path;
    this.#route();
  }

  /** What is played beside the path, where the card can do both. */
  setSecond(path: AudioPath): void {
    this.#second = path;
    this.#route();
  }

  setMute(on: boolean): void {
    this.#muted = on;
    this.#options.device?.setMute?.(on);
    this.#gainPath();
  }

  get muted(): boolean {
    return this.#muted;
  }

  setVolume(target: VolumeTarget, step: number): void {
    this.#ear.setStep(target, step);
    if (target === "ringer") this.#route();
  }

  playTone(target: ToneTarget, tone: Tone | undefined): void {
    this.#ear.start(target, tone);
    if (target === "ringer") this.#route();
  }

  /** @throws StreamError */
  sendDtmf(id: number, digit: string, durationMs: number): void {
    if (!this.#need(id).press(digit, durationMs))
      throw new StreamError("no-digit", `media stream ${id}: "${digit}" is no DTMF digit`);
  }

  tune(tuning: MediaTuning): void {
    this.#tuning = tuning;
    for (const stream of this.#streams) stream.tune(tuning);
    this.#voice.tune(tuning);
    this.#gainPath();
  }

  statistics(): MediaStatistics {
    const figures = this.#options.device?.figures;
    return {
      // Groups that are only listened to are no calls.
      streams: this.#streams.filter((stream) => !stream.waits).map((stream) => stream.statistics()),
      device: {
        playDelayMs: figures?.playDelayMs ?? 0,
        captureDelayMs: figures?.captureDelayMs ?? 0,
        underruns: figures?.underruns ?? 0,
        overruns: figures?.overruns ?? 0,
        frames: figures?.frames ?? 0,
        worstLatenessMs: figures?.worstLatenessMs ?? 0,
        path: this.#devicePath,
      },
      voice: this.#voice.figures(),
      loopDelayMs: this.#options.loopDelayMs(),
    };
  }

  /** What the flight recorder of a stream holds; unless told which, of one that runs, or of the one that ended last. */
  flight(id: number | undefined): FlightRecording | undefined {
    const running = this.#streams.find((stream) => stream.flight !== undefined && (id ?? stream.id) === stream.id);
    return (running?.flight ?? (id === undefined ? this.#lastFlight : undefined))?.take();
  }

  /** Streams first, then the device. Idempotent. */
  async close(): Promise<void> {
    this.#open = false;
    this.#tap.run(false);
    this.#opening.clear();
    for (const stream of this.#streams) stream.close();
    this.#streams = [];
    this.#focused = [];
    this.#pacer.run(false);
    this.#voice.close();
    await this.#options.device?.close();
  }

  /** 10 ms. Nothing is allocated. */
  #frame(captured: Int16Array, toPlay: Int16Array, second?: Int16Array): void {
    const nowMs = this.#options.clock.now();
    const streams = this.#streams;
    for (let i = 0; i < streams.length; i++) streams[i]?.receive(nowMs);
    this.#microphone.set(captured);
    if (this.#focused.length > 0) this.#voice.capture(this.#microphone);
    this.#microphoneGain.process(this.#microphone);
    const announces = this.#announcement.on && this.#focused.length > 0;
    if (announces) {
      this.#announcement.next();
      this.#mixer.addTo(this.#microphone, this.#announcement.frame);
    }
    this.#hear(toPlay, second, announces);
    this.#speak();
    this.#voice.play(toPlay, this.#muted, second);
    if (this.#devicePath !== "none" && this.#path === "none" && !this.#ear.rings) this.#route();
  }

  #hear(toPlay: Int16Array, second: Int16Array | undefined, announces: boolean): void {
    const focused = this.#focused;
    const alone = focused.length === 1 ? focused[0] : undefined;
    if (alone !== undefined) toPlay.set(alone.incoming);
    else if (focused.length === 0) toPlay.fill(0);
    else {
      this.#mixer.clear();
      for (let i = 0; i < focused.length; i++) this.#addIncoming(focused[i]);
      this.#mixer.write(toPlay);
    }
    if (this.#tap.on) this.#tap.take(focused.length > 0 ? this.#microphone : this.#silence, toPlay);
    if (announces) this.#mixer.addTo(toPlay, this.#announcement.frame);
    this.#ear.process(toPlay, second, this.#path !== "none");
  }

  #speak(): void {
    const focused = this.#focused;
    const streams = this.#streams;
    if (focused.length > 1) {
      // Everybody hears the microphone and all the others.
      this.#mixer.clear();
      this.#mixer.add(this.#microphone);
      for (let i = 0; i < focused.length; i++) this.#addIncoming(focused[i]);
      for (let i = 0; i < focused.length; i++) {
        const stream = focused[i];
        if (stream !== undefined) this.#mixer.writeWithout(stream.incoming, stream.outgoing);
      }
    } else focused[0]?.outgoing.set(this.#microphone);
    this.#holdMusic.next();
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i];
      if (stream === undefined) continue;
      const isFocused = focused.includes(stream);
      if (!isFocused) stream.outgoing.set(stream.held ? this.#holdMusic.frame : this.#silence);
      stream.transmit(isFocused || (this.#holdMusic.on && stream.held));
    }
  }

  #addIncoming(stream: Stream | undefined): void {
    if (stream !== undefined) this.#mixer.add(stream.incoming);
  }

  /** The path that the device must have: the chosen one, or the loudspeaker while it rings. */
  #route(): void {
    const wanted = this.#path === "none" && this.#ear.rings ? "speaker" : this.#path;
    const { device } = this.#options;
    const second = canPlayBeside(device?.together, wanted, this.#second) ? this.#second : "none";
    this.#ear.route(wanted, second);
    if (wanted !== this.#devicePath || second !== this.#deviceSecond) this.#voice.setPath(wanted, second);
    if (wanted !== this.#devicePath) {
      this.#devicePath = wanted;
      this.#gainPath();
      device?.setPath(wanted);
    }
    if (second === this.#deviceSecond) return;
    this.#deviceSecond = second;
    device?.setSecond?.(second);
  }

  /** Frames are needed for streams that send or are heard; a group that nobody pages needs none. */
  #pace(): void {
    this.#pacer.run(this.#streams.some((stream) => !stream.waits));
  }

  #emit(event: MediaEvent): void {
    this.#options.emit(event);
    if (event.type === "receiving") this.#pace();
  }

  #gainPath(): void {
    this.#ear.setToneDb(this.#voice.toneGainDb(this.#devicePath));
    this.#microphoneGain.setDb(this.#muted ? Number.NEGATIVE_INFINITY : this.#voice.microphoneGainDb(this.#devicePath));
  }

  #refocus(): void {
    this.#focused = this.#streams.filter((stream) => this.#focus.includes(stream.id));
  }

  #find(id: number): Stream | undefined {
    return this.#streams.find((stream) => stream.id === id);
  }

  #need(id: number): Stream {
    const stream = this.#find(id);
    if (stream === undefined) throw new StreamError("no-stream", `there is no media stream ${id}`);
    return stream;
  }
}
