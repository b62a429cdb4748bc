/** The transaction layer over a simulated network: which message belongs to which transaction, and bounds. */
import { describe, expect, test } from "vitest";
import { SipResponse } from "../../../src/sip/message.ts";
import { rawRequest, World } from "./transaction-peers.ts";

async function pair(world = new World()) {
  const a = await world.peer("10.0.0.1").listen("udp", "tcp");
  const b = await world.peer("10.0.0.2").listen("udp", "tcp");
  return { world, a, b };
}

describe("matching", () => {
  const to = { address: "10.0.0.2", port: 5060 };
  const common = ["From: <sip:c@x>;tag=1", "To: <sip:bob@10.0.0.2>", "Call-ID: c"];

  test("§17.2.3: the same branch from another sent-by, or with another method, is another transaction", async () => {
    const { world, b } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const send = (sentBy: string, method: string, cseq: number) =>
      raw.send(
        rawRequest(method, [`Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bKsame`, ...common, `CSeq: ${cseq} ${method}`]),
        to,
      );
    send("10.0.0.3:5060", "OPTIONS", 1);
    send("10.0.0.3:5060", "OPTIONS", 1);
    send("10.0.0.3:5062", "OPTIONS", 2);
    send("10.0.0.3:5060", "INFO", 3);
    send("10.0.0.3:5060", "INFO", 3);
    await world.clock.advanceAsync(5);
    expect(b.requests.map(({ request }) => `${request.cseq.number} ${request.method}`)).toEqual([
      "1 OPTIONS",
      "2 OPTIONS",
      "3 INFO",
    ]);
  });

  test("§17.2.3: requests of RFC 2543 clients, without the magic cookie, are told apart by their headers", async () => {
    const { world, b } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const send = (method: string, cseq: number, toTag = "", branch = ";branch=1") =>
      raw.send(
        rawRequest(method, [
          `Via: SIP/2.0/UDP 10.0.0.3:5060${branch}`,
          "From: <sip:c@x>;tag=1",
          `To: <sip:bob@10.0.0.2>${toTag}`,
          "Call-ID: old",
          `CSeq: ${cseq} ${method}`,
        ]),
        to,
      );
    send("INVITE", 1);
    send("INVITE", 1);
    await world.clock.advanceAsync(5);
    expect(b.requests.length).toBe(1);
    const server = b.request();
    let acks = 0;
    server.onAck = () => acks++;
    server.respond(SipResponse.to(server.request, 486, undefined, "t"));
    await world.clock.advanceAsync(5);
    send("INVITE", 1);
    await world.clock.advanceAsync(5);
    expect(raw.received.filter((text) => text.startsWith("SIP/2.0 486")).length).toBe(2);
    // Its To tag says which response an ACK is for.
    send("ACK", 1, ";tag=other");
    await world.clock.advanceAsync(5);
    expect([acks, b.acks.length]).toEqual([0, 1]);
    send("ACK", 1, ";tag=t");
    await world.clock.advanceAsync(5);
    expect([acks, b.acks.length]).toEqual([1, 1]);
    // The next call has another number, even with the same useless branch or none.
    send("INVITE", 2);
    send("INVITE", 3, "", "");
    await world.clock.advanceAsync(5);
    expect(b.requests.map(({ request }) => request.cseq.number)).toEqual([1, 2, 3]);
  });

  test("§9.2, §17.2.3: CANCEL of an RFC 2543 client finds its INVITE", async () => {
    const { world, b } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    for (const method of ["INVITE", "CANCEL"])
      raw.send(rawRequest(method, ["Via: SIP/2.0/UDP 10.0.0.3:5060", ...common, `CSeq: 7 ${method}`]), to);
    await world.clock.advanceAsync(5);
    expect(b.requests.length).toBe(1);
    expect(raw.received.map((text) => text.split("\r\n", 1)[0])).toEqual([
      "SIP/2.0 200 OK",
      "SIP/2.0 487 Request Terminated",
    ]);
  });

  test("§8.2.2.2: the same request by another path gets 482, and its ACK is absorbed", async () => {
    const { world, b } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const send = (method: string, branch: string) =>
      raw.send(rawRequest(method, [`Via: SIP/2.0/UDP 10.0.0.3;branch=${branch}`, ...common, `CSeq: 1 ${method}`]), to);
    send("INVITE", "z9hG4bKone");
    send("INVITE", "z9hG4bKtwo");
    await world.clock.advanceAsync(5);
    expect(b.requests.length).toBe(1);
    expect(raw.received.map((text) => text.slice(0, 11))).toEqual(["SIP/2.0 482"]);
    send("ACK", "z9hG4bKtwo");
    await world.clock.advanceAsync(5);
    expect(b.acks).toEqual([]);
    await world.clock.advanceAsync(3000);
    expect(raw.received.filter((text) => text.startsWith("SIP/2.0 482")).length).toBe(1);
  });

  test("§18.1.2, §8.1.3.3: responses whose Via is not ours, or not alone, are dropped", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("OPTIONS", b.by("udp"));
    await world.clock.advanceAsync(1);
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const at = { address: "10.0.0.1", port: 5060 };
    const good = SipResponse.to(b.request().request, 200, undefined, "x");
    const branch = sent.request.via?.branch;
    const foreign = SipResponse.to(b.request().request, 200, undefined, "x");
    foreign.setHeader("Via", `SIP/2.0/UDP 10.0.0.4:5060;branch=${branch}`);
    const otherPort = SipResponse.to(b.request().request, 200, undefined, "x");
    otherPort.setHeader("Via", `SIP/2.0/UDP 10.0.0.1:5070;branch=${branch}`);
    const two = SipResponse.to(b.request().request, 200, undefined, "x");
    two.addHeader("Via", "SIP/2.0/UDP 10.0.0.4:5060;branch=z9hG4bKx");
    for (const bad of [foreign, otherPort, two]) raw.send(bad.toString(), at);
    await world.clock.advanceAsync(5);
    expect(sent.statuses).toEqual([]);
    expect(a.transport.counters.notOurs).toBe(3);
    raw.send(good.toString(), at);
    await world.clock.advanceAsync(5);
    expect(sent.statuses).toEqual([200]);
  });

  test("§17.1.3: a response of another method with the same branch does not match", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    for (const method of ["CANCEL", "OPTIONS"]) {
      const bad = SipResponse.to(b.request().request, 200, undefined, "x").setHeader("CSeq", `1 ${method}`);
      raw.send(bad.toString(), { address: "10.0.0.1", port: 5060 });
    }
    await world.clock.advanceAsync(5);
    expect(sent.statuses).toEqual([]);
  });
});

describe("bounds", () => {
  test("finished transactions beyond the limit are forgotten, the oldest first", async () => {
    const world = new World();
    const a = await world.peer("10.0.0.1").listen("udp");
    const b = await world.peer("10.0.0.2", { limits: { maxFinished: 10 } }).listen("udp");
    b.transactions.onRequest = (t) => t.respond(SipResponse.to(t.request, 200, undefined, "x"));
    for (let i = 0; i < 3000; i++) a.send("OPTIONS", b.by("udp"));
    await world.clock.advanceAsync(2);
    expect(b.transactions.size).toEqual({ client: 0, server: 10, timers: 10 });
  });

  test("INVITEs that nobody settles are refused beyond the limit, and accepted again afterwards", async () => {
    const world = new World();
    const a = await world.peer("10.0.0.1").listen("udp");
    const b = await world.peer("10.0.0.2", { limits: { maxUnsettled: 3 } }).listen("udp");
    const calls = [1, 2, 3, 4].map(() => a.send("INVITE", b.by("udp")));
    await world.clock.advanceAsync(5);
    expect(calls.map(({ statuses }) => statuses)).toEqual([[], [], [], [503]]);
    expect(b.requests.length).toBe(3);
    b.request(0).respond(SipResponse.to(b.request(0).request, 200, undefined, "x"));
    b.request(1).respond(SipResponse.to(b.request(1).request, 486, undefined, "x"));
    await world.clock.advanceAsync(5);
    for (let i = 0; i < 2; i++) a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(5);
    expect(b.requests.length).toBe(5);
  });

  test("close ends everything without a word", async () => {
    const { world, a, b } = await pair();
    const sent = [a.send("INVITE", b.by("udp")), a.send("OPTIONS", b.by("tcp"))];
    await world.clock.advanceAsync(1);
    a.transactions.close();
    b.transactions.close();
    await a.transport.close();
    await b.transport.close();
    await world.clock.advanceAsync(60_000);
    expect(a.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
    expect(b.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
    for (const { failures, statuses } of sent) expect([...failures, ...statuses]).toEqual([]);
    expect(world.network.openStreams).toBe(0);
    await expect(a.transport.listen(a.by("udp"))).rejects.toThrow("cannot listen on udp 10.0.0.1:5060: closed");
  });
});
