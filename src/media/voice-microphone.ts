/** One path's microphone: its faults corrected, the echo taken out, noise lowered, speech brought to one level; gain and mute come after it. */
import type { PathAcoustics } from "../../hal/audio.ts";
import { Aec3 } from "../dsp/aec3.ts";
import { DcBlocker } from "../dsp/dc-blocker.ts";
import { EchoGate } from "../dsp/echo-gate.ts";
import { Equalizer } from "../dsp/equalizer.ts";
import { SpeexDsp } from "../dsp/speexdsp.ts";
import type { VoiceFigures, VoiceTuning } from "./protocol.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;
/** Offset and rumble below this are no speech. */
const rumbleHz = 50;
/** What leaks from an earpiece is over within this, ms; what a loudspeaker leaves in a room, where AEC3 cannot be had. */
const earTailMs = 80;
const roomTailMs = 256;
/** What is left of the echo while only the far end speaks is lowered by up to this, dB. */
const gateDepthDb = 24;
const noiseSuppressionDb = 15;
const echoSuppressionDb = 40;
const echoSuppressionActiveDb = 15;
/** As speexdsp measures loudness; active speech comes out at about -25 dBov, the usual level on lines. */
const gainLevelDbov = -13;
const mostGainDb = 12;
/** speexdsp's preprocessor works with windows of two frames. */
const preprocessDelayMs = 10;

export class VoiceMicrophone {
  readonly #acoustics: PathAcoustics;
  readonly #aec3: Aec3 | undefined;
  readonly #speex: SpeexDsp;
  readonly #dc = new DcBlocker(rateHz, rumbleHz);
  readonly #equalizer: Equalizer;
  readonly #gate = new EchoGate(gateDepthDb);
  #cancels = false;
  #noiseSuppression = false;
  #gainControl = false;

  /** Takes some ms. @param aec3 for a loudspeaker in the open; without it speexdsp has to do */
  constructor(acoustics: PathAcoustics, aec3: Aec3 | undefined) {
    this.#acoustics = acoustics;
    this.#aec3 = aec3;
    const tailMs =
      acoustics.echo === "none" || aec3 !== undefined ? 0 : acoustics.echo === "ear" ? earTailMs : roomTailMs;
    this.#speex = new SpeexDsp({ rateHz, frameSamples, tailSamples: (tailMs * rateHz) / 1000 });
    this.#equalizer = new Equalizer(rateHz, acoustics.captureBands ?? []);
  }

  configure(echoCancellation: boolean, voice: VoiceTuning): void {
    const { echo, noise } = this.#acoustics;
    this.#cancels = echoCancellation && echo !== "none";
    this.#noiseSuppression = noise && voice.noiseSuppression;
    this.#gainControl = noise && voice.gainControl;
    const residual = this.#cancels && this.#aec3 === undefined;
    this.#speex.configure({
      noiseSuppressionDb: this.#noiseSuppression ? noiseSuppressionDb : 0,
      echoSuppressionDb: residual ? echoSuppressionDb : 0,
      echoSuppressionActiveDb: residual ? echoSuppressionActiveDb : 0,
      gain: this.#gainControl ? { levelDbov: gainLevelDbov, mostGainDb } : undefined,
      dereverberation: false,
      activity: false,
    });
  }

  /** Whether `clean` wants to know what was played. */
  get cancels(): boolean {
    return this.#cancels;
  }

  get hasAec3(): boolean {
    return this.#aec3 !== undefined;
  }

  /** In place: the microphone as it should be, with all that it hears. Side tone is made of this. */
  correct(frame: Int16Array): void {
    this.#dc.process(frame);
    this.#equalizer.process(frame);
  }

  /** In place, after `correct`: only who speaks near. `played` is what the path gave off meanwhile. */
  clean(frame: Int16Array, played: Int16Array): void {
    if (this.#cancels) {
      const heard = EchoGate.energy(frame);
      if (this.#aec3 === undefined) this.#speex.cancelEcho(frame, played, frame);
      else this.#aec3.process(frame, played);
      this.#gate.process(frame, heard, EchoGate.energy(played));
      // What is left of an echo must not be taken for somebody who speaks softly.
      this.#speex.holdGain(this.#gate.farSpeaks);
    }
    if (this.#noiseSuppression || this.#gainControl) this.#speex.process(frame);
  }

  /** What was played comes at another time than before. */
  relearn(): void {
    this.#speex.resetEcho();
  }

  figures(): VoiceFigures {
    const aec3 = this.#cancels && this.#aec3 !== undefined;
    const preprocess = this.#noiseSuppression || this.#gainControl;
    return {
      echoCanceller: !this.#cancels ? "none" : aec3 ? "aec3" : "mdf",
      noiseSuppression: this.#noiseSuppression,
      gainControl: this.#gainControl,
      delayMs: (aec3 ? Aec3.delayMs : 0) + (preprocess ? preprocessDelayMs : 0),
      echoLoweredDb: this.#cancels ? this.#gate.loweredDb : 0,
      gainDb: this.#gainControl ? this.#speex.gainDb : 0,
    };
  }
}
