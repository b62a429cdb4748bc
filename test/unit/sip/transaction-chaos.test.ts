/** Two transaction layers over a bad network: whatever is lost, doubled or overtaken, each transaction ends as RFC 3261 §17 says and sends no more than it may. */
import { describe, expect, test } from "vitest";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { parseMessage } from "../../../src/sip/parse.ts";
import { type Conditions, seededRandom } from "../../fake/network.ts";
import { type Peer, type Sent, World } from "./transaction-peers.ts";

/** How often each may be sent at most: §17.1.1.2 (A), §17.1.2.2 (E), §17.2.1 (G). */
const mostInvites = 7;
const mostOthers = 11;
const mostRefusals = 11;

type Plan = "accept" | "refuse" | "cancel" | "other";

/** A user agent that answers after a while; it repeats its 2xx until the ACK comes, as §13.3.1.4 wants. */
function serve(world: World, peer: Peer, random: () => number): void {
  const acknowledged = new Set<string>();
  peer.transactions.onAck = (ack) => acknowledged.add(ack.callId);
  peer.transactions.onRequest = (transaction) => {
    peer.requests.push(transaction);
    const { request } = transaction;
    const respond = (status: number) => transaction.respond(SipResponse.to(request, status, undefined, "t"));
    if (request.method !== "INVITE") {
      world.clock.after(random() * 6000, () => respond(200));
      return;
    }
    transaction.onCancel = () => respond(487);
    if (random() < 0.8) world.clock.after(random() * 400, () => respond(180));
    const plan = request.header("X-Plan");
    if (plan === "refuse") world.clock.after(random() * 2000, () => respond(486));
    // Who rings does not ring for ever, though no CANCEL came through.
    if (plan === "cancel") world.clock.after(100_000, () => respond(480));
    if (plan !== "accept") return;
    let intervalMs = 500;
    let spentMs = 0;
    const accept = () => {
      if (acknowledged.has(request.callId) || spentMs > 32_000) return;
      respond(200);
      spentMs += intervalMs;
      world.clock.after(intervalMs, accept);
      intervalMs = Math.min(intervalMs * 2, 4000);
    };
    world.clock.after(random() * 2000, accept);
  };
}

function call(
  world: World,
  peer: Peer,
  target: Peer,
  plan: Plan,
  transport: "udp" | "tcp",
  random: () => number,
): Sent {
  const sent = peer.send(plan === "other" ? "OPTIONS" : "INVITE", target.by(transport), (request) =>
    request.addHeader("X-Plan", plan),
  );
  if (plan === "cancel") world.clock.after(random() * 1500, () => sent.cancel());
  // §13.2.2.4: each 2xx gets the ACK again.
  sent.onEach = (response) => {
    if (plan === "other" || response.status < 200 || response.status > 299) return;
    const ack = new SipRequest("ACK", "sip:bob@10.0.0.2")
      .addHeader("Max-Forwards", "70")
      .addHeader("From", sent.request.header("From") ?? "")
      .addHeader("To", response.header("To") ?? "")
      .addHeader("Call-ID", sent.request.callId)
      .addHeader("CSeq", "1 ACK");
    peer.transactions.sendAck(ack, target.by(transport));
  };
  return sent;
}

interface Outcome {
  readonly plan: Plan;
  readonly sent: Sent;
}

async function run(seed: number, conditions: Partial<Conditions>, transport: "udp" | "tcp") {
  console.log(`seed ${seed}`);
  const world = new World(seed, conditions);
  const random = seededRandom(seed + 1);
  const a = await world.peer("10.0.0.1").listen("udp", "tcp");
  const b = await world.peer("10.0.0.2").listen("udp", "tcp");
  serve(world, b, random);
  const plans: readonly Plan[] = ["accept", "refuse", "cancel", "other"];
  const outcomes: Outcome[] = [];
  for (let i = 0; i < 40; i++) {
    const plan = plans[i % plans.length] ?? "other";
    outcomes.push({ plan, sent: call(world, a, b, plan, transport, random) });
    await world.clock.advanceAsync(Math.floor(random() * 300));
  }
  await world.clock.advanceAsync(200_000);
  return { world, a, b, outcomes };
}

/** Finals other than repeated 2xx come once, provisionals only before them, and a failure instead of them. */
function checkOutcome({ plan, sent }: Outcome): void {
  const finals = sent.statuses.filter((status) => status >= 200);
  const firstFinal = sent.statuses.findIndex((status) => status >= 200);
  if (firstFinal >= 0) for (const status of sent.statuses.slice(firstFinal)) expect(status).toBeGreaterThanOrEqual(200);
  const distinct = [...new Set(finals)];
  expect(distinct.length + sent.failures.length, `${plan}: ${sent.statuses} ${sent.failures}`).toBe(1);
  if (distinct[0] !== 200 || plan === "other") expect(finals.length).toBeLessThanOrEqual(1);
  const expected = { accept: 200, refuse: 486, cancel: 487, other: 200 }[plan];
  for (const status of distinct) expect(status).toBe(expected);
}

function checkWire(world: World): void {
  const counts = new Map<string, number>();
  for (const { bytes } of world.network.transits) {
    const parsed = parseMessage(bytes);
    if (!parsed.ok) throw new Error(parsed.why);
    const { message } = parsed;
    const what = message instanceof SipResponse ? `${message.status} ${message.cseq.method}` : message.method;
    const key = `${message.via?.branch} ${what}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) {
    const what = key.slice(key.indexOf(" ") + 1);
    if (what === "INVITE") expect(count, key).toBeLessThanOrEqual(mostInvites);
    else if (what === "OPTIONS" || what === "CANCEL") expect(count, key).toBeLessThanOrEqual(mostOthers);
    // Each copy of a request may draw one more.
    else if (/^[3-6].. INVITE$/.test(what)) expect(count, key).toBeLessThanOrEqual(mostRefusals + 2 * mostInvites);
  }
}

describe("a bad network", () => {
  const cases: readonly (readonly [string, number, Partial<Conditions>])[] = [
    ["5 % loss", 1001, { loss: 0.05, delayMs: 20 }],
    ["20 % loss", 1002, { loss: 0.2, delayMs: 20 }],
    ["40 % loss", 1003, { loss: 0.4, delayMs: 20 }],
    ["reordering", 1004, { delayMs: 5, jitterMs: 800 }],
    ["everything twice", 1005, { delayMs: 10, jitterMs: 30, duplicate: 1 }],
    ["all at once", 1006, { delayMs: 10, jitterMs: 700, duplicate: 0.3, loss: 0.25 }],
    ["all at once again", 1007, { delayMs: 100, jitterMs: 1500, duplicate: 0.5, loss: 0.15 }],
  ];
  test.each(cases)("§17 over UDP: %s", async (_title, seed, conditions) => {
    const { world, a, b, outcomes } = await run(seed, conditions, "udp");
    for (const outcome of outcomes) checkOutcome(outcome);
    checkWire(world);
    // One transaction for each request, however many copies came: but for those that never arrived.
    expect(b.requests.length).toBeLessThanOrEqual(outcomes.length);
    expect(new Set(b.requests.map(({ request }) => request.callId)).size).toBe(b.requests.length);
    expect(a.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
    expect(b.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
    expect([...a.log.lines, ...b.log.lines].filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("§17: with moderate loss hardly anything fails", async () => {
    const { outcomes } = await run(1010, { loss: 0.1, delayMs: 20 }, "udp");
    expect(outcomes.filter(({ sent }) => sent.failures.length > 0).length).toBe(0);
  });

  test("§17 over TCP in pieces: nothing is sent twice and nothing fails", async () => {
    const { world, a, b, outcomes } = await run(1020, { delayMs: 10, jitterMs: 50, fragment: true }, "tcp");
    for (const outcome of outcomes) {
      checkOutcome(outcome);
      expect(outcome.sent.failures).toEqual([]);
    }
    const requests = world.wire().filter((line) => / (INVITE|OPTIONS|CANCEL) /.test(line));
    expect(requests.length).toBe(new Set(requests).size);
    expect(a.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
    expect(b.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
  });
});
