/** Where sound goes: path, mute, volumes and tones, kept equal to what the media worker was told (AUD-11, AUD-21). */
import type { AudioPath } from "../../hal/audio.ts";
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Digit } from "../../hal/keypad.ts";
import type { Log } from "../base/log.ts";
import { dtmfTone } from "../dsp/dtmf.ts";
import { ringMelodies, standardTones } from "../dsp/tones.ts";
import type { Tone, ToneTarget } from "../media/protocol.ts";
import { type PhoneMedia, type Settings, tell } from "./ports.ts";
import type { EarSound } from "./sounds.ts";

export type Transducer = Exclude<AudioPath, "none">;
/** "group" is the loudspeaker while others listen in (CAL-91). */
export type VolumeOf = "ringer" | "group" | Transducer;

/** Volume names of the configuration (AUD-11). */
const volumeNames: Readonly<Record<VolumeOf, string>> = {
  ringer: "voice.ring_vol",
  group: "voice.group_spk_vol",
  handset: "voice.handset.spk_vol",
  headset: "voice.headset.spk_vol",
  speaker: "voice.handfree.spk_vol",
};

/** Of tones, which have a volume of their own. */
const toneNames: Readonly<Record<Transducer, string>> = {
  handset: "voice.handset.tone_vol",
  headset: "voice.headset.tone_vol",
  speaker: "voice.handfree.tone_vol",
};

const volumes: readonly VolumeOf[] = ["ringer", "group", "handset", "headset", "speaker"];

/** How long a changed volume is shown, ms. */
const volumeShownMs = 2000;
/** 1: the headset, 2: both (AUD-12). */
const ringerDevice = "features.ringer_device.is_use_headset";
/** How long a pressed digit sounds in our own ear, ms. */
const keyToneMs = 120;

export interface AudioParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly media: PhoneMedia;
  readonly settings: Settings;
  /** Keeps what the person chose. */
  readonly keep: (name: string, value: string) => void;
  readonly changed: () => void;
}

export class PhoneAudio {
  #parts: AudioParts;
  #path: AudioPath = "none";
  #mute = false;
  #ear: EarSound = "none";
  #ring = false;
  #ringsAt: "loudspeaker" | "headset" | "both" = "loudspeaker";
  /** The loudspeaker, while others listen in. */
  #beside: "none" | "speaker" = "none";
  /** What the worker was told. */
  #opened: AudioPath = "none";
  #second: AudioPath = "none";
  #focus: readonly number[] = [];
  #steps = new Map<VolumeOf, number>();
  #shownUntilMs = 0;
  #shownTimer: Timer | undefined;

  constructor(parts: AudioParts) {
    this.#parts = parts;
    for (const of of volumes) this.#steps.set(of, parts.settings.number(volumeNames[of]));
  }

  /** Tells the worker all volumes for the first time. */
  open(): void {
    this.#send("ringer", this.#step("ringer"));
  }

  /** Names of parameters that changed: volumes that come from elsewhere than the keys are heard at once. */
  configured(names: ReadonlySet<string>): void {
    if (names.has("force.voice.ring_vol")) this.#send("ringer", this.#step("ringer"));
    for (const of of volumes) {
      const step = this.#parts.settings.number(volumeNames[of]);
      if (!names.has(volumeNames[of]) || step === this.#step(of)) continue;
      this.#steps.set(of, step);
      if (of === "ringer" || of === this.#path) this.#send(of === "ringer" ? "ringer" : "ear", this.#step(of));
    }
    this.#open();
    this.#sendSecond();
  }

  get path(): AudioPath {
    return this.#path;
  }

  get mute(): boolean {
    return this.#mute;
  }

  get volumeShownUntilMs(): number {
    return this.#shownUntilMs;
  }

  get volumeOf(): VolumeOf {
    if (this.#path === "none") return "ringer";
    return this.#beside === "none" ? this.#path : "group";
  }

  /** What plays beside the path. */
  get second(): AudioPath {
    return this.#path === "none" ? "none" : this.#second;
  }

  /** Whether others can listen in on that path by the loudspeaker. */
  canListenIn(path: AudioPath): boolean {
    return this.#parts.media.canPlayBeside(path, "speaker");
  }

  get volume(): number {
    const tone = this.#toneName;
    return tone === undefined ? this.#step(this.volumeOf) : this.#parts.settings.number(tone);
  }

  /** @param beside the loudspeaker, while others listen in */
  setPath(path: AudioPath, beside: "none" | "speaker" = "none"): void {
    if (path === this.#path && beside === this.#beside) return;
    if (path !== this.#path && path !== "none") this.#send("ear", this.#step(path));
    this.#path = path;
    this.#beside = beside;
    this.#open();
  }

  setMute(on: boolean): void {
    if (on === this.#mute) return;
    this.#mute = on;
    tell(this.#parts.log, this.#parts.media.setMute(on));
  }

  setFocus(streams: readonly number[]): void {
    if (streams.length === this.#focus.length && streams.every((s, i) => s === this.#focus[i])) return;
    this.#focus = streams;
    tell(this.#parts.log, this.#parts.media.setFocus(streams));
  }

  changeVolume(steps: number): void {
    const { clock, keep, changed } = this.#parts;
    const of = this.volumeOf;
    const tone = this.#toneName;
    const step = Math.min(15, Math.max(0, this.volume + steps));
    if (tone !== undefined) keep(tone, String(step));
    else if (of !== "ringer" || this.#forcedRing === undefined) {
      this.#steps.set(of, step);
      keep(volumeNames[of], String(step));
      if (of === "group") this.#sendSecond();
      else this.#send(of === "ringer" ? "ringer" : "ear", step);
    }
    this.#shownUntilMs = clock.now() + volumeShownMs;
    this.#shownTimer?.cancel();
    this.#shownTimer = clock.after(volumeShownMs, changed);
  }

  sound(ear: EarSound, ring: boolean, headsetPlugged: boolean): void {
    const device = ring && headsetPlugged ? this.#parts.settings.number(ringerDevice) : 0;
    const both = device === 2 && this.#parts.media.canPlayBeside("headset", "speaker");
    this.#ringsAt = both ? "both" : device === 1 ? "headset" : "loudspeaker";
    this.#open();
    if (ear !== this.#ear) {
      this.#ear = ear;
      tell(this.#parts.log, this.#parts.media.playTone("ear", ear === "none" ? undefined : standardTones[ear]));
    }
    if (ring !== this.#ring) {
      this.#ring = ring;
      tell(this.#parts.log, this.#parts.media.playTone("ringer", ring ? ringMelodies["Bell"] : undefined));
    }
  }

  /** For a page alone, without a word to anybody who set volumes; undefined: as usual again (CAL-82). */
  loudness(step: number | undefined): void {
    if (step !== undefined) this.#send("ear", step);
    else if (this.#path !== "none") this.#send("ear", this.#step(this.#path));
  }

  /** The sound of a digit key, over nothing else: dial tone has just stopped, or a call goes on. */
  keyTone(digit: Digit): void {
    if (this.#path === "none" || this.#ear === "call-waiting") return;
    this.#ear = "none";
    tell(this.#parts.log, this.#parts.media.playTone("ear", dtmfTone(digit, keyToneMs)));
  }

  /** A short tone over what is heard, unless another tone runs; by the ringer where nobody listens (CAL-44, AUD-20). */
  remind(tone: Tone): void {
    const { log, media } = this.#parts;
    if (this.#path !== "none" && this.#ear === "none") tell(log, media.playTone("ear", tone));
    if (this.#path === "none" && !this.#ring) tell(log, media.playTone("ringer", tone));
  }

  /** The path, or the headset while it rings there; the loudspeaker is opened for the ringer by the worker (AUD-12). */
  #open(): void {
    const { log, media } = this.#parts;
    const path = this.#path === "none" && this.#ringsAt !== "loudspeaker" ? "headset" : this.#path;
    if (path !== this.#opened) {
      this.#opened = path;
      tell(log, media.setPath(path));
    }
    const second = this.#wantedBeside;
    if (second === this.#second) return;
    this.#second = second;
    this.#sendSecond();
    tell(log, media.setSecond(second));
  }

  get #wantedBeside(): AudioPath {
    if (this.#path === "none") return this.#ringsAt === "both" ? "speaker" : "none";
    if (this.#beside !== "none") return this.#beside;
    // AUD-14: who is taught listens with a headset in the handset's jack.
    const { settings, media } = this.#parts;
    const taught = this.#path === "headset" && settings.flag("features.headset_training");
    return taught && media.canPlayBeside("headset", "handset") ? "handset" : "none";
  }

  #sendSecond(): void {
    if (this.#path === "none" || this.#second === "none") return;
    const { log, media } = this.#parts;
    tell(log, media.setVolume("second", this.#step(this.#second === "handset" ? "handset" : "group")));
  }

  /** What the volume keys change while a tone sounds and no call is heard. */
  get #toneName(): string | undefined {
    const tone = this.#path !== "none" && this.#ear !== "none" && this.#focus.length === 0;
    return tone && this.#path !== "none" ? toneNames[this.#path] : undefined;
  }

  get #forcedRing(): number | undefined {
    const forced = this.#parts.settings.text("force.voice.ring_vol").trim();
    return /^(?:\d|1[0-5])$/.test(forced) ? Number(forced) : undefined;
  }

  #step(of: VolumeOf): number {
    return (of === "ringer" ? this.#forcedRing : undefined) ?? this.#steps.get(of) ?? 8;
  }

  #send(target: ToneTarget, step: number): void {
    tell(this.#parts.log, this.#parts.media.setVolume(target, step));
  }
}
