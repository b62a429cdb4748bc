/** Whose packets are believed: the negotiated address, and one of its ports. */
import { describe, expect, test } from "vitest";
import { canonicalAddress, Peer } from "../../../src/rtp/peer.ts";

describe("the peer of a stream", () => {
  test("NET-31: another address is believed from its second packet on, until the negotiated one is heard", () => {
    const peer = new Peer();
    peer.expect("127.33.2.1", 4000);
    expect(peer.mayBe("127.0.0.1", 4000, 0)).toBe(true);
    expect(peer.heard("127.0.0.1", 4000, 0)).toBe(false);
    expect(peer.heard("127.0.0.1", 4000, 20)).toBe(true);
    expect(peer.mayBe("127.33.2.9", 4000, 40)).toBe(false);
    expect(peer.fromExpected).toBe(false);
    expect(peer.heard("127.33.2.1", 4000, 60)).toBe(true);
    expect(peer.fromExpected).toBe(true);
    expect(peer.mayBe("127.0.0.1", 4000, 80)).toBe(false);
  });

  test("NET-31: a stranger gets nowhere once the peer was heard, however much it sends", () => {
    const peer = new Peer();
    peer.expect("127.33.2.1", 4000);
    for (let ms = 0; ms < 10_000; ms += 20) {
      expect(peer.mayBe("127.33.2.1", 4000, ms) && peer.heard("127.33.2.1", 4000, ms)).toBe(true);
      expect(peer.mayBe("127.33.2.9", 4000, ms + 1)).toBe(false);
    }
  });

  test("nobody is the peer before anything was negotiated", () => {
    expect(new Peer().mayBe("127.33.2.1", 4000, 0)).toBe(false);
  });

  test("RFC 3264 §5.1: with our offer out anybody is believed from the second packet on, unless a rule of NET-31 forbids it", () => {
    const peer = new Peer();
    peer.expect("", 0);
    expect([peer.mayBe("127.33.2.5", 4000, 0), peer.heard("127.33.2.5", 4000, 0)]).toEqual([true, false]);
    expect(peer.heard("127.33.2.5", 4000, 20)).toBe(true);
    expect(peer.mayBe("127.33.2.9", 4000, 40)).toBe(false);
    // The answer says who it is: it was somebody else.
    peer.expect("127.33.2.1", 4000);
    expect([peer.mayBe("127.33.2.1", 4000, 60), peer.heard("127.33.2.1", 4000, 60)]).toEqual([true, true]);
    expect(peer.mayBe("127.33.2.5", 4000, 80)).toBe(false);
    for (const rule of [1, 2, 3] as const) {
      const strict = new Peer();
      strict.demand(rule);
      strict.expect("", 0);
      expect(strict.mayBe("127.33.2.5", 4000, 0)).toBe(false);
    }
  });

  test("another port of the address is believed from its second packet on, then no third port", () => {
    const peer = new Peer();
    peer.expect("127.33.2.1", 4000);
    expect(peer.mayBe("127.33.2.1", 5555, 0)).toBe(true);
    expect(peer.heard("127.33.2.1", 5555, 0)).toBe(false);
    expect(peer.heard("127.33.2.1", 5555, 20)).toBe(true);
    expect(peer.mayBe("127.33.2.1", 6666, 40)).toBe(false);
    expect(peer.fromExpected).toBe(false);
  });

  test("the negotiated port wins at any time, and a port that fell silent makes room", () => {
    const peer = new Peer();
    peer.expect("127.33.2.1", 4000);
    peer.heard("127.33.2.1", 5555, 0);
    peer.heard("127.33.2.1", 5555, 20);
    expect(peer.mayBe("127.33.2.1", 4000, 40)).toBe(true);
    expect(peer.heard("127.33.2.1", 4000, 40)).toBe(true);
    expect(peer.mayBe("127.33.2.1", 5555, 60)).toBe(false);
    expect(peer.mayBe("127.33.2.1", 5555, 4000)).toBe(true);
  });

  test("the same negotiation again keeps the port, another one forgets it", () => {
    const peer = new Peer();
    peer.expect("127.33.2.1", 4000);
    peer.heard("127.33.2.1", 4000, 0);
    peer.expect("127.33.2.1", 4000);
    expect(peer.mayBe("127.33.2.1", 5555, 10)).toBe(false);
    peer.expect("127.33.2.1", 4002);
    expect(peer.mayBe("127.33.2.1", 5555, 10)).toBe(true);
  });

  test("who was heard is forgotten without another negotiation: the next one may be elsewhere", () => {
    const peer = new Peer();
    peer.expect("127.33.2.1", 4000);
    peer.heard("127.33.2.1", 4000, 0);
    peer.forget();
    expect(peer.address).toBe("");
    expect(peer.mayBe("127.33.2.1", 5555, 10)).toBe(true);
    expect(peer.fromExpected).toBe(false);
    expect(peer.heard("127.33.2.1", 4000, 20)).toBe(true);
    expect(peer.fromExpected).toBe(true);
  });

  test("addresses have one spelling", () => {
    expect(canonicalAddress("2001:DB8:0:0:0:0:0:1")).toBe("2001:db8::1");
    expect(canonicalAddress("fe80::1%eth0")).toBe("fe80::1");
    expect(canonicalAddress("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(canonicalAddress("10.0.0.1")).toBe("10.0.0.1");
    expect(canonicalAddress("no:address")).toBe("no:address");
  });
});
