/** Recordings of calls as files in a folder, WAV here and Opus in opus-recording.ts: the header is right after each second, so that a power cut leaves a file that plays (CAL-85, CP8-04). */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { WrittenFile } from "../../hal/driver/os/files.ts";
import type { RecordingFile, Recordings } from "../phone/recording.ts";
import { OpusFile } from "./opus-recording.ts";

/** A WAV file cannot be longer: its length is 32 bits. */
const mostBytes = 0xffff_0000;
/** Seconds that may wait for a medium which does not keep up. */
const mostWaiting = 60;

/** @param folder made when it is first needed */
export function recordingsIn(folder: string): Recordings {
  return {
    open(name, rateHz, lost, format) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (format === "opus")
        return new OpusFile(new WrittenFile(join(folder, `${name}.opus`)), rateHz, randomBytes(4).readUInt32BE(), lost);
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
    file.writeNow(header(rateHz, 0), 0);
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
    this.#file.write(bytes, headerBytes + this.#bytes);
    this.#bytes += bytes.length;
    this.#file.write(header(this.#rateHz, this.#bytes), 0);
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

const headerBytes = 44;

/**
 * RIFF with a format and a data chunk, 16-bit mono; numbers are little-endian:
 *
 *     0 "RIFF" size | 8 "WAVE" | 12 "fmt " 16 | 20 format 1, channels 1 | 24 rate, bytes/s | 32 bytes/sample, bits | 36 "data" size
 */
function header(rateHz: number, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  for (const [at, name] of [
    [0, "RIFF"],
    [8, "WAVE"],
    [12, "fmt "],
    [36, "data"],
  ] as const)
    for (let i = 0; i < 4; i++) bytes[at + i] = name.charCodeAt(i);
  view.setUint32(4, headerBytes - 8 + dataBytes, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, 2 * rateHz, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  view.setUint32(40, dataBytes, true);
  return bytes;
}
