/** How an account's messages look and when they go, as its server sees them. */
import { describe, expect, it } from "vitest";
import { parseMessage } from "../../../src/sip/parse.ts";
import { type Peer, sdp } from "../sip/rig.ts";
import { account, type Desk, PhoneRig, serverAddress } from "./rig.ts";
import { atSocket, deskAddress } from "./socket-server.ts";

/** Header names of everything that the phone sent with that first word. */
function namesOnTheWire(rig: PhoneRig, start: string): string[][] {
  return rig.network.transits
    .filter((t) => t.from.address === deskAddress && Buffer.from(t.bytes).toString().startsWith(start))
    .map((t) => (Buffer.from(t.bytes).toString().split("\r\n\r\n")[0] ?? "").split("\r\n").slice(1))
    .map((lines) => lines.map((line) => line.split(":")[0] ?? ""));
}

/** When what the phone sent with that first word went, ms after the first. */
function gaps(rig: PhoneRig, start: string): number[] {
  const times = rig.network.transits
    .filter((t) => t.from.address === deskAddress && Buffer.from(t.bytes).toString().startsWith(start))
    .map((t) => t.atMs);
  return times.map((t) => t - (times[0] ?? 0));
}

const long = ["Via", "From", "To", "Call-ID", "Contact", "Content-Type", "Content-Length", "Supported"];
const short = ["v", "f", "t", "i", "m", "c", "l", "k"];

async function callThatTalks(rig: PhoneRig, server: Peer, desk: Desk): Promise<void> {
  desk.phone.dial("600");
  await rig.run(50);
  server.respond(server.last("INVITE"), 200, { sdp: sdp(serverAddress) });
  await rig.run(50);
  expect(desk.calls).toEqual(["*out talking"]);
}

describe("an account's manner", () => {
  it.each([
    [0, false],
    [1, true],
    [2, true],
  ])(
    "NET-28: with account.X.nat.rport = %i, whether Via asks for the port that the server sees: %s",
    async (rport, asks) => {
      const { rig, server, desk } = await atSocket({ "account.1.nat.rport": rport });
      await callThatTalks(rig, server, desk);
      desk.phone.hangUp();
      await rig.run(50);
      for (const method of ["REGISTER", "INVITE", "ACK", "BYE"])
        expect([method, /;rport\b/.test(server.last(method).header("Via") ?? "")]).toEqual([method, asks]);
    },
  );

  it("ACC-19: header names have one letter where the account says so, in requests, ACK, CANCEL and answers", async () => {
    const { rig, server, desk } = await atSocket({ "account.1.compact_header_enable": 1 });
    await callThatTalks(rig, server, desk);
    desk.phone.hangUp();
    await rig.run(50);
    server.respond(server.last("BYE"), 200);
    desk.phone.dial("601");
    await rig.run(50);
    server.respond(server.last("INVITE"), 180, { tag: "ringing" });
    await rig.run(50);
    desk.phone.hangUp();
    await rig.run(50);
    server.request("INVITE", deskAddress, { sdp: sdp(serverAddress), callId: "in" });
    await rig.run(50);
    desk.phone.answer();
    await rig.run(50);
    for (const start of ["REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "SIP/2.0 180", "SIP/2.0 200"]) {
      const all = namesOnTheWire(rig, start);
      expect([start, all.length > 0]).toEqual([start, true]);
      for (const names of all) expect(names.filter((name) => long.includes(name))).toEqual([]);
      expect(all[0]).toEqual(expect.arrayContaining(["v", "f", "t", "i", "l"]));
    }
    expect(namesOnTheWire(rig, "INVITE")[0]).toEqual(expect.arrayContaining(short));
  });

  it("ACC-19: header names are long unless told, and follow a change at once", async () => {
    const { rig, server, desk } = await atSocket();
    expect(namesOnTheWire(rig, "REGISTER")[0]).toEqual(expect.arrayContaining(["Via", "From", "Call-ID", "Contact"]));
    desk.provision({ "account.1.compact_header_enable": 1 });
    await rig.run(200);
    expect(desk.account).toBe("registered");
    expect(namesOnTheWire(rig, "REGISTER").at(-1)).toEqual(expect.arrayContaining(["v", "f", "i", "m"]));
    expect(server.last("REGISTER").expires).toBe(3600);
  });

  it("ACC-16: Proxy-Require stands in every request that may have it, and in no ACK or CANCEL", async () => {
    const option = "com.nortelnetworks.firewall";
    const { rig, server, desk } = await atSocket({ "account.1.proxy_require": option });
    await callThatTalks(rig, server, desk);
    desk.phone.hold();
    await rig.run(50);
    desk.phone.hangUp();
    await rig.run(50);
    desk.phone.dial("601");
    await rig.run(50);
    server.respond(server.last("INVITE"), 180, { tag: "ringing" });
    await rig.run(50);
    desk.phone.hangUp();
    await rig.run(50);
    for (const method of ["REGISTER", "INVITE", "BYE"])
      expect([method, server.last(method).headers("Proxy-Require")]).toEqual([method, [option]]);
    for (const method of ["ACK", "CANCEL"]) expect(server.last(method).header("Proxy-Require")).toBeUndefined();
  });

  it("ACC-16: no Proxy-Require where none is configured", async () => {
    const { server } = await atSocket();
    expect(server.last("REGISTER").header("Proxy-Require")).toBeUndefined();
  });

  it("ACC-22: an account's own T1 and T2 space its retransmissions; T2 of the phone where it has none", async () => {
    const { rig, desk } = await atSocket({
      "account.1.advanced.timer_t1": 1,
      "account.1.sip_server.1.retry_counts": 20,
      "account.1.nat.udp_update_enable": 0,
    });
    desk.phone.dial("600");
    await rig.run(70_000);
    // Timer A doubles from T1 on (RFC 3261 §17.1.1.2); timer B ends it after 64 T1.
    expect(gaps(rig, "INVITE")).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 63_000]);
  });

  it("ACC-22: T1 and T2 space the copies of a 200 that nobody acknowledges", async () => {
    const { rig, server, desk } = await atSocket({
      "account.1.advanced.timer_t1": 1,
      "account.1.advanced.timer_t2": 2,
    });
    server.request("INVITE", deskAddress, { sdp: sdp(serverAddress), callId: "in" });
    await rig.run(50);
    desk.phone.answer();
    await rig.run(10_000);
    const copies = rig.network.transits
      .filter((t) => t.from.address === deskAddress)
      .map((t) => ({ at: t.atMs, parsed: parseMessage(t.bytes) }))
      .flatMap(({ at, parsed }) => (parsed.ok && parsed.message.callId === "in" ? [{ at, m: parsed.message }] : []))
      .filter(({ m }) => m.startLine.startsWith("SIP/2.0 200"));
    const first = copies[0]?.at ?? 0;
    expect(copies.slice(0, 4).map((c) => c.at - first)).toEqual([0, 1000, 3000, 5000]);
  });

  it("ACC-22: an account without timers of its own has the phone's", async () => {
    const { rig, desk } = await atSocket({ "account.1.sip_server.1.retry_counts": 20 });
    desk.phone.dial("600");
    await rig.run(4000);
    expect(gaps(rig, "INVITE")).toEqual([0, 500, 1500, 3500]);
  });
});

describe("accounts without a name", () => {
  it("ACC-36: an account without a user name is off and hidden where that is configured, until it has one", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    const nameless = { ...account(""), "phone_setting.disable_account_without_username.enable": 1 };
    const desk = await rig.desk(deskAddress, nameless);
    expect([desk.phone.view.accounts, server.registers]).toEqual([[], []]);
    desk.provision({ "account.1.user_name": "101" });
    await rig.run(200);
    expect([desk.account, server.registers.map((r) => r.user)]).toEqual(["registered", ["101"]]);
    desk.provision({ "account.1.user_name": "%NULL%" });
    await rig.run(200);
    expect(desk.phone.view.accounts).toEqual([]);
    expect(server.registers.at(-1)).toEqual({ user: "101", expires: 0 });
  });

  it("ACC-36: without that it registers as it is, and its line is shown", async () => {
    const rig = new PhoneRig();
    await rig.server();
    const desk = await rig.desk(deskAddress, account(""));
    expect(desk.phone.view.accounts.map((a) => a.id)).toEqual([1]);
    desk.provision({ "phone_setting.disable_account_without_username.enable": 1 });
    await rig.run(200);
    expect(desk.phone.view.accounts).toEqual([]);
  });
});
