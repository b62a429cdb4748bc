/** The transport and transaction layers on real loopback sockets. */
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemNetwork, systemRandom } from "../../../src/net/network.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { type ServerTransaction, TransactionLayer } from "../../../src/sip/transactions.ts";
import { TransportLayer } from "../../../src/sip/transport.ts";
import type { TransportAddress } from "../../../src/sip/transport-address.ts";
import type { TransportName } from "../../../src/sip/uri.ts";
import { Sent } from "./transaction-peers.ts";

class RealPeer {
  readonly transport = new TransportLayer({
    network: systemNetwork,
    clock: systemClock,
    log: silentLog,
    random: systemRandom,
  });
  readonly transactions = new TransactionLayer({
    transport: this.transport,
    clock: systemClock,
    log: silentLog,
    random: systemRandom,
  });
  readonly requests: ServerTransaction[] = [];
  readonly address: string;

  constructor(address: string) {
    this.address = address;
    this.transactions.onRequest = (transaction) => {
      this.requests.push(transaction);
      const status = transaction.request.method === "INVITE" ? 486 : 200;
      transaction.respond(SipResponse.to(transaction.request, status, undefined, "tag"));
    };
  }

  listen(transport: TransportName, port = 0): Promise<TransportAddress> {
    return this.transport.listen({ transport, address: this.address, port });
  }

  send(method: string, target: TransportAddress, body = ""): Sent {
    const sent = new Sent();
    const request = new SipRequest(method, "sip:bob@127.31.2.2")
      .addHeader("Max-Forwards", "70")
      .addHeader("From", "<sip:alice@127.31.2.1>;tag=a")
      .addHeader("To", "<sip:bob@127.31.2.2>")
      .addHeader("Call-ID", `${Math.random()}`)
      .addHeader("CSeq", `1 ${method}`)
      .setBody("text/plain", body);
    sent.transaction = this.transactions.request(request, target, sent);
    return sent;
  }

  async close(): Promise<void> {
    this.transactions.close();
    await this.transport.close();
  }
}

const peers: RealPeer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});

function peer(last: number): RealPeer {
  const made = new RealPeer(`127.31.2.${last}`);
  peers.push(made);
  return made;
}

describe("on loopback sockets", () => {
  test.each(["udp", "tcp"] as const)("requests are answered and refusals acknowledged over %s", async (transport) => {
    const a = peer(1);
    const b = peer(2);
    await a.listen(transport);
    const to = await b.listen(transport);
    const acks: string[] = [];
    b.transactions.onAck = () => acks.push("stray");
    const options = a.send("OPTIONS", to);
    const invite = a.send("INVITE", to);
    await expect.poll(() => [options.statuses, invite.statuses]).toEqual([[200], [486]]);
    expect(b.requests[0]?.source).toMatchObject({ transport, address: "127.31.2.1" });
    if (transport === "tcp") await expect.poll(() => b.transactions.size.server).toBe(0);
    expect(acks).toEqual([]);
  });

  test("UDP: a thousand requests at once are all answered", async () => {
    const a = peer(1);
    const b = peer(2);
    await a.listen("udp");
    const to = await b.listen("udp");
    const sent = Array.from({ length: 1000 }, () => a.send("OPTIONS", to));
    await expect.poll(() => sent.filter(({ statuses }) => statuses[0] === 200).length, { timeout: 10_000 }).toBe(1000);
    expect(b.requests.length).toBe(1000);
  });

  test("NET-24: the port in use is named, by UDP and by TCP", async () => {
    const a = peer(1);
    const b = peer(1);
    for (const transport of ["udp", "tcp"] as const) {
      const { port } = await a.listen(transport);
      await expect(b.listen(transport, port)).rejects.toThrow(`port ${port} of 127.31.2.1 is in use`);
    }
  });

  test("TCP: a refused connection is named, and a large UDP request falls back from it", async () => {
    const a = peer(1);
    const b = peer(2);
    await a.listen("udp");
    const to = await b.listen("udp");
    const refused = a.send("OPTIONS", { ...to, transport: "tcp" });
    const large = a.send("MESSAGE", to, "x".repeat(2000));
    await expect.poll(() => [refused.failures.length, large.statuses]).toEqual([1, [200]]);
    const target = `tcp 127.31.2.2:${to.port}`;
    expect(refused.failures[0]?.[1]).toBe(`OPTIONS did not reach ${target}: cannot connect to ${target}: refused`);
    expect(b.requests[0]?.request.body.length).toBe(2000);
  });

  test("TCP: garbage ends its own connection, and a request in small pieces is understood on another", async () => {
    const b = peer(2);
    const to = await b.listen("tcp");
    const bad = connect({ host: to.address, port: to.port, localAddress: "127.31.2.3" });
    bad.write("HELO there\r\n\r\n");
    await new Promise((resolve) => bad.once("close", resolve));
    const good = connect({ host: to.address, port: to.port, localAddress: "127.31.2.3", noDelay: true });
    let heard = "";
    good.on("data", (data) => {
      heard += data.toString();
    });
    const text =
      "OPTIONS sip:b@127.31.2.2 SIP/2.0\r\nVia: SIP/2.0/TCP 127.31.2.3;branch=z9hG4bK1\r\nFrom: <sip:c@x>;tag=1\r\n" +
      "To: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nl: 3\r\n\r\nabc";
    for (const piece of text.match(/[\s\S]{1,40}/g) ?? []) {
      good.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => heard).toMatch(/^SIP\/2\.0 200 OK\r\n/);
    expect(b.requests[0]?.request.bodyText).toBe("abc");
    good.destroy();
  });
});
