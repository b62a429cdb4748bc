/** What lies between the sound card and the calls: each path's microphone, equalizer and side tone, where the card says that it has real transducers. */
import type { AudioDevice, AudioPath } from "../../hal/audio.ts";
import { reasonOf } from "../base/error.ts";
import { Aec3 } from "../dsp/aec3.ts";
import { Equalizer } from "../dsp/equalizer.ts";
import { Gain, volumeGainDb } from "../dsp/gain.ts";
import { softLimit } from "../dsp/mixer.ts";
import type { MediaTuning, VoiceFigures, VoiceTuning } from "./protocol.ts";
import { VoiceMicrophone } from "./voice-microphone.ts";
import { VoiceReference } from "./voice-reference.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;
/** The least side tone is none. */
const noSideToneDb = -48;

export const defaultVoice: VoiceTuning = {
  noiseSuppression: true,
  gainControl: true,
  sideToneDb: -3,
  microphoneGainDb: { handset: 0, headset: 0, speaker: 0 },
  toneSteps: { handset: 8, headset: 8, speaker: 8 },
};

const untouched: VoiceFigures = {
  echoCanceller: "none",
  noiseSuppression: false,
  gainControl: false,
  delayMs: 0,
  echoLoweredDb: 0,
  gainDb: 0,
};

export class VoiceProcessing {
  readonly #device: AudioDevice | undefined;
  readonly #warn: (facts: object, message: string) => void;
  readonly #microphones = new Map<AudioPath, VoiceMicrophone>();
  readonly #equalizers = new Map<AudioPath, Equalizer>();
  readonly #reference = new VoiceReference();
  readonly #played = new Int16Array(frameSamples);
  readonly #own = new Int16Array(frameSamples);
  readonly #sideTone = new Gain();
  #preparing: Promise<void> = Promise.resolve();
  #aec3: Promise<Aec3 | undefined> | undefined;
  #tuning: MediaTuning;
  #path: AudioPath = "none";
  #microphone: VoiceMicrophone | undefined;
  #equalizer: Equalizer | undefined;
  #second: AudioPath = "none";
  /** Takes the echo out: that of the path, or of a loudspeaker beside it, which is louder in its microphone. */
  #canceller: VoiceMicrophone | undefined;
  #besideEqualizer: Equalizer | undefined;
  #sideToneAtMost: number | undefined;
  #talking = false;

  constructor(device: AudioDevice | undefined, tuning: MediaTuning, warn: (facts: object, message: string) => void) {
    this.#device = device;
    this.#tuning = tuning;
    this.#warn = warn;
    for (const [path, { playBands }] of this.#acoustics())
      if (playBands !== undefined) this.#equalizers.set(path, new Equalizer(rateHz, playBands));
    this.#sideTone.jumpToDb(Number.NEGATIVE_INFINITY);
  }

  /**
   * Makes what paths with real transducers need, so that no time is lost in a call; the first time it takes about 30 ms,
   * where there are no such paths none. AEC3 that cannot be had is done without, and that is said.
   */
  prepare(): Promise<void> {
    this.#preparing = this.#preparing.then(() => this.#make());
    return this.#preparing;
  }

  tune(tuning: MediaTuning): void {
    this.#tuning = tuning;
    for (const microphone of this.#microphones.values()) microphone.configure(tuning.echoCancellation, this.#voice);
    // Echo cancellation may have been switched on just now.
    if (this.#microphones.size > 0) void this.prepare();
    this.#choose();
  }

  /** Which transducers are in use. @param second what is played beside the path */
  setPath(path: AudioPath, second: AudioPath = "none"): void {
    if (path === this.#path && second === this.#second) return;
    this.#path = path;
    this.#second = second;
    this.#reference.clear();
    this.#choose();
    this.#canceller?.relearn();
    this.#equalizer?.reset();
    this.#besideEqualizer?.reset();
  }

  /** Gain of the microphone of a path, dB: applied by the caller, after all else. */
  microphoneGainDb(path: AudioPath): number {
    return path === "none" ? 0 : this.#voice.microphoneGainDb[path];
  }

  /** Gain of tones in the ear of a path, dB: applied by the caller. */
  toneGainDb(path: AudioPath): number {
    return path === "none" ? 0 : volumeGainDb(this.#voice.toneSteps[path]);
  }

  /** A frame of the microphone, in place, while somebody is to hear it; before `play` of the same 10 ms. Nothing is allocated. */
  capture(frame: Int16Array): void {
    const canceller = this.#canceller;
    const figures = this.#device?.figures;
    if (canceller === undefined || figures === undefined) return;
    this.#talking = true;
    (this.#microphone ?? canceller).correct(frame);
    this.#own.set(frame);
    if (canceller.cancels && this.#reference.read(figures, this.#played)) canceller.relearn();
    canceller.clean(frame, this.#played);
  }

  /** A frame for the ear, in place, the last before the card. Nothing is allocated. */
  play(frame: Int16Array, muted: boolean, second?: Int16Array): void {
    this.#equalizer?.process(frame);
    if (second !== undefined) this.#besideEqualizer?.process(second);
    if (this.#canceller === undefined) return;
    // Side tone is no echo: a canceller that knew it would take the voice itself away.
    if (this.#canceller.cancels)
      this.#reference.write(this.#canceller === this.#microphone ? frame : (second ?? frame));
    const talking = this.#talking && !muted;
    this.#talking = false;
    if (this.#sideToneAtMost === undefined) return;
    this.#sideTone.setDb(this.#sideToneDb(talking));
    this.#sideTone.process(this.#own);
    for (let i = 0; i < frame.length; i++) frame[i] = softLimit((frame[i] ?? 0) + (this.#own[i] ?? 0));
    this.#own.fill(0);
  }

  figures(): VoiceFigures {
    return this.#canceller?.figures() ?? untouched;
  }

  close(): void {
    this.#microphone = undefined;
    this.#canceller = undefined;
    this.#microphones.clear();
    void this.#aec3?.then((aec3) => aec3?.close());
    this.#aec3 = undefined;
  }

  async #make(): Promise<void> {
    for (const [path, acoustics] of this.#acoustics()) {
      const room = acoustics.echo === "room" && this.#tuning.echoCancellation;
      const aec3 = room ? await this.#openAec3() : undefined;
      const made = this.#microphones.get(path);
      if (made !== undefined && (aec3 === undefined || made.hasAec3)) continue;
      const microphone = new VoiceMicrophone(acoustics, aec3);
      microphone.configure(this.#tuning.echoCancellation, this.#voice);
      this.#microphones.set(path, microphone);
    }
    this.#choose();
  }

  get #voice(): VoiceTuning {
    return this.#tuning.voice ?? defaultVoice;
  }

  #acoustics() {
    const all = this.#device?.acoustics ?? {};
    return (["handset", "headset", "speaker"] as const).flatMap((path) => {
      const acoustics = all[path];
      return acoustics === undefined ? [] : [[path, acoustics] as const];
    });
  }

  #sideToneDb(talking: boolean): number {
    const db = this.#voice.sideToneDb;
    return !talking || db <= noSideToneDb ? Number.NEGATIVE_INFINITY : (this.#sideToneAtMost ?? 0) + db;
  }

  #choose(): void {
    this.#microphone = this.#microphones.get(this.#path);
    const beside = this.#device?.acoustics?.[this.#second]?.echo === "room" ? this.#second : this.#path;
    this.#canceller = this.#microphones.get(beside);
    this.#besideEqualizer = this.#equalizers.get(this.#second);
    this.#equalizer = this.#equalizers.get(this.#path);
    this.#sideToneAtMost = this.#path === "none" ? undefined : this.#device?.acoustics?.[this.#path]?.sideToneDb;
  }

  #openAec3(): Promise<Aec3 | undefined> {
    this.#aec3 ??= Aec3.open().catch((error: unknown) => {
      this.#warn({ why: reasonOf(error) }, "hands-free talking goes on with the lesser echo canceller");
      return undefined;
    });
    return this.#aec3;
  }
}
