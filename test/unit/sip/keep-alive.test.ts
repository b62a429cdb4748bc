/** Signs of life: RFC 5626 §3.5.1 and §4.4.1 on connections, datagrams, OPTIONS and NOTIFY of feature row NET-29 by UDP. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { beginKeepAlive, nextKeepAlive } from "../../../src/sip/keep-alive.ts";
import type { TransportAddress } from "../../../src/sip/transport-address.ts";
import { type KeepAliveKind, UdpKeepAlive } from "../../../src/sip/udp-keep-alive.ts";
import type { Identity, RequestOptions } from "../../../src/sip/user-agent.ts";
import { World } from "./transaction-peers.ts";

const registrar: TransportAddress = { transport: "udp", address: "192.0.2.1", port: 5060 };
const identity: Identity = { aor: "sip:a@x.test", displayName: "", contactUser: "a", route: ["<sip:proxy.test;lr>"] };

describe("RFC 5626 §4.4.1: the machine", () => {
  const time = (nowMs: number, chance = 0.5) => ({ type: "time", nowMs, chance }) as const;

  test("the first ping comes after 95 to 120 s, by chance", () => {
    expect([beginKeepAlive(0, 0), beginKeepAlive(0, 0.999)]).toMatchObject([{ pingAtMs: 95_000 }, { name: "quiet" }]);
    for (const chance of [0, 0.3, 0.999]) {
      const state = beginKeepAlive(1000, chance);
      expect(nextKeepAlive(state, time(95_999))[1]).toEqual([]);
      expect(nextKeepAlive(state, time(121_000))[1]).toEqual([{ type: "ping" }]);
    }
  });

  test("who once answered and then is silent for 10 s is dead; who never answered is not judged", () => {
    const quiet = { name: "quiet", pingAtMs: 0, flowTimerSeconds: undefined } as const;
    const pinged = nextKeepAlive({ ...quiet, judged: true }, time(0))[0];
    expect(nextKeepAlive(pinged, time(9999))[1]).toEqual([]);
    expect(nextKeepAlive(pinged, time(10_000))).toEqual([
      { name: "dead" },
      [{ type: "end", why: "no answer to a ping within 10 s" }],
    ]);
    const first = nextKeepAlive({ ...quiet, judged: false }, time(0))[0];
    expect(nextKeepAlive(first, time(10_000))).toMatchObject([{ name: "quiet", judged: false }, []]);
    expect(nextKeepAlive(first, { type: "pong", nowMs: 5, chance: 0 })[0]).toMatchObject({ judged: true });
    expect(nextKeepAlive(first, { type: "heard", nowMs: 5, chance: 0 })[0]).toMatchObject({ judged: false });
  });
});

describe("RFC 5626 §4.4: a server that announces pings", () => {
  const announced = (nowMs: number, flowTimerSeconds?: number) =>
    ({
      type: "announced",
      nowMs,
      chance: 0.999,
      ...(flowTimerSeconds === undefined ? {} : { flowTimerSeconds }),
    }) as const;

  test("Flow-Timer: pings come no later than it says, the next ones too", () => {
    for (const [seconds, leastMs, mostMs] of [
      [30, 24_000, 28_000],
      [6, 3900, 4000],
      [1, 1900, 2000],
    ] as const) {
      const [state] = nextKeepAlive(beginKeepAlive(0, 0), announced(0, seconds));
      if (state.name !== "quiet") throw new Error(state.name);
      expect(state.pingAtMs).toBeGreaterThanOrEqual(leastMs);
      expect(state.pingAtMs).toBeLessThanOrEqual(mostMs);
      const [waiting] = nextKeepAlive(state, { type: "time", nowMs: mostMs, chance: 0 });
      const [again] = nextKeepAlive(waiting, { type: "pong", nowMs: mostMs, chance: 0.999 });
      expect(again).toMatchObject({ name: "quiet", judged: true, flowTimerSeconds: seconds });
      expect(again.name === "quiet" ? again.pingAtMs - mostMs : 0).toBeLessThanOrEqual(mostMs);
    }
  });

  test("it is judged from the first ping on, and a repeated announcement puts no ping off", () => {
    const [state] = nextKeepAlive(beginKeepAlive(0, 0), announced(0, 30));
    expect(nextKeepAlive(state, announced(20_000, 30))[0]).toEqual(state);
    const [waiting] = nextKeepAlive(state, { type: "time", nowMs: 30_000, chance: 0 });
    expect(nextKeepAlive(waiting, announced(31_000))[0]).toMatchObject({ name: "waiting", untilMs: 40_000 });
    expect(nextKeepAlive(waiting, { type: "time", nowMs: 40_000, chance: 0 })[0]).toEqual({ name: "dead" });
    expect(nextKeepAlive({ name: "dead" }, announced(0))).toEqual([{ name: "dead" }, []]);
  });
});

describe("RFC 5626 §3.5.1: on connections that we opened", () => {
  async function connected() {
    const world = new World();
    const a = await world.peer("10.0.0.1").listen("udp", "tcp");
    const b = await world.peer("10.0.0.2").listen("udp", "tcp");
    const lost: string[] = [];
    a.transport.onConnectionLost = (_flow, reason) => lost.push(reason);
    a.send("MESSAGE", b.by("tcp"));
    await world.clock.advanceAsync(40_000);
    return { world, lost };
  }
  const pings = (world: World) =>
    world.network.transits
      .filter(({ bytes }) => Buffer.from(bytes).toString() === "\r\n\r\n")
      .map(({ from }) => from.address);

  test("pings go out from the opening side and are answered; the connection lives", async () => {
    const { world, lost } = await connected();
    await world.clock.advanceAsync(600_000);
    expect(pings(world).length).toBeGreaterThanOrEqual(5);
    expect(new Set(pings(world))).toEqual(new Set(["10.0.0.1"]));
    expect(lost).toEqual([]);
  });

  test("a server that vanished is found dead by its missing pong, which is told", async () => {
    const { world, lost } = await connected();
    await world.clock.advanceAsync(200_000);
    world.network.silence("10.0.0.2");
    await world.clock.advanceAsync(135_000);
    expect(lost).toEqual(["tcp 10.0.0.2:5060 is gone: no answer to a ping within 10 s"]);
  });
});

describe("UdpKeepAlive", () => {
  function started(kind: KeepAliveKind, target: TransportAddress = registrar) {
    const clock = new ManualClock();
    const datagrams: TransportAddress[] = [];
    const requests: RequestOptions[] = [];
    const userAgent = {
      keepAlive: (to: TransportAddress) => void datagrams.push(to),
      request: async (options: RequestOptions) => {
        requests.push(options);
        return { failed: "nobody there" };
      },
    };
    const options = { kind, intervalMs: 30_000, identity, registrar: "sip:x.test" };
    const keepAlive = new UdpKeepAlive({ userAgent, clock, log: silentLog }, options);
    keepAlive.follow(target);
    return { clock, datagrams, requests, keepAlive };
  }

  test("NET-29: 1 sends a datagram that says nothing every 30 s while registered, and no longer", () => {
    const { clock, datagrams, keepAlive } = started("datagram");
    clock.advance(29_999);
    expect(datagrams).toEqual([]);
    clock.advance(1);
    keepAlive.follow(registrar);
    clock.advance(60_000);
    expect(datagrams).toEqual([registrar, registrar, registrar]);
    keepAlive.follow(undefined);
    clock.advance(300_000);
    expect(datagrams.length).toBe(3);
  });

  test.each(["OPTIONS", "NOTIFY"] as const)("NET-29: %s goes straight to the registrar's address", (kind) => {
    const { clock, datagrams, requests } = started(kind);
    clock.advance(60_000);
    expect(datagrams).toEqual([]);
    expect(requests.map(({ method, uri, identity: own }) => [method, uri, own.target, own.route])).toEqual([
      [kind, "sip:x.test", registrar, []],
      [kind, "sip:x.test", registrar, []],
    ]);
    expect(requests[0]?.headers).toEqual(kind === "NOTIFY" ? [["Event", "keep-alive"]] : []);
  });

  test("NET-29: 0 sends nothing, and connections need nothing", () => {
    for (const { clock, datagrams, requests } of [
      started("off"),
      started("datagram", { ...registrar, transport: "tls" }),
    ]) {
      clock.advance(300_000);
      expect([datagrams, requests]).toEqual([[], []]);
    }
  });
});

test("NET-29: the datagram leaves by the socket that requests leave by, and is ignored by a user agent", async () => {
  const world = new World();
  const a = await world.peer("10.0.0.1").listen("udp");
  const b = await world.peer("10.0.0.2").listen("udp");
  a.transport.keepAlive(b.by("udp"));
  await world.clock.advanceAsync(10);
  expect(world.network.transits.map(({ from, to, bytes }) => [from.port, to.address, bytes.length])).toEqual([
    [5060, "10.0.0.2", 4],
  ]);
  expect(b.transport.counters.received).toBe(0);
});
