/** Calls between two user agents over a simulated network: RFC 3261 §9, §13 to §15. */
import { expect, test } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { describe, follow, media, type Phone, Rig } from "./rig.ts";

const a = "10.0.0.1";
const b = "10.0.0.2";

async function pair(seed = 1, conditions = {}): Promise<{ rig: Rig; alice: Phone; bob: Phone }> {
  const rig = new Rig(seed, conditions);
  return { rig, alice: await rig.phone(a, "alice"), bob: await rig.phone(b, "bob") };
}

function call(alice: Phone, options = {}): Session {
  return alice.userAgent.invite({ identity: alice.identity, to: `sip:bob@${b}`, media: media(a), ...options });
}

function only(phone: Phone): Session {
  const [session, ...others] = phone.incoming;
  if (session === undefined || others.length > 0) throw new Error(`${phone.incoming.length} calls came`);
  return session;
}

async function talking(seed = 1, conditions = {}) {
  const { rig, alice, bob } = await pair(seed, conditions);
  bob.act = (session) => {
    session.ring();
    session.answer(media(b));
  };
  const out = call(alice);
  await rig.run(100);
  const incoming = only(bob);
  expect(describe(out.state)).toBe("established");
  expect(describe(incoming.state)).toBe("established");
  rig.network.transits.length = 0;
  return { rig, alice, bob, out, incoming };
}

/** Nothing is left of any call or transaction once every timer has run. */
async function settled(rig: Rig, ...phones: Phone[]): Promise<void> {
  await rig.run(100_000);
  for (const phone of phones) {
    expect(phone.errors).toEqual([]);
    expect(phone.userAgent.sessions).toBe(0);
    expect(phone.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
  }
}

test("RFC 3261 §13, §15: ring, answer, talk, the caller hangs up", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  const seenOut = follow(out);
  await rig.run(20);
  const incoming = only(bob);
  const seenIn = follow(incoming);
  await rig.run(50);
  incoming.answer(media(b));
  await rig.run(50);
  out.hangUp();
  await rig.run(50);
  expect(seenOut).toEqual(["proceeding 180", "established", "media sendrecv", "terminated local 200"]);
  expect(seenIn).toEqual(["established", "media sendrecv", "terminated remote 200"]);
  expect(rig.wire()).toEqual(["1>2 INVITE", "2>1 180 Ringing", "2>1 200 OK", "1>2 ACK", "1>2 BYE", "2>1 200 OK"]);
  await settled(rig, alice, bob);
});

test("RFC 3261 §15: the callee hangs up, with a reason for people", async () => {
  const { rig, alice, bob, out, incoming } = await talking();
  incoming.hangUp("Lunch time");
  await rig.run(50);
  expect(out.state).toMatchObject({ name: "terminated", by: "remote", status: 200, reason: "Lunch time" });
  expect(rig.wire()).toEqual(["2>1 BYE", "1>2 200 OK"]);
  await settled(rig, alice, bob);
});

test("RFC 5407 §3.2.3: both hang up at once, and each BYE is answered 200", async () => {
  const { rig, alice, bob, out, incoming } = await talking();
  out.hangUp();
  incoming.hangUp();
  await rig.run(50);
  expect(rig.wire().sort()).toEqual(["1>2 200 OK", "1>2 BYE", "2>1 200 OK", "2>1 BYE"]);
  await settled(rig, alice, bob);
});

test("RFC 3261 §13.2.1, ACC-34: the INVITE has no offer: the 200 offers, the ACK answers", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice, { earlyOffer: false });
  const seenOut = follow(out);
  await rig.run(20);
  const seenIn = follow(only(bob));
  only(bob).answer(media(b, 4002));
  await rig.run(50);
  expect(seenOut).toEqual(["proceeding 180", "established", "media sendrecv"]);
  expect(seenIn).toEqual(["established", "media sendrecv"]);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §13.3.1.1: early media in 183 is told before the answer, and once more with it", async () => {
  const { rig, alice, bob } = await pair();
  bob.act = (session) => session.ring(183, media(b));
  const out = call(alice);
  const seen = follow(out);
  await rig.run(50);
  expect(seen).toEqual(["proceeding 183", "media sendrecv"]);
  only(bob).answer(media(b));
  await rig.run(50);
  expect(seen).toEqual(["proceeding 183", "media sendrecv", "established", "media sendrecv"]);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §13.3.1.1: ringing is told again every minute, so that proxies keep waiting", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  await rig.run(150_000);
  expect(rig.wire().filter((line) => line === "2>1 180 Ringing")).toHaveLength(3);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §13.2.2.3: busy", async () => {
  const { rig, alice, bob } = await pair();
  bob.act = (session) => session.reject(486);
  const out = call(alice);
  await rig.run(50);
  expect(out.state).toMatchObject({ by: "failed", status: 486, reason: "Busy Here" });
  expect(describe(only(bob).state)).toBe("terminated local 486");
  await settled(rig, alice, bob);
});

test("RFC 3261 §8.2: an INVITE that nobody takes is answered 480", async () => {
  const { rig, alice, bob } = await pair();
  bob.act = () => undefined;
  const out = call(alice);
  await rig.run(50);
  expect(describe(out.state)).toBe("terminated failed 480");
  await settled(rig, alice, bob);
});

test("RFC 3261 §13.3.1.3: no codec in common is answered 488", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice, { media: { ...media(a), codecs: [{ name: "g722", payloadType: 9 }] } });
  await rig.run(20);
  only(bob).answer(media(b));
  await rig.run(50);
  expect(out.state).toMatchObject({ by: "failed", status: 488, reason: "Not Acceptable Here" });
  expect(Buffer.from(rig.network.transits.at(-2)?.bytes ?? []).toString()).toMatch(
    /\r\nWarning: 305 offhook "no common/,
  );
  expect(describe(only(bob).state)).toBe("terminated failed 488");
  await settled(rig, alice, bob);
});

test("RFC 3261 §9.1: the caller cancels while it rings", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  await rig.run(20);
  out.hangUp();
  expect(describe(out.state)).toBe("terminated local 487");
  await rig.run(50);
  expect(describe(only(bob).state)).toBe("terminated remote 487");
  expect(rig.wire().slice(2)).toEqual(["1>2 CANCEL", "2>1 200 OK", "2>1 487 Request Terminated", "1>2 ACK"]);
  await settled(rig, alice, bob);
});

test("RFC 3261 §9.1: cancelled before anything was heard, the CANCEL waits for a provisional response", async () => {
  const { rig, alice, bob } = await pair(3, { delayMs: 50 });
  const out = call(alice);
  await rig.run(20);
  out.hangUp();
  await rig.run(20);
  expect(rig.wire()).toEqual(["1>2 INVITE"]);
  await rig.run(400);
  expect(rig.wire()).toContain("1>2 CANCEL");
  expect(describe(only(bob).state)).toBe("terminated remote 487");
  await settled(rig, alice, bob);
});

test("RFC 3261 §9.1: the 200 crosses the CANCEL: the call is acknowledged and hung up", async () => {
  const { rig, alice, bob } = await pair(4, { delayMs: 20 });
  const out = call(alice);
  const seen = follow(out);
  await rig.run(100);
  only(bob).answer(media(b));
  out.hangUp();
  await rig.run(200);
  expect(seen).toEqual(["proceeding 180", "terminated local 487"]);
  expect(describe(only(bob).state)).toBe("terminated remote 200");
  expect(rig.wire().filter((l) => l.startsWith("1>2"))).toEqual(["1>2 INVITE", "1>2 CANCEL", "1>2 ACK", "1>2 BYE"]);
  await settled(rig, alice, bob);
});

test("RFC 3261 §13.2.2.4: a lost ACK is sent again with the repeated 200", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  await rig.run(20);
  const incoming = only(bob);
  incoming.answer(media(b));
  rig.network.silence(a);
  await rig.run(300);
  rig.network.silence(a, false);
  await rig.run(2000);
  expect(describe(out.state)).toBe("established");
  const twoHundreds = rig.wire().filter((l) => l === "2>1 200 OK").length;
  await rig.run(20_000);
  expect(rig.wire().filter((l) => l === "2>1 200 OK")).toHaveLength(twoHundreds);
  incoming.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §13.3.1.4: no ACK within 64*T1: the callee gives up with BYE", async () => {
  const { rig, alice, bob } = await pair();
  call(alice);
  await rig.run(20);
  const incoming = only(bob);
  rig.network.silence(a);
  incoming.answer(media(b));
  await rig.run(31_900);
  expect(describe(incoming.state)).toBe("established");
  await rig.run(200);
  expect(incoming.state).toMatchObject({ by: "failed", status: 408 });
  // T1 doubled up to T2: after 0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5 and 31.5 s.
  expect(rig.wire().filter((l) => l === "2>1 200 OK")).toHaveLength(11);
  expect(rig.wire()).toContain("2>1 BYE");
});

test("RFC 3261 §15: hung up before the ACK came, the callee's BYE waits for it", async () => {
  const { rig, alice, bob } = await pair(7, { delayMs: 100 });
  const out = call(alice);
  await rig.run(300);
  const incoming = only(bob);
  incoming.answer(media(b));
  await rig.run(50);
  incoming.hangUp();
  await rig.run(100);
  expect(rig.wire()).not.toContain("2>1 BYE");
  await rig.run(500);
  expect(rig.wire()).toContain("2>1 BYE");
  expect(describe(out.state)).toBe("terminated remote 200");
  await settled(rig, alice, bob);
});

test("CAL-42: hold and resume, by the caller", async () => {
  const { rig, alice, bob, out, incoming } = await talking();
  const seenOut = follow(out);
  const seenIn = follow(incoming);
  out.hold();
  expect(out.localHold).toBe(true);
  await rig.run(50);
  expect(incoming.remoteHold).toBe(true);
  expect(seenOut).toEqual(["media sendonly"]);
  expect(seenIn).toEqual(["media recvonly held"]);
  out.resume();
  await rig.run(50);
  expect(seenOut.at(-1)).toBe("media sendrecv");
  expect(seenIn.at(-1)).toBe("media sendrecv");
  expect(rig.wire()).toEqual([...["1>2 INVITE", "2>1 200 OK", "1>2 ACK"], ...["1>2 INVITE", "2>1 200 OK", "1>2 ACK"]]);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3264 §8.4: both hold, each takes back its own hold", async () => {
  const { rig, alice, bob, out, incoming } = await talking();
  out.hold();
  await rig.run(50);
  incoming.hold();
  await rig.run(50);
  expect([out.localHold, out.remoteHold, incoming.localHold, incoming.remoteHold]).toEqual([true, true, true, true]);
  const seenOut = follow(out);
  out.resume();
  await rig.run(50);
  expect([out.localHold, out.remoteHold, incoming.localHold, incoming.remoteHold]).toEqual([false, true, true, false]);
  incoming.resume();
  await rig.run(50);
  expect(seenOut.at(-1)).toBe("media sendrecv");
  expect([out.remoteHold, incoming.remoteHold]).toEqual([false, false]);
  incoming.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §14.1: glare: both change at once, both get 491, the callee tries again first", async () => {
  const { rig, alice, bob, out, incoming } = await talking(11, { delayMs: 20 });
  const seenOut = follow(out);
  const seenIn = follow(incoming);
  out.hold();
  incoming.hold();
  await rig.run(150);
  expect(rig.wire().filter((l) => l.includes("491"))).toHaveLength(2);
  await rig.run(2000);
  // The callee waits 0 to 2 s, the owner of the Call-ID 2.1 to 4 s.
  const invites = rig.wire().filter((l) => l.endsWith("INVITE"));
  expect(invites.slice(2)).toEqual(["2>1 INVITE"]);
  // The answer to it says already that the caller holds too: nothing is left to be offered.
  await rig.run(3000);
  expect([out.localHold, out.remoteHold, incoming.localHold]).toEqual([true, true, true]);
  expect([seenOut.at(-1), seenIn.at(-1)]).toEqual(["media inactive held", "media inactive"]);
  expect(rig.wire().filter((l) => l.endsWith("INVITE"))).toHaveLength(3);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §14.1: hold pressed before the call is answered is offered as soon as it is", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  await rig.run(20);
  out.hold();
  await rig.run(20);
  expect(rig.wire().filter((l) => l === "1>2 INVITE")).toHaveLength(1);
  only(bob).answer(media(b));
  await rig.run(100);
  expect(only(bob).remoteHold).toBe(true);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §14.1: hold, resume and hold pressed in a row end in hold", async () => {
  const { rig, alice, bob, out, incoming } = await talking(5, { delayMs: 30 });
  out.hold();
  out.resume();
  out.hold();
  await rig.run(500);
  expect(incoming.remoteHold).toBe(true);
  out.resume();
  out.hold();
  out.resume();
  await rig.run(500);
  expect(incoming.remoteHold).toBe(false);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 6086: a request inside the call reaches its listener; INFO without one is answered by its type", async () => {
  const { rig, alice, bob, out, incoming } = await talking();
  const got = out.send("INFO", { contentType: "application/dtmf-relay", body: "Signal=5\r\nDuration=160\r\n" });
  await rig.run(50);
  expect(await got).toMatchObject({ response: { status: 200 } });
  const refused = out.send("INFO", { contentType: "text/plain", body: "hello" });
  await rig.run(50);
  expect(await refused).toMatchObject({ response: { status: 415 } });
  incoming.onRequest.on((request) => request.respond(202));
  const taken = out.send("REFER", { headers: [["Refer-To", "<sip:carol@10.0.0.3>"]] });
  await rig.run(50);
  expect(await taken).toMatchObject({ response: { status: 202 } });
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §12.2.1.2: 481 inside the call ends it", async () => {
  const { rig, alice, bob, out, incoming } = await talking();
  incoming.onRequest.on((request) => request.respond(481));
  const sent = out.send("INFO");
  await rig.run(50);
  expect(await sent).toMatchObject({ response: { status: 481 } });
  expect(describe(out.state)).toBe("terminated failed 481");
  await settled(rig, alice, bob);
});

test("RFC 3263 §4.3: nobody answers: 408 after 64*T1; nobody can be reached: status 0 and a sentence", async () => {
  const { rig, alice } = await pair();
  rig.network.silence(b);
  const out = call(alice);
  await rig.run(33_000);
  expect(describe(out.state)).toBe("terminated failed 408");
  const nowhere = alice.userAgent.invite({ identity: alice.identity, to: "sip:x@nowhere.invalid", media: media(a) });
  await rig.run(10);
  expect(nowhere.state).toMatchObject({ by: "failed", status: 0 });
  expect(nowhere.state).toHaveProperty("reason", expect.stringContaining("nowhere.invalid"));
  const garbage = alice.userAgent.invite({ identity: alice.identity, to: "not a uri", media: media(a) });
  await rig.run(10);
  expect(garbage.state).toMatchObject({ by: "failed", status: 0 });
  await settled(rig, alice);
});

test("RFC 3263 §4.3: a dead address is passed over for the next one", async () => {
  const { rig, alice, bob } = await pair();
  rig.hosts.set("pbx.example", ["10.0.0.9", b]);
  rig.network.conditions = { ...rig.network.conditions, icmp: true };
  const out = alice.userAgent.invite({ identity: alice.identity, to: "sip:bob@pbx.example", media: media(a) });
  await rig.run(200);
  expect(describe(out.state)).toBe("proceeding 180");
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3261 §15: closing ends calls of every state and waits for the other sides", async () => {
  const { rig, alice, bob, out } = await talking();
  bob.act = (session) => session.ring();
  const ringing = call(alice);
  await rig.run(50);
  const closed = alice.userAgent.close();
  await rig.run(500);
  await closed;
  expect(describe(out.state)).toBe("terminated local 200");
  expect(describe(ringing.state)).toBe("terminated local 487");
  expect(bob.incoming.map((s) => s.state.name)).toEqual(["terminated", "terminated"]);
});

test("RFC 3261 §17: calls, holds and hang-ups survive 20 % loss", async () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const { rig, alice, bob } = await pair(seed, { loss: 0.2, delayMs: 10, jitterMs: 30, duplicate: 0.05 });
    bob.act = (session) => {
      session.ring();
      session.answer(media(b));
    };
    const out = call(alice);
    await rig.run(20_000);
    const incoming = only(bob);
    expect([seed, describe(out.state), describe(incoming.state)]).toEqual([seed, "established", "established"]);
    const directions = [follow(out), follow(incoming)];
    out.hold();
    incoming.hold();
    await rig.run(40_000);
    expect([seed, ...directions.map((seen) => seen.at(-1)?.split(" ")[1])]).toEqual([seed, "inactive", "inactive"]);
    out.hangUp();
    await rig.run(40_000);
    expect([seed, describe(incoming.state)]).toEqual([seed, "terminated remote 200"]);
    await settled(rig, alice, bob);
  }
});

test("RFC 3261 §18: the same call over TCP", async () => {
  const { rig, alice, bob } = await pair();
  bob.act = (session) => session.answer(media(b));
  const out = call(alice, { to: `sip:bob@${b};transport=tcp` });
  await rig.run(100);
  expect(describe(out.state)).toBe("established");
  expect(out.request.header("Contact")).toBe(`<sip:alice@${a}:5060;transport=tcp>`);
  only(bob).hangUp();
  await rig.run(100);
  expect(describe(out.state)).toBe("terminated remote 200");
  expect(rig.network.transits.every((t) => t.kind === "stream")).toBe(true);
  await settled(rig, alice, bob);
});

test("CAL-28: the callee forwards with 302, the caller calls the other one; guide flow 8", async () => {
  const { rig, alice, bob } = await pair();
  const carol = await rig.phone("10.0.0.3", "carol");
  carol.act = (session) => {
    session.ring();
    session.answer(media("10.0.0.3"));
  };
  bob.act = (session) => session.reject(302, "Moved Temporarily", ["sip:carol@10.0.0.3"]);
  const out = call(alice);
  await rig.run(100);
  expect(describe(out.state)).toBe("established");
  expect(rig.wire()).toEqual([
    ...["1>2 INVITE", "2>1 302 Moved Temporarily", "1>2 ACK"],
    ...["1>3 INVITE", "3>1 180 Ringing", "3>1 200 OK", "1>3 ACK"],
  ]);
  out.hangUp();
  await settled(rig, alice, bob, carol);
});
