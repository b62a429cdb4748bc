import { describe, expect, it } from "vitest";
import type { Phone } from "../../../src/phone/phone.ts";
import { media, sdp } from "../sip/rig.ts";
import { account, open, PhoneRig } from "./rig.ts";

const bobsUri = "sip:bob@10.0.0.2";

async function ringing(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...more });
  alice.phone.dial(bobsUri);
  await rig.run(50);
  expect([bob.calls, bob.rings, bob.media.path]).toEqual([["*in incoming"], true, "none"]);
  expect(alice.calls).toEqual(["*out ringback"]);
  return { rig, alice, bob };
}

const refusals = (rig: PhoneRig) => rig.wire().filter((line) => line.startsWith("2>1 4") || line.startsWith("2>1 6"));

describe("a call comes in", () => {
  it.each([
    ["lifting the handset", (p: Phone) => p.handset(true), "handset"],
    ["the speaker key", (p: Phone) => p.speakerKey(), "speaker"],
    ["the answer key", (p: Phone) => p.answer(), "speaker"],
    ["OK", (p: Phone) => p.send(), "speaker"],
    ["the line key", (p: Phone) => p.lineKey(1), "speaker"],
  ] as const)("CAL-19: %s answers it", async (_how, act, path) => {
    const { rig, alice, bob } = await ringing();
    act(bob.phone);
    await rig.run(50);
    expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect([bob.rings, bob.media.path, bob.media.focus, bob.stream]).toEqual([false, path, [1], "sendrecv 10.0.0.1"]);
    expect(bob.phone.view.calls[0]?.codec).not.toBe("");
    await rig.run(3000);
    alice.phone.hangUp();
    await rig.run(50);
    expect(bob.calls).toEqual(["*in ended remote Call ended"]);
    await rig.run(2100);
    expect([bob.calls, bob.media.path, bob.media.streams.size, bob.history]).toEqual([
      [],
      "none",
      0,
      ["received offhook 3"],
    ]);
    expect([...alice.errors, ...bob.errors]).toEqual([]);
  });

  it("CAL-19: with the headset plugged and chosen, answering without a key of its own goes there", async () => {
    const { rig, bob } = await ringing();
    bob.phone.plug("headset", true);
    bob.phone.headsetKey();
    await rig.run(50);
    expect([bob.calls, bob.media.path]).toEqual([["*in talking"], "headset"]);
  });

  it.each([
    [404, "Not Found"],
    [480, "Temporarily Unavailable"],
    [486, "Busy Here"],
    [603, "Decline"],
  ])("CAL-20: a call that the person refuses gets %i with its own reason phrase", async (status, phrase) => {
    const { rig, alice, bob } = await ringing({ "features.normal_refuse_code": status });
    bob.phone.reject();
    await rig.run(50);
    expect(refusals(rig)).toEqual([`2>1 ${status} ${phrase}`]);
    expect([bob.calls, bob.rings, bob.history, bob.phone.view.missedCalls]).toEqual([
      [],
      false,
      ["rejected offhook 0"],
      0,
    ]);
    expect(alice.calls[0]).toMatch(/^\*out ended failed /);
  });

  it("CAL-21: silencing stops the ringer; the call can still be answered", async () => {
    const { rig, bob } = await ringing();
    bob.phone.silence();
    expect([bob.calls, bob.rings]).toEqual([["*in incoming"], false]);
    bob.phone.answer();
    await rig.run(50);
    expect(bob.calls).toEqual(["*in talking"]);
  });

  it("DIR-11: a caller who gives up is a missed call, which is shown until it is looked at", async () => {
    const { rig, alice, bob } = await ringing();
    await rig.run(4000);
    alice.phone.hangUp();
    await rig.run(50);
    expect([bob.calls, bob.rings, bob.history, bob.phone.view.missedCalls]).toEqual([
      [],
      false,
      ["missed offhook 0"],
      1,
    ]);
    bob.phone.clearMissed();
    expect(bob.phone.view.missedCalls).toBe(0);
  });

  it("CAL-41: it stops ringing after the ringing time, and is then a missed call", async () => {
    const { rig, alice, bob } = await ringing({ "phone_setting.ringing_timeout": 30 });
    await rig.run(30_100);
    expect(refusals(rig)).toEqual(["2>1 480 Temporarily Unavailable"]);
    expect([bob.calls, bob.rings, bob.history]).toEqual([[], false, ["missed offhook 0"]]);
    expect(alice.calls).toEqual(["*out ended failed Not available"]);
  });

  it("CAL-41: a call that was answered in time is not given up later", async () => {
    const { rig, alice, bob } = await ringing({
      "phone_setting.ringing_timeout": 30,
      "phone_setting.ringback_timeout": 30,
    });
    bob.phone.answer();
    await rig.run(120_000);
    expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
  });

  it("CAL-19: lifting in the very moment in which the caller gives up leaves no half call", async () => {
    const { rig, alice, bob } = await ringing();
    alice.phone.hangUp();
    bob.phone.handset(true);
    await rig.run(3000);
    expect(alice.calls).toEqual([]);
    bob.phone.handset(false);
    await rig.run(40_000);
    expect([bob.calls, bob.media.streams.size, bob.userAgent.sessions, bob.media.path]).toEqual([[], 0, 0, "none"]);
  });

  it("AUD-05: without a sound port the caller hears of it, and so does the person", async () => {
    const { rig, alice, bob } = await ringing();
    bob.media.noPort = "no free RTP port";
    bob.phone.answer();
    await rig.run(100);
    expect(bob.calls).toEqual(["*in ended failed no free RTP port"]);
    expect(alice.calls[0]).toMatch(/^\*out ended failed/);
    await rig.run(60_000);
    expect([bob.userAgent.sessions, alice.userAgent.sessions]).toEqual([0, 0]);
  });
});

describe("who may ring", () => {
  it("CAL-27: do not disturb refuses with its code; the call is kept as missed, of the right account", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    const desk = await rig.desk("10.0.0.1", {
      ...account("101"),
      ...Object.fromEntries(Object.entries(account("102")).map(([k, v]) => [k.replace("account.1.", "account.2."), v])),
    });
    desk.phone.toggleDnd();
    expect([desk.phone.view.dnd, desk.kept]).toEqual([true, [["features.dnd.enable", "1"]]]);
    const call = server.call("sip:102@10.0.0.1");
    await rig.run(50);
    expect(call.state).toMatchObject({ name: "terminated", status: 480 });
    expect([desk.rings, desk.phone.view.missedCalls, desk.phone.history[0]?.account]).toEqual([false, 1, 2]);
    desk.phone.toggleDnd();
    server.call("sip:102@10.0.0.1");
    await rig.run(50);
    expect([desk.rings, desk.phone.view.calls[0]?.account]).toEqual([true, 2]);
  });

  it("ACC-17: a stranger is refused without ringing; without the trust check it rings", async () => {
    for (const trusted of [1, 0]) {
      const rig = new PhoneRig();
      await rig.server();
      const desk = await rig.desk(
        "10.0.0.1",
        account("101", { "account.1.sip_trust_ctrl": trusted, "features.direct_ip_call_enable": 0 }),
      );
      const stranger = await rig.peer("10.0.0.66");
      stranger.request("INVITE", "10.0.0.1", { sdp: sdp("10.0.0.66") });
      await rig.run(50);
      // "phone" is nobody here, "101" is what a scanner guesses some time.
      expect(stranger.responses.at(-1)?.status).toBe(403);
      const caller = await rig.phone("10.0.0.67", "scanner");
      const session = caller.userAgent.invite({
        identity: caller.identity,
        to: "sip:101@10.0.0.1",
        media: media("10.0.0.67"),
      });
      await rig.run(50);
      if (trusted === 1) {
        expect(session.state).toMatchObject({ name: "terminated", status: 403 });
        expect([desk.rings, desk.calls, desk.history, desk.phone.view.missedCalls]).toEqual([false, [], [], 0]);
      } else expect([session.state.name, desk.rings]).toEqual(["proceeding", true]);
    }
  });

  it("ACC-17: a flood of strangers is one line in the log and a count each ten seconds", async () => {
    const rig = new PhoneRig();
    await rig.server();
    const desk = await rig.desk("10.0.0.1", account("101", { "account.1.sip_trust_ctrl": 1 }));
    const scanner = await rig.peer("10.0.0.66");
    const before = desk.log.length;
    for (let i = 0; i < 300; i++) {
      scanner.request("INVITE", "10.0.0.1", {
        callId: `flood-${i}`,
        branch: `z9hG4bKflood${i}`,
        sdp: sdp("10.0.0.66"),
      });
      await rig.run(50);
    }
    await rig.run(60_000);
    const lines = desk.log.slice(before);
    expect(lines.length).toBe(3);
    expect(lines[0]).toBe("info: refused a stranger's call: sip:peer@10.0.0.66 at 10.0.0.66");
    expect(lines[1]).toMatch(/^info: refused \d+ more strangers' calls in 10 s, the last: sip:peer@10\.0\.0\.66/);
    expect(lines[2]).toMatch(/^info: refused \d+ more/);
    expect(desk.clock.live).toBeLessThan(5);
    expect(scanner.responses.filter((r) => r.status === 403).length).toBeGreaterThanOrEqual(300);
  });

  it("ACC-31: a call to the address is answered by itself where that is configured, after the delay", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({
      ...open,
      "features.ip_call.auto_answer.enable": 1,
      "features.auto_answer_delay": 2,
    });
    alice.phone.dial(bobsUri);
    await rig.run(1900);
    expect(bob.calls).toEqual(["*in incoming"]);
    await rig.run(200);
    expect([bob.calls, alice.calls, bob.media.path]).toEqual([["*in talking"], ["*out talking"], "speaker"]);
    // Somebody talks already: a second one is not let in by itself.
    const carol = await rig.desk("10.0.0.3", open);
    carol.phone.dial(bobsUri);
    await rig.run(5000);
    expect(bob.calls).toEqual(["*in talking", "in incoming"]);
  });

  it.each([
    ["the phone's own", {}, 850, 450],
    [
      "the configured one",
      { "features.custom_auto_answer_tone.enable": 1, "voice.tone.autoanswer": "500+600/300,0/50" },
      500,
      350,
    ],
    ["the phone's own, where that is not asked for", { "voice.tone.autoanswer": "500/300" }, 850, 450],
    ["the phone's own, where none is written", { "features.custom_auto_answer_tone.enable": 1 }, 850, 450],
    [
      "the phone's own, where it would not end",
      { "features.custom_auto_answer_tone.enable": 1, "voice.tone.autoanswer": "500/0" },
      850,
      450,
    ],
    [
      "the phone's own, where it cannot be read",
      { "features.custom_auto_answer_tone.enable": 1, "voice.tone.autoanswer": "loud" },
      850,
      450,
    ],
    ["none", { "features.auto_answer_tone.enable": 0 }, undefined, undefined],
  ] as const)("AUD-20: an automatic answer is told by a tone: %s", async (_, settings, hz, ms) => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({ ...open, "features.ip_call.auto_answer.enable": 1, ...settings });
    alice.phone.dial(bobsUri);
    await rig.run(1100);
    expect(bob.calls).toEqual(["*in talking"]);
    const tone = bob.media.played.findLast(({ target, tone }) => target === "ear" && tone !== undefined)?.tone;
    expect([tone?.parts[0]?.hz[0], tone?.parts.reduce((sum, part) => sum + part.ms, 0)]).toEqual([hz, ms]);
    const unreadable = String(Reflect.get(settings, "voice.tone.autoanswer") ?? "").match(/loud|\/0$/) !== null;
    expect(bob.log.some((line) => line.includes("the usual tone is played"))).toBe(unreadable);
  });

  it("AUD-01: an offer without a codec of ours is refused with 488 before it rings", async () => {
    const rig = new PhoneRig();
    const bob = await rig.desk("10.0.0.2", open);
    const peer = await rig.peer("10.0.0.66");
    peer.request("INVITE", "10.0.0.2", {
      sdp: sdp("10.0.0.66").replace("RTP/AVP 0 101", "RTP/AVP 18 101").replace("0 PCMU/8000", "18 G729/8000"),
    });
    await rig.run(50);
    expect(peer.responses.map((r) => `${r.status} ${r.reason}`)).toEqual(["488 Not Acceptable Here"]);
    expect([bob.rings, bob.calls, bob.phone.view.missedCalls]).toEqual([false, [], 0]);
    expect(bob.log.some((line) => line.includes("sip:peer@10.0.0.66: 488"))).toBe(true);
  });

  it("RFC 3261 §13.3.1: an INVITE without an offer rings, and gets ours in the answer", async () => {
    const rig = new PhoneRig();
    const bob = await rig.desk("10.0.0.2", open);
    const peer = await rig.peer("10.0.0.66");
    peer.request("INVITE", "10.0.0.2");
    await rig.run(50);
    expect(bob.rings).toBe(true);
    bob.phone.answer();
    await rig.run(50);
    expect(peer.responses.at(-1)?.status).toBe(200);
    expect(peer.responses.at(-1)?.bodyText).toContain("m=audio");
  });

  it("CAL-22: call waiting off: a second call gets 486 and does not disturb", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({ ...open, "call_waiting.enable": 0 });
    alice.phone.dial(bobsUri);
    await rig.run(50);
    bob.phone.answer();
    await rig.run(50);
    const carol = await rig.desk("10.0.0.3", open);
    carol.phone.dial(bobsUri);
    await rig.run(50);
    expect([carol.calls, bob.calls, bob.ear]).toEqual([["*out ended failed Busy"], ["*in talking"], "none"]);
    expect(bob.phone.view.missedCalls).toBe(1);
  });

  it("CAL-22: more calls than the phone can hold are refused as busy", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    const desk = await rig.desk("10.0.0.1", account("101"));
    for (let i = 0; i < 9; i++) server.call("sip:101@10.0.0.1");
    await rig.run(100);
    expect(desk.calls.length).toBe(8);
    expect(rig.wire().filter((line) => line.endsWith("486 Busy Here")).length).toBe(1);
    desk.phone.dial("600");
    expect(desk.calls.at(-1)).toBe("*out ended failed Too many calls");
  });
});
