import { expect, test } from "vitest";
import {
  next,
  type RegistrationInput,
  type RegistrationState,
  refreshAfterMs,
  retryAfterMs,
} from "../../../src/sip/registration-state.ts";

const timing = { nowMs: 1_000_000, chance: 0, retryMs: 30_000 };
const refused = (status: number, credentials = false, retryAfterSeconds?: number): RegistrationInput => ({
  type: "refused",
  failure: { status, reason: String(status), credentials, retryAfterSeconds },
});
const granted = (expiresSeconds: number): RegistrationInput => ({ type: "granted", expiresSeconds });

const off: RegistrationState = { name: "unregistered", removal: "none" };
const removing: RegistrationState = { name: "unregistered", removal: "sent" };
const first: RegistrationState = { name: "registering", attempt: 1 };
const registered: RegistrationState = {
  name: "registered",
  expiresAtMs: timing.nowMs + 600_000,
  refreshAtMs: timing.nowMs + 480_000,
  failures: 0,
};
const failed: RegistrationState = { name: "failed", status: 403, reason: "", attempt: 2, retryAtMs: timing.nowMs };

const table: [string, RegistrationState, RegistrationInput, string, string[]][] = [
  ["start", off, { type: "start" }, "registering", ["send"]],
  ["stop while off", off, { type: "stop" }, "unregistered", []],
  ["a stray timer", off, { type: "timer" }, "unregistered", []],
  ["grant", first, granted(600), "registered", ["start-timer"]],
  ["a grant of nothing", first, granted(0), "failed", ["start-timer"]],
  ["refusal", first, refused(403), "failed", ["start-timer"]],
  ["stop under way", first, { type: "stop" }, "unregistered", ["stop-timer", "send-removal"]],
  ["a new address under way", first, { type: "refresh" }, "registering", ["send"]],
  ["time to refresh", registered, { type: "timer" }, "registered", ["send", "start-timer"]],
  ["refresh refused", registered, refused(403), "failed", ["start-timer"]],
  ["refresh unanswered", registered, refused(408), "registered", ["start-timer"]],
  ["refresh not sent", registered, refused(0), "registered", ["start-timer"]],
  ["refresh met a server in trouble", registered, refused(503), "registered", ["start-timer"]],
  ["a wrong password at refresh", registered, refused(401, true), "failed", ["start-timer"]],
  ["stop", registered, { type: "stop" }, "unregistered", ["stop-timer", "send-removal"]],
  ["retry", failed, { type: "timer" }, "registering", ["stop-timer", "send"]],
  ["asked anew", failed, { type: "refresh" }, "registering", ["stop-timer", "send"]],
  ["stop after failure", failed, { type: "stop" }, "unregistered", ["stop-timer"]],
  ["removed", removing, granted(0), "unregistered", ["stop-timer"]],
  ["removal refused", removing, refused(408), "unregistered", ["stop-timer"]],
];

for (const [what, state, input, end, effects] of table)
  test(`RFC 3261 §10.2: registration, ${state.name}: ${what} -> ${end}`, () => {
    const [after, done] = next(state, input, timing);
    expect(after.name).toBe(end);
    expect(done.map((e) => e.type)).toEqual(effects);
  });

test("RFC 3261 §10.2.4: a refresh comes before the end, and never in step with other phones", () => {
  for (const seconds of [1, 5, 30, 60, 300, 1200, 3600, 86_400])
    for (const chance of [0, 0.5, 0.999]) {
      const ms = refreshAfterMs(seconds, chance);
      expect([seconds, ms < seconds * 1000, ms >= seconds * 400]).toEqual([seconds, true, true]);
    }
  expect(refreshAfterMs(3600, 0)).toBe(3_240_000);
  expect(refreshAfterMs(3600, 0.9)).toBeLessThan(refreshAfterMs(3600, 0.1));
});

test("ACC-07, RFC 5626 §4.5: pauses begin with the configured one, double, and end at half an hour", () => {
  const pauses = Array.from({ length: 10 }, (_, i) => retryAfterMs(i + 1, { ...timing, chance: 1 }, undefined));
  expect(pauses.slice(0, 4)).toEqual([30_000, 60_000, 120_000, 240_000]);
  expect(pauses.at(-1)).toBe(1_800_000);
  expect(retryAfterMs(3, { ...timing, chance: 0 }, undefined)).toBe(60_000);
  expect(retryAfterMs(1, timing, 100)).toBe(100_000);
  expect(retryAfterMs(1, { ...timing, retryMs: 0 }, undefined)).toBe(1000);
});

test("ACC-14: wrong credentials are tried again no sooner than after five minutes", () => {
  const [state] = next(first, refused(401, true), timing);
  expect(state).toMatchObject({ name: "failed", status: 401, retryAtMs: timing.nowMs + 300_000 });
});

test("RFC 3261 §10.2.4: a refresh without any answer loses the registration when the binding expires", () => {
  const [, effects] = next(registered, { type: "timer" }, timing);
  expect(effects[1]).toEqual({ type: "start-timer", atMs: registered.expiresAtMs });
  const [late] = next(registered, { type: "timer" }, { ...timing, nowMs: registered.expiresAtMs });
  expect(late.name).toBe("registering");
  const ending = { ...registered, failures: 1, expiresAtMs: timing.nowMs + 10_000 };
  expect(next(ending, refused(408), timing)[0].name).toBe("failed");
});

test("ACC-06: a refresh that is lost with all its retransmissions is sent again within three seconds (U-02)", () => {
  const [state] = next(registered, refused(408), { ...timing, chance: 1 });
  expect(state).toMatchObject({ name: "registered", failures: 1, refreshAtMs: timing.nowMs + 3000 });
  const [again] = next(state, refused(408), timing);
  expect(again).toMatchObject({ name: "registered", failures: 2, refreshAtMs: timing.nowMs + 30_000 });
});
