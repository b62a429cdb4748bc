/** Whose packets are taken under each of the rules of `features.rtp_symmetric.enable`. */
import { describe, expect, test } from "vitest";
import { Peer, type SymmetryRule } from "../../../src/rtp/peer.ts";

const agreed = { address: "192.0.2.1", port: 4000 };
const sources = {
  agreed,
  "other port": { address: "192.0.2.1", port: 5000 },
  "other address": { address: "192.0.2.9", port: 4000 },
  "other address and port": { address: "192.0.2.9", port: 5000 },
} as const;

/** Whether a source is believed after four packets with nobody else sending. */
function believed(rule: SymmetryRule, source: { address: string; port: number }): boolean {
  const peer = new Peer();
  peer.demand(rule);
  peer.expect(agreed.address, agreed.port);
  let last = false;
  for (let ms = 0; ms < 80; ms += 20)
    last = peer.mayBe(source.address, source.port, ms) && peer.heard(source.address, source.port, ms);
  return last;
}

describe("NET-31: features.rtp_symmetric.enable", () => {
  test.each([
    [0, ["agreed", "other port", "other address", "other address and port"]],
    [1, ["agreed", "other port"]],
    [2, ["agreed", "other address"]],
    [3, ["agreed"]],
  ] as const)("%i lets in: %j", (rule, expected) => {
    const found = Object.entries(sources).flatMap(([name, at]) => (believed(rule, at) ? [name] : []));
    expect(found).toEqual(expected);
  });

  test("a rule that comes in mid-call ends a source that it forbids, another spelling of an address is no other address", () => {
    const peer = new Peer();
    peer.expect("2001:db8::1", 4000);
    for (const ms of [0, 20, 40]) peer.heard("2001:db8::1", 5000, ms);
    expect(peer.mayBe("2001:db8::1", 5000, 60)).toBe(true);
    peer.demand(3);
    expect(peer.mayBe("2001:db8::1", 5000, 80)).toBe(false);
    expect(peer.heard("2001:db8::1", 5000, 80)).toBe(false);
    expect(peer.mayBe("2001:0db8:0::1", 4000, 100)).toBe(true);
    expect(peer.heard("2001:0db8:0::1", 4000, 100)).toBe(true);
  });
});
