/** SRTP of one stream, both ways (RFC 3711): made of what was negotiated, changed by the next negotiation. No sockets, no clock. */
import type { StreamSecurity } from "../media/protocol.ts";
import { sameKey } from "./master-key.ts";
import { type ReceiveContext, SrtpReceiver } from "./receiver.ts";
import { type SendContext, SrtpSender } from "./sender.ts";

/** Packets that the replay list remembers: five seconds of the usual ones. */
const leastWindow = 256;
/** More than a far end's wish may ask for: bits are cheap, this much is senseless. */
const mostWindow = 16_384;

export interface SrtpEvents {
  /** The far end's sequence numbers wrapped. */
  readonly rollover: (ssrc: number, rollovers: number) => void;
  /** A key is nearly used up. Told once a key. */
  readonly ending: (whose: "ours" | "theirs") => void;
}

export class SrtpSession {
  #security: StreamSecurity;
  #sender: SrtpSender;
  #receiver: SrtpReceiver;

  constructor(security: StreamSecurity, events: SrtpEvents) {
    this.#security = security;
    this.#sender = new SrtpSender(sendingOf(security), () => events.ending("ours"));
    this.#receiver = new SrtpReceiver(receivingOf(security), {
      rollover: events.rollover,
      ending: () => events.ending("theirs"),
    });
  }

  get suite(): StreamSecurity["suite"] {
    return this.#security.suite;
  }

  get unauthenticated(): number {
    return this.#receiver.unauthenticated;
  }

  get replayed(): number {
    return this.#receiver.replayed;
  }

  /**
   * What the next negotiation agreed on; a key that stays goes on as it was.
   * @returns whether our RTP source must be a new one
   */
  change(security: StreamSecurity, nowMs: number): boolean {
    const before = this.#security;
    this.#security = security;
    const sameSuite = before.suite === security.suite;
    const receives =
      before.receive.length === security.receive.length &&
      before.receive.every((key, i) => {
        const other = security.receive[i];
        return other !== undefined && sameKey(key, other);
      });
    if (!sameSuite || !receives) this.#receiver.change(receivingOf(security), nowMs);
    const sends = sameKey(before.send, security.send) && before.plainRtcp === security.plainRtcp;
    return sameSuite && sends ? false : this.#sender.change(sendingOf(security));
  }

  /** In place, with room of `roomBehind` bytes behind it; 0 where the key is used up. */
  protectRtp(bytes: Uint8Array, size: number): number {
    return this.#sender.protectRtp(bytes, size);
  }

  /** A packet of its own; undefined where the key is used up. */
  protectRtcp(packet: Uint8Array, size: number): Uint8Array | undefined {
    return this.#sender.protectRtcp(packet, size);
  }

  /** The packet as RTP, good until the next call; undefined: counted and to be dropped. */
  unprotectRtp(packet: Uint8Array, nowMs: number): Uint8Array | undefined {
    return this.#receiver.unprotectRtp(packet, nowMs);
  }

  /** As `unprotectRtp`. */
  unprotectRtcp(packet: Uint8Array, nowMs: number): Uint8Array | undefined {
    return this.#receiver.unprotectRtcp(packet, nowMs);
  }
}

/** The most that a packet grows: tag or tag with roll-over counter, and the longest MKI, bytes. */
export const roomBehind = 24 + 128;

function sendingOf({ suite, send, plainRtcp }: StreamSecurity): SendContext {
  return { suite, key: send, plainRtcp };
}

function receivingOf({ suite, receive, windowPackets, resume }: StreamSecurity): ReceiveContext {
  return { suite, keys: receive, windowPackets: Math.min(mostWindow, Math.max(leastWindow, windowPackets)), resume };
}
