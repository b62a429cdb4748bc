/** What phone/ needs of the media worker's client and of the configuration: the parts it may touch and no more. */
import type { AudioPath } from "../../hal/audio.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Configuration } from "../config/configuration.ts";
import type {
  GatheredNat,
  NatChoice,
  PageChoice,
  StreamSettings,
  Tone,
  ToneTarget,
  VolumeTarget,
} from "../media/protocol.ts";

/** Requests to the media worker; each rejects with a message that names what was refused. */
export interface PhoneMedia {
  /** Returns the RTP port; rejects with a message that names what could not be had. */
  openStream(
    stream: number,
    choice: { address: string; portMin: number; portMax: number; page?: PageChoice },
  ): Promise<number>;
  /** Where an open stream can be reached from outside; takes two seconds at most. */
  gather(stream: number, nat: NatChoice): Promise<GatheredNat>;
  configureStream(stream: number, settings: StreamSettings): Promise<unknown>;
  closeStream(stream: number): Promise<unknown>;
  setFocus(streams: readonly number[]): Promise<unknown>;
  setPath(path: AudioPath): Promise<unknown>;
  /** What is played beside the path. */
  setSecond(path: AudioPath): Promise<unknown>;
  /** Whether the sound card can play the second path beside the first. */
  canPlayBeside(path: AudioPath, second: AudioPath): boolean;
  setMute(on: boolean): Promise<unknown>;
  setVolume(target: VolumeTarget, step: number): Promise<unknown>;
  playTone(target: ToneTarget, tone: Tone | undefined): Promise<unknown>;
  /** How loud one party is for all others, dB, -60 to 12. */
  setLevel(stream: number, db: number): Promise<unknown>;
  /** What is said and heard comes as `recorded` events. */
  record(on: boolean): Promise<unknown>;
  sendDtmf(stream: number, digit: string, durationMs: number): Promise<unknown>;
}

/** phone/ only reads it; what a person changes goes through `keep`. */
export type Settings = Configuration;

/** For requests whose refusal changes nothing here: it is only said. */
export function tell(log: Log, request: Promise<unknown>): void {
  request.catch((error: unknown) => log.warn({}, reasonOf(error)));
}
