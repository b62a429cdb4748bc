/** A recording as Opus in Ogg (RFC 7845): a page a second, so that a power cut leaves a file that plays. Coding it is spread over turns of the loop. */
import type { WrittenFile } from "../../hal/driver/os/files.ts";
import type { Encoder } from "../codec/codec.ts";
import { codecs } from "../codec/index.ts";
import { OggOpusWriter } from "../codec/opus/ogg.ts";
import type { RecordingFile } from "../phone/recording.ts";

const packetMs = 20;
/** Coded at a stretch: some ms of a small board, so that keys and calls need not wait. */
const packetsPerTurn = 5;
/** Seconds that may wait for a medium or a processor which does not keep up. */
const mostWaiting = 60;
const mostPacketBytes = 1275;

export class OpusFile implements RecordingFile {
  readonly #file: WrittenFile;
  readonly #rateHz: number;
  readonly #lost: (why: string) => void;
  readonly #encoder: Encoder;
  readonly #ogg: OggOpusWriter;
  readonly #coded = new Uint8Array(mostPacketBytes);
  readonly #frame: Int16Array;
  #filled = 0;
  #samples = 0;
  #bytes = 0;
  #waiting: Int16Array[] = [];
  /** Samples of the first that waits which are coded already. */
  #at = 0;
  #state: "open" | "lost" = "open";
  #working: Promise<void> | undefined;

  /** @param rateHz 16000: what the media worker takes */
  constructor(file: WrittenFile, rateHz: number, serial: number, lost: (why: string) => void) {
    this.#file = file;
    this.#rateHz = rateHz;
    this.#lost = lost;
    this.#encoder = codecs.opus.createEncoder();
    this.#frame = new Int16Array((rateHz / 1000) * packetMs);
    this.#ogg = new OggOpusWriter(serial);
    file.onError = (error) => this.#lose(`${file.path}: ${error.message}`);
    const head = this.#ogg.head(rateHz, "Offhook");
    file.writeNow(head, 0);
    this.#bytes = head.length;
  }

  get path(): string {
    return this.#file.path;
  }

  append(samples: Int16Array): void {
    if (this.#state === "lost" || samples.length === 0) return;
    if (this.#waiting.length > mostWaiting || this.#file.waiting > mostWaiting) {
      this.#lose(`${this.path}: the medium is too slow`);
      return;
    }
    this.#samples += samples.length;
    this.#waiting.push(samples);
    this.#working ??= this.#work();
  }

  async close(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
    if (this.#state === "open") {
      const msAll = (this.#samples * 1000) / this.#rateHz;
      // The encoder is behind by some ms: silence pushes its last sound out.
      while (this.#ogg.lacks(msAll)) {
        this.#frame.fill(0, this.#filled);
        this.#code();
      }
      this.#write(this.#ogg.end(msAll));
    }
    await this.#file.close();
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 && this.#state === "open") {
      await new Promise<void>((resolve) => setImmediate(resolve));
      for (let i = 0; i < packetsPerTurn && this.#waiting.length > 0; i++) this.#packet();
    }
    this.#working = undefined;
  }

  #packet(): void {
    const samples = this.#waiting[0];
    if (samples === undefined) return;
    const part = samples.subarray(this.#at, this.#at + this.#frame.length - this.#filled);
    this.#frame.set(part, this.#filled);
    this.#filled += part.length;
    this.#at += part.length;
    if (this.#filled === this.#frame.length) this.#code();
    if (this.#at < samples.length) return;
    this.#waiting.shift();
    this.#at = 0;
    const page = this.#ogg.flush();
    if (page !== undefined) this.#write(page);
  }

  #code(): void {
    const bytes = this.#encoder.encode(this.#frame, this.#coded);
    this.#filled = 0;
    // A packet without content is one byte: how it is coded (RFC 6716 §3.1, 20 ms of wide band).
    const page = this.#ogg.add(bytes > 0 ? this.#coded.slice(0, bytes) : Uint8Array.of(emptyPacket), packetMs);
    if (page !== undefined) this.#write(page);
  }

  #write(page: Uint8Array): void {
    this.#file.write(page, this.#bytes);
    this.#bytes += page.length;
  }

  #lose(why: string): void {
    if (this.#state === "lost") return;
    this.#state = "lost";
    this.#waiting = [];
    this.#lost(why);
  }
}

/** Configuration 9 (SILK, wide band, 20 ms), mono, one frame. */
const emptyPacket = 9 << 3;
