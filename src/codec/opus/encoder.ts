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
/** Loss that is reckoned with before the far end has told, and whatever it tells, percent: with none libopus repeats nothing. */
const leastLossPercent = 3;
const mostLossPercent = 30;
/** A packet of so many bytes says nothing and need not be sent. */
const emptyBytes = 1;

export class OpusEncoder implements Encoder {
  readonly format: CodecFormat;
  readonly state: Uint8Array;
  readonly #library = opusLibrary();
  #parameters: FormatParameters;
  #fec = false;
  #lossPercent = leastLossPercent;

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
    const whole = Math.round(Math.max(leastLossPercent, Math.min(mostLossPercent, percent)));
    if (whole === this.#lossPercent || Number.isNaN(whole)) return;
    this.#lossPercent = whole;
    if (!this.#fec) return;
    this.#library.encoder.bring(this);
    this.#set(packetLossPercent, whole);
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
    this.#set(packetLossPercent, this.#fec ? this.#lossPercent : 0);
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
