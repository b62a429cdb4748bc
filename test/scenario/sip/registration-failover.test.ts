/** Two servers of an account on a simulated network, the first of which falls silent: feature rows ACC-05, ACC-08, ACC-11 to ACC-13, ACC-33; RFC 3608, RFC 5626, RFC 5627. */
import { expect, test } from "vitest";
import type { Resolver } from "../../../src/base/network.ts";
import type { FailoverOptions } from "../../../src/sip/failover.ts";
import type { FailbackMode } from "../../../src/sip/failover-state.ts";
import { type SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { grant, one, own, server, start, two } from "./failover-kit.ts";
import { media, type Peer, sdp } from "./rig.ts";

test("ACC-11, mode 0: each request begins with the first server, and the registration follows", async () => {
  const { rig, two: second, one: first, register, call, group, problems } = await start();
  const changes: string[] = [];
  group.onServer.on((change) => changes.push(`${change.domain} ${change.first}`));
  const registration = await register();
  expect([first.count("REGISTER"), second.count("REGISTER"), await call()]).toEqual([1, 0, "one"]);
  rig.network.silence(one);
  // Retransmitted once, given up after 0.5 + 1 s (retry_counts).
  const before = rig.clock.now();
  expect(await call(1400)).toBe("");
  expect(await call(1600)).toBe("two");
  expect(rig.clock.now() - before).toBe(3000);
  await rig.run(3000);
  expect([second.count("REGISTER"), changes]).toEqual([1, [`${two} false`]]);
  expect(second.last("INVITE").uri).toBe(`sip:600@${two}`);
  expect(second.last("INVITE").from.uri).toBe(`sip:alice@${two}`);
  expect(second.last("REGISTER").uri).toBe(`sip:${two}`);
  rig.network.silence(one, false);
  expect(await call()).toBe("one");
  await rig.run(3000);
  expect([changes.at(-1), registration.state.name, problems]).toEqual([`${one} true`, "registered", []]);
});

/** When the first server, dead for a while, gets its next REGISTER, and where calls go before and after. */
async function failback(mode: FailbackMode, more: Partial<FailoverOptions> = {}, resolver?: Resolver) {
  const { rig, one: first, register, call, group } = await start({ mode, ...more }, resolver);
  await register();
  rig.network.silence(one);
  const away = await call();
  await rig.run(5000);
  rig.network.silence(one, false);
  const meanwhile = await call();
  const silentMs = rig.clock.now();
  const before = first.count("REGISTER");
  while (first.count("REGISTER") === before && rig.clock.now() - silentMs < 4_000_000) await rig.run(1000);
  const afterS = Math.round((rig.clock.now() - silentMs) / 1000);
  await rig.run(100);
  return { away, meanwhile, afterS, later: await call(), state: group.state.name };
}

test("ACC-11, mode 3: the first server is tried again after the configured time", async () => {
  const seen = await failback("duration", { durationMs: 300_000 });
  expect(seen).toMatchObject({ away: "two", meanwhile: "two", later: "one", state: "first" });
  expect(seen.afterS).toBeGreaterThan(285);
  expect(seen.afterS).toBeLessThan(301);
});

test("ACC-11, mode 2: with the next registration; one domain has no second clock", async () => {
  const resolver: Resolver = {
    addresses: async () => [one, two],
    hosts: async () => ({ records: [one, two], ttlSeconds: 60 }),
  };
  const servers = [server("pbx.example", { expiresSeconds: 900 })];
  const seen = await failback("registration", { servers }, resolver);
  expect(seen).toMatchObject({ away: "two", meanwhile: "two", later: "one", state: "first" });
  expect(seen.afterS).toBeGreaterThan(600);
  expect(seen.afterS).toBeLessThan(740);
});

test("ACC-11, mode 1: when the lifetime of what DNS said is over", async () => {
  const resolver: Resolver = {
    addresses: async () => [one, two],
    hosts: async () => ({ records: [one, two], ttlSeconds: 200 }),
  };
  const seen = await failback("ttl", { servers: [server("pbx.example")] }, resolver);
  expect(seen).toMatchObject({ away: "two", meanwhile: "two", later: "one", state: "first" });
  expect(seen.afterS).toBeGreaterThan(170);
  expect(seen.afterS).toBeLessThan(200);
});

test("ACC-12, successive: while the second serves, the first is looked at each fallback.timeout", async () => {
  const { rig, one: first, two: second, register, group } = await start({ mode: "registration" });
  const registration = await register();
  rig.network.silence(one);
  registration.refresh();
  await rig.run(3000);
  expect([second.count("REGISTER"), group.live.domain]).toEqual([1, two]);
  await rig.run(250_000);
  // Two looks came to nothing, and each renewed what stands at the second.
  expect([first.count("REGISTER"), second.count("REGISTER")]).toEqual([1, 3]);
  rig.network.silence(one, false);
  await rig.run(125_000);
  expect([group.live.domain, first.count("REGISTER"), second.count("REGISTER")]).toEqual([one, 2, 3]);
});

test("ACC-12, concurrent: a registration at each; calls go to the second while the first's is lost", async () => {
  const { rig, one: first, two: second, register, group, call } = await start({ mode: "registration" });
  const [a, b] = [
    await register({ only: 0, longestRetryMs: 120_000 }),
    await register({ only: 1, longestRetryMs: 120_000 }),
  ];
  expect([first.count("REGISTER"), second.count("REGISTER"), group.live.domain]).toEqual([1, 1, one]);
  expect(first.last("REGISTER").uri).toBe(`sip:${one}`);
  expect(second.last("REGISTER").from.uri).toBe(`sip:alice@${two}`);
  rig.network.silence(one);
  a.refresh();
  await rig.run(33_000);
  expect([b.state.name, group.live.domain, await call()]).toEqual(["registered", two, "two"]);
  rig.network.silence(one, false);
  await rig.run(125_000);
  expect([a.state.name, group.live.domain, await call()]).toEqual(["registered", one, "one"]);
});

test("ACC-11: register_on_enable registers at the next server before the call goes there", async () => {
  const { rig, two: second, register, call } = await start({ registerFirst: true });
  await register();
  rig.network.silence(one);
  expect(await call(6000)).toBe("two");
  expect(second.requests.map((request) => request.method)).toEqual(["REGISTER", "INVITE", "ACK"]);
});

test("ACC-11: a server that dies between its challenge and its grant is given up for the next one, which challenges anew", async () => {
  const { rig, one: first, two: second, alice } = await start();
  const challenge = (peer: Peer, request: SipRequest, nonce: string) =>
    peer.respond(request, 401, { headers: [["WWW-Authenticate", `Digest realm="pbx", nonce="${nonce}", qop="auth"`]] });
  first.onRequest = (request) => {
    challenge(first, request, "of-one");
    // The answer to its challenge finds nobody.
    first.onRequest = () => {};
  };
  second.onRequest = (request) => {
    if (request.header("Authorization") === undefined) challenge(second, request, "of-two");
    else grant(second, request);
  };
  const identity = { ...alice.identity, credentials: { username: "alice", password: "secret" } };
  const registration = alice.userAgent.register({
    ...{ identity, registrar: `sip:${one}`, expiresSeconds: 3600, retryMs: 30_000 },
  });
  await rig.run(10_000);
  expect(registration.state.name).toBe("registered");
  const told = second.requests.map((request) => request.header("Authorization"));
  // What the dead one gave is nobody else's business.
  expect(told).toEqual([undefined, expect.stringContaining('nonce="of-two"')]);
  expect(first.requests.at(-1)?.header("Authorization")).toContain('nonce="of-one"');
  const numbers = [...first.requests, ...second.requests].map((request) => request.cseq.number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

test("ACC-11: 503 moves on, unless told not to; all silent is told by name", async () => {
  for (const switchOn503 of [true, false]) {
    const { one: first, call } = await start({ switchOn503 });
    first.onRequest = (request) => first.respond(request, 503);
    expect(await call()).toBe(switchOn503 ? "one two" : "one");
  }
  const { rig, alice } = await start();
  for (const address of [one, two]) rig.network.silence(address);
  const session = alice.userAgent.invite({ identity: alice.identity, to: `sip:600@${one}`, media: media(own) });
  await rig.run(40_000);
  expect(session.state).toMatchObject({ name: "terminated", reason: `${one} and ${two} do not answer` });
});

test("ACC-11: an INVITE that a given-up server answers late is hung up there", async () => {
  const { rig, one: first, two: second, alice } = await start();
  const kept: SipRequest[] = [];
  first.onRequest = (request) => {
    if (request.method === "INVITE") kept.push(request);
    if (request.method === "BYE") first.respond(request, 200);
  };
  second.onRequest = (request) => {
    if (request.method === "INVITE") second.respond(request, 180);
  };
  const session = alice.userAgent.invite({ identity: alice.identity, to: `sip:600@${one}`, media: media(own) });
  await rig.run(2000);
  const [invite] = kept;
  if (invite === undefined) throw new Error("no INVITE came");
  first.respond(invite, 200, { tag: "late" });
  await rig.run(1000);
  expect(first.requests.map((request) => request.method)).toContain("ACK");
  expect(first.count("BYE")).toBe(1);
  expect(session.state).toMatchObject({ name: "proceeding", status: 180 });
});

test("ACC-13: when the records change, the registration goes where they lead", async () => {
  let records = [one];
  const resolver: Resolver = {
    addresses: async () => records,
    hosts: async () => ({ records, ttlSeconds: 60 }),
  };
  const { rig, two: second, register } = await start({ ttlTimer: true, servers: [server("pbx.example")] }, resolver);
  await register();
  records = [two];
  await rig.run(59_000);
  expect(second.count("REGISTER")).toBe(0);
  await rig.run(2000);
  expect(second.count("REGISTER")).toBe(1);
});

test("ACC-05: with outbound proxies requests go by the first, then by the second, with a Route, and back in time", async () => {
  const proxy = (address: string) => ({ uri: `sip:${address}:5060;lr`, location: { transport: "udp" as const } });
  const options = { servers: [server("pbx.example")], proxies: [proxy(one), proxy(two)], mode: "duration" as const };
  const { rig, one: first, two: second, register, call } = await start(options);
  await register();
  expect(first.last("REGISTER").uri).toBe("sip:pbx.example");
  expect(first.last("REGISTER").values("Route")).toEqual([`<sip:${one}:5060;lr>`]);
  rig.network.silence(one);
  expect(await call()).toBe("two");
  expect(second.last("INVITE").values("Route")).toEqual([`<sip:${two}:5060;lr>`]);
  expect(second.last("INVITE").uri).toBe("sip:600@pbx.example");
  rig.network.silence(one, false);
  expect(await call()).toBe("two");
  await rig.run(600_000);
  expect(await call()).toBe("one");
});

test("ACC-05: sip.use_out_bound_in_dialog sends ACK and BYE by way of the proxy too, or to the other side itself", async () => {
  for (const proxyInDialog of [true, false]) {
    const proxies = [{ uri: `sip:${one}:5060;lr`, location: { transport: "udp" as const } }];
    const {
      rig,
      one: first,
      two: callee,
      alice,
    } = await start({ servers: [server("pbx.example")], proxies, proxyInDialog });
    first.onRequest = (request) => {
      if (request.method !== "INVITE") return;
      const headers: [string, string][] = [["Contact", `<sip:bob@${two}>`]];
      const response = SipResponse.to(request, 200, undefined, "bob");
      for (const [name, value] of headers) response.addHeader(name, value);
      response.setBody("application/sdp", sdp(two));
      first.send(response, { address: own, port: 5060 });
    };
    const session = alice.userAgent.invite({ identity: alice.identity, to: "sip:600@pbx.example", media: media(own) });
    await rig.run(50);
    session.hangUp();
    await rig.run(50);
    const [by, past] = proxyInDialog ? [first, callee] : [callee, first];
    expect([by.count("ACK"), by.count("BYE") > 0, past.count("ACK"), past.count("BYE")]).toEqual([1, true, 0, 0]);
    expect(by.last("BYE").uri).toBe(`sip:bob@${two}`);
    expect(by.last("BYE").values("Route")).toEqual(proxyInDialog ? [`<sip:${one}:5060;lr>`] : []);
  }
});

test("RFC 3608 §5: the Service-Route of a server is the way of what follows, but for REGISTER", async () => {
  const { one: first, register, call } = await start();
  first.onRequest = (request) => {
    if (request.method === "REGISTER") grant(first, request, [["Service-Route", "<sip:orig@core.example;lr>"]]);
    else first.respond(request, 486);
  };
  const registration = await register();
  await call();
  expect(first.last("INVITE").values("Route")).toEqual(["<sip:orig@core.example;lr>"]);
  registration.refresh();
  await call();
  expect(first.last("REGISTER").values("Route")).toEqual([]);
});

test("RFC 5626 §4.2, RFC 5627 §4.2: says who it is and by which way; 439 leaves that aside", async () => {
  const { rig, one: first, register } = await start();
  const instanceId = "urn:uuid:00000000-0000-1000-8000-0a0b0c0d0e0f";
  first.onRequest = (request) => {
    if (request.header("Contact")?.includes("reg-id") === true) first.respond(request, 439);
    else grant(first, request);
  };
  const registration = await register({ instanceId, gruu: true });
  const [before, after] = first.requests.filter((request) => request.method === "REGISTER");
  expect(before?.header("Contact")).toBe(`<sip:alice@${own}:5060>;reg-id=1;+sip.instance="<${instanceId}>"`);
  expect(before?.values("Supported")).toEqual(expect.arrayContaining(["path", "outbound", "gruu"]));
  expect(after?.header("Contact")).toBe(`<sip:alice@${own}:5060>;+sip.instance="<${instanceId}>"`);
  first.onRequest = (request) => {
    const contact = `${request.header("Contact")};expires=60;pub-gruu="sip:alice@${one};gr=urn:x"`;
    first.respond(request, 200, { headers: [["Contact", contact]], tag: "" });
  };
  registration.refresh();
  await rig.run(10);
  expect(registration.publicGruu).toBe(`sip:alice@${one};gr=urn:x`);
});

test("ACC-08: the first REGISTER waits for a moment of its own; asked by hand it does not", async () => {
  const { rig, one: first, register } = await start();
  const registration = await register({ spreadMs: 60_000 });
  expect([registration.state.name, first.count("REGISTER")]).toEqual(["waiting", 0]);
  await rig.run(60_000);
  expect([registration.state.name, first.count("REGISTER")]).toEqual(["registered", 1]);
  const other = await register({ spreadMs: 60_000 });
  other.refresh();
  await rig.run(10);
  expect(other.state.name).toBe("registered");
});

test("ACC-09: left as it is, a binding is not taken back", async () => {
  const { rig, one: first, register } = await start();
  const [a, b] = [await register(), await register()];
  await a.stop("leave");
  expect(first.count("REGISTER")).toBe(2);
  const stopped = b.stop();
  await rig.run(100);
  await stopped;
  expect(first.last("REGISTER").expires).toBe(0);
});
