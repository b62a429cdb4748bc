/** Two real servers behind a real name server, one of which dies: feature rows ACC-02, ACC-04, ACC-11, ACC-12, NET-36, NET-37. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../lab/needs.ts";
import { account, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { domain, TwoServers } from "./kit/two-servers.ts";

const [first, second, dns] = ["127.45.1.1", "127.45.1.2", "127.45.1.53"];
const users = { "1001": "correct horse", "1002": "battery staple", "1003": "tr0ub4dor" } as const;
type User = keyof typeof users;
const addresses: Readonly<Record<User, string>> = {
  "1001": "127.45.1.11",
  "1002": "127.45.1.12",
  "1003": "127.45.1.13",
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.runIf(needs("kamailio", "dnsmasq"))("failover", () => {
  endAllPrograms();
  let servers: TwoServers;
  const phones: PhoneProcess[] = [];

  beforeEach(async () => {
    servers = await TwoServers.start({ first, second, dns, users, ttlSeconds: 3 });
  });
  afterEach(async () => {
    await Promise.all(phones.splice(0).map((phone) => phone.stop()));
    await servers.stop();
  });
  afterAll(() => pause(50));

  /** @param more parameters of account 1. */
  async function start(user: User, more: Record<string, string | number>): Promise<PhoneProcess> {
    const phone = await PhoneProcess.start({
      address: addresses[user],
      panelPort: 7450 + Number(user) - 1000,
      config: { ...account(domain, user, users[user], more), ...servers.names },
    });
    phones.push(phone);
    return phone;
  }

  const atBoth = {
    "sip_server.1.address": first,
    "sip_server.2.address": second,
    "fallback.redundancy_type": 0,
  };
  const registered = (phone: PhoneProcess) =>
    phone.seen("registered", (s) => s.screen.id === "idle" && !/Registering|refused|fail/i.test(s.screen.lines.join()));
  const packets = async (phone: PhoneProcess) => (await phone.media()).calls[0]?.packetsReceived ?? 0;

  async function talk(from: PhoneProcess, to: PhoneProcess, number: string): Promise<number> {
    const begunMs = performance.now();
    await from.dial(number);
    await from.screen("ringback", 12_000);
    const waitedMs = performance.now() - begunMs;
    await to.screen("incoming");
    await to.keys("ok");
    await Promise.all([from.screen("talking"), to.screen("talking")]);
    return waitedMs;
  }

  it("ACC-11: TCP and SRV: a call lives on when its server dies, the next goes by the other within 2 s, and back (mode 0)", async () => {
    const [caller, callee] = await Promise.all([
      start("1001", { "sip_server.1.transport_type": 1, "sip_server.1.port": 0, "sip_server.1.failback_mode": 0 }),
      start("1002", atBoth),
    ]);
    await Promise.all([servers.first.seen(/bound 1001 by tcp/), registered(caller)]);
    // ACC-12: concurrent registration.
    await Promise.all([servers.first.seen(/bound 1002/), servers.second.seen(/bound 1002/)]);
    expect(servers.dns.questions).toContain(`SRV _sip._tcp.${domain}`);
    expect(servers.second.count(/bound 1001/)).toBe(0);
    await talk(caller, callee, "1002");
    expect(servers.first.count(/seen INVITE 1002 from 1001 by tcp/)).toBeGreaterThan(0);

    await servers.first.kill();
    const before = await packets(caller);
    await pause(1500);
    expect((await packets(caller)) - before).toBeGreaterThan(50);
    await Promise.all([caller.endCalls(), callee.endCalls()]);

    expect(await talk(caller, callee, "1002")).toBeLessThan(2000);
    expect(servers.second.count(/seen INVITE 1002 from 1001 by tcp/)).toBeGreaterThan(0);
    await Promise.all([caller.endCalls(), callee.endCalls()]);
    // Calls shall come in too: the registration has followed.
    await servers.second.seen(/bound 1001 by tcp/);
    const told = await caller.seen("told", (s) => s.screen.lines.join().includes("does not answer, using"));
    expect(told.screen.lines.join(" ")).toContain(first);

    await servers.first.restart();
    await caller.dial("1002");
    await servers.first.seen(/seen INVITE 1002 from 1001 by tcp/);
    await caller.seen("told no more", (s) => !s.screen.lines.join().includes("using"), 15_000);
  });

  it("ACC-04, NET-03: UDP and NAPTR by the configured name server: servers that hang in the middle of registering and of dialling cost the configured time", async () => {
    // Retransmissions after 0.5 and 1 s, given up after 1.5 s.
    const more = {
      "sip_server.1.transport_type": 3,
      "sip_server.1.retry_counts": 1,
      "sip_server.1.failback_mode": 0,
    };
    servers.first.pause();
    const callee = start("1002", { ...atBoth, "sip_server.1.retry_counts": 1 });
    const caller = await start("1001", more);
    await servers.second.seen(/bound 1001 by udp/, 8000);
    expect(servers.dns.questions).toContain(`NAPTR ${domain}`);
    expect(servers.dns.questions).toContain(`SRV _sip._udp.${domain}`);
    await registered(caller);
    await servers.second.seen(/bound 1002/);
    const waitedMs = await talk(caller, await callee, "1002");
    expect(waitedMs).toBeGreaterThan(1300);
    expect(waitedMs).toBeLessThan(3500);
    await caller.endCalls();
    // NET-36: DNS dies too, and its records last for 3 s: calls still go.
    await servers.dns.kill();
    await pause(3500);
    await (await callee).endCalls();
    await talk(caller, await callee, "1002");
    await servers.first.kill();
  });

  it("NET-37: records known in advance are not asked for", async () => {
    const phone = await PhoneProcess.start({
      address: addresses["1003"],
      panelPort: 7453,
      config: {
        ...account(domain, "1003", users["1003"], { "sip_server.1.transport_type": 3 }),
        ...servers.names,
        "dns_cache_srv.1.name": `_sip._udp.${domain}`,
        "dns_cache_srv.1.port": 5060,
        "dns_cache_srv.1.target": `sip2.${domain}`,
        "dns_cache_a.1.name": `sip2.${domain}`,
        "dns_cache_a.1.ip": second,
      },
    });
    phones.push(phone);
    await servers.second.seen(/bound 1003/);
    expect(servers.dns.questions.filter((question) => question.includes(domain))).toEqual([]);
  });

  it("ACC-11: fail-back by lifetime (1), by registration (2) and by duration (3)", async () => {
    const more = (mode: number) => ({
      "sip_server.1.transport_type": 1,
      "sip_server.1.port": 0,
      "sip_server.1.expires": 30,
      "sip_server.1.failback_mode": mode,
      "sip_server.1.failback_timeout": 60,
    });
    await Promise.all([start("1001", more(1)), start("1002", more(2)), start("1003", more(3))]);
    const all = Object.keys(users);
    await Promise.all(all.map((user) => servers.first.seen(new RegExp(`bound ${user}`))));
    await servers.first.kill();
    // The broken connection says it at once (RFC 5626 §4.5), spread over 2 s.
    await Promise.all(all.map((user) => servers.second.seen(new RegExp(`bound ${user}`), 8000)));
    const movedMs = performance.now();
    await servers.first.restart();
    await servers.first.seen(/bound 1001/, 8000);
    expect(servers.first.count(/bound 1003/)).toBe(0);
    await servers.first.seen(/bound 1002/, 20_000);
    expect(performance.now() - movedMs).toBeGreaterThan(8000);
    await servers.first.seen(/bound 1003/, 65_000);
    expect(performance.now() - movedMs).toBeGreaterThan(55_000);
  }, 120_000);
});
