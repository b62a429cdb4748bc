/** A server that is killed between two messages: of a registration, of dialling, of a call (feature rows ACC-04, ACC-11, ACC-12; RFC 3263 §4.3). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../lab/needs.ts";
import { Relay } from "./failover-relay.ts";
import { Kamailio } from "./kit/kamailio.ts";
import { account, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, eventually } from "./kit/process.ts";

/** The caller finds its first server behind `front`, where it can die between two messages. */
const [front, first, second] = ["127.52.4.1", "127.52.4.2", "127.52.4.3"];
const users = { "1001": "correct horse", "1002": "battery staple" } as const;
type User = keyof typeof users;
const addresses: Readonly<Record<User, string>> = { "1001": "127.52.4.11", "1002": "127.52.4.12" };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const udp = { "sip_server.1.transport_type": 0, "sip_server.1.retry_counts": 1 };
const tcp = { "sip_server.1.transport_type": 1 };
/** By UDP one repetition after 0.5 s, then 1 s more: 1.5 s, and a second for a busy machine. */
const limitMs = { tcp: 2000, udp: 2700 } as const;

describe.runIf(needs("kamailio"))("a server killed between two messages", () => {
  endAllPrograms();
  let dies: Kamailio;
  let lives: Kamailio;
  let relay: Relay;
  const phones: PhoneProcess[] = [];

  beforeEach(async () => {
    [dies, lives] = await Promise.all([
      Kamailio.start({ address: first, users }),
      Kamailio.start({ address: second, users }),
    ]);
    relay = await Relay.start({ address: front, server: first, kill: () => dies.kill() });
  });
  afterEach(async () => {
    await Promise.all(phones.splice(0).map((phone) => phone.stop()));
    relay.stop();
    await Promise.all([dies.kill(), lives.kill()]);
  });

  async function start(user: User, one: string, more: Record<string, string | number>): Promise<PhoneProcess> {
    const transport = more["sip_server.1.transport_type"];
    const servers = {
      "sip_server.1.address": one,
      "sip_server.2.address": second,
      ...(transport === undefined ? {} : { "sip_server.2.transport_type": transport }),
      ...more,
    };
    const phone = await PhoneProcess.start({
      address: addresses[user],
      panelPort: 7640 + Number(user) - 1000,
      config: account(one, user, users[user], servers),
    });
    phones.push(phone);
    return phone;
  }

  /** 1002 is at both servers, 1001 at the first. */
  async function both(way: Record<string, string | number>) {
    const [caller, callee] = await Promise.all([
      start("1001", front, way),
      start("1002", first, { "fallback.redundancy_type": 0, ...udp }),
    ]);
    await Promise.all([dies.seen(/bound 1001/), dies.seen(/bound 1002/), lives.seen(/bound 1002/)]);
    return { caller, callee };
  }

  /** ms until it rings there. */
  async function rings(caller: PhoneProcess, callee: PhoneProcess): Promise<number> {
    const begunMs = performance.now();
    await caller.dial("1002");
    await callee.screen("incoming", 12_000);
    return performance.now() - begunMs;
  }

  const packets = async (phone: PhoneProcess) => (await phone.media()).calls[0]?.packetsReceived ?? 0;

  for (const [name, way] of [
    ["tcp", tcp],
    ["udp", udp],
  ] as const) {
    it(`ACC-11: ${name}: killed between challenge and grant: the phone registers at the other server`, async () => {
      relay.dieAt(/^SIP\/2\.0 401 /, true);
      const phone = await start("1001", front, way);
      await eventually("the server's end", () => relay.diedAtMs, 5000);
      await lives.seen(/bound 1001/, 6000);
      expect(performance.now() - (relay.diedAtMs ?? 0)).toBeLessThan(limitMs[name] + 500);
      expect(dies.count(/challenged 1001/)).toBeGreaterThan(0);
      expect(dies.count(/bound 1001/)).toBe(0);
      await phone.seen("registered", (s) => !/Registering|refused|fail/i.test(s.screen.lines.join()));
    });

    it(`ACC-04: ${name}: killed between challenge and credentials of a call: it rings by way of the other server`, async () => {
      const { caller, callee } = await both(way);
      relay.dieAt(/^SIP\/2\.0 407 /, true);
      expect(await rings(caller, callee)).toBeLessThan(limitMs[name]);
      await callee.keys("ok");
      await Promise.all([caller.screen("talking"), callee.screen("talking")]);
      expect(lives.count(/seen INVITE 1002 from 1001/)).toBeGreaterThan(0);
    });

    it(`ACC-11: ${name}: killed during a call: its sound goes on, and the next goes by the other server`, async () => {
      const { caller, callee } = await both(way);
      await rings(caller, callee);
      await callee.keys("ok");
      await Promise.all([caller.screen("talking"), callee.screen("talking")]);
      await dies.kill();
      relay.stop();
      const before = await packets(caller);
      await pause(1000);
      expect((await packets(caller)) - before).toBeGreaterThan(30);
      await Promise.all([caller.endCalls(), callee.endCalls()]);
      expect(await rings(caller, callee)).toBeLessThan(limitMs[name]);
      await callee.keys("ok");
      await Promise.all([caller.screen("talking"), callee.screen("talking")]);
    });

    it(`ACC-11: ${name}: killed while it rings: whoever gives up and dials again gets through by the other server`, async () => {
      const { caller, callee } = await both(way);
      relay.dieAt(/^SIP\/2\.0 180 /m, true);
      await rings(caller, callee);
      await caller.screen("ringback");
      await eventually("the server's end", () => relay.diedAtMs, 5000);
      // Nobody is left to tell the other phone.
      await Promise.all([caller.endCalls(), callee.keys("cancel")]);
      await callee.screen("idle");
      expect(await rings(caller, callee)).toBeLessThan(limitMs[name]);
      await callee.keys("ok");
      await Promise.all([caller.screen("talking"), callee.screen("talking")]);
      expect(lives.count(/seen INVITE 1002 from 1001/)).toBeGreaterThan(0);
    });
  }
});
