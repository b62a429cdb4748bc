/** Writes what a simulated output plays into a WAV file that can be read at any moment, after a crash too. */
import type { WrittenFile } from "./os/files.ts";
import { wavHeader, wavHeaderBytes } from "./wav.ts";

/** Two blocks are filled in turn: one is written while the other fills. */
const blockSeconds = 0.5;
/** A WAV file cannot be longer: its length is 32 bits. */
const mostBytes = 0xffff_0000;

export class WavRecorder {
  #file: WrittenFile;
  #rateHz: number;
  #blocks: Int16Array[];
  #current = 0;
  #fill = 0;
  #dataBytes = 0;

  constructor(file: WrittenFile, rateHz: number) {
    this.#file = file;
    this.#rateHz = rateHz;
    const samples = Math.round(rateHz * blockSeconds);
    this.#blocks = Array.from({ length: 8 }, () => new Int16Array(samples));
    file.writeNow(wavHeader(rateHz, 1, 0), 0);
  }

  /** Called per frame. */
  take(frame: Int16Array): void {
    const block = this.#blocks[this.#current];
    if (block === undefined) return;
    block.set(frame.subarray(0, Math.min(frame.length, block.length - this.#fill)), this.#fill);
    this.#fill += frame.length;
    if (this.#fill >= block.length) this.#flush();
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#file.close();
  }

  #flush(): void {
    const block = this.#blocks[this.#current];
    if (block === undefined || this.#fill === 0) return;
    const size = 2 * Math.min(this.#fill, block.length);
    this.#fill = 0;
    // A disk that does not keep up: this block is not written, as its memory would be needed before it is out.
    if (this.#file.waiting > 2 * (this.#blocks.length - 2) || this.#dataBytes + size > mostBytes) return;
    this.#file.write(new Uint8Array(block.buffer, 0, size), wavHeaderBytes + this.#dataBytes);
    this.#dataBytes += size;
    this.#file.write(wavHeader(this.#rateHz, 1, this.#dataBytes), 0);
    this.#current = (this.#current + 1) % this.#blocks.length;
  }
}
