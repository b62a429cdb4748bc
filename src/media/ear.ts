/**
 * What is heard besides the streams and how loud all of it is: tones, ringer, the ear's loudness and that of a second path
 * beside it (CAL-91, AUD-12, AUD-14). Which streams are heard is the engine's affair.
 */
import type { AudioPath } from "../../hal/audio.ts";
import { Gain, volumeGainDb } from "../dsp/gain.ts";
import { Mixer } from "../dsp/mixer.ts";
import { ToneGenerator } from "../dsp/tone-generator.ts";
import type { Tone, ToneTarget, VolumeTarget } from "./protocol.ts";

/** The ringer while the ear is at the handset or headset: it must not hurt, dB. */
const ringerAtEarDb = -18;
/** Loudness steps: unity (0 to 15). */
const unityStep = 8;

export class Ear {
  readonly #mixer: Mixer;
  readonly #sound: Int16Array;
  readonly #besideSound: Int16Array;
  readonly #tone: ToneGenerator;
  readonly #ringer: ToneGenerator;
  readonly #gain = new Gain();
  readonly #besideGain = new Gain();
  readonly #toneGain = new Gain();
  readonly #ringerGain = new Gain();
  readonly #besideRingerGain = new Gain();
  #ringerStep = unityStep;

  constructor(rateHz: number) {
    this.#mixer = new Mixer(rateHz / 100);
    this.#sound = new Int16Array(rateHz / 100);
    this.#besideSound = new Int16Array(rateHz / 100);
    this.#tone = new ToneGenerator(rateHz);
    this.#ringer = new ToneGenerator(rateHz);
  }

  get rings(): boolean {
    return this.#ringer.active;
  }

  /** Of the ringer it counts from the next `route`. */
  setStep(target: VolumeTarget, step: number): void {
    if (target === "ear") this.#gain.setDb(volumeGainDb(step));
    else if (target === "second") this.#besideGain.setDb(volumeGainDb(step));
    else this.#ringerStep = step;
  }

  setToneDb(db: number): void {
    this.#toneGain.setDb(db);
  }

  start(target: ToneTarget, tone: Tone | undefined): void {
    (target === "ear" ? this.#tone : this.#ringer).start(tone);
  }

  route(path: AudioPath, second: AudioPath): void {
    this.#ringerGain.setDb(this.#ringerDb(path));
    this.#besideRingerGain.setDb(this.#ringerDb(second));
  }

  /**
   * A frame, once each 10 ms; nothing is allocated.
   * @param toPlay what the streams bring, in place
   * @param second filled for the second path, where one plays
   * @param open whether a path was chosen: with none only the ringer sounds, through the loudspeaker it has opened
   */
  process(toPlay: Int16Array, second: Int16Array | undefined, open: boolean): void {
    if (second !== undefined) {
      second.set(toPlay);
      this.#besideGain.process(second);
    }
    this.#gain.process(toPlay);
    if (this.#tone.active) {
      this.#sound.fill(0);
      this.#tone.addTo(this.#sound);
      this.#toneGain.process(this.#sound);
      this.#add(this.#sound, toPlay);
      if (second !== undefined) this.#add(this.#sound, second);
    }
    if (!open) toPlay.fill(0);
    if (this.#ringer.active) this.#ring(toPlay, second);
  }

  #ring(toPlay: Int16Array, second: Int16Array | undefined): void {
    this.#sound.fill(0);
    this.#ringer.addTo(this.#sound);
    if (second !== undefined) {
      this.#besideSound.set(this.#sound);
      this.#besideRingerGain.process(this.#besideSound);
      this.#add(this.#besideSound, second);
    }
    this.#ringerGain.process(this.#sound);
    this.#add(this.#sound, toPlay);
  }

  #add(sound: Int16Array, onto: Int16Array): void {
    this.#mixer.addTo(onto, sound);
  }

  #ringerDb(path: AudioPath): number {
    const atEar = path === "handset" || path === "headset";
    return volumeGainDb(this.#ringerStep) + (atEar ? ringerAtEarDb : 0);
  }
}
