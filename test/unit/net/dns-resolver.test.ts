/** Names to records: feature rows NET-36, NET-37; RFC 1034, RFC 2308, RFC 5452, RFC 8767. */
import { expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { DnsClient, type DnsClientSettings } from "../../../src/net/dns-client.ts";
import { DnsResolver, type DnsResolverSettings, type LookupChoice } from "../../../src/net/dns-resolver.ts";
import { addressRecord, StaticRecords } from "../../../src/net/dns-static.ts";
import { hostsOf, resolverConfigurationOf } from "../../../src/net/dns-system.ts";
import { SimulatedNetwork, seededBytes } from "../../fake/network.ts";
import { a, alias, DnsServer, dnsAnswer, questionOf, soa, srv } from "./dns-server.ts";

async function start(
  client: Partial<DnsClientSettings> = {},
  more: Partial<DnsResolverSettings> = {},
  choice: LookupChoice = {},
) {
  const clock = new ManualClock();
  const network = new SimulatedNetwork(clock, 1);
  const servers = { first: new DnsServer(), second: new DnsServer() };
  await servers.first.open(network.host("10.0.0.53"), "10.0.0.53");
  await servers.second.open(network.host("10.0.0.54"), "10.0.0.54");
  const own = network.host("10.0.0.1");
  const settings: DnsClientSettings = {
    servers: ["10.0.0.53", "10.0.0.54"].map((address) => ({ address, port: 53 })),
    ...{ timeoutMs: 3000, retries: 2, transport: "udp" },
    ...client,
  };
  const dns = new DnsClient({ network: own, clock, random: seededBytes(1) }, () => settings);
  const parts = { client: dns, clock, log: silentLog, hostsFile: () => "10.1.1.1 printer printer.example # comment\n" };
  const resolver = new DnsResolver(
    parts,
    () => ({
      ...{ family: 4, keep: true, useExpired: true, search: ["office.example"], records: new StaticRecords([]) },
      ...more,
    }),
    choice,
  );
  /** What became of it, and when. */
  const run = async <T>(promise: Promise<T>, ms = 30_000): Promise<{ value?: T; error?: string; afterMs: number }> => {
    const begunMs = clock.now();
    let done: { value?: T; error?: string; afterMs: number } | undefined;
    promise.then(
      (value) => {
        done = { value, afterMs: clock.now() - begunMs };
      },
      (error: Error) => {
        done = { error: error.message, afterMs: clock.now() - begunMs };
      },
    );
    for (let passed = 0; passed < ms && done === undefined; passed += 100) await clock.advanceAsync(100);
    if (done === undefined) throw new Error("neither answered nor failed");
    return done;
  };
  return { clock, network, ...servers, resolver, run };
}

const host = { answers: [a("pbx.example", "192.0.2.1", 60)] };

test("NET-36: an answer is kept for as long as it says, and asked for again then", async () => {
  const { clock, first, resolver, run } = await start();
  first.reply = () => host;
  expect((await run(resolver.hosts("PBX.example."))).value).toEqual({ records: ["192.0.2.1"], ttlSeconds: 60 });
  await clock.advanceAsync(59_000);
  const kept = (await run(resolver.hosts("pbx.example"))).value;
  expect(kept?.records).toEqual(["192.0.2.1"]);
  expect(kept?.ttlSeconds).toBeLessThan(1.1);
  expect(first.asked).toEqual(["A pbx.example"]);
  await clock.advanceAsync(1000);
  await run(resolver.hosts("pbx.example"));
  expect(first.asked).toHaveLength(2);
});

test("NET-36: static.network.dns.ttl_enable 0 asks each time", async () => {
  const { first, resolver, run } = await start({}, { keep: false });
  first.reply = () => host;
  await run(resolver.hosts("pbx.example"));
  await run(resolver.hosts("pbx.example"));
  expect(first.asked).toHaveLength(2);
});

test("NET-36: a silent server costs its time-out, the next is asked then; all silent is told by name", async () => {
  const { first, second, resolver, run } = await start();
  first.reply = () => undefined;
  second.reply = () => host;
  const found = await run(resolver.hosts("pbx.example"));
  expect(found.value?.records).toEqual(["192.0.2.1"]);
  expect(found.afterMs).toBeGreaterThanOrEqual(3000);
  expect(found.afterMs).toBeLessThan(3300);
  second.reply = () => undefined;
  const lost = await run(resolver.hosts("other.example"));
  expect(lost.error).toBe("no name server answers (10.0.0.53:53, 10.0.0.54:53) when asked for other.example");
  expect(lost.afterMs).toBeGreaterThanOrEqual(18_000);
  expect(first.asked.filter((q) => q === "A other.example")).toHaveLength(3);
});

test("NET-36: account.X.dns_query_timeout bounds all tries together", async () => {
  const { first, second, resolver, run } = await start({}, {}, { limitMs: 8000 });
  first.reply = () => undefined;
  second.reply = () => undefined;
  expect((await run(resolver.hosts("pbx.example"))).afterMs).toBeLessThan(8300);
});

test("NET-36, RFC 8767: while no server answers the last answer serves, soon; told not to, nothing does", async () => {
  for (const useExpired of [true, false]) {
    const { clock, first, second, resolver, run } = await start({}, { useExpired });
    first.reply = () => host;
    await run(resolver.hosts("pbx.example"));
    first.reply = () => undefined;
    second.reply = () => undefined;
    await clock.advanceAsync(100_000);
    const found = await run(resolver.hosts("pbx.example"));
    if (useExpired) {
      expect(found.value).toEqual({ records: ["192.0.2.1"], ttlSeconds: 30 });
      expect(found.afterMs).toBeLessThan(2000);
    } else expect(found.error).toContain("no name server answers");
  }
});

test("RFC 2308: that there is none holds as long as the zone says", async () => {
  const { clock, first, resolver, run } = await start();
  first.reply = () => ({ code: 3, authority: [soa("example", 90)] });
  expect((await run(resolver.services("_sip._udp.pbx.example"))).value).toEqual({ records: [], ttlSeconds: 90 });
  await clock.advanceAsync(80_000);
  await run(resolver.services("_sip._udp.pbx.example"));
  expect(first.asked).toHaveLength(1);
  expect((await run(resolver.addresses("none.example"))).error).toBe(
    "cannot find host none.example: it has no address",
  );
});

test("RFC 1034 §3.6.2: aliases are followed inside an answer and beyond it, rings are not", async () => {
  const { first, resolver, run } = await start();
  first.reply = (question) => {
    if (question === "A www.example")
      return { answers: [alias("www.example", "b.example", 9), a("b.example", "192.0.2.2")] };
    if (question === "A far.example") return { answers: [alias("far.example", "pbx.example", 5)] };
    if (question === "A ring.example") return { answers: [alias("ring.example", "ring2.example")] };
    if (question === "A ring2.example") return { answers: [alias("ring2.example", "ring.example")] };
    return host;
  };
  expect((await run(resolver.hosts("www.example"))).value).toEqual({ records: ["192.0.2.2"], ttlSeconds: 9 });
  expect((await run(resolver.hosts("far.example"))).value).toEqual({ records: ["192.0.2.1"], ttlSeconds: 5 });
  expect((await run(resolver.hosts("ring.example"))).error).toContain("alias of an alias without end");
});

test("RFC 7766: what was truncated is asked for again by TCP; sip.dns_transport_type 1 begins with it", async () => {
  const { first, resolver, run } = await start();
  first.reply = (_, by) => (by === "udp" ? { truncated: true } : { answers: [srv("s.example", 1, 5070, "h.example")] });
  const found = await run(resolver.services("s.example"));
  expect(found.value?.records).toMatchObject([{ priority: 1, port: 5070, target: "h.example" }]);
  expect(first.asked).toEqual(["SRV s.example", "SRV s.example by tcp"]);
  const other = await start({ transport: "tcp" });
  other.first.reply = () => host;
  await other.run(other.resolver.hosts("pbx.example"));
  expect(other.first.asked).toEqual(["A pbx.example by tcp"]);
});

test("RFC 5452: answers from elsewhere, to other questions or with another number are waited past", async () => {
  const { clock, network, resolver, run, first } = await start({ servers: [{ address: "10.0.0.60", port: 53 }] });
  const own = await network.host("10.0.0.60").bindDatagram({ address: "10.0.0.60", port: 53 });
  const forger = await network.host("10.0.0.66").bindDatagram({ address: "10.0.0.66", port: 53 });
  const forged = [a("pbx.example", "203.0.113.66")];
  own.onMessage = (bytes, from) => {
    const { id, name, type } = questionOf(bytes);
    forger.send(dnsAnswer(id, { name, type }, forged), from);
    own.send(dnsAnswer(id ^ 1, { name, type }, forged), from);
    own.send(dnsAnswer(id, { name: "bank.example", type }, forged), from);
    own.send(dnsAnswer(id, { name, type: 16 }, forged), from);
    own.send(Buffer.from("nonsense"), from);
    clock.after(200, () => own.send(dnsAnswer(id, { name, type }, host.answers), from));
  };
  expect((await run(resolver.hosts("pbx.example"))).value?.records).toEqual(["192.0.2.1"]);
  expect(first.asked).toEqual([]);
});

test("NET-36: many that ask for the same at once make one query", async () => {
  const { first, resolver, run } = await start();
  first.reply = () => host;
  await run(Promise.all(Array.from({ length: 20 }, () => resolver.hosts("pbx.example"))));
  expect(first.asked).toEqual(["A pbx.example"]);
});

const known = (address: string) => {
  const record = addressRecord("pbx.example", address, 300);
  if (record === undefined) throw new Error(`${address} is no address`);
  return new StaticRecords([record]);
};

test("NET-37: records known in advance come before DNS, and nothing is asked for their domain", async () => {
  const { first, resolver, run } = await start({}, { records: known("198.51.100.1") });
  expect((await run(resolver.hosts("pbx.example"))).value).toEqual({ records: ["198.51.100.1"], ttlSeconds: 300 });
  expect((await run(resolver.services("_sip._udp.pbx.example"))).value?.records).toEqual([]);
  expect((await run(resolver.pointers("pbx.example"))).value?.records).toEqual([]);
  expect(first.asked).toEqual([]);
});

test("NET-37: an account's records come before the phone's, after DNS where it says so, and not at all when off", async () => {
  const { first, resolver, run } = await start({}, { records: known("198.51.100.1") });
  first.reply = (question) => (question === "A pbx.example" ? host : { code: 3 });
  const own = known("198.51.100.9");
  const look = async (choice: LookupChoice) => (await run(resolver.with(choice).hosts("pbx.example"))).value?.records;
  expect(await look({ records: { known: own, rank: "first" } })).toEqual(["198.51.100.9"]);
  expect(await look({ records: { known: own, rank: "late" } })).toEqual(["192.0.2.1"]);
  expect(await look({ cache: "off", records: { known: own, rank: "first" } })).toEqual(["192.0.2.1"]);
  first.reply = () => ({ code: 3 });
  const other = resolver.with({ cache: "off", records: { known: own, rank: "late" } });
  expect((await run(other.hosts("pbx.example"))).value?.records).toEqual(["198.51.100.9"]);
});

test("NET-37: account.X.dns_cache_type 2 keeps additional records too", async () => {
  const { first, resolver, run } = await start({}, {}, { cache: "record" });
  first.reply = () => ({
    answers: [srv("_sip._udp.pbx.example", 1, 5060, "sip1.pbx.example")],
    additional: [a("sip1.pbx.example", "192.0.2.11")],
  });
  await run(resolver.services("_sip._udp.pbx.example"));
  expect((await run(resolver.hosts("sip1.pbx.example"))).value?.records).toEqual(["192.0.2.11"]);
  expect(first.asked).toEqual(["SRV _sip._udp.pbx.example"]);
});

test("hosts(5): the file comes before DNS; short names get the search list", async () => {
  const { first, resolver, run } = await start();
  first.reply = (question) =>
    question === "A desk.office.example" ? { answers: [a("desk.office.example", "192.0.2.7")] } : { code: 3 };
  expect((await run(resolver.hosts("Printer"))).value?.records).toEqual(["10.1.1.1"]);
  expect((await run(resolver.hosts("desk"))).value?.records).toEqual(["192.0.2.7"]);
  expect((await run(resolver.hosts("192.0.2.99"))).value?.records).toEqual(["192.0.2.99"]);
  expect(hostsOf("::1 box\n127.0.0.2 box\nnonsense box", "box")).toEqual(["127.0.0.2", "::1"]);
  expect(hostsOf("", "localhost")).toEqual(["127.0.0.1", "::1"]);
});

test("resolv.conf(5): servers, search list, comments", () => {
  const text =
    "; x\nnameserver 192.0.2.53\nnameserver fe80::1%eth0 # y\nnameserver nonsense\nsearch A.example b.example\n";
  expect(resolverConfigurationOf(text)).toEqual({
    servers: [
      { address: "192.0.2.53", port: 53 },
      { address: "fe80::1", port: 53 },
    ],
    search: ["a.example", "b.example"],
  });
});
