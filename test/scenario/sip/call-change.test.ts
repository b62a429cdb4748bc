/** What happens in a call between two user agents: holds, glare, requests inside, bad networks (RFC 3261 §12, §14, §17). */
import { expect, test } from "vitest";
import { a, b, call, only, pair, settled, talking } from "./call-parties.ts";
import { describe, follow, media } from "./rig.ts";

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
