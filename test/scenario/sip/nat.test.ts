/** What a user agent behind a NAT names as its Contact, and what is asked of servers. */
import { expect, test } from "vitest";
import type { Endpoint } from "../../../src/base/network.ts";
import type { SipRequest } from "../../../src/sip/message.ts";
import { Rig } from "./rig.ts";

const a = "10.0.0.1";
const p = "10.0.0.9";

async function start() {
  let seenAs: Endpoint | undefined = { address: "203.0.113.1", port: 40_001 };
  const rig = new Rig(1);
  const peer = await rig.peer(p);
  const identity = {
    aor: "sip:alice@pbx.example",
    seenAs: (local: { transport: string }) => (local.transport === "udp" ? seenAs : undefined),
  };
  const alice = await rig.phone(a, "alice", { identity });
  rig.hosts.set("pbx.example", [p]);
  peer.onRequest = (request: SipRequest) => {
    if (request.method !== "REGISTER") return;
    const contact = request.contacts[0]?.uri ?? "";
    peer.respond(request, 200, { headers: [["Contact", `<${contact}>;expires=600`]] });
  };
  const registration = alice.userAgent.register({
    identity: alice.identity,
    registrar: "sip:pbx.example",
    expiresSeconds: 600,
    retryMs: 30_000,
  });
  await rig.run(10);
  return {
    rig,
    peer,
    alice,
    registration,
    move: (to: Endpoint | undefined) => {
      seenAs = to;
      alice.userAgent.addressChanged();
    },
  };
}

test("NET-26: registrations and calls name the mapped address", async () => {
  const { peer, alice, rig } = await start();
  const register = peer.last("REGISTER");
  expect(register.header("Contact")).toBe("<sip:alice@203.0.113.1:40001>");
  alice.userAgent.invite({
    identity: alice.identity,
    to: "sip:bob@pbx.example",
    media: {
      address: "203.0.113.1",
      port: 40_002,
      codecs: [{ name: "pcmu", payloadType: 0 }],
      dtmfType: undefined,
      ptimeMs: 20,
      hold: false,
    },
  });
  await rig.run(10);
  const invite = peer.last("INVITE");
  expect(invite.header("Contact")).toBe("<sip:alice@203.0.113.1:40001>");
  expect(Buffer.from(invite.body).toString()).toContain("c=IN IP4 203.0.113.1\r\nt=0 0\r\nm=audio 40002 ");
});

test("NET-28: Via names our own address, and asks for the port that the server sees", async () => {
  const { peer } = await start();
  expect(peer.last("REGISTER").header("Via")).toMatch(/^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;rport;branch=/);
});

test("NET-26: another mapped address registers anew at once and takes the old binding away", async () => {
  const { peer, rig, move, registration } = await start();
  move({ address: "203.0.113.1", port: 40_777 });
  await rig.run(10);
  expect(peer.last("REGISTER").values("Contact")).toEqual([
    "<sip:alice@203.0.113.1:40777>",
    "<sip:alice@203.0.113.1:40001>;expires=0",
  ]);
  expect(registration.contact).toBe("sip:alice@203.0.113.1:40777");
  move(undefined);
  await rig.run(10);
  expect(peer.last("REGISTER").header("Contact")).toBe(`<sip:alice@${a}:5060>`);
});

test("NET-26: who called the mapped address is answered with it, who called the phone itself with its own", async () => {
  const { peer, alice, rig } = await start();
  alice.act = (session) => session.ring();
  const cases = [
    ["sip:alice@203.0.113.1:40001", "<sip:alice@203.0.113.1:40001>"],
    [`sip:alice@${a}:5060`, `<sip:alice@${a}:5060>`],
    ["sip:alice@198.51.100.66:40001", `<sip:alice@${a}:5060>`],
  ] as const;
  for (const [n, [uri, contact]] of cases.entries()) {
    const invite = [
      `INVITE ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${p}:5060;branch=z9hG4bK-nat-${n}`,
      "Max-Forwards: 70",
      `From: <sip:bob@${p}>;tag=bob`,
      `To: <${uri}>`,
      `Call-ID: nat-${n}`,
      "CSeq: 1 INVITE",
      `Contact: <sip:bob@${p}>`,
      "Content-Length: 0",
    ];
    peer.send(`${invite.join("\r\n")}\r\n\r\n`, { address: a, port: 5060 });
    await rig.run(50);
    const ringing = peer.responses.filter((r) => r.status === 180 && r.callId === `nat-${n}`);
    expect(ringing.map((r) => r.header("Contact"))).toEqual([contact]);
  }
});

test("NET-28: a registrar that sees us elsewhere makes the Contact follow, once, and not in a circle", async () => {
  const rig = new Rig(1);
  const peer = await rig.peer(p);
  let seen: Endpoint = { address: "203.0.113.9", port: 41_000 };
  let known: Endpoint | undefined;
  const identity = {
    aor: "sip:alice@pbx.example",
    seenAs: () => known,
    noteSeen: (_: unknown, at: Endpoint) => {
      const changed = known?.port !== at.port;
      known = at;
      return changed;
    },
  };
  const alice = await rig.phone(a, "alice", { identity });
  rig.hosts.set("pbx.example", [p]);
  const contacts: string[] = [];
  peer.onRequest = (request: SipRequest) => {
    if (request.method !== "REGISTER") return;
    contacts.push(...request.values("Contact"));
    const via = (request.header("Via") ?? "").replace(";rport", `;received=${seen.address};rport=${seen.port}`);
    request.setHeader("Via", via);
    const contact = request.contacts[0]?.uri ?? "";
    peer.respond(request, 200, { headers: [["Contact", `<${contact}>;expires=600`]] });
  };
  alice.userAgent.register({
    ...{ identity: alice.identity, registrar: "sip:pbx.example", expiresSeconds: 600, retryMs: 30_000 },
  });
  await rig.run(100);
  expect(contacts).toEqual([
    "<sip:alice@10.0.0.1:5060>",
    "<sip:alice@203.0.113.9:41000>",
    "<sip:alice@10.0.0.1:5060>;expires=0",
  ]);
  // It says something else in each answer: that is told with the refreshes alone.
  peer.onRequest = ((answer) => (request: SipRequest) => {
    seen = { ...seen, port: seen.port + 1 };
    answer?.(request);
  })(peer.onRequest);
  contacts.length = 0;
  await rig.run(1000);
  alice.userAgent.addressChanged();
  await rig.run(5000);
  expect(contacts.length).toBeLessThan(4);
});
