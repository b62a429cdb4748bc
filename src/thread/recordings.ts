/** Recordings of calls as WAV files in a folder: the header is right after each second, so that a power cut leaves a file that plays (CAL-85, CP8-04). */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { WrittenFile } from "../../hal/driver/os/files.ts";
import { wavHeader, wavHeaderBytes } from "../../hal/driver/wav.ts";
import type { RecordingFile, Recordings } from "../phone/recording.ts";

/** A WAV file cannot be longer: its length is 32 bits. */
const mostBytes = 0xffff_0000;
/** Seconds that may wait for a medium which does not keep up. */
const mostWaiting = 60;

/** @param folder made when it is first needed */
export function recordingsIn(folder: string): Recordings {
  return {
    open(name, rateHz, lost) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return new WavFile(new WrittenFile(join(folder, `${name}.wav`)), rateHz, lost);
    },
  };
}

class WavFile implements RecordingFile {
  readonly #file: WrittenFile;
  readonly #rateHz: number;
  readonly #lost: (why: string) => void;
  #bytes = 0;
  #state: "open" | "lost" = "open";

  constructor(file: WrittenFile, rateHz: number, lost: (why: string) => void) {
    this.#file = file;
    this.#rateHz = rateHz;
    this.#lost = lost;
    file.onError = (error) => this.#lose(`${file.path}: ${error.message}`);
    file.writeNow(wavHeader(rateHz, 1, 0), 0);
  }

  get path(): string {
    return this.#file.path;
  }

  append(samples: Int16Array): void {
    if (this.#state === "lost" || samples.length === 0) return;
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    if (this.#bytes + bytes.length > mostBytes) this.#lose(`${this.path} is as long as a WAV file can be`);
    else if (this.#file.waiting > 2 * mostWaiting) this.#lose(`${this.path}: the medium is too slow`);
    else this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    this.#file.write(bytes, wavHeaderBytes + this.#bytes);
    this.#bytes += bytes.length;
    this.#file.write(wavHeader(this.#rateHz, 1, this.#bytes), 0);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #lose(why: string): void {
    if (this.#state === "lost") return;
    this.#state = "lost";
    this.#lost(why);
  }
}
