/** Encrypted calls as a person and the log see them: who gets one, the padlock, words where there is none, keys that are renewed. */
import { describe, expect, it } from "vitest";
import { type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;
const mode = (value: 0 | 1 | 2) => ({ ...open, "account.1.srtp_encryption": value });

async function call(alices: 0 | 1 | 2, bobs: 0 | 1 | 2) {
  const rig = new PhoneRig();
  const alice = await rig.desk("10.0.0.1", mode(alices));
  const bob = await rig.desk("10.0.0.2", mode(bobs));
  alice.phone.dial(uri(bob));
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(50);
  return { rig, alice, bob };
}

const securityOf = (desk: Desk) => [...desk.media.streams.values()][0]?.settings?.security;
const padlock = (desk: Desk) => desk.phone.view.calls.map((c) => c.encrypted);
const warnings = (desk: Desk) => desk.log.filter((line) => line.startsWith("warn: "));

describe("who gets an encrypted call", () => {
  it.each([
    [2, 2, true],
    [2, 1, true],
    [1, 2, true],
    [1, 1, true],
    [1, 0, false],
    [0, 1, false],
    [0, 0, false],
  ] as const)("SEC-05: %i calls %i; encrypted: %s, with each other's keys", async (alices, bobs, encrypted) => {
    const { alice, bob } = await call(alices, bobs);
    expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect([padlock(alice), padlock(bob)]).toEqual([[encrypted], [encrypted]]);
    const [one, other] = [securityOf(alice), securityOf(bob)];
    expect(one?.suite).toBe(encrypted ? "AEAD_AES_256_GCM" : undefined);
    expect(one?.send.keySalt).toEqual(other?.receive[0]?.keySalt);
    expect(one?.receive[0]?.keySalt).toEqual(other?.send.keySalt);
    if (encrypted) expect(one?.send.keySalt).not.toEqual(other?.send.keySalt);
  });

  it("SEC-05: whoever must be encrypted and cannot is not called, and both ends say why", async () => {
    const { rig, alice, bob } = await call(2, 0);
    expect(alice.calls).toEqual(["*out ended failed Encryption not accepted"]);
    expect(bob.phone.view.notices.join()).toMatch(/Encryption required/);
    expect(warnings(bob).join()).toMatch(
      /refused .* 488, encrypted audio \(RTP\/SAVP\) is offered, and encryption is off/,
    );
    await rig.run(11_000);
    expect(bob.phone.view.notices.join()).not.toMatch(/Encryption/);
    expect(bob.history).toEqual(["missed offhook 0"]);
  });

  it("SEC-05: a call in the clear to a phone that must be encrypted is refused before anybody rings", async () => {
    const { alice, bob } = await call(0, 2);
    expect(bob.rings).toBe(false);
    expect(alice.calls[0]).toMatch(/^\*out ended failed /);
    expect(bob.phone.view.notices.join()).toMatch(/Encryption required/);
    expect(warnings(bob).join()).toMatch(/488, encryption required/);
  });
});

describe("in an encrypted call", () => {
  it("SEC-05: hold and resume leave the keys as they are", async () => {
    const { rig, alice, bob } = await call(2, 2);
    const before = [securityOf(alice), securityOf(bob)];
    alice.phone.hold();
    await rig.run(100);
    expect(alice.calls).toEqual(["*out talking held local"]);
    alice.phone.resume();
    await rig.run(100);
    expect(alice.calls).toEqual(["*out talking"]);
    expect([securityOf(alice), securityOf(bob)]).toEqual(before);
  });

  it.each(["ours", "theirs"] as const)(
    "SEC-05: a key that nears its end (%s) is followed by others, both ways",
    async (whose) => {
      const { rig, alice, bob } = await call(2, 2);
      const before = securityOf(alice);
      const [stream = 0] = alice.media.streams.keys();
      alice.phone.mediaEvent({ type: "key-ending", stream, whose });
      await rig.run(200);
      const [one, other] = [securityOf(alice), securityOf(bob)];
      expect(one?.send.keySalt).not.toEqual(before?.send.keySalt);
      expect(one?.receive[0]?.keySalt).not.toEqual(before?.receive[0]?.keySalt);
      expect(one?.send.keySalt).toEqual(other?.receive[0]?.keySalt);
      expect(one?.receive[0]?.keySalt).toEqual(other?.send.keySalt);
      expect([padlock(alice), padlock(bob)]).toEqual([[true], [true]]);
    },
  );

  it("SEC-05: each call has keys of its own; that they travel without TLS is said once an account", async () => {
    const { rig, alice, bob } = await call(2, 2);
    const first = securityOf(alice)?.send.keySalt;
    alice.phone.hangUp();
    await rig.run(3000);
    bob.phone.handset(false);
    await rig.run(10_000);
    alice.phone.dial(uri(bob));
    await rig.run(50);
    bob.phone.handset(true);
    await rig.run(50);
    expect(alice.calls).toEqual(["*out talking"]);
    expect(securityOf(alice)?.send.keySalt).not.toEqual(first);
    expect(warnings(alice).filter((line) => line.includes("keys travel in signalling that is not"))).toHaveLength(1);
  });

  it("SEC-05: no key is ever in the log", async () => {
    const { rig, alice, bob } = await call(2, 2);
    alice.phone.hangUp();
    await rig.run(1000);
    for (const desk of [alice, bob]) {
      expect(desk.log.length).toBeGreaterThan(0);
      expect(desk.log.join("\n")).not.toMatch(/inline:|crypto:/);
    }
  });
});
