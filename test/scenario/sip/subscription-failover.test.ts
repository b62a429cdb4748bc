/** Subscriptions of an account with two servers: they follow the one that serves (feature rows ACC-05, ACC-11; U-01). */
import { expect, test } from "vitest";
import { SipRequest } from "../../../src/sip/message.ts";
import { one, own, start, two } from "./failover-kit.ts";
import type { Peer } from "./rig.ts";

/** A server that takes SUBSCRIBE and notifies at once. */
function watched(peer: Peer): void {
  const before = peer.onRequest;
  let cseq = 1;
  peer.onRequest = (request) => {
    before?.(request);
    if (request.method !== "SUBSCRIBE") return;
    peer.respond(request, 200, { tag: "server", headers: [["Expires", "3600"]] });
    tell(peer, request, cseq++);
  };
}

function tell(peer: Peer, to: SipRequest, cseq: number): void {
  const request = new SipRequest("NOTIFY", to.contacts[0]?.uri ?? "");
  request
    .addHeader("Via", `SIP/2.0/UDP ${peer.address}:5060;branch=z9hG4bK-n-${cseq}-${to.callId}`)
    .addHeader("Max-Forwards", "70")
    .addHeader("From", `<sip:alice@${peer.address}>;tag=server`)
    .addHeader("To", to.header("From") ?? "")
    .addHeader("Call-ID", to.callId)
    .addHeader("CSeq", `${cseq} NOTIFY`)
    .addHeader("Contact", `<sip:server@${peer.address}>`)
    .addHeader("Event", "dialog")
    .addHeader("Subscription-State", "active;expires=3600");
  peer.send(request, { address: own, port: 5060 });
}

const watch = { event: "dialog", accept: ["application/dialog-info+xml"], expiresSeconds: 3600 };

test("ACC-11: a subscription moves to the server that serves, once, and the one left behind changes nothing (U-01)", async () => {
  const { rig, one: first, two: second, alice, register, call, problems } = await start({ mode: "duration" });
  for (const peer of [first, second]) watched(peer);
  await register();
  const subscription = alice.userAgent.subscribe({ identity: alice.identity, uri: `sip:600@${one}`, ...watch });
  const notified: string[] = [];
  subscription.onNotify.on((request) => notified.push(request.contacts[0]?.uri ?? ""));
  await rig.run(100);
  expect([first.count("SUBSCRIBE"), second.count("SUBSCRIBE")]).toEqual([1, 0]);
  rig.network.silence(one);
  expect(await call()).toBe("two");
  await rig.run(1000);
  expect([subscription.state.name, second.count("SUBSCRIBE")]).toEqual(["active", 1]);
  expect(second.last("SUBSCRIBE").callId).not.toBe(first.last("SUBSCRIBE").callId);
  rig.network.silence(one, false);
  // The server that was left still knows the old one: it is told that there is none.
  tell(first, first.last("SUBSCRIBE"), 9);
  await rig.run(100);
  expect(first.responses.at(-1)?.status).toBe(481);
  expect(notified).toEqual([`sip:server@${one}`, `sip:server@${two}`]);
  expect(problems).toEqual([]);
});

test("ACC-11: a SUBSCRIBE that found the other server itself is not sent again", async () => {
  const { rig, one: first, two: second, alice } = await start({ mode: "duration" });
  for (const peer of [first, second]) watched(peer);
  rig.network.silence(one);
  const subscription = alice.userAgent.subscribe({ identity: alice.identity, uri: `sip:600@${one}`, ...watch });
  await rig.run(10_000);
  expect([subscription.state.name, second.count("SUBSCRIBE")]).toEqual(["active", 1]);
});

test("ACC-05: a refresh passes the outbound proxy where requests inside dialogs shall", async () => {
  for (const proxyInDialog of [true, false]) {
    const proxies = [{ uri: `sip:${two};lr`, location: { transport: "udp", port: 5060 } as const }];
    const { rig, one: first, two: second, alice } = await start({ proxies, proxyInDialog });
    for (const peer of [first, second]) watched(peer);
    const subscription = alice.userAgent.subscribe({ identity: alice.identity, uri: `sip:600@${one}`, ...watch });
    await rig.run(100);
    // The peer at the proxy's address named another host as its Contact: only the route leads back to it.
    subscription.refresh();
    await rig.run(100);
    expect(second.last("SUBSCRIBE").values("Route")).toEqual(proxyInDialog ? [`<sip:${two};lr>`] : []);
  }
});
