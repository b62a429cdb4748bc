/** An encoder of Opus for speech up to 8 kHz wide, steered by what the far end asked for in SDP (RFC 7587 §6.1) and by the loss it reports. */
import type { FormatParameters } from "../../media/protocol.ts";
import type { CodecFormat, Encoder } from "../codec.ts";
import { mostBytes, mostSamples, opusLibrary } from "./library.ts";

/** Requests of libopus: their names without OPUS_SET_. */
const bitrate = 4002;
const maxBandwidth = 4004;
const vbr = 4006;
const complexity = 4010;
const inbandFec = 4012;
const packetLossPercent = 4014;
const dtx = 4016;
const signal = 4024;
const voice = 3001;
const narrowband = 1101;
const mediumband = 1102;
const wideband = 1103;

/** How hard it tries, 0 to 10: between 5 and 8 the cost doubles for a difference that nobody hears. */
const effort = 6;
/** Bit rate where nobody asked for one, and its bounds, bit/s. More than the upper one is no better at 16 kHz. */
const usualBitrate = 32_000;
const leastBitrate = 6000;
const mostBitrate = 64_000;
/** What is lost of packets below this is left to concealment, percent: repeating takes more from the sound than it saves. */
const worthRepeating = 4;
/** Below the first libopus repeats nothing at 24 kbit/s, and above the second little is left for the packet itself, percent. */
const leastClaimed = 7;
const mostClaimed = 20;
/** Reports come every few seconds: what they told is forgotten over several of them. */
const remembered = 0.7;
/** A packet of so many bytes says nothing and need not be sent. */
const emptyBytes = 1;

export class OpusEncoder implements Encoder {
  readonly format: CodecFormat;
  readonly state: Uint8Array;
  readonly #library = opusLibrary();
  #parameters: FormatParameters;
  #fec = false;
  /** What is reckoned with, and what libopus is told of it. */
  #lossPercent = 0;
  #claimed = 0;

  constructor(format: CodecFormat, parameters: FormatParameters) {
    this.format = format;
    this.state = this.#library.newEncoder.slice();
    this.#parameters = parameters;
    this.#apply();
  }

  encode(pcm: Int16Array, out: Uint8Array): number {
    const { calls, encoder, pcm: input, packet } = this.#library;
    if (pcm.length > mostSamples) return 0;
    encoder.bring(this);
    input.set(pcm);
    const bytes = calls.encode(pcm.length, Math.min(out.length, mostBytes));
    if (bytes <= emptyBytes) return 0;
    for (let i = 0; i < bytes; i++) out[i] = packet[i] ?? 0;
    return bytes;
  }

  reset(): void {
    this.#library.encoder.bring(this);
    this.#library.calls.encoderReset();
  }

  configure(parameters: FormatParameters): void {
    this.#parameters = parameters;
    this.#apply();
  }

  expectLoss(percent: number): void {
    this.#lossPercent = Math.max(Number.isNaN(percent) ? 0 : percent, remembered * this.#lossPercent);
    const claimed =
      this.#lossPercent < worthRepeating
        ? 0
        : Math.round(Math.max(leastClaimed, Math.min(mostClaimed, this.#lossPercent)));
    if (claimed === this.#claimed) return;
    this.#claimed = claimed;
    if (!this.#fec) return;
    this.#library.encoder.bring(this);
    this.#set(packetLossPercent, claimed);
  }

  #apply(): void {
    this.#library.encoder.bring(this);
    const { maxaveragebitrate, maxplaybackrate, useinbandfec, usedtx, cbr } = this.#parameters;
    this.#fec = useinbandfec === "1";
    this.#set(complexity, effort);
    this.#set(signal, voice);
    this.#set(bitrate, Math.max(leastBitrate, Math.min(mostBitrate, numberOf(maxaveragebitrate, usualBitrate))));
    const playbackHz = numberOf(maxplaybackrate, 48_000);
    this.#set(maxBandwidth, playbackHz >= 16_000 ? wideband : playbackHz >= 12_000 ? mediumband : narrowband);
    this.#set(vbr, cbr === "1" ? 0 : 1);
    this.#set(dtx, usedtx === "1" ? 1 : 0);
    this.#set(inbandFec, this.#fec ? 1 : 0);
    this.#set(packetLossPercent, this.#fec ? this.#claimed : 0);
  }

  #set(request: number, value: number): void {
    const status = this.#library.calls.encoderSet(request, value);
    if (status !== 0) throw new TypeError(`bug: libopus refuses ${value} for request ${request} (${status})`);
  }
}

function numberOf(text: string | undefined, usual: number): number {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isInteger(value) && value > 0 ? value : usual;
}
