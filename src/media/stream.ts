/** One RTP session of a call: its two sockets, its sender, its receiver and its RTCP. Paced by the engine's frames. */
import type { Clock } from "../../hal/clock.ts";
import { dtmfTone } from "../dsp/dtmf.ts";
import { Gain } from "../dsp/gain.ts";
import { LevelMeter } from "../dsp/level-meter.ts";
import { ToneGenerator } from "../dsp/tone-generator.ts";
import type { SymmetryRule } from "../rtp/peer.ts";
import { StreamNat } from "./nat.ts";
import type { ConnectRelay } from "./nat-relay.ts";
import type { PortPair } from "./port-pair.ts";
import type {
  Endpoint,
  GatheredNat,
  MediaEvent,
  MediaTuning,
  NatChoice,
  StreamSettings,
  StreamStatistics,
} from "./protocol.ts";
import { RtcpSession } from "./rtcp-session.ts";
import type { BindMediaSocket } from "./socket.ts";
import { StreamFlight } from "./stream-flight.ts";
import { StreamQuality } from "./stream-quality.ts";
import { StreamReceiver } from "./stream-receiver.ts";
import { StreamProtection } from "./stream-security.ts";
import { StreamSender } from "./stream-sender.ts";
import { checkSettings } from "./stream-settings.ts";

const rateHz = 16_000;
const frameSamples = rateHz / 100;
/** This many packets of strangers within that time, ms, are a flood, and the system is asked to drop them. */
const floodPackets = 300;
const floodMs = 100;
/** How long the system's filter stays before we look again, ms. */
const shieldMs = 10_000;
/** In-band digits: pause after each, ms. */
const digitPauseMs = 60;

export interface StreamOptions {
  readonly id: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tuning: MediaTuning;
  readonly ports: PortPair;
  readonly bind: BindMediaSocket;
  readonly connect: ConnectRelay | undefined;
  readonly emit: (event: MediaEvent) => void;
  /** Of a page: it has no RTCP, and while nothing comes in it costs nothing. */
  readonly page?: "send" | "listen" | undefined;
}

export class Stream {
  readonly id: number;
  /** The 10 ms that came in last; valid after `receive`. */
  readonly incoming = new Int16Array(frameSamples);
  /** The 10 ms that go out; filled by the engine before `transmit`. */
  readonly outgoing = new Int16Array(frameSamples);
  readonly flight: StreamFlight | undefined;
  #clock: Clock;
  #random: () => number;
  #emit: (event: MediaEvent) => void;
  #tuning: MediaTuning;
  #ports: PortPair;
  #network: Pick<StreamOptions, "bind" | "connect">;
  /** Absent where a stream needs no way through a NAT: packets go to what was negotiated. */
  #nat: StreamNat | undefined;
  #receiver: StreamReceiver;
  #sender: StreamSender;
  #rtcp: RtcpSession;
  #protection: StreamProtection;
  #quality: StreamQuality;
  #settings: StreamSettings | undefined;
  #levelIn = new LevelMeter(rateHz);
  #levelOut = new LevelMeter(rateHz);
  #digits = new ToneGenerator(rateHz);
  #inBand: { digit: string; durationMs: number }[] = [];
  #flood = { untilMs: 0, rejected: 0, shielded: false };
  #open = true;
  readonly #page: "send" | "listen" | undefined;
  readonly #level = new Gain();

  constructor(options: StreamOptions) {
    this.id = options.id;
    this.#page = options.page;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#tuning = options.tuning;
    this.#ports = options.ports;
    this.#network = options;
    this.#emit = options.emit;
    const { rtp, rtcp } = options.ports;
    this.#protection = new StreamProtection({
      stream: options.id,
      clock: options.clock,
      emit: options.emit,
      newSource: () => this.#changeSource(),
    });
    this.#sender = new StreamSender((bytes, size) => this.#send(bytes, size), newSsrc(options.random), options.random);
    this.flight = options.page === undefined ? StreamFlight.of(options.id, options.clock, options.tuning) : undefined;
    this.#receiver = new StreamReceiver(
      options.tuning.jitter,
      {
        digit: ({ digit, durationMs }) => this.#emit({ type: "digit", stream: this.id, digit, durationMs }),
        receiving: (on) => this.#hearing(on),
        collision: () => this.#collide(),
        source: (ssrc, before) => this.#source(ssrc, before),
        open: this.#protection.openRtp,
      },
      this.flight?.recorder,
    );
    this.#receiver.demand(symmetryRule(options.tuning));
    this.#receiver.comfortNoise = options.tuning.comfortNoise !== false;
    this.#rtcp = new RtcpSession({
      clock: options.clock,
      random: options.random,
      cname: options.tuning.cname,
      sender: this.#sender,
      reception: () => this.#receiver.reception,
      send: (bytes, size, address, port) => this.#sendRtcp(bytes, size, address, port),
      open: this.#protection.openRtcp,
      metrics: () => this.#quality.metrics(),
    });
    this.#quality = new StreamQuality({
      ...{ id: options.id, clock: options.clock, local: rtp.local },
      ...{ sender: this.#sender, receiver: this.#receiver, rtcp: this.#rtcp },
      ...{ levelIn: this.#levelIn, levelOut: this.#levelOut },
      settings: () => this.#settings,
      tuning: () => this.#tuning,
      protection: () => this.#protection.statistics,
      emit: options.emit,
    });
    rtp.onMessage = (bytes, address, port) => this.#take(1, bytes, address, port);
    rtcp.onMessage = (bytes, address, port) => this.#take(2, bytes, address, port);
  }

  get port(): number {
    return this.#ports.rtp.local.port;
  }

  /** Where the stream can be reached from outside; once, before it is configured. */
  gather(choice: NatChoice): Promise<GatheredNat> {
    this.#nat?.close();
    const nat = new StreamNat({
      ...this.#network,
      stream: this.id,
      clock: this.#clock,
      random: this.#random,
      ports: this.#ports,
      emit: this.#emit,
      onData: (component, bytes, address, port) => this.#take(component, bytes, address, port),
      onRemote: (component, remote) => this.#found(component, remote),
    });
    this.#nat = nat;
    return nat.gather(choice);
  }

  /** @throws BadSettingsError that names the stream and what is wrong; nothing has changed then */
  configure(settings: StreamSettings): void {
    checkSettings(this.id, settings);
    if (this.#beginsAnew(settings)) this.#changeSource();
    this.#settings = settings;
    this.#shield(false);
    this.#protection.configure(settings.security);
    this.#sender.configure(settings, this.#tuning.dtmfEndPackets, this.#tuning.dtmfLevelDbm0);
    this.#receiver.configure(settings, this.#clock.now());
    this.#report();
    this.#quality.began();
    this.#nat?.configure(settings);
  }

  tune(tuning: MediaTuning): void {
    this.#tuning = tuning;
    this.#receiver.playout.tune(tuning.jitter);
    this.#receiver.demand(symmetryRule(tuning));
    this.#receiver.comfortNoise = tuning.comfortNoise !== false;
    if (this.#settings !== undefined)
      this.#sender.configure(this.#settings, tuning.dtmfEndPackets, tuning.dtmfLevelDbm0);
    this.#report();
    this.#quality.follow();
  }

  /** RTCP as it was tuned and negotiated. */
  #report(): void {
    const { rtcp, rtcpXr } = this.#tuning;
    this.#rtcp.extended = rtcpXr === true;
    this.#rtcp.reducedSize = this.#settings?.rtcpReducedSize === true;
    const { address, rtcpPort } = this.#settings?.remote ?? { address: "", rtcpPort: 0 };
    if (rtcp && rtcpPort > 0) this.#rtcp.start(address, rtcpPort);
    else this.#rtcp.stop();
  }

  /** A page that nobody sends. */
  get waits(): boolean {
    return this.#page === "listen" && !this.#receiver.receiving;
  }

  /** We hold the far end, and it may hear something meanwhile. */
  get held(): boolean {
    const settings = this.#settings;
    return settings?.direction === "sendonly" && settings.holdMusic !== false && this.#page === undefined;
  }

  /** How loud it is for everybody who hears it, dB. */
  setLevel(db: number): void {
    this.#level.setDb(Math.min(12, Math.max(-60, db)));
  }

  #hearing(on: boolean): void {
    if (this.#page === "listen" && !on) {
      this.#receiver.forgetSource();
      this.incoming.fill(0);
    }
    this.#emit({ type: "receiving", stream: this.id, on });
  }

  /** Queues a digit; false when it is none. */
  press(digit: string, durationMs: number): boolean {
    if (this.#sender.press(digit, durationMs)) return true;
    if (dtmfTone(digit, durationMs) === undefined) return false;
    this.#inBand.push({ digit, durationMs });
    return true;
  }

  /** Fills `incoming`. */
  receive(nowMs: number): void {
    if (this.waits) return;
    this.#receiver.pull(this.incoming, nowMs);
    this.#level.process(this.incoming);
    this.#levelIn.process(this.incoming);
    this.#quality.tick(nowMs);
    this.#watch(nowMs);
  }

  /**
   * Sends `outgoing`.
   * @param heard whether there is something to send, the microphone or music: a stream that may only send (we have it on
   * hold) is silent on the wire otherwise
   */
  transmit(heard: boolean): void {
    if (this.#page === "listen") return;
    const direction = this.#settings?.direction;
    const sending = direction === "sendrecv" || (direction === "sendonly" && heard);
    const inBand = this.#digits.active || this.#inBand.length > 0;
    if (inBand) this.#playDigits();
    this.#levelOut.process(this.outgoing);
    this.#sender.take(this.outgoing, sending);
  }

  statistics(): StreamStatistics {
    return this.#quality.statistics();
  }

  /** Idempotent; says goodbye by RTCP. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#quality.close();
    this.flight?.ended(this.#quality.worstMosLq, this.#emit);
    if (this.#tuning.rtcp && this.#settings !== undefined) this.#rtcp.bye(this.#sender.ssrc);
    this.#rtcp.stop();
    this.#nat?.close();
    this.#ports.rtp.close();
    this.#ports.rtcp.close();
  }

  #take(component: number, bytes: Uint8Array, address: string, port: number): void {
    const type = bytes[1] ?? 0;
    // RFC 5761 §4: RTCP beside RTP shows by its type.
    const isRtcp = component === 2 || (this.#settings?.rtcpMux === true && type >= 192 && type <= 223);
    if (isRtcp) this.#rtcp.take(bytes, address, this.#receiver.address);
    else this.#receiver.take(bytes, address, port, this.#sender.ssrc, this.#clock.now());
  }

  /** ICE chose a way, or another one. */
  #found(component: number, remote: Endpoint): void {
    if (component === 1) this.#receiver.expect(remote.address, remote.port);
    const isRtcp = component === 2 || this.#settings?.rtcpMux === true;
    if (isRtcp && this.#tuning.rtcp) this.#rtcp.start(remote.address, remote.port);
  }

  #sendRtcp(bytes: Uint8Array, size: number, address: string, port: number): void {
    const sealed = this.#protection.sealRtcp(bytes, size);
    if (sealed === undefined) return;
    const mux = this.#settings?.rtcpMux === true;
    if (this.#nat !== undefined) this.#nat.send(mux ? 1 : 2, sealed, sealed.length);
    else if (mux) this.#ports.rtp.send(sealed, sealed.length, address, port);
    else this.#ports.rtcp.send(sealed, sealed.length, address, port);
  }

  #send(bytes: Uint8Array, size: number): void {
    const remote = this.#settings?.remote;
    const sealedSize = this.#protection.sealRtp(bytes, size);
    if (sealedSize === 0) return;
    if (this.#nat !== undefined) this.#nat.send(1, bytes, sealedSize);
    else if (remote !== undefined && remote.port !== 0)
      this.#ports.rtp.send(bytes, sealedSize, remote.address, remote.port);
  }

  /** Another source has our number: ours changes, and the old one is taken leave of (RFC 3550 §8.2). */
  #collide(): void {
    const before = this.#sender.ssrc;
    this.#changeSource();
    this.#emit({
      type: "log",
      level: "warn",
      facts: { stream: this.id, before, now: this.#sender.ssrc, remote: this.#settings?.remote.address },
      message: "the far end uses our RTP source number: ours was changed",
    });
  }

  /** AUD-19: what is sent goes elsewhere, or goes out again after a pause: whoever measures it is not to take that for loss or delay. */
  #beginsAnew({ remote, direction }: StreamSettings): boolean {
    const before = this.#settings;
    if (before === undefined || this.#sender.ofSource.packets === 0 || this.#page !== undefined) return false;
    const moved = before.remote.address !== remote.address || before.remote.port !== remote.port;
    const resumed = before.direction !== "sendrecv" && direction === "sendrecv";
    return moved || resumed;
  }

  #changeSource(): void {
    if (this.#tuning.rtcp) this.#rtcp.bye(this.#sender.ssrc);
    this.#sender.changeSsrc(newSsrc(this.#random));
  }

  #source(ssrc: number, before: number | undefined): void {
    if (before === undefined) return;
    this.#emit({
      type: "log",
      level: "info",
      facts: { stream: this.id, before, now: ssrc, remote: this.#settings?.remote.address },
      message: "the far end sends from a new RTP source",
    });
  }

  /** Now and then: a flood from strangers must not cost the call its packets. */
  #watch(nowMs: number): void {
    if (nowMs < this.#flood.untilMs) return;
    const grown = this.#receiver.rejected - this.#flood.rejected;
    this.#flood.rejected = this.#receiver.rejected;
    const remote = this.#settings?.remote;
    if (this.#flood.shielded) {
      this.#shield(false);
      this.#flood.untilMs = nowMs + floodMs;
    } else if (grown > floodPackets && this.#flood.untilMs > 0 && remote !== undefined && this.#receiver.fromRemote) {
      this.#shield(true);
      this.#flood.untilMs = nowMs + shieldMs;
      this.#emit({
        type: "log",
        level: "warn",
        facts: { stream: this.id, port: this.port, packets: grown },
        message: "a flood of packets from strangers: only the peer's are let in for ten seconds",
      });
    } else this.#flood.untilMs = nowMs + floodMs;
  }

  #shield(on: boolean): void {
    const remote = this.#settings?.remote;
    // A socket that is shielded cannot reach a relay or a STUN server.
    if (on === this.#flood.shielded || remote === undefined || this.#nat !== undefined) return;
    this.#flood.shielded = on;
    this.#ports.rtp.shield(on ? { address: remote.address, port: remote.port } : undefined);
  }

  /** In-band digits replace the microphone, one after the other. */
  #playDigits(): void {
    if (!this.#digits.active) {
      const next = this.#inBand.shift();
      const level = this.#tuning.dtmfLevelDbm0;
      const tone = next === undefined ? undefined : dtmfTone(next.digit, next.durationMs, digitPauseMs, level);
      this.#digits.start(tone);
    }
    this.outgoing.fill(0);
    this.#digits.addTo(this.outgoing);
  }
}

function symmetryRule({ symmetricRtp }: MediaTuning): SymmetryRule {
  return symmetricRtp === 1 || symmetricRtp === 2 || symmetricRtp === 3 ? symmetricRtp : 0;
}

function newSsrc(random: () => number): number {
  return Math.floor(random() * 0x1_0000_0000) >>> 0;
}
