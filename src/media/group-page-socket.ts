/** A page on a channel: RTP on the stream's side, packets of group paging on the wire (feature rows CAL-81, CAL-82). */
import type { Endpoint } from "../base/network.ts";
import {
  emptyGroupPage,
  type GroupPagePacket,
  mostPageBytes,
  pageHeaderBytes,
  parseGroupPage,
  writeGroupPageAudio,
  writeGroupPageHeader,
} from "../rtp/group-page.ts";
import { emptyRtpPacket, parseRtp, rtpHeaderBytes } from "../rtp/packet.ts";
import type { MediaSocket } from "./socket.ts";

/**
 * How often beginning and end are told. Deviates from the advisory, which spreads them over 0.9 s and 0.36 s: all go out at
 * once, because what is said first must not wait for them.
 */
const alerts = 31;
const ends = 12;
/** Packets must stay as they are for a second. */
const ringPackets = 64;
const mostFrameBytes = 480;
/** A jump of more than this is a new beginning, frames. */
const mostGap = 100;

export class GroupPageSocket implements MediaSocket {
  readonly #socket: MediaSocket;
  readonly #channel: number;
  readonly #callerId: Uint8Array;
  readonly #rtp = emptyRtpPacket();
  readonly #ring = Array.from({ length: ringPackets }, () => new Uint8Array(mostPageBytes));
  #ringAt = 0;
  readonly #before = new Uint8Array(mostFrameBytes);
  #beforeBytes = 0;
  #serial = 0;
  #to: { readonly address: string; readonly port: number } | undefined;
  readonly #heard: GroupPagePacket = emptyGroupPage();
  readonly #made = new Uint8Array(rtpHeaderBytes + mostFrameBytes);
  readonly #madeView = new DataView(this.#made.buffer);
  #from: { readonly serial: number; index: number; count: number; step: number } | undefined;
  onMessage: MediaSocket["onMessage"];

  /** @param callerId shown by whoever hears the page, 13 bytes at most */
  constructor(socket: MediaSocket, channel: number, callerId: string) {
    this.#socket = socket;
    this.#channel = channel;
    this.#callerId = new TextEncoder().encode(callerId);
    socket.onMessage = (bytes, address, port) => this.#take(bytes, address, port);
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  get sendFailures(): number {
    return this.#socket.sendFailures;
  }

  send(bytes: Uint8Array, size: number, address: string, port: number): void {
    const rtp = this.#rtp;
    if (parseRtp(bytes.subarray(0, size), rtp) !== undefined) return;
    const frame = bytes.subarray(rtp.payloadStart, rtp.payloadEnd);
    if (frame.length === 0 || frame.length > mostFrameBytes) return;
    if (this.#to === undefined) {
      this.#to = { address, port };
      this.#serial = rtp.ssrc;
      this.#tell("alert", alerts);
    }
    const packet = this.#next("transmit");
    const before = this.#beforeBytes === frame.length ? this.#before.subarray(0, frame.length) : undefined;
    const bytesOut = writeGroupPageAudio(packet, rtp.payloadType, rtp.timestamp, frame, before);
    this.#before.set(frame);
    this.#beforeBytes = frame.length;
    this.#socket.send(packet, bytesOut, address, port);
  }

  shield(only: Endpoint | undefined): void {
    this.#socket.shield(only);
  }

  close(): void {
    this.#tell("end", ends);
    this.#to = undefined;
    this.#socket.close();
  }

  #tell(op: "alert" | "end", times: number): void {
    if (this.#to === undefined) return;
    const packet = this.#next(op);
    for (let i = 0; i < times; i++) this.#socket.send(packet, pageHeaderBytes, this.#to.address, this.#to.port);
  }

  #next(op: "alert" | "transmit" | "end"): Uint8Array {
    this.#ringAt = (this.#ringAt + 1) % ringPackets;
    const packet = this.#ring[this.#ringAt] ?? new Uint8Array(mostPageBytes);
    writeGroupPageHeader(packet, op, { channel: this.#channel, serial: this.#serial, callerId: this.#callerId });
    return packet;
  }

  #take(bytes: Uint8Array, address: string, port: number): void {
    const heard = this.#heard;
    if (!parseGroupPage(bytes, heard) || heard.channel !== this.#channel || heard.op !== "transmit") return;
    const { frameStart, beforeStart, frameBytes } = heard;
    if (frameBytes > mostFrameBytes) return;
    const known = this.#from?.serial === heard.serial ? this.#from.index : undefined;
    const index = this.#place(heard);
    // The frame before comes again in each packet: one that was lost is there all the same.
    if (known !== undefined && index > known + 1 && beforeStart >= 0)
      this.#hand(index - 1, bytes.subarray(beforeStart, beforeStart + frameBytes), address, port);
    this.#hand(index, bytes.subarray(frameStart, frameStart + frameBytes), address, port);
  }

  /** The number of a frame: some count samples at 8000 Hz and some at the codec's rate, so the smallest step seen is one frame. */
  #place({ serial, sampleCount, frameBytes }: GroupPagePacket): number {
    const from = this.#from;
    if (from?.serial !== serial) {
      this.#from = { serial, index: 1, count: sampleCount, step: 0 };
      return 1;
    }
    const delta = (sampleCount - from.count) | 0;
    if (delta > 0 && (from.step === 0 || delta < from.step))
      from.step = delta >= 2 * frameBytes ? 2 * frameBytes : frameBytes;
    const frames = from.step === 0 ? 0 : Math.round(delta / from.step);
    if (frames < 0 && frames > -mostGap) return Math.max(0, from.index + frames);
    from.index += frames < 0 || frames > mostGap ? 1 : frames;
    from.count = sampleCount;
    return from.index;
  }

  #hand(index: number, frame: Uint8Array, address: string, port: number): void {
    const { codec, serial } = this.#heard;
    const made = this.#made;
    const view = this.#madeView;
    view.setUint16(0, 0x8000 | codec);
    view.setUint16(2, index);
    view.setUint32(4, index * frame.length);
    view.setUint32(8, serial);
    made.set(frame, rtpHeaderBytes);
    this.onMessage?.(made.subarray(0, rtpHeaderBytes + frame.length), address, port);
  }
}
