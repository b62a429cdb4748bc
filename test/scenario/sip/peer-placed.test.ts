/** Calls placed to a peer without a stack: forks, answers, routes (RFC 3261 §8.1, §12.1, §13.2). */
import { expect, test } from "vitest";
import { a, allow, call, p, start, talking } from "./peer-calls.ts";
import { describe, follow, sdp } from "./rig.ts";

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
  expect(invite.headers("Supported")).toEqual(["replaces, norefersub, from-change"]);
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
