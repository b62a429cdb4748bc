/** One user agent and a peer without a stack, with the calls that tests begin with. */
import { expect } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { describe, media, type Peer, type Phone, Rig, sdp } from "./rig.ts";

export const a = "10.0.0.1";
export const p = "10.0.0.9";
export const local = media(a);
export const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY";

export async function start(seed = 1, options: Parameters<Rig["phone"]>[2] = {}) {
  const rig = new Rig(seed);
  const peer = await rig.peer(p);
  return { rig, peer, alice: await rig.phone(a, "alice", options) };
}

export function call(alice: Phone, options = {}): Session {
  return alice.userAgent.invite({ identity: alice.identity, to: `sip:carol@${p}`, media: local, ...options });
}

/** An established call, placed by the phone. */
export async function talking(seed = 1) {
  const { rig, peer, alice } = await start(seed);
  const session = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p) });
  await rig.run(10);
  expect(peer.count("ACK")).toBe(1);
  expect(describe(session.state)).toBe("established");
  const invite = peer.last("INVITE");
  const inside = {
    callId: invite.callId,
    from: `<sip:carol@${p}>;tag=peer-tag`,
    toTag: invite.from.tag ?? "",
  };
  return { rig, peer, alice, session, invite, inside };
}

/** An established call, placed by the peer. */
export async function answered(seed = 1) {
  const { rig, peer, alice } = await start(seed);
  alice.act = (session) => session.answer(local);
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const ok = peer.responses.at(-1);
  const toTag = ok?.to.tag ?? "";
  peer.request("ACK", a, { toTag });
  await rig.run(10);
  const [session] = alice.incoming;
  if (session === undefined) throw new Error("no call came");
  return { rig, peer, alice, session, toTag };
}

export function last(peer: Peer): number {
  return peer.responses.at(-1)?.status ?? 0;
}
