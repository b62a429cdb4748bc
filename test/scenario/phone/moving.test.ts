/** The machine's address changes under the phone: NET-42; the network goes away: CAL-93. */
import { describe, expect, it } from "vitest";
import type { NotifierSubscription } from "../../../src/sip/notifier.ts";
import { account, answers, type Desk, open, PhoneRig, serverAddress } from "./rig.ts";

const [first, second] = ["10.0.0.1", "10.0.0.11"];
const remote = (desk: Desk) => [...desk.media.streams.values()].map((s) => s.settings?.remote.address);

async function talking(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const alice = await rig.desk(first, { ...open, ...more }, "t46g", [second]);
  const bob = await rig.desk("10.0.0.2", open);
  alice.phone.dial(`sip:phone@${bob.address}`);
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(50);
  expect([alice.calls, bob.calls, remote(bob)]).toEqual([["*out talking"], ["*in talking"], [first]]);
  return { rig, alice, bob };
}

async function moveAway(rig: PhoneRig, desk: Desk) {
  rig.network.silence(first);
  await desk.move(second);
  await rig.run(500);
}

describe("another address", () => {
  it("NET-42: a call goes on: the stream is opened there, the far end is told, and its BYE arrives", async () => {
    const { rig, alice, bob } = await talking();
    await moveAway(rig, alice);
    expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect([remote(bob), remote(alice)]).toEqual([[second], ["10.0.0.2"]]);
    expect([alice.media.focus, alice.media.streams.size]).toEqual([[1], 1]);
    bob.phone.hangUp();
    await rig.run(100);
    expect(alice.calls).toEqual(["*out ended remote Call ended"]);
    expect([alice.errors, bob.errors]).toEqual([[], []]);
  });

  it("NET-42: a call that is held stays held, and is resumed from there", async () => {
    const { rig, alice, bob } = await talking();
    alice.phone.hold();
    await rig.run(50);
    await moveAway(rig, alice);
    expect([alice.calls, bob.calls]).toEqual([["*out talking held local"], ["*in talking held remote"]]);
    alice.phone.resume();
    await rig.run(50);
    expect([alice.calls, bob.calls, remote(bob)]).toEqual([["*out talking"], ["*in talking"], [second]]);
  });

  it("NET-42: a call that rings here can still be answered; one that rings there ends with the reason", async () => {
    const rig = new PhoneRig();
    const alice = await rig.desk(first, open, "t46g", [second]);
    const bob = await rig.desk("10.0.0.2", open);
    bob.phone.dial(`sip:phone@${first}`);
    await rig.run(50);
    await moveAway(rig, alice);
    alice.phone.answer();
    await rig.run(50);
    expect([alice.calls, bob.calls, remote(bob)]).toEqual([["*in talking"], ["*out talking"], [second]]);
    alice.phone.hangUp();
    await rig.run(10_000);
    rig.network.silence(first, false);
    const carol = await rig.desk("10.0.0.3", open, "t46g", ["10.0.0.13"]);
    carol.phone.dial(`sip:phone@${bob.address}`);
    await rig.run(50);
    await carol.move("10.0.0.13");
    await rig.run(50);
    expect(carol.calls).toEqual(["*out ended failed Network changed"]);
  });

  it("NET-42: the account registers its new Contact in place of the old, subscribes anew, and tells of it", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    const asked: NotifierSubscription[] = [];
    server.onSubscribe((subscription) => {
      asked.push(subscription);
      subscription.accept(undefined);
    });
    server.numbers.set("600", answers);
    const more = { "account.1.subscribe_mwi": 1 };
    const desk = await rig.desk(first, account("101", more), "t46g", [second]);
    await rig.run(500);
    const moments: string[] = [];
    desk.phone.outward.onMoment.on(({ name }) => moments.push(name));
    await moveAway(rig, desk);
    const register =
      rig.network.transits
        .map((t) => Buffer.from(t.bytes).toString())
        .filter((m) => /^REGISTER/.test(m))
        .at(-1) ?? "";
    expect(register.match(/^Contact: .*$/gim)?.join("\n")).toContain(`sip:101@${second}:5060`);
    expect(register).toMatch(new RegExp(`sip:101@${first.replaceAll(".", "\\.")}:5060[^\\r\\n]*;expires=0`));
    expect(asked.map(({ request }) => request.contacts[0]?.parsedUri?.host)).toEqual([first, second]);
    expect([desk.account, moments.includes("ip_change")]).toEqual(["registered", true]);
    desk.phone.dial("600");
    await rig.run(100);
    expect([desk.calls, desk.stream]).toEqual([["*out talking"], `sendrecv ${serverAddress}`]);
  });

  it("NET-42: an address that cannot be had leaves everything as it was", async () => {
    const { rig, alice, bob } = await talking();
    await expect(alice.move("10.0.0.99")).rejects.toThrow("10.0.0.99");
    bob.phone.hold();
    await rig.run(50);
    expect(alice.calls).toEqual(["*out talking held remote"]);
  });
});

describe("both families", () => {
  it("NET-05: each call goes by the family of its far end, whoever placed it, with media of the same", async () => {
    const rig = new PhoneRig();
    const alice = await rig.desk("10.0.0.1", open, "t46g", ["2001:db8::1"]);
    const [four, six] = [await rig.desk("10.0.0.2", open), await rig.desk("2001:db8::2", open)];
    for (const [other, uri, own] of [
      [four, "sip:phone@10.0.0.2", "10.0.0.1"],
      [six, "sip:phone@[2001:db8::2]", "2001:db8::1"],
    ] as const) {
      alice.phone.dial(uri);
      await rig.run(50);
      other.phone.handset(true);
      await rig.run(50);
      expect([other.calls, remote(other)]).toEqual([["*in talking"], [own]]);
      alice.phone.hangUp();
      await rig.run(10_000);
      other.phone.handset(false);
      other.phone.dial(own.includes(":") ? `sip:phone@[${own}]` : `sip:phone@${own}`);
      await rig.run(50);
      alice.phone.answer();
      await rig.run(50);
      expect([alice.calls, remote(other)]).toEqual([["*in talking"], [own]]);
      alice.phone.hangUp();
      await rig.run(10_000);
    }
    expect(alice.errors).toEqual([]);
  });
});

describe("no network", () => {
  it("NET-39: the cable is out: the LCD says so, and the call waits for it to come back", async () => {
    const { rig, alice } = await talking();
    alice.phone.plug("ethernet", false);
    await rig.run(100);
    expect([alice.phone.view.networkUp, alice.calls]).toEqual([false, ["*out talking"]]);
    alice.phone.plug("ethernet", true);
    expect(alice.phone.view.networkUp).toBe(true);
  });

  it("CAL-93: where that is configured, calls end with the network", async () => {
    const { rig, alice, bob } = await talking({ "phone_setting.end_call_net_disconnect.enable": 1 });
    rig.network.silence(first);
    alice.phone.plug("ethernet", false);
    await rig.run(100);
    expect([alice.calls, alice.media.streams.size, bob.calls]).toEqual([[], 0, ["*in talking"]]);
    rig.network.silence(first, false);
    alice.phone.plug("ethernet", true);
    await rig.run(5000);
    expect(bob.calls).toEqual([]);
  });
});
