/**
 * A callee for benchmarks: the real user agent on real sockets answers every INVITE with 180 and 200 at once.
 * `node dist/test/bench/callee.js ADDRESS PORT` prints a line of JSON when it is ready and another at SIGTERM. No media.
 */
import { systemClock } from "../../hal/driver/os/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemNetwork, systemRandom } from "../../src/net/network.ts";
import { SystemResolver } from "../../src/net/resolver.ts";
import type { LocalMedia } from "../../src/sdp/media.ts";
import { Locator } from "../../src/sip/location.ts";
import { TransactionLayer } from "../../src/sip/transactions.ts";
import { TransportLayer } from "../../src/sip/transport.ts";
import { UserAgent } from "../../src/sip/user-agent.ts";

const [address = "127.0.0.1", portText = "5060"] = process.argv.slice(2);
const parts = { network: systemNetwork, clock: systemClock, log: silentLog, random: systemRandom };
const transport = new TransportLayer(parts);
const transactions = new TransactionLayer({ ...parts, transport });
const locator = new Locator({ resolver: new SystemResolver() });
const userAgent = new UserAgent(
  { ...parts, transport, transactions, locator, errors: (error) => console.error(error) },
  { userAgent: "Offhook bench", mostSessions: 100_000 },
);
const media: LocalMedia = {
  address,
  port: 40_000,
  codecs: [
    { name: "pcmu", payloadType: 0 },
    { name: "pcma", payloadType: 8 },
  ],
  dtmfType: 101,
  ptimeMs: 20,
  hold: false,
};
let calls = 0;
userAgent.onInvite.on((session) => {
  calls += 1;
  session.ring();
  session.answer(media);
});
const at = await transport.listen({ transport: "udp", address, port: Number(portText) });
await transport.listen({ transport: "tcp", address, port: at.port });
const before = process.cpuUsage();
console.log(JSON.stringify({ event: "ready", address: at.address, port: at.port }));
const alive = setInterval(() => undefined, 1_000_000);
process.once("SIGTERM", () => {
  const { user, system } = process.cpuUsage(before);
  const memoryMb = Math.round(process.memoryUsage.rss() / 1e6);
  console.log(
    JSON.stringify({
      event: "end",
      calls,
      cpuMs: (user + system) / 1000,
      systemMs: system / 1000,
      memoryMb,
      open: userAgent.sessions,
    }),
  );
  clearInterval(alive);
  void userAgent.close().then(() => transport.close());
});
