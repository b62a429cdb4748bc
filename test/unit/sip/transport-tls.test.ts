/** TLS as the transport layer sees it, and abuse of its connections, on a simulated network: RFC 3261 §18, §26.2, RFC 5922 §4. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { Endpoint, Network, StreamSocket } from "../../../src/base/network.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { TransactionLayer } from "../../../src/sip/transactions.ts";
import { TransportLayer, type TransportOptions } from "../../../src/sip/transport.ts";
import type { TransportAddress } from "../../../src/sip/transport-address.ts";
import { SimulatedNetwork, seededBytes } from "../../fake/network.ts";
import { LoudLog, rawRequest, Sent, World } from "./transaction-peers.ts";

/** A host whose TLS is a stream that says who the other side is: `names` of each address. */
function secureHost(network: SimulatedNetwork, address: string, names: Readonly<Record<string, readonly string[]>>) {
  const plain = network.host(address);
  const asked: string[] = [];
  const secured = (socket: StreamSocket, remote: Endpoint) =>
    Object.assign(socket, { standsFor: (name: string) => names[remote.address]?.includes(name) ?? false });
  const whole: Network = {
    ...plain,
    secure: {
      listen: (local) => plain.listenStream(local),
      async connect(to, from, name, timeoutMs) {
        asked.push(name);
        if (names[to.address]?.includes(name) !== true) throw new Error(`${name}: its certificate is refused`);
        return secured(await plain.connectStream(to, from, timeoutMs), to);
      },
    },
  };
  return { network: whole, asked };
}

const server: TransportAddress = { transport: "tls", address: "10.0.0.2", port: 5061 };

async function pair() {
  const clock = new ManualClock();
  const network = new SimulatedNetwork(clock, 1);
  const end = async (address: string, names: Readonly<Record<string, readonly string[]>>) => {
    const { network: own, asked } = secureHost(network, address, names);
    const services = { network: own, clock, log: new LoudLog(), random: seededBytes(Number(address.at(-1))) };
    const transport = new TransportLayer(services);
    const transactions = new TransactionLayer({ ...services, transport });
    const sources: string[] = [];
    const requests: SipRequest[] = [];
    transactions.onRequest = (transaction) => {
      requests.push(transaction.request);
      sources.push(transaction.source.transport);
      transaction.respond(SipResponse.to(transaction.request, 200, undefined, "x"));
    };
    return { transport, transactions, asked, sources, requests };
  };
  const a = await end("10.0.0.1", { "10.0.0.2": ["one.test", "two.test"] });
  const b = await end("10.0.0.2", {});
  await a.transport.listen({ transport: "udp", address: "10.0.0.1", port: 5060 });
  await b.transport.listen(server);
  let calls = 0;
  const send = async (uri: string, route?: string) => {
    calls++;
    const request = new SipRequest("OPTIONS", uri)
      .addHeader("Max-Forwards", "70")
      .addHeader("From", "<sip:a@one.test>;tag=1")
      .addHeader("To", `<${uri}>`)
      .addHeader("Call-ID", `call-${calls}`)
      .addHeader("CSeq", "1 OPTIONS");
    if (route !== undefined) request.addHeader("Route", route);
    const sent = new Sent();
    a.transactions.request(request, server, sent);
    await clock.advanceAsync(50);
    return sent;
  };
  return { clock, network, a, b, send };
}

describe("TLS", () => {
  test("RFC 5922 §4: the name that is asked for is the next hop's, from the first loose Route or the Request-URI", async () => {
    const { a, send } = await pair();
    expect((await send("sip:b@one.test")).statuses).toEqual([200]);
    expect((await send("sip:b@far.test", "<sip:two.test;lr>")).statuses).toEqual([200]);
    expect(a.asked).toEqual(["one.test", "two.test"].slice(0, a.asked.length));
    const refused = await send("sip:b@three.test");
    expect(refused.failures).toEqual([
      ["transport", "OPTIONS did not reach tls 10.0.0.2:5061: three.test: its certificate is refused"],
    ]);
  });

  test("RFC 5923: one connection serves all names that its certificate carries, and the number of a Record-Route", async () => {
    const { a, network, send } = await pair();
    await send("sip:b@one.test");
    await send("sip:b@ONE.test");
    await send("sip:b@two.test");
    await send("sip:b@one.test", "<sip:10.0.0.2:5061;transport=tls;lr>");
    expect([a.asked, network.openStreams]).toEqual([["one.test"], 2]);
  });

  test("§18.1.1: Via says TLS and the port of TLS, also where nobody listens there", async () => {
    const { a, b, send } = await pair();
    await send("sip:b@one.test");
    expect(b.requests[0]?.header("Via")).toMatch(/^SIP\/2\.0\/TLS 10\.0\.0\.1:5061;branch=z9hG4bK/);
    expect(await a.transport.localFor(server)).toEqual({ transport: "tls", address: "10.0.0.1", port: 5061 });
    await a.transport.listen({ transport: "tls", address: "10.0.0.1", port: 5099 });
    expect((await a.transport.localFor(server)).port).toBe(5099);
    expect(a.transport.listening.map((at) => at.transport)).toEqual(["udp", "tls"]);
  });

  test("NET-24: a Contact waits for a port that is being opened", async () => {
    const { a } = await pair();
    const opening = a.transport.listen({ transport: "tls", address: "10.0.0.1", port: 5088 });
    expect((await a.transport.localFor(server)).port).toBe(5088);
    await opening;
  });

  test("NET-30: the server's own requests come by the connection that we opened, and are answered by it", async () => {
    const { a, b, clock, network, send } = await pair();
    await send("sip:b@one.test");
    const connection = network.transits.find(({ to }) => to.port === 5061);
    const target: TransportAddress = { transport: "tls", address: "10.0.0.1", port: connection?.from.port ?? 0 };
    const sent = new Sent();
    const request = new SipRequest("OPTIONS", "sip:a@10.0.0.1")
      .addHeader("From", "<sip:b@one.test>;tag=2")
      .addHeader("To", "<sip:a@one.test>")
      .addHeader("Call-ID", "back")
      .addHeader("CSeq", "1 OPTIONS");
    b.transactions.request(request, target, sent);
    await clock.advanceAsync(50);
    expect([sent.statuses, a.sources, network.openStreams]).toEqual([[200], ["tls"], 2]);
  });
});

describe("abuse of connections", () => {
  const bob = { address: "10.0.0.2", port: 5060 };

  async function under(options: TransportOptions = {}) {
    const world = new World();
    const b = await world.peer(bob.address, { transport: options }).listen("udp", "tcp");
    b.transactions.onRequest = (transaction) =>
      transaction.respond(SipResponse.to(transaction.request, 200, undefined, "x"));
    const connect = async (address: string) => {
      const connecting = world.network.host(address).connectStream(bob, { address, port: 0 }, 1000);
      await world.clock.advanceAsync(3);
      const socket = await connecting;
      const seen = { closed: false, text: "" };
      socket.onClose = () => {
        seen.closed = true;
      };
      socket.onData = (bytes) => {
        seen.text += Buffer.from(bytes).toString("latin1");
      };
      return { socket, seen };
    };
    return { world, b, connect };
  }

  const options = (address: string) =>
    Buffer.from(
      rawRequest("OPTIONS", [
        `Via: SIP/2.0/TCP ${address}:5060;branch=z9hG4bK${address}`,
        "From: <sip:c@x>;tag=1",
        "To: <sip:bob@10.0.0.2>",
        `Call-ID: ${address}`,
        "CSeq: 1 OPTIONS",
      ]),
    );

  test("silent connections of one source are bounded; those that speak and other sources are not touched", async () => {
    const { connect, world } = await under();
    const friend = await connect("10.0.0.8");
    friend.socket.send(options("10.0.0.8"));
    for (let n = 0; n < 40; n++) await connect("10.0.0.9");
    await world.clock.advanceAsync(10);
    // Two ends each, and the friend's.
    expect(world.network.openStreams).toBe(2 * 16 + 2);
    const other = await connect("10.0.0.7");
    other.socket.send(options("10.0.0.7"));
    await world.clock.advanceAsync(10);
    expect([friend.seen.closed, other.seen.text.slice(0, 15)]).toEqual([false, "SIP/2.0 200 OK\r"]);
    await world.clock.advanceAsync(40_000);
    expect(world.network.openStreams).toBe(4);
    await connect("10.0.0.9");
    await world.clock.advanceAsync(10);
    expect(world.network.openStreams).toBe(6);
  });

  test("messages that are announced large and sent slowly hold no more memory than allowed", async () => {
    const { connect, world, b } = await under({ maxHeldBytes: 1_000_000 });
    const head = `MESSAGE sip:bob@10.0.0.2 SIP/2.0\r\nContent-Length: 1000000\r\n\r\n`;
    const slow = [];
    for (let n = 0; n < 12; n++) {
      const stranger = await connect(`10.0.1.${n}`);
      stranger.socket.send(Buffer.from(head));
      for (let piece = 0; piece < 4; piece++) stranger.socket.send(Buffer.alloc(30_000, 0x78));
      await world.clock.advanceAsync(5);
      slow.push(stranger);
    }
    const open = slow.filter(({ seen }) => !seen.closed).length;
    expect(open).toBeGreaterThan(2);
    expect(open).toBeLessThanOrEqual(8);
    expect(b.log.lines.filter((line) => line.includes("too many unfinished messages")).length).toBe(12 - open);
    const friend = await connect("10.0.0.8");
    friend.socket.send(options("10.0.0.8"));
    await world.clock.advanceAsync(10);
    expect(friend.seen.text).toContain("SIP/2.0 200 OK");
    await world.clock.advanceAsync(40_000);
    expect(slow.every(({ seen }) => seen.closed)).toBe(true);
  });
});
