import { describe, expect, it } from "vitest";
import { sdp } from "../sip/rig.ts";
import { type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;

async function talking(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...more });
  alice.phone.dial(uri(bob));
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(50);
  expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
  return { rig, alice, bob };
}

/** Carol calls Bob as well, who talks to Alice. */
async function waiting(more: Record<string, string | number> = {}) {
  const { rig, alice, bob } = await talking(more);
  const carol = await rig.desk("10.0.0.3", open);
  carol.phone.dial(uri(bob));
  await rig.run(50);
  return { rig, alice, bob, carol };
}

describe("where sound goes in a call", () => {
  it("AUD-21: handset, speaker and headset keys move it, and the call goes on", async () => {
    const { rig, bob } = await talking();
    bob.phone.plug("headset", true);
    bob.phone.speakerKey();
    expect(bob.media.path).toBe("speaker");
    bob.phone.headsetKey();
    expect(bob.media.path).toBe("headset");
    bob.phone.headsetKey();
    expect(bob.media.path).toBe("handset");
    bob.phone.speakerKey();
    bob.phone.handset(false);
    await rig.run(50);
    expect([bob.media.path, bob.calls]).toEqual(["speaker", ["*in talking"]]);
    bob.phone.handset(true);
    expect(bob.media.path).toBe("handset");
    bob.phone.speakerKey();
    bob.phone.handset(false);
    bob.phone.speakerKey();
    await rig.run(50);
    expect([bob.media.path, bob.calls]).toEqual(["none", []]);
    expect(bob.media.paths).toEqual([
      "handset",
      "speaker",
      "headset",
      "handset",
      "speaker",
      "handset",
      "speaker",
      "none",
    ]);
  });

  it("AUD-21: putting the handset down ends the call", async () => {
    const { rig, alice, bob } = await talking();
    bob.phone.handset(false);
    await rig.run(50);
    expect([bob.calls, bob.media.path, alice.calls]).toEqual([[], "none", ["*out ended remote Call ended"]]);
  });

  it("AUD-21: a headset that is unplugged leaves the call on the loudspeaker, or the lifted handset", async () => {
    const { bob } = await talking();
    bob.phone.plug("headset", true);
    bob.phone.headsetKey();
    bob.phone.plug("headset", false);
    expect([bob.media.path, bob.calls]).toEqual(["handset", ["*in talking"]]);
    bob.phone.plug("headset", true);
    bob.phone.headsetKey();
    bob.phone.handset(false);
    bob.phone.plug("headset", false);
    expect([bob.media.path, bob.calls]).toEqual(["speaker", ["*in talking"]]);
    bob.phone.headsetKey();
    expect([bob.media.path, bob.phone.view.notices]).toEqual(["speaker", ["No headset"]]);
  });

  it("CAL-90: mute lasts for the call, and longer where that is configured", async () => {
    const { rig, alice, bob } = await talking();
    bob.phone.toggleMute();
    expect([bob.media.mute, bob.phone.view.mute]).toEqual([true, true]);
    bob.phone.toggleMute();
    expect(bob.media.mute).toBe(false);
    bob.phone.toggleMute();
    bob.phone.handset(false);
    expect([bob.media.mute, bob.phone.view.mute]).toEqual([false, false]);
    bob.phone.toggleMute();
    expect(bob.media.mute).toBe(false);
    bob.provision({ "features.keep_mute.enable": 1 });
    await rig.run(3000);
    alice.phone.dial(uri(bob));
    await rig.run(50);
    bob.phone.answer();
    await rig.run(50);
    bob.phone.toggleMute();
    bob.phone.hangUp();
    expect([bob.media.mute, bob.phone.view.path]).toEqual([true, "none"]);
    bob.provision({ "features.allow_mute": 0 });
    bob.phone.toggleMute();
    expect(bob.media.mute).toBe(true);
  });

  it("AUD-11: each path and the ringer have a volume of their own, kept as what the person chose", async () => {
    const { rig, bob } = await talking();
    bob.phone.changeVolume(2);
    expect([bob.phone.view.volume, bob.phone.view.volumeOf, bob.media.volumes.get("ear")]).toEqual([10, "handset", 10]);
    expect(bob.phone.view.volumeShownUntilMs).toBeGreaterThan(rig.clock.now());
    bob.phone.speakerKey();
    expect([bob.phone.view.volume, bob.media.volumes.get("ear")]).toEqual([8, 8]);
    bob.phone.changeVolume(-100);
    bob.phone.handset(false);
    bob.phone.hangUp();
    bob.phone.changeVolume(1);
    expect([bob.phone.view.volumeOf, bob.media.volumes.get("ringer")]).toEqual(["ringer", 9]);
    expect(bob.kept).toEqual([
      ["voice.handset.spk_vol", "10"],
      ["voice.handfree.spk_vol", "0"],
      ["voice.ring_vol", "9"],
    ]);
    expect(bob.config.origin("voice.handset.spk_vol").layer).toBe("local");
    bob.config.clear("local");
    await rig.run(10);
    expect([bob.phone.view.volume, bob.media.volumes.get("ringer")]).toEqual([8, 8]);
  });

  it("CAL-78, CAL-80: digits in a call are sent to the far end and sound in the own ear", async () => {
    const { rig, bob } = await talking({ "features.dtmf.duration": 160, "features.dtmf.min_interval": 90 });
    bob.press("1#");
    expect(bob.media.digits).toEqual(["1:1:160"]);
    await rig.run(240);
    expect(bob.media.digits).toEqual(["1:1:160"]);
    await rig.run(20);
    expect(bob.media.digits).toEqual(["1:1:160", "1:#:160"]);
    expect([bob.ear, bob.phone.view.dial]).toEqual(["key", undefined]);
  });
});

describe("hold", () => {
  it("CAL-42: holding from one side, then from both, and back", async () => {
    const { rig, alice, bob } = await talking();
    alice.phone.hold();
    await rig.run(50);
    expect([alice.calls, bob.calls]).toEqual([["*out talking held local"], ["*in talking held remote"]]);
    expect([alice.media.focus, alice.stream, bob.stream]).toEqual([[], "sendonly 10.0.0.2", "recvonly 10.0.0.1"]);
    bob.phone.hold();
    await rig.run(50);
    expect([alice.calls, bob.calls]).toEqual([["*out talking held both"], ["*in talking held both"]]);
    alice.phone.resume();
    await rig.run(50);
    expect([alice.calls, bob.calls]).toEqual([["*out talking held remote"], ["*in talking held local"]]);
    bob.phone.resume();
    await rig.run(50);
    expect([alice.calls, bob.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect([alice.media.focus, bob.media.focus]).toEqual([[1], [1]]);
    expect([alice.stream, bob.stream]).toEqual(["sendrecv 10.0.0.2", "sendrecv 10.0.0.1"]);
  });

  it("CAL-42: a hold that the far end refuses is taken back, said in the log, and the call goes on", async () => {
    const rig = new PhoneRig();
    const bob = await rig.desk("10.0.0.2", open);
    const peer = await rig.peer("10.0.0.66");
    const invite = peer.request("INVITE", "10.0.0.2", { sdp: sdp("10.0.0.66") });
    await rig.run(50);
    bob.phone.answer();
    await rig.run(50);
    const accepted = peer.responses.at(-1);
    peer.request("ACK", "10.0.0.2", { toTag: accepted?.to.tag ?? "", callId: invite.callId });
    await rig.run(50);
    peer.onRequest = (request) => {
      if (request.method === "INVITE") peer.respond(request, 488, { tag: "" });
    };
    bob.phone.hold();
    expect(bob.calls).toEqual(["*in talking held local"]);
    await rig.run(50);
    expect([bob.calls, bob.media.focus]).toEqual([["*in talking"], [1]]);
    expect(bob.log.some((line) => line.startsWith("warn: call 1: hold or resume was refused"))).toBe(true);
  });

  it("CAL-42: a held call survives the handset being put down; nobody listens, and lifting it brings it back", async () => {
    const { rig, bob } = await talking();
    bob.phone.hold();
    bob.phone.handset(false);
    await rig.run(50);
    expect([bob.calls, bob.media.path, bob.ear]).toEqual([["*in talking held local"], "none", "none"]);
    bob.phone.handset(true);
    expect([bob.media.path, bob.ear, bob.phone.view.dial]).toEqual(["handset", "none", undefined]);
    bob.phone.handset(false);
    bob.phone.resume();
    await rig.run(50);
    expect([bob.calls, bob.media.path, bob.media.focus]).toEqual([["*in talking"], "speaker", [1]]);
  });

  it("CAL-42: with a parked call another one rings aloud and is answered by lifting", async () => {
    const { rig, bob } = await talking();
    bob.phone.hold();
    bob.phone.handset(false);
    const carol = await rig.desk("10.0.0.3", open);
    carol.phone.dial(uri(bob));
    await rig.run(50);
    expect([bob.rings, bob.ear]).toEqual([true, "none"]);
    bob.phone.handset(true);
    await rig.run(50);
    expect([bob.calls, bob.media.path]).toEqual([["in talking held local", "*in talking"], "handset"]);
  });
});

describe("two calls", () => {
  it("CAL-22: a second call is a tone in the ear; answering it holds the first; swapping and ending work", async () => {
    const { rig, alice, bob, carol } = await waiting();
    expect([bob.calls, bob.ear, bob.rings]).toEqual([["*in talking", "in incoming"], "call-waiting", false]);
    bob.phone.answer();
    await rig.run(50);
    expect(bob.calls).toEqual(["in talking held local", "*in talking"]);
    expect([bob.media.focus, bob.ear, bob.media.path]).toEqual([[2], "none", "handset"]);
    expect([alice.calls, carol.calls]).toEqual([["*out talking held remote"], ["*out talking"]]);
    bob.phone.swap();
    await rig.run(50);
    expect([bob.calls, bob.media.focus]).toEqual([["*in talking", "in talking held local"], [1]]);
    expect([alice.calls, carol.calls]).toEqual([["*out talking"], ["*out talking held remote"]]);
    bob.phone.hangUp();
    await rig.run(50);
    expect([bob.calls, alice.calls]).toEqual([["*in talking held local"], ["*out ended remote Call ended"]]);
    expect([bob.media.focus, bob.media.path]).toEqual([[], "handset"]);
    bob.phone.resume();
    await rig.run(50);
    expect([bob.calls, bob.media.focus, carol.calls]).toEqual([["*in talking"], [2], ["*out talking"]]);
    expect([...alice.errors, ...bob.errors, ...carol.errors]).toEqual([]);
  });

  it("CAL-22: the far end of the current call hangs up: the held one can be resumed", async () => {
    const { rig, bob, carol } = await waiting();
    bob.phone.answer();
    await rig.run(50);
    carol.phone.hangUp();
    await rig.run(50);
    expect(bob.calls).toEqual(["in talking held local", "*in ended remote Call ended"]);
    await rig.run(2100);
    expect(bob.calls).toEqual(["*in talking held local"]);
    bob.phone.resume();
    await rig.run(50);
    expect([bob.calls, bob.media.focus]).toEqual([["*in talking"], [1]]);
  });

  it("CAL-22: a waiting call that is refused, or gives up, leaves the first one alone", async () => {
    const { rig, bob, carol } = await waiting();
    bob.phone.reject();
    await rig.run(50);
    expect([bob.calls, bob.ear, carol.calls]).toEqual([["*in talking"], "none", ["*out ended failed Busy"]]);
    carol.phone.dial(uri(bob));
    await rig.run(50);
    expect(bob.ear).toBe("call-waiting");
    carol.phone.hangUp();
    await rig.run(50);
    expect([bob.calls, bob.ear, bob.phone.view.missedCalls]).toEqual([["*in talking"], "none", 1]);
  });

  it("CAL-22: putting the handset down while another call waits ends the first and lets the other ring aloud", async () => {
    const { rig, bob } = await waiting();
    bob.phone.handset(false);
    await rig.run(50);
    expect([bob.calls, bob.rings, bob.media.path]).toEqual([["*in incoming"], true, "none"]);
  });

  it("CAL-22: looking at the waiting call takes no sound from the one that goes on; answering it holds that one", async () => {
    const { rig, alice, bob, carol } = await waiting();
    bob.phone.selectCall(2);
    expect(bob.calls).toEqual(["in talking", "*in incoming"]);
    expect([bob.media.path, bob.media.focus, bob.ear, bob.rings]).toEqual(["handset", [1], "call-waiting", false]);
    bob.press("7");
    expect(bob.media.digits).toEqual(["1:7:100"]);
    bob.phone.answer(2);
    await rig.run(50);
    expect([bob.calls, bob.media.focus]).toEqual([["in talking held local", "*in talking"], [2]]);
    expect([alice.calls, carol.calls]).toEqual([["*out talking held remote"], ["*out talking"]]);
  });

  it("CAL-22: a waiting call that is looked at and gives up leaves the running one in the keys' hands", async () => {
    const { rig, bob, carol } = await waiting();
    bob.phone.selectCall(2);
    carol.phone.hangUp();
    await rig.run(50);
    expect([bob.calls, bob.media.focus]).toEqual([["*in talking"], [1]]);
  });

  it("CAL-22: without the tone a waiting call is only seen", async () => {
    const { bob } = await waiting({ "call_waiting.tone": 0 });
    expect([bob.calls, bob.ear, bob.rings]).toEqual([["*in talking", "in incoming"], "none", false]);
  });

  it("CAL-45: New call holds the first, dials a second, and cancelling leaves the first to be resumed", async () => {
    const { rig, alice, bob } = await talking();
    const carol = await rig.desk("10.0.0.3", open);
    bob.phone.newCall();
    expect([bob.ear, bob.media.path, bob.media.focus]).toEqual(["dial", "handset", []]);
    bob.phone.cancel();
    await rig.run(50);
    expect([bob.calls, bob.ear]).toEqual([["*in talking held local"], "none"]);
    bob.phone.newCall();
    bob.press("10*0*0*3#");
    await rig.run(50);
    expect(bob.calls).toEqual(["in talking held local", "*out ringback"]);
    carol.phone.answer();
    await rig.run(50);
    expect([bob.calls, alice.calls]).toEqual([["in talking held local", "*out talking"], ["*out talking held remote"]]);
    bob.phone.handset(false);
    await rig.run(50);
    expect([bob.calls, bob.media.path]).toEqual([["*in talking held local"], "none"]);
    bob.phone.lineKey(1);
    await rig.run(50);
    expect([bob.calls, bob.media.path, alice.calls]).toEqual([["*in talking"], "speaker", ["*out talking"]]);
  });

  it("CAL-45: dialling in a call holds it; looking at another call never leaves one running unseen", async () => {
    const { rig, bob } = await talking();
    await rig.desk("10.0.0.3", open);
    bob.phone.dial("sip:x@10.0.0.3");
    await rig.run(50);
    expect(bob.calls).toEqual(["in talking held local", "*out ringback"]);
    bob.phone.selectCall(1);
    expect(bob.phone.view.calls.filter((c) => c.current).length).toBe(1);
  });
});
