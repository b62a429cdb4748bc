/** Music from a server for who is held (CAL-46, RFC 7088 §2.1): three agents, and all that can go wrong between them. */
import { describe, expect, it } from "vitest";
import type { SipRequest } from "../../../src/sip/message.ts";
import type { Session } from "../../../src/sip/session.ts";
import { media, type Peer, sdp } from "../sip/rig.ts";
import { account, type Desk, open, PhoneRig } from "./rig.ts";

const musicAddress = "10.0.0.9";
const withMusic = { ...open, "account.1.music_server_uri": `sip:music@${musicAddress}` };
const musicFirst = { ...withMusic, "account.1.music_on_hold_type": 0 };

const play = (session: Session) => session.answer(media(musicAddress));

async function talking(settings: Readonly<Record<string, string | number>> = withMusic, act = play) {
  const rig = new PhoneRig();
  const music = await rig.phone(musicAddress, "music");
  music.act = act;
  const alice = await rig.desk("10.0.0.1", settings);
  const bob = await rig.desk("10.0.0.2");
  alice.phone.handset(true);
  alice.phone.dial("sip:phone@10.0.0.2");
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(100);
  expect(alice.calls).toEqual(["*out talking"]);
  rig.network.transits.length = 0;
  return { rig, alice, bob, music };
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

/** Nothing waits for ever once the calls are over, and nobody stumbled. */
async function over(rig: PhoneRig, ...desks: readonly Desk[]) {
  for (const desk of desks) desk.phone.handset(false);
  await rig.run(70_000);
  for (const desk of desks) {
    expect(desk.calls).toEqual([]);
    expect(desk.errors).toEqual([]);
    expect(desk.userAgent.sessions).toBe(0);
  }
}

describe("music on hold from a server", () => {
  it("CAL-46: hold, then an offer of who is held goes to the server, and its answer back: sound goes between those two", async () => {
    const { rig, alice, bob, music } = await talking();
    alice.phone.hold();
    await rig.run(500);
    expect(rig.wire()).toEqual([
      "1>2 INVITE",
      "2>1 200 OK",
      "1>2 ACK",
      "1>2 INVITE",
      "2>1 200 OK",
      "1>9 INVITE",
      "9>1 200 OK",
      "1>9 ACK",
      "1>2 ACK",
    ]);
    expect(alice.calls).toEqual(["*out talking held local"]);
    expect(bob.calls).toEqual(["*in talking held remote"]);
    expect(bob.stream).toBe(`recvonly ${musicAddress}`);
    expect(alice.stream).toMatch(/^inactive /);
    const [asked] = music.incoming;
    expect(asked?.request.bodyText).toContain("c=IN IP4 10.0.0.2");
    expect(asked?.request.bodyText).toContain("a=recvonly");
    expect(asked?.request.bodyText).not.toContain("a=sendrecv");

    rig.network.transits.length = 0;
    alice.phone.resume();
    await rig.run(500);
    expect(rig.wire()).toEqual(
      expect.arrayContaining(["1>2 INVITE", "2>1 200 OK", "1>2 ACK", "1>9 BYE", "9>1 200 OK"]),
    );
    expect(alice.calls).toEqual(["*out talking"]);
    expect(bob.calls).toEqual(["*in talking"]);
    expect(bob.stream).toBe("sendrecv 10.0.0.1");
    expect(alice.stream).toBe("sendrecv 10.0.0.2");
    await over(rig, alice, bob);
  });

  it("CAL-46: the server can be called first, so that who is held never hears silence", async () => {
    const { rig, alice, bob } = await talking(musicFirst);
    alice.phone.hold();
    await rig.run(500);
    expect(rig.wire()).toEqual(["1>2 INVITE", "2>1 200 OK", "1>9 INVITE", "9>1 200 OK", "1>9 ACK", "1>2 ACK"]);
    expect(bob.stream).toBe(`recvonly ${musicAddress}`);
    expect(alice.calls).toEqual(["*out talking held local"]);
    await over(rig, alice, bob);
  });

  it("RFC 3264 §8: every description of the call keeps its name, and counts on through the server's", async () => {
    const { rig, alice, bob } = await talking();
    alice.phone.hold();
    await rig.run(500);
    alice.phone.resume();
    await rig.run(500);
    const origins = rig.network.transits
      .filter((t) => t.from.address === "10.0.0.1" && t.to.address === "10.0.0.2")
      .map((t) => /^o=- (\d+) (\d+) IN IP4 (\S+)/m.exec(text(t.bytes)))
      .filter((found) => found !== null);
    expect(origins.map((o) => [o[1], o[3]])).toEqual(Array(3).fill([origins[0]?.[1], "10.0.0.1"]));
    expect(origins.map((o) => Number(o[2]))).toEqual([2, 3, 4]);
    await over(rig, alice, bob);
  });

  const failures: readonly [what: string, act: (session: Session) => void, log: RegExp, afterMs: number][] = [
    ["refuses", (session) => session.reject(503), /503/, 500],
    ["never answers", (session) => session.ring(), /does not answer/, 5000],
    [
      "would play nothing",
      (session) => session.answer({ ...media(musicAddress), hold: true, holdStyle: "inactive" }),
      /nothing will be played/,
      500,
    ],
  ];
  for (const [what, act, why, afterMs] of failures)
    for (const [order, settings] of [
      ["after", withMusic],
      ["before", musicFirst],
    ] as const)
      it(`CAL-46: a server that ${what}, called ${order} the hold, leaves an ordinary hold and a line in the log`, async () => {
        const { rig, alice, bob } = await talking(settings, act);
        alice.phone.hold();
        await rig.run(afterMs);
        expect(alice.calls).toEqual(["*out talking held local"]);
        expect(bob.calls).toEqual(["*in talking held remote"]);
        expect(bob.stream).toMatch(/10\.0\.0\.1$/);
        expect(alice.log.filter((l) => l.startsWith("warn") && why.test(l))).toHaveLength(1);
        alice.phone.resume();
        await rig.run(500);
        expect(bob.stream).toBe("sendrecv 10.0.0.1");
        await over(rig, alice, bob);
      });

  it("CAL-46: a number that means nobody is told in the log, and the call is held", async () => {
    const { rig, alice, bob } = await talking({ ...open, "account.1.music_server_uri": "sip:@@" });
    alice.phone.hold();
    await rig.run(500);
    expect(bob.calls).toEqual(["*in talking held remote"]);
    expect(alice.log.filter((l) => l.includes("sip:@@"))).toHaveLength(1);
    await over(rig, alice, bob);
  });

  it("CAL-46: the server hangs up while it plays: who is held is told that nobody plays any more", async () => {
    const { rig, alice, bob, music } = await talking();
    alice.phone.hold();
    await rig.run(500);
    rig.network.transits.length = 0;
    music.incoming[0]?.hangUp();
    await rig.run(500);
    expect(rig.wire()).toContain("1>2 INVITE");
    expect(bob.stream).toMatch(/10\.0\.0\.1$/);
    expect(bob.calls).toEqual(["*in talking held remote"]);
    await over(rig, alice, bob);
  });

  // A way takes 1 ms.
  const moments = [...Array(13).keys(), 20, 40, 100];
  for (const ms of moments) {
    it(`CAL-46: resumed ${ms} ms after hold was pressed, the two hear each other`, async () => {
      const { rig, alice, bob } = await talking();
      alice.phone.hold();
      await rig.run(ms);
      alice.phone.resume();
      await rig.run(8000);
      expect(alice.calls).toEqual(["*out talking"]);
      expect(bob.calls).toEqual(["*in talking"]);
      expect(bob.stream).toBe("sendrecv 10.0.0.1");
      expect(alice.stream).toBe("sendrecv 10.0.0.2");
      await over(rig, alice, bob);
    });

    it(`CAL-46: whoever hangs up ${ms} ms after hold was pressed, nothing of it is left`, async () => {
      for (const who of ["alice", "bob"] as const) {
        const { rig, alice, bob, music } = await talking();
        alice.phone.hold();
        await rig.run(ms);
        if (who === "alice") alice.phone.hangUp();
        else bob.phone.hangUp();
        await rig.run(70_000);
        for (const desk of [alice, bob]) {
          expect(desk.errors).toEqual([]);
          expect(desk.userAgent.sessions).toBe(0);
        }
        expect(music.userAgent.sessions).toBe(0);
      }
    });
  }

  it("CAL-46: who is held holds too, and resumes: music comes again, and stops for good where that happens all the time", async () => {
    const { rig, alice, bob } = await talking();
    alice.phone.hold();
    await rig.run(500);
    for (let times = 1; times <= 4; times++) {
      expect(bob.stream).toBe(`recvonly ${times <= 3 ? musicAddress : "10.0.0.1"}`);
      bob.phone.hold();
      await rig.run(500);
      bob.phone.resume();
      await rig.run(5000);
    }
    alice.phone.resume();
    await rig.run(500);
    expect(bob.stream).toBe("sendrecv 10.0.0.1");
    await over(rig, alice, bob);
  });

  it("SEC-05: keys go from end to end: the server and who is held have each other's, and a new one ends it", async () => {
    const rig = new PhoneRig();
    const secret = { ...withMusic, "account.1.srtp_encryption": 2 };
    const music = await rig.desk(musicAddress, secret);
    const alice = await rig.desk("10.0.0.1", secret);
    const bob = await rig.desk("10.0.0.2", secret);
    alice.phone.handset(true);
    alice.phone.dial("sip:phone@10.0.0.2");
    await rig.run(50);
    bob.phone.handset(true);
    await rig.run(100);
    alice.phone.hold();
    await rig.run(200);
    music.phone.handset(true);
    await rig.run(200);
    const keysOf = (desk: Desk) => [...desk.media.streams.values()][0]?.settings?.security;
    expect(bob.stream).toBe(`recvonly ${musicAddress}`);
    expect(keysOf(bob)?.receive[0]?.keySalt).toEqual(keysOf(music)?.send.keySalt);
    alice.phone.resume();
    await rig.run(1000);
    expect(bob.stream).toBe("sendrecv 10.0.0.1");
    expect(keysOf(bob)?.receive[0]?.keySalt).toEqual(keysOf(alice)?.send.keySalt);
    expect(keysOf(alice)?.receive[0]?.keySalt).toEqual(keysOf(bob)?.send.keySalt);
    await over(rig, alice, bob);
  });

  it.each(["us", "them"])("ACC-24: session timers refreshed by %s leave the music playing", async (who) => {
    const rig = new PhoneRig();
    const server = await rig.server();
    server.numbers.set("music", play);
    const timer = {
      "account.1.session_timer.enable": 1,
      "account.1.session_timer.expires": 90,
      "account.1.session_timer.refresher": who === "us" ? 0 : 1,
      "account.1.music_server_uri": "music",
      "features.direct_ip_call_enable": 1,
    };
    const alice = await rig.desk("10.0.0.1", account("101", timer));
    const bob = await rig.desk("10.0.0.2");
    alice.phone.handset(true);
    alice.phone.dial("sip:phone@10.0.0.2");
    await rig.run(50);
    bob.phone.handset(true);
    await rig.run(100);
    alice.phone.hold();
    await rig.run(500);
    expect(bob.stream).toBe(`recvonly ${musicAddress}`);
    rig.network.transits.length = 0;
    await rig.run(200_000);
    expect(rig.wire().filter((l) => /^[12]>[12] (UPDATE|INVITE)/.test(l)).length).toBeGreaterThan(2);
    expect(bob.stream).toBe(`recvonly ${musicAddress}`);
    expect(bob.calls).toEqual(["*in talking held remote"]);
    await over(rig, alice, bob);
  });

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
