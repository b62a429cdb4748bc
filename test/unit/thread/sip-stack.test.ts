/** The SIP stack over this machine's own sockets: its ports, its name, its address. */
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { mannerOf } from "../../../src/phone/accounts-manner.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { parseMessage } from "../../../src/sip/parse.ts";
import type { Identity } from "../../../src/sip/user-agent.ts";
import { phoneAddress } from "../../../src/thread/local-address.ts";
import { openSipStack, sipTimers } from "../../../src/thread/sip-stack.ts";

const phoneHost = "127.41.1.1";
const serverHost = "127.41.1.9";
const mac = "00:15:65:aa:bb:cc";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function configuration(settings: Record<string, string | number>): Configuration {
  const config = new Configuration({ model: modelById("t46g"), onError: () => {} });
  set(config, settings);
  return config;
}

function set(config: Configuration, settings: Record<string, string | number>): void {
  config.set(
    "mac",
    Object.entries(settings).map(([name, value]) => ({ name, value: String(value) })),
  );
}

async function stack(config: Configuration) {
  const folder = mkdtempSync(join(tmpdir(), "offhook-sip-stack-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const opened = await openSipStack(systemClock, silentLog, {
    address: phoneHost,
    name: "Offhook SIP-T46G 1.2.3",
    mac,
    settings: config,
    accounts: 3,
    certificates: { folder, name: "test" },
    timers: sipTimers(config),
    errors: () => {},
  });
  ends.push(() => opened.close());
  return opened;
}

/** Grants what is asked for, and keeps it. */
async function registrar(): Promise<{ port: number; registers: { request: SipRequest; fromPort: number }[] }> {
  const socket: Socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, serverHost, resolve));
  ends.push(() => void socket.close());
  const registers: { request: SipRequest; fromPort: number }[] = [];
  socket.on("message", (bytes, from) => {
    const parsed = parseMessage(bytes);
    if (!parsed.ok || !(parsed.message instanceof SipRequest)) return;
    const request = parsed.message;
    registers.push({ request, fromPort: from.port });
    const response = SipResponse.to(request, 200, "OK", "server");
    response.addHeader("Contact", `${request.header("Contact")};expires=3600`);
    socket.send(response.toBytes(), from.port, from.address);
  });
  return { port: socket.address().port, registers };
}

function identityOf(config: Configuration, account: number, server: { port: number }): Identity {
  return {
    aor: `sip:10${account}@${serverHost}`,
    displayName: "",
    contactUser: `10${account}`,
    route: [],
    target: { transport: "udp", address: serverHost, port: server.port },
    manner: mannerOf(config, account),
  };
}

describe("ports and name of the SIP stack", () => {
  it("NET-24: an account's own port is listened on, and its requests leave by it, Via and Contact name it", async () => {
    const config = configuration({
      "sip.listen_port": 15060,
      "account.1.enable": 1,
      "account.2.enable": 1,
      "account.2.sip_listen_port": 15062,
      "account.3.sip_listen_port": 15063,
    });
    const server = await registrar();
    const sip = await stack(config);
    // Account 3 is off.
    expect(sip.listening).toEqual([15060, 15062].flatMap((p) => [`udp:${phoneHost}:${p}`, `tcp:${phoneHost}:${p}`]));
    for (const [account, port] of [
      [1, 15060],
      [2, 15062],
    ] as const) {
      const registration = sip.userAgent.register({
        identity: identityOf(config, account, server),
        registrar: `sip:${serverHost}`,
        expiresSeconds: 3600,
        retryMs: 1000,
      });
      await expect.poll(() => registration.state.name).toBe("registered");
      const { request, fromPort } = server.registers.at(-1) ?? expect.fail("no REGISTER came");
      const contact = request.contacts[0]?.parsedUri;
      expect([account, fromPort, request.via?.port, contact?.port]).toEqual([account, port, port, port]);
    }
  });

  it("NET-24: a port configured while the phone runs is opened at once, and the next REGISTER leaves by it", async () => {
    const config = configuration({ "sip.listen_port": 15070, "account.1.enable": 1 });
    const server = await registrar();
    const sip = await stack(config);
    set(config, { "account.1.sip_listen_port": 15071 });
    const registration = sip.userAgent.register({
      identity: identityOf(config, 1, server),
      registrar: `sip:${serverHost}`,
      expiresSeconds: 3600,
      retryMs: 1000,
    });
    await expect.poll(() => registration.state.name).toBe("registered");
    expect([server.registers[0]?.fromPort, server.registers[0]?.request.via?.port]).toEqual([15071, 15071]);
  });

  it("NET-24: a port that cannot be had is told by account, and the phone's own serves", async () => {
    const taken = createSocket("udp4");
    await new Promise<void>((resolve) => taken.bind(15081, phoneHost, resolve));
    ends.push(() => void taken.close());
    const config = configuration({
      "sip.listen_port": 15080,
      "sip.listen_mode": 1,
      "account.1.enable": 1,
      "account.1.sip_listen_port": 15081,
    });
    const server = await registrar();
    const sip = await stack(config);
    const told: (string | undefined)[] = [];
    sip.onTrouble((what) => told.push(what));
    expect(told[0]).toContain("account 1:");
    expect(told[0]).toContain("15081");
    const registration = sip.userAgent.register({
      identity: identityOf(config, 1, server),
      registrar: `sip:${serverHost}`,
      expiresSeconds: 3600,
      retryMs: 1000,
    });
    await expect.poll(() => registration.state.name).toBe("registered");
    expect(server.registers[0]?.fromPort).toBe(15080);
  });

  it("ACC-10: User-Agent names the MAC address where that is configured, from the next message on", async () => {
    const config = configuration({ "sip.listen_port": 15090, "account.1.enable": 1 });
    const server = await registrar();
    const sip = await stack(config);
    const registration = sip.userAgent.register({
      identity: identityOf(config, 1, server),
      registrar: `sip:${serverHost}`,
      expiresSeconds: 3600,
      retryMs: 1000,
    });
    await expect.poll(() => registration.state.name).toBe("registered");
    set(config, { "sip.mac_in_ua": 1 });
    registration.refresh();
    await expect.poll(() => server.registers.length).toBe(2);
    expect(server.registers.map(({ request }) => request.header("User-Agent"))).toEqual([
      "Offhook SIP-T46G 1.2.3",
      `Offhook SIP-T46G 1.2.3 ${mac}`,
    ]);
  });

  it("NET-24: sip.listen_in_peer_localip.enable puts the phone at the address that faces its server", async () => {
    const parts = { clock: systemClock, log: silentLog, accounts: 3 };
    const named = { "account.2.enable": 1, "account.2.sip_server.1.address": "pbx.test" };
    const resolverFor = () => ({ addresses: async () => ["127.0.0.1"] });
    const off = configuration(named);
    const on = configuration({ ...named, "sip.listen_in_peer_localip.enable": 1 });
    expect(await phoneAddress({ ...parts, settings: on, resolverFor })).toBe("127.0.0.1");
    const usual = await phoneAddress({ ...parts, settings: off, resolverFor });
    const without = configuration({ "sip.listen_in_peer_localip.enable": 1 });
    expect(await phoneAddress({ ...parts, settings: without, resolverFor })).toBe(usual);
    set(on, { "account.1.enable": 1, "account.1.sip_server.1.address": "127.0.0.1" });
    expect(await phoneAddress({ ...parts, settings: on, resolverFor: () => expect.fail("asked for a name") })).toBe(
      "127.0.0.1",
    );
  });
});
