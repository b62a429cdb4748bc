/** The transport layer on a simulated network: RFC 3261 §18, RFC 3581, RFC 5626 §4.4.1. */
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../fake/network.ts";
import { rawRequest, World } from "./transaction-peers.ts";
import { answer, bob, connect, headers, options, pair } from "./transport-kit.ts";

describe("listening", () => {
  test("NET-24: a port in use, an address not ours and a transport not there yet are named", async () => {
    const { world, a } = await pair();
    await expect(a.transport.listen(a.by("udp"))).rejects.toThrow("already listening on udp 10.0.0.1:5060");
    const second = world.peer("10.0.0.1");
    await expect(second.listen("udp")).rejects.toThrow("port 5060 of 10.0.0.1 is in use");
    await expect(second.listen("tcp")).rejects.toThrow("port 5060 of 10.0.0.1 is in use");
    await expect(second.listen("tls")).rejects.toThrow("cannot listen on tls 10.0.0.1:5060: tls is not supported");
    await expect(second.transport.listen({ ...bob, transport: "udp" })).rejects.toThrow("no such address");
  });

  test("several addresses and ports listen side by side; what goes out fits its target", async () => {
    const world = new World();
    const a = world.peer("10.0.0.1", { addresses: ["127.0.0.1", "2001:db8::1"] });
    for (const address of ["10.0.0.1", "127.0.0.1", "2001:db8::1"])
      await a.transport.listen({ transport: "udp", address, port: 5060 });
    await a.transport.listen({ transport: "udp", address: "10.0.0.1", port: 0 });
    expect(a.transport.listening.length).toBe(4);
    const local = async (address: string) =>
      (await a.transport.localFor({ transport: "udp", address, port: 5060 })).address;
    expect(await local("192.0.2.1")).toBe("10.0.0.1");
    expect(await local("127.0.0.5")).toBe("127.0.0.1");
    expect(await local("2001:db8::2")).toBe("2001:db8::1");
  });

  test("on every address: Contact and Via name the one the system would use", async () => {
    const world = new World();
    const a = world.peer("10.0.0.1", { addresses: ["2001:db8::1"] });
    for (const address of ["0.0.0.0", "::"]) await a.transport.listen({ transport: "udp", address, port: 5060 });
    const b = await world.peer("10.0.0.2", { addresses: ["2001:db8::2"] }).listen("udp");
    await b.transport.listen({ transport: "udp", address: "2001:db8::2", port: 5060 });
    answer(b);
    const local = await a.transport.localFor(b.by("udp"));
    expect(local).toEqual({ transport: "udp", address: "10.0.0.1", port: 5060 });
    const sent = a.send("OPTIONS", b.by("udp"));
    const six = a.send("OPTIONS", { transport: "udp", address: "2001:db8::2", port: 5060 });
    await world.clock.advanceAsync(5);
    expect(sent.request.header("Via")).toMatch(/^SIP\/2.0\/UDP 10\.0\.0\.1:5060;/);
    expect(six.request.header("Via")).toMatch(/^SIP\/2.0\/UDP \[2001:db8::1\]:5060;/);
    expect([sent.statuses, six.statuses]).toEqual([[200], [200]]);
  });

  test("localFor names what is missing", async () => {
    const world = new World();
    const a = await world.peer("10.0.0.1").listen("tcp");
    await expect(a.transport.localFor({ transport: "udp", ...bob })).rejects.toThrow("cannot reach udp 10.0.0.2:5060");
    await expect(a.transport.localFor({ transport: "tls", ...bob })).rejects.toThrow("tls is not supported");
  });
});

describe("Via of requests that come in", () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ["§18.2.1: sent-by is the source: nothing is added", "10.0.0.3:5066;branch=z9hG4bK1", 5066, ""],
    ["§18.2.2: no port in sent-by: 5060", "10.0.0.3;branch=z9hG4bK1", 5060, ""],
    ["§18.2.1: a name or another address: received", "phone.example:5066;branch=z9hG4bK1", 5066, ";received=10.0.0.3"],
    ["RFC 3581 §4: rport", "192.168.1.9:5066;rport;branch=z9hG4bK1", 7000, ";received=10.0.0.3"],
    ["RFC 3581 §4: rport even if all is the same", "10.0.0.3:7000;rport;branch=z9hG4bK1", 7000, ";received=10.0.0.3"],
    [
      "a received of the client's own counts nothing",
      "10.0.0.3:5066;branch=z9hG4bK1;received=10.0.0.4",
      5066,
      ";received=10.0.0.3",
    ],
  ];
  test.each(cases)("%s", async (_title, sentBy, port, mark) => {
    const { world } = await pair();
    const from = await world.stranger({ address: "10.0.0.3", port: 7000 });
    const at = port === 7000 ? from : await world.stranger({ address: "10.0.0.3", port });
    const victim = await world.stranger({ address: "10.0.0.4", port });
    from.send(options(`SIP/2.0/UDP ${sentBy}`), bob);
    await world.clock.advanceAsync(5);
    expect(at.received.length).toBe(1);
    expect(victim.received).toEqual([]);
    expect(at.received[0]).toContain(mark);
    if (sentBy.includes("rport")) expect(at.received[0]).toContain("rport=7000");
  });

  test("§18.2.2: maddr sends our responses to nobody else", async () => {
    const { world } = await pair();
    const from = await world.stranger({ address: "10.0.0.3", port: 5066 });
    const other = await world.stranger({ address: "10.0.0.4", port: 5066 });
    from.send(options("SIP/2.0/UDP 10.0.0.3:5066;branch=z9hG4bK1;maddr=10.0.0.4"), bob);
    await world.clock.advanceAsync(5);
    expect([from.received.length, other.received.length]).toEqual([1, 0]);
  });

  test("§8.1.3.3, §16.11: a response with more than one Via, or none of ours, is dropped", async () => {
    const { world, a } = await pair();
    const from = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const response = (...vias: string[]) =>
      ["SIP/2.0 200 OK", ...vias.map((via) => `Via: ${via}`), ...headers("x").slice(1), "", ""].join("\r\n");
    const ours = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK7";
    // What we once wrote into a Via is ours from then on.
    await a.transport.localFor({ transport: "udp", address: "10.0.0.3", port: 5060 });
    let told = 0;
    a.transport.onResponse = () => {
      told += 1;
    };
    from.send(response(ours, "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK8"), a.by("udp"));
    from.send(response(`${ours}, SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK8`), a.by("udp"));
    from.send(response("SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK8"), a.by("udp"));
    await world.clock.advanceAsync(5);
    expect([told, a.transport.counters.notOurs]).toEqual([0, 3]);
    from.send(response(ours), a.by("udp"));
    await world.clock.advanceAsync(5);
    expect(told).toBe(1);
  });

  test("§18.2.1: of several Vias on one line only the first changes", async () => {
    const { world } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    raw.send(options("SIP/2.0/UDP p.example;branch=z9hG4bK1, SIP/2.0/TCP c.example;branch=z9hG4bK0;rport"), bob);
    await world.clock.advanceAsync(5);
    const vias = raw.received[0]?.match(/^Via: .*$/gm);
    expect(vias).toEqual([
      "Via: SIP/2.0/UDP p.example;branch=z9hG4bK1;received=10.0.0.3",
      "Via: SIP/2.0/TCP c.example;branch=z9hG4bK0;rport",
    ]);
  });

  test("NET-28: through a NAT, requests and responses find their way back", async () => {
    const world = new World();
    world.network.nat = {
      isInside: (address) => address.startsWith("192.168."),
      outside: "203.0.113.1",
      timeoutMs: 30_000,
      restricted: true,
    };
    const a = await world.peer("192.168.0.1").listen("udp");
    const b = await world.peer("10.0.0.2").listen("udp");
    answer(b);
    const sent = a.send("REGISTER", b.by("udp"));
    await world.clock.advanceAsync(5);
    expect(sent.statuses).toEqual([200]);
    const mapped = world.network.mapped({ address: "192.168.0.1", port: 5060 });
    expect(sent.responses[0]?.via).toMatchObject({ received: "203.0.113.1", rport: mapped?.port });
    expect(b.request().source).toMatchObject({ address: "203.0.113.1", port: mapped?.port });
    // As a registrar would: to where the request came from.
    answer(a);
    const back = b.send("OPTIONS", { transport: "udp", address: "203.0.113.1", port: mapped?.port ?? 0 });
    await world.clock.advanceAsync(5);
    expect(back.statuses).toEqual([200]);
    await world.clock.advanceAsync(31_000);
    const late = b.send("OPTIONS", { transport: "udp", address: "203.0.113.1", port: mapped?.port ?? 0 });
    await world.clock.advanceAsync(33_000);
    expect(late.failures.map(([why]) => why)).toEqual(["timeout"]);
  });
});

describe("malformed datagrams", () => {
  const via = "SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bK1";
  test("are answered as the parser says, where there is enough to answer", async () => {
    const { world, b } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    raw.send(options(via).replace("OPTIONS sip:bob@10.0.0.2 SIP/2.0", "OPTIONS sip:bob@10.0.0.2 SIP/7.0"), bob);
    raw.send(options(via).replace("1 OPTIONS", "1 INVITE"), bob);
    raw.send(options(via).replace("Content-Length: 0", "Content-Length: 99"), bob);
    for (const text of ["garbage", "OPTIONS sip:x SIP/2.0\r\n\r\n", "\0\x01\x02", "SIP/2.0 999999 X\r\n\r\n"])
      raw.send(text, bob);
    raw.send(rawRequest("ACK", headers(via, "1 INVITE")), bob);
    for (const text of ["\r\n", "\r\n\r\n", "\0\0\0\0"]) raw.send(text, bob);
    await world.clock.advanceAsync(5);
    expect(raw.received.map((text) => text.slice(0, 11))).toEqual(["SIP/2.0 505", "SIP/2.0 400", "SIP/2.0 400"]);
    expect(raw.received[1]).toMatch(/\r\nTo: <sip:bob@10\.0\.0\.2>;tag=[0-9a-f]+\r\n/);
    expect(b.requests).toEqual([]);
    expect(b.transport.counters).toMatchObject({ received: 8, malformed: 8, malformedAnswered: 3 });
  });

  test("never make an amplifier: a few answers a second for one source, none for endless forged ones", async () => {
    const { world, b } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const bad = options(via).replace("SIP/2.0\r", "SIP/7.0\r");
    for (let i = 0; i < 500; i++) raw.send(bad, bob);
    await world.clock.advanceAsync(5);
    expect(raw.received.length).toBe(10);
    await world.clock.advanceAsync(1000);
    for (let i = 0; i < 500; i++) raw.send(bad, bob);
    await world.clock.advanceAsync(5);
    expect(raw.received.length).toBe(15);
    for (let i = 0; i < 1500; i++) {
      const forged = await world.stranger({ address: `10.1.${i >> 8}.${i & 255}`, port: 5060 });
      forged.send(bad.replace("10.0.0.3", `10.1.${i >> 8}.${i & 255}`), bob);
    }
    await world.clock.advanceAsync(5);
    expect(b.transport.counters.malformedAnswered).toBe(15 + 1023);
  });
});

test("RFC 4475: whatever arrives, by datagrams and connections, nothing breaks and good requests are answered", async () => {
  const seed = 4475;
  console.log(`seed ${seed}`);
  const random = seededRandom(seed);
  const { world, b } = await pair(new World(seed, { fragment: true }), { limits: { maxFinished: 100 } });
  const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
  const good = (n: number) =>
    options(`SIP/2.0/UDP 10.0.0.3:5060;rport;branch=z9hG4bK${n}`).replace("1 OPT", `${n} OPT`);
  const mutate = (text: string) => {
    let changed = text;
    for (let i = 1 + Math.floor(random() * 4); i > 0; i--) {
      const at = Math.floor(random() * changed.length);
      const cut = Math.floor(random() * 6);
      const put = random() < 0.5 ? String.fromCharCode(Math.floor(random() * 256)) : changed.slice(at, at + 20);
      changed = changed.slice(0, at) + put + changed.slice(at + cut);
    }
    return changed;
  };
  for (let n = 1; n <= 1500; n++) {
    raw.send(mutate(good(n)), bob);
    if (n % 15 === 0) {
      const { say, socket } = await connect(world);
      say(mutate(good(n)) + good(n) + mutate(good(n + 1)));
      await world.clock.advanceAsync(5);
      if (random() < 0.5) socket.close();
    }
  }
  await world.clock.advanceAsync(100);
  expect(b.transport.counters.malformed).toBeGreaterThan(100);
  const before = raw.received.length;
  raw.send(good(9999), bob);
  await world.clock.advanceAsync(5);
  expect(raw.received.slice(before).map((text) => text.slice(0, 11))).toEqual(["SIP/2.0 200"]);
  expect(b.log.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  await world.clock.advanceAsync(100_000);
  expect(b.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
});
