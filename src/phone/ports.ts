/** What phone/ needs of the media worker's client and of the configuration: the parts it may touch and no more. */
import type { AudioPath } from "../../hal/audio.ts";
import type { StreamSettings, Tone, ToneTarget } from "../media/protocol.ts";

/** Requests to the media worker. A refused one is logged by the client; those that return a promise are awaited here. */
export interface PhoneMedia {
  openStream(at: { address: string; portMin: number; portMax: number }): Promise<{ stream: number; port: number }>;
  configureStream(stream: number, settings: StreamSettings): Promise<unknown>;
  closeStream(stream: number): Promise<unknown>;
  setFocus(streams: readonly number[]): Promise<unknown>;
  setPath(path: AudioPath): Promise<unknown>;
  setMute(on: boolean): Promise<unknown>;
  setVolume(target: ToneTarget, step: number): Promise<unknown>;
  playTone(target: ToneTarget, tone: Tone | undefined): Promise<unknown>;
  sendDtmf(stream: number, digit: string, durationMs: number): Promise<unknown>;
}

/** The getters of `Configuration`. */
export interface Settings {
  text(name: string): string;
  number(name: string): number;
  flag(name: string): boolean;
}
