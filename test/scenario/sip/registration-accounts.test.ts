/** A whole phone with two servers: what a person is told, what REGISTER says, whom others hear of it; feature rows ACC-02, ACC-05, ACC-10, ACC-11, ACC-12, ACC-37. */
import { expect, test } from "vitest";
import type { SipRequest } from "../../../src/sip/message.ts";
import { account, PhoneRig } from "../phone/rig.ts";
import type { Peer } from "./rig.ts";

const [one, two] = ["10.0.0.8", "10.0.0.9"];

async function start(more: Readonly<Record<string, string | number>> = {}) {
  const rig = new PhoneRig();
  const servers = { one: await rig.peer(one), two: await rig.peer(two) };
  for (const peer of Object.values(servers)) peer.onRequest = (request) => serve(peer, request);
  const settings = {
    ...account("101"),
    "account.1.sip_server.1.address": one,
    "account.1.sip_server.1.retry_counts": 1,
    "account.1.sip_server.2.address": two,
    "account.1.label": "Desk",
    // Its datagrams without content are no message that a peer could read.
    "account.1.nat.udp_update_enable": 0,
    ...more,
  };
  const desk = await rig.desk("10.0.0.1", settings);
  const events: string[] = [];
  desk.phone.onRegistration.on(({ account, type, why }) => events.push(`${account} ${type} ${why}`.trim()));
  return { rig, desk, events, ...servers };
}

function serve(peer: Peer, request: SipRequest): void {
  if (request.method === "REGISTER")
    peer.respond(request, 200, {
      headers: [["Contact", `${request.header("Contact")};expires=${request.expires}`]],
      tag: "",
    });
  if (request.method === "INVITE") peer.respond(request, 486);
}

test("ACC-12: by default both servers get a registration, each with its own name", async () => {
  const { one: first, two: second, desk } = await start();
  expect([first.last("REGISTER").uri, second.last("REGISTER").uri]).toEqual([`sip:${one}`, `sip:${two}`]);
  expect(second.last("REGISTER").from.uri).toBe(`sip:101@${two}`);
  expect([desk.account, desk.phone.view.notices]).toEqual(["registered", []]);
});

test("ACC-11: the LCD says which server does not answer and which serves, until the first is back", async () => {
  const { rig, two: second, desk } = await start({ "account.1.fallback.redundancy_type": 1 });
  expect(second.count("REGISTER")).toBe(0);
  rig.network.silence(one);
  desk.phone.dial("600");
  await rig.run(2000);
  expect(second.last("INVITE").uri).toBe(`sip:600@${two}`);
  await rig.run(2000);
  expect([desk.account, second.count("REGISTER")]).toEqual(["registered", 1]);
  expect(desk.phone.view.notices).toEqual([`Desk: ${one} does not answer, using ${two}`]);
  rig.network.silence(one, false);
  await rig.run(125_000);
  expect(desk.phone.view.notices).toEqual([]);
});

test("ACC-11: with both gone the LCD names both, for the account and for the call", async () => {
  const { rig, desk } = await start({ "account.1.fallback.redundancy_type": 1 });
  for (const address of [one, two]) rig.network.silence(address);
  desk.phone.dial("600");
  await rig.run(34_500);
  expect(desk.calls).toEqual([`*out ended failed ${one} and ${two} do not answer`]);
  await rig.run(3_600_000);
  expect(desk.account).toBe(`failed: ${one} and ${two} do not answer`);
});

test("ACC-37: registrations that come and go are told", async () => {
  const { rig, desk, events } = await start({
    "account.1.fallback.redundancy_type": 1,
    "account.1.sip_server.2.address": "",
  });
  rig.network.silence(one);
  await rig.run(3_600_000);
  expect(events).toEqual(["1 unregistered", `1 register_failed ${one} does not answer`]);
  rig.network.silence(one, false);
  await rig.run(1_900_000);
  expect(events.slice(-1)).toEqual(["1 registered"]);
  expect(desk.errors).toEqual([]);
});

test("ACC-10: the number of the line is in REGISTER unless switched off", async () => {
  const { one: first } = await start();
  expect(first.last("REGISTER").header("Line")).toBe("1");
  const off = await start({ "account.1.register_line": 0 });
  expect(off.one.last("REGISTER").header("Line")).toBeUndefined();
});

test("ACC-05: both outbound proxies are known; the server's name stays in the requests", async () => {
  const {
    rig,
    two: second,
    desk,
  } = await start({
    "account.1.sip_server.1.address": "pbx.example",
    "account.1.sip_server.2.address": "",
    "account.1.outbound_proxy_enable": 1,
    "account.1.outbound_proxy.1.address": one,
    "account.1.outbound_proxy.2.address": two,
  });
  rig.network.silence(one);
  desk.phone.dial("600");
  await rig.run(2000);
  expect(second.last("INVITE").uri).toBe("sip:600@pbx.example");
  expect(second.last("INVITE").values("Route")).toEqual([`<sip:${two}:5060;lr>`]);
});

test("ACC-02: a second server that is the first again is asked once", async () => {
  const { one: first } = await start({ "account.1.sip_server.2.address": one });
  expect(first.count("REGISTER")).toBe(1);
});
