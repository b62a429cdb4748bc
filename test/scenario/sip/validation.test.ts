/** From where and from whom the phone takes requests: RFC 3261 §22.2, feature rows ACC-18 and SEC-19. */
import { expect, test } from "vitest";
import { type Phone, Rig, sdp } from "./rig.ts";

const a = "10.0.0.1";
const b = "10.0.0.2";
const p = "10.0.0.9";

function guard(phone: Phone, options: { sourceMethods?: string[]; digestMethods?: string[]; events?: string[] }): void {
  phone.userAgent.validate({
    sourceMethods: [],
    digestMethods: [],
    events: [],
    realm: "phone",
    trusts: (source) => source.address === b,
    passwordOf: (username) => (username === "bob" ? "secret" : undefined),
    ...options,
  });
}

test("ACC-18: the methods named are taken from our servers only", async () => {
  const rig = new Rig(1);
  const alice = await rig.phone(a, "alice");
  const [stranger, server] = [await rig.peer(p), await rig.peer(b)];
  guard(alice, { sourceMethods: ["INVITE", "NOTIFY"], events: ["check-sync"] });
  alice.userAgent.onRequest.on((incoming) => {
    if (incoming.request.method === "NOTIFY") incoming.respond(200);
  });
  for (const peer of [stranger, server]) {
    peer.request("INVITE", a, { sdp: sdp(peer.address), callId: peer.address });
    peer.request("OPTIONS", a, { callId: `o${peer.address}` });
    for (const event of ["check-sync", "message-summary"])
      peer.request("NOTIFY", a, {
        headers: [["Event", event]],
        callId: `${event}${peer.address}`,
        branch: `z9hG4bK${event}`,
      });
  }
  await rig.run(20);
  const statuses = (peer: typeof server) =>
    peer.responses.map((r) => `${r.status} ${r.callId.replace(peer.address, "")}`).sort();
  expect(statuses(stranger)).toEqual(["200 message-summary", "200 o", "403 ", "403 check-sync"]);
  expect(statuses(server)).toEqual(["180 ", "200 check-sync", "200 message-summary", "200 o"]);
  expect(alice.incoming).toHaveLength(1);
});

test("ACC-18: the phone asks for digest itself, and lets in who knows the password", async () => {
  for (const [password, expected] of [
    ["secret", "proceeding"],
    ["wrong", "terminated"],
  ]) {
    const rig = new Rig(2);
    const alice = await rig.phone(a, "alice");
    const credentials = { username: "bob", password: password ?? "" };
    const bob = await rig.phone(b, "bob", { identity: { credentials } });
    guard(alice, { digestMethods: ["INVITE"] });
    const out = bob.userAgent.invite({
      identity: bob.identity,
      to: `sip:alice@${a}`,
      media: {
        address: b,
        port: 4000,
        codecs: [{ name: "pcmu", payloadType: 0 }],
        dtmfType: 101,
        ptimeMs: 20,
        hold: false,
      },
    });
    await rig.run(200);
    expect([password, out.state.name]).toEqual([password, expected]);
    expect(rig.wire().filter((l) => l.includes("401")).length).toBeGreaterThan(0);
    if (expected === "terminated") expect(out.state).toMatchObject({ status: 401 });
  }
});
