/** A call with a music server beside it, for the tests of music on hold. */
import { expect } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { media } from "../sip/rig.ts";
import { type Desk, open, PhoneRig } from "./rig.ts";

export const musicAddress = "10.0.0.9";
export const withMusic = { ...open, "account.1.music_server_uri": `sip:music@${musicAddress}` };
export const musicFirst = { ...withMusic, "account.1.music_on_hold_type": 0 };

export const play = (session: Session) => session.answer(media(musicAddress));

export async function talking(settings: Readonly<Record<string, string | number>> = withMusic, act = play) {
  const rig = new PhoneRig();
  const music = await rig.phone(musicAddress, "music");
  music.act = act;
  const alice = await rig.desk("10.0.0.1", settings);
  const bob = await rig.desk("10.0.0.2");
  alice.phone.handset(true);
  alice.phone.dial("sip:phone@10.0.0.2");
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(100);
  expect(alice.calls).toEqual(["*out talking"]);
  rig.network.transits.length = 0;
  return { rig, alice, bob, music };
}

export const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

/** Nothing waits for ever once the calls are over, and nobody stumbled. */
export async function over(rig: PhoneRig, ...desks: readonly Desk[]) {
  for (const desk of desks) desk.phone.handset(false);
  await rig.run(70_000);
  for (const desk of desks) {
    expect(desk.calls).toEqual([]);
    expect(desk.errors).toEqual([]);
    expect(desk.userAgent.sessions).toBe(0);
  }
}
