/** Music from a server for who is held (CAL-46, RFC 7088 §2.1): three agents, and all that can go wrong between them. */
import { describe, expect, it } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { media } from "../sip/rig.ts";
import { type Desk, open, PhoneRig } from "./rig.ts";

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

const sdp = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

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
      .map((t) => /^o=- (\d+) (\d+) IN IP4 (\S+)/m.exec(sdp(t.bytes)))
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
});
