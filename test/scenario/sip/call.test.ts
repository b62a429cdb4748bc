/** Calls between two user agents over a simulated network: RFC 3261 §9, §13, §15. */
import { expect, test } from "vitest";
import { a, b, call, only, pair, settled, talking } from "./call-parties.ts";
import { describe, follow, media } from "./rig.ts";

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
