import { describe, expect, it } from "vitest";
import { type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;
const stars = (desk: Desk) => desk.address.replaceAll(".", "*");

/** Alice has called Bob; Carol and the rest of the world are idle. Bob is who transfers. */
async function talking(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...more });
  const carol = await rig.desk("10.0.0.3", open);
  alice.phone.dial(uri(bob));
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(50);
  expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
  return { rig, alice, bob, carol };
}

const transferOf = (desk: Desk) => desk.phone.view.calls.map((c) => c.transfer);

/** Who hears whom, by address. */
const hears = (desk: Desk) => desk.media.focus.map((id) => desk.media.streams.get(id)?.settings?.remote.address).sort();

/** Everything is over and nothing is left. */
async function rest(rig: PhoneRig, ...desks: Desk[]) {
  for (const desk of desks) for (const call of desk.phone.view.calls) desk.phone.hangUp(call.id);
  await rig.run(400_000);
  for (const desk of desks) {
    expect([desk.calls, desk.userAgent.sessions, desk.media.streams.size]).toEqual([[], 0, 0]);
    expect([desk.clock.live, desk.errors]).toEqual([0, []]);
  }
}

describe("blind transfer", () => {
  it("CAL-47: the transfer key holds the call and collects a number, pressed again it sends the caller there", async () => {
    const { rig, alice, bob, carol } = await talking();
    bob.phone.transfer();
    await rig.run(50);
    expect(bob.phone.view.dial).toMatchObject({ purpose: "transfer", digits: "" });
    expect(alice.calls).toEqual(["*out talking held remote"]);
    bob.press(stars(carol));
    bob.phone.transfer();
    await rig.run(50);
    expect(transferOf(bob)).toEqual([{ name: "transferring", to: "10*0*0*3" }]);
    expect([carol.calls, carol.rings]).toEqual([["*in incoming"], true]);
    expect(alice.calls).toEqual(["out talking held remote", "*out ringback"]);
    carol.phone.handset(true);
    await rig.run(50);
    expect(bob.calls).toEqual(["*in ended local Transferred"]);
    expect([alice.calls, carol.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect([hears(alice), hears(carol)]).toEqual([["10.0.0.3"], ["10.0.0.1"]]);
    await rig.run(3000);
    expect(bob.calls).toEqual([]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-47: putting the handset down completes it, where that is configured", async () => {
    const { rig, alice, bob, carol } = await talking();
    bob.phone.transfer();
    await rig.run(50);
    bob.press(stars(carol));
    bob.phone.handset(false);
    await rig.run(50);
    carol.phone.handset(true);
    await rig.run(50);
    expect([alice.calls, bob.calls, bob.media.path]).toEqual([
      ["*out talking"],
      ["*in ended local Transferred"],
      "none",
    ]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-47: without on-hook transfer the handset only ends the dialling, the call stays held", async () => {
    const { rig, alice, bob, carol } = await talking({ "transfer.blind_tran_on_hook_enable": 0 });
    bob.phone.transfer();
    await rig.run(50);
    bob.press(stars(carol));
    bob.phone.handset(false);
    await rig.run(200);
    expect([bob.calls, carol.calls, bob.phone.view.dial]).toEqual([["*in talking held local"], [], undefined]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-47: a transfer that fails says why, and the call comes back", async () => {
    const { rig, alice, bob, carol } = await talking();
    carol.phone.toggleDnd();
    bob.phone.transfer();
    await rig.run(50);
    bob.press(stars(carol));
    bob.phone.transfer();
    await rig.run(100);
    expect(bob.phone.view.notices).toEqual(["Transfer failed: Not available"]);
    expect([bob.calls, alice.calls]).toEqual([["*in talking"], ["*out talking", "out ended failed Not available"]]);
    expect([hears(bob), hears(alice)]).toEqual([["10.0.0.1"], ["10.0.0.2"]]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-47: a number that makes no sense leaves the call held and says so", async () => {
    const { rig, alice, bob, carol } = await talking();
    bob.phone.transfer();
    await rig.run(50);
    bob.press("77");
    bob.phone.transfer();
    await rig.run(50);
    expect([bob.calls, bob.phone.view.notices]).toEqual([["*in talking held local"], ["No account"]]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-47: a call that is taken back is nobody else's", async () => {
    const { rig, alice, bob, carol } = await talking();
    bob.phone.transfer();
    await rig.run(50);
    bob.press(stars(carol));
    bob.phone.transfer();
    await rig.run(50);
    bob.phone.resume();
    await rig.run(50);
    expect([bob.calls, transferOf(bob)]).toEqual([["*in talking"], [undefined]]);
    await rest(rig, alice, bob, carol);
  });

  it("RFC 3515 §2.4.2: who has put the call aside is not made to call anybody", async () => {
    const { rig, alice, bob, carol } = await talking();
    alice.phone.hold();
    await rig.run(50);
    bob.phone.transfer();
    await rig.run(50);
    bob.press(stars(carol));
    bob.phone.transfer();
    await rig.run(100);
    expect([carol.calls, bob.phone.view.notices]).toEqual([[], ["Transfer failed: Not available"]]);
    await rest(rig, alice, bob, carol);
  });
});

describe("attended transfer", () => {
  async function consulting(more: Record<string, string | number> = {}) {
    const desks = await talking(more);
    const { rig, bob, carol } = desks;
    bob.phone.transfer();
    await rig.run(50);
    bob.press(stars(carol));
    bob.phone.send();
    await rig.run(50);
    expect(bob.calls).toEqual(["in talking held local", "*out ringback"]);
    return desks;
  }

  it("CAL-49: dial, talk, and the transfer key connects the two others", async () => {
    const { rig, alice, bob, carol } = await consulting();
    carol.phone.handset(true);
    await rig.run(50);
    expect([hears(bob), hears(carol)]).toEqual([["10.0.0.3"], ["10.0.0.2"]]);
    bob.phone.transfer();
    await rig.run(100);
    expect([alice.calls, bob.calls, carol.calls]).toEqual([
      ["*out talking"],
      ["*in ended local Transferred"],
      ["*in talking"],
    ]);
    expect([hears(alice), hears(carol), carol.rings]).toEqual([["10.0.0.3"], ["10.0.0.1"], false]);
    expect(carol.media.path).toBe("handset");
    await rest(rig, alice, bob, carol);
  });

  it("CAL-49: so does putting the handset down, unless that is switched off", async () => {
    for (const on of [1, 0]) {
      const { rig, alice, bob, carol } = await consulting({ "transfer.on_hook_trans_enable": on });
      carol.phone.handset(true);
      await rig.run(50);
      bob.phone.handset(false);
      await rig.run(100);
      if (on === 1)
        expect([alice.calls, carol.calls, hears(carol)]).toEqual([["*out talking"], ["*in talking"], ["10.0.0.1"]]);
      else
        expect([alice.calls, bob.calls, carol.calls]).toEqual([
          ["*out talking held remote"],
          ["*in talking held local"],
          ["*in ended remote Call ended"],
        ]);
      await rest(rig, alice, bob, carol);
    }
  });

  it("CAL-49: where the other side refuses, both calls are as they were", async () => {
    const { rig, alice, bob, carol } = await consulting();
    carol.phone.handset(true);
    await rig.run(50);
    alice.phone.hold();
    await rig.run(50);
    bob.phone.transfer();
    await rig.run(100);
    expect(bob.phone.view.notices).toEqual(["Transfer failed: Not available"]);
    expect([bob.calls, carol.calls]).toEqual([["in talking held both", "*out talking"], ["*in talking"]]);
    expect(transferOf(bob)).toEqual([{ name: "failed", why: "Not available" }, undefined]);
    await rest(rig, alice, bob, carol);
  });

  it("RFC 3891 §3: a call that is held stays held when another takes its place", async () => {
    const { rig, alice, bob, carol } = await consulting();
    carol.phone.handset(true);
    await rig.run(50);
    carol.phone.hold();
    await rig.run(50);
    bob.phone.transfer();
    await rig.run(100);
    expect([alice.calls, carol.calls]).toEqual([["*out talking held remote"], ["*in talking held local"]]);
    carol.phone.resume();
    await rig.run(50);
    expect([alice.calls, carol.calls]).toEqual([["*out talking"], ["*in talking"]]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-48: while it rings there, our call is cancelled and the caller rings instead", async () => {
    const { rig, alice, bob, carol } = await consulting();
    bob.phone.transfer();
    await rig.run(100);
    expect([alice.calls, carol.calls]).toEqual([["out talking held remote", "*out ringback"], ["*in incoming"]]);
    carol.phone.handset(true);
    await rig.run(100);
    expect([alice.calls, bob.calls, carol.calls]).toEqual([
      ["*out talking"],
      ["*in ended local Transferred"],
      ["*in talking"],
    ]);
    await rest(rig, alice, bob, carol);
  });

  it("CAL-48: switched off, it waits for the answer", async () => {
    const { rig, alice, bob, carol } = await consulting({ "transfer.semi_attend_tran_enable": 0 });
    bob.phone.transfer();
    await rig.run(100);
    expect(bob.calls).toEqual(["in talking held local", "*out ringback"]);
    expect(bob.phone.view.notices).toEqual(["Transfer is possible once it is answered"]);
    await rest(rig, alice, bob, carol);
  });
});

describe("taking a call's place", () => {
  it("RFC 3891 §3: an INVITE with Replaces that cannot be answered leaves the old call as it was", async () => {
    const { rig, alice, bob, carol } = await talking();
    bob.phone.transfer();
    await rig.run(50);
    bob.press(stars(carol));
    bob.phone.send();
    await rig.run(50);
    carol.phone.handset(true);
    await rig.run(50);
    carol.media.noPort = "no port is left";
    bob.phone.transfer();
    await rig.run(300);
    expect(bob.phone.view.notices).toEqual(["Transfer failed: Server error"]);
    expect(bob.calls).toEqual(["in talking held local", "*out talking"]);
    expect(carol.calls).toContain("in talking");
    carol.media.noPort = undefined;
    await rest(rig, alice, bob, carol);
  });
});
