import { describe, expect, it } from "vitest";
import { media as peerMedia } from "../sip/rig.ts";
import { account, answers, type Desk, PhoneRig, type Server, serverAddress } from "./rig.ts";

async function start(
  more: Record<string, string | number> = {},
): Promise<{ rig: PhoneRig; server: Server; desk: Desk }> {
  const rig = new PhoneRig();
  const server = await rig.server();
  server.numbers.set("600", answers);
  server.numbers.set("601", (session) => session.ring());
  server.numbers.set("603", (session) => session.reject(486));
  const desk = await rig.desk("10.0.0.1", account("101", more));
  expect(desk.account).toBe("registered");
  return { rig, server, desk };
}

describe("placing a call", () => {
  it("CAL-01: on hook digits are collected silently, Send dials hands-free, and the call log says so", async () => {
    const { rig, desk } = await start();
    desk.press("600");
    await rig.run(60_000);
    expect(desk.phone.view.dial).toMatchObject({ digits: "600", path: "none" });
    expect([desk.media.path, desk.ear, desk.calls]).toEqual(["none", "none", []]);
    desk.phone.send();
    expect(desk.calls).toEqual(["*out connecting"]);
    await rig.run(50);
    expect(desk.calls).toEqual(["*out talking"]);
    expect([desk.media.path, desk.media.focus, desk.stream]).toEqual(["speaker", [1], `sendrecv ${serverAddress}`]);
    await rig.run(7000);
    desk.phone.hangUp();
    await rig.run(100);
    expect([desk.calls, desk.media.path, desk.media.focus, desk.media.streams.size]).toEqual([[], "none", [], 0]);
    expect(desk.history).toEqual(["placed 600 7"]);
    expect(desk.errors).toEqual([]);
  });

  it("CAL-01: off hook there is dial tone until the first digit, and the number goes by itself after the inter-digit time", async () => {
    const { rig, desk } = await start({ "phone_setting.inter_digit_time": 3 });
    desk.phone.handset(true);
    expect([desk.media.path, desk.ear]).toEqual(["handset", "dial"]);
    desk.press("6");
    expect(desk.ear).toBe("key");
    await rig.run(2900);
    desk.press("00");
    await rig.run(2900);
    expect(desk.phone.view.dial?.digits).toBe("600");
    await rig.run(200);
    expect([desk.phone.view.dial, desk.calls]).toEqual([undefined, ["*out talking"]]);
    desk.phone.handset(false);
    await rig.run(100);
    expect([desk.calls, desk.media.path]).toEqual([[], "none"]);
  });

  it("CAL-01: a timer of a number that was given up does not send the next one early", async () => {
    const { rig, desk } = await start({ "phone_setting.inter_digit_time": 4, "features.call.dialtone_time_out": 8 });
    desk.phone.handset(true);
    await rig.run(1000);
    desk.press("6");
    desk.phone.handset(false);
    await rig.run(2000);
    desk.phone.handset(true);
    await rig.run(1500);
    desk.press("6");
    await rig.run(3000);
    expect([desk.phone.view.dial?.digits, desk.calls]).toEqual(["6", []]);
    desk.phone.cancel();
    desk.phone.handset(false);
    desk.phone.handset(true);
    await rig.run(7900);
    expect(desk.ear).toBe("dial");
    await rig.run(200);
    expect(desk.ear).toBe("busy");
  });

  it("CAL-02: without a digit dial tone ends: busy tone on the handset, back to idle on the loudspeaker", async () => {
    const { rig, desk } = await start();
    desk.phone.handset(true);
    await rig.run(15_100);
    expect([desk.ear, desk.media.path]).toEqual(["busy", "handset"]);
    desk.phone.handset(false);
    expect([desk.ear, desk.media.path]).toEqual(["none", "none"]);
    desk.phone.speakerKey();
    expect([desk.ear, desk.media.path]).toEqual(["dial", "speaker"]);
    await rig.run(15_100);
    expect([desk.ear, desk.media.path, desk.phone.view.dial]).toEqual(["none", "none", undefined]);
  });

  it("CAL-03: the send key dials at once; nothing collected, it is a digit", async () => {
    const { rig, desk } = await start();
    desk.phone.speakerKey();
    desk.press("600#");
    await rig.run(50);
    expect(desk.calls).toEqual(["*out talking"]);
    desk.phone.hangUp();
    desk.press("#1");
    expect(desk.phone.view.dial?.digits).toBe("#1");
  });

  it("CAL-13: with live dialpad a number is sent by time on hook too", async () => {
    const { rig, desk } = await start({ "phone_setting.predial_autodial": 1 });
    desk.press("600");
    await rig.run(4100);
    expect([desk.calls, desk.media.path]).toEqual([["*out talking"], "speaker"]);
  });

  it("CAL-15: redial calls what was dialled last, Send with nothing collected too, but never during a call", async () => {
    const { rig, desk } = await start();
    desk.phone.dial("600");
    await rig.run(50);
    desk.phone.send();
    await rig.run(50);
    expect(desk.calls).toEqual(["*out talking"]);
    desk.phone.hangUp();
    desk.phone.dial("603");
    await rig.run(50);
    desk.phone.cancel();
    desk.phone.redial();
    await rig.run(50);
    expect(desk.calls).toEqual(["*out ended failed Busy"]);
    desk.phone.cancel();
    desk.phone.send();
    await rig.run(50);
    expect(desk.history).toEqual(["placed 603 0", "placed 603 0", "placed 600 0"]);
    desk.phone.cancel();
    expect(desk.history.length).toBe(4);
  });

  it("CAL-37: busy is heard and shown for a while, on a lifted handset for longer", async () => {
    const { rig, desk } = await start();
    desk.phone.dial("603");
    await rig.run(50);
    expect([desk.calls, desk.ear, desk.media.streams.size]).toEqual([["*out ended failed Busy"], "busy", 0]);
    await rig.run(5000);
    expect([desk.calls, desk.ear, desk.media.path]).toEqual([[], "none", "none"]);
    desk.phone.handset(true);
    desk.press("603#");
    await rig.run(29_000);
    expect([desk.ear, desk.media.path]).toEqual(["busy", "handset"]);
    desk.phone.handset(false);
    expect([desk.calls, desk.ear, desk.media.path]).toEqual([[], "none", "none"]);
  });

  it("CAL-37: any other failure sounds as congestion and says what it is", async () => {
    const { rig, desk } = await start();
    desk.phone.dial("4711");
    await rig.run(50);
    expect([desk.calls, desk.ear]).toEqual([["*out ended failed Not found"], "congestion"]);
    rig.network.silence(serverAddress);
    desk.phone.cancel();
    desk.phone.dial("600");
    await rig.run(40_000);
    expect(desk.phone.history.length).toBe(2);
  });

  it("CAL-41: nobody answers there: given up after the ring-back time, the INVITE is cancelled", async () => {
    const { rig, desk } = await start({ "phone_setting.ringback_timeout": 20 });
    desk.phone.dial("601");
    await rig.run(19_000);
    expect([desk.calls, desk.ear]).toEqual([["*out ringback"], "ring-back"]);
    await rig.run(1100);
    expect(desk.calls).toEqual(["*out ended failed No answer"]);
    expect(rig.wire().filter((line) => line.endsWith("CANCEL")).length).toBe(1);
    expect(desk.media.streams.size).toBe(0);
  });

  it("CAL-38: the far end's own sound replaces ring-back when it arrives, and digits can be sent in it", async () => {
    const { rig, server, desk } = await start();
    server.numbers.set("700", (session) => session.ring(183, peerMedia(serverAddress)));
    desk.phone.dial("700");
    await rig.run(50);
    expect([desk.calls, desk.ear, desk.media.focus]).toEqual([["*out ringback"], "ring-back", [1]]);
    desk.phone.mediaEvent({ type: "receiving", stream: 1, on: true });
    expect([desk.calls, desk.ear]).toEqual([["*out ringback early"], "none"]);
    desk.press("5");
    expect(desk.media.digits).toEqual(["1:5:100"]);
    desk.phone.mediaEvent({ type: "receiving", stream: 1, on: false });
    expect(desk.ear).toBe("ring-back");
  });

  it("RFC 3264 §5.1: sound that comes before any answer is listened to, and replaces ring-back; nothing is sent yet", async () => {
    const { rig, server, desk } = await start();
    server.numbers.set("700", (session) => session.ring(180));
    desk.phone.dial("700");
    await rig.run(50);
    expect([desk.stream, desk.ear, desk.media.focus]).toEqual(["recvonly ", "ring-back", [1]]);
    desk.phone.mediaEvent({ type: "receiving", stream: 1, on: true });
    expect([desk.calls, desk.ear]).toEqual([["*out ringback early"], "none"]);
    // There is nobody yet to send digits to.
    desk.press("5");
    expect(desk.media.digits).toEqual([]);
  });

  it("CAL-01: hanging up before anything came back cancels and leaves nothing behind", async () => {
    const { rig, desk } = await start();
    desk.phone.dial("601");
    desk.phone.hangUp();
    await rig.run(1000);
    expect([desk.calls, desk.media.streams.size, desk.userAgent.sessions]).toEqual([[], 0, 0]);
    desk.phone.dial("601");
    await rig.run(50);
    desk.phone.cancel();
    await rig.run(60_000);
    expect([desk.calls, desk.media.streams.size, desk.userAgent.sessions]).toEqual([[], 0, 0]);
    expect(desk.history).toEqual(["placed 601 0", "placed 601 0"]);
  });

  it("AUD-05: a port that cannot be had ends the call with the reason", async () => {
    const { rig, desk } = await start();
    desk.media.noPort = "no free RTP port from 11780 to 11800";
    desk.phone.dial("600");
    await rig.run(50);
    expect(desk.calls).toEqual(["*out ended failed no free RTP port from 11780 to 11800"]);
    expect(desk.ear).toBe("congestion");
  });

  it("NET-23: sound ports come from the configured range, and from a usable one where that has no room", async () => {
    const { rig, desk } = await start({ "network.port.min_rtpport": 20_001, "network.port.max_rtpport": 20_010 });
    desk.phone.dial("600");
    await rig.run(50);
    expect(desk.media.ranges).toEqual([{ portMin: 20_002, portMax: 20_010 }]);
    desk.phone.hangUp();
    desk.provision({ "network.port.max_rtpport": 20_002 });
    desk.phone.dial("600");
    await rig.run(50);
    expect(desk.media.ranges[1]).toEqual({ portMin: 20_002, portMax: 20_022 });
  });

  it("ACC-31: an account that the model does not have dials with the default one", async () => {
    const { rig, desk } = await start();
    desk.phone.dial("600", 99);
    await rig.run(50);
    expect(desk.calls).toEqual(["*out talking"]);
  });
});
