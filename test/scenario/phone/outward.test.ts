import { describe, expect, it } from "vitest";
import type { Moment } from "../../../src/phone/action-url.ts";
import type { Order } from "../../../src/phone/orders.ts";
import { account, answers, type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;

const moments = (desk: Desk) => {
  const told: Moment[] = [];
  desk.phone.outward.onMoment.on((moment) => void told.push(moment));
  return { told, names: () => told.splice(0).map(({ name }) => name) };
};

describe("what happens to a phone", () => {
  it("API-06: a call that comes in, is held, resumed and ended", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair();
    const a = moments(alice);
    const b = moments(bob);
    alice.phone.dial(uri(bob));
    await rig.run(50);
    expect(b.told[1]).toMatchObject({ name: "incoming_call", call: { direction: "in", remoteNumber: "offhook" } });
    expect(b.told[1]?.call?.callId).not.toBe("");
    expect(a.told.find(({ name }) => name === "outgoing_call")?.call?.callId).toBe(b.told[1]?.call?.callId);
    expect([a.names(), b.names()]).toEqual([
      ["handfree", "idle_to_busy", "outgoing_call"],
      ["idle_to_busy", "incoming_call"],
    ]);
    bob.phone.handset(true);
    await rig.run(50);
    expect([a.names(), b.names()]).toEqual([["call_established"], ["off_hook", "call_established"]]);
    bob.phone.toggleMute();
    bob.phone.toggleMute();
    bob.phone.hold();
    await rig.run(50);
    bob.phone.resume();
    await rig.run(50);
    expect([a.names(), b.names()]).toEqual([
      ["held", "unheld"],
      ["mute", "unmute", "hold", "unhold"],
    ]);
    bob.phone.handset(false);
    await rig.run(50);
    expect([a.names(), b.names()]).toEqual([
      ["call_terminated", "busy_to_idle"],
      ["on_hook", "call_terminated", "busy_to_idle"],
    ]);
  });

  it("API-06: calls that nobody takes: given up, refused, do-not-disturb, forwarded", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair();
    const a = moments(alice);
    const b = moments(bob);
    const call = async (then: () => void) => {
      a.names();
      b.names();
      alice.phone.dial(uri(bob));
      await rig.run(50);
      then();
      await rig.run(10_000);
      return [a.names().slice(-2), b.names().filter((name) => !/idle/.test(name))];
    };
    expect(await call(() => alice.phone.hangUp())).toEqual([
      ["cancel_callout", "busy_to_idle"],
      ["incoming_call", "call_remote_canceled", "missed_call"],
    ]);
    expect(await call(() => bob.phone.reject())).toEqual([
      ["remote_busy", "busy_to_idle"],
      ["incoming_call", "reject_incoming_call"],
    ]);
    bob.provision({ "features.dnd.enable": 1 });
    await rig.run(10);
    expect(await call(() => {})).toEqual([["call_terminated", "busy_to_idle"], ["missed_call"]]);
    bob.provision({ "features.dnd.enable": 0, "forward.always.enable": 1, "forward.always.target": "10.0.0.7" });
    await rig.run(10);
    expect((await call(() => alice.phone.hangUp()))[1]).toEqual(["forward_incoming_call"]);
  });

  it("ACC-37: registered, log-on, failed, unregistered, log-off, with the account's own address", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    const desk = await rig.desk("10.0.0.1", account("101", { "account.1.sip_server.1.expires": 60 }));
    const b = moments(desk);
    expect(desk.phone.outward.identityOf(1)).toEqual({ aor: "sip:101@10.0.0.9", displayName: "User 101" });
    server.refuse = 403;
    await rig.run(60_000);
    expect(b.names()).toEqual(["unregistered", "register_failed"]);
    server.refuse = undefined;
    desk.provision({ "account.1.password": "other" });
    await rig.run(1000);
    expect(b.names()).toContain("registered");
    desk.provision({ "account.1.enable": 0 });
    await rig.run(1000);
    expect(b.names()).toContain("log_off");
    desk.provision({ "account.1.enable": 1 });
    await rig.run(1000);
    expect(b.names()).toEqual(["registered", "log_on"]);
  });
});

async function ordered(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const server = await rig.server();
  const desk = await rig.desk("10.0.0.1", account("101", more));
  const orders: Order[] = [];
  desk.phone.outward.orders.onOrder.on((order) => void orders.push(order));
  const from = await rig.phone("10.0.0.8", "pbx2");
  const notify = async (event: string, user = "101") => {
    const request = { identity: from.identity, method: "NOTIFY", uri: `sip:${user}@10.0.0.1` };
    const [outcome] = await Promise.all([
      from.userAgent.request({ ...request, headers: [["Event", event]] as const }),
      rig.run(200),
    ]);
    return "response" in outcome ? outcome.response.status : 0;
  };
  return { rig, server, desk, orders, notify };
}

describe("orders of a server", () => {
  it.each([
    [0, "check-sync;reboot=true", 200, ["restart"]],
    [0, "check-sync;reboot=false", 200, ["settings"]],
    [0, "check-sync", 200, ["settings"]],
    [1, "check-sync;reboot=false", 200, ["restart"]],
    [2, "check-sync;reboot=true", 403, []],
  ] as const)("PRV-20: with sip.notify_reboot_enable = %i, %s is answered %i", async (enable, event, status, want) => {
    const { orders, notify } = await ordered({ "sip.notify_reboot_enable": enable });
    expect(await notify(event)).toBe(status);
    expect(orders).toEqual(want);
  });

  it("PRV-20: strangers order nothing where only servers are trusted, nor for numbers that are not ours", async () => {
    const trusted = await ordered({ "account.1.sip_trust_ctrl": 1 });
    expect(await trusted.notify("check-sync;reboot=true")).not.toBe(200);
    const open = await ordered();
    expect(await open.notify("check-sync;reboot=true", "999")).not.toBe(200);
    expect([trusted.orders, open.orders]).toEqual([[], []]);
  });

  it("CAL-89, PRV-20: calls are not disturbed: the order waits for their end, unless that is configured", async () => {
    for (const [now, want] of [
      [0, []],
      [1, ["restart"]],
    ] as const) {
      const { rig, server, desk, orders, notify } = await ordered({ "features.reboot_in_talk_enable": now });
      server.numbers.set("102", answers);
      desk.phone.dial("102");
      await rig.run(100);
      await notify("check-sync;reboot=true");
      await notify("check-sync;reboot=false");
      expect(orders).toEqual(now === 1 ? ["restart", "settings"] : want);
      if (now === 1) continue;
      expect(desk.phone.view.notices).toEqual(["Restarts after the call"]);
      desk.phone.hangUp();
      await rig.run(100);
      expect([orders, desk.phone.view.notices]).toEqual([["restart"], []]);
    }
  });
});

describe("transfer among several calls", () => {
  it("CAL-49: the transfer key, pressed again, connects the call with another one of ours", async () => {
    const rig = new PhoneRig();
    const settings = { ...open, "transfer.multi_call_trans_enable": 1 };
    const { alice, bob } = await rig.pair(settings);
    const carol = await rig.desk("10.0.0.3", settings);
    alice.phone.dial(uri(bob));
    await rig.run(50);
    bob.phone.answer();
    await rig.run(50);
    carol.phone.dial(uri(bob));
    await rig.run(50);
    bob.phone.answer();
    await rig.run(50);
    expect(bob.calls).toEqual(["in talking held local", "*in talking"]);
    bob.phone.transfer();
    await rig.run(50);
    expect(bob.phone.view.dial?.another?.number).toBe("offhook");
    bob.phone.transfer();
    await rig.run(5000);
    expect(bob.calls.filter((call) => call.includes("talking"))).toEqual([]);
    expect([alice.calls, carol.calls].flat().every((call) => call.includes("talking"))).toBe(true);
  });

  it("CAL-49: without it the key asks for a number only", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair();
    const carol = await rig.desk("10.0.0.3", open);
    for (const caller of [alice, carol]) {
      caller.phone.dial(uri(bob));
      await rig.run(50);
      bob.phone.answer();
      await rig.run(50);
    }
    bob.phone.transfer();
    await rig.run(50);
    expect(bob.phone.view.dial?.another).toBeUndefined();
    bob.phone.transfer();
    await rig.run(50);
    expect(bob.calls.filter((call) => call.includes("talking"))).toHaveLength(2);
  });
});

describe("voice messages", () => {
  it("CAL-69: dial tone stutters while messages wait, unless that is off; no alert, no lamp and no count", async () => {
    const { rig, desk } = await ordered();
    const from = await rig.phone("10.0.0.5", "mail");
    const tell = async (waiting: string) => {
      const body = `Messages-Waiting: ${waiting}\r\nVoice-Message: 1/0\r\n`;
      await Promise.all([
        from.userAgent.request({
          identity: from.identity,
          method: "NOTIFY",
          uri: "sip:101@10.0.0.1",
          headers: [["Event", "message-summary"]],
          contentType: "application/simple-message-summary",
          body,
        }),
        rig.run(200),
      ]);
    };
    const heard = async () => {
      desk.phone.handset(true);
      await rig.run(20);
      const { ear } = desk;
      desk.phone.handset(false);
      await rig.run(20);
      return ear;
    };
    expect(await heard()).toBe("dial");
    await tell("yes");
    expect([await heard(), desk.phone.view.voiceMail?.waiting]).toEqual(["message-waiting", 1]);
    desk.provision({ "features.voice_mail_tone_enable": 0, "features.voice_mail_alert.enable": 0 });
    await rig.run(20);
    expect([await heard(), desk.phone.view.voiceMail?.waiting]).toEqual(["dial", 0]);
    desk.provision({ "features.voice_mail_tone_enable": 1 });
    await tell("no");
    expect(await heard()).toBe("dial");
  });
});
