/** Where recordings of the flight recorder are kept: a few files in the data folder, on request or when a call was bad. What is in them is src/media's. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../hal/clock.ts";
import { writeFileAtomic } from "../../hal/driver/os/atomic-file.ts";
import { utcText } from "../base/date-time.ts";
import { PhoneError, reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { MediaClient } from "../media/client.ts";
import type { FlightRecording } from "../media/protocol.ts";
import type { MenuItem } from "../ui/settings.ts";

/** Four megabytes each at most: the oldest make way. */
const mostFiles = 8;
const namePattern = /^flight-\d{8}T\d{6}Z-call\d+\.bin$/;

export class NoFlightError extends PhoneError {
  readonly code = "no-flight";
}

export interface FlightsParts {
  readonly media: Pick<MediaClient, "request" | "onEvent">;
  readonly clock: Clock;
  readonly log: Log;
  readonly folder: string;
  /** What is shown of it has changed. */
  readonly changed: () => void;
}

export class Flights {
  readonly #parts: FlightsParts;
  #shown = "";
  /** One after the other: two must not count the same files. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parts: FlightsParts) {
    this.#parts = parts;
  }

  open(): void {
    const { media, log } = this.#parts;
    media.onEvent.on((event) => {
      if (event.type !== "flight") return;
      const worst = event.worstMosLq.toFixed(1);
      this.#save(event.recording, `its MOS fell to ${worst}`).catch((error: unknown) =>
        log.error({}, `the recording of call ${event.recording.stream} cannot be kept: ${reasonOf(error)}`),
      );
    });
  }

  /** Keeps what is there of the call that runs, or of the last one; the file's path. Rejects where there is nothing. */
  async keep(): Promise<string> {
    const reply = await this.#parts.media.request({ type: "flight" });
    if (reply.type !== "flight" || reply.recording === undefined)
      throw new NoFlightError(
        "there is no recording: no call had sound since the start, or features.flight_recorder.mode is 0",
      );
    return this.#save(reply.recording, "a person wanted it");
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  /** A line of the LCD's menu Settings. @param isOn whether calls are recorded at all */
  item(isOn: () => boolean): MenuItem {
    return {
      menu: "settings",
      label: "Keep call record",
      visible: isOn,
      value: () => this.#shown,
      change: () => {
        this.keep().catch((error: unknown) => {
          this.#parts.log.warn({}, reasonOf(error));
          this.#show(error instanceof NoFlightError ? "No call" : "Failed");
        });
      },
    };
  }

  #save(recording: FlightRecording, why: string): Promise<string> {
    const saved = this.#writing.catch(() => {}).then(() => this.#write(recording, why));
    this.#writing = saved;
    return saved;
  }

  async #write({ stream, bytes }: FlightRecording, why: string): Promise<string> {
    const { folder, clock, log } = this.#parts;
    const time = utcText(clock.epochMs());
    const path = join(folder, `flight-${time.replace(/[-:]/g, "")}-call${stream}.bin`);
    await writeFileAtomic(path, bytes);
    // The names begin with the time: their order is the files' age.
    const files = (await readdir(folder)).filter((name) => namePattern.test(name)).sort();
    for (const old of files.slice(0, -mostFiles)) await rm(join(folder, old), { force: true });
    log.info({ call: stream, bytes: bytes.length }, `call ${stream}: ${why}: what it sounded like is kept in ${path}`);
    this.#show(`Kept ${time.slice(11, 16)} UTC`);
    return path;
  }

  #show(text: string): void {
    this.#shown = text;
    this.#parts.changed();
  }
}
