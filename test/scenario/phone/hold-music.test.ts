/** Music from a server for who is held (CAL-46, RFC 7088 §2.1): three agents, as it should go. */
import { describe, expect, it } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { media } from "../sip/rig.ts";
import { musicAddress, musicFirst, over, play, talking, text, withMusic } from "./hold-music-kit.ts";
import { account, type Desk, open, PhoneRig } from "./rig.ts";

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
});
