/** The sending side of one stream: 10 ms frames at 16 kHz in, RTP packets out (RFC 3550, RFC 3551, RFC 4733). No sockets. */
import type { Encoder } from "../codec/codec.ts";
import { codecs } from "../codec/index.ts";
import { Resampler } from "../dsp/resampler.ts";
import { writeComfortNoise } from "../rtp/comfort-noise.ts";
import { EventSender, eventOfDigit, writeEvent } from "../rtp/event-sender.ts";
import { rtpHeaderBytes, writeRtpHeader } from "../rtp/packet.ts";
import { RedWriter } from "../rtp/red.ts";
import type { CodecName, FormatParameters, StreamSettings } from "./protocol.ts";
import { SilenceSuppression } from "./silence-suppression.ts";

const frameSamples = 160;
const mostSamples = 960 + frameSamples;
/** Packets that may be under way inside the system while their buffer must not change. */
const ringPackets = 32;
const packetBytes = 2048;
/** A payload with its copies of earlier ones stays whole on Ethernet below this. */
const mostRedBytes = 1400;
/** What the filter to 8 kHz remembers, samples at 16 kHz, rounded up. */
const filterSamples = 160;
/** Level of our digits, dBm0 (RFC 4733 §2.3.3), unless told. */
export const digitLevelDbm0 = -10;

export type SendPacket = (bytes: Uint8Array, size: number) => void;

interface OutPacket {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly payload: Uint8Array;
}

/** What a sender says in its reports. */
export interface SentFigures {
  packets: number;
  /** Payload bytes. */
  octets: number;
}

export class StreamSender {
  /** Since the stream was opened. */
  readonly figures: SentFigures = { packets: 0, octets: 0 };
  /** Since the source has its present number: what its reports say. */
  readonly ofSource: SentFigures = { packets: 0, octets: 0 };
  #send: SendPacket;
  #ssrc: number;
  #sequence: number;
  #timestamp: number;
  #ring: OutPacket[];
  #ringAt = 0;
  #settings: StreamSettings | undefined;
  #encoder: Encoder | undefined;
  #encoders = new Map<CodecName, Encoder>();
  #down = new Resampler(16_000, 8_000, mostSamples);
  #block = new Int16Array(mostSamples);
  #narrow = new Int16Array(mostSamples);
  /** The beginnings of both that were used last: packets are mostly as long as the one before. */
  #blockPart = this.#block.subarray(0, 0);
  #narrowPart = this.#narrow.subarray(0, 0);
  #fill = 0;
  /** At 16 kHz. */
  #packetSamples = 320;
  /** The last sound before the block: the filter to 8 kHz must have heard it when it comes into use. */
  #before = new Int16Array(filterSamples);
  #downWarm = false;
  #suppression = new SilenceSuppression();
  #red = new RedWriter(mostRedBytes);
  #coded = new Uint8Array(packetBytes);
  #events = new EventSender();
  #endPackets = 3;
  #digitDbm0 = digitLevelDbm0;
  #silent = true;

  /** @param random 0 to 1: first sequence number and timestamp are unpredictable (RFC 3550 §5.1) */
  constructor(send: SendPacket, ssrc: number, random: () => number) {
    this.#send = send;
    this.#ssrc = ssrc;
    // The upper half is left out so that the number does not wrap within the first minutes: some peers err there.
    this.#sequence = Math.floor(random() * 0x8000);
    this.#timestamp = Math.floor(random() * 0x1_0000_0000);
    this.#ring = Array.from({ length: ringPackets }, () => {
      const bytes = new Uint8Array(packetBytes);
      return { bytes, view: new DataView(bytes.buffer), payload: bytes.subarray(rtpHeaderBytes) };
    });
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  /** Of the RTP timestamps. */
  get clockHz(): number {
    return this.#ticksPerMs * 1000;
  }

  /** Another source from now on: somebody else uses ours (RFC 3550 §8.2). */
  changeSsrc(ssrc: number): void {
    this.#ssrc = ssrc;
    this.ofSource.packets = 0;
    this.ofSource.octets = 0;
  }

  /** RTP timestamp of what is captured now. */
  get timestamp(): number {
    return (this.#timestamp + (this.#fill * this.#ticksPerMs) / 16) >>> 0;
  }

  configure(settings: StreamSettings, endPackets: number, digitDbm0 = digitLevelDbm0): void {
    this.#endPackets = endPackets;
    this.#digitDbm0 = digitDbm0;
    const parameters = parametersFor(settings);
    let encoder = this.#encoders.get(settings.codec);
    if (encoder === undefined) {
      encoder = codecs[settings.codec].createEncoder(parameters);
      this.#encoders.set(settings.codec, encoder);
    }
    if (encoder !== this.#encoder) encoder.reset();
    encoder.configure?.(parameters);
    this.#packetSamples = codecs[settings.codec].packetMs(settings.ptimeMs, parameters) * 16;
    this.#encoder = encoder;
    this.#settings = settings;
  }

  /** A report of the far end: what it lost of ours, percent. */
  lossReported(percent: number): void {
    this.#encoder?.expectLoss?.(percent);
  }

  /** Queues a digit as event. Returns false where the far end takes none, or when it is no digit. */
  press(digit: string, durationMs: number): boolean {
    const event = eventOfDigit(digit);
    if (event === undefined || this.#settings?.dtmf === undefined) return false;
    this.#events.press(event, durationMs);
    return true;
  }

  get pressing(): boolean {
    return this.#events.busy;
  }

  /**
   * Takes 10 ms. Nothing is allocated.
   * @param frame 160 samples at 16 kHz
   * @param sending false on hold: time goes on, nothing is sent
   */
  take(frame: Int16Array, sending: boolean): void {
    const settings = this.#settings;
    const encoder = this.#encoder;
    if (settings === undefined || encoder === undefined) return;
    this.#block.set(frame, this.#fill);
    this.#fill += frameSamples;
    if (sending && suppresses(settings)) this.#suppression.frame(frame);
    // A shorter packet time that was just negotiated may find more than one packet here: they go out one after the other.
    const samples = this.#packetSamples;
    for (; this.#fill >= samples; this.#fill -= samples) {
      this.#packet(settings, encoder, samples, sending);
      for (let i = 0; i < filterSamples; i++) this.#before[i] = this.#block[samples - filterSamples + i] ?? 0;
      this.#block.copyWithin(0, samples, this.#fill);
    }
  }

  #packet(settings: StreamSettings, encoder: Encoder, samples: number, sending: boolean): void {
    const ticks = (samples * this.#ticksPerMs) / 16;
    if (!sending) {
      this.#silent = true;
      this.#downWarm = false;
      this.#events.clear();
      this.#suppression.rest();
      this.#red.clear();
    } else if (!this.#sendEvent(settings, ticks, samples)) this.#sendAudio(settings, encoder, samples);
    this.#timestamp = (this.#timestamp + ticks) >>> 0;
  }

  #sendEvent(settings: StreamSettings, ticks: number, samples: number): boolean {
    const dtmf = settings.dtmf;
    if (dtmf === undefined || !this.#events.busy) return false;
    const slotTicks = (samples * dtmf.rateHz) / 16_000;
    if (!this.#events.slot(this.#timestamp, slotTicks, dtmf.rateHz, this.#endPackets)) return false;
    const event = this.#events.packet;
    const packet = this.#nextPacket();
    if (packet === undefined) return false;
    writeRtpHeader(packet.view, dtmf.sendType, event.marker, this.#sequence, event.timestamp, this.#ssrc);
    writeEvent(packet.view, rtpHeaderBytes, event, this.#digitDbm0);
    this.#silent = false;
    this.#downWarm = false;
    this.#suppression.rest();
    this.#red.clear();
    this.#out(packet, 4);
    return ticks > 0;
  }

  #sendAudio(settings: StreamSettings, encoder: Encoder, samples: number): void {
    const packet = this.#nextPacket();
    if (packet === undefined) return;
    const pcm = this.#atRateOf(encoder, samples);
    const size = this.#isPause(settings, packet, pcm, samples) ? 0 : this.#encode(settings, encoder, packet, pcm);
    if (size === 0) {
      // Nothing to say: the next packet begins a talkspurt (RFC 3551 §4.1).
      this.#silent = true;
      this.#red.clear();
      return;
    }
    const type = redOf(settings)?.sendType ?? settings.payloadType;
    writeRtpHeader(packet.view, type, this.#silent, this.#sequence, this.#timestamp, this.#ssrc);
    this.#silent = false;
    this.#out(packet, size);
  }

  /** The block's first `samples` at the codec's rate. */
  #atRateOf(encoder: Encoder, samples: number): Int16Array {
    if (encoder.format.rateHz !== 8000) {
      this.#downWarm = false;
      if (this.#blockPart.length !== samples) this.#blockPart = this.#block.subarray(0, samples);
      return this.#blockPart;
    }
    if (!this.#downWarm) {
      this.#down.reset();
      this.#down.process(this.#before, this.#narrow, filterSamples);
      this.#downWarm = true;
    }
    const count = this.#down.process(this.#block, this.#narrow, samples);
    if (this.#narrowPart.length !== count) this.#narrowPart = this.#narrow.subarray(0, count);
    return this.#narrowPart;
  }

  /** The payload's bytes; 0 where the coder itself has nothing to say. */
  #encode(settings: StreamSettings, encoder: Encoder, packet: OutPacket, pcm: Int16Array): number {
    const red = redOf(settings);
    if (red === undefined) return encoder.encode(pcm, packet.payload);
    const size = encoder.encode(pcm, this.#coded);
    if (size === 0) return 0;
    return this.#red.write(settings.payloadType, this.#timestamp, this.#coded, size, red.depth, packet.payload, 0);
  }

  /** Nobody speaks, and the far end need not hear that: at the most it is told how the noise sounds. */
  #isPause(settings: StreamSettings, packet: OutPacket, pcm: Int16Array, samples: number): boolean {
    if (!suppresses(settings)) return false;
    const noise = settings.comfortNoise;
    const worth = this.#suppression.packet(pcm, pcm.length, samples / 16, noise !== undefined);
    if (worth === "description" && noise !== undefined) {
      writeRtpHeader(packet.view, noise.sendType, false, this.#sequence, this.#timestamp, this.#ssrc);
      this.#out(packet, writeComfortNoise(this.#suppression.noise, packet.payload, 0));
    }
    return worth !== "speech";
  }

  #nextPacket(): OutPacket | undefined {
    this.#ringAt = (this.#ringAt + 1) % ringPackets;
    return this.#ring[this.#ringAt];
  }

  #out(packet: OutPacket, payloadBytes: number): void {
    this.#send(packet.bytes, rtpHeaderBytes + payloadBytes);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.figures.packets++;
    this.figures.octets += payloadBytes;
    this.ofSource.packets++;
    this.ofSource.octets += payloadBytes;
  }

  get #ticksPerMs(): number {
    return (this.#encoder?.format.rtpClockHz ?? 8000) / 1000;
  }
}

/** Redundancy that the far end may send and we do not has a depth of 0. */
function redOf({ red }: StreamSettings): StreamSettings["red"] {
  return red !== undefined && red.depth > 0 ? red : undefined;
}

/** G.729 and Opus have their own way of it, inside the coder. */
function suppresses({ silenceSuppression, codec }: StreamSettings): boolean {
  return silenceSuppression === true && codec !== "g729" && codec !== "opus";
}

/** Opus saves packets by itself where nobody speaks; whoever receives it takes that without having asked (RFC 7587 §3.1.3). */
function parametersFor({ parameters = {}, silenceSuppression, codec }: StreamSettings): FormatParameters {
  return codec === "opus" && silenceSuppression === true ? { ...parameters, usedtx: "1" } : parameters;
}
