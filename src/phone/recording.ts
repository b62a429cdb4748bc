/** Records the sound of calls into files, for a person (CAL-85, CP8-04) or by the server that a call goes over (CAL-83). The samples are the media worker's, the files somebody else's. */
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { MediaEvent } from "../media/protocol.ts";
import type { Call } from "./call.ts";
import { type PhoneMedia, type Settings, tell } from "./ports.ts";

/** One file that grows. Nothing of it throws once it is open. */
export interface RecordingFile {
  readonly path: string;
  append(samples: Int16Array): void;
  close(): Promise<void>;
}

export type RecordingFormat = "wav" | "opus";

/** Where recordings are kept. */
export interface Recordings {
  /** @param lost told once why nothing more can be written. Throws what the system says. */
  open(name: string, rateHz: number, lost: (why: string) => void, format: RecordingFormat): RecordingFile;
}

export interface RecordingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly media: PhoneMedia;
  readonly settings: Settings;
  /** undefined: there is no place for recordings. */
  readonly recordings?: Recordings | undefined;
  /** The call that is heard. */
  readonly active: () => Call | undefined;
  readonly say: (text: string) => void;
  readonly changed: () => void;
}

type RecordingState =
  | { readonly name: "off" }
  /** The file is made with the first sound. */
  | { readonly name: "on"; readonly call: Call; readonly title: string; readonly file: RecordingFile | undefined };

/** The last sound is waited for this long: a media worker that died brings none, ms. */
const lastSoundMs = 500;

export class Recording {
  readonly #parts: RecordingParts;
  #state: RecordingState = { name: "off" };
  /** What is on its way to a file that is otherwise done. */
  #ending: RecordingFile | undefined;
  #closing: Promise<void> = Promise.resolve();
  #finished: (() => void) | undefined;
  /** Calls that their server records. */
  readonly #byServer = new WeakSet<Call>();

  constructor(parts: RecordingParts) {
    this.#parts = parts;
  }

  /** That call is being recorded, here or by its server. */
  of(call: number): boolean {
    const { active } = this.#parts;
    const current = active();
    if (this.#state.name === "on" && this.#state.call.id === call) return true;
    return current?.id === call && this.#byServer.has(current);
  }

  /** Begins to record the call that is heard, or ends that (features.usb_call_recording.enable). */
  toggle(): void {
    const { settings, recordings, active, say, media, log } = this.#parts;
    if (!settings.flag("features.usb_call_recording.enable")) return;
    const call = active();
    if (this.#state.name === "on") {
      this.#stop();
      say("Recording ended");
    } else if (recordings === undefined) say("No place for recordings");
    else if (call?.state.name === "talking") {
      this.#state = { name: "on", call, title: this.#titleOf(call), file: undefined };
      tell(log, media.record(true));
      this.#parts.changed();
    }
  }

  /** Asks the server of the call that is heard to record it, or to end that: INFO with `Record: on` or `off` (CAL-83). */
  async toggleAtServer(): Promise<void> {
    const { active, log, say, changed } = this.#parts;
    const call = active();
    if (call?.session === undefined || call.state.name !== "talking") return;
    const on = !this.#byServer.has(call);
    const outcome = await call.session.send("INFO", { headers: [["Record", on ? "on" : "off"]] });
    const status = "response" in outcome ? outcome.response.status : 0;
    if (status >= 200 && status <= 299) {
      if (on) this.#byServer.add(call);
      else this.#byServer.delete(call);
    } else {
      log.warn(
        { call: call.id, status },
        `call ${call.id}: the server does not ${on ? "record" : "end the recording"}`,
      );
      say(on ? "Recording not possible" : "Recording goes on");
    }
    changed();
  }

  /** Sound that the worker has taken. */
  taken({ samples, rateHz, last }: Extract<MediaEvent, { type: "recorded" }>): void {
    const state = this.#state;
    if (state.name === "on" && this.#ending === undefined) {
      const file = state.file ?? this.#open(state.title, rateHz);
      if (file === undefined) return;
      this.#state = { ...state, file };
      file.append(samples);
    } else this.#ending?.append(samples);
    if (last) this.#finish();
  }

  /** Calls have changed: one that is over is recorded no more; one that is held brings silence. */
  look(): void {
    if (this.#state.name === "on" && this.#state.call.state.name !== "talking") this.#stop();
  }

  /** Everything that was taken is in its file. */
  async close(): Promise<void> {
    this.#stop();
    if (this.#ending !== undefined)
      await new Promise<void>((resolve) => {
        this.#finished = resolve;
      });
    await this.#closing;
  }

  #open(title: string, rateHz: number): RecordingFile | undefined {
    try {
      const { recordings, settings } = this.#parts;
      const format = settings.text("features.usb_call_recording.format") === "opus" ? "opus" : "wav";
      return recordings?.open(title, rateHz, (why) => this.#lost(why), format);
    } catch (error) {
      this.#lost(reasonOf(error));
      return undefined;
    }
  }

  /** A full disk is no reason to end a call. */
  #lost(why: string): void {
    this.#parts.log.error({}, `the recording ends: ${why}`);
    this.#parts.say("Recording failed");
    this.#stop();
  }

  #stop(): void {
    const state = this.#state;
    if (state.name === "off") return;
    this.#state = { name: "off" };
    this.#finish();
    const { file } = state;
    this.#ending = file;
    this.#parts.clock.after(lastSoundMs, () => {
      if (this.#ending === file) this.#finish();
    });
    tell(this.#parts.log, this.#parts.media.record(false));
    this.#parts.changed();
  }

  #finish(): void {
    const file = this.#ending;
    this.#ending = undefined;
    if (file === undefined) return;
    this.#parts.log.info({}, `recorded: ${file.path}`);
    this.#closing = Promise.all([this.#closing, file.close()]).then(() => undefined);
    this.#finished?.();
  }

  /** "1792281600000-101": when, and with whom; fit for every file system. */
  #titleOf({ remote }: Call): string {
    const who = (remote.number || remote.name).replace(/[^0-9A-Za-z+]+/g, "_").slice(0, 40);
    return `${this.#parts.clock.epochMs()}-${who}`;
  }
}
