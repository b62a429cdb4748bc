/** Session timers between user agents and against a raw peer: RFC 4028. */
import { expect, test } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import type { SessionTimerSettings } from "../../../src/sip/session-timer.ts";
import { describe, media, type Phone, Rig, sdp } from "./rig.ts";

const a = "10.0.0.1";
const b = "10.0.0.2";
const p = "10.0.0.9";

const usual: SessionTimerSettings = { expiresSeconds: 300, leastSeconds: 90, refresher: "us" };

async function pair(caller: SessionTimerSettings | undefined, callee: SessionTimerSettings | undefined) {
  const rig = new Rig(1);
  const alice = await rig.phone(a, "alice", { identity: { conduct: { timer: caller } } });
  const bob = await rig.phone(b, "bob", { identity: { conduct: { timer: callee } } });
  bob.act = (session) => {
    session.identity = bob.identity;
    session.answer(media(b));
  };
  const out = alice.userAgent.invite({ identity: alice.identity, to: `sip:bob@${b}`, media: media(a) });
  await rig.run(1000);
  return { rig, alice, bob, out, incoming: only(bob) };
}

function only(phone: Phone): Session {
  const session = phone.incoming.at(-1);
  if (session === undefined) throw new Error("no call came");
  return session;
}

function updates(rig: Rig): string[] {
  return rig.wire().filter((l) => l.endsWith("UPDATE"));
}

test("ACC-23: the caller refreshes at half of the interval by UPDATE, and the call goes on", async () => {
  const { rig, out } = await pair(usual, usual);
  await rig.run(148_000);
  expect(updates(rig)).toEqual([]);
  await rig.run(2000);
  expect(updates(rig)).toEqual(["1>2 UPDATE"]);
  await rig.run(150_000 * 4);
  expect(updates(rig)).toHaveLength(5);
  expect(describe(out.state)).toBe("established");
});

test("ACC-23: the callee refreshes where the caller asks it to", async () => {
  const { rig } = await pair({ ...usual, refresher: "them" }, usual);
  await rig.run(160_000);
  expect(updates(rig)).toEqual(["2>1 UPDATE"]);
});

test("RFC 4028 §10: nobody refreshes: BYE a little before the end, from the side that waits", async () => {
  const { rig, out, incoming } = await pair(usual, usual);
  rig.network.silence(a);
  await rig.run(267_000);
  expect(describe(incoming.state)).toBe("established");
  await rig.run(2000);
  expect(describe(incoming.state)).toBe("terminated failed 408");
  // The refresh was not answered within 64*T1: the call is over for the refresher as well.
  expect(describe(out.state)).toBe("terminated failed 408");
});

test("RFC 4028 §7.3: 422 is followed by a longer interval in the same call", async () => {
  const { rig, out } = await pair({ ...usual, expiresSeconds: 120 }, { ...usual, leastSeconds: 600 });
  expect(rig.wire().slice(0, 4)).toEqual(["1>2 INVITE", "2>1 422 Session Interval Too Small", "1>2 ACK", "1>2 INVITE"]);
  expect(describe(out.state)).toBe("established");
  expect(out.request.header("Session-Expires")).toBe("600;refresher=uac");
  expect(out.request.header("Min-SE")).toBe("600");
  expect(out.request.cseq.number).toBe(2);
});

test("RFC 4028 §9: a callee without the setting takes part where the caller has one, and refreshes nothing", async () => {
  const { rig, out } = await pair(usual, undefined);
  await rig.run(160_000);
  expect(updates(rig)).toEqual(["1>2 UPDATE"]);
  expect(describe(out.state)).toBe("established");
});

test("RFC 4028 §7.4: a peer without UPDATE is refreshed by re-INVITE with the same description", async () => {
  const rig = new Rig(2);
  const alice = await rig.phone(a, "alice", { identity: { conduct: { timer: usual } } });
  const peer = await rig.peer(p);
  const out = alice.userAgent.invite({ identity: alice.identity, to: `sip:x@${p}`, media: media(a) });
  await rig.run(10);
  const invite = peer.last("INVITE");
  expect(invite.header("Supported")).toContain("timer");
  expect(invite.header("Session-Expires")).toBe("300;refresher=uac");
  // It knows no timers at all: we refresh all the same.
  peer.respond(invite, 200, { sdp: sdp(p) });
  await rig.run(151_000);
  const refresh = peer.last("INVITE");
  expect(refresh.cseq.number).toBe(2);
  expect(refresh.bodyText).toBe(invite.bodyText);
  expect(refresh.header("Session-Expires")).toBe("300;refresher=uac");
  // Refused with 422, it comes again at once with what is asked for.
  peer.respond(refresh, 422, { headers: [["Min-SE", "900"]] });
  await rig.run(20);
  expect(peer.last("INVITE").header("Session-Expires")).toBe("900;refresher=uac");
  peer.respond(peer.last("INVITE"), 200, { sdp: sdp(p), headers: [["Session-Expires", "900;refresher=uas"]] });
  await rig.run(880_000 - 32_000);
  expect(describe(out.state)).toBe("established");
  await rig.run(60_000);
  expect(describe(out.state)).toBe("terminated failed 408");
  expect(peer.last("BYE").callId).toBe(invite.callId);
});

test("RFC 4028 §8, §9: what we answer to intervals of any kind", async () => {
  const cases: [string, [string, string][], SessionTimerSettings | undefined, string | number | undefined][] = [
    ["no timers on either side", [], undefined, undefined],
    ["ours only, caller cannot", [], usual, undefined],
    ["ours only, caller can", [["Supported", "timer"]], usual, "300;refresher=uas"],
    [
      "they choose",
      [
        ["Supported", "timer"],
        ["Session-Expires", "1800;refresher=uac"],
      ],
      usual,
      "300;refresher=uac",
    ],
    [
      "a Min-SE above our wish",
      [
        ["Supported", "timer"],
        ["Session-Expires", "1800"],
        ["Min-SE", "500"],
      ],
      usual,
      "500;refresher=uas",
    ],
    ["a proxy's wish, caller cannot", [["Session-Expires", "200"]], usual, "200;refresher=uas"],
    [
      "too short",
      [
        ["Supported", "timer"],
        ["Session-Expires", "60"],
      ],
      usual,
      422,
    ],
    [
      "demanded",
      [
        ["Require", "timer"],
        ["Session-Expires", "400"],
      ],
      undefined,
      "400;refresher=uac",
    ],
  ];
  for (const [title, headers, settings, expected] of cases) {
    const rig = new Rig(3);
    const alice = await rig.phone(a, "alice", { identity: { conduct: { timer: settings } } });
    const peer = await rig.peer(p);
    alice.act = (session) => {
      session.identity = alice.identity;
      session.answer(media(a));
    };
    peer.request("INVITE", a, { sdp: sdp(p), headers });
    await rig.run(10);
    const response = peer.responses.at(-1);
    if (typeof expected === "number")
      expect([title, response?.status, response?.header("Min-SE")]).toEqual([title, expected, "90"]);
    else expect([title, response?.header("Session-Expires")]).toEqual([title, expected]);
  }
});
