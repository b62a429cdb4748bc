/** Alice and Bob, and the calls between them that tests begin with. */
import { expect } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { describe, media, type Phone, Rig } from "./rig.ts";

export const a = "10.0.0.1";
export const b = "10.0.0.2";

export async function pair(seed = 1, conditions = {}): Promise<{ rig: Rig; alice: Phone; bob: Phone }> {
  const rig = new Rig(seed, conditions);
  return { rig, alice: await rig.phone(a, "alice"), bob: await rig.phone(b, "bob") };
}

export function call(alice: Phone, options = {}): Session {
  return alice.userAgent.invite({ identity: alice.identity, to: `sip:bob@${b}`, media: media(a), ...options });
}

export function only(phone: Phone): Session {
  const [session, ...others] = phone.incoming;
  if (session === undefined || others.length > 0) throw new Error(`${phone.incoming.length} calls came`);
  return session;
}

export async function talking(seed = 1, conditions = {}) {
  const { rig, alice, bob } = await pair(seed, conditions);
  bob.act = (session) => {
    session.ring();
    session.answer(media(b));
  };
  const out = call(alice);
  await rig.run(100);
  const incoming = only(bob);
  expect(describe(out.state)).toBe("established");
  expect(describe(incoming.state)).toBe("established");
  rig.network.transits.length = 0;
  return { rig, alice, bob, out, incoming };
}

/** Nothing is left of any call or transaction once every timer has run. */
export async function settled(rig: Rig, ...phones: Phone[]): Promise<void> {
  await rig.run(100_000);
  for (const phone of phones) {
    expect(phone.errors).toEqual([]);
    expect(phone.userAgent.sessions).toBe(0);
    expect(phone.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
  }
}
