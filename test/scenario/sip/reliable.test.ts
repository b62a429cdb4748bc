/** Reliable provisional responses and UPDATE between user agents and against a raw peer (RFC 3262, RFC 3311, RFC 6337). */
import { expect, test } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import type { SessionConduct } from "../../../src/sip/session-conduct.ts";
import { describe, follow, media, type Phone, Rig, sdp } from "./rig.ts";

const a = "10.0.0.1";
const b = "10.0.0.2";
const p = "10.0.0.9";

async function pair(reliable: SessionConduct["reliable"] = "supported", seed = 1, conditions = {}) {
  const rig = new Rig(seed, conditions);
  const identity = { conduct: { reliable } };
  const alice = await rig.phone(a, "alice", { identity });
  const bob = await rig.phone(b, "bob", { identity });
  bob.act = (session) => {
    session.identity = bob.identity;
    session.ring(183, media(b));
  };
  return { rig, alice, bob };
}

function call(alice: Phone, options = {}): Session {
  return alice.userAgent.invite({ identity: alice.identity, to: `sip:bob@${b}`, media: media(a), ...options });
}

function only(phone: Phone): Session {
  const [session] = phone.incoming;
  if (session === undefined) throw new Error("no call came");
  return session;
}

async function settled(rig: Rig, ...phones: Phone[]): Promise<void> {
  await rig.run(200_000);
  for (const phone of phones) {
    expect(phone.errors).toEqual([]);
    expect(phone.userAgent.sessions).toBe(0);
    expect(phone.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
  }
}

test("ACC-24: 183 with an answer is acknowledged by PRACK; the 200 describes nothing again", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  const seen = follow(out);
  await rig.run(50);
  only(bob).answer(media(b));
  await rig.run(50);
  expect(rig.wire()).toEqual([
    ...["1>2 INVITE", "2>1 183 Session Progress", "1>2 PRACK", "2>1 200 OK"],
    ...["2>1 200 OK", "1>2 ACK"],
  ]);
  expect(seen).toEqual(["proceeding 183", "media sendrecv", "established", "media sendrecv"]);
  const final = Buffer.from(rig.network.transits.at(-2)?.bytes ?? []).toString();
  expect(final).toContain("CSeq: 1 INVITE");
  expect(final).not.toContain("v=0");
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3262 §3: answered before the PRACK came, the 200 waits for it", async () => {
  const { rig, alice, bob } = await pair("supported", 2, { delayMs: 40 });
  bob.act = (session) => {
    session.identity = bob.identity;
    session.ring(183, media(b));
    session.answer(media(b));
  };
  const out = call(alice);
  await rig.run(60);
  expect(describe(only(bob).state)).toBe("incoming");
  await rig.run(200);
  expect(describe(only(bob).state)).toBe("established");
  expect(rig.wire().slice(0, 3)).toEqual(["1>2 INVITE", "2>1 183 Session Progress", "1>2 PRACK"]);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3262 §5: without an offer in INVITE, 183 offers and PRACK answers", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice, { earlyOffer: false });
  const [seenOut, seenIn] = [follow(out), [] as string[]];
  bob.act = (session) => {
    session.identity = bob.identity;
    session.onMedia.on((m) => seenIn.push(`media ${m.direction}`));
    session.ring(183, media(b));
  };
  await rig.run(50);
  expect(seenIn).toEqual(["media sendrecv"]);
  expect(seenOut).toEqual(["proceeding 183", "media sendrecv"]);
  only(bob).answer(media(b));
  await rig.run(50);
  expect(describe(out.state)).toBe("established");
  expect(rig.wire().filter((l) => l.endsWith("INVITE"))).toHaveLength(1);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3262 §3: what is not acknowledged is sent again, ever more rarely, and ends in 504", async () => {
  const rig = new Rig(5);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  peer.request("INVITE", a, { sdp: sdp(p), headers: [["Require", "100rel"]] });
  await rig.run(40_000);
  const ringing = peer.responses.filter((r) => r.status === 180);
  expect(ringing).toHaveLength(7);
  expect(new Set(ringing.map((r) => r.header("RSeq"))).size).toBe(1);
  expect(ringing[0]?.header("Require")).toBe("100rel");
  expect(peer.responses.at(-1)?.status).toBe(504);
  expect(alice.incoming.map((s) => describe(s.state))).toEqual(["terminated failed 504"]);
});

test("RFC 3262 §3: a PRACK of nothing is answered 481; one that is right, 200; the next 18x counts on", async () => {
  const rig = new Rig(6);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  peer.request("INVITE", a, { sdp: sdp(p), headers: [["Require", "100rel"]] });
  await rig.run(10);
  const ringing = peer.responses.at(-1);
  const toTag = ringing?.to.tag ?? "";
  const rseq = Number(ringing?.header("RSeq"));
  let cseq = 2;
  const prack = async (rack: string) => {
    peer.request("PRACK", a, { toTag, cseq: cseq++, headers: [["RAck", rack]] });
    await rig.run(10);
    return peer.responses.at(-1)?.status;
  };
  expect(await prack(`${rseq + 1} 1 INVITE`)).toBe(481);
  expect(await prack(`${rseq} 7 INVITE`)).toBe(481);
  expect(await prack("nonsense")).toBe(481);
  alice.incoming[0]?.ring(181);
  await rig.run(10);
  expect(peer.responses.filter((r) => r.status === 181)).toHaveLength(0);
  expect(await prack(`${rseq} 1 INVITE`)).toBe(200);
  await rig.run(10);
  const next = peer.responses.find((r) => r.status === 181);
  expect(Number(next?.header("RSeq"))).toBe(rseq + 1);
  alice.incoming[0]?.answer(media(a));
  await rig.run(10);
  expect(peer.responses.at(-1)?.status).toBe(200);
  // It may still be acknowledged behind the final response.
  expect(await prack(`${rseq + 1} 1 INVITE`)).toBe(200);
});

test("RFC 3262 §4: copies and gaps are not acknowledged; without our wish nothing is announced", async () => {
  const rig = new Rig(7);
  const alice = await rig.phone(a, "alice", { identity: { conduct: { reliable: "required" } } });
  const peer = await rig.peer(p);
  const out = alice.userAgent.invite({ identity: alice.identity, to: `sip:x@${p}`, media: media(a) });
  const seen = follow(out);
  await rig.run(10);
  const invite = peer.last("INVITE");
  expect(invite.header("Require")).toBe("100rel");
  expect(invite.header("Supported")).toContain("100rel");
  const ring = (rseq: number, status = 180) =>
    peer.respond(invite, status, {
      headers: [
        ["Require", "100rel"],
        ["RSeq", String(rseq)],
      ],
    });
  for (const rseq of [10, 10, 12]) ring(rseq);
  await rig.run(20);
  expect(peer.requests.filter((r) => r.method === "PRACK").map((r) => r.header("RAck"))).toEqual(["10 1 INVITE"]);
  peer.respond(peer.last("PRACK"), 200);
  ring(11, 181);
  await rig.run(20);
  expect(peer.last("PRACK").header("RAck")).toBe("11 1 INVITE");
  expect(peer.last("PRACK").cseq.number).toBe(3);
  expect(seen).toEqual(["proceeding 180", "proceeding 181"]);
});

test("RFC 3311 §5: hold pressed while it rings is offered by UPDATE once the first offer is answered", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  await rig.run(50);
  out.hold();
  await rig.run(50);
  expect(rig.wire().filter((l) => l.includes("UPDATE"))).toEqual(["1>2 UPDATE"]);
  expect(only(bob).remoteHold).toBe(true);
  only(bob).answer(media(b));
  await rig.run(50);
  expect(rig.wire().filter((l) => l.endsWith("INVITE"))).toHaveLength(1);
  out.resume();
  await rig.run(50);
  expect(only(bob).remoteHold).toBe(false);
  only(bob).hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3311 §5: the callee too may change early media", async () => {
  const { rig, alice, bob } = await pair();
  const out = call(alice);
  const ports: number[] = [];
  out.onMedia.on((m) => ports.push(m.remote.port));
  await rig.run(50);
  only(bob).setMedia(media(b, 4100));
  await rig.run(50);
  only(bob).answer(media(b, 4100));
  await rig.run(100);
  expect(ports).toEqual([4000, 4100, 4100]);
  expect(describe(out.state)).toBe("established");
  expect(rig.wire().filter((l) => l.endsWith("INVITE"))).toHaveLength(1);
  out.hangUp();
  await settled(rig, alice, bob);
});

test("RFC 3311 §5.2: UPDATE before the answer gets 500, across our offer 491, without an offer 200", async () => {
  const rig = new Rig(8);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  let cseq = 2;
  const update = async (options: { sdp?: string; headers?: [string, string][] }) => {
    peer.request("UPDATE", a, { toTag, cseq: cseq++, ...options });
    await rig.run(10);
    return peer.responses.at(-1)?.status;
  };
  expect(await update({ sdp: sdp(p) })).toBe(500);
  expect(peer.responses.at(-1)?.header("Retry-After")).toMatch(/^\d+$/);
  expect(await update({})).toBe(200);
  const [session] = alice.incoming;
  session?.answer(media(a));
  await rig.run(10);
  peer.request("ACK", a, { toTag });
  await rig.run(10);
  expect(await update({ sdp: sdp(p, "sendonly"), headers: [["Contact", `<sip:new@${p}>`]] })).toBe(200);
  expect(session?.remoteHold).toBe(true);
  expect(await update({ sdp: sdp(p).replace("RTP/AVP 0 101", "RTP/AVP 18") })).toBe(488);
  session?.hold();
  await rig.run(10);
  expect(peer.last("INVITE").uri).toBe(`sip:new@${p}`);
  expect(await update({ sdp: sdp(p) })).toBe(491);
});

test("RFC 4916 §4: who the other side is may change in mid-call, and is told", async () => {
  const rig = new Rig(9);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  alice.act = (session) => session.answer(media(a));
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  peer.request("ACK", a, { toTag });
  const told: string[] = [];
  alice.incoming[0]?.onIdentity.on((message) => told.push(message.from.uri));
  peer.request("UPDATE", a, { toTag, cseq: 2, from: `"Carol" <sip:carol@${p}>;tag=from-peer` });
  await rig.run(10);
  expect(told).toEqual([`sip:carol@${p}`]);
  alice.incoming[0]?.hangUp();
  await rig.run(10);
  expect(peer.last("BYE").to.uri).toBe(`sip:carol@${p}`);
});

test("RFC 4916 §4.3: a caller that understands it is told who answered instead of whom it called", async () => {
  for (const [supported, status, from] of [
    ["from-change", 200, `sip:alice@${a}`],
    ["from-change", 488, `sip:phone@${a}`],
    ["timer", 0, `sip:phone@${a}`],
  ] as const) {
    const rig = new Rig(10);
    const alice = await rig.phone(a, "alice");
    const peer = await rig.peer(p);
    alice.act = (session) => {
      session.identity = alice.identity;
      session.answer(media(a));
    };
    peer.onRequest = (request) => {
      if (request.method === "UPDATE") peer.respond(request, status);
    };
    const headers: [string, string][] = [
      ["Supported", supported],
      ["Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"],
    ];
    peer.request("INVITE", a, { sdp: sdp(p), headers });
    await rig.run(10);
    const toTag = peer.responses.at(-1)?.to.tag ?? "";
    expect(peer.count("UPDATE")).toBe(0);
    peer.request("ACK", a, { toTag });
    await rig.run(50);
    expect(peer.count("UPDATE")).toBe(status === 0 ? 0 : 1);
    if (status !== 0) {
      const update = peer.last("UPDATE");
      expect([update.from.uri, update.from.tag, update.body.length]).toEqual([`sip:alice@${a}`, toTag, 0]);
    }
    alice.incoming[0]?.hangUp();
    await rig.run(10);
    expect([peer.last("BYE").from.uri, peer.last("BYE").from.tag]).toEqual([from, toTag]);
  }
});

test("RFC 3261 §12.2.2: who answered is told only after a re-INVITE that is under way, which it might overtake", async () => {
  const rig = new Rig(10);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  alice.act = (session) => {
    session.identity = alice.identity;
    session.answer(media(a));
    session.hold();
  };
  const headers: [string, string][] = [
    ["Supported", "from-change"],
    ["Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"],
  ];
  peer.request("INVITE", a, { sdp: sdp(p), headers });
  await rig.run(10);
  peer.request("ACK", a, { toTag: peer.responses.at(-1)?.to.tag ?? "" });
  await rig.run(400);
  expect([peer.last("INVITE").cseq.number, peer.count("UPDATE")]).toEqual([1, 0]);
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p, "recvonly") });
  await rig.run(10);
  expect(peer.last("UPDATE").cseq.number).toBe(2);
});

test("RFC 3262 §3: early media, UPDATEs and answers survive 20 % loss", async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { rig, alice, bob } = await pair("supported", seed, {
      loss: 0.2,
      delayMs: 10,
      jitterMs: 30,
      duplicate: 0.05,
    });
    const out = call(alice);
    await rig.run(20_000);
    out.hold();
    await rig.run(20_000);
    only(bob).answer(media(b));
    await rig.run(40_000);
    expect([seed, describe(out.state), describe(only(bob).state)]).toEqual([seed, "established", "established"]);
    expect([seed, only(bob).remoteHold]).toEqual([seed, true]);
    out.hangUp();
    await settled(rig, alice, bob);
  }
});

test("RFC 3262 §5: a PRACK may offer anew, and its 200 answers", async () => {
  const rig = new Rig(10);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  alice.act = (session) => session.ring(183, media(a));
  peer.request("INVITE", a, { sdp: sdp(p), headers: [["Require", "100rel"]] });
  await rig.run(10);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  const ports: number[] = [];
  alice.incoming[0]?.onMedia.on((m) => ports.push(m.remote.port));
  const headers: [string, string][] = [["RAck", `${peer.responses.at(-1)?.header("RSeq")} 1 INVITE`]];
  peer.request("PRACK", a, { toTag, cseq: 2, headers, sdp: sdp(p, "sendrecv", 6100) });
  await rig.run(10);
  expect(peer.responses.at(-1)?.status).toBe(200);
  expect(peer.responses.at(-1)?.bodyText).toContain("m=audio 4000");
  expect(ports).toEqual([6100]);
});

test("RFC 3311 §5.2: a callee that offers by UPDATE before it has answered our offer gets 491", async () => {
  const rig = new Rig(11);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  const out = alice.userAgent.invite({ identity: alice.identity, to: `sip:x@${p}`, media: media(a) });
  await rig.run(10);
  const invite = peer.last("INVITE");
  peer.respond(invite, 180);
  await rig.run(10);
  const inside = { callId: invite.callId, from: `<sip:x@${p}>;tag=peer-tag`, toTag: invite.from.tag ?? "" };
  peer.request("UPDATE", a, { ...inside, sdp: sdp(p) });
  await rig.run(10);
  expect(peer.responses.at(-1)?.status).toBe(491);
  peer.respond(invite, 200, { sdp: sdp(p) });
  await rig.run(10);
  expect(describe(out.state)).toBe("established");
});
