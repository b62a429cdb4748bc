/** What calls tell of their caller on the wire: RFC 3323 §4.1, RFC 3325 §9. */
import { expect, test } from "vitest";
import { isAnonymous, partyOf } from "../../../src/sip/identity-headers.ts";
import { media, Rig, sdp } from "./rig.ts";

const a = "10.0.0.1";
const p = "10.0.0.9";

test("CAL-71: an anonymous call names nobody but to those who are trusted, and is answered all the same", async () => {
  const rig = new Rig(1);
  const [alice, peer] = [await rig.phone(a, "alice"), await rig.peer(p)];
  const out = alice.userAgent.invite({
    identity: alice.identity,
    to: `sip:x@${p}`,
    media: media(a),
    anonymous: true,
    identify: "preferred",
  });
  await rig.run(10);
  const invite = peer.last("INVITE");
  expect(invite.from.uri).toBe("sip:anonymous@anonymous.invalid");
  expect(invite.from.displayName).toBe("Anonymous");
  expect(invite.header("Privacy")).toBe("id");
  expect(invite.header("P-Preferred-Identity")).toBe(`"alice" <sip:alice@${a}>`);
  expect(invite.header("Contact")).toBe(`<sip:anonymous@${a}:5060>`);
  expect(isAnonymous(invite)).toBe(true);
  peer.respond(invite, 200, { sdp: sdp(p) });
  await rig.run(10);
  peer.request("BYE", a, { callId: invite.callId, from: `<sip:x@${p}>;tag=peer-tag`, toTag: invite.from.tag ?? "" });
  await rig.run(10);
  expect(out.state.name).toBe("terminated");
});

test("CAL-74: who answers tells who it is, by 180 and 200", async () => {
  const rig = new Rig(1);
  const [alice, peer] = [await rig.phone(a, "alice"), await rig.peer(p)];
  const out = alice.userAgent.invite({ identity: alice.identity, to: `sip:x@${p}`, media: media(a) });
  const seen: (string | undefined)[] = [];
  out.onIdentity.on((message) => seen.push(partyOf(message, ["pai", "rpid"])?.displayName));
  await rig.run(10);
  const invite = peer.last("INVITE");
  peer.respond(invite, 180, { headers: [["P-Asserted-Identity", '"Bob" <sip:bob@x>']] });
  peer.respond(invite, 200, { sdp: sdp(p), headers: [["Remote-Party-ID", '"Carol" <sip:carol@x>;party=called']] });
  await rig.run(10);
  expect(seen).toEqual(["Bob", "Carol"]);
});

test("RFC 7989 §6: both sides tell their half of the Session-ID, and keep it to the BYE", async () => {
  const rig = new Rig(1);
  const [alice, peer] = [
    await rig.phone(a, "alice", { identity: { conduct: { sessionId: true } } }),
    await rig.peer(p),
  ];
  const out = alice.userAgent.invite({ identity: alice.identity, to: `sip:x@${p}`, media: media(a) });
  await rig.run(10);
  const invite = peer.last("INVITE");
  const [ours, remote] = (invite.header("Session-ID") ?? "").split(";remote=");
  expect(ours).toMatch(/^[0-9a-f]{32}$/);
  expect(remote).toBe("0".repeat(32));
  const theirs = "b".repeat(32);
  peer.respond(invite, 200, { sdp: sdp(p), headers: [["Session-ID", `${theirs};remote=${ours}`]] });
  await rig.run(10);
  out.hangUp();
  await rig.run(10);
  for (const method of ["ACK", "BYE"]) expect(peer.last(method).header("Session-ID")).toBe(`${ours};remote=${theirs}`);
  peer.request("INVITE", a, { sdp: sdp(p), callId: "other", headers: [["Session-ID", theirs]] });
  await rig.run(10);
  expect(peer.responses.at(-1)?.header("Session-ID")).toMatch(new RegExp(`^[0-9a-f]{32};remote=${theirs}$`));
});

test("RFC 7989 §6: CANCEL, ACK of a refusal and every answer within a session tell it too, also those of no listener", async () => {
  const rig = new Rig(2);
  const [alice, peer] = [
    await rig.phone(a, "alice", { identity: { conduct: { sessionId: true } } }),
    await rig.peer(p),
  ];
  const theirs = "c".repeat(32);
  const told: [string, string][] = [["Session-ID", theirs]];
  const cancelled = alice.userAgent.invite({ identity: alice.identity, to: `sip:x@${p}`, media: media(a) });
  await rig.run(10);
  const invite = peer.last("INVITE");
  const [ours] = (invite.header("Session-ID") ?? "").split(";");
  peer.respond(invite, 180, { headers: told });
  await rig.run(10);
  cancelled.hangUp();
  await rig.run(10);
  peer.respond(invite, 487, { headers: told });
  await rig.run(10);
  for (const method of ["CANCEL", "ACK"])
    expect([method, peer.last(method).header("Session-ID")]).toEqual([method, `${ours};remote=${theirs}`]);

  const redirected = alice.userAgent.invite({ identity: alice.identity, to: `sip:x@${p}`, media: media(a) });
  await rig.run(10);
  const first = peer.last("INVITE");
  peer.respond(first, 302, { headers: [["Contact", `<sip:y@${p}>`]] });
  await rig.run(10);
  const second = peer.last("INVITE");
  expect(second.callId).not.toBe(first.callId);
  expect(second.header("Session-ID")).toBe(first.header("Session-ID"));
  peer.respond(second, 200, { sdp: sdp(p), headers: told });
  await rig.run(10);
  const inside = { callId: second.callId, from: `<sip:y@${p}>;tag=peer-tag`, toTag: second.from.tag ?? "" };
  const ourHalf = (second.header("Session-ID") ?? "").split(";")[0];
  for (const [cseq, method] of [
    [5, "INFO"],
    [4, "OPTIONS"],
    [6, "MESSAGE"],
    [7, "BYE"],
  ] as const) {
    peer.request(method, a, { ...inside, cseq, headers: told });
    await rig.run(10);
    const answer = peer.responses.at(-1);
    expect([method, answer?.cseq.method, answer?.header("Session-ID")]).toEqual([
      method,
      method,
      `${ourHalf};remote=${theirs}`,
    ]);
  }
  expect(redirected.state.name).toBe("terminated");

  // A caller that is never answered: ringing, CANCEL and its end.
  peer.request("INVITE", a, { sdp: sdp(p), callId: "gone", branch: "z9hG4bKgone", headers: told });
  await rig.run(10);
  peer.request("CANCEL", a, { callId: "gone", branch: "z9hG4bKgone", headers: told });
  await rig.run(10);
  const answers = peer.responses.filter((r) => r.callId === "gone" && r.status > 100);
  expect(answers.map((r) => r.status)).toEqual([180, 200, 487]);
  const ids = new Set(answers.map((r) => r.header("Session-ID")));
  expect(ids.size).toBe(1);
  expect([...ids][0]).toMatch(new RegExp(`^[0-9a-f]{12}5[0-9a-f]{3}[89ab][0-9a-f]{15};remote=${theirs}$`));
});
