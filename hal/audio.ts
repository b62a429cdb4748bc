/** Where sound goes out and comes in. `none` is silence: nothing is captured or played. */
export type AudioPath = "none" | "handset" | "headset" | "speaker";

/** A second-order section of an equalizer. `gainDb` is for peaks and shelves, `q` 0.707 unless told. */
export interface EqualizerBand {
  readonly type: "peak" | "low-shelf" | "high-shelf" | "high-pass" | "low-pass";
  readonly hz: number;
  readonly gainDb?: number;
  readonly q?: number;
}

/** What microphone and earpiece or loudspeaker of one path are, so that the sound can be made good for them: data of a board. */
export interface PathAcoustics {
  /**
   * What the microphone hears of what the path plays: "room": a loudspeaker in the open; "ear": what leaks from an earpiece;
   * "none": nothing, or somebody else takes it out.
   */
  readonly echo: "none" | "ear" | "room";
  /** The microphone is a real one with a room's noise and a person at any distance: noise suppression and gain control are of use. */
  readonly noise: boolean;
  /** Level of one's own voice in the ear at the loudest setting, dB against what the microphone brings; absent: the path wants none. */
  readonly sideToneDb?: number;
  /** Corrects the microphone, and the earpiece or loudspeaker; absent: flat. */
  readonly captureBands?: readonly EqualizerBand[];
  readonly playBands?: readonly EqualizerBand[];
}

/**
 * A full-duplex sound card with its transducers.
 *
 * Contract: `onFrame` is called once per 10 ms, paced by the card and never by the caller's timers; after a stall
 * of the process the missed frames are made up in a burst of at most `catchUpFrames`, the rest counts as underruns.
 * `onFrame` is never called before `open()` has resolved or after `close()` has. Samples are mono, signed 16 bit.
 */
export interface AudioDevice {
  /** Sampling rate on our side of the driver, Hz: 16000. A card that has other rates is converted in the driver. */
  readonly rateHz: number;
  /** Samples in one frame: rateHz / 100. */
  readonly frameSamples: number;
  /** Paths that exist, without "none". */
  readonly paths: readonly AudioPath[];
  /** Paths with real transducers. A path that is missing here is played and captured as it is. */
  readonly acoustics?: Readonly<Partial<Record<AudioPath, PathAcoustics>>>;
  /**
   * Which path can be played beside which, as `[path, second]`; absent: a single one at a time. The microphone is always
   * that of the path.
   */
  readonly together?: readonly (readonly [path: AudioPath, second: AudioPath])[];
  /** Starts the card; rejects with HalError when it is absent or busy. */
  open(): Promise<void>;
  /** Switches transducers within one frame; the card keeps running on "none" only if it must. */
  setPath(path: AudioPath): void;
  /** Plays a second path beside the path, "none" ends it; one that `together` does not have beside the path stays silent. */
  setSecond?(second: AudioPath): void;
  /** Where the card has a switch for it: the microphone is cut off before its converter. The caller silences it in any case. */
  setMute?(muted: boolean): void;
  /**
   * Once per frame: read `captured`, fill all of `toPlay`, and of `second` while a second path plays. The buffers are
   * reused: do not keep them. Must not allocate, await or log.
   */
  onFrame: FrameListener | undefined;
  /** The card failed or came back while open; the driver goes on trying by itself. */
  onTrouble: ((trouble: AudioTrouble) => void) | undefined;
  readonly figures: AudioFigures;
  /** Idempotent. */
  close(): Promise<void>;
  /** Only on simulated devices: what a person does at the microphone and hears at the earpiece. */
  readonly person?: PersonAtAudio;
}

export type FrameListener = (captured: Int16Array, toPlay: Int16Array, second?: Int16Array) => void;

/** Whether a second path can be played beside a path. */
export function canPlayBeside(together: AudioDevice["together"], path: AudioPath, second: AudioPath): boolean {
  return together?.some(([one, other]) => one === path && other === second) === true;
}

export type AudioTrouble = { type: "lost"; device: string; why: string } | { type: "back"; device: string };

/** Live figures, plain numbers updated in place. */
export interface AudioFigures {
  /** Delay from `toPlay` to the transducer, ms. */
  playDelayMs: number;
  /** Delay from the transducer to `captured`, ms. */
  captureDelayMs: number;
  /** Frames the card wanted and did not get in time, since open. */
  underruns: number;
  /** Captured frames that were thrown away, since open. */
  overruns: number;
  /** Frames exchanged since open; stands still while the card rests on path "none". */
  frames: number;
  /** Largest lateness of a frame against the card's pace, ms, since open. */
  worstLatenessMs: number;
}

/** The back of a simulated card. All sound is 16 bit mono at `rateHz` of the device. */
export interface PersonAtAudio {
  /** Queues sound into the microphone; it is heard by whichever path is active. Replaces nothing: queued sound is mixed onto the looped one. */
  say(samples: Int16Array): void;
  /** Replaces what the microphone hears all the time: looped, or once followed by silence. */
  setMicrophone(samples: Int16Array, loop: boolean): void;
  /** The last `seconds` (at most 120) of what the active output played, silence where no path was open. */
  heard(seconds: number): Int16Array;
  /** The same of the second path; nothing where none ever played. */
  heardBeside?(seconds: number): Int16Array;
  /** Called per frame with what is played; for listening live and for recording to a file. The buffer is reused. */
  onHeard: ((frame: Int16Array) => void) | undefined;
}

/** The air between the loudspeaker and the microphone of a simulated card. */
export interface RoomChoice {
  /** From what is played to the first of it that is heard, ms: 10 to 500. */
  readonly delayMs: number;
  /** How long it rings, ms until it is 60 dB lower; 0: one reflection. At most 600. */
  readonly decayMs: number;
  /** Level of what is heard of noise against what is played, dB. */
  readonly gainDb: number;
  /** How much the loudspeaker bends: its output is tanh(drive x) / drive; 0: not at all, 1: full scale comes out at three quarters. */
  readonly drive?: number;
  /** Another number is another room of the same kind. */
  readonly seed?: number;
}
