/** The rules of the check list by table: order, freezing, triggered checks, nomination, roles, limits. */
import { describe, expect, test } from "vitest";
import {
  beginChecks,
  type IceEffect,
  type IceInput,
  type IceState,
  isSettled,
  next,
  patienceMs,
  resolveRole,
  selectedOf,
} from "../../../src/ice/agent.ts";
import {
  candidatePriority,
  defaultCandidate,
  Foundations,
  type LocalCandidate,
  pairPriority,
  withoutRedundant,
} from "../../../src/ice/candidate.ts";
import { begin as beginConsent, next as nextConsent } from "../../../src/ice/consent.ts";
import type { IceCandidate } from "../../../src/media/protocol.ts";

function remote(type: IceCandidate["type"], port: number, component = 1, foundation: string = type): IceCandidate {
  const priority = candidatePriority(type, 65_535, component);
  return { foundation, component, priority, address: "192.0.2.2", port, type, related: undefined };
}

function local(type: IceCandidate["type"], base: number, component = 1): LocalCandidate {
  return { ...remote(type, 9000 + base, component), address: "192.0.2.1", base };
}

class Agent {
  state: IceState;
  effects: IceEffect[] = [];

  constructor(locals: LocalCandidate[], remotes: IceCandidate[], controlling = true) {
    this.state = beginChecks(locals, remotes, controlling, 0);
  }

  input(input: IceInput): readonly IceEffect[] {
    const [state, effects] = next(this.state, input);
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }

  /** Ports of the remotes that are checked by so many ticks from that time on. */
  ticks(count: number, fromMs = 0): string[] {
    return Array.from({ length: count }, (_, i) => this.input({ type: "tick", nowMs: fromMs + 50 * i })).flatMap((e) =>
      e.flatMap((one) => (one.type === "check" ? [`${one.pair.remote.port}${one.nominate ? " nominate" : ""}`] : [])),
    );
  }

  pair(port: number) {
    const pair = this.state.pairs.find((p) => p.remote.port === port);
    if (pair === undefined) throw new Error(`no pair to ${port}`);
    return pair;
  }

  succeed(port: number, nowMs = 0): readonly IceEffect[] {
    return this.input({ type: "succeeded", pair: this.pair(port).id, nowMs });
  }

  fail(port: number): void {
    const { id, check } = this.pair(port);
    this.input({ type: "failed", pair: id, check });
  }
}

describe("RFC 8445 §5.1.2, §6.1.2.3: priorities", () => {
  test("host before peer-reflexive, server-reflexive and relay; RTP before RTCP", () => {
    const types = ["host", "prflx", "srflx", "relay"] as const;
    const values = types.map((type) => candidatePriority(type, 65_535, 1));
    expect(values).toEqual([2130706431, 1862270975, 1694498815, 16777215]);
    expect(candidatePriority("host", 65_535, 2)).toBe(2130706430);
  });

  test("a pair has the same priority on both sides, whoever controls", () => {
    for (const [a, b] of [
      [1, 2],
      [2, 1],
      [7, 7],
    ] as const)
      for (const controlling of [true, false])
        expect(pairPriority(a, b, controlling)).toBe(pairPriority(b, a, !controlling));
    expect(pairPriority(2, 1, true)).toBe(2n ** 32n + 4n + 1n);
  });

  test("§5.1.1.3, §5.1.3, §5.1.4: foundations, redundant candidates, the default", () => {
    const foundations = new Foundations();
    expect(foundations.of("host", "a", "")).toBe(foundations.of("host", "a", ""));
    expect(foundations.of("srflx", "a", "s")).not.toBe(foundations.of("srflx", "a", "t"));
    const host = local("host", 1);
    const mapped = { ...local("srflx", 1), address: host.address, port: host.port };
    expect(withoutRedundant([mapped, host])).toEqual([host]);
    expect(defaultCandidate([host, local("srflx", 1), local("relay", 2)], 1)?.type).toBe("relay");
    expect(defaultCandidate([host], 2)).toBeUndefined();
  });
});

describe("RFC 8445 §6: the check list", () => {
  test("§6.1.2.6: one pair of each foundation goes first, the others wait for what it learns", () => {
    const agent = new Agent(
      [local("host", 1, 1), local("host", 2, 2)],
      [remote("host", 5000, 1), remote("host", 5001, 2), remote("srflx", 6000, 1), remote("srflx", 6001, 2)],
    );
    expect(agent.ticks(2)).toEqual(["5000", "6000"]);
    agent.succeed(5000);
    expect(agent.pair(5001).state).toBe("waiting");
    expect(agent.pair(6001).state).toBe("frozen");
  });

  test("families and components do not mix, candidates that a NAT gave are left to their hosts", () => {
    const six = { ...remote("host", 5006), address: "2001:db8::2" };
    const agent = new Agent([local("host", 1), local("srflx", 1), local("relay", 2)], [remote("host", 5000), six]);
    expect(agent.state.pairs.map((p) => `${p.local.type} ${p.remote.port}`)).toEqual(["host 5000", "relay 5000"]);
  });

  test("§6.1.2.5: no more than a hundred pairs, whatever is offered and whoever knocks", () => {
    const many = Array.from({ length: 200 }, (_, i) => remote("host", 1000 + i, 1, `f${i}`));
    const agent = new Agent([local("host", 1)], many);
    expect(agent.state.pairs).toHaveLength(100);
    agent.input({
      type: "request",
      base: 1,
      from: { address: "192.0.2.9", port: 1 },
      priority: 1,
      nominate: false,
      nowMs: 0,
    });
    expect(agent.state.pairs).toHaveLength(100);
  });

  test("§7.3.1.3, §7.3.1.4: an unknown address becomes a candidate, and is checked before all others", () => {
    const agent = new Agent([local("host", 1)], [remote("host", 5000), remote("host", 5001, 1, "g")]);
    const from = { address: "192.0.2.77", port: 7777 };
    agent.input({ type: "request", base: 1, from, priority: 99, nominate: false, nowMs: 0 });
    expect(agent.ticks(1)).toEqual(["7777"]);
    expect(agent.pair(7777).remote).toMatchObject({ type: "prflx", priority: 99 });
  });

  test("what comes of a check that was repeated meanwhile does not fail the pair", () => {
    const agent = new Agent([local("host", 1)], [remote("host", 5000)]);
    agent.ticks(1);
    const first = agent.pair(5000).check;
    agent.input({ type: "request", base: 1, from: agent.pair(5000).remote, priority: 1, nominate: false, nowMs: 0 });
    agent.ticks(1);
    agent.input({ type: "failed", pair: agent.pair(5000).id, check: first });
    expect(agent.pair(5000).state).toBe("in-progress");
    agent.fail(5000);
    expect(agent.pair(5000).state).toBe("failed");
  });
});

describe("RFC 8445 §8: nomination", () => {
  test("the best pair is nominated at once, and then selected", () => {
    const agent = new Agent([local("host", 1)], [remote("host", 5000), remote("srflx", 6000)]);
    agent.ticks(2);
    expect(agent.succeed(5000)).toMatchObject([{ type: "path", final: false }]);
    expect(agent.ticks(1, 100)).toEqual(["5000 nominate"]);
    expect(agent.succeed(5000)).toMatchObject([{ type: "path", final: true }, { type: "connected" }]);
    expect(isSettled(agent.state)).toBe(true);
    expect(agent.ticks(1, 200)).toEqual([]);
  });

  test("a lesser pair waits 300 ms for a better one, one over a relay a second", () => {
    for (const [type, waitMs] of [
      ["srflx", 300],
      ["relay", 1000],
    ] as const) {
      const agent = new Agent([local("host", 1)], [remote("host", 5000), remote(type, 6000)]);
      agent.ticks(2);
      agent.succeed(6000, 100);
      expect(agent.ticks(1, 100 + waitMs - 10)).toEqual([]);
      expect(agent.ticks(1, 100 + waitMs)).toEqual(["6000 nominate"]);
    }
  });

  test("§8.1.1: a nomination that fails is followed by the next best", () => {
    const agent = new Agent([local("host", 1)], [remote("host", 5000), remote("srflx", 6000)]);
    agent.ticks(2);
    agent.succeed(5000);
    agent.succeed(6000);
    agent.ticks(1, 50);
    agent.fail(5000);
    expect(agent.ticks(1, 100)).toEqual(["6000 nominate"]);
  });

  test("§7.3.1.5: who is controlled follows, before or after its own check succeeded", () => {
    for (const early of [true, false]) {
      const agent = new Agent([local("host", 1)], [remote("host", 5000)], false);
      agent.ticks(1);
      const request = {
        type: "request",
        base: 1,
        from: agent.pair(5000).remote,
        priority: 1,
        nominate: true,
        nowMs: 0,
      } as const;
      if (early) agent.input(request);
      agent.succeed(5000);
      if (!early) agent.input(request);
      expect(selectedOf(agent.state, 1)?.remote.port).toBe(5000);
      expect(agent.effects.filter((e) => e.type === "connected")).toHaveLength(1);
    }
  });

  test("RFC 5245 §8.1.1.2: of several that an aggressive peer nominates the best counts", () => {
    const agent = new Agent([local("host", 1)], [remote("srflx", 6000), remote("host", 5000)], false);
    agent.ticks(2);
    const nominate = (port: number) =>
      agent.input({ type: "request", base: 1, from: agent.pair(port).remote, priority: 1, nominate: true, nowMs: 0 });
    nominate(6000);
    agent.succeed(6000);
    expect(selectedOf(agent.state, 1)?.remote.port).toBe(6000);
    nominate(5000);
    expect(agent.succeed(5000)).toMatchObject([{ type: "path", final: true }]);
    expect(selectedOf(agent.state, 1)?.remote.port).toBe(5000);
  });

  test("RFC 8863: it fails after 39.5 s without any pair, not before", () => {
    const agent = new Agent([local("host", 1)], [remote("host", 5000)]);
    agent.ticks(1);
    agent.fail(5000);
    expect(agent.input({ type: "tick", nowMs: patienceMs - 1 })).toEqual([]);
    expect(agent.input({ type: "tick", nowMs: patienceMs })).toEqual([{ type: "failed" }]);
    expect(agent.input({ type: "tick", nowMs: patienceMs + 50 })).toEqual([]);
  });

  test("RTCP that finds no way does not take RTP with it", () => {
    const agent = new Agent(
      [local("host", 1, 1), local("host", 2, 2)],
      [remote("host", 5000, 1), remote("host", 5001, 2)],
    );
    agent.ticks(1);
    agent.succeed(5000);
    agent.ticks(1, 50);
    agent.succeed(5000);
    agent.ticks(3, 100);
    agent.fail(5001);
    expect(agent.state.name).toBe("connected");
    agent.input({ type: "tick", nowMs: patienceMs });
    expect(isSettled(agent.state)).toBe(true);
    expect(agent.state.name).toBe("connected");
  });
});

describe("RFC 8445 §7.3.1.1: roles", () => {
  test.each([
    [true, 5n, false, 9n, "agree"],
    [true, 5n, true, 4n, "refuse"],
    [true, 5n, true, 5n, "refuse"],
    [true, 5n, true, 6n, "switch"],
    [false, 5n, false, 4n, "switch"],
    [false, 5n, false, 5n, "switch"],
    [false, 5n, false, 6n, "refuse"],
  ] as const)(
    "ours controlling %s with %s, theirs %s with %s: %s",
    (controlling, ours, theirs, tieBreaker, expected) => {
      expect(resolveRole(controlling, ours, { controlling: theirs, tieBreaker })).toBe(expected);
    },
  );

  test("§7.2.5.1: 487 turns the role round once, and the check is made again", () => {
    const agent = new Agent([local("host", 1)], [remote("host", 5000)]);
    agent.ticks(1);
    const { id } = agent.pair(5000);
    agent.input({ type: "conflict", controlling: true, pair: id });
    expect(agent.state.controlling).toBe(false);
    agent.input({ type: "conflict", controlling: true, pair: id });
    expect(agent.state.controlling).toBe(false);
    expect(agent.ticks(1, 50)).toEqual(["5000"]);
  });
});

describe("RFC 7675 §5.1", () => {
  test("questions come at 80 to 120 % of 5 s, an answer makes it fresh for 30 s, lost is lost", () => {
    const [fresh, first] = beginConsent(0, 0);
    expect(first).toEqual([{ type: "timer", ms: 4000 }]);
    expect(nextConsent(fresh, { type: "timer", nowMs: 4000, chance: 1 })[1]).toEqual([
      { type: "ask" },
      { type: "timer", ms: 6000 },
    ]);
    const [answered] = nextConsent(fresh, { type: "answer", nowMs: 4100 });
    expect(nextConsent(answered, { type: "timer", nowMs: 34_000, chance: 0.5 })[1]).toEqual([
      { type: "ask" },
      { type: "timer", ms: 100 },
    ]);
    const [lost, effects] = nextConsent(answered, { type: "timer", nowMs: 34_100, chance: 0.5 });
    expect([lost, effects]).toEqual([{ name: "lost" }, [{ type: "lost" }]]);
    expect(nextConsent(lost, { type: "answer", nowMs: 34_200 })).toEqual([{ name: "lost" }, []]);
  });
});
