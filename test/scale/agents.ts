/**
 * Many user agents in one process, each with a stack of its own, registered at one server:
 * `node dist/test/scale/agents.js COUNT SERVER FIRST TRANSPORT EXPIRES` where FIRST is the loopback address of the first
 * agent. Prints a line of JSON when all are registered, and one when all came back after a SIGUSR1, which says "the server
 * is gone now". SIGTERM unregisters. The passwords are those of `users` below.
 */
import { fileURLToPath } from "node:url";
import { systemClock } from "../../hal/driver/os/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import type { Network } from "../../src/base/network.ts";
import { systemNetwork, systemRandom } from "../../src/net/network.ts";
import { SystemResolver } from "../../src/net/resolver.ts";
import { Locator } from "../../src/sip/location.ts";
import { TransactionLayer } from "../../src/sip/transactions.ts";
import { TransportLayer } from "../../src/sip/transport.ts";
import { UserAgent } from "../../src/sip/user-agent.ts";
import { type Back, type Registered, userOf, users } from "./figures.ts";

/** Counts what goes out and comes in, and when each REGISTER went. */
class Counter {
  sent = 0;
  received = 0;
  registersAtMs: number[] = [];

  out(bytes: Uint8Array): void {
    // Keep-alives are no messages.
    if (bytes.length <= 4) return;
    this.sent += 1;
    if (bytes[0] === 0x52 && bytes[2] === 0x47) this.registersAtMs.push(performance.now());
  }

  in(bytes: Uint8Array): void {
    if (bytes.length > 4) this.received += 1;
  }

  wrap(network: Network): Network {
    return {
      bindDatagram: async (local) => {
        const socket = await network.bindDatagram(local);
        const send = socket.send.bind(socket);
        socket.send = (bytes, to) => {
          this.out(bytes);
          send(bytes, to);
        };
        return this.#hear(socket, "onMessage");
      },
      listenStream: (local) => network.listenStream(local),
      connectStream: async (to, from, timeoutMs) => {
        const socket = await network.connectStream(to, from, timeoutMs);
        const send = socket.send.bind(socket);
        socket.send = (bytes) => {
          this.out(bytes);
          send(bytes);
        };
        return this.#hear(socket, "onData");
      },
      localAddressFor: (remote) => network.localAddressFor(remote),
    };
  }

  /** The listener is set later: whatever is set hears through us. */
  #hear<Socket extends object>(socket: Socket, name: "onMessage" | "onData"): Socket {
    return new Proxy(socket, {
      set: (target, property, value: unknown) => {
        const listener =
          property === name && typeof value === "function"
            ? (bytes: Uint8Array, ...rest: unknown[]) => {
                this.in(bytes);
                Reflect.apply(value, undefined, [bytes, ...rest]);
              }
            : value;
        return Reflect.set(target, property, listener);
      },
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        return typeof value === "function" && property !== name ? value.bind(target) : value;
      },
    });
  }
}

function addressAt(first: string, n: number): string {
  const [a = 127, b = 0, c = 0, d = 1] = first.split(".").map(Number);
  const place = c * 256 + d + n;
  return `${a}.${b}.${Math.floor(place / 256)}.${place % 256}`;
}

async function run(count: number, server: string, first: string, transport: "udp" | "tcp", expires: number) {
  const counter = new Counter();
  const network = counter.wrap(systemNetwork);
  const locator = new Locator({ resolver: new SystemResolver() });
  const passwords = users(count);
  const emptyMb = process.memoryUsage.rss() / 2 ** 20;
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const back = new Set<number>();
  let goneAtMs: number | undefined;
  let lastAtMs = 0;
  let up = 0;

  const agents = Array.from({ length: count }, async (_, n) => {
    const parts = { network, clock: systemClock, log: silentLog, random: systemRandom };
    const layer = new TransportLayer(parts);
    const address = addressAt(first, n);
    await layer.listen({ transport: "udp", address, port: 5060 });
    const transactions = new TransactionLayer({ ...parts, transport: layer });
    const agent = new UserAgent(
      { ...parts, transport: layer, transactions, locator, errors: (error) => console.error(error) },
      { userAgent: "Offhook scale" },
    );
    layer.onConnectionLost = (to) => agent.connectionLost(to);
    const user = userOf(n);
    const registration = agent.register({
      identity: {
        aor: `sip:${user}@${server}`,
        displayName: "",
        contactUser: user,
        credentials: { username: user, password: passwords[user] ?? "" },
        route: [],
        transport,
      },
      registrar: `sip:${server};transport=${transport}`,
      expiresSeconds: expires,
      retryMs: 2000,
      spreadMs: 1000,
    });
    await new Promise<void>((resolve) => {
      registration.onState.on((state) => {
        if (state.name !== "registered" || state.failures > 0) return;
        resolve();
        if (goneAtMs === undefined || back.has(n)) return;
        back.add(n);
        lastAtMs = performance.now();
        if (back.size === count) report(goneAtMs);
      });
    });
    up += 1;
    return { agent, layer };
  });

  const report = (goneMs: number) => {
    const times = counter.registersAtMs.filter((atMs) => atMs >= goneMs);
    const line: Back = {
      event: "back",
      seconds: (lastAtMs - goneMs) / 1000,
      registersPerAgent: times.length / count,
      busiestSecond: busiest(times),
      sentPerAgent: counter.sent / count,
      memoryMb: process.memoryUsage.rss() / 2 ** 20,
    };
    console.log(JSON.stringify(line));
  };

  process.on("SIGUSR1", () => {
    counter.sent = 0;
    back.clear();
    goneAtMs = performance.now();
    console.log(JSON.stringify({ event: "marked", up }));
  });
  const all = await Promise.all(agents);
  const cpu = process.cpuUsage(cpuBefore);
  const line: Registered = {
    event: "registered",
    seconds: (performance.now() - started) / 1000,
    memoryPerAgentKb: ((process.memoryUsage.rss() / 2 ** 20 - emptyMb) * 1024) / count,
    sentPerAgent: counter.sent / count,
    receivedPerAgent: counter.received / count,
    cpuMsPerAgent: (cpu.user + cpu.system) / 1000 / count,
    busiestSecond: busiest(counter.registersAtMs),
  };
  console.log(JSON.stringify(line));
  process.once("SIGTERM", () => {
    void Promise.all(all.map(({ agent, layer }) => agent.close().then(() => layer.close()))).then(() =>
      console.log(JSON.stringify({ event: "closed" })),
    );
  });
}

/** Most times within one second. */
function busiest(times: readonly number[]): number {
  let most = 0;
  let from = 0;
  for (const [to, atMs] of times.entries()) {
    while (atMs - (times[from] ?? atMs) >= 1000) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = "100", server = "", first = "", transport = "tcp", expires = "600"] = process.argv.slice(2);
  await run(Number(count), server, first, transport === "udp" ? "udp" : "tcp", Number(expires));
}
