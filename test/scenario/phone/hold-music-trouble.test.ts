/** Music from a server for who is held (CAL-46): all that can go wrong between three agents. */
import { describe, expect, it } from "vitest";
import type { SipRequest } from "../../../src/sip/message.ts";
import { type Peer, sdp } from "../sip/rig.ts";
import { musicAddress, musicFirst, over, play, talking, withMusic } from "./hold-music-kit.ts";
import { PhoneRig } from "./rig.ts";

describe("music on hold from a server, in trouble", () => {
  it("RFC 3261 §14.1: both hold in the same moment: both are held, and resuming brings both back", async () => {
    for (const settings of [withMusic, musicFirst]) {
      const { rig, alice, bob } = await talking(settings);
      alice.phone.hold();
      bob.phone.hold();
      await rig.run(10_000);
      expect(alice.calls).toEqual(["*out talking held both"]);
      // An answer that is inactive to who holds himself does not say why (RFC 3264 §6.1).
      expect(bob.calls[0]).toMatch(/held (both|local)$/);
      alice.phone.resume();
      bob.phone.resume();
      await rig.run(10_000);
      expect(alice.calls).toEqual(["*out talking"]);
      expect(bob.stream).toBe("sendrecv 10.0.0.1");
      await over(rig, alice, bob);
    }
  });

  it("CAL-46: whatever is pressed when, on a network that loses a tenth: in the end they talk, or nothing is left", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { rig, alice, bob, music } = await talking(seed % 2 === 0 ? withMusic : musicFirst);
      rig.network.conditions = { ...rig.network.conditions, delayMs: 20, jitterMs: 20, loss: 0.1 };
      let chance = seed * 7919;
      for (let n = 0; n < 12; n++) {
        chance = (chance * 1103515245 + 12345) % 2 ** 31;
        const [desk, act] = [[alice, bob][chance % 2] ?? alice, Math.floor(chance / 64) % 4];
        if (act === 0) desk.phone.hold();
        else if (act === 1) desk.phone.resume();
        else if (act === 2) music.incoming.at(-1)?.hangUp();
        await rig.run(Math.floor(chance / 512) % 1500);
      }
      rig.network.conditions = { ...rig.network.conditions, loss: 0 };
      await rig.run(40_000);
      alice.phone.resume();
      bob.phone.resume();
      await rig.run(40_000);
      if (alice.calls.length > 0) {
        expect(alice.calls, `seed ${seed}`).toEqual(["*out talking"]);
        expect([alice.stream, bob.stream], `seed ${seed}`).toEqual(["sendrecv 10.0.0.2", "sendrecv 10.0.0.1"]);
      }
      await over(rig, alice, bob);
      expect(music.userAgent.sessions, `seed ${seed}`).toBe(0);
    }
  });

  it("CAL-47: who is held with music is transferred, and the server is hung up", async () => {
    const { rig, alice, bob, music } = await talking();
    const carol = await rig.desk("10.0.0.3");
    alice.phone.hold();
    await rig.run(500);
    alice.phone.transfer();
    alice.press("10*0*0*3");
    alice.phone.transfer();
    await rig.run(500);
    carol.phone.handset(true);
    await rig.run(5000);
    expect(bob.calls).toContain("*out talking");
    expect(music.userAgent.sessions).toBe(0);
    expect(alice.userAgent.sessions).toBe(0);
    await over(rig, alice, bob, carol);
  });

  it("NET-42: another address of ours while music plays: who is held learns it, and music comes again", async () => {
    const rig = new PhoneRig();
    const music = await rig.phone(musicAddress, "music");
    music.act = play;
    const alice = await rig.desk("10.0.0.1", withMusic, "t46g", ["10.0.0.7"]);
    const bob = await rig.desk("10.0.0.2");
    alice.phone.handset(true);
    alice.phone.dial("sip:phone@10.0.0.2");
    await rig.run(50);
    bob.phone.handset(true);
    await rig.run(100);
    alice.phone.hold();
    await rig.run(500);
    await alice.move("10.0.0.7");
    await rig.run(5000);
    expect(bob.stream).toBe(`recvonly ${musicAddress}`);
    alice.phone.resume();
    await rig.run(500);
    expect(bob.stream).toBe("sendrecv 10.0.0.7");
    await over(rig, alice, bob);
  });

  /** Who is held has no SIP stack: what comes is answered as a test says. */
  async function withPeer(act: (peer: Peer, request: SipRequest, offerless: boolean) => void) {
    const rig = new PhoneRig();
    const music = await rig.phone(musicAddress, "music");
    music.act = play;
    const alice = await rig.desk("10.0.0.1", withMusic);
    const peer = await rig.peer("10.0.0.2");
    peer.onRequest = (request) => {
      if (request.method === "INVITE") act(peer, request, request.body.length === 0);
      else if (request.method !== "ACK") peer.respond(request, 200);
    };
    alice.phone.handset(true);
    alice.phone.dial("sip:peer@10.0.0.2");
    await rig.run(50);
    expect(alice.calls).toEqual(["*out talking"]);
    alice.phone.hold();
    return { rig, alice, music, peer };
  }
  const described = sdp("10.0.0.2");
  const answerOf = (request: SipRequest) =>
    request.bodyText.includes("sendonly") ? sdp("10.0.0.2", "recvonly") : described;

  it("CAL-46: who makes no offers is held without music, and the log says so once", async () => {
    const { rig, alice, music, peer } = await withPeer((held, request, offerless) => {
      if (offerless) held.respond(request, 488);
      else held.respond(request, 200, { sdp: answerOf(request) });
    });
    await rig.run(500);
    expect(alice.calls).toEqual(["*out talking held local"]);
    expect(music.incoming).toEqual([]);
    expect(alice.log.filter((l) => l.includes("held without music"))).toHaveLength(1);
    alice.phone.resume();
    await rig.run(500);
    expect(peer.last("INVITE").bodyText).toContain("a=sendrecv");
    await over(rig, alice);
  });

  it("RFC 3261 §13.2.2.4: copies of the 200 that wait for the server call nobody twice, and each gets its ACK then", async () => {
    let copies = () => {};
    const { rig, alice, music, peer } = await withPeer((held, request, offerless) => {
      held.respond(request, 200, { sdp: offerless ? described : answerOf(request) });
      if (offerless) copies = () => held.respond(request, 200, { sdp: described });
    });
    for (let n = 0; n < 6; n++) {
      await rig.run(n < 3 ? 1 : 500);
      copies();
    }
    await rig.run(3000);
    expect(music.incoming).toHaveLength(1);
    const waiting = peer.requests.filter(
      (r) => r.method === "ACK" && r.cseq.number === peer.last("INVITE").cseq.number,
    );
    expect(waiting.length).toBeGreaterThanOrEqual(3);
    for (const ack of waiting) expect(ack.bodyText).toContain(`c=IN IP4 ${musicAddress}`);
    alice.phone.hangUp();
    await over(rig, alice);
  });

  it("RFC 3261 §13.2.2.4: hung up while the server is asked, the ACK has an answer of ours and goes before the BYE", async () => {
    const { rig, alice, music, peer } = await withPeer((held, request, offerless) => {
      held.respond(request, 200, { sdp: offerless ? described : answerOf(request) });
    });
    music.act = (session) => session.ring();
    await rig.run(100);
    expect(music.incoming).toHaveLength(1);
    alice.phone.hangUp();
    await rig.run(100);
    const [ack, bye] = peer.requests.slice(-2);
    expect([ack?.method, bye?.method]).toEqual(["ACK", "BYE"]);
    expect(ack?.bodyText).toMatch(/c=IN IP4 10\.0\.0\.1[\s\S]*a=sendonly/);
    await over(rig, alice);
    expect(music.userAgent.sessions).toBe(0);
  });
});
