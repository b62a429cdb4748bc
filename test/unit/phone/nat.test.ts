/** What the NAT settings of accounts lead to: who is asked, what is named, what media may use. */
import { describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { ServiceRecord } from "../../../src/base/network.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import type { RelayTrust } from "../../../src/media/protocol.ts";
import { Nat, seenBy } from "../../../src/phone/nat.ts";
import { SharedSocket } from "../../../src/stun/shared-socket.ts";
import { SimulatedNetwork, seededBytes } from "../../fake/network.ts";
import { TurnServer } from "../../fake/turn-server.ts";

const serverAt = { address: "198.51.100.1", port: 3478 };
const local = { transport: "udp", address: "10.0.1.2", port: 5060 };

const trust: RelayTrust = {
  ...{ certificate: "our own", key: "its key", authorities: ["an authority"], least: "TLSv1.2", ciphers: undefined },
  ...{ checkTrust: true, checkName: true },
};

type Named = ServiceRecord & { readonly name: string };

async function lab(settings: Readonly<Record<string, string>>, records: readonly Named[] = []) {
  const clock = new ManualClock();
  const network = new SimulatedNetwork(clock, 3, { delayMs: 5 });
  network.nats = [
    { isInside: (a) => a.startsWith("10."), outside: "203.0.113.1", timeoutMs: 40_000, restricted: true },
  ];
  const server = await TurnServer.open(network.host(serverAt.address), serverAt);
  const socket = new SharedSocket(await network.host(local.address).bindDatagram(local), {
    clock,
    random: seededBytes(1),
  });
  const config = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  const entries = Object.entries({ "account.1.enable": "1", ...settings });
  expect(
    config.set(
      "local",
      entries.map(([name, value]) => ({ name, value })),
    ),
  ).toEqual([]);
  let changes = 0;
  const nat = new Nat({
    clock,
    log: silentLog,
    settings: config,
    resolver: {
      addresses: async (host) => {
        if (host !== "stun.example" && host !== "turn.example") throw new Error(`no such host: ${host}`);
        return ["2001:db8::9", serverAt.address];
      },
      services: async (name) => ({ records: records.filter((r) => r.name === name), ttlSeconds: 60 }),
    },
    chance: () => 0,
    sockets: [socket],
    count: 4,
    address: local.address,
    furtherAddresses: [],
    trust: async () => trust,
    changed: () => {
      changes++;
    },
  });
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += 5) {
      clock.advance(5);
      for (let i = 0; i < 12; i++) await Promise.resolve();
    }
  };
  return { nat, network, server, config, run, clock, changes: () => changes };
}

const stun = {
  "sip.nat_stun.enable": "1",
  "sip.nat_stun.server": "stun.example",
  "account.1.nat.nat_traversal": "1",
};
const turn = {
  "sip.nat_turn.enable": "1",
  "sip.nat_turn.server": "turn.example",
  "sip.nat_turn.username": "u",
  "sip.nat_turn.password": "p",
};

describe("NET-26: STUN", () => {
  test("the account is ready when the answer is there; SIP over UDP is seen where the server says, TCP is not", async () => {
    const { nat, run } = await lab(stun);
    let ready = false;
    nat.open();
    void nat.ready(1).then(() => {
      ready = true;
    });
    expect(nat.seenAs(1, local)).toBeUndefined();
    await run(5);
    expect(ready).toBe(false);
    await run(30);
    expect(ready).toBe(true);
    expect(nat.seenAs(1, local)).toMatchObject({ address: "203.0.113.1" });
    expect(nat.seenAs(1, { ...local, transport: "tcp" })).toBeUndefined();
    expect(nat.seenAs(2, local)).toBeUndefined();
  });

  test("a silent server, or one that is not found, holds the account up for 4 s at most", async () => {
    for (const change of [{}, { "account.1.nat.stun_server": "nowhere.example" }]) {
      const { nat, run, server } = await lab({ ...stun, ...change });
      server.silent = true;
      nat.open();
      let ready = false;
      void nat.ready(1).then(() => {
        ready = true;
      });
      await run(4000);
      expect(ready).toBe(true);
      expect(nat.seenAs(1, local)).toBeUndefined();
    }
  });

  test("it is asked again every udp_update_time seconds; another address is told", async () => {
    const { nat, run, network, server, changes } = await lab({ ...stun, "account.1.nat.udp_update_time": "20" });
    nat.open();
    await run(50_000);
    expect(server.asked).toHaveLength(3);
    expect(changes()).toBe(0);
    network.nats = network.nats.map((n) => ({ ...n, outside: "203.0.113.99" }));
    await run(20_000);
    expect(changes()).toBeGreaterThan(0);
    expect(nat.seenAs(1, local)?.address).toBe("203.0.113.99");
    nat.close();
    const { length } = server.asked;
    await run(30_000);
    expect(server.asked).toHaveLength(length);
  });

  test("switched on and off while the phone runs", async () => {
    const { nat, run, config, changes } = await lab({ ...stun, "account.1.nat.nat_traversal": "0" });
    nat.open();
    await run(100);
    expect(nat.seenAs(1, local)).toBeUndefined();
    config.onChange.on((names) => nat.configured(names));
    config.set("local", [{ name: "account.1.nat.nat_traversal", value: "1" }]);
    await run(100);
    expect(nat.seenAs(1, local)?.address).toBe("203.0.113.1");
    config.set("local", [{ name: "account.1.nat.nat_traversal", value: "0" }]);
    expect(nat.seenAs(1, local)).toBeUndefined();
    expect(changes()).toBeGreaterThanOrEqual(2);
  });
});

describe("NET-25: static NAT", () => {
  test("both switches and the address make it hold, for every transport", async () => {
    const on = {
      "network.static_nat.enable": "1",
      "network.static_nat.addr": "203.0.113.50",
      "account.1.nat.nat_traversal": "2",
    };
    const { nat } = await lab(on);
    expect(nat.seenAs(1, local)).toEqual({ address: "203.0.113.50", port: 5060 });
    expect(nat.seenAs(1, { ...local, transport: "tls", port: 5061 })).toEqual({ address: "203.0.113.50", port: 5061 });
    expect(nat.seenAs(1, { ...local, address: "2001:db8::2" })).toBeUndefined();
    expect(await nat.choice(1)).toMatchObject({ publicAddress: "203.0.113.50", stun: undefined, ice: false });
    const off = await lab({ ...on, "network.static_nat.enable": "0" });
    expect(off.nat.seenAs(1, local)).toBeUndefined();
    expect(await off.nat.choice(1)).toBeUndefined();
  });
});

describe("NET-27: what a call's media may use", () => {
  test("nothing unless it is switched on", async () => {
    const { nat } = await lab({ ...turn, "sip.nat_stun.enable": "1", "sip.nat_stun.server": "stun.example" });
    expect(await nat.choice(1)).toBeUndefined();
    expect(await nat.choice(0)).toBeUndefined();
  });

  test("ICE takes the phone's STUN and TURN servers for every account, by an address of its own family", async () => {
    const { nat } = await lab({
      ...turn,
      "sip.nat_stun.enable": "1",
      "sip.nat_stun.server": "stun.example",
      "ice.enable": "1",
    });
    expect(await nat.choice(3)).toEqual({
      publicAddress: undefined,
      stun: serverAt,
      turn: { server: serverAt, username: "u", password: "p" },
      ice: true,
      addresses: [],
      credentials: undefined,
    });
  });

  test("a relay by TCP or TLS is found by its own SRV records; TLS has its own port, its name and whom to believe", async () => {
    const record = (name: string, port: number): Named => ({
      ...{ name, target: "turn.example", port, priority: 1, weight: 0 },
    });
    const records = [record("_turn._tcp.phones.example", 3480), record("_turns._tcp.phones.example", 3481)];
    const asked = async (transport: string, more: Record<string, string> = {}) =>
      (
        await (
          await lab({ ...turn, "ice.enable": "1", "sip.nat_turn.transport": transport, ...more }, records)
        ).nat.choice(1)
      )?.turn;
    const tls = (host: string) => ({ name: "tls", host, trust });
    expect(await asked("1")).toMatchObject({ server: serverAt, stream: { name: "tcp" } });
    expect(await asked("2")).toMatchObject({ server: { ...serverAt, port: 5349 }, stream: tls("turn.example") });
    expect(await asked("2", { "sip.nat_turn.port": "443" })).toMatchObject({ server: { port: 443 } });
    const domain = { "sip.nat_turn.server": "phones.example" };
    expect(await asked("1", domain)).toMatchObject({ server: { port: 3480 } });
    expect(await asked("2", domain)).toMatchObject({ server: { port: 3481 }, stream: tls("phones.example") });
  });

  test("the account's own STUN server comes first, one that is not found is left out", async () => {
    const own = { ...stun, "account.1.nat.stun_server": serverAt.address, "account.1.nat.stun_port": "3479" };
    const other = await lab({ ...own, "account.1.nat.stun_server": "nowhere.example", "ice.enable": "1" });
    expect(await other.nat.choice(1)).toMatchObject({ stun: undefined, ice: true });
    const literal = await lab({ ...own, "account.1.nat.stun_server": "turn.example" });
    expect(await literal.nat.choice(1)).toMatchObject({ stun: { ...serverAt, port: 3479 } });
  });
});

describe("RFC 8489 §8.1, RFC 8656 §3.2: servers of a domain", () => {
  const record = (name: string, target: string, port: number, priority = 1): Named => ({
    ...{ name, target, port, priority, weight: 0 },
  });

  test("NET-26: SRV records name them, in their order; a server that is not found is passed over", async () => {
    const { nat } = await lab({ ...stun, ...turn, "sip.nat_stun.server": "phones.example", "ice.enable": "1" }, [
      record("_stun._udp.phones.example", "stun.example", 3478, 2),
      record("_stun._udp.phones.example", "nowhere.example", 3478, 1),
      record("_turn._udp.turn.example", "stun.example", 3479),
    ]);
    const choice = await nat.choice(1);
    expect(choice?.stun).toEqual(serverAt);
    expect(choice?.turn?.server).toEqual({ address: serverAt.address, port: 3479 });
  });

  test("NET-26: a port that is configured, or an address, is taken as it stands; a domain may say that it has none", async () => {
    const records = [
      record("_stun._udp.stun.example", ".", 0),
      record(`_stun._udp.${serverAt.address}`, "turn.example", 1),
    ];
    const asked = async (more: Record<string, string>) =>
      (await (await lab({ ...stun, ...more }, records)).nat.choice(1))?.stun;
    expect(await asked({})).toBeUndefined();
    expect(await asked({ "sip.nat_stun.port": "3500" })).toEqual({ address: serverAt.address, port: 3500 });
  });
});

describe("NET-28: the Contact is where the registrar sees it", () => {
  const udp = { transport: "udp", address: "10.0.1.2", port: 5060 } as const;
  const seen = { address: "203.0.113.7", port: 41_000 };

  test("where that is configured, by UDP, and unless STUN or a setting knows better", async () => {
    const on = seenBy(1, undefined, true);
    expect(on.seenAs?.(udp)).toBeUndefined();
    expect(on.noteSeen?.(udp, { address: udp.address, port: udp.port })).toBe(false);
    expect(on.noteSeen?.(udp, seen)).toBe(true);
    expect(on.noteSeen?.(udp, { ...seen })).toBe(false);
    expect(on.seenAs?.(udp)).toEqual(seen);
    expect(on.seenAs?.({ ...udp, transport: "tcp" })).toBeUndefined();
    const off = seenBy(1, undefined, false);
    expect([off.noteSeen?.(udp, seen), off.seenAs?.(udp)]).toEqual([false, undefined]);
    const fixed = { "network.static_nat.enable": "1", "network.static_nat.addr": "203.0.113.50" };
    const { nat } = await lab({ ...fixed, "account.1.nat.nat_traversal": "2" });
    const both = seenBy(1, nat, true);
    expect(both.noteSeen?.(udp, seen)).toBe(false);
    expect(both.seenAs?.(udp)?.address).toBe("203.0.113.50");
  });
});

test("RFC 5626 §4.4.2: the far end of a flow says where it sees us; another socket of ours is not asked", async () => {
  const { nat, run } = await lab({});
  const ask = async (port: number) => {
    let answer: unknown = "waiting";
    void nat.mappedBy({ ...local, port }, serverAt).then((at) => {
      answer = at;
    });
    await run(100);
    return answer;
  };
  expect(await ask(5060)).toMatchObject({ address: "203.0.113.1" });
  expect(await ask(5070)).toBeUndefined();
});
