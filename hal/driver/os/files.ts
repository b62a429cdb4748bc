/** Files as drivers need them: read whole, or written in pieces at given places without waiting. */
import { closeSync, openSync, readFileSync, write, writeSync } from "node:fs";

/** @throws the system's error, whose message names the path */
export function readWhole(path: string): Uint8Array {
  return readFileSync(path);
}

/** A file that is written while something else must not wait; what fails is told once by `onError`. */
export class WrittenFile {
  readonly path: string;
  onError: ((error: Error) => void) | undefined;
  #descriptor: number;
  #pending: { bytes: Uint8Array; at: number }[] = [];
  #writing = false;
  #failed = false;
  #idle: (() => void) | undefined;
  #closed = false;

  /** Creates or empties it. @throws the system's error, whose message names the path */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, "w");
  }

  /** Writes now: for the header, before anything depends on time. */
  writeNow(bytes: Uint8Array, at: number): void {
    writeSync(this.#descriptor, bytes, 0, bytes.length, at);
  }

  /** Writes in the background, in order. `bytes` must stay as they are until `settled`. */
  write(bytes: Uint8Array, at: number): void {
    if (this.#failed || this.#closed) return;
    this.#pending.push({ bytes, at });
    if (!this.#writing) this.#next();
  }

  /** What waits to be written; a full disk that blocks shows here. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** Resolves when nothing is left to write. */
  settled(): Promise<void> {
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.settled();
    closeSync(this.#descriptor);
  }

  #next(): void {
    const piece = this.#pending.shift();
    if (piece === undefined) {
      this.#writing = false;
      this.#idle?.();
      this.#idle = undefined;
      return;
    }
    this.#writing = true;
    write(this.#descriptor, piece.bytes, 0, piece.bytes.length, piece.at, (error) => {
      if (error !== null) {
        this.#failed = true;
        this.#pending = [];
        this.onError?.(error);
      }
      this.#next();
    });
  }
}
