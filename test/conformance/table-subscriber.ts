/** Rows in which the phone subscribes to its mailbox: RFC 6665 §4.1, RFC 3261 §8.1.3. Each is an account of the same phone. */
import { expect } from "vitest";
import { type Heard, tagOf, value } from "../interop/kit/raw-sip.ts";
import type { Notifier } from "./notifier.ts";

export interface SubscriberRow {
  readonly section: string;
  readonly must: string;
  readonly run: (notifier: Notifier) => Promise<void>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const status = async (response: Promise<Heard>) => (await response).status;
const cseq = (message: Heard) => Number.parseInt(value(message, "CSeq"), 10);
const since = (began: number) => performance.now() - began;

/** The second SUBSCRIBE begins a subscription of its own. */
async function anew(notifier: Notifier, ms?: number): Promise<Heard> {
  const [first, second] = [await notifier.subscribe(1), await notifier.subscribe(2, ms)];
  expect(value(second, "Call-ID")).not.toBe(value(first, "Call-ID"));
  expect(tagOf(value(second, "To"))).toBe("");
  await notifier.grant(second);
  return second;
}

/** The second SUBSCRIBE refreshes the first. */
async function refreshed(notifier: Notifier, first: Heard, ms: number): Promise<Heard> {
  const second = await notifier.subscribe(2, ms);
  expect(value(second, "Call-ID")).toBe(value(first, "Call-ID"));
  expect(tagOf(value(second, "To"))).toBe(notifier.tag);
  expect(value(second, "From")).toBe(value(first, "From"));
  expect(cseq(second)).toBe(cseq(first) + 1);
  expect(second.startLine).toBe(`SUBSCRIBE sip:box@${notifier.address}:5060 SIP/2.0`);
  return second;
}

async function silence(notifier: Notifier, ms: number): Promise<void> {
  const before = notifier.subscribes.length;
  await pause(ms);
  expect(notifier.subscribes.length, "SUBSCRIBEs").toBe(before);
}

const terminated = (reason: string, must: string, then: (notifier: Notifier) => Promise<unknown>): SubscriberRow => ({
  section: "RFC 6665 §4.1.3",
  must: `a subscription ended by "${reason}" ${must}`,
  run: async (notifier) => {
    const first = await notifier.subscribe(1);
    await notifier.grant(first);
    expect(await status(notifier.notify(first, { state: `terminated;reason=${reason}` }))).toBe(200);
    await then(notifier);
  },
});

const never = (notifier: Notifier) => silence(notifier, 3000);

async function afterTwoSeconds(notifier: Notifier): Promise<void> {
  const began = performance.now();
  await anew(notifier);
  expect(since(began)).toBeGreaterThan(1800);
}

export const subscriberRows: readonly SubscriberRow[] = [
  {
    section: "RFC 6665 §4.1.2.1",
    must: "SUBSCRIBE names one event, a time and what bodies we understand, and where NOTIFY goes",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      expect(first.headers.get("event")).toEqual(["message-summary"]);
      expect(value(first, "Expires")).toMatch(/^[1-9]\d*$/);
      expect(value(first, "Accept")).toContain("application/simple-message-summary");
      expect(value(first, "Contact")).toMatch(/^<sip:[^<>,]+@127\.52\.1\.\d+:5060>/);
      expect(tagOf(value(first, "To"))).toBe("");
      expect(tagOf(value(first, "From"))).not.toBe("");
      await notifier.grant(first);
    },
  },
  {
    section: "RFC 6665 §4.1.2.4",
    must: "a NOTIFY that comes before the 2xx is taken, and makes the subscription",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      expect(await status(notifier.notify(first, { state: "active;expires=4" }))).toBe(200);
      await notifier.accept(first, 4);
      await notifier.grant(await refreshed(notifier, first, 4000));
    },
  },
  {
    section: "RFC 6665 §4.1.2.2",
    must: "a refresh comes before the time granted is over, in the dialog, with the next CSeq number",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.accept(first, 4);
      await notifier.notify(first, { state: "active" });
      await notifier.grant(await refreshed(notifier, first, 4000));
    },
  },
  {
    section: "RFC 6665 §4.1.2.1",
    must: "a NOTIFY that shortens the time brings the refresh forward",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.grant(first);
      await notifier.notify(first, { state: "active;expires=4" });
      await notifier.grant(await refreshed(notifier, first, 4000));
    },
  },
  {
    section: "RFC 6665 §4.1.2.2",
    must: "a refresh that gets 481 is followed by a subscription of its own",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.grant(first, 2);
      await notifier.answer(await refreshed(notifier, first, 3000), 481);
      const third = await notifier.subscribe(3, 2000);
      expect(value(third, "Call-ID")).not.toBe(value(first, "Call-ID"));
      expect(tagOf(value(third, "To"))).toBe("");
      await notifier.grant(third);
    },
  },
  {
    section: "RFC 6665 §4.1.2.2",
    must: "a refresh that fails otherwise leaves the subscription until its end",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.grant(first, 6);
      await notifier.answer(await refreshed(notifier, first, 4000), 500, { "Retry-After": "1" });
      expect(await status(notifier.notify(first, { state: "active" }))).toBe(200);
      const third = await notifier.subscribe(3, 3000);
      expect(value(third, "Call-ID")).toBe(value(first, "Call-ID"));
      await notifier.grant(third);
    },
  },
  terminated("deactivated", "begins anew at once", (notifier) => anew(notifier, 2500)),
  terminated("timeout", "begins anew at once", (notifier) => anew(notifier, 2500)),
  terminated("probation;retry-after=2", "begins anew when that time is over", afterTwoSeconds),
  terminated("giveup;retry-after=2", "begins anew when that time is over", afterTwoSeconds),
  terminated("never-heard;retry-after=2", "begins anew when that time is over", afterTwoSeconds),
  terminated("rejected", "does not begin anew", never),
  terminated("noresource", "does not begin anew", never),
  terminated("invariant", "does not begin anew", never),
  {
    section: "RFC 6665 §4.1.3",
    must: "a NOTIFY after the end gets 481",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.grant(first);
      await notifier.notify(first, { state: "terminated;reason=rejected" });
      expect(await status(notifier.notify(first, { state: "active" }))).toBe(481);
    },
  },
  {
    section: "RFC 6665 §4.1.3",
    must: "a NOTIFY of another Call-ID or another From tag gets 481, and the subscription goes on",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.grant(first);
      expect(await status(notifier.notify(first, { state: "active", callId: "another" }))).toBe(481);
      expect(await status(notifier.notify(first, { state: "active", fromTag: "another", sequence: 1 }))).toBe(481);
      expect(await status(notifier.notify(first, { state: "active" }))).toBe(200);
    },
  },
  {
    section: "RFC 6665 §4.1.3",
    must: "a NOTIFY of an event that was not subscribed to gets 489, one without a state 400",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.grant(first);
      expect(await status(notifier.notify(first, { state: "active", event: "presence" }))).toBe(489);
      expect(await status(notifier.notify(first, { state: undefined }))).toBe(400);
      expect(await status(notifier.notify(first, { state: "active" }))).toBe(200);
    },
  },
  {
    section: "RFC 3261 §12.2.2",
    must: "a NOTIFY with a lower CSeq number than the last gets 500",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.grant(first);
      expect(await status(notifier.notify(first, { state: "active", sequence: 90 }))).toBe(200);
      expect(await status(notifier.notify(first, { state: "active", sequence: 80 }))).toBe(500);
    },
  },
  {
    section: "RFC 6665 §4.1.2.1",
    must: "489 is final",
    run: async (notifier) => {
      await notifier.answer(await notifier.subscribe(1), 489, { "Allow-Events": "presence" });
      await never(notifier);
    },
  },
  {
    section: "RFC 6665 §4.1.2.1",
    must: "423 is followed by a SUBSCRIBE for the least time it names",
    run: async (notifier) => {
      await notifier.answer(await notifier.subscribe(1), 423, { "Min-Expires": "7200" });
      const second = await notifier.subscribe(2, 1500);
      expect(value(second, "Expires")).toBe("7200");
      await notifier.grant(second, 7200);
    },
  },
  {
    section: "RFC 3261 §22.2",
    must: "a challenged SUBSCRIBE comes again with credentials, the same Call-ID and the next CSeq number",
    run: async (notifier) => {
      const first = await notifier.subscribe(1);
      await notifier.answer(first, 401, { "WWW-Authenticate": 'Digest realm="box", nonce="n", qop="auth"' });
      const second = await notifier.subscribe(2, 1500);
      expect(value(second, "Authorization")).toMatch(/realm="box".*response="[0-9a-f]{32}"/);
      expect(value(second, "Call-ID")).toBe(value(first, "Call-ID"));
      expect(cseq(second)).toBe(cseq(first) + 1);
      await notifier.grant(second);
    },
  },
  {
    section: "RFC 3261 §20.33",
    must: "a SUBSCRIBE refused with Retry-After waits for that time",
    run: async (notifier) => {
      await notifier.answer(await notifier.subscribe(1), 503, { "Retry-After": "2" });
      await afterTwoSeconds(notifier);
    },
  },
];
