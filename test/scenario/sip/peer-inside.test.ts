/** Requests inside a call with a peer without a stack: changes, order, ends (RFC 3261 §12.2, §14, §15). */
import { expect, test } from "vitest";
import { a, answered, call, last, local, p, start, talking } from "./peer-calls.ts";
import { describe, follow, sdp } from "./rig.ts";

test("RFC 3261 §12.2.1.1: a strict router becomes the Request-URI, the target the last route", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  await rig.run(10);
  const headers: [string, string][] = [["Record-Route", `<sip:10.0.0.7;lr>, <sip:${p}>`]];
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p), headers });
  await rig.run(10);
  session.hangUp();
  await rig.run(10);
  expect(peer.last("BYE").uri).toBe(`sip:${p}`);
  expect(peer.last("BYE").values("Route")).toEqual(["<sip:10.0.0.7;lr>", `<sip:peer-tag@${p}>`]);
});

test("RFC 3261 §12.2: a re-INVITE moves the target, and is answered to where it came from", async () => {
  const { rig, peer, session, inside } = await talking();
  peer.request("INVITE", a, {
    ...inside,
    cseq: 7,
    sdp: sdp(p, "sendonly"),
    headers: [["Contact", `<sip:moved@${p}>`]],
  });
  await rig.run(10);
  expect(last(peer)).toBe(200);
  expect(session.remoteHold).toBe(true);
  peer.request("ACK", a, { ...inside, cseq: 7 });
  session.hangUp();
  await rig.run(10);
  expect(peer.last("BYE").uri).toBe(`sip:moved@${p}`);
});

test("RFC 3261 §12.2.2: a request with a lower CSeq is answered 500, with the same or a higher one it counts", async () => {
  const { rig, peer, inside } = await talking();
  for (const [cseq, status] of [
    [10, 200],
    [9, 500],
    [11, 200],
  ] as const) {
    peer.request("OPTIONS", a, { ...inside, cseq });
    await rig.run(10);
    expect([cseq, last(peer)]).toEqual([cseq, status]);
  }
});

test("RFC 3261 §12.2.2: requests of no dialog are answered 481", async () => {
  const { rig, peer, inside, session } = await talking();
  for (const wrong of [{ callId: "other" }, { from: `<sip:x@${p}>;tag=other` }, { toTag: "other" }])
    for (const method of ["BYE", "INVITE", "INFO"]) {
      peer.request(method, a, {
        ...inside,
        ...wrong,
        branch: `z9hG4bK-${method}-${JSON.stringify(wrong).length}-${Object.keys(wrong)}`,
      });
      await rig.run(10);
      expect([method, wrong, last(peer)]).toEqual([method, wrong, 481]);
    }
  expect(describe(session.state)).toBe("established");
});

test("RFC 3261 §12.1.1: a caller of RFC 2543 without a tag can call and hang up", async () => {
  const { rig, peer, alice } = await start();
  alice.act = (session) => session.answer(local);
  const from = `<sip:old@${p}>`;
  peer.request("INVITE", a, { from, sdp: sdp(p) });
  await rig.run(10);
  expect(last(peer)).toBe(200);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  peer.request("ACK", a, { from, toTag });
  peer.request("BYE", a, { from, toTag, cseq: 2 });
  await rig.run(10);
  expect(last(peer)).toBe(200);
  expect(alice.incoming.map((s) => describe(s.state))).toEqual(["terminated remote 200"]);
});

test("RFC 3261 §14.2: a re-INVITE without an offer is answered with one; the ACK answers it", async () => {
  const { rig, peer, session, toTag } = await answered();
  const seen = follow(session);
  peer.request("INVITE", a, { toTag, cseq: 2 });
  await rig.run(10);
  expect(peer.responses.at(-1)?.bodyText).toContain("m=audio 4000 RTP/AVP 0 8 101");
  // Until then nothing else may be offered.
  peer.request("INVITE", a, { toTag, cseq: 3, sdp: sdp(p) });
  await rig.run(10);
  expect(last(peer)).toBe(491);
  peer.request("ACK", a, { toTag, cseq: 2, sdp: sdp(p, "sendonly") });
  await rig.run(10);
  expect(seen).toEqual(["media recvonly held"]);
  expect(describe(session.state)).toBe("established");
});

test("RFC 3261 §14.2: an INVITE before the first is answered gets 500 with Retry-After", async () => {
  const { rig, peer, alice } = await start();
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  peer.request("INVITE", a, { toTag, cseq: 2, sdp: sdp(p) });
  await rig.run(10);
  expect(last(peer)).toBe(500);
  expect(Number(peer.responses.at(-1)?.header("Retry-After"))).toBeLessThanOrEqual(10);
  expect(alice.incoming.map((s) => describe(s.state))).toEqual(["incoming"]);
});

test("RFC 3261 §14.1: a refused re-INVITE leaves the call as it was; 481 and silence end it", async () => {
  const { rig, peer, session } = await talking();
  const refusals: number[] = [];
  session.onChangeRefused.on(({ status }) => refusals.push(status));
  session.hold();
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 488);
  await rig.run(10);
  expect([describe(session.state), session.localHold, refusals]).toEqual(["established", false, [488]]);
  expect(peer.count("INVITE")).toBe(2);
  session.hold();
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 481);
  await rig.run(10);
  expect(describe(session.state)).toBe("terminated failed 481");
  expect(peer.count("BYE")).toBe(1);
  const silent = await talking(2);
  silent.session.hold();
  await silent.rig.run(33_000);
  expect(describe(silent.session.state)).toBe("terminated failed 408");
  expect(silent.peer.count("BYE")).toBeGreaterThan(0);
});

test("RFC 3261 §14.2: 500 with Retry-After to our re-INVITE is tried again after that time", async () => {
  const { rig, peer, session } = await talking();
  session.hold();
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 500, { headers: [["Retry-After", "3"]] });
  await rig.run(2900);
  expect(peer.count("INVITE")).toBe(2);
  await rig.run(200);
  expect(peer.count("INVITE")).toBe(3);
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p, "recvonly") });
  await rig.run(10);
  expect(session.localHold).toBe(true);
});

test("RFC 5407 §3.1.4: a re-INVITE before the ACK came implies it", async () => {
  const { rig, peer, alice } = await start();
  alice.act = (session) => session.answer(local);
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  peer.request("INVITE", a, { toTag, cseq: 2, sdp: sdp(p, "inactive") });
  await rig.run(10);
  expect(last(peer)).toBe(200);
  peer.request("ACK", a, { toTag, cseq: 2 });
  const before = peer.responses.length;
  await rig.run(40_000);
  expect(peer.responses).toHaveLength(before);
  expect(alice.incoming.map((s) => describe(s.state))).toEqual(["established"]);
});

test("DIR-13: a CANCEL says that the call was completed elsewhere", async () => {
  const { rig, peer, alice } = await start();
  const invite = peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const branch = invite.via?.branch ?? "";
  const headers: [string, string][] = [["Reason", 'SIP;cause=200;text="Call completed elsewhere"']];
  peer.request("CANCEL", a, { branch, headers });
  await rig.run(10);
  expect(alice.incoming[0]?.state).toMatchObject({ by: "remote", status: 487, elsewhere: true });
  expect(peer.responses.map((r) => `${r.status} ${r.cseq.method}`)).toEqual(["180 INVITE", "200 CANCEL", "487 INVITE"]);
});

test("RFC 3261 §13.3.1: the caller's Expires ends the ringing", async () => {
  const { rig, peer, alice } = await start();
  peer.request("INVITE", a, { sdp: sdp(p), headers: [["Expires", "20"]] });
  await rig.run(19_900);
  expect(alice.incoming.map((s) => describe(s.state))).toEqual(["incoming"]);
  await rig.run(200);
  expect(alice.incoming.map((s) => describe(s.state))).toEqual(["terminated remote 487"]);
  expect(last(peer)).toBe(487);
});

test("RFC 3261 §15.1.2: BYE while it rings ends it, and the INVITE gets its 487", async () => {
  const { rig, peer, alice } = await start();
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  peer.request("BYE", a, { toTag: peer.responses.at(-1)?.to.tag ?? "", cseq: 2 });
  await rig.run(10);
  expect(peer.responses.slice(1).map((r) => `${r.status} ${r.cseq.method}`)).toEqual(["200 BYE", "487 INVITE"]);
  expect(alice.incoming.map((s) => describe(s.state))).toEqual(["terminated remote 200"]);
});
