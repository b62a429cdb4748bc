/** One user agent against a peer without a stack: forks, redirections, late and wrong messages (RFC 3261 §8, §12 to §14). */
import { expect, test } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { describe, follow, media, type Peer, type Phone, Rig, sdp } from "./rig.ts";

const a = "10.0.0.1";
const p = "10.0.0.9";
const local = media(a);
const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY";

async function start(seed = 1, options: Parameters<Rig["phone"]>[2] = {}) {
  const rig = new Rig(seed);
  const peer = await rig.peer(p);
  return { rig, peer, alice: await rig.phone(a, "alice", options) };
}

function call(alice: Phone, options = {}): Session {
  return alice.userAgent.invite({ identity: alice.identity, to: `sip:carol@${p}`, media: local, ...options });
}

/** An established call, placed by the phone. */
async function talking(seed = 1) {
  const { rig, peer, alice } = await start(seed);
  const session = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p) });
  await rig.run(10);
  expect(peer.count("ACK")).toBe(1);
  expect(describe(session.state)).toBe("established");
  const invite = peer.last("INVITE");
  const inside = {
    callId: invite.callId,
    from: `<sip:carol@${p}>;tag=peer-tag`,
    toTag: invite.from.tag ?? "",
  };
  return { rig, peer, alice, session, invite, inside };
}

/** An established call, placed by the peer. */
async function answered(seed = 1) {
  const { rig, peer, alice } = await start(seed);
  alice.act = (session) => session.answer(local);
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const ok = peer.responses.at(-1);
  const toTag = ok?.to.tag ?? "";
  peer.request("ACK", a, { toTag });
  await rig.run(10);
  const [session] = alice.incoming;
  if (session === undefined) throw new Error("no call came");
  return { rig, peer, alice, session, toTag };
}

function last(peer: Peer): number {
  return peer.responses.at(-1)?.status ?? 0;
}

test("RFC 3261 §8.1.1: the INVITE has all that it needs", async () => {
  const { rig, peer, alice } = await start();
  call(alice, { to: `"Carol B" <sip:carol@${p};x=y>`, extraHeaders: [["Alert-Info", "<urn:x>"]] });
  await rig.run(10);
  const invite = peer.last("INVITE");
  expect(invite.uri).toBe(`sip:carol@${p};x=y`);
  expect(invite.header("To")).toBe(`"Carol B" <sip:carol@${p};x=y>`);
  expect(invite.from.displayName).toBe("alice");
  expect(invite.from.tag).toMatch(/^[0-9a-f]{16}$/);
  expect(invite.header("Contact")).toBe(`<sip:alice@${a}:5060>`);
  expect(invite.header("Max-Forwards")).toBe("70");
  expect(invite.header("Allow")).toBe(allow);
  expect(invite.headers("Supported")).toEqual(["replaces, norefersub"]);
  expect(invite.header("User-Agent")).toBe("Test alice");
  expect(invite.header("Alert-Info")).toBe("<urn:x>");
  expect(invite.contentType).toBe("application/sdp");
});

test("RFC 3261 §8.1.2: with an outbound proxy the INVITE goes there, the Request-URI stays", async () => {
  const { rig, peer, alice } = await start(1, { identity: { route: [`sip:${p}`] } });
  call(alice, { to: "sip:carol@elsewhere.example" });
  await rig.run(10);
  const invite = peer.last("INVITE");
  expect(invite.uri).toBe("sip:carol@elsewhere.example");
  expect(invite.header("Route")).toBe(`<sip:${p};lr>`);
});

test("RFC 3261 §13.2.2.1: several early dialogs; the one that answers is the call", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  const seen = follow(session);
  await rig.run(10);
  const invite = peer.last("INVITE");
  peer.respond(invite, 180, { tag: "one" });
  peer.respond(invite, 183, { tag: "two", sdp: sdp(p, "sendonly") });
  await rig.run(10);
  peer.respond(invite, 200, { tag: "one", sdp: sdp(p) });
  await rig.run(10);
  expect(seen).toEqual(["proceeding 180", "proceeding 183", "media recvonly held", "established", "media sendrecv"]);
  session.hangUp();
  await rig.run(10);
  expect(peer.last("BYE").to.tag).toBe("one");
  expect(peer.last("BYE").uri).toBe(`sip:one@${p}`);
});

test("RFC 3261 §13.2.2.4: a second branch answers too: ACK and BYE for it, the call goes on", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  await rig.run(10);
  const invite = peer.last("INVITE");
  peer.respond(invite, 200, { tag: "one", sdp: sdp(p) });
  peer.respond(invite, 200, { tag: "two", sdp: sdp(p) });
  await rig.run(20);
  expect(describe(session.state)).toBe("established");
  expect(peer.requests.filter((r) => r.method === "ACK").map((r) => r.to.tag)).toEqual(["one", "two"]);
  expect(peer.requests.filter((r) => r.method === "BYE").map((r) => r.to.tag)).toEqual(["two"]);
});

test("RFC 3261 §13.2.2.4: each copy of the 200 gets the same ACK again", async () => {
  const { rig, peer, invite } = await talking();
  peer.respond(invite, 200, { sdp: sdp(p) });
  peer.respond(invite, 200, { sdp: sdp(p) });
  await rig.run(10);
  const acks = peer.requests.filter((r) => r.method === "ACK");
  expect(acks).toHaveLength(3);
  expect(new Set(acks.map((r) => r.via?.branch)).size).toBe(1);
  // After 64*T1 the transaction is over; a late copy still finds its call.
  await rig.run(40_000);
  peer.respond(invite, 200, { sdp: sdp(p) });
  await rig.run(10);
  expect(peer.count("ACK")).toBe(4);
});

test("RFC 3261 §13.2.2.4: a 200 whose description cannot be used is acknowledged and hung up", async () => {
  for (const body of [undefined, "garbage", sdp(p).replace("RTP/AVP 0 101", "RTP/AVP 18")]) {
    const { rig, peer, alice } = await start();
    const session = call(alice);
    await rig.run(10);
    peer.respond(peer.last("INVITE"), 200, body === undefined ? {} : { sdp: body });
    await rig.run(10);
    expect(describe(session.state)).toBe("terminated failed 488");
    expect([peer.count("ACK"), peer.count("BYE")]).toEqual([1, 1]);
  }
});

test("RFC 3261 §13.2.1: the 200 after early media needs no description, and a new one is followed", async () => {
  const { rig, peer, alice } = await start();
  const first = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 183, { sdp: sdp(p) });
  peer.respond(peer.last("INVITE"), 200);
  await rig.run(10);
  expect(describe(first.state)).toBe("established");
  const second = call(alice);
  const ports: number[] = [];
  second.onMedia.on((m) => ports.push(m.remote.port));
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 183, { sdp: sdp(p, "sendrecv", 6000) });
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p, "sendrecv", 6002) });
  await rig.run(10);
  expect(ports).toEqual([6000, 6002]);
});

test("RFC 3261 §12.1.2: route set and target are taken from the 2xx, reversed, and used", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  await rig.run(10);
  const headers: [string, string][] = [
    ["Record-Route", `<sip:10.0.0.7;lr>, <sip:${p};lr>`],
    ["Record-Route", `<sip:${p}:5060;lr;first>`],
  ];
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p), headers });
  await rig.run(10);
  session.hangUp();
  await rig.run(10);
  for (const method of ["ACK", "BYE"]) {
    const request = peer.last(method);
    expect(request.uri).toBe(`sip:peer-tag@${p}`);
    expect(request.values("Route")).toEqual([`<sip:${p}:5060;lr;first>`, `<sip:${p};lr>`, "<sip:10.0.0.7;lr>"]);
  }
});

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

test("CAL-34: a 302 is followed to its contacts, best q first, under a new Call-ID", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  await rig.run(10);
  const first = peer.last("INVITE");
  const contact = `<sip:low@${p}>;q=0.2, <sip:best@${p}?Subject=x>;q=0.9, <tel:123>, <sip:carol@${p}>`;
  peer.respond(first, 302, { headers: [["Contact", contact]] });
  await rig.run(10);
  const second = peer.last("INVITE");
  expect(second.uri).toBe(`sip:best@${p}`);
  expect(second.callId).not.toBe(first.callId);
  expect(second.header("To")).toBe(`<sip:carol@${p}>`);
  peer.respond(second, 486);
  await rig.run(10);
  expect(peer.last("INVITE").uri).toBe(`sip:low@${p}`);
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p) });
  await rig.run(10);
  expect(describe(session.state)).toBe("established");
});

test("CAL-34: redirections that go round, or on and on, end", async () => {
  const { rig, peer, alice } = await start();
  const round = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 302, { headers: [["Contact", `<sip:two@${p}>`]] });
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 302, { headers: [["Contact", `<sip:carol@${p}>`]] });
  await rig.run(10);
  expect(describe(round.state)).toBe("terminated failed 302");
  const before = peer.count("INVITE");
  let i = 0;
  peer.onRequest = (request) => {
    if (request.method === "INVITE") peer.respond(request, 302, { headers: [["Contact", `<sip:n${i++}@${p}>`]] });
  };
  const on = call(alice);
  await rig.run(1000);
  expect(describe(on.state)).toBe("terminated failed 302");
  expect(peer.count("INVITE") - before).toBe(6);
});

test("CAL-34: hung up between two redirections, nobody else is called", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 180);
  await rig.run(10);
  session.hangUp();
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 302, { headers: [["Contact", `<sip:two@${p}>`]] });
  await rig.run(10);
  expect(peer.count("INVITE")).toBe(1);
  expect(describe(session.state)).toBe("terminated local 487");
});

test("RFC 3261 §9.1: a peer that answers 100 and nothing else can be cancelled, and is forgotten after 64*T1", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 100);
  await rig.run(60_000);
  expect(describe(session.state)).toBe("calling");
  session.hangUp();
  await rig.run(10);
  expect(peer.count("CANCEL")).toBe(1);
  await rig.run(100_000);
  expect(alice.userAgent.sessions).toBe(0);
  expect(alice.transactions.size.client).toBe(0);
});

test("RFC 3261 §15: a callee that sends BYE while it should ring ends the call", async () => {
  const { rig, peer, alice } = await start();
  const session = call(alice);
  await rig.run(10);
  const invite = peer.last("INVITE");
  peer.respond(invite, 180);
  await rig.run(10);
  const toTag = invite.from.tag ?? "";
  peer.request("BYE", a, { callId: invite.callId, from: `<sip:carol@${p}>;tag=peer-tag`, toTag });
  await rig.run(10);
  expect(describe(session.state)).toBe("terminated remote 200");
  expect(last(peer)).toBe(200);
  expect(peer.count("CANCEL")).toBe(1);
});

test("RFC 3261 §8.2: what cannot be served is refused, with what could be", async () => {
  const { rig, peer, alice } = await start();
  const cases: [string, Parameters<Peer["request"]>[2], number, string?, string?][] = [
    [
      "INVITE",
      { sdp: sdp(p), headers: [["Require", "100rel, precondition, foo"]] },
      420,
      "Unsupported",
      "precondition, foo",
    ],
    ["INVITE", { headers: [["Contact", ""]] }, 400],
    ["INVITE", { sdp: "not a description" }, 400],
    ["INVITE", { sdp: sdp(p), headers: [["Content-Encoding", "gzip"]] }, 415, "Accept-Encoding", "identity"],
    ["OPTIONS", {}, 200, "Accept", "application/sdp"],
    ["INFO", {}, 481],
    ["BYE", {}, 481],
    ["MESSAGE", {}, 405, "Allow", allow],
    ["SUBSCRIBE", { headers: [["Event", "dialog"]] }, 405],
    ["NOTIFY", { headers: [["Event", "x"]] }, 481],
    ["REGISTER", {}, 405],
    ["FROBNICATE", {}, 501, "Allow", allow],
  ];
  let callId = 0;
  for (const [method, options, status, name, value] of cases) {
    peer.request(method, a, { ...options, callId: `bad-${callId++}`, branch: `z9hG4bK-${callId}` });
    await rig.run(10);
    expect([method, options, last(peer)]).toEqual([method, options, status]);
    expect(peer.responses.at(-1)?.to.tag).toMatch(/./);
    if (name !== undefined) expect([name, peer.responses.at(-1)?.header(name)]).toEqual([name, value]);
  }
  const odd = peer.request("INVITE", a, {
    callId: "odd",
    branch: "z9hG4bKodd1",
    headers: [["Content-Disposition", "session"]],
  });
  odd
    .setBody("text/plain", "hello")
    .setHeader("Call-ID", "odd2")
    .setHeader("Via", `SIP/2.0/UDP ${p};branch=z9hG4bKodd2`);
  peer.send(odd, { address: a, port: 5060 });
  await rig.run(10);
  expect(last(peer)).toBe(415);
  expect(peer.responses.at(-1)?.header("Accept")).toBe("application/sdp");
  expect(alice.errors).toEqual([]);
});

test("RFC 3261 §11.2: a busy phone may answer OPTIONS itself, and take requests to answer later", async () => {
  const { rig, peer, alice } = await start();
  alice.userAgent.onRequest.on((incoming) => {
    if (incoming.request.method === "OPTIONS") incoming.respond(486);
    if (incoming.request.method !== "MESSAGE") return;
    incoming.take();
    rig.clock.after(1000, () => incoming.respond(202));
  });
  peer.request("OPTIONS", a);
  await rig.run(10);
  expect(last(peer)).toBe(486);
  peer.request("MESSAGE", a, { callId: "m" });
  await rig.run(900);
  expect(peer.responses).toHaveLength(1);
  await rig.run(200);
  expect(last(peer)).toBe(202);
});

test("ACC-14: an INVITE challenged by proxy and server is sent again, once for each", async () => {
  const identity = { credentials: { username: "alice", password: "secret" } };
  const { rig, peer, alice } = await start(1, { identity });
  const session = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 407, {
    headers: [["Proxy-Authenticate", 'Digest realm="proxy", nonce="n1", qop="auth"']],
  });
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 401, { headers: [["WWW-Authenticate", 'Digest realm="server", nonce="n2"']] });
  await rig.run(10);
  const third = peer.last("INVITE");
  expect(third.cseq.number).toBe(3);
  expect(third.header("Proxy-Authorization")).toContain('nonce="n1"');
  expect(third.header("Authorization")).toContain('nonce="n2"');
  peer.respond(third, 200, { sdp: sdp(p) });
  await rig.run(10);
  // An ACK cannot be challenged: it carries what its INVITE carried (§22.1).
  expect(peer.last("ACK").header("Proxy-Authorization")).toBe(third.header("Proxy-Authorization"));
  expect(peer.last("ACK").cseq.number).toBe(3);
  session.hangUp();
  await rig.run(10);
  expect(peer.last("BYE").header("Proxy-Authorization")).toContain("nc=00000003");
});

test("ACC-14: a nonce that is called stale is replaced, a refused one is not tried again", async () => {
  const identity = { credentials: { username: "alice", password: "wrong" } };
  const { rig, peer, alice } = await start(1, { identity });
  const session = call(alice);
  const challenge = (nonce: string, stale: boolean): [string, string][] => [
    ["WWW-Authenticate", `Digest realm="r", nonce="${nonce}", qop="auth"${stale ? ", stale=true" : ""}`],
  ];
  await rig.run(10);
  for (const [nonce, stale] of [
    ["a", false],
    ["b", true],
    ["c", false],
  ] as const) {
    peer.respond(peer.last("INVITE"), 401, { headers: challenge(nonce, stale) });
    await rig.run(10);
  }
  expect(describe(session.state)).toBe("terminated failed 401");
  expect(peer.count("INVITE")).toBe(3);
  let nonce = 0;
  peer.onRequest = (request) => {
    if (request.method === "INVITE") peer.respond(request, 401, { headers: challenge(`n${nonce++}`, true) });
  };
  const endless = call(alice);
  await rig.run(1000);
  expect(describe(endless.state)).toBe("terminated failed 401");
  expect(nonce).toBeLessThan(7);
});

test("RFC 3261 §22.3: without credentials, or with a scheme we do not know, 401 is the end", async () => {
  const { rig, peer, alice } = await start(1, { identity: { credentials: { username: "a", password: "b" } } });
  const session = call(alice);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 401, { headers: [["WWW-Authenticate", 'Bearer realm="x"']] });
  await rig.run(10);
  expect(describe(session.state)).toBe("terminated failed 401");
});

test("RFC 3263 §4.3: 503 leads to the next address, and is told when there is none", async () => {
  const { rig, peer, alice } = await start();
  const other = await rig.peer("10.0.0.8");
  rig.hosts.set("pbx.example", [p, "10.0.0.8"]);
  const session = call(alice, { to: "sip:carol@pbx.example" });
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 503);
  await rig.run(10);
  expect(other.count("INVITE")).toBe(1);
  other.respond(other.last("INVITE"), 503);
  await rig.run(10);
  expect(describe(session.state)).toBe("terminated failed 503");
});

test("RFC 3261 §8.2: a flood of INVITEs fills no memory: beyond the limit they are busy", async () => {
  const { rig, peer, alice } = await start(1, { mostSessions: 5 });
  for (let i = 0; i < 8; i++) peer.request("INVITE", a, { callId: `flood-${i}`, branch: `z9hG4bKf${i}`, sdp: sdp(p) });
  await rig.run(10);
  expect(alice.incoming).toHaveLength(5);
  expect(peer.responses.filter((r) => r.status === 486)).toHaveLength(3);
});
