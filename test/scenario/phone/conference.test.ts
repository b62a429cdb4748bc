import { describe, expect, it } from "vitest";
import { type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;

const hears = (desk: Desk) =>
  desk.media.focus.map((id) => desk.media.streams.get(id)?.settings?.remote.address ?? "").sort();

/** Alice talks to Bob, holds him, and talks to Carol. */
async function consulting(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...more });
  const carol = await rig.desk("10.0.0.3", open);
  alice.phone.handset(true);
  alice.phone.dial(uri(bob));
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(50);
  alice.phone.conference();
  await rig.run(50);
  expect([alice.phone.view.dial?.purpose, bob.calls]).toEqual(["conference", ["*in talking held remote"]]);
  alice.press("10*0*0*3");
  alice.phone.send();
  await rig.run(50);
  carol.phone.handset(true);
  await rig.run(50);
  expect(alice.calls).toEqual(["out talking held local", "*out talking"]);
  return { rig, alice, bob, carol };
}

async function joined(more: Record<string, string | number> = {}) {
  const desks = await consulting(more);
  desks.alice.phone.conference();
  await desks.rig.run(50);
  return desks;
}

async function rest(rig: PhoneRig, ...desks: Desk[]) {
  for (const desk of desks) for (const call of desk.phone.view.calls) desk.phone.hangUp(call.id);
  await rig.run(400_000);
  for (const desk of desks) {
    expect([desk.calls, desk.userAgent.sessions, desk.media.streams.size]).toEqual([[], 0, 0]);
    expect([desk.clock.live, desk.errors]).toEqual([0, []]);
  }
}

describe("local conference", () => {
  it("CAL-55: the conference key joins both calls, and all three hear each other", async () => {
    const { rig, alice, bob, carol } = await joined();
    expect([alice.calls, bob.calls, carol.calls]).toEqual([
      ["out talking", "*out talking"],
      ["*in talking"],
      ["*in talking"],
    ]);
    expect(alice.phone.view.calls.map((c) => c.conference)).toEqual([true, true]);
    expect([hears(alice), hears(bob), hears(carol)]).toEqual([["10.0.0.2", "10.0.0.3"], ["10.0.0.1"], ["10.0.0.1"]]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-55: hold and resume act on both", async () => {
    const { rig, alice, bob, carol } = await joined();
    alice.phone.hold();
    await rig.run(50);
    expect([alice.calls, hears(alice)]).toEqual([["out talking held local", "*out talking held local"], []]);
    expect([bob.calls, carol.calls]).toEqual([["*in talking held remote"], ["*in talking held remote"]]);
    alice.phone.resume();
    await rig.run(50);
    expect(hears(alice)).toEqual(["10.0.0.2", "10.0.0.3"]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-55: Split holds both, and one of them can be gone on with", async () => {
    const { rig, alice, bob, carol } = await joined();
    alice.phone.split();
    await rig.run(50);
    expect([alice.calls, hears(alice)]).toEqual([["out talking held local", "*out talking held local"], []]);
    expect(alice.phone.view.calls.some((c) => c.conference)).toBe(false);
    alice.phone.swap();
    await rig.run(50);
    expect([alice.calls, hears(alice)]).toEqual([["*out talking", "out talking held local"], ["10.0.0.2"]]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-55: who leaves leaves the other two talking", async () => {
    const { rig, alice, bob, carol } = await joined();
    carol.phone.handset(false);
    await rig.run(50);
    expect(hears(alice)).toEqual(["10.0.0.2"]);
    await rig.run(5000);
    expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect(alice.phone.view.calls[0]?.conference).toBe(false);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-55: End Call ends both calls", async () => {
    const { rig, alice, bob, carol } = await joined();
    alice.phone.hangUp();
    await rig.run(50);
    expect([alice.calls, bob.calls, carol.calls]).toEqual([
      [],
      ["*in ended remote Call ended"],
      ["*in ended remote Call ended"],
    ]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-55: so does the handset, and nothing goes on unheard", async () => {
    const { rig, alice, bob, carol } = await joined();
    alice.phone.handset(false);
    await rig.run(50);
    expect([alice.calls, alice.media.path, hears(alice)]).toEqual([[], "none", []]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-55: two calls of any origin are joined by one press", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair();
    const carol = await rig.desk("10.0.0.3", open);
    for (const caller of [alice, carol]) {
      caller.phone.dial(uri(bob));
      await rig.run(50);
      bob.phone.answer();
      await rig.run(50);
    }
    bob.phone.conference();
    await rig.run(50);
    expect(hears(bob)).toEqual(["10.0.0.1", "10.0.0.3"]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-50: who leaves by hanging up leaves the others connected, where that is configured", async () => {
    const { rig, alice, bob, carol } = await joined({ "transfer.tran_others_after_conf_enable": 1 });
    alice.phone.handset(false);
    await rig.run(200);
    expect([bob.calls, carol.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect([hears(bob), hears(carol)]).toEqual([["10.0.0.3"], ["10.0.0.2"]]);
    await rig.run(3000);
    expect([alice.calls, alice.media.path]).toEqual([[], "none"]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-49: a conference member who is transferred away stays in it", async () => {
    const { rig, alice, bob, carol } = await joined();
    const dave = await rig.desk("10.0.0.4", open);
    carol.phone.transfer();
    await rig.run(50);
    carol.press("10*0*0*4");
    carol.phone.transfer();
    await rig.run(50);
    dave.phone.handset(true);
    await rig.run(100);
    expect(hears(alice)).toEqual(["10.0.0.2", "10.0.0.4"]);
    await rest(rig, alice, bob, carol, dave);
  });

  it("CAL-55: the switches: no conference on the phone, none with a call that is only held, all held ones at once", async () => {
    const off = await consulting();
    off.alice.provision({ "features.conference.local.enable": 0 });
    off.alice.phone.conference();
    expect([off.alice.phone.view.notices.at(-1), off.alice.phone.view.calls.some((c) => c.conference)]).toEqual([
      "Conferences are switched off",
      false,
    ]);
    for (const [previous, asked] of [
      [1, undefined],
      [0, "conference"],
    ] as const) {
      const rig = new PhoneRig();
      const { alice, bob } = await rig.pair({ ...open, "features.conference.with_previous_call.enable": previous });
      const carol = await rig.desk("10.0.0.3", open);
      for (const caller of [alice, carol]) {
        caller.phone.dial(uri(bob));
        await rig.run(50);
        bob.phone.answer();
        await rig.run(50);
      }
      bob.phone.conference();
      await rig.run(50);
      expect(bob.phone.view.dial?.purpose).toBe(asked);
    }
  });

  it("CAL-55: a third far end is one too many for a desk phone, and the person is told", async () => {
    const { rig, alice } = await joined();
    alice.phone.conference();
    await rig.run(50);
    expect([alice.phone.view.notices.at(-1), alice.phone.view.dial]).toEqual(["The conference is full", undefined]);
  });
});

describe("conference of five", () => {
  /** A CP860 with four far ends in its conference, called one after the other. */
  async function five(more: Record<string, string | number> = {}) {
    const rig = new PhoneRig();
    const host = await rig.desk("10.0.0.1", { ...open, ...more }, "cp860");
    const guests = [];
    for (const last of [2, 3, 4, 5]) guests.push(await rig.desk(`10.0.0.${last}`, open));
    const [first] = guests;
    if (first === undefined) throw new Error("no guest");
    host.phone.dial(uri(first));
    await rig.run(50);
    first.phone.handset(true);
    await rig.run(50);
    for (const guest of guests.slice(1)) {
      host.phone.conference();
      await rig.run(50);
      host.press(guest.address.replaceAll(".", "*"));
      host.phone.send();
      await rig.run(50);
      guest.phone.handset(true);
      await rig.run(50);
      host.phone.conference();
      await rig.run(50);
    }
    return { rig, host, guests };
  }

  it("CP8-02: four far ends are joined one by one, all hear each other, and a fifth is one too many", async () => {
    const { rig, host, guests } = await five();
    expect(hears(host)).toEqual(guests.map((guest) => guest.address));
    expect(host.phone.view.calls.map((c) => [c.conference, c.phase.name])).toEqual(guests.map(() => [true, "talking"]));
    for (const guest of guests) expect([guest.calls, hears(guest)]).toEqual([["*in talking"], ["10.0.0.1"]]);
    host.phone.conference();
    expect(host.phone.view.notices.at(-1)).toBe("The conference is full");
    await rest(rig, host, ...guests);
  });

  it("CP8-02: one is removed, one is taken out and held, the others go on; two of them are still a conference", async () => {
    const { rig, host, guests } = await five();
    const [a, b, c] = host.phone.view.calls;
    host.phone.party(a?.id ?? 0, "remove");
    await rig.run(50);
    expect(hears(host)).toEqual(["10.0.0.3", "10.0.0.4", "10.0.0.5"]);
    expect(guests[0]?.calls).toEqual(["*in ended remote Call ended"]);
    host.phone.party(b?.id ?? 0, "take");
    await rig.run(50);
    expect([hears(host), guests[1]?.calls]).toEqual([["10.0.0.4", "10.0.0.5"], ["*in talking held remote"]]);
    host.phone.party(c?.id ?? 0, "remove");
    await rig.run(50);
    expect(host.phone.view.calls.some((call) => call.conference)).toBe(false);
    expect(guests[3]?.calls).toEqual(["*in talking"]);
    await rest(rig, host, ...guests);
  });

  it("CP8-02: one is made louder or softer for the others, within bounds, and is as usual once he has left", async () => {
    const { rig, host, guests } = await five();
    const [a, b] = host.phone.view.calls;
    const level = (id: number | undefined) => host.media.levels.get(id ?? 0);
    expect(host.phone.view.conferenceRoom).toBe(undefined);
    host.phone.party(a?.id ?? 0, "louder");
    expect([level(a?.id), host.phone.view.calls[0]?.levelDb]).toEqual([3, 3]);
    for (let i = 0; i < 20; i++) host.phone.party(b?.id ?? 0, "softer");
    expect([level(b?.id), host.phone.view.calls[1]?.levelDb]).toEqual([-18, -18]);
    for (let i = 0; i < 20; i++) host.phone.party(b?.id ?? 0, "louder");
    expect(level(b?.id)).toBe(12);
    host.phone.party(b?.id ?? 0, "take");
    await rig.run(50);
    expect([level(b?.id), host.phone.view.calls[1]?.levelDb, host.phone.view.conferenceRoom]).toEqual([
      0,
      undefined,
      true,
    ]);
    host.phone.party(b?.id ?? 0, "louder");
    expect(level(b?.id)).toBe(0);
    await rest(rig, host, ...guests);
  });

  it("CP8-02: one is heard by nobody and hears all the others; unmuted he is heard again", async () => {
    const { rig, host, guests } = await five({ "account.1.hold_use_inactive": 1 });
    const [, muted] = host.phone.view.calls;
    host.phone.party(muted?.id ?? 0, "mute");
    await rig.run(50);
    const stream = () => host.media.streams.get(muted?.id ?? 0)?.settings?.direction;
    expect([host.phone.view.calls[1]?.peerMuted, stream(), hears(host).length]).toEqual([true, "sendonly", 4]);
    expect(guests[1]?.media.streams.get(1)?.settings?.direction).toBe("recvonly");
    host.phone.party(muted?.id ?? 0, "unmute");
    await rig.run(50);
    expect([host.phone.view.calls[1]?.peerMuted, stream(), guests[1]?.calls]).toEqual([
      undefined,
      "sendrecv",
      ["*in talking"],
    ]);
    host.phone.hold();
    await rig.run(50);
    expect([stream(), hears(host)]).toEqual(["inactive", []]);
    await rest(rig, host, ...guests);
  });

  it("CP8-02: Split holds all, and one press joins all that are held where that is configured", async () => {
    const { rig, host, guests } = await five({ "features.local_conf.combine_with_one_press.enable": 1 });
    host.phone.split();
    await rig.run(50);
    expect([hears(host), host.phone.view.calls.some((c) => c.conference)]).toEqual([[], false]);
    host.phone.resume();
    await rig.run(50);
    expect(hears(host).length).toBe(1);
    host.phone.conference();
    await rig.run(50);
    expect(hears(host)).toEqual(guests.map((guest) => guest.address));
    await rest(rig, host, ...guests);
  });
});
