/** The machines of subscriptions and publications, and mailbox summaries: RFC 6665, RFC 3903, RFC 3842. */
import { expect, test } from "vitest";
import { parseMessageSummary } from "../../../src/sip/message-summary.ts";
import {
  next as nextPublication,
  type PublicationInput,
  type PublicationState,
} from "../../../src/sip/publication-state.ts";
import { next, type SubscriptionInput, type SubscriptionState } from "../../../src/sip/subscription-state.ts";

const timing = { nowMs: 1000, chance: 0, t1Ms: 500, randomRefresh: false, endedPauseMs: 0 };
const subscribing: SubscriptionState = { name: "subscribing", attempt: 1 };
const active: SubscriptionState = { name: "active", expiresAtMs: 601_000, failures: 0 };
const waiting: SubscriptionState = { name: "waiting", reason: "x", attempt: 3, retryAtMs: 5000 };

function failure(status: number, credentials = false, retryAfterSeconds?: number): SubscriptionInput {
  return { type: "refused", failure: { status, reason: "x", credentials, retryAfterSeconds } };
}

function notified(state: "active" | "pending" | "terminated", reason = "", expiresSeconds?: number): SubscriptionInput {
  return { type: "notified", header: { state, reason, expiresSeconds, retryAfterSeconds: undefined } };
}

test("RFC 6665 §4.1.2: what each input does in each state", () => {
  const cases: [SubscriptionState, SubscriptionInput, SubscriptionState["name"], string[]][] = [
    [{ name: "idle" }, { type: "start" }, "subscribing", ["subscribe fresh"]],
    [{ name: "idle" }, { type: "timer" }, "idle", []],
    [subscribing, { type: "accepted", expiresSeconds: 600, notified: false }, "subscribing", ["start-timer 32000"]],
    [subscribing, { type: "accepted", expiresSeconds: 600, notified: true }, "active", ["start-timer 538000"]],
    [subscribing, { type: "accepted", expiresSeconds: 0, notified: false }, "waiting", ["forget", "start-timer 5000"]],
    [subscribing, notified("pending", "", 600), "pending", ["start-timer 538000"]],
    [subscribing, notified("terminated", "timeout"), "waiting", ["forget", "start-timer 5000"]],
    [subscribing, failure(489), "ended", ["stop-timer", "forget"]],
    [subscribing, failure(500), "waiting", ["forget", "start-timer 5000"]],
    [subscribing, failure(503, false, 7), "waiting", ["forget", "start-timer 7000"]],
    [subscribing, failure(401, true), "waiting", ["forget", "start-timer 300000"]],
    [subscribing, { type: "timer" }, "waiting", ["forget", "start-timer 5000"]],
    [subscribing, { type: "stop" }, "ended", ["stop-timer", "forget"]],
    [active, { type: "timer" }, "active", ["subscribe"]],
    [active, { type: "refresh" }, "active", ["subscribe"]],
    [active, { type: "accepted", expiresSeconds: 60, notified: true }, "active", ["start-timer 30000"]],
    [active, failure(481), "subscribing", ["stop-timer", "forget", "subscribe fresh"]],
    [active, failure(408), "active", ["start-timer 5000"]],
    [active, failure(404), "ended", ["stop-timer", "forget"]],
    [active, notified("active"), "active", []],
    [active, notified("active", "", 600), "active", []],
    [active, notified("active", "", 60), "active", ["start-timer 30000"]],
    [active, notified("terminated", "deactivated"), "subscribing", ["stop-timer", "forget", "subscribe fresh"]],
    [active, notified("terminated", "noresource"), "ended", ["stop-timer", "forget"]],
    [active, { type: "stop" }, "ended", ["stop-timer", "unsubscribe"]],
    [waiting, { type: "timer" }, "subscribing", ["subscribe fresh"]],
    [waiting, notified("active"), "waiting", []],
    [{ name: "idle" }, { type: "restart" }, "idle", []],
    [subscribing, { type: "restart" }, "subscribing", ["stop-timer", "forget", "subscribe fresh"]],
    [active, { type: "restart" }, "subscribing", ["stop-timer", "forget", "subscribe fresh"]],
    [waiting, { type: "restart" }, "subscribing", ["stop-timer", "forget", "subscribe fresh"]],
    [{ name: "ended", reason: "not wanted", status: 0 }, { type: "stop" }, "ended", []],
    [{ name: "ended", reason: "not wanted", status: 0 }, { type: "restart" }, "ended", []],
    [{ name: "ended", reason: "x", status: 0 }, { type: "timer" }, "ended", []],
    [{ name: "ended", reason: "x", status: 0 }, { type: "refresh" }, "subscribing", ["subscribe fresh"]],
  ];
  for (const [state, input, name, effects] of cases) {
    const [after, done] = next(state, input, timing);
    const told = done.map((e) => {
      if (e.type === "start-timer") return `start-timer ${e.ms}`;
      return e.type === "subscribe" && e.fresh ? "subscribe fresh" : e.type;
    });
    expect([state.name, input, after.name, told]).toEqual([state.name, input, name, effects]);
  }
  const late = next(active, { type: "timer" }, { ...timing, nowMs: 601_000 });
  expect(late[0]).toMatchObject({ name: "waiting", reason: "it ran out" });
});

test("RFC 3903 §4: one PUBLISH at a time, the newest body counts, a forgotten tag begins anew", () => {
  const publishing: PublicationState = { name: "publishing", tag: "t", stale: false, attempt: 1, stopping: false };
  const refused = (status: number): PublicationInput => ({
    type: "refused",
    status,
    reason: "x",
    retryAfterSeconds: undefined,
  });
  const cases: [PublicationState, PublicationInput, PublicationState["name"], string[]][] = [
    [{ name: "idle" }, { type: "changed" }, "publishing", ["stop-timer", "publish  body"]],
    [{ name: "idle" }, { type: "stop" }, "idle", []],
    [publishing, { type: "changed" }, "publishing", []],
    [publishing, { type: "accepted", tag: "u", expiresSeconds: 600 }, "published", ["start-timer"]],
    [
      { ...publishing, stale: true },
      { type: "accepted", tag: "u", expiresSeconds: 600 },
      "publishing",
      ["stop-timer", "publish u body"],
    ],
    [{ ...publishing, stopping: true }, { type: "accepted", tag: "u", expiresSeconds: 600 }, "idle", ["remove u"]],
    [publishing, refused(412), "publishing", ["stop-timer", "publish  body"]],
    [{ ...publishing, tag: "" }, refused(412), "failed", ["start-timer"]],
    [publishing, refused(489), "failed", []],
    [publishing, refused(500), "failed", ["start-timer"]],
    [{ name: "published", tag: "t" }, { type: "timer" }, "publishing", ["stop-timer", "publish t"]],
    [{ name: "published", tag: "t" }, { type: "changed" }, "publishing", ["stop-timer", "publish t body"]],
    [{ name: "published", tag: "t" }, { type: "stop" }, "idle", ["stop-timer", "remove t"]],
    [
      { name: "failed", status: 500, reason: "x", attempt: 2 },
      { type: "timer" },
      "publishing",
      ["stop-timer", "publish  body"],
    ],
  ];
  for (const [state, input, name, effects] of cases) {
    const [after, done] = nextPublication(state, input, { nowMs: 0, chance: 0 });
    const told = done.map((e) => {
      if (e.type === "publish") return `publish ${e.tag}${e.withBody ? " body" : ""}`;
      return e.type === "remove" ? `remove ${e.tag}` : e.type;
    });
    expect([state, input, after.name, told]).toEqual([state, input, name, effects]);
  }
});

test("CAL-69: mailbox summaries as servers write them, and what is none", () => {
  const full = parseMessageSummary(
    "Messages-Waiting: yes\r\nMessage-Account: <sip:vm@x>\r\nVoice-Message: 4/8 (1/2)\r\nFax-Message:0/1\r\n\r\nSubject: 9/9\r\n",
  );
  expect(full?.waiting).toBe(true);
  expect(full?.account).toBe("sip:vm@x");
  expect([...(full?.counts ?? [])]).toEqual([
    ["voice-message", { new: 4, old: 8, newUrgent: 1, oldUrgent: 2 }],
    ["fax-message", { new: 0, old: 1, newUrgent: 0, oldUrgent: 0 }],
  ]);
  expect(parseMessageSummary("messages-waiting:NO\nvoice-message: x/y\n")).toMatchObject({ waiting: false });
  expect(parseMessageSummary("Voice-Message: 4/8\r\n")).toBeUndefined();
  expect(parseMessageSummary("")).toBeUndefined();
});

test("ACC-33: what the notifier ended without naming a time begins anew after the configured pause", () => {
  const paused = { ...timing, endedPauseMs: 7000 };
  expect(next(active, notified("terminated", "deactivated"), paused)).toEqual([
    { name: "waiting", reason: "deactivated", attempt: 0, retryAtMs: 8000 },
    [{ type: "forget" }, { type: "start-timer", ms: 7000 }],
  ]);
  expect(next(active, notified("terminated", "rejected"), paused)[0].name).toBe("ended");
});
