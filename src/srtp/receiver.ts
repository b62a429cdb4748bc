/** The receiving side of SRTP: whose keys, which index, whether a packet came before (RFC 3711 §3.2.3, §3.3). Keys that were replaced are good for a while. */
import type { SrtpMasterKey, SrtpSuite } from "../media/protocol.ts";
import { hasMki, MasterKey, removeMki } from "./master-key.ts";
import { readUint32, rolloversOf, rtpHeaderBytes } from "./packet-index.ts";
import { ReplayList } from "./replay-list.ts";

export interface ReceiveContext {
  readonly suite: SrtpSuite;
  readonly keys: readonly SrtpMasterKey[];
  readonly windowPackets: number;
  readonly resume?: { readonly ssrc: number; readonly rollovers: number } | undefined;
}

export interface ReceiverEvents {
  readonly rollover: (ssrc: number, rollovers: number) => void;
  /** A key of theirs is nearly used up; told once. */
  readonly ending: () => void;
}

/** Longest datagram that is looked at, and room for what a transform puts behind it, bytes. */
const mostBytes = 2048;
const roomBytes = 24;
/** How long replaced keys are good: the far end may change over as late as our answer is given up, ms. */
const changeOverMs = 32_000;
/** ... and after the first packet under the new ones: what was under way, ms. */
const stragglerMs = 2_000;
/** Keys that may be good at a time. */
const mostGenerations = 3;
/** Sources that are remembered; only an authentic packet makes one. */
const mostSources = 16;
/** Packets in a row that fail or seem to come again, after which a wrap that nobody saw is reckoned with. */
const suspiciousFailures = 5;
const rtcpWindow = 128;

interface Source {
  readonly list: ReplayList;
  failures: number;
  rollovers: number;
}

/** What one negotiation agreed on. */
interface Generation {
  readonly suite: SrtpSuite;
  readonly keys: readonly MasterKey[];
  readonly windowPackets: number;
  readonly rtp: Map<number, Source>;
  readonly rtcp: Map<number, ReplayList>;
  readonly resume: ReceiveContext["resume"];
  /** From when on it is no longer good. */
  untilMs: number;
}

export class SrtpReceiver {
  /** Packets that were not authentic, or too short to be any. STUN and the like (RFC 7983) do not count. */
  unauthenticated = 0;
  /** Packets that came before, or too late to tell. */
  replayed = 0;
  #generations: readonly Generation[];
  #events: ReceiverEvents;
  #scratch = new Uint8Array(mostBytes + roomBytes);

  constructor(context: ReceiveContext, events: ReceiverEvents) {
    this.#generations = [generationOf(context)];
    this.#events = events;
  }

  /** Other keys from now on; the ones before stay good for the change-over. */
  change(context: ReceiveContext, nowMs: number): void {
    for (const old of this.#generations) old.untilMs = Math.min(old.untilMs, nowMs + changeOverMs);
    this.#generations = [generationOf(context), ...this.#generations].slice(0, mostGenerations);
  }

  /** @returns the packet as RTP, good until the next call; undefined: counted and to be dropped */
  unprotectRtp(packet: Uint8Array, nowMs: number): Uint8Array | undefined {
    if (isSomethingElse(packet)) return undefined;
    const header = rtpHeaderBytes(packet, packet.length);
    if (header < 0 || packet.length > mostBytes) return this.#refuse(false);
    const ssrc = readUint32(packet, 8);
    const sequence = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
    let replay = false;
    for (let i = 0; i < this.#generations.length; i++) {
      const generation = this.#generations[i];
      if (generation === undefined || nowMs >= generation.untilMs) continue;
      const size = this.#tryRtp(generation, packet, header, ssrc, sequence);
      if (size >= 0) {
        if (i === 0) this.#leaveOld(nowMs);
        return this.#scratch.subarray(0, size);
      }
      if (size === came) replay = true;
    }
    return this.#refuse(replay);
  }

  /** As `unprotectRtp`, for RTCP. */
  unprotectRtcp(packet: Uint8Array, nowMs: number): Uint8Array | undefined {
    if (isSomethingElse(packet)) return undefined;
    if (packet.length < 12 || packet.length > mostBytes) return this.#refuse(false);
    let replay = false;
    for (const generation of this.#generations) {
      if (nowMs >= generation.untilMs) continue;
      const size = this.#tryRtcp(generation, packet);
      if (size >= 0) return this.#scratch.subarray(0, size);
      if (size === came) replay = true;
    }
    return this.#refuse(replay);
  }

  #tryRtp(generation: Generation, packet: Uint8Array, header: number, ssrc: number, sequence: number): number {
    const key = keyOf(generation, packet, "rtp");
    if (key === undefined) return forged;
    const { transform } = key;
    const scratch = this.#scratch;
    scratch.set(packet);
    const size = removeMki(scratch, packet.length, transform.rtpBehindMki, key.mki.length);
    const known = generation.rtp.get(ssrc);
    const first = known === undefined ? 0 : rolloversOf(sequence, known.list.highest);
    const tries = known === undefined ? this.#guesses(generation, ssrc, sequence) : [first];
    if (known !== undefined && known.failures >= suspiciousFailures) tries.push(first + 1 + (known.failures % 4));
    let replay = false;
    for (const rollovers of tries) {
      if (rollovers < 0) continue;
      const index = rollovers * 0x1_0000 + sequence;
      if (known?.list.isFresh(index) === false) {
        replay = true;
        continue;
      }
      const opened = transform.openRtp(scratch, header, size, ssrc, index);
      if (opened < 0) continue;
      this.#took(generation, key, ssrc, index);
      return opened;
    }
    if (known !== undefined) known.failures++;
    return replay ? came : forged;
  }

  #took(generation: Generation, key: MasterKey, ssrc: number, index: number): void {
    let source = generation.rtp.get(ssrc);
    if (source === undefined) {
      source = { list: new ReplayList(generation.windowPackets), failures: 0, rollovers: 0 };
      remember(generation.rtp, ssrc, source);
    }
    source.list.take(index);
    source.failures = 0;
    const rollovers = Math.floor(source.list.highest / 0x1_0000);
    if (rollovers !== source.rollovers) {
      source.rollovers = rollovers;
      this.#events.rollover(ssrc, rollovers);
    }
    // Deviates from RFC 3711 §9.2: theirs is used past its end, as people would rather hear than not; they are asked for
    // a new one, and it is for them not to send.
    key.rtpPackets++;
    if (key.isEnding()) this.#events.ending();
  }

  /**
   * How often a source that is not known yet may have wrapped. None as a rule (§3.3.1); once where its first packets
   * were lost at the wrap; as often as before where only the key, or our worker, is new.
   */
  #guesses(generation: Generation, ssrc: number, sequence: number): number[] {
    const tries: number[] = [];
    for (const older of this.#generations) {
      const source = older === generation ? undefined : older.rtp.get(ssrc);
      if (source !== undefined) tries.push(rolloversOf(sequence, source.list.highest));
    }
    const { resume } = generation;
    if (resume?.ssrc === ssrc) tries.push(resume.rollovers, resume.rollovers + 1, resume.rollovers - 1);
    tries.push(0, 1);
    return tries.filter((rollovers, i) => tries.indexOf(rollovers) === i);
  }

  #tryRtcp(generation: Generation, packet: Uint8Array): number {
    const key = keyOf(generation, packet, "rtcp");
    if (key === undefined) return forged;
    const { transform } = key;
    const scratch = this.#scratch;
    scratch.set(packet);
    const size = removeMki(scratch, packet.length, transform.rtcpBehindMki, key.mki.length);
    const at = size - 4 - transform.rtcpBehindMki;
    if (at < 8) return forged;
    const word = readUint32(scratch, at);
    const index = word & 0x7fff_ffff;
    const ssrc = readUint32(scratch, 4);
    const list = generation.rtcp.get(ssrc);
    if (list?.isFresh(index) === false) return came;
    const opened = transform.openRtcp(scratch, size, ssrc, index, word >= 0x8000_0000);
    if (opened < 0) return forged;
    const taken = list ?? new ReplayList(rtcpWindow);
    if (list === undefined) remember(generation.rtcp, ssrc, taken);
    taken.take(index);
    key.rtcpPackets++;
    return opened;
  }

  #leaveOld(nowMs: number): void {
    for (let i = 1; i < this.#generations.length; i++) {
      const old = this.#generations[i];
      if (old !== undefined && old.untilMs > nowMs + stragglerMs) old.untilMs = nowMs + stragglerMs;
    }
  }

  #refuse(replay: boolean): undefined {
    if (replay) this.replayed++;
    else this.unauthenticated++;
    return undefined;
  }
}

/** RTP and RTCP have version 2. */
function isSomethingElse(packet: Uint8Array): boolean {
  return (packet[0] ?? 0) >>> 6 !== 2;
}

/** Why a packet was not opened, where a size is expected. */
const forged = -1;
const came = -2;

function generationOf({ suite, keys, windowPackets, resume }: ReceiveContext): Generation {
  return {
    suite,
    keys: keys.map((key) => new MasterKey(suite, key)),
    windowPackets,
    rtp: new Map(),
    rtcp: new Map(),
    resume,
    untilMs: Number.POSITIVE_INFINITY,
  };
}

/** The key that a packet names, or the only one that names none. */
function keyOf({ keys }: Generation, packet: Uint8Array, of: "rtp" | "rtcp"): MasterKey | undefined {
  for (const key of keys) {
    const behind = of === "rtp" ? key.transform.rtpBehindMki : key.transform.rtcpBehindMki;
    if (hasMki(packet, packet.length, behind, key.mki)) return key;
  }
  return undefined;
}

/** The oldest makes way. */
function remember<T>(sources: Map<number, T>, ssrc: number, source: T): void {
  for (const oldest of sources.keys()) {
    if (sources.size < mostSources) break;
    sources.delete(oldest);
  }
  sources.set(ssrc, source);
}
