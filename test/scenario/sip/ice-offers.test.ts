/** Offers that ICE asks for while a call is up: RFC 8839 §4.4.1 (what the checks chose), RFC 8445 §9 (restart). */
import { expect, test } from "vitest";
import type { IceCandidate, IceChosen } from "../../../src/media/protocol.ts";
import { media, type Phone, Rig } from "./rig.ts";

const a = "10.0.0.1";
const b = "10.0.0.2";

function withIce(address: string, name: string) {
  const candidate = (component: number, type: IceCandidate["type"], at: string): IceCandidate => ({
    foundation: type,
    component,
    priority: type === "host" ? 2_000_000_000 : 1_000_000_000,
    address: at,
    port: 3999 + component,
    type,
    related: type === "host" ? undefined : { address, port: 3999 + component },
  });
  return {
    ...media(address),
    ice: {
      credentials: [0, 1, 2].map((g) => ({ ufrag: `${name}${g}uf`, pwd: `${name}${g}password0123456789012` })),
      candidates: [candidate(1, "host", address), candidate(1, "relay", "198.51.100.7")],
    },
  };
}

function chosen(ufrag: string, local: string, remote: string): IceChosen {
  return {
    ufrag,
    pairs: [{ component: 1, local: { address: local, port: 4000 }, remote: { address: remote, port: 4000 } }],
  };
}

async function talking() {
  const rig = new Rig(3);
  const alice = await rig.phone(a, "alice");
  const bob = await rig.phone(b, "bob");
  bob.act = (session) => session.answer(withIce(b, "b"));
  const session = alice.userAgent.invite({ identity: alice.identity, to: `sip:bob@${b}`, media: withIce(a, "a") });
  return { rig, alice, bob, session };
}

const offers = (rig: Rig) =>
  rig.network.transits
    .map((t) => Buffer.from(t.bytes).toString("utf8"))
    .filter((text) => text.startsWith("INVITE") && text.includes("m=audio"));
const theirs = (phone: Phone) => {
  const [session] = phone.incoming;
  if (session === undefined) throw new Error("no call came");
  return session;
};

test("RFC 8839 §4.4.1: a pair other than the default is offered by who controls, the answer names its side, hold keeps it", async () => {
  const { rig, bob, session } = await talking();
  await rig.run(50);
  theirs(bob).choosePath(false, chosen("b0uf", b, "198.51.100.7"));
  session.choosePath(true, chosen("a0uf", "198.51.100.7", b));
  await rig.run(50);
  expect(offers(rig)).toHaveLength(2);
  expect(offers(rig)[1]).toContain("c=IN IP4 198.51.100.7\r\n");
  expect(offers(rig)[1]?.match(/a=(remote-)?candidate.*/g)).toEqual([
    "a=candidate:relay 1 UDP 1000000000 198.51.100.7 4000 typ relay raddr 10.0.0.1 rport 4000",
    "a=remote-candidates:1 10.0.0.2 4000",
  ]);
  expect([session.state.name, theirs(bob).state.name]).toEqual(["established", "established"]);
  session.hold();
  await rig.run(50);
  expect(offers(rig)[2]).toContain("c=IN IP4 198.51.100.7\r\n");
  expect(offers(rig)[2]).toContain("a=sendonly");
  // Nothing goes round in circles.
  await rig.run(60_000);
  expect(offers(rig)).toHaveLength(3);
});

test("RFC 8839 §4.4.1: chosen by early checks, it is offered once the call is up; the default itself never is", async () => {
  const { rig, session } = await talking();
  session.choosePath(true, chosen("a0uf", "198.51.100.7", b));
  await rig.run(100);
  expect(offers(rig)).toHaveLength(2);
  const again = await talking();
  await again.rig.run(50);
  again.session.choosePath(true, chosen("a0uf", a, b));
  // An address of the other family could not be read by who has only ours.
  again.session.choosePath(true, chosen("a0uf", "2001:db8::1", b));
  await again.rig.run(100);
  expect(offers(again.rig)).toHaveLength(1);
});

test("RFC 8445 §9: lost consent is followed by an offer with new credentials, both sides at once by one of them", async () => {
  const { rig, bob, session } = await talking();
  const seen: string[] = [];
  session.onMedia.on((m) => seen.push(`${m.ice?.local.ufrag} ${m.ice?.remote.credentials.ufrag}`));
  await rig.run(50);
  session.choosePath(true, chosen("a0uf", "198.51.100.7", b));
  await rig.run(50);
  expect(session.restartIce()).toBe(true);
  await rig.run(50);
  expect(seen).toEqual(["a0uf b0uf", "a0uf b0uf", "a1uf b1uf"]);
  expect(offers(rig).at(-1)).toContain(`c=IN IP4 ${a}\r\n`);
  expect(offers(rig).at(-1)).not.toContain("remote-candidates");
  session.restartIce();
  theirs(bob).restartIce();
  await rig.run(10_000);
  expect(session.state.name).toBe("established");
  expect(seen.at(-1)).toMatch(/^a[02]uf b[02]uf$|^a\duf b\duf$/);
  const plain = await talking();
  plain.bob.act = (s) => s.answer(media(b));
  await plain.rig.run(50);
  expect(plain.session.restartIce()).toBe(false);
});
