/** Subscriptions of either side, orders out of the blue, publications and messages (RFC 6665, RFC 3842, RFC 3903, RFC 3428). */
import { expect, test } from "vitest";
import { checkSyncOf } from "../../../src/sip/check-sync.ts";
import { SipRequest } from "../../../src/sip/message.ts";
import { messageSummaryOf, messageSummaryType } from "../../../src/sip/message-summary.ts";
import type { NotifierSubscription } from "../../../src/sip/notifier.ts";
import type { Subscription, SubscriptionOptions } from "../../../src/sip/subscription.ts";
import { type Peer, type Phone, Rig } from "./rig.ts";

const a = "10.0.0.1";
const b = "10.0.0.2";
const p = "10.0.0.9";
const mailbox = "Messages-Waiting: yes\r\nMessage-Account: sip:vm@10.0.0.9\r\nVoice-Message: 2/8 (0/2)\r\n";

async function start(seed = 1) {
  const rig = new Rig(seed);
  return { rig, peer: await rig.peer(p), alice: await rig.phone(a, "alice") };
}

function subscribe(alice: Phone, options: Partial<SubscriptionOptions> = {}): Subscription {
  return alice.userAgent.subscribe({
    identity: alice.identity,
    uri: `sip:alice@${p}`,
    event: "message-summary",
    accept: [messageSummaryType],
    expiresSeconds: 3600,
    ...options,
  });
}

/** NOTIFY in the dialog of a SUBSCRIBE. */
function notify(
  peer: Peer,
  to: SipRequest,
  cseq: number,
  state: string,
  options: { tag?: string; body?: string; event?: string } = {},
): void {
  const request = new SipRequest("NOTIFY", to.contacts[0]?.uri ?? "");
  request
    .addHeader(
      "Via",
      `SIP/2.0/UDP ${p}:5060;branch=z9hG4bK-n-${cseq}-${options.tag ?? ""}-${to.cseq.number}-${to.callId}`,
    )
    .addHeader("Max-Forwards", "70")
    .addHeader("From", `<sip:alice@${p}>;tag=${options.tag ?? "server"}`)
    .addHeader("To", to.header("From") ?? "")
    .addHeader("Call-ID", to.callId)
    .addHeader("CSeq", `${cseq} NOTIFY`)
    .addHeader("Contact", `<sip:server@${p}>`)
    .addHeader("Event", options.event ?? "message-summary");
  if (state !== "") request.addHeader("Subscription-State", state);
  if (options.body !== undefined) request.setBody(messageSummaryType, options.body);
  peer.send(request, { address: a, port: 5060 });
}

/** Answers every SUBSCRIBE with 200 and a NOTIFY. */
function serve(peer: Peer, seconds: number): void {
  let cseq = 1;
  peer.onRequest = (request) => {
    if (request.method !== "SUBSCRIBE") return;
    const granted = Math.min(seconds, request.expires ?? seconds);
    peer.respond(request, 200, { tag: "server", headers: [["Expires", String(granted)]] });
    notify(peer, request, cseq++, granted === 0 ? "terminated;reason=timeout" : `active;expires=${granted}`, {
      body: mailbox,
    });
  };
}

test("CAL-69: subscribes to its mailbox, refreshes in the same dialog before the end, and takes leave", async () => {
  const { rig, peer, alice } = await start();
  serve(peer, 600);
  const subscription = subscribe(alice);
  const counts: unknown[] = [];
  subscription.onNotify.on((request) => counts.push(messageSummaryOf(request)?.counts.get("voice-message")));
  await rig.run(20);
  const first = peer.last("SUBSCRIBE");
  expect(first.header("Event")).toBe("message-summary");
  expect(first.header("Accept")).toBe(messageSummaryType);
  expect(first.header("Expires")).toBe("3600");
  expect(first.header("Contact")).toBe(`<sip:alice@${a}:5060>`);
  expect(subscription.state).toMatchObject({ name: "active", failures: 0 });
  await rig.run(500_000);
  expect(peer.count("SUBSCRIBE")).toBe(1);
  await rig.run(60_000);
  const second = peer.last("SUBSCRIBE");
  expect([second.callId, second.to.tag, second.cseq.number]).toEqual([first.callId, "server", 2]);
  expect(second.uri).toBe(`sip:server@${p}`);
  subscription.stop();
  await rig.run(20);
  expect(peer.last("SUBSCRIBE").header("Expires")).toBe("0");
  expect(counts).toHaveLength(3);
  expect(counts[0]).toEqual({ new: 2, old: 8, newUrgent: 0, oldUrgent: 2 });
  expect(peer.responses.map((r) => r.status)).toEqual([200, 200, 200]);
  await rig.run(100_000);
  expect(alice.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
});

test("ACC-33: refreshes come at random times where it is wished", async () => {
  const times = new Set<number>();
  for (const seed of [1, 2, 3, 4]) {
    const { rig, peer, alice } = await start(seed);
    serve(peer, 600);
    subscribe(alice, { randomRefresh: true });
    await rig.run(299_000);
    expect(peer.count("SUBSCRIBE")).toBe(1);
    let seconds = 299;
    for (; peer.count("SUBSCRIBE") === 1; seconds++) await rig.run(1000);
    expect(seconds).toBeLessThan(600);
    times.add(seconds);
  }
  expect(times.size).toBeGreaterThan(2);
});

test("RFC 6665 §4.1.2: 423, 481, 489, Retry-After, silence: what follows each", async () => {
  const { rig, peer, alice } = await start();
  const brief = subscribe(alice, { expiresSeconds: 60 });
  await rig.run(10);
  peer.respond(peer.last("SUBSCRIBE"), 423, { headers: [["Min-Expires", "300"]] });
  await rig.run(10);
  expect(peer.last("SUBSCRIBE").header("Expires")).toBe("300");
  peer.respond(peer.last("SUBSCRIBE"), 200, { headers: [["Expires", "300"]] });
  notify(peer, peer.last("SUBSCRIBE"), 1, "active;expires=300");
  await rig.run(10);
  const old = peer.last("SUBSCRIBE");
  brief.refresh();
  await rig.run(10);
  peer.respond(peer.last("SUBSCRIBE"), 481);
  await rig.run(10);
  expect(peer.last("SUBSCRIBE").callId).not.toBe(old.callId);
  expect(peer.last("SUBSCRIBE").to.tag).toBeUndefined();
  peer.respond(peer.last("SUBSCRIBE"), 489);
  await rig.run(10);
  expect(brief.state).toEqual({ name: "ended", reason: "489 Bad Event", status: 489 });

  const busy = subscribe(alice);
  await rig.run(10);
  peer.respond(peer.last("SUBSCRIBE"), 503, { headers: [["Retry-After", "120"]] });
  await rig.run(119_000);
  expect(busy.state).toMatchObject({ name: "waiting", attempt: 1 });
  await rig.run(2000);
  expect(busy.state).toMatchObject({ name: "subscribing", attempt: 2 });
  peer.respond(peer.last("SUBSCRIBE"), 200, { headers: [["Expires", "300"]] });
  // Timer N: no NOTIFY within 64*T1 is no subscription.
  await rig.run(33_000);
  expect(busy.state).toMatchObject({ name: "waiting", reason: "no NOTIFY came" });
});

test("RFC 6665 §4.1.3: the notifier ends it: what each reason leads to", async () => {
  const cases: [string, string, number][] = [
    ["deactivated", "subscribing", 2],
    ["timeout", "subscribing", 2],
    ["probation;retry-after=5", "waiting", 1],
    ["giveup", "waiting", 1],
    ["rejected", "ended", 1],
    ["noresource", "ended", 1],
    ["invariant", "ended", 1],
    ["whatever", "waiting", 1],
  ];
  for (const [reason, name, sent] of cases) {
    const { rig, peer, alice } = await start();
    const subscription = subscribe(alice);
    await rig.run(10);
    peer.respond(peer.last("SUBSCRIBE"), 200, { headers: [["Expires", "300"]] });
    notify(peer, peer.last("SUBSCRIBE"), 1, "pending");
    await rig.run(10);
    expect(subscription.state.name).toBe("pending");
    notify(peer, peer.last("SUBSCRIBE"), 2, `terminated;reason=${reason}`);
    await rig.run(10);
    expect([reason, subscription.state.name, peer.count("SUBSCRIBE")]).toEqual([reason, name, sent]);
    await rig.run(6000);
    if (reason.startsWith("probation")) expect(subscription.state.name).toBe("subscribing");
  }
});

test("RFC 6665 §4.1.3, §4.4.1: NOTIFY before the 200, from another fork, of another event, without a state", async () => {
  const { rig, peer, alice } = await start();
  const subscription = subscribe(alice);
  await rig.run(10);
  const request = peer.last("SUBSCRIBE");
  const statuses = async (...args: [number, string, Parameters<typeof notify>[4]?]) => {
    notify(peer, request, ...args);
    await rig.run(10);
    return peer.responses.at(-1)?.status;
  };
  expect(await statuses(1, "active;expires=300", { event: "dialog" })).toBe(489);
  expect(await statuses(2, "")).toBe(400);
  expect(await statuses(3, "active;expires=300")).toBe(200);
  expect(subscription.state.name).toBe("active");
  peer.respond(request, 200, { tag: "server", headers: [["Expires", "300"]] });
  expect(await statuses(4, "active;expires=300", { tag: "other" })).toBe(481);
  expect(await statuses(0, "active;expires=300")).toBe(500);
  expect(subscription.state.name).toBe("active");
});

test("RFC 6665 §4.2: the phone as notifier: grants, tells, ends; too short a wish gets 423", async () => {
  const rig = new Rig(1);
  const [alice, bob] = [await rig.phone(a, "alice"), await rig.phone(b, "bob", { allow: ["SUBSCRIBE"] })];
  const asked: NotifierSubscription[] = [];
  bob.userAgent.onSubscribe.on((subscription) => {
    if (subscription.event.name !== "presence") return;
    asked.push(subscription);
    subscription.accept({ contentType: "text/plain", body: "idle" }, { leastSeconds: 120 });
  });
  const options = { uri: `sip:bob@${b}`, event: "presence", accept: ["text/plain"] };
  const other = subscribe(alice, { ...options, event: "dialog" });
  const brief = subscribe(alice, { ...options, expiresSeconds: 60 });
  const seen: string[] = [];
  brief.onNotify.on((request) =>
    seen.push(`${request.header("Subscription-State")?.split(";")[0]} ${request.bodyText}`),
  );
  await rig.run(100);
  expect(other.state).toMatchObject({ name: "ended", status: 489 });
  expect(brief.state.name).toBe("active");
  expect(rig.wire().filter((l) => l.includes("423"))).toHaveLength(1);
  const granted = asked.at(-1);
  granted?.notify({ contentType: "text/plain", body: "busy" });
  await rig.run(100);
  await rig.run(300_000);
  expect(brief.state.name).toBe("active");
  granted?.terminate("noresource");
  await rig.run(100);
  expect(seen.slice(0, 2)).toEqual(["active idle", "active busy"]);
  expect(seen.at(-1)).toBe("terminated busy");
  expect(brief.state).toMatchObject({ name: "ended", reason: "noresource" });
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  await rig.run(100_000);
  expect(bob.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
});

test("PRV-20, CAL-69: orders and mailbox news without a subscription reach their listener", async () => {
  const { rig, peer, alice } = await start();
  const seen: unknown[] = [];
  alice.userAgent.onRequest.on((incoming) => {
    const sync = checkSyncOf(incoming.request);
    const news = messageSummaryOf(incoming.request);
    if (sync === undefined && news === undefined) return;
    seen.push(sync ?? news?.waiting);
    incoming.respond(200);
  });
  for (const event of ["check-sync;reboot=false", "check-sync;reboot=true", "check-sync", "other"]) {
    peer.request("NOTIFY", a, { headers: [["Event", event]], callId: event, branch: `z9hG4bK${seen.length}x` });
    await rig.run(10);
  }
  expect(seen).toEqual([{ reboot: false }, { reboot: true }, { reboot: undefined }]);
  expect(peer.responses.map((r) => r.status)).toEqual([200, 200, 200, 481]);
  const mail = peer.request("NOTIFY", "10.0.0.7", {
    headers: [["Event", "message-summary"]],
    callId: "mwi",
    branch: "z9hG4bKmwi",
  });
  mail.setBody(messageSummaryType, "Messages-Waiting: no\r\n");
  peer.send(mail, { address: a, port: 5060 });
  await rig.run(10);
  expect(seen.at(-1)).toBe(false);
});

test("RFC 3903 §4: publishes, refreshes by entity tag, begins anew when it is forgotten, removes", async () => {
  const { rig, peer, alice } = await start();
  const publication = alice.userAgent.publication({
    identity: alice.identity,
    uri: `sip:alice@${p}`,
    event: "presence",
    expiresSeconds: 600,
  });
  publication.publish({ contentType: "application/pidf+xml", body: "<presence/>" });
  await rig.run(10);
  const answer = (status: number, tag: string, seconds = 600) =>
    peer.respond(peer.last("PUBLISH"), status, {
      headers: [
        ["SIP-ETag", tag],
        ["Expires", String(seconds)],
      ],
    });
  const shown = () => {
    const { body, cseq } = peer.last("PUBLISH");
    return [cseq.number, peer.last("PUBLISH").header("SIP-If-Match"), body.length > 0];
  };
  expect(shown()).toEqual([1, undefined, true]);
  answer(200, "one");
  await rig.run(560_000);
  expect(shown()).toEqual([2, "one", false]);
  answer(412, "");
  await rig.run(10);
  expect(shown()).toEqual([3, undefined, true]);
  answer(200, "two");
  await rig.run(10);
  publication.publish({ contentType: "application/pidf+xml", body: "<presence>x</presence>" });
  publication.publish({ contentType: "application/pidf+xml", body: "<presence>y</presence>" });
  await rig.run(10);
  expect(shown()).toEqual([4, "two", true]);
  answer(200, "three");
  await rig.run(10);
  expect(shown()).toEqual([5, "three", true]);
  answer(423, "");
  await rig.run(10);
  expect(publication.state).toMatchObject({ name: "failed", status: 423 });
  await rig.run(40_000);
  answer(200, "four");
  await rig.run(10);
  publication.stop();
  await rig.run(10);
  expect(shown()).toEqual([7, "four", false]);
  expect(peer.last("PUBLISH").header("Expires")).toBe("0");
});

test("CAL-70: a text message is sent out of any dialog, and taken", async () => {
  const rig = new Rig(1);
  const [alice, bob] = [await rig.phone(a, "alice"), await rig.phone(b, "bob", { allow: ["MESSAGE"] })];
  const got: string[] = [];
  bob.userAgent.onRequest.on((incoming) => {
    if (incoming.request.method !== "MESSAGE") return;
    got.push(incoming.request.bodyText);
    incoming.respond(200);
  });
  const sent = alice.userAgent.request({
    identity: alice.identity,
    method: "MESSAGE",
    uri: `sip:bob@${b}`,
    contentType: "text/plain",
    body: "Lunch?",
  });
  await rig.run(50);
  expect(await sent).toMatchObject({ response: { status: 200 } });
  expect(got).toEqual(["Lunch?"]);
});

test("RFC 3515 §2.4.4: a REFER outside of any call is reported about in its own dialog", async () => {
  const { rig, peer, alice } = await start();
  const media: string[] = [];
  peer.onRequest = (request) => peer.respond(request, 200);
  alice.userAgent.onRefer.on((referral) => {
    media.push(referral.target.uri);
    referral.accept();
    referral.report(200);
  });
  const headers: [string, string][] = [
    ["Refer-To", "<sip:carol@10.0.0.3>"],
    ["Contact", `<sip:peer@${p}>`],
  ];
  peer.request("REFER", a, { headers });
  await rig.run(50);
  expect(media).toEqual(["sip:carol@10.0.0.3"]);
  expect(peer.responses.map((r) => r.status)).toEqual([202]);
  const tag = peer.responses[0]?.to.tag;
  expect(
    peer.requests.map((r) => [r.method, r.from.tag, r.to.tag, r.header("Subscription-State")?.split(";")[0]]),
  ).toEqual([
    ["NOTIFY", tag, "from-peer", "active"],
    ["NOTIFY", tag, "from-peer", "terminated"],
  ]);
});

test("RFC 6665: closing the user agent ends subscriptions with it", async () => {
  const { rig, peer, alice } = await start();
  serve(peer, 600);
  subscribe(alice);
  await rig.run(20);
  const closed = alice.userAgent.close();
  await rig.run(200);
  await closed;
  expect(peer.last("SUBSCRIBE").header("Expires")).toBe("0");
  await rig.run(100_000);
  expect(alice.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
});
