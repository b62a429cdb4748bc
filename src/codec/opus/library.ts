/** libopus as WebAssembly: one instance for all encoders and decoders of a thread, whose states move in and out (../wasm/opus-glue.c). */
import { instantiate, type WasmExports } from "../../dsp/wasm-module.ts";

interface OpusExports extends WasmExports {
  encoderAt(): number;
  decoderAt(): number;
  pcmAt(): number;
  packetAt(): number;
  encoderBytes(): number;
  decoderBytes(): number;
  encoderInit(): number;
  decoderInit(): number;
  encoderSet(request: number, value: number): number;
  encoderReset(): number;
  decoderReset(): number;
  encode(samples: number, mostBytes: number): number;
  decode(bytes: number, samples: number, fromNext: number): number;
}

/** Longest packet of Opus at 16 kHz (RFC 6716 §3.4 R5), and the room for one coded. */
export const mostSamples = 1920;
export const mostBytes = 1500;

/** Whose state is in the library now; its copy is stale meanwhile. */
export interface StateOwner {
  readonly state: Uint8Array;
}

/** One of the two places for a state. */
export class StatePlace {
  readonly #bytes: Uint8Array;
  #owner: StateOwner | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A new state as the library holds it now. */
  copy(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Puts the state of `owner` in place, and the one that was there back to whom it belongs. */
  bring(owner: StateOwner): void {
    if (this.#owner === owner) return;
    this.#owner?.state.set(this.#bytes);
    this.#bytes.set(owner.state);
    this.#owner = owner;
  }

  /** Gives the present state of one owner to another. */
  give(from: StateOwner, to: StateOwner): void {
    if (from === to) return;
    if (this.#owner === to) this.#owner = undefined;
    to.state.set(this.#owner === from ? this.#bytes : from.state);
  }
}

export interface OpusLibrary {
  readonly calls: OpusExports;
  readonly pcm: Int16Array;
  readonly packet: Uint8Array;
  readonly encoder: StatePlace;
  readonly decoder: StatePlace;
  /** States as new ones are. */
  readonly newEncoder: Uint8Array;
  readonly newDecoder: Uint8Array;
}

let library: OpusLibrary | undefined;

/** Loads the library into this thread unless it is there: a few ms. @throws Error where its file is missing or damaged */
export function opusLibrary(): OpusLibrary {
  library ??= load();
  return library;
}

function load(): OpusLibrary {
  const calls = instantiate<OpusExports>(new URL("opus.wasm", import.meta.url));
  const { buffer } = calls.memory;
  const encoder = new StatePlace(new Uint8Array(buffer, calls.encoderAt(), calls.encoderBytes()));
  const decoder = new StatePlace(new Uint8Array(buffer, calls.decoderAt(), calls.decoderBytes()));
  const failed = calls.encoderInit() || calls.decoderInit();
  if (failed !== 0) throw new TypeError(`bug: libopus does not start (${failed})`);
  return {
    calls,
    pcm: new Int16Array(buffer, calls.pcmAt(), mostSamples),
    packet: new Uint8Array(buffer, calls.packetAt(), mostBytes),
    encoder,
    decoder,
    newEncoder: encoder.copy(),
    newDecoder: decoder.copy(),
  };
}
