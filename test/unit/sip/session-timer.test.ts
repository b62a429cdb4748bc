/** The machine of session timers, and what a callee answers: RFC 4028. */
import { expect, test } from "vitest";
import { SipRequest } from "../../../src/sip/message.ts";
import {
  answerTimer,
  leastSecondsOf,
  next,
  type SessionTimerState,
  sessionExpiresOf,
} from "../../../src/sip/session-timer.ts";

test("RFC 4028 §10: who refreshes does it at half, who waits gives up a little before the end", () => {
  const cases: [number, "us" | "them", number, number?][] = [
    [1800, "us", 900_000, 868_000],
    [90, "us", 45_000, 15_000],
    [1800, "them", 1_768_000],
    [90, "them", 60_000],
  ];
  for (const [intervalSeconds, refresher, firstMs, secondMs] of cases) {
    let [state, effects] = next({ name: "off" }, { type: "agreed", intervalSeconds, refresher });
    expect(effects).toEqual([{ type: "stop-timer" }, { type: "start-timer", ms: firstMs }]);
    [state, effects] = next(state, { type: "timer" });
    if (secondMs !== undefined) {
      expect(effects).toEqual([{ type: "refresh" }, { type: "start-timer", ms: secondMs }]);
      [state, effects] = next(state, { type: "timer" });
    }
    expect(effects).toEqual([{ type: "expire" }]);
    expect(state).toEqual({ name: "off" });
  }
});

test("RFC 4028 §10: a refresh begins the time anew; a stale timer and no timer do nothing", () => {
  const due: SessionTimerState = { name: "on", intervalSeconds: 100, refresher: "us", due: true };
  expect(next(due, { type: "agreed", intervalSeconds: 100, refresher: "us" })[0]).toEqual({ ...due, due: false });
  expect(next(due, { type: "none" })[0]).toEqual({ name: "off" });
  expect(next({ name: "off" }, { type: "timer" })).toEqual([{ name: "off" }, []]);
});

test("RFC 4028 §9, table 2: the refresher by what both can and wish", () => {
  const settings = { expiresSeconds: 600, leastSeconds: 90, refresher: "us" } as const;
  const them = { ...settings, refresher: "them" } as const;
  const cases: [string, boolean, typeof settings | typeof them | undefined, string][] = [
    ["1800", false, settings, "600 uas"],
    ["1800;refresher=uac", false, settings, "600 uas"],
    ["1800", true, settings, "600 uas required"],
    ["1800", true, them, "600 uac required"],
    ["1800;refresher=uac", true, settings, "600 uac required"],
    ["1800;refresher=uas", true, them, "600 uas required"],
    ["1800", false, undefined, "none"],
    ["1800", true, undefined, "1800 uac required"],
    ["50", false, settings, "90 uas"],
    ["50", true, settings, "too-small 90"],
    ["", true, them, "600 uac required"],
    ["", false, settings, "none"],
  ];
  for (const [expires, able, wish, expected] of cases) {
    const request = new SipRequest("INVITE", "sip:x@y");
    if (expires !== "") request.addHeader("Session-Expires", expires);
    const answer = answerTimer(request, able, wish);
    const text =
      answer.kind === "timer"
        ? `${answer.seconds} ${answer.refresher}${answer.required ? " required" : ""}`
        : answer.kind === "too-small"
          ? `too-small ${answer.leastSeconds}`
          : "none";
    expect([expires, able, wish?.refresher, text]).toEqual([expires, able, wish?.refresher, expected]);
  }
});

test("RFC 4028 §4, §5: the headers read, compact and malformed ones too", () => {
  const request = new SipRequest("INVITE", "sip:x@y")
    .addHeader("x", "1800 ; refresher=UAS")
    .addHeader("Min-SE", "120;x=y");
  expect(sessionExpiresOf(request)).toEqual({ seconds: 1800, refresher: "uas" });
  expect(leastSecondsOf(request)).toBe(120);
  const odd = new SipRequest("INVITE", "sip:x@y").addHeader("Session-Expires", "soon").addHeader("Min-SE", "10");
  expect(sessionExpiresOf(odd)).toBeUndefined();
  expect(leastSecondsOf(odd)).toBe(90);
});
