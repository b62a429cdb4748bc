/** Registration against a peer that plays the registrar: RFC 3261 §10.2, §22. */
import { expect, test } from "vitest";
import type { StreamSocket } from "../../../src/base/network.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { parseMessage } from "../../../src/sip/parse.ts";
import type { Registration } from "../../../src/sip/registration.ts";
import { type Peer, type Phone, Rig } from "./rig.ts";

const a = "10.0.0.1";
const p = "10.0.0.9";

async function start(seed = 1, options: Parameters<Rig["phone"]>[2] = {}) {
  const rig = new Rig(seed);
  const peer = await rig.peer(p);
  const credentials = { username: "alice", password: "secret" };
  const alice = await rig.phone(a, "alice", { identity: { credentials, aor: "sip:alice@pbx.example" }, ...options });
  rig.hosts.set("pbx.example", [p]);
  return { rig, peer, alice };
}

function register(alice: Phone, options = {}): { registration: Registration; seen: string[] } {
  const registration = alice.userAgent.register({
    identity: alice.identity,
    registrar: "sip:pbx.example",
    expiresSeconds: 3600,
    retryMs: 30_000,
    ...options,
  });
  const seen: string[] = [];
  registration.onState.on((state) => seen.push(state.name));
  return { registration, seen };
}

/** 200 with the binding as asked for, or for that many seconds. */
function grant(peer: Peer, request: SipRequest, seconds = request.expires ?? 3600): void {
  const contact = request.header("Contact") ?? "";
  peer.respond(request, 200, { headers: seconds === 0 ? [] : [["Contact", `${contact};expires=${seconds}`]] });
}

function always(peer: Peer, answer: (request: SipRequest) => void): void {
  peer.onRequest = (request) => {
    if (request.method === "REGISTER") answer(request);
  };
}

const digest: [string, string] = ["WWW-Authenticate", 'Digest realm="pbx", nonce="n1", qop="auth"'];

test("RFC 3261 §10.2, ACC-06: registers, refreshes before the end under the same Call-ID, removes at the end", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => grant(peer, request, request.expires === 0 ? 0 : 600));
  const { registration, seen } = register(alice);
  await rig.run(10);
  expect(seen).toEqual(["registered"]);
  const first = peer.last("REGISTER");
  expect(first.uri).toBe("sip:pbx.example");
  expect(first.header("To")).toBe('"alice" <sip:alice@pbx.example>');
  expect(first.from.uri).toBe("sip:alice@pbx.example");
  expect(first.header("Contact")).toBe(`<sip:alice@${a}:5060>`);
  expect(first.expires).toBe(3600);
  expect(registration.contact).toBe(`sip:alice@${a}:5060`);
  await rig.run(600_000);
  const second = peer.last("REGISTER");
  expect(peer.count("REGISTER")).toBe(2);
  expect(second.callId).toBe(first.callId);
  expect(second.cseq.number).toBe(2);
  const stopped = registration.stop();
  await rig.run(10);
  await stopped;
  expect(peer.last("REGISTER").expires).toBe(0);
  expect(peer.last("REGISTER").header("Contact")).toBe(`<sip:alice@${a}:5060>`);
  expect(registration.state).toEqual({ name: "unregistered", removal: "none" });
  await rig.run(7_200_000);
  expect(peer.count("REGISTER")).toBe(3);
  expect(alice.errors).toEqual([]);
  expect(alice.transactions.size.timers).toBe(0);
});

test("ACC-14: a challenge is answered; refreshes use the nonce again, counting", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => {
    if (request.header("Authorization") === undefined) peer.respond(request, 401, { headers: [digest] });
    else grant(peer, request);
  });
  const { registration } = register(alice);
  await rig.run(10);
  expect(registration.state.name).toBe("registered");
  expect(peer.last("REGISTER").header("Authorization")).toContain("nc=00000001");
  registration.refresh();
  await rig.run(10);
  expect(peer.count("REGISTER")).toBe(3);
  expect(peer.last("REGISTER").header("Authorization")).toContain("nc=00000002");
});

test("ACC-14: a wrong password ends in a state that says so, without a loop", async () => {
  const { rig, peer, alice } = await start();
  let nonce = 0;
  always(peer, (request) =>
    peer.respond(request, 401, { headers: [["WWW-Authenticate", `Digest realm="pbx", nonce="n${nonce++}"`]] }),
  );
  const { registration, seen } = register(alice);
  await rig.run(60_000);
  expect(registration.state).toMatchObject({
    name: "failed",
    status: 401,
    reason: "wrong user name or password for pbx.example",
  });
  expect(seen).toEqual(["failed"]);
  expect(peer.count("REGISTER")).toBe(2);
  // Once repaired at the server, it comes back by itself.
  always(peer, (request) => grant(peer, request));
  await rig.run(600_000);
  expect(registration.state.name).toBe("registered");
});

test("RFC 3261 §22.2: a registrar that asks for a password which is not configured", async () => {
  const { rig, peer, alice } = await start(1, { identity: { aor: "sip:alice@pbx.example" } });
  always(peer, (request) => peer.respond(request, 401, { headers: [digest] }));
  const { registration } = register(alice);
  await rig.run(10);
  expect(registration.state).toMatchObject({ name: "failed", reason: "pbx.example asks for a password" });
});

test("RFC 3261 §10.2.8: 423 is followed to the longer interval, and given up when it leads nowhere", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => {
    if ((request.expires ?? 0) < 1800) peer.respond(request, 423, { headers: [["Min-Expires", "1800"]] });
    else grant(peer, request);
  });
  const { registration } = register(alice, { expiresSeconds: 60 });
  await rig.run(10);
  expect(registration.state.name).toBe("registered");
  expect(peer.last("REGISTER").expires).toBe(1800);
  let least = 2000;
  always(peer, (request) => peer.respond(request, 423, { headers: [["Min-Expires", String(least++)]] }));
  const before = peer.count("REGISTER");
  registration.refresh();
  await rig.run(1000);
  expect(peer.count("REGISTER") - before).toBe(4);
  expect(registration.state).toMatchObject({ name: "failed", status: 423 });
});

test("ACC-07: a refusal is told with its reason and tried again after the configured time, then less often", async () => {
  const { rig, peer, alice } = await start();
  const times: number[] = [];
  always(peer, (request) => {
    times.push(rig.clock.now());
    peer.respond(request, 403);
  });
  const { registration, seen } = register(alice);
  await rig.run(10);
  expect(registration.state).toMatchObject({ name: "failed", status: 403, reason: "403 Forbidden by pbx.example" });
  await rig.run(3_600_000);
  const pauses = times.slice(1).map((t, i) => t - (times[i] ?? 0));
  expect(pauses[0]).toBeGreaterThanOrEqual(30_000);
  expect(pauses[0]).toBeLessThan(30_100);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1_800_100);
  expect(pauses.at(-1)).toBeGreaterThan(300_000);
  expect(seen.slice(0, 3)).toEqual(["failed", "registering", "failed"]);
});

test("RFC 3261 §20.33: Retry-After is kept to", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => peer.respond(request, 503, { headers: [["Retry-After", "120 (maintenance)"]] }));
  register(alice);
  await rig.run(119_000);
  expect(peer.count("REGISTER")).toBe(1);
  await rig.run(2000);
  expect(peer.count("REGISTER")).toBe(2);
});

test("RFC 3261 §10.2.7: a registrar that does not answer a refresh stays registered until the binding ends", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => grant(peer, request, 600));
  const { registration } = register(alice);
  await rig.run(10);
  rig.network.silence(p);
  await rig.run(560_000);
  expect(registration.state.name).toBe("registered");
  await rig.run(90_000);
  expect(registration.state).toMatchObject({ name: "failed", status: 408, reason: "pbx.example does not answer" });
  rig.network.silence(p, false);
  await rig.run(120_000);
  expect(registration.state.name).toBe("registered");
});

test("RFC 3261 §10.2.4: what counts is our own contact, by URI equality: its parameter before the header", async () => {
  const cases: [string, [string, string][], number | undefined][] = [
    [
      "parameter",
      [
        ["Contact", `<sip:ALICE@other>;expires=5, <sip:alice@${a}:5060>;expires=100`],
        ["Expires", "900"],
      ],
      100,
    ],
    [
      "header",
      [
        ["Contact", `<sip:alice@${a}:5060>`],
        ["Expires", "900"],
      ],
      900,
    ],
    ["asked", [["Contact", `sip:alice@${a}:5060`]], 3600],
    ["escaped", [["Contact", `<sip:%61lice@${a}:5060>;expires=50`]], 50],
    ["longer than asked", [["Contact", `<sip:alice@${a}:5060>;expires=9000`]], 3600],
    ["not ours", [["Contact", `<sip:bob@${a}:5060>;expires=100`]], undefined],
    ["none", [["Expires", "900"]], undefined],
    ["zero", [["Contact", `<sip:alice@${a}:5060>;expires=0`]], undefined],
  ];
  for (const [name, headers, seconds] of cases) {
    const { rig, peer, alice } = await start();
    always(peer, (request) => peer.respond(request, 200, { headers, tag: "" }));
    const { registration } = register(alice);
    await rig.run(10);
    const { state } = registration;
    const expires = state.name === "registered" ? Math.round(state.expiresAtMs / 1000) : undefined;
    expect([name, expires]).toEqual([name, seconds]);
  }
});

test("RFC 3261 §8.1.3.4: a REGISTER is redirected", async () => {
  const { rig, peer, alice } = await start();
  const other = await rig.peer("10.0.0.8");
  always(peer, (request) => peer.respond(request, 302, { headers: [["Contact", "<sip:10.0.0.8>"]] }));
  always(other, (request) => grant(other, request));
  const { registration } = register(alice);
  await rig.run(10);
  expect(other.last("REGISTER").uri).toBe("sip:10.0.0.8");
  expect(registration.state.name).toBe("registered");
});

test("RFC 3261 §10.2.2: stopped while the first REGISTER is under way, the binding is removed all the same", async () => {
  const { rig, peer, alice } = await start();
  const { registration } = register(alice);
  await rig.run(10);
  const stopped = registration.stop();
  await rig.run(10);
  expect(peer.last("REGISTER").expires).toBe(0);
  grant(peer, peer.last("REGISTER"), 0);
  await rig.run(10);
  await stopped;
  expect(registration.state.name).toBe("unregistered");
});

test("RFC 3261 §10.2.2: a silent registrar does not hold up the end for more than 4 s", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => grant(peer, request));
  const { registration } = register(alice);
  await rig.run(10);
  rig.network.silence(p);
  let over = false;
  void registration.stop().then(() => {
    over = true;
  });
  await rig.run(3900);
  expect(over).toBe(false);
  await rig.run(200);
  expect(over).toBe(true);
  await rig.run(100_000);
  expect(alice.transactions.size.client).toBe(0);
});

test("RFC 3608: the Service-Route of the registrar is kept", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => {
    const contact = request.header("Contact") ?? "";
    peer.respond(request, 200, {
      headers: [
        ["Contact", contact],
        ["Service-Route", "<sip:one;lr>, <sip:two;lr>"],
      ],
    });
  });
  const { registration } = register(alice);
  await rig.run(10);
  expect(registration.serviceRoute).toEqual(["<sip:one;lr>", "<sip:two;lr>"]);
});

test("RFC 3261 §10.2: closing the user agent removes every registration", async () => {
  const { rig, peer, alice } = await start();
  always(peer, (request) => grant(peer, request));
  register(alice);
  register(alice);
  await rig.run(10);
  const closed = alice.userAgent.close();
  await rig.run(100);
  await closed;
  expect(peer.requests.slice(-2).map((r) => r.expires)).toEqual([0, 0]);
});

test("RFC 3261 §8.1: a request out of dialogs is authenticated, and tells what became of it", async () => {
  const { rig, peer, alice } = await start();
  peer.onRequest = (request) => {
    if (request.header("Authorization") === undefined) peer.respond(request, 401, { headers: [digest] });
    else peer.respond(request, 202);
  };
  const { identity } = alice;
  const sent = alice.userAgent.request({
    identity,
    method: "MESSAGE",
    uri: "sip:bob@pbx.example",
    contentType: "text/plain",
    body: "hi",
  });
  await rig.run(10);
  expect(await sent).toMatchObject({ response: { status: 202 } });
  expect(peer.last("MESSAGE").bodyText).toBe("hi");
  rig.network.silence(p);
  const lost = alice.userAgent.request({ identity, method: "OPTIONS", uri: "sip:pbx.example" });
  await rig.run(33_000);
  expect(await lost).toHaveProperty("failed");
});

test("RFC 3261 §10.2: a changed address is registered at once, and the old one taken back", async () => {
  const rig = new Rig(1);
  const peer = await rig.peer(p);
  let address = a;
  const network = { ...rig.network.host(a, "10.0.0.3"), localAddressFor: async () => address };
  const alice = await rig.phone(a, "alice", { network });
  always(peer, (request) => {
    const [contact = ""] = request.headers("Contact");
    peer.respond(request, 200, { headers: [["Contact", `${contact};expires=600`]] });
  });
  const { registration } = register(alice, { registrar: `sip:${p}` });
  await rig.run(10);
  address = "10.0.0.3";
  await rig.run(20_000);
  alice.userAgent.addressChanged();
  await rig.run(10);
  expect(peer.count("REGISTER")).toBe(2);
  expect(peer.last("REGISTER").headers("Contact")).toEqual([
    "<sip:alice@10.0.0.3:5060>",
    `<sip:alice@${a}:5060>;expires=0`,
  ]);
  expect([registration.state.name, registration.contact]).toEqual(["registered", "sip:alice@10.0.0.3:5060"]);
});

test("RFC 5626 §4.5: the connection to the registrar breaks: it is made again, and the binding with it, in no loop", async () => {
  const rig = new Rig(1);
  const alice = await rig.phone(a, "alice", { identity: { aor: "sip:alice@pbx.example", transport: "tcp" } });
  rig.hosts.set("pbx.example", [p]);
  const connections: StreamSocket[] = [];
  const listener = await rig.network.host(p).listenStream({ address: p, port: 5060 });
  listener.onConnection = (connection) => {
    connections.push(connection);
    connection.onData = (bytes) => {
      const parsed = parseMessage(bytes);
      if (!parsed.ok || !(parsed.message instanceof SipRequest)) throw new Error("no request");
      const response = SipResponse.to(parsed.message, 200, undefined, "registrar");
      connection.send(response.addHeader("Contact", `${parsed.message.header("Contact")};expires=600`).toBytes());
    };
  };
  const { registration, seen } = register(alice);
  await rig.run(10_000);
  expect(seen).toEqual(["registered"]);
  expect(registration.contact).toContain("transport=tcp");
  connections[0]?.close();
  await rig.run(3000);
  expect(seen).toEqual(["registered", "registering", "registered"]);
  expect(connections).toHaveLength(2);
  // A server that does so every time is asked as seldom as one that fails.
  connections[1]?.close();
  await rig.run(25_000);
  expect(connections).toHaveLength(2);
  await rig.run(10_000);
  expect(connections).toHaveLength(3);
  expect(registration.state.name).toBe("registered");
});
