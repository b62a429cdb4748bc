/** Transport, port and address by NAPTR and SRV: RFC 3263 §4.1 to §4.3, RFC 2782; feature row ACC-04. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { Found, PointerRecord, Resolver, ServiceRecord } from "../../../src/base/network.ts";
import { type LocationChoice, Locator } from "../../../src/sip/location.ts";
import { failureMs } from "../../../src/sip/location-failures.ts";
import { orderServices } from "../../../src/sip/location-srv.ts";
import { seededBytes, seededRandom } from "../../fake/network.ts";

const service = (priority: number, weight: number, target: string, port = 5060): ServiceRecord => ({
  ...{ priority, weight, target, port },
});
const pointer = (order: number, name: string, replacement: string, flags = "S"): PointerRecord => ({
  ...{ order, preference: 10, flags, service: name, regexp: "", replacement },
});

const addresses: Readonly<Record<string, readonly string[]>> = {
  "pbx.example": ["192.0.2.1"],
  "one.example": ["192.0.2.11"],
  "two.example": ["192.0.2.12", "2001:db8::12"],
};

function zone(
  services: Readonly<Record<string, readonly ServiceRecord[]>>,
  pointers: readonly PointerRecord[] = [],
  ttlSeconds = 120,
) {
  const asked: string[] = [];
  const found = <T>(records: readonly T[]): Found<T> => ({ records, ttlSeconds });
  const resolver: Resolver = {
    addresses: async (host) => addresses[host] ?? [],
    hosts: async (host) => {
      asked.push(`A ${host}`);
      return { records: addresses[host] ?? [], ttlSeconds: 300 };
    },
    services: async (name) => {
      asked.push(`SRV ${name}`);
      return found(services[name] ?? []);
    },
    pointers: async (domain) => {
      asked.push(`NAPTR ${domain}`);
      return found(pointers);
    },
  };
  const locator = new Locator({ resolver, random: seededBytes(1), transports: ["udp", "tcp", "tls"] });
  const find = async (uri: string, choice?: LocationChoice) =>
    (await locator.find(uri, choice)).targets.map((at) => `${at.transport} ${at.address} ${at.port}`);
  return { asked, find, locator, resolver };
}

const udpAndTcp = {
  "_sip._udp.pbx.example": [service(20, 0, "two.example", 5070), service(10, 0, "one.example")],
  "_sip._tcp.pbx.example": [service(1, 0, "one.example", 5080)],
  "_sips._tcp.pbx.example": [service(1, 0, "two.example", 5081)],
};

describe("ACC-04", () => {
  test("RFC 3263 §4.1: NAPTR chooses the transport, the rest of it follows", async () => {
    const { find, asked } = zone(udpAndTcp, [
      pointer(30, "SIP+D2U", "_sip._udp.pbx.example"),
      pointer(20, "sip+d2t", "_sip._tcp.pbx.example"),
      pointer(10, "SIP+D2S", "_sip._sctp.pbx.example"),
      pointer(5, "E2U+sip", ""),
    ]);
    expect(await find("sip:pbx.example")).toEqual([
      "tcp 192.0.2.11 5080",
      "udp 192.0.2.11 5060",
      "udp 192.0.2.12 5070",
      "udp 2001:db8::12 5070",
    ]);
    expect(asked[0]).toBe("NAPTR pbx.example");
    expect(asked).not.toContain("SRV _sip._sctp.pbx.example");
  });

  test("RFC 3263 §4.1: without NAPTR the SRV records of each transport are asked for, or of UDP alone", async () => {
    const all = await zone(udpAndTcp).find("sip:pbx.example");
    expect(all.map((at) => at.split(" ")[0])).toEqual(["udp", "udp", "udp", "tcp", "tls", "tls"]);
    const { find, asked } = zone(udpAndTcp);
    const udp = await find("sip:pbx.example", { services: ["udp"] });
    expect(udp).toEqual(["udp 192.0.2.11 5060", "udp 192.0.2.12 5070", "udp 2001:db8::12 5070"]);
    expect(asked.filter((question) => question.startsWith("SRV"))).toEqual(["SRV _sip._udp.pbx.example"]);
  });

  test.each([
    [
      "a transport in the URI",
      "sip:pbx.example;transport=tcp",
      {},
      ["SRV _sip._tcp.pbx.example"],
      ["tcp 192.0.2.11 5080"],
    ],
    [
      "a known transport",
      "sip:pbx.example",
      { transport: "tcp" },
      ["SRV _sip._tcp.pbx.example"],
      ["tcp 192.0.2.11 5080"],
    ],
    ["a port in the URI", "sip:pbx.example:5090", {}, [], ["udp 192.0.2.1 5090"]],
    ["a known port", "sip:pbx.example", { port: 5060 }, [], ["udp 192.0.2.1 5060"]],
    ["a known port and transport", "sip:pbx.example", { port: 5062, transport: "tcp" }, [], ["tcp 192.0.2.1 5062"]],
    ["a number", "sip:192.0.2.77", {}, [], ["udp 192.0.2.77 5060"]],
    ["no records at all", "sip:one.example;transport=udp", {}, ["SRV _sip._udp.one.example"], ["udp 192.0.2.11 5060"]],
  ] as const)("RFC 3263 §4.2: %s", async (_, uri, choice, services, expected) => {
    const { find, asked } = zone(udpAndTcp);
    expect(await find(uri, choice)).toEqual(expected);
    expect(asked.filter((question) => !question.startsWith("A "))).toEqual(services);
  });

  test("RFC 3261 §26.2.2: sips takes TLS only, whatever NAPTR prefers", async () => {
    const { find } = zone(udpAndTcp, [pointer(1, "SIP+D2U", "_sip._udp.pbx.example")]);
    expect(await find("sips:pbx.example")).toEqual(["tls 192.0.2.12 5081", "tls 2001:db8::12 5081"]);
  });

  test("RFC 2782: a target of . says that there is no such service; hosts without address are passed over", async () => {
    await expect(zone({ "_sip._udp.pbx.example": [service(0, 0, ".")] }).find("sip:pbx.example")).rejects.toThrow(
      "pbx.example offers no SIP: its SRV records say so",
    );
    const records = [service(1, 0, "gone.example"), service(2, 0, "one.example")];
    expect(await zone({ "_sip._udp.pbx.example": records }).find("sip:pbx.example")).toEqual(["udp 192.0.2.11 5060"]);
    await expect(
      zone({ "_sip._udp.pbx.example": [service(1, 0, "gone.example")] }).find("sip:pbx.example"),
    ).rejects.toThrow("host gone.example has no address");
  });

  test("ACC-13: the shortest lifetime on the way counts", async () => {
    const { locator } = zone(udpAndTcp, [], 45);
    expect((await locator.find("sip:pbx.example")).ttlSeconds).toBe(45);
    expect((await locator.find("sip:192.0.2.5")).ttlSeconds).toBe(Infinity);
  });

  test("a hostile zone leads to 32 addresses at most", async () => {
    const records = Array.from({ length: 200 }, (_, i) => service(i, 0, "one.example", 1000 + i));
    expect(await zone({ "_sip._udp.pbx.example": records }).find("sip:pbx.example")).toHaveLength(32);
  });
});

test("RFC 2782: the lowest priority first, within it by weight, and 0 now and then", () => {
  const seed = 2782;
  const random = seededRandom(seed);
  const records = [
    service(10, 60, "a"),
    service(10, 20, "b"),
    service(10, 20, "c"),
    service(10, 0, "d"),
    service(20, 99, "e"),
  ];
  const firsts: Record<string, number> = {};
  for (let i = 0; i < 10_000; i++) {
    const order = orderServices(records, random);
    expect(order).toHaveLength(5);
    expect(order[4]?.target).toBe("e");
    const first = order[0]?.target ?? "";
    firsts[first] = (firsts[first] ?? 0) + 1;
  }
  expect(firsts["a"], `seed ${seed}`).toBeGreaterThan(5700);
  expect(firsts["a"], `seed ${seed}`).toBeLessThan(6300);
  expect(firsts["b"], `seed ${seed}`).toBeGreaterThan(1700);
  expect(firsts["d"], `seed ${seed}`).toBeGreaterThan(0);
  expect(firsts["d"], `seed ${seed}`).toBeLessThan(300);
});

test("RFC 3263 §4.3: an address that failed is tried last for a while, not left out", async () => {
  const clock = new ManualClock();
  const { resolver } = zone({});
  const locator = new Locator({ resolver, clock });
  const list = async () => (await locator.locate("sip:two.example", "udp")).map((at) => at.address);
  const [first] = await locator.locate("sip:two.example", "udp");
  if (first === undefined) throw new Error("nothing located");
  expect(await list()).toEqual(["192.0.2.12", "2001:db8::12"]);
  locator.failed(first);
  expect(await list()).toEqual(["2001:db8::12", "192.0.2.12"]);
  locator.answered(first);
  expect(await list()).toEqual(["192.0.2.12", "2001:db8::12"]);
  locator.failed(first);
  clock.advance(failureMs);
  expect(await list()).toEqual(["192.0.2.12", "2001:db8::12"]);
});
