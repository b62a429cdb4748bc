/** What a peer without a stack refuses, redirects or challenges, and what is refused to it (RFC 3261 §8.2, §9, §22). */
import { expect, test } from "vitest";
import { a, allow, call, last, p, start } from "./peer-calls.ts";
import { describe, type Peer, sdp } from "./rig.ts";

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

/** Of offers, INFO and NOTIFY; the phone adds what its listeners take. */
const content =
  "application/sdp, multipart/mixed, application/dtmf-relay, application/dtmf, application/media_control+xml, message/sipfrag;version=2.0";

test("RFC 3261 §8.2: what cannot be served is refused, with what could be", async () => {
  const { rig, peer, alice } = await start();
  const cases: [string, Parameters<Peer["request"]>[2], number, string?, string?][] = [
    ["INVITE", { sdp: sdp(p), headers: [["Require", "100rel, precondition, foo"]] }, 420, "Unsupported", "foo"],
    ["INVITE", { headers: [["Contact", ""]] }, 400],
    ["INVITE", { sdp: "not a description" }, 400],
    ["INVITE", { sdp: sdp(p), headers: [["Content-Encoding", "gzip"]] }, 415, "Accept-Encoding", "identity"],
    ["OPTIONS", {}, 200, "Accept", content],
    ["OPTIONS", {}, 200, "Allow-Events", "refer"],
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

test("RFC 3261 §20.5: Allow names what is served and nothing else", async () => {
  const { rig, peer } = await start();
  const known = "INVITE ACK CANCEL BYE OPTIONS INFO REGISTER PRACK UPDATE SUBSCRIBE NOTIFY PUBLISH MESSAGE REFER";
  const sequence = { next: 1 };
  const ask = async (method: string) => {
    sequence.next += 1;
    const contact: [string, string][] = method === "SUBSCRIBE" ? [["Contact", `<sip:peer@${p}>`]] : [];
    peer.request(method, a, { cseq: sequence.next, callId: `c-${method}`, headers: [...contact, ["Event", "dialog"]] });
    await rig.run(10);
    return peer.responses.at(-1);
  };
  const allowed = ((await ask("OPTIONS"))?.header("Allow") ?? "").split(", ");
  for (const method of known.split(" ")) {
    if (method === "INVITE" || method === "ACK" || method === "CANCEL") continue;
    const answer = await ask(method);
    expect([method, answer?.status !== 405 && answer?.status !== 501]).toEqual([method, allowed.includes(method)]);
    if (answer?.status === 405) expect(answer.header("Allow")).toBe(allowed.join(", "));
  }
  const unknown = await ask("FROBNICATE");
  expect([unknown?.status, unknown?.header("Allow")]).toEqual([501, allowed.join(", ")]);
});
