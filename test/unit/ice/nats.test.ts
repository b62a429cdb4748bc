/** Two streams find each other through NATs of every kind, directly where that is possible, by relay where it is not. */
import { describe, expect, test } from "vitest";
import { Lab, type NatKind, settings } from "./streams.ts";

const kinds: readonly NatKind[] = ["none", "full-cone", "port-restricted", "symmetric"];
const pairs = kinds.flatMap((a) => kinds.map((b) => [a, b] as const));

/** A symmetric NAT gives each destination another port, which a port-restricted one on the other side lets not in. */
function needsRelay(a: NatKind, b: NatKind): boolean {
  const hard = (k: NatKind) => k === "symmetric" || k === "port-restricted";
  return (a === "symmetric" && hard(b)) || (b === "symmetric" && hard(a));
}

describe("NET-27: two phones", () => {
  test.each(pairs)("%s and %s hear each other, RTP and RTCP", async (kindA, kindB) => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", kindA, "203.0.113.1");
    const b = await lab.end("10.0.2.2", kindB, "203.0.113.2");
    await a.gather();
    await b.gather();
    lab.connect(a, b);
    await lab.run(4000);
    expect([a.path, b.path]).toEqual([expect.stringMatching(/^connected /), expect.stringMatching(/^connected /)]);
    expect(/relay/.test(a.path), a.path).toBe(needsRelay(kindA, kindB));
    const before = lab.server.relayed;
    for (const component of [1, 2] as const) {
      a.say(`from a ${component}`, component);
      b.say(`from b ${component}`, component);
    }
    await lab.run(100);
    for (const component of [1, 2]) {
      expect(b.got(`from a ${component}`, component)).toBe(true);
      expect(a.got(`from b ${component}`, component)).toBe(true);
    }
    expect(lab.server.relayed > before).toBe(needsRelay(kindA, kindB));
  });

  test("RFC 8839 §4.4.1: what was chosen is told once for each session of ICE, as the other side sees it", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "full-cone", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "port-restricted", "203.0.113.2");
    await a.gather();
    await b.gather();
    lab.connect(a, b);
    await lab.run(4000);
    const told = (end: typeof a) => end.events.flatMap((e) => (e.type === "chosen" ? [e] : []));
    const [fromA, ...more] = told(a);
    const [fromB] = told(b);
    expect(more).toEqual([]);
    expect([fromA?.controlling, fromB?.controlling]).toEqual([true, false]);
    expect(fromA?.chosen.pairs.map((p) => p.component)).toEqual([1, 2]);
    // Each names itself by what the other one sends to.
    expect(fromA?.chosen.pairs.map((p) => p.local)).toEqual(fromB?.chosen.pairs.map((p) => p.remote));
    expect(fromB?.chosen.pairs.map((p) => p.local)).toEqual(fromA?.chosen.pairs.map((p) => p.remote));
    lab.connect(a, b, { generation: 1 });
    await lab.run(4000);
    expect(new Set(told(a).map((e) => e.chosen.ufrag)).size).toBe(2);
  });

  test("behind the same NAT they talk to each other's hosts", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "port-restricted", "203.0.113.1");
    const b = await lab.end("10.0.1.3", "none", "");
    await a.gather();
    await b.gather();
    lab.connect(a, b);
    await lab.run(2000);
    expect(a.path).toBe("connected host 10.0.1.2:11780 to host 10.0.1.3:11780");
  });

  test("loss of 20 %, 60 ms jitter and duplicates do not keep them apart (10 seeds)", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const lab = await Lab.open(seed);
      const a = await lab.end("10.0.1.2", "port-restricted", "203.0.113.1");
      const b = await lab.end("10.0.2.2", "port-restricted", "203.0.113.2");
      await a.gather();
      await b.gather();
      lab.network.conditions = { ...lab.network.conditions, loss: 0.2, jitterMs: 60, duplicate: 0.1 };
      lab.connect(a, b);
      await lab.run(15_000);
      expect([a.path, b.path], `seed ${seed}`).toEqual([
        expect.stringMatching(/^connected /),
        expect.stringMatching(/^connected /),
      ]);
      lab.network.conditions = { ...lab.network.conditions, loss: 0 };
      a.say("hello");
      b.say("hello");
      await lab.run(300);
      expect([a.got("hello"), b.got("hello")], `seed ${seed}`).toEqual([true, true]);
    }
  });

  test("RFC 8445 §7.3.1.1: both believe to control, and still they agree", async () => {
    const lab = await Lab.open(5);
    const a = await lab.end("10.0.1.2", "full-cone", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "full-cone", "203.0.113.2");
    await a.gather();
    await b.gather();
    lab.connect(a, b, { bothControl: true });
    await lab.run(3000);
    expect(a.path).toMatch(/^connected/);
    expect(b.path).toMatch(/^connected/);
    a.say("x");
    await lab.run(100);
    expect(b.got("x")).toBe(true);
  });

  test("RFC 5761: with one port for RTP and RTCP only that one is checked", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "full-cone", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "full-cone", "203.0.113.2");
    await a.gather();
    await b.gather();
    lab.network.transits.length = 0;
    lab.connect(a, b, { rtcpMux: true });
    await lab.run(3000);
    expect(a.path).toMatch(/^connected/);
    const gatheredTo = lab.server.at.address;
    const ports = lab.network.transits
      .filter((t) => t.from.address === "10.0.1.2" && t.to.address !== gatheredTo)
      .map((t) => t.from.port);
    expect(ports.every((port) => port === 11_780)).toBe(true);
  });

  test("checks that come before the answer are answered, and count once it is there", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "full-cone", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "none", "");
    await a.gather();
    await b.gather();
    b.nat.configure(settings(b, a, false, 0, false));
    await lab.run(500);
    const { length } = lab.network.transits;
    a.nat.configure(settings(a, b, true, 0, false));
    await lab.run(300);
    expect(a.path).toMatch(/^connected/);
    expect(lab.network.transits.length - length).toBeLessThan(60);
  });
});

describe("RFC 7675: consent", () => {
  test("it is asked for every 4 to 6 s; 30 s without an answer end the sending and are told", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "none", "");
    const b = await lab.end("10.0.2.2", "none", "");
    await a.gather();
    await b.gather();
    lab.connect(a, b);
    await lab.run(60_000);
    expect(a.path).toMatch(/^connected/);
    const checks = lab.network.transits.filter(
      (t) => t.atMs > 10_000 && t.from.address === "10.0.1.2" && t.from.port === 11_780 && t.to.port === 11_780,
    );
    // Half of them are answers to b's own.
    expect(checks.length).toBeGreaterThan(16);
    expect(checks.length).toBeLessThan(28);
    lab.network.silence("10.0.2.2");
    await lab.run(23_000);
    expect(a.path).toMatch(/^connected/);
    await lab.run(12_000);
    expect(a.path).toMatch(/^lost/);
    lab.network.transits.length = 0;
    a.say("anybody there?");
    await lab.run(10);
    expect(lab.network.transits.filter((t) => t.to.address === "10.0.2.2")).toEqual([]);
  });

  test("RFC 8445 §9: a restart with new credentials finds the way again, the old one is used meanwhile", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "full-cone", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "full-cone", "203.0.113.2");
    await a.gather();
    await b.gather();
    lab.connect(a, b);
    await lab.run(2000);
    const before = a.events.filter((e) => e.type === "path").length;
    lab.connect(a, b, { generation: 1 });
    a.say("meanwhile");
    await lab.run(30);
    expect(b.got("meanwhile")).toBe(true);
    await lab.run(2000);
    expect(a.events.filter((e) => e.type === "path").length).toBe(before + 1);
    a.say("afterwards");
    await lab.run(30);
    expect(b.got("afterwards")).toBe(true);
  });

  test("nobody there: after the patience of RFC 8863 it is told, and nothing but checks was sent", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "none", "");
    const b = await lab.end("10.0.2.2", "none", "");
    await a.gather();
    await b.gather();
    lab.network.silence("10.0.2.2");
    a.nat.configure(settings(a, b, true, 0, false));
    a.say("hello?");
    await lab.run(45_000);
    expect(a.path).toMatch(/^failed/);
    expect(lab.network.transits.some((t) => (t.bytes[0] ?? 0) >= 128)).toBe(false);
  });
});

describe("without ICE", () => {
  test("NET-26: the mapped addresses are what the description names, and packets go where the other's points", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "full-cone", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "full-cone", "203.0.113.2");
    const choice = { ice: false, turn: undefined };
    const gathered = await a.gather(choice);
    await b.gather(choice);
    expect(gathered.rtp.address).toBe("203.0.113.1");
    expect(gathered.ice).toBeUndefined();
    lab.connect(a, b);
    a.say("rtp");
    a.say("rtcp", 2);
    await lab.run(100);
    expect([b.got("rtp"), b.got("rtcp", 2)]).toEqual([true, true]);
  });

  test("NET-26: the binding outlives a minute of silence", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "full-cone", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "full-cone", "203.0.113.2");
    const choice = { ice: false, turn: undefined };
    await a.gather(choice);
    await b.gather(choice);
    await lab.run(60_000);
    lab.connect(a, b);
    a.say("late");
    await lab.run(100);
    expect(b.got("late")).toBe(true);
  });

  test("NET-25: a static address stands for our own, with our ports", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "none", "");
    const gathered = await a.gather({ publicAddress: "203.0.113.9", stun: undefined, turn: undefined, ice: false });
    expect(gathered).toMatchObject({
      rtp: { address: "203.0.113.9", port: 11_780 },
      rtcp: { address: "203.0.113.9", port: 11_781 },
    });
    expect(lab.network.transits).toEqual([]);
  });

  test("NET-27: a relay without ICE carries both ways", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "symmetric", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "none", "");
    const gathered = await a.gather({ ice: false, stun: undefined });
    await b.gather({ ice: false, stun: undefined, turn: undefined });
    expect(gathered.rtp.address).toBe(lab.server.at.address);
    lab.connect(a, b);
    await lab.run(200);
    a.say("to b");
    b.say("to a");
    await lab.run(200);
    expect([b.got("to b"), a.got("to a")]).toEqual([true, true]);
    a.nat.close();
    await lab.run(200);
    expect(lab.server.allocations).toBe(0);
  });

  test("NET-26: a server that is silent holds a call up for two seconds, and is named", async () => {
    const lab = await Lab.open();
    lab.server.silent = true;
    const a = await lab.end("10.0.1.2", "none", "");
    const startMs = lab.clock.now();
    const gathered = await a.gather();
    expect(lab.clock.now() - startMs).toBeLessThanOrEqual(2010);
    expect(gathered.rtp).toEqual({ address: "10.0.1.2", port: 11_780 });
    expect(gathered.problems.join()).toContain("answered within 2 s");
  });

  test("RFC 8656: permissions, channels and the allocation are renewed, stale nonces taken up, the port given back", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "symmetric", "203.0.113.1");
    const b = await lab.end("10.0.2.2", "symmetric", "203.0.113.2");
    await a.gather();
    await b.gather();
    lab.connect(a, b);
    await lab.run(4000);
    lab.server.nonce = "nonce-2";
    for (let i = 0; i < 60; i++) {
      await lab.run(20_000);
      a.say(`at ${i}`);
      b.say(`at ${i}`);
    }
    await lab.run(100);
    expect([a.got("at 59"), b.got("at 59")]).toEqual([true, true]);
    a.nat.close();
    b.nat.close();
    await lab.run(1000);
    expect(lab.server.allocations).toBe(0);
  });
});

describe("RFC 8445 §5.1.1.1: two families", () => {
  test("NET-27: a further address of the other family is offered, and used where both have it", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "symmetric", "203.0.113.1", ["2001:db8::a"]);
    const b = await lab.end("10.0.2.2", "symmetric", "203.0.113.2", ["2001:db8::b"]);
    await a.gather({ addresses: ["2001:db8::a"] });
    await b.gather({ addresses: ["2001:db8::b"] });
    expect(a.gathered?.rtp.address).not.toContain(":");
    lab.connect(a, b);
    await lab.run(3000);
    expect(a.path).toBe("connected host [2001:db8::a]:11780 to host [2001:db8::b]:11780");
    a.say("six");
    await lab.run(50);
    expect(b.got("six")).toBe(true);
  });
});

describe("RFC 8445 §2.5: a lite peer", () => {
  test("NET-27: it never controls, and is checked and nominated all the same", async () => {
    const lab = await Lab.open();
    const a = await lab.end("10.0.1.2", "port-restricted", "203.0.113.1");
    const b = await lab.end("192.0.2.50", "none", "");
    await a.gather();
    await b.gather({ stun: undefined, turn: undefined });
    const ofA = settings(a, b, false, 0, true);
    if (ofA.ice === undefined) throw new Error("no ICE");
    a.nat.configure({ ...ofA, ice: { ...ofA.ice, remote: { ...ofA.ice.remote, lite: true } } });
    const ofB = settings(b, a, false, 0, true);
    if (ofB.ice === undefined) throw new Error("no ICE");
    // Knows nobody to check: it only answers, as a lite one does.
    b.nat.configure({ ...ofB, ice: { ...ofB.ice, remote: { ...ofB.ice.remote, candidates: [] } } });
    await lab.run(2000);
    expect(a.path).toBe("connected host 10.0.1.2:11780 to host 192.0.2.50:11780");
    a.say("hello");
    await lab.run(50);
    expect(b.got("hello")).toBe(true);
  });
});
