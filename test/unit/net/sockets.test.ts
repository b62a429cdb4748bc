/** The real sockets on loopback addresses: what `base/network.ts` promises. */
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { DatagramSocket, Endpoint, StreamListener, StreamSocket } from "../../../src/base/network.ts";
import { NetworkError } from "../../../src/net/error.ts";
import { systemNetwork, systemRandom } from "../../../src/net/network.ts";
import { SystemResolver } from "../../../src/net/resolver.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function keep<T extends { close(): void }>(thing: T): T {
  closers.push(() => thing.close());
  return thing;
}

const at = (last: number, port = 0): Endpoint => ({ address: `127.31.1.${last}`, port });
const bytes = (text: string) => Buffer.from(text);

async function failureOf(promise: Promise<unknown>): Promise<NetworkError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NetworkError)) throw new Error(`no NetworkError but ${String(error)}`);
  return error;
}

describe("datagrams", () => {
  const next = (socket: DatagramSocket) =>
    new Promise<readonly [string, Endpoint]>((resolve) => {
      socket.onMessage = (data, from) => resolve([Buffer.from(data).toString(), from]);
    });

  test("go both ways and say where they came from", async () => {
    const a = keep(await systemNetwork.bindDatagram(at(1)));
    const b = keep(await systemNetwork.bindDatagram(at(2)));
    expect(a.local.port).toBeGreaterThan(0);
    const heard = next(b);
    a.send(bytes("hello"), b.local);
    const [text, from] = await heard;
    expect(text).toBe("hello");
    expect(from).toMatchObject(a.local);
    const back = next(a);
    b.send(bytes("world"), from);
    expect((await back)[0]).toBe("world");
  });

  test("NET-05: IPv6 has its own socket, and leaves the IPv4 port free", async () => {
    const six = keep(await systemNetwork.bindDatagram({ address: "::", port: 0 }));
    keep(await systemNetwork.bindDatagram({ address: "0.0.0.0", port: six.local.port }));
    const a = keep(await systemNetwork.bindDatagram({ address: "::1", port: 0 }));
    const heard = next(six);
    a.send(bytes("six"), { address: "::1", port: six.local.port });
    expect((await heard)[1]).toMatchObject({ address: "::1", port: a.local.port });
  });

  test("a port in use and an address of somebody else are named", async () => {
    const a = keep(await systemNetwork.bindDatagram(at(1)));
    const used = await failureOf(systemNetwork.bindDatagram(a.local));
    expect([used.code, used.message]).toEqual(["in-use", `port ${a.local.port} of 127.31.1.1 is in use`]);
    const foreign = await failureOf(systemNetwork.bindDatagram({ address: "192.0.2.1", port: 5060 }));
    expect([foreign.code, foreign.message]).toEqual([
      "no-such-address",
      "cannot listen on udp 192.0.2.1:5060: this machine has no such address",
    ]);
  });

  test("what cannot be sent is reported with its destination, not thrown", async () => {
    const a = keep(await systemNetwork.bindDatagram(at(1)));
    const failures: string[] = [];
    const done = new Promise<void>((resolve) => {
      a.onError = (error, to) => {
        failures.push(`${to?.port} ${error.message}`);
        if (failures.length === 2) resolve();
      };
    });
    a.send(new Uint8Array(70_000), at(2, 5060));
    a.send(bytes("x"), at(2, 0));
    await done;
    expect(failures.find((line) => line.startsWith("5060"))).toBe(
      "5060 cannot send to udp 127.31.1.2:5060: larger than a datagram can be",
    );
    expect(failures.find((line) => line.startsWith("0 "))).toContain("cannot send to udp 127.31.1.2:0");
  });

  test("after close nothing is sent and nothing heard; closing twice is harmless", async () => {
    const a = await systemNetwork.bindDatagram(at(1));
    a.close();
    a.close();
    a.send(bytes("x"), at(2, 5060));
    keep(await systemNetwork.bindDatagram(a.local));
  });

  test("the local address towards a target is the one the system would use", async () => {
    expect(await systemNetwork.localAddressFor("127.0.0.1")).toBe("127.0.0.1");
    expect(await systemNetwork.localAddressFor("::1")).toBe("::1");
    // Link-local without the name of the link leads nowhere.
    const failure = await failureOf(systemNetwork.localAddressFor("fe80::1"));
    expect(failure.message).toMatch(/^cannot reach fe80::1: /);
  });
});

describe("streams", () => {
  const accept = (listener: StreamListener) =>
    new Promise<StreamSocket>((resolve) => {
      listener.onConnection = (socket) => resolve(keep(socket));
    });
  const collect = (socket: StreamSocket) => {
    const heard = { text: "", bytes: 0 };
    const closed = new Promise<Error | undefined>((resolve) => {
      socket.onClose = resolve;
    });
    socket.onData = (data) => {
      heard.bytes += data.length;
      if (heard.text.length < 100) heard.text += Buffer.from(data).toString();
    };
    return { heard, closed };
  };

  test("connect, speak both ways, and end in order", async () => {
    const listener = keep(await systemNetwork.listenStream(at(1)));
    const accepting = accept(listener);
    const here = keep(await systemNetwork.connectStream(listener.local, at(2), 1000));
    const there = await accepting;
    expect(here.remote).toEqual(listener.local);
    expect(here.local.address).toBe("127.31.1.2");
    expect(there.remote).toEqual(here.local);
    const received = collect(there);
    const answered = collect(here);
    here.send(bytes("ping"));
    await expect.poll(() => received.heard.text).toBe("ping");
    there.send(bytes("pong"));
    there.close();
    expect(await answered.closed).toBeUndefined();
    expect(answered.heard.text).toBe("pong");
  });

  test("a port in use is named", async () => {
    const listener = keep(await systemNetwork.listenStream(at(1)));
    const failure = await failureOf(systemNetwork.listenStream(listener.local));
    expect(failure.message).toBe(`port ${listener.local.port} of 127.31.1.1 is in use`);
  });

  test("refused, and a local address of somebody else, are named", async () => {
    const listener = await systemNetwork.listenStream(at(1));
    listener.close();
    const { port } = listener.local;
    const refused = await failureOf(systemNetwork.connectStream(at(1, port), at(2), 1000));
    expect([refused.code, refused.message]).toEqual(["refused", `cannot connect to tcp 127.31.1.1:${port}: refused`]);
    const foreign = await failureOf(systemNetwork.connectStream(at(1, port), { address: "192.0.2.1", port: 0 }, 1000));
    expect(foreign.message).toContain("192.0.2.1:0: this machine has no such address");
  });

  test("a host that does not answer is given up in time, and named", async () => {
    // A process that listens, blocks, and whose queue of connections is full: the system drops what comes then.
    const script = `const server = require("node:net").createServer();
      server.listen({ host: "127.31.1.3", port: 0, backlog: 1 }, () => {
        require("node:fs").writeSync(1, String(server.address().port));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });`;
    const deaf = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    closers.push(() => deaf.kill("SIGKILL"));
    const port = await new Promise<number>((resolve) => deaf.stdout.once("data", (text) => resolve(Number(text))));
    const outcomes: string[] = [];
    for (let i = 0; i < 5; i++)
      await systemNetwork.connectStream(at(3, port), at(2), 150).then(
        (socket) => {
          keep(socket);
          outcomes.push("connected");
        },
        (error: unknown) => outcomes.push(error instanceof NetworkError ? `${error.code} ${error.message}` : "other"),
      );
    expect(outcomes.at(-1)).toBe(`timeout cannot connect to tcp 127.31.1.3:${port}: no answer within 150 ms`);
  });

  test("a peer that never reads is dropped when a megabyte waits for it", async () => {
    const listener = keep(await systemNetwork.listenStream(at(1)));
    const accepting = accept(listener);
    const peer: Socket = connect({ host: "127.31.1.1", port: listener.local.port });
    closers.push(() => peer.destroy());
    peer.on("error", () => {});
    peer.pause();
    const there = await accepting;
    const { closed } = collect(there);
    const piece = new Uint8Array(256 * 1024);
    let sent = 0;
    let over = false;
    void closed.then(() => {
      over = true;
    });
    while (!over && sent < 400) {
      there.send(piece);
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const error = await closed;
    expect(error?.message).toMatch(/^tcp 127\.0\.0\.1:\d+ does not read: 1048576 bytes wait for it$/);
    expect(sent).toBeLessThan(400);
  });

  test("a reset is reported once, with the peer's name", async () => {
    const listener = keep(await systemNetwork.listenStream(at(1)));
    const accepting = accept(listener);
    const peer: Socket = connect({ host: "127.31.1.1", port: listener.local.port, localAddress: "127.31.1.5" });
    const there = await accepting;
    const { closed } = collect(there);
    peer.resetAndDestroy();
    const error = await closed;
    expect(error?.message).toMatch(/^cannot keep the connection with tcp 127\.31\.1\.5:\d+: reset by the other side$/);
  });

  test("our last words are read even by a peer that still sends", async () => {
    const listener = keep(await systemNetwork.listenStream(at(1)));
    const accepting = accept(listener);
    const here = keep(await systemNetwork.connectStream(listener.local, at(2), 1000));
    const there = await accepting;
    const { heard, closed } = collect(here);
    for (let i = 0; i < 10; i++) here.send(new Uint8Array(1000));
    there.send(bytes("400 Bad Request"));
    there.close();
    for (let i = 0; i < 10; i++) here.send(new Uint8Array(1000));
    await closed;
    expect(heard.text).toBe("400 Bad Request");
  });
});

describe("names", () => {
  test("NET-05: numeric addresses stay, localhost is found in the hosts file, in the family asked for", async () => {
    expect(await new SystemResolver().addresses("192.0.2.1")).toEqual(["192.0.2.1"]);
    expect(await new SystemResolver().addresses("2001:db8::1")).toEqual(["2001:db8::1"]);
    expect(await new SystemResolver(4).addresses("localhost")).toEqual(["127.0.0.1"]);
  });

  test("a name that cannot exist is refused by name", async () => {
    const failure = await failureOf(new SystemResolver().addresses("no such host.invalid"));
    expect(failure.message).toMatch(/^cannot find host no such host\.invalid: /);
  });
});

test("random bytes are as many as asked for, and differ", () => {
  expect(systemRandom(2048).length).toBe(2048);
  expect(Buffer.from(systemRandom(16)).equals(Buffer.from(systemRandom(16)))).toBe(false);
});
