/** STUN on a flow over UDP whose server has announced that it answers: RFC 5626 §4.4.2. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { Endpoint } from "../../../src/base/network.ts";
import { nextStunKeepAlive, stunPauseMs } from "../../../src/sip/stun-keep-alive.ts";
import type { TransportAddress } from "../../../src/sip/transport-address.ts";
import { type KeepAliveKind, UdpKeepAlive } from "../../../src/sip/udp-keep-alive.ts";

const target: TransportAddress = { transport: "udp", address: "192.0.2.1", port: 5060 };
const local: TransportAddress = { transport: "udp", address: "10.0.0.1", port: 5060 };
const seen = { address: "203.0.113.1", port: 40_000 };

function rig(kind: KeepAliveKind = "datagram") {
  const clock = new ManualClock();
  let answer: Endpoint | undefined = seen;
  const asked: string[] = [];
  const dead: string[] = [];
  let datagrams = 0;
  const keepAlive = new UdpKeepAlive(
    {
      userAgent: { keepAlive: () => (datagrams += 1), request: () => Promise.reject(new Error("none is sent")) },
      clock,
      log: silentLog,
      stun: {
        chance: () => 0,
        mappedBy: async (from, to) => {
          asked.push(`${from.port} ${to.address}`);
          return answer;
        },
      },
    },
    {
      kind,
      intervalMs: 30_000,
      identity: { aor: "sip:a@x.test", displayName: "", contactUser: "a", route: [] },
      registrar: "sip:x.test",
      dead: (_, why) => dead.push(why),
    },
  );
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += 1000) {
      clock.advance(1000);
      for (let i = 0; i < 5; i++) await Promise.resolve();
    }
  };
  return {
    ...{ keepAlive, run, asked, dead },
    datagrams: () => datagrams,
    answer: (to: Endpoint | undefined) => {
      answer = to;
    },
  };
}

describe("RFC 5626 §4.4.2: the machine", () => {
  test("another address or silence is the end of a flow that answered; one that never did is not judged", () => {
    const known = { name: "known", mapped: seen } as const;
    expect(nextStunKeepAlive({ name: "unknown" }, seen)).toEqual([known, undefined]);
    expect(nextStunKeepAlive(known, { ...seen })).toEqual([known, undefined]);
    const other = { address: "203.0.113.1", port: 40_001 };
    expect(nextStunKeepAlive(known, other)).toEqual([
      { name: "known", mapped: other },
      "we are seen at 203.0.113.1 port 40001 instead of 203.0.113.1 port 40000",
    ]);
    expect(nextStunKeepAlive(known, undefined)).toEqual([
      { name: "unknown" },
      "the edge does not answer STUN any more",
    ]);
    expect(nextStunKeepAlive({ name: "unknown" }, undefined)).toEqual([{ name: "mute" }, undefined]);
  });

  test("RFC 5626 §4.4: 24 to 29 s, or 80 to 100 % of Flow-Timer", () => {
    expect([stunPauseMs(undefined, 0), stunPauseMs(undefined, 1)]).toEqual([24_000, 29_000]);
    expect([stunPauseMs(100, 0), stunPauseMs(100, 1)]).toEqual([80_000, 100_000]);
    expect(stunPauseMs(1, 0)).toBeGreaterThan(3000);
  });
});

describe("RFC 5626 §4.4.2: a registration's flow", () => {
  test("is asked at once and then by the server's time, instead of what is configured", async () => {
    const { keepAlive, run, asked, dead, datagrams } = rig();
    const flow = { local, target, seconds: 50 };
    keepAlive.follow(target, flow);
    await run(1000);
    expect(asked).toEqual(["5060 192.0.2.1"]);
    // The same again, as after each refresh, changes nothing.
    keepAlive.follow(target, { ...flow });
    await run(126_000);
    expect(asked).toHaveLength(4);
    expect([datagrams(), dead]).toEqual([0, []]);
    keepAlive.follow(undefined);
    await run(120_000);
    expect(asked).toHaveLength(4);
  });

  test("that moves or falls silent is told of, once each time", async () => {
    const { keepAlive, run, dead, answer } = rig();
    keepAlive.follow(target, { local, target, seconds: undefined });
    await run(1000);
    answer({ ...seen, port: 41_000 });
    await run(25_000);
    expect(dead).toEqual(["we are seen at 203.0.113.1 port 41000 instead of 203.0.113.1 port 40000"]);
    answer(undefined);
    await run(24_000);
    expect(dead).toHaveLength(2);
  });

  test("NET-29: whose server never answers is kept open as configured", async () => {
    const { keepAlive, run, dead, answer, asked, datagrams } = rig();
    answer(undefined);
    keepAlive.follow(target, { local, target, seconds: undefined });
    await run(100_000);
    expect([asked.length, datagrams(), dead]).toEqual([1, 3, []]);
  });

  test("NET-29: that nobody announced, or with keep-alives switched off, is not asked", async () => {
    const plain = rig();
    plain.keepAlive.follow(target);
    await plain.run(61_000);
    expect([plain.asked.length, plain.datagrams()]).toEqual([0, 2]);
    const off = rig("off");
    off.keepAlive.follow(target, { local, target, seconds: 10 });
    await off.run(61_000);
    expect([off.asked.length, off.datagrams()]).toEqual([0, 0]);
  });
});
