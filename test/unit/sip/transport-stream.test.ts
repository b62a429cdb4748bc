/** The transport layer over a simulated network: TCP, and requests too large for UDP. */
import { describe, expect, test } from "vitest";
import { SipResponse } from "../../../src/sip/message.ts";
import { type Peer, rawRequest, World } from "./transaction-peers.ts";
import { answer, connect, headers, options, pair } from "./transport-kit.ts";

describe("TCP", () => {
  test("§18: one connection serves many requests both ways; §17: nothing is retransmitted", async () => {
    const { world, a, b } = await pair(new World(3, { fragment: true, jitterMs: 20 }));
    answer(a);
    const sent = Array.from({ length: 20 }, () => a.send("OPTIONS", b.by("tcp")));
    await world.clock.advanceAsync(500);
    const source = b.request().source;
    const back = b.send("INFO", source);
    await world.clock.advanceAsync(2000);
    expect(sent.map(({ statuses }) => statuses)).toEqual(sent.map(() => [200]));
    expect(back.statuses).toEqual([200]);
    expect(world.network.openStreams).toBe(2);
    expect(sent[0]?.request.header("Via")).toMatch(/^SIP\/2\.0\/TCP 10\.0\.0\.1:5060;branch=/);
    expect(world.wire().filter((line) => line.includes("OPTIONS")).length).toBe(20);
    expect([a.transactions.size, b.transactions.size].map(({ timers }) => timers)).toEqual([0, 0]);
  });

  test("§17.1.4: refused and unanswered connections fail the request, and name the target", async () => {
    const { world, a } = await pair();
    world.network.silence("10.0.0.7");
    const refused = a.send("OPTIONS", { transport: "tcp", address: "10.0.0.8", port: 5060 });
    const silent = a.send("INVITE", { transport: "tcp", address: "10.0.0.7", port: 5060 });
    const tls = a.send("INVITE", { transport: "tls", address: "10.0.0.2", port: 5061 });
    await world.clock.advanceAsync(8000);
    expect(refused.failures).toEqual([
      ["transport", "OPTIONS did not reach tcp 10.0.0.8:5060: cannot connect to tcp 10.0.0.8:5060: refused"],
    ]);
    expect(silent.failures[0]?.[1]).toContain("cannot connect to tcp 10.0.0.7:5060: no answer within 8000 ms");
    expect(tls.failures[0]?.[1]).toContain("cannot reach tls 10.0.0.2:5061: tls is not supported");
    expect(a.transactions.size.client).toBe(0);
  });

  test("§17.1.4: a connection that breaks fails what waits on it, and the next request opens another", async () => {
    const { world, a, b } = await pair();
    b.transactions.onRequest = (transaction) => b.requests.push(transaction);
    const lost: string[] = [];
    a.transport.onConnectionLost = (flow, reason) => lost.push(`${flow.address} ${reason}`);
    const sent = a.send("OPTIONS", b.by("tcp"));
    await world.clock.advanceAsync(10);
    world.network.reset("10.0.0.2");
    const broken = "cannot keep the connection with 10.0.0.2:5060: reset by the other side";
    expect(sent.failures).toEqual([["transport", `OPTIONS did not reach tcp 10.0.0.2:5060: ${broken}`]]);
    expect(lost).toEqual([`10.0.0.2 ${broken}`]);
    answer(b);
    const again = a.send("OPTIONS", b.by("tcp"));
    await world.clock.advanceAsync(10);
    expect(again.statuses).toEqual([200]);
  });

  test("§18.2.2: when the connection is gone the response goes by a new one to sent-by's port", async () => {
    const { world, a, b } = await pair();
    b.transactions.onRequest = (transaction) => b.requests.push(transaction);
    const sent = a.send("INVITE", b.by("tcp"));
    await world.clock.advanceAsync(300);
    expect(sent.statuses).toEqual([100]);
    world.network.reset("10.0.0.2");
    b.request().respond(SipResponse.to(b.request().request, 200, undefined, "x"));
    await world.clock.advanceAsync(10);
    expect(sent.statuses).toEqual([100, 200]);
    expect(sent.failures).toEqual([]);
  });

  test("§18.2.2: when there is no new connection either, the user of a pending transaction hears of it", async () => {
    const { world, b } = await pair();
    b.transactions.onRequest = (transaction) => b.requests.push(transaction);
    const { say, socket } = await connect(world);
    say(rawRequest("INVITE", headers("SIP/2.0/TCP 10.0.0.9:5060;branch=z9hG4bK1", "1 INVITE")));
    await world.clock.advanceAsync(5);
    const failures: string[] = [];
    b.request().onFailure = (why, message) => failures.push(`${why}: ${message}`);
    socket.close();
    await world.clock.advanceAsync(5);
    b.request().respond(SipResponse.to(b.request().request, 180, undefined, "x"));
    await world.clock.advanceAsync(5);
    const why = "cannot connect to tcp 10.0.0.9:5060: refused";
    expect(failures).toEqual([`transport: the response to INVITE could not be sent: ${why}`]);
  });

  test("RFC 5626 §4.4.1: a double CRLF is answered by a single one, between messages and from known peers", async () => {
    const { world } = await pair();
    const { heard, say } = await connect(world);
    say("\r\n\r\n");
    await world.clock.advanceAsync(5);
    expect(heard.text).toBe("");
    say(options("SIP/2.0/TCP 10.0.0.9:5060;branch=z9hG4bK1"));
    await world.clock.advanceAsync(5);
    expect(heard.text).toMatch(/^SIP\/2\.0 200 /);
    heard.text = "";
    say("\r\n\r\n");
    await world.clock.advanceAsync(5);
    expect(heard.text).toBe("\r\n");
  });

  test("§18.3: without Content-Length the request is answered 400 and the connection closed, with the reason logged", async () => {
    const { world, b } = await pair();
    const { heard, say } = await connect(world);
    say(options("SIP/2.0/TCP 10.0.0.9:5060;branch=z9hG4bK1").replace("Content-Length: 0\r\n", ""));
    await world.clock.advanceAsync(5);
    expect(heard.text).toMatch(/^SIP\/2\.0 400 Bad Request - no Content-Length\r\n/);
    expect(heard.closed).toBe(true);
    expect(b.log.lines.join("\n")).toMatch(/connection with tcp 10\.0\.0\.9:\d+ closed: it sent no Content-Length/);
  });

  test("garbage closes the connection with a named reason, others stay", async () => {
    const { world, a, b } = await pair();
    a.send("OPTIONS", b.by("tcp"));
    const { heard, say } = await connect(world);
    say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await world.clock.advanceAsync(5);
    expect(heard).toEqual({ text: "", closed: true });
    expect(b.log.lines.join("\n")).toContain('it sent no SIP message but "GET / HTTP/1.1"');
    expect(world.network.openStreams).toBe(2);
  });

  test("who connects and says nothing, or half a message, is closed after a while; who spoke stays until idle", async () => {
    const world = new World();
    const { b } = await pair(world, { transport: { idleTimeoutMs: 100_000, strangerTimeoutMs: 30_000 } });
    const silent = await connect(world, "10.0.0.7");
    const half = await connect(world, "10.0.0.8");
    const known = await connect(world, "10.0.0.9");
    known.say(options("SIP/2.0/TCP 10.0.0.9:5060;branch=z9hG4bK1"));
    half.say(`${options("SIP/2.0/TCP 10.0.0.8:5060;branch=z9hG4bK2")}OPTIONS sip:`);
    await world.clock.advanceAsync(29_000);
    half.say("bob");
    expect([silent, half, known].map(({ heard }) => heard.closed)).toEqual([false, false, false]);
    await world.clock.advanceAsync(6000);
    expect([silent, half, known].map(({ heard }) => heard.closed)).toEqual([true, true, false]);
    await world.clock.advanceAsync(61_000);
    expect(known.heard.closed).toBe(false);
    await world.clock.advanceAsync(8000);
    expect(known.heard.closed).toBe(true);
    expect(b.log.lines.join("\n")).toContain("it began a message and did not end it");
    expect(world.network.openStreams).toBe(0);
  });

  test("too many connections: silent ones give way, then new ones are refused", async () => {
    const world = new World();
    await pair(world, { transport: { maxAccepted: 2 } });
    const one = await connect(world, "10.0.0.7");
    const two = await connect(world, "10.0.0.8");
    two.say(options("SIP/2.0/TCP 10.0.0.8:5060;branch=z9hG4bK1"));
    await world.clock.advanceAsync(5);
    const three = await connect(world, "10.0.0.9");
    three.say(options("SIP/2.0/TCP 10.0.0.9:5060;branch=z9hG4bK2"));
    await world.clock.advanceAsync(5);
    expect([one.heard.closed, two.heard.closed, three.heard.closed]).toEqual([true, false, false]);
    await connect(world, "10.0.0.10");
    await world.clock.advanceAsync(5);
    // Both ends of two connections.
    expect(world.network.openStreams).toBe(4);
    expect(three.heard.text).toMatch(/^SIP\/2\.0 200 /);
  });
});

describe("large requests", () => {
  const large = (peer: Peer, to: Peer) =>
    peer.send("INVITE", to.by("udp"), (request) => request.setBody("application/sdp", "v".repeat(1300)));

  test("§18.1.1: above 1300 bytes they go by TCP, and the Via says so", async () => {
    const { world, a, b } = await pair();
    const small = a.send("INVITE", b.by("udp"), (request) => request.setBody("application/sdp", "v".repeat(800)));
    const sent = large(a, b);
    await world.clock.advanceAsync(10);
    expect([small.statuses, sent.statuses]).toEqual([[200], [200]]);
    expect(b.requests.map(({ source }) => source.transport).sort()).toEqual(["tcp", "udp"]);
    expect(sent.request.header("Via")).toMatch(/^SIP\/2\.0\/TCP 10\.0\.0\.1:5060;branch=z9hG4bK/);
  });

  test("§18.1.1: where TCP is refused they go by UDP, and TCP is not tried again for a while", async () => {
    const world = new World();
    const a = await world.peer("10.0.0.1").listen("udp", "tcp");
    const b = await world.peer("10.0.0.2").listen("udp");
    answer(b);
    const first = large(a, b);
    await world.clock.advanceAsync(10);
    const second = large(a, b);
    await world.clock.advanceAsync(10);
    expect([first.statuses, second.statuses]).toEqual([[200], [200]]);
    expect(first.request.header("Via")).toMatch(/^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;rport;branch=/);
    expect(a.log.lines.filter((line) => line.includes("large request goes by UDP")).length).toBe(1);
    expect(b.requests.every(({ request }) => request.body.length === 1300)).toBe(true);
  });

  test("§18.1.1: where TCP gets no answer they go by UDP after 2 s", async () => {
    const world = new World();
    const a = await world.peer("10.0.0.1").listen("udp");
    const sent = large(a, world.peer("10.0.0.2"));
    world.network.silence("10.0.0.2");
    await world.clock.advanceAsync(0);
    const b = await world.peer("10.0.0.2").listen("udp");
    answer(b);
    await world.clock.advanceAsync(1);
    world.network.silence("10.0.0.2", false);
    await world.clock.advanceAsync(2100);
    expect(sent.statuses).toEqual([200]);
  });

  test("the limit is a setting, and Infinity turns the rule off", async () => {
    const { world, a, b } = await pair(new World(), { transport: { userAgentLimitBytes: Number.POSITIVE_INFINITY } });
    const sent = large(a, b);
    await world.clock.advanceAsync(10);
    expect(sent.statuses).toEqual([200]);
    expect(b.request().source.transport).toBe("udp");
  });
});
