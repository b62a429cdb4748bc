/** The transaction layer between two ends: RFC 3261 §17, §9, §8.2.2.2, RFC 6026. */
import { describe, expect, test } from "vitest";
import { SipResponse } from "../../../src/sip/message.ts";
import { rawRequest, World } from "./transaction-peers.ts";

async function pair(world = new World()) {
  const a = await world.peer("10.0.0.1").listen("udp", "tcp");
  const b = await world.peer("10.0.0.2").listen("udp", "tcp");
  return { world, a, b };
}

describe("requests", () => {
  test("§8.1.1.7, RFC 3581: the Via has sent-by, rport and a branch of its own", async () => {
    const { world, a, b } = await pair();
    const sent = [a.send("OPTIONS", b.by("udp")), a.send("OPTIONS", b.by("udp"))];
    await world.clock.advanceAsync(1);
    expect(b.requests.length).toBe(2);
    const branches = sent.map(({ request }) => request.via?.branch);
    for (const branch of branches) expect(branch).toMatch(/^z9hG4bK[0-9a-f]{24}$/);
    expect(branches[0]).not.toBe(branches[1]);
    expect(sent[0]?.request.header("Via")).toBe(`SIP/2.0/UDP 10.0.0.1:5060;rport;branch=${branches[0]}`);
    expect(b.request().request.via?.received).toBe("10.0.0.1");
    expect(b.request().source).toMatchObject({ transport: "udp", address: "10.0.0.1", port: 5060, local: b.by("udp") });
  });

  test("§8.1.1.7: the same request sent again has one Via, with a new branch", async () => {
    const { world, a, b } = await pair();
    const first = a.send("OPTIONS", b.by("udp"));
    const branch = first.request.via?.branch;
    a.transactions.request(first.request, b.by("udp"), first);
    expect(first.request.vias.length).toBe(1);
    expect(first.request.via?.branch).not.toBe(branch);
    await world.clock.advanceAsync(1);
  });

  test("§17.1.1.2: an INVITE that nobody answers is sent seven times and fails after 64*T1", async () => {
    const { world, a, b } = await pair();
    world.network.silence("10.0.0.2");
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(31_999);
    expect(sent.failures).toEqual([]);
    await world.clock.advanceAsync(1);
    expect(sent.failures).toEqual([["timeout", "udp 10.0.0.2:5060 did not answer INVITE within 32 s"]]);
    await world.clock.advanceAsync(60_000);
    const times = world.network.transits.map((transit) => transit.atMs);
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(new Set(world.network.transits.map(({ bytes }) => Buffer.from(bytes).toString())).size).toBe(1);
    expect(a.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
  });

  test("§17.1.2.2: other requests slow down to T2, and go on after a provisional response", async () => {
    const { world, a, b } = await pair();
    world.network.silence("10.0.0.2");
    const sent = a.send("REGISTER", b.by("udp"));
    await world.clock.advanceAsync(40_000);
    const times = world.network.transits.map((transit) => transit.atMs);
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(sent.failures).toEqual([["timeout", "udp 10.0.0.2:5060 did not answer REGISTER within 32 s"]]);
  });

  test("ACC-22: T1, T2 and T4 are those of the configuration", async () => {
    const world = new World();
    const a = await world.peer("10.0.0.1", { timers: { t1Ms: 1000, t2Ms: 2000, t4Ms: 2500 } }).listen("udp");
    world.network.silence("10.0.0.2");
    a.send("OPTIONS", { transport: "udp", address: "10.0.0.2", port: 5060 });
    await world.clock.advanceAsync(10_000);
    const times = world.network.transits.map((transit) => transit.atMs);
    expect(times).toEqual([0, 1000, 3000, 5000, 7000, 9000]);
  });

  test("§17.1.4: a datagram that the system reports as undeliverable ends the transaction at once", async () => {
    const { world, a } = await pair(new World(1, { icmp: true }));
    const sent = a.send("INVITE", { transport: "udp", address: "10.0.0.9", port: 5060 });
    const other = a.send("OPTIONS", { transport: "udp", address: "10.0.0.2", port: 5060 });
    await world.clock.advanceAsync(10);
    const why = "INVITE did not reach udp 10.0.0.9:5060: cannot send to udp 10.0.0.9:5060: refused";
    expect(sent.failures).toEqual([["transport", why]]);
    expect(other.failures).toEqual([]);
  });

  test("an address that no socket of ours can reach fails, and names it", async () => {
    const { world, a } = await pair();
    const sent = a.send("OPTIONS", { transport: "udp", address: "2001:db8::1", port: 5060 });
    expect(sent.failures).toEqual([]);
    await world.clock.advanceAsync(0);
    expect(sent.failures[0]?.[0]).toBe("transport");
    expect(sent.failures[0]?.[1]).toContain("cannot reach udp [2001:db8::1]:5060: listening on no IPv6 address");
  });

  test("a listener that throws is reported and stops nobody", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("OPTIONS", b.by("udp"));
    sent.onEach = () => {
      throw new Error("oops");
    };
    b.transactions.onRequest = (transaction) => {
      transaction.respond(SipResponse.to(transaction.request, 200));
      throw new Error("ouch");
    };
    await world.clock.advanceAsync(10);
    expect(sent.statuses).toEqual([200]);
    expect(a.log.lines.join()).toContain("oops");
    expect(b.log.lines.join()).toContain("ouch");
    await world.clock.advanceAsync(40_000);
    expect(a.transactions.size.timers + b.transactions.size.timers).toBe(0);
  });
});

describe("INVITE", () => {
  test("§17.2.1: 100 by itself after 200 ms, without To tag, and not behind another response", async () => {
    const { world, a, b } = await pair();
    const silent = a.send("INVITE", b.by("udp"));
    const ringing = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    b.request(1).respond(SipResponse.to(b.request(1).request, 180, undefined, "tag"));
    await world.clock.advanceAsync(199);
    expect(silent.statuses).toEqual([]);
    await world.clock.advanceAsync(300);
    expect(silent.statuses).toEqual([100]);
    expect(silent.responses[0]?.to.tag).toBeUndefined();
    expect(ringing.statuses).toEqual([180]);
  });

  test("§17.1.1.3: the ACK to a refusal has the INVITE's branch and Route and the response's To", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"), (request) => request.addHeader("Route", "<sip:10.0.0.2;lr>"));
    await world.clock.advanceAsync(1);
    const acks: string[] = [];
    b.request().onAck = (ack) => acks.push(ack.header("To") ?? "");
    b.request().respond(SipResponse.to(b.request().request, 486, undefined, "busy"));
    await world.clock.advanceAsync(5);
    expect(sent.statuses).toEqual([486]);
    expect(acks).toEqual(["<sip:bob@10.0.0.2>;tag=busy"]);
    expect(b.acks).toEqual([]);
    const [ack] = world.requestsFrom("10.0.0.1", "ACK");
    expect(ack?.header("Via")).toBe(sent.request.header("Via"));
    expect(ack?.vias.length).toBe(1);
    expect(ack?.headers("Route")).toEqual(["<sip:10.0.0.2;lr>"]);
    expect(ack?.uri).toBe("sip:bob@10.0.0.2");
    expect(ack?.cseq).toEqual({ number: 1, method: "ACK" });
    expect(ack?.callId).toBe(sent.request.callId);
  });

  test("§17.2.1: an unacknowledged refusal is repeated up to H, and each copy gets its ACK", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    const failures: string[] = [];
    b.request().onFailure = (why) => failures.push(why);
    b.transport.onRequest = undefined; // No ACK is heard any more.
    b.request().respond(SipResponse.to(b.request().request, 404, undefined, "x"));
    await world.clock.advanceAsync(40_000);
    const times = world.wire("10.0.0.2").map((line) => Number(line.split(" ")[0]) - 1);
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(world.requestsFrom("10.0.0.1", "ACK").length).toBe(times.length);
    expect(sent.statuses).toEqual([404]);
    expect(failures).toEqual(["timeout"]);
  });

  test("RFC 6026 §7: repeated INVITEs after a 2xx are absorbed, the session's copies of it go out and up", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    const server = b.request();
    const ok = SipResponse.to(server.request, 200, undefined, "x");
    server.respond(ok);
    await world.clock.advanceAsync(500);
    server.respond(ok);
    await world.clock.advanceAsync(1);
    expect(sent.statuses).toEqual([200, 200]);
    const copy = world.network.transits[0];
    if (copy === undefined) throw new Error("nothing was sent");
    const before = world.wire("10.0.0.2").length;
    const again = await world.stranger({ address: "10.0.0.1", port: 6000 });
    again.send(Buffer.from(copy.bytes).toString("latin1"), { address: "10.0.0.2", port: 5060 });
    await world.clock.advanceAsync(10);
    expect(b.requests.length).toBe(1);
    expect(world.wire("10.0.0.2").length).toBe(before);
    expect(b.request().terminated).toBe(false);
    await world.clock.advanceAsync(32_000);
    expect(b.request().terminated).toBe(true);
    expect(a.transactions.size.client).toBe(0);
  });

  test("RFC 6026 §8.2: a 2xx after M is a stray; other responses without a transaction vanish", async () => {
    const { world, a, b } = await pair();
    a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    const { request } = b.request();
    b.request().respond(SipResponse.to(request, 200, undefined, "x"));
    await world.clock.advanceAsync(33_000);
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const to = { address: "10.0.0.1", port: 5060 };
    raw.send(SipResponse.to(request, 200, undefined, "late").toString(), to);
    raw.send(SipResponse.to(request, 486, undefined, "late").toString(), to);
    await world.clock.advanceAsync(5);
    expect(a.strays.map((response) => `${response.status} ${response.to.tag}`)).toEqual(["200 late"]);
  });

  test("§13.2.2.4: the ACK to a 2xx is passed up, and the same one sent again is the same", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    b.request().respond(SipResponse.to(b.request().request, 200, undefined, "x"));
    await world.clock.advanceAsync(1);
    const ack = world.newRequest("ACK").setHeader("Call-ID", sent.request.callId);
    a.transactions.sendAck(ack, b.by("udp"));
    a.transactions.sendAck(ack, b.by("udp"));
    await world.clock.advanceAsync(1);
    const acks = world.requestsFrom("10.0.0.1", "ACK");
    expect(acks.length).toBe(2);
    expect(acks[0]?.via?.branch).toBe(acks[1]?.via?.branch);
    expect(acks[0]?.via?.branch).not.toBe(sent.request.via?.branch);
    expect(b.acks.length).toBe(2);
  });

  test("RFC 6026 §7.1: an ACK to a 2xx that wrongly has the INVITE's branch is passed up all the same", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    b.request().respond(SipResponse.to(b.request().request, 200, undefined, "x"));
    await world.clock.advanceAsync(1);
    const ack = world.newRequest("ACK").addHeader("Via", sent.request.header("Via") ?? "");
    a.transactions.sendAck(ack, b.by("udp"));
    await world.clock.advanceAsync(1);
    expect(b.acks.length).toBe(1);
  });
});

describe("CANCEL", () => {
  test("§9.1: waits for a provisional response; same branch, one Via, Route; 200 and then the session's 487", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"), (request) => request.addHeader("Route", "<sip:10.0.0.2;lr>"));
    sent.cancel([["Reason", 'SIP;cause=200;text="Call completed elsewhere"']]);
    await world.clock.advanceAsync(1);
    const server = b.request();
    server.onCancel = () => server.respond(SipResponse.to(server.request, 487, undefined, "x"));
    await world.clock.advanceAsync(100);
    expect(world.requestsFrom("10.0.0.1", "CANCEL")).toEqual([]);
    server.respond(SipResponse.to(server.request, 180, undefined, "x"));
    await world.clock.advanceAsync(10);
    const [cancel, ...more] = world.requestsFrom("10.0.0.1", "CANCEL");
    expect(more).toEqual([]);
    expect(cancel?.headers("Via")).toEqual([sent.request.header("Via")]);
    expect(cancel?.headers("Route")).toEqual(["<sip:10.0.0.2;lr>"]);
    expect(cancel?.uri).toBe(sent.request.uri);
    expect(cancel?.header("To")).toBe("<sip:bob@10.0.0.2>");
    expect(cancel?.header("From")).toBe(sent.request.header("From"));
    expect(cancel?.cseq).toEqual({ number: 1, method: "CANCEL" });
    expect(cancel?.header("Reason")).toContain("elsewhere");
    expect(sent.statuses).toEqual([180, 487]);
    const [ok] = world.messages("10.0.0.2").filter((m) => m.cseq.method === "CANCEL");
    // §9.2: the To tag is that of the response to the INVITE.
    expect(ok instanceof SipResponse && `${ok.status} ${ok.to.tag}`).toBe("200 x");
    await world.clock.advanceAsync(40_000);
    expect(a.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
    expect(b.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
  });

  test("§9.1: an INVITE with neither final response nor life after CANCEL ends in 64*T1", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    b.request().onCancel = () => {};
    await world.clock.advanceAsync(1000);
    expect(sent.statuses).toEqual([100]);
    sent.cancel();
    await world.clock.advanceAsync(31_999);
    expect(sent.failures).toEqual([]);
    await world.clock.advanceAsync(1);
    expect(sent.failures.map(([why]) => why)).toEqual(["timeout"]);
  });

  test("§9.2: where no session listens, the layer answers 487 itself", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(250);
    sent.cancel();
    await world.clock.advanceAsync(10);
    expect(sent.statuses).toEqual([100, 487]);
  });

  test("§9.2: after a final response CANCEL is answered and changes nothing", async () => {
    const { world, a, b } = await pair();
    const sent = a.send("INVITE", b.by("udp"));
    await world.clock.advanceAsync(1);
    const server = b.request();
    let cancels = 0;
    server.onCancel = () => cancels++;
    server.respond(SipResponse.to(server.request, 180, undefined, "x"));
    await world.clock.advanceAsync(1);
    sent.cancel();
    server.respond(SipResponse.to(server.request, 200, undefined, "x"));
    await world.clock.advanceAsync(10);
    expect(sent.statuses).toEqual([180, 200]);
    expect(cancels).toBe(0);
    expect(world.wire("10.0.0.2").filter((line) => line.endsWith("SIP/2.0 200 OK")).length).toBe(2);
  });

  test("§9.2: CANCEL for nothing we know gets 481", async () => {
    const { world, b } = await pair();
    const raw = await world.stranger({ address: "10.0.0.3", port: 5060 });
    const headers = (cseq: string) => [
      "Via: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKunknown",
      "From: <sip:c@x>;tag=1",
      "To: <sip:bob@10.0.0.2>",
      "Call-ID: c",
      `CSeq: ${cseq}`,
    ];
    raw.send(rawRequest("CANCEL", headers("1 CANCEL")), { address: "10.0.0.2", port: 5060 });
    await world.clock.advanceAsync(5);
    expect(raw.received[0]).toMatch(/^SIP\/2\.0 481 /);
    expect(b.requests).toEqual([]);
    // It has the branch of the INVITE that overtakes it only now: that is a request of its own.
    raw.send(rawRequest("INVITE", headers("1 INVITE")), { address: "10.0.0.2", port: 5060 });
    await world.clock.advanceAsync(5);
    expect(b.requests.length).toBe(1);
  });
});
