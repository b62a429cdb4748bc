/** RTP and RTCP packets and keys for the tests of SRTP. */

import type { SrtpSuite, StreamSecurity } from "../../../src/media/protocol.ts";
import { SrtpSession } from "../../../src/srtp/session.ts";
import { factsOf } from "../../../src/srtp/suite.ts";

export const seedOfTests = 20_261_122;

/** The same numbers for the same seed, 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function rtpPacket(sequence: number, ssrc = 0x1234_5678, fill = sequence): Uint8Array {
  const bytes = new Uint8Array(12 + 160).fill(fill & 255, 12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x8000);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, sequence * 160);
  view.setUint32(8, ssrc);
  return bytes;
}

export function rtcpPacket(ssrc = 0x1234_5678): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x80c8_0006);
  view.setUint32(4, ssrc);
  view.setUint32(8, 0xdead_beef);
  return bytes;
}

export function keySaltOf(suite: SrtpSuite, fill: number): Uint8Array {
  const { keyBytes, saltBytes } = factsOf(suite);
  return Uint8Array.from({ length: keyBytes + saltBytes }, (_, i) => (i * 7 + fill) & 255);
}

export function securityOf(suite: SrtpSuite, ours: number, theirs: number): StreamSecurity {
  return {
    suite,
    send: { keySalt: keySaltOf(suite, ours), lifetimePackets: undefined, mki: undefined },
    receive: [{ keySalt: keySaltOf(suite, theirs), lifetimePackets: undefined, mki: undefined }],
    plainRtcp: false,
    windowPackets: 64,
  };
}

export interface Told {
  readonly rollovers: [ssrc: number, rollovers: number][];
  readonly ending: string[];
}

export function openSession(security: StreamSecurity): { readonly session: SrtpSession; readonly told: Told } {
  const told: Told = { rollovers: [], ending: [] };
  const session = new SrtpSession(security, {
    rollover: (ssrc, rollovers) => told.rollovers.push([ssrc, rollovers]),
    ending: (whose) => told.ending.push(whose),
  });
  return { session, told };
}

/** Both ends of a call. */
export function pairOf(suite: SrtpSuite) {
  return { near: openSession(securityOf(suite, 1, 2)), far: openSession(securityOf(suite, 2, 1)) };
}

/** As it goes out. */
export function sealed(session: SrtpSession, packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(packet.length + 200);
  bytes.set(packet);
  return bytes.slice(0, session.protectRtp(bytes, packet.length));
}
