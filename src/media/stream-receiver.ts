/** The receiving side of one stream: datagrams in, 10 ms frames out; digits and figures on the way. The jitter buffer is playout.ts. */
import { codecs } from "../codec/index.ts";
import { EventReceiver, type HeardDigit } from "../rtp/event-receiver.ts";
import { emptyRtpPacket, parseRtp } from "../rtp/packet.ts";
import { Peer, type SymmetryRule } from "../rtp/peer.ts";
import { Reception } from "../rtp/reception.ts";
import { RedReader } from "../rtp/red.ts";
import { RecordedPlayout } from "./flight-playout.ts";
import type { FlightRecorder } from "./flight-recorder.ts";
import { LossWindow } from "./loss-window.ts";
import { Playout } from "./playout.ts";
import type { MediaTuning, StreamSettings } from "./protocol.ts";

/** No packet for this long and the far end counts as silent, ms. */
const usualQuietMs = 5000;
/** Packets in sequence that a new source must bring before it is believed (RFC 3550 §A.1). */
const probation = 2;
/** The same while the source before it still sends: two speakers at once, as after a forked call. */
const probationBeside = 10;
/** A source that was left is not taken back before the present one was silent for this long, ms. */
const returnMs = 500;

/** Comfort noise of -127 dBov. */
const silence = Uint8Array.of(127);

export interface ReceiverEvents {
  readonly digit: (digit: HeardDigit) => void;
  readonly receiving: (on: boolean) => void;
  /** Somebody uses our SSRC (RFC 3550 §8.2). */
  readonly collision: () => void;
  readonly source: (ssrc: number, before: number | undefined) => void;
  /** A packet as the peer made it, where something protects it on its way; undefined: it is not the peer's. */
  readonly open: (bytes: Uint8Array) => Uint8Array | undefined;
}

export class StreamReceiver {
  readonly playout: Playout;
  /** Datagrams that were no valid RTP, not from the peer, or of an unknown payload type. */
  rejected = 0;
  /** Packets of redundant audio whose lengths did not fit; they count as rejected too. */
  malformed = 0;
  /** Pauses are filled with the noise that the far end describes; false: they are silent (voice.cng). */
  comfortNoise = true;
  /** Lost packets that a later one brought again in time. */
  recovered = 0;
  packets = 0;
  bytes = 0;
  readonly loss = new LossWindow();
  #events: ReceiverEvents;
  #peer = new Peer();
  #packet = emptyRtpPacket();
  #reception: Reception | undefined;
  #lostBefore = 0;
  #duplicatesBefore = 0;
  #expectedBefore = 0;
  #lateBefore = 0;
  #concealedBefore = 0;
  #digits = new EventReceiver(8000);
  #settings: StreamSettings | undefined;
  #clockOfType = new Uint32Array(128);
  #red = new RedReader();
  /** The numbers that came of late, by their lowest eight bits: what of a redundant packet is new. */
  #came = new Int32Array(256).fill(-1);
  #hears = false;
  #receiving: "new" | "yes" | "no" = "new";
  #heardMs = 0;
  #candidate = { ssrc: 0, next: -1, run: 0, activeHeard: false };
  /**
   * Our number came from the peer, and ours was changed. If the new one comes too, the peer sends back what we send.
   * Deviates from RFC 3550 §8.2, which drops such loops: echo services do just that, and people want to hear them.
   */
  #reflected = false;
  /** The source before the present one. */
  #left = -1;

  constructor(jitter: MediaTuning["jitter"], events: ReceiverEvents, flight?: FlightRecorder) {
    this.playout = flight === undefined ? new Playout({ rateHz: 16_000, jitter }) : new RecordedPlayout(jitter, flight);
    this.#events = events;
  }

  /** The far end is there and nowhere else: what ICE found (RFC 8445 §12.2), until the next negotiation. */
  expect(address: string, port: number): void {
    this.#peer.expect(address, port);
  }

  /** Whose packets are dropped (feature row NET-31). */
  demand(rule: SymmetryRule): void {
    this.#peer.demand(rule);
  }

  configure(settings: StreamSettings, nowMs: number): void {
    const remote = this.#settings?.remote;
    this.#settings = settings;
    if (remote?.address !== settings.remote.address || remote.port !== settings.remote.port) this.#reflected = false;
    this.#peer.expect(settings.remote.address, settings.remote.port);
    this.#clockOfType.fill(0);
    for (const { payloadType, codec } of settings.receive) this.#clockOfType[payloadType] = codecs[codec].rtpClockHz;
    this.playout.setReceive(settings.receive);
    const hears = settings.direction === "sendrecv" || settings.direction === "recvonly";
    // What was buffered before a hold is old when the call goes on.
    if (hears && !this.#hears) this.#resetPlayout();
    this.#hears = hears;
    this.#receiving = "new";
    this.#heardMs = nowMs;
  }

  get #quietMs(): number {
    return this.#settings?.quietMs ?? usualQuietMs;
  }

  /** Packets come, or came a short time ago. */
  get receiving(): boolean {
    return this.#receiving === "yes";
  }

  /** Whoever comes next may be somebody else: a page is over. */
  forgetSource(): void {
    this.#peer.forget();
    this.#reception = undefined;
    this.#left = -1;
    this.#resetPlayout();
  }

  /** The source whose packets are played, and its figures. */
  get reception(): Reception | undefined {
    return this.#reception;
  }

  /** Packets that came after their turn. */
  get late(): number {
    return this.#lateBefore + this.playout.figures.late;
  }

  get concealedFrames(): number {
    return this.#concealedBefore + this.playout.figures.concealedFrames;
  }

  /** Packets come from the very port that was negotiated, not from another one of the same address. */
  get fromRemote(): boolean {
    return this.#peer.fromExpected;
  }

  /** Where packets come from; "" before the first. */
  get address(): string {
    return this.#peer.address;
  }

  get lost(): number {
    return this.#lostBefore + (this.#reception?.lost ?? 0);
  }

  get expected(): number {
    return this.#expectedBefore + (this.#reception?.expected ?? 0);
  }

  get duplicates(): number {
    return this.#duplicatesBefore + (this.#reception?.duplicates ?? 0);
  }

  /** A datagram. Whatever it holds, nothing is thrown and nothing but the counters changes unless it is the peer's. */
  take(datagram: Uint8Array, address: string, port: number, ownSsrc: number, nowMs: number): void {
    const settings = this.#settings;
    // Before the answer is here nobody can be told from a stranger; the peer may be earlier (RFC 3264 §5.1).
    if (settings === undefined) return;
    if (!this.#peer.mayBe(address, port, nowMs)) {
      this.rejected++;
      return;
    }
    const packet = this.#packet;
    const bytes = this.#events.open(datagram);
    if (bytes === undefined || parseRtp(bytes, packet) !== undefined) {
      this.rejected++;
      return;
    }
    const isRed = settings.red?.receiveType === packet.payloadType;
    if (isRed && !this.#openRed(bytes, packet)) {
      this.rejected++;
      return;
    }
    const isNoise = settings.comfortNoise?.receiveType === packet.payloadType;
    const clockHz = isNoise ? this.#noiseClockHz : (this.#clockOfType[packet.payloadType] ?? 0);
    const isEvent = settings.dtmf !== undefined && settings.dtmf.receiveType === packet.payloadType;
    if ((clockHz === 0 && !isEvent) || !this.#peer.heard(address, port, nowMs)) {
      this.rejected++;
      return;
    }
    if (packet.ssrc === ownSsrc && !this.#reflected) {
      this.rejected++;
      this.#reflected = true;
      this.#events.collision();
      return;
    }
    const reception = this.#sourceOf(packet.ssrc, packet.sequence, isEvent ? 8000 : clockHz, nowMs);
    if (reception === undefined) {
      this.rejected++;
      return;
    }
    if (!isEvent) reception.setClock(clockHz);
    const standing = isEvent
      ? reception.takeUntimed(packet.sequence)
      : reception.take(packet.sequence, packet.timestamp, nowMs);
    if (standing === "suspect") return;
    this.packets++;
    this.bytes += packet.payloadEnd - packet.payloadStart;
    this.#heard(nowMs);
    const payload = bytes.subarray(packet.payloadStart, packet.payloadEnd);
    if (isEvent) {
      for (const digit of this.#digits.take(payload, packet.timestamp, packet.marker, nowMs)) this.#events.digit(digit);
      if (standing === "duplicate") return;
    } else if (this.#digits.running && standing === "in-order")
      for (const digit of this.#digits.audio(packet.timestamp)) this.#events.digit(digit);
    if (!this.#hears) return;
    this.#came[packet.sequence & 255] = packet.sequence;
    if (isNoise) {
      const noise = this.comfortNoise ? payload : silence;
      this.playout.putNoise(packet.sequence, packet.timestamp, clockHz, noise, nowMs);
      return;
    }
    if (isRed) this.#recover(bytes, packet.sequence, packet.timestamp, nowMs);
    if (isEvent) {
      this.playout.skip(packet.sequence);
      return;
    }
    this.playout.put(packet.sequence, packet.timestamp, packet.payloadType, packet.marker, payload, nowMs);
  }

  /** A packet of redundant audio becomes the present one in it; false where its lengths are wrong. */
  #openRed(bytes: Uint8Array, packet: { payloadType: number; payloadStart: number; payloadEnd: number }): boolean {
    const red = this.#red;
    const why = red.read(bytes, packet.payloadStart, packet.payloadEnd);
    const present = red.blocks[red.count - 1];
    if (why !== undefined || present === undefined || present.payloadType === packet.payloadType) {
      this.malformed++;
      return false;
    }
    packet.payloadType = present.payloadType;
    packet.payloadStart = present.start;
    packet.payloadEnd = present.end;
    return true;
  }

  /** Plays what the packet brings again and what never came. Its blocks are of the numbers before it, one each (RFC 2198 §4). */
  #recover(bytes: Uint8Array, sequence: number, timestamp: number, nowMs: number): void {
    const red = this.#red;
    for (let i = 0; i < red.count - 1; i++) {
      const block = red.blocks[i];
      const number = (sequence - (red.count - 1 - i)) & 0xffff;
      if (block === undefined || block.start === block.end || this.#came[number & 255] === number) continue;
      if ((this.#clockOfType[block.payloadType] ?? 0) === 0) continue;
      this.#came[number & 255] = number;
      const { late } = this.playout.figures;
      const at = (timestamp - block.offsetTicks) >>> 0;
      this.playout.put(number, at, block.payloadType, false, bytes.subarray(block.start, block.end), nowMs);
      if (this.playout.figures.late === late) this.recovered++;
    }
  }

  /** Comfort noise runs on the clock of the audio around it. */
  get #noiseClockHz(): number {
    const codec = this.playout.figures.codec ?? this.#settings?.codec;
    return codec === undefined ? 0 : codecs[codec].rtpClockHz;
  }

  /** Fills 10 ms at 16 kHz. On hold it is silence; packets that still come are counted and go no further. */
  pull(out: Int16Array, nowMs: number): void {
    if (this.#hears) this.playout.pull(out, nowMs);
    else out.fill(0);
    if (this.#digits.running) for (const digit of this.#digits.tick(nowMs)) this.#events.digit(digit);
    this.loss.tick(this.expected, Math.max(0, this.lost + this.late - this.recovered), nowMs);
    if (this.#receiving !== "no" && this.#settings !== undefined && nowMs - this.#heardMs > this.#quietMs) {
      const was = this.#receiving;
      this.#receiving = "no";
      if (was === "yes" || this.#hears) this.#events.receiving(false);
    }
  }

  #heard(nowMs: number): void {
    this.#heardMs = nowMs;
    if (this.#receiving === "yes") return;
    this.#receiving = "yes";
    this.#events.receiving(true);
  }

  /** The figures of the source, when its packets are to be used: a new one must prove itself first, except the first. */
  #sourceOf(ssrc: number, sequence: number, clockHz: number, nowMs: number): Reception | undefined {
    const active = this.#reception;
    if (active === undefined) return this.#change(ssrc, clockHz);
    const candidate = this.#candidate;
    if (active.ssrc === ssrc) {
      if (candidate.run > 0) candidate.activeHeard = true;
      return active;
    }
    if (ssrc === this.#left && nowMs - this.#heardMs < returnMs) return undefined;
    const follows = candidate.ssrc === ssrc && candidate.next === sequence;
    candidate.run = follows ? candidate.run + 1 : 1;
    if (!follows) candidate.activeHeard = false;
    candidate.ssrc = ssrc;
    candidate.next = (sequence + 1) & 0xffff;
    if (candidate.run < (candidate.activeHeard ? probationBeside : probation)) return undefined;
    return this.#change(ssrc, clockHz);
  }

  /** The buffer's counts begin anew, ours are since the stream was opened. */
  #resetPlayout(): void {
    this.#lateBefore = this.late;
    this.#concealedBefore = this.concealedFrames;
    this.playout.reset();
  }

  #change(ssrc: number, clockHz: number): Reception {
    const before = this.#reception;
    if (before !== undefined) {
      this.#lostBefore += before.lost;
      this.#expectedBefore += before.expected;
      this.#duplicatesBefore += before.duplicates;
      this.#left = before.ssrc;
      this.#resetPlayout();
    }
    this.#candidate.run = 0;
    this.#candidate.next = -1;
    for (const digit of this.#digits.restart(this.#settings?.dtmf?.rateHz ?? 8000)) this.#events.digit(digit);
    this.#came.fill(-1);
    const reception = new Reception(ssrc, clockHz);
    this.#reception = reception;
    this.#events.source(ssrc, before?.ssrc);
    return reception;
  }
}
