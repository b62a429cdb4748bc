/** Media of the demo PBX: one RTP port that echoes, or says something over and over. No jitter buffer, no RTCP. */

import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { existsSync, readFileSync } from "node:fs";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { parseWav, toMono } from "../../hal/driver/wav.ts";
import { codecs } from "../../src/codec/index.ts";
import { emptyRtpPacket, parseRtp, rtpHeaderBytes, writeRtpHeader } from "../../src/rtp/packet.ts";
import type { NegotiatedMedia } from "../../src/sdp/media.ts";

export type PbxSound = { readonly type: "echo" } | { readonly type: "speech"; readonly samples: Int16Array };

const rateHz = 16_000;
const packetMs = 20;

/** Human speech out of Debian's alsa-utils, 16 kHz mono; a melody of tones where it is not installed. */
export function loadSpeech(): Int16Array {
  const folder = "/usr/share/sounds/alsa";
  const names = ["Front_Center", "Front_Left", "Front_Right", "Rear_Center", "Rear_Left", "Rear_Right"];
  const files = names.map((name) => `${folder}/${name}.wav`).filter((file) => existsSync(file));
  if (files.length === 0) return melody();
  const pause = new Int16Array(rateHz / 2);
  const parts = files.flatMap((file) => {
    const sound = parseWav(readFileSync(file));
    return [convertRate(toMono(sound), sound.rateHz, rateHz), pause];
  });
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function melody(): Int16Array {
  const notes = [523, 659, 784, 1047];
  return Int16Array.from({ length: 2 * rateHz }, (_, i) => {
    const hz = notes[Math.floor((4 * i) / (2 * rateHz))] ?? 0;
    return 6000 * Math.sin((2 * Math.PI * hz * i) / rateHz);
  });
}

export class PbxMedia {
  #socket: Socket;
  #remote: NegotiatedMedia | undefined;
  #sound: PbxSound = { type: "echo" };
  #timer: NodeJS.Timeout | undefined;
  #ssrc = randomBytes(4).readUInt32BE();
  #sequence = randomBytes(2).readUInt16BE();
  #timestamp = randomBytes(4).readUInt32BE();
  #packet = new Uint8Array(1500);
  #header = new DataView(this.#packet.buffer);
  #parsed = emptyRtpPacket();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes) => this.#received(bytes));
    // A phone that has hung up answers with ICMP; that harms nobody.
    socket.on("error", () => undefined);
  }

  static open(address: string): Promise<PbxMedia> {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, address, () => resolve(new PbxMedia(socket)));
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** What the caller hears from now on. */
  play(sound: PbxSound): void {
    this.#sound = sound;
    this.#ssrc = randomBytes(4).readUInt32BE();
    this.#restart();
  }

  /** After each offer and answer. */
  configure(media: NegotiatedMedia): void {
    this.#remote = media;
    this.#restart();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#remote = undefined;
    this.#socket.close();
  }

  #restart(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const media = this.#remote;
    if (media === undefined || this.#sound.type === "echo" || !sends(media)) return;
    const encoder = codecs[media.codec].createEncoder();
    const samples = this.#sound.samples;
    const frame = (rateHz / 1000) * packetMs;
    const narrow = encoder.format.rateHz === 8000;
    const pcm = new Int16Array(narrow ? frame / 2 : frame);
    let at = 0;
    let sentMs = 0;
    const startMs = performance.now();
    this.#timer = setInterval(() => {
      // Timers are late; packets are owed by the time that has gone by.
      for (; sentMs <= performance.now() - startMs; sentMs += packetMs) {
        for (let i = 0; i < pcm.length; i++) {
          const from = narrow ? at + 2 * i : at + i;
          const sample = samples[from % samples.length] ?? 0;
          pcm[i] = narrow ? (sample + (samples[(from + 1) % samples.length] ?? 0)) / 2 : sample;
        }
        at = (at + frame) % samples.length;
        const size = encoder.encode(pcm, this.#packet.subarray(rtpHeaderBytes));
        this.#send(media.payloadType, size, encoder.format.rtpClockHz * (packetMs / 1000));
      }
    }, packetMs);
  }

  #received(bytes: Uint8Array): void {
    const media = this.#remote;
    if (media === undefined || this.#sound.type !== "echo" || !sends(media)) return;
    if (parseRtp(bytes, this.#parsed) !== undefined) return;
    const { payloadType, sequence, timestamp, payloadStart, payloadEnd } = this.#parsed;
    const codec = media.receive.find((r) => r.payloadType === payloadType)?.codec;
    const size = payloadEnd - payloadStart;
    if (codec !== media.codec || size > this.#packet.length - rtpHeaderBytes) return;
    this.#packet.set(bytes.subarray(payloadStart, payloadEnd), rtpHeaderBytes);
    // Sequence and time as they came: what was lost on the way here stays visible as lost.
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#send(media.payloadType, size, 0);
  }

  #send(payloadType: number, size: number, ticks: number): void {
    const media = this.#remote;
    if (media === undefined) return;
    writeRtpHeader(this.#header, payloadType, false, this.#sequence, this.#timestamp, this.#ssrc);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + ticks) >>> 0;
    const { address, port } = media.remote;
    this.#socket.send(Uint8Array.from(this.#packet.subarray(0, rtpHeaderBytes + size)), port, address);
  }
}

function sends(media: NegotiatedMedia): boolean {
  return media.direction === "sendrecv" || media.direction === "sendonly";
}
