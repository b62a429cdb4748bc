/** Transfers between user agents over a simulated network: REFER, its NOTIFYs, Replaces (RFC 3515, 3891, 3892, 4488; flows of RFC 5359 and RFC 5589). */
import { expect, test } from "vitest";
import type { Referral } from "../../../src/sip/referral.ts";
import type { Session } from "../../../src/sip/session.ts";
import type { Transfer } from "../../../src/sip/transfer.ts";
import { describe, media, type Phone, Rig, sdp } from "./rig.ts";

const a = "10.0.0.1";
const b = "10.0.0.2";
const c = "10.0.0.3";
const p = "10.0.0.9";

/** Alice talks to Bob; Carol answers whoever calls. Bob calls whom he is referred to. */
async function talking(seed = 1, conditions = {}) {
  const rig = new Rig(seed, conditions);
  const [alice, bob, carol] = [await rig.phone(a, "alice"), await rig.phone(b, "bob"), await rig.phone(c, "carol")];
  for (const phone of [bob, carol]) phone.act = (session) => answer(session, phone);
  const out = dial(alice, `sip:bob@${b}`);
  await rig.run(100);
  const incoming = bob.incoming[0];
  if (incoming === undefined) throw new Error("no call came");
  const referred: Session[] = [];
  incoming.onRefer.on((referral) => referred.push(obey(bob, referral)));
  rig.network.transits.length = 0;
  return { rig, alice, bob, carol, out, incoming, referred };
}

function answer(session: Session, phone: Phone): void {
  session.ring();
  session.answer(media(phone.address));
}

function dial(phone: Phone, to: string): Session {
  return phone.userAgent.invite({ identity: phone.identity, to, media: media(phone.address) });
}

/** Does what a REFER asks for. */
function obey(phone: Phone, referral: Referral): Session {
  referral.accept();
  const session = phone.userAgent.invite({
    identity: phone.identity,
    media: media(phone.address),
    ...referral.inviteOptions,
  });
  referral.follow(session);
  return session;
}

function follow(transfer: Transfer): string[] {
  const seen: string[] = [];
  transfer.onState.on((state) => seen.push("status" in state ? `${state.name} ${state.status}` : state.name));
  return seen;
}

async function settled(rig: Rig, ...phones: Phone[]): Promise<void> {
  await rig.run(400_000);
  for (const phone of phones) {
    expect(phone.errors).toEqual([]);
    expect(phone.userAgent.sessions).toBe(0);
    expect(phone.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
  }
}

/** Between two hosts only. */
function between(rig: Rig, ends: string): string[] {
  const [x, y] = ends.split("");
  return rig.wire().filter((line) => line.startsWith(`${x}>${y} `) || line.startsWith(`${y}>${x} `));
}

test("CAL-47: blind transfer: REFER, 202, NOTIFYs with what becomes of it, BYE; guide flow 6", async () => {
  const { rig, alice, bob, carol, out, referred } = await talking();
  const transfer = out.transfer(`sip:carol@${c}`);
  const seen = follow(transfer);
  await rig.run(200);
  expect(seen).toEqual(["accepted", "proceeding 100", "proceeding 180", "succeeded 200"]);
  expect(between(rig, "12").slice(0, 2)).toEqual(["1>2 REFER", "2>1 202 Accepted"]);
  expect(between(rig, "12").filter((l) => l.endsWith("NOTIFY"))).toHaveLength(3);
  expect(between(rig, "23")).toEqual(["2>3 INVITE", "3>2 180 Ringing", "3>2 200 OK", "2>3 ACK"]);
  expect(carol.incoming[0]?.request.header("Referred-By")).toBe(`<sip:alice@${a}>`);
  out.hangUp();
  await rig.run(100);
  expect(referred.map((s) => describe(s.state))).toEqual(["established"]);
  referred[0]?.hangUp();
  await settled(rig, alice, bob, carol);
});

test("CAL-47: the one who transfers may hang up at once; reports still come and are answered", async () => {
  const { rig, alice, bob, carol, out } = await talking();
  carol.act = (session) => session.ring();
  const transfer = out.transfer(`sip:carol@${c}`);
  const seen = follow(transfer);
  transfer.onState.on((state) => {
    if (state.name === "accepted") out.hangUp();
  });
  await rig.run(200);
  expect(describe(out.state)).toBe("terminated local 200");
  expect(seen).toEqual(["accepted", "proceeding 100", "proceeding 180"]);
  carol.incoming[0]?.reject(486);
  await rig.run(200);
  expect(seen.at(-1)).toBe("failed 486");
  expect(rig.wire().filter((l) => l.includes("481"))).toEqual([]);
  await settled(rig, alice, bob, carol);
});

test("CAL-49: attended transfer: the target's call is replaced and hung up; guide flow 7", async () => {
  const { rig, alice, bob, carol, out, referred } = await talking();
  out.hold();
  const consult = dial(alice, `sip:carol@${c}`);
  await rig.run(200);
  consult.hold();
  await rig.run(100);
  rig.network.transits.length = 0;
  const transfer = out.transfer(consult);
  const seen = follow(transfer);
  await rig.run(300);
  expect(seen.at(-1)).toBe("succeeded 200");
  const [first, second] = carol.incoming;
  expect(second?.replaces).toBe(first);
  expect(second?.request.header("Require")).toBe("replaces");
  expect([first, second].map((s) => s && describe(s.state))).toEqual(["terminated local 200", "established"]);
  expect(describe(consult.state)).toBe("terminated remote 200");
  out.hangUp();
  referred[0]?.hangUp();
  await settled(rig, alice, bob, carol);
});

test("CAL-48: semi-attended transfer: a target that only rings is named without Replaces", async () => {
  const { rig, out, alice, carol } = await talking();
  carol.act = (session) => session.ring();
  const consult = dial(alice, `sip:carol@${c}`);
  await rig.run(100);
  consult.hangUp();
  const transfer = out.transfer(consult);
  await rig.run(100);
  expect(transfer.target).toBe(`sip:carol@${c}`);
  expect(carol.incoming.map((s) => s.request.header("Replaces"))).toEqual([undefined, undefined]);
});

test("RFC 3515 §2.4.2: a REFER that nobody takes is declined, one that cannot be read is told why", async () => {
  const rig = new Rig(2);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  alice.act = (session) => session.answer(media(a));
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  peer.request("ACK", a, { toTag });
  const cases: [[string, string][], number][] = [
    [[["Refer-To", `<sip:carol@${c}>`]], 603],
    [[], 400],
    [[["Refer-To", "nonsense"]], 400],
    [[["Refer-To", "<mailto:x@y>"]], 416],
    [[["Refer-To", `<sip:x@${c}?Replaces=a>`]], 400],
    [
      [
        ["Refer-To", `<sip:x@${c}>`],
        ["Refer-To", `<sip:y@${c}>`],
      ],
      400,
    ],
  ];
  let cseq = 2;
  for (const [headers, status] of cases) {
    peer.request("REFER", a, { toTag, cseq: cseq++, headers });
    await rig.run(10);
    expect([headers, peer.responses.at(-1)?.status]).toEqual([headers, status]);
  }
});

test("RFC 3515 §2.4.4: reports carry the id of their REFER from the second on, and end when told to", async () => {
  const rig = new Rig(3);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  const referrals: Referral[] = [];
  alice.act = (session) => {
    session.answer(media(a));
    session.onRefer.on((referral) => {
      referrals.push(referral);
      referral.accept();
    });
  };
  peer.onRequest = (request) => peer.respond(request, 200);
  peer.request("INVITE", a, { sdp: sdp(p) });
  await rig.run(10);
  const toTag = peer.responses.at(-1)?.to.tag ?? "";
  peer.request("ACK", a, { toTag });
  for (const cseq of [2, 3]) peer.request("REFER", a, { toTag, cseq, headers: [["Refer-To", `<sip:x@${c}>`]] });
  await rig.run(10);
  expect(peer.requests.map((r) => r.header("Event"))).toEqual(["refer", "refer;id=3"]);
  expect(peer.last("NOTIFY").bodyText).toBe("SIP/2.0 100 Trying\r\n");
  expect(peer.last("NOTIFY").contentType).toBe("message/sipfrag");
  peer.request("SUBSCRIBE", a, {
    toTag,
    cseq: 4,
    headers: [
      ["Event", "refer;id=3"],
      ["Expires", "0"],
    ],
  });
  await rig.run(10);
  expect(peer.last("NOTIFY").header("Subscription-State")).toBe("terminated;reason=timeout");
  // The call goes on being reported for the first one.
  referrals[0]?.report(180);
  referrals[1]?.report(180);
  referrals[0]?.report(486);
  await rig.run(50);
  expect(peer.last("NOTIFY").bodyText).toBe("SIP/2.0 486 Busy Here\r\n");
  expect(peer.last("NOTIFY").header("Subscription-State")).toBe("terminated;reason=noresource");
  expect(peer.count("NOTIFY")).toBe(5);
});

test("RFC 4488: with Refer-Sub: false nobody is told, on either side", async () => {
  const { rig, alice, bob, carol, out, referred } = await talking();
  const transfer = out.transfer(`sip:carol@${c}`, { headers: [["Refer-Sub", "false"]] });
  await rig.run(200);
  expect(transfer.state).toEqual({ name: "accepted", observed: false });
  expect(rig.wire().filter((l) => l.endsWith("NOTIFY"))).toEqual([]);
  expect(referred.map((s) => describe(s.state))).toEqual(["established"]);
  for (const session of [out, ...referred]) session.hangUp();
  await settled(rig, alice, bob, carol);
});

test("RFC 3515 §2.4.7: reports that never come end in not knowing", async () => {
  const rig = new Rig(4);
  const alice = await rig.phone(a, "alice");
  const peer = await rig.peer(p);
  const out = dial(alice, `sip:peer@${p}`);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p) });
  await rig.run(10);
  const transfer = out.transfer(`sip:carol@${c}`);
  await rig.run(10);
  peer.respond(peer.last("REFER"), 202);
  await rig.run(10);
  expect(transfer.state).toEqual({ name: "accepted", observed: true });
  peer.onRequest = (request) => peer.respond(request, 200);
  out.hangUp();
  await rig.run(300_000);
  expect(transfer.state).toEqual({ name: "unknown", reason: "no report came" });
  await settled(rig, alice);
});

test("RFC 3891 §3: what Replaces may not replace is refused with the status that says why", async () => {
  const { rig, alice, bob, out, incoming } = await talking();
  const peer = await rig.peer(p);
  const early = dial(alice, `sip:peer@${p}`);
  await rig.run(10);
  peer.respond(peer.last("INVITE"), 180, { tag: "early" });
  await rig.run(10);
  const invite = peer.last("INVITE");
  const named = out.replaceable;
  if (named === undefined) throw new Error("no dialog");
  const to = (host: string, headers: [string, string][]) => {
    peer.request("INVITE", host, { sdp: sdp(p), headers, callId: `r${rig.clock.now()}` });
    return rig.run(20).then(() => peer.responses.at(-1)?.status);
  };
  const ofBob = `${named.callId};to-tag=${named.toTag};from-tag=${named.fromTag}`;
  bob.act = (session) => session.ring();
  expect(await to(b, [["Replaces", `${ofBob};early-only`]])).toBe(486);
  expect(await to(b, [["Replaces", ofBob.replace("from-tag=", "from-tag=x")]])).toBe(481);
  expect(await to(b, [["Replaces", "nonsense"]])).toBe(400);
  expect(
    await to(b, [
      ["Replaces", ofBob],
      ["Join", ofBob],
    ]),
  ).toBe(400);
  expect(await to(b, [["Join", ofBob]])).toBe(488);
  expect(await to(b, [["Join", "other;to-tag=a;from-tag=b"]])).toBe(481);
  expect(await to(b, [["Require", "join"]])).toBe(420);
  expect(await to(b, [["Replaces", ofBob]])).toBe(180);
  expect(bob.incoming.at(-1)?.replaces).toBe(incoming);
  // A call that rings here is not ours to give away; one that we placed is (flow of a call picked up elsewhere).
  const ringing = bob.incoming.at(-1)?.replaceable;
  expect(await to(b, [["Replaces", `${ringing?.callId};to-tag=${ringing?.fromTag};from-tag=${ringing?.toTag}`]])).toBe(
    481,
  );
  alice.act = (session) => session.answer(media(a));
  expect(await to(a, [["Replaces", `${invite.callId};to-tag=${invite.from.tag};from-tag=early;early-only`]])).toBe(200);
  await rig.run(10);
  expect(describe(early.state)).toBe("terminated local 487");
  expect(peer.count("CANCEL")).toBe(1);
});

test("RFC 5589 §6: transfers survive 20 % loss, and end in one call or in a report", async () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const rig = new Rig(seed, { loss: 0.2, delayMs: 10, jitterMs: 30, duplicate: 0.05 });
    const [alice, bob, carol] = [await rig.phone(a, "alice"), await rig.phone(b, "bob"), await rig.phone(c, "carol")];
    for (const phone of [bob, carol]) phone.act = (session) => answer(session, phone);
    const out = dial(alice, `sip:bob@${b}`);
    await rig.run(30_000);
    const referred: Session[] = [];
    bob.incoming[0]?.onRefer.on((referral) => referred.push(obey(bob, referral)));
    const consult = dial(alice, `sip:carol@${c}`);
    await rig.run(30_000);
    const transfer = out.transfer(consult);
    await rig.run(60_000);
    expect([seed, transfer.state.name, describe(consult.state)]).toEqual([seed, "succeeded", "terminated remote 200"]);
    expect(referred.map((s) => describe(s.state))).toEqual(["established"]);
    out.hangUp();
    referred[0]?.hangUp();
    await settled(rig, alice, bob, carol);
  }
});
