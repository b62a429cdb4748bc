/** The machine of reliable provisional responses: RFC 3262 §3. */
import { expect, test } from "vitest";
import { next, type ReliableInput, type ReliableState, startReliable } from "../../../src/sip/reliable-state.ts";

const t1Ms = 500;
const idle: ReliableState = { name: "idle", sequence: 7 };
const waiting: ReliableState = { name: "waiting", sequence: 8, intervalMs: 500, waitedMs: 0 };
const settled: ReliableState = { name: "settled", sequence: 8 };

test("RFC 3262 §3: what each input does in each state", () => {
  const cases: [ReliableState, ReliableInput, ReliableState["name"], string[]][] = [
    [idle, { type: "send" }, "waiting", ["send", "start-timer"]],
    [idle, { type: "timer" }, "idle", []],
    [idle, { type: "prack", sequence: 7 }, "idle", ["unknown"]],
    [idle, { type: "final" }, "idle", []],
    [waiting, { type: "send" }, "waiting", []],
    [waiting, { type: "timer" }, "waiting", ["send-again", "start-timer"]],
    [waiting, { type: "prack", sequence: 8 }, "idle", ["stop-timer", "acknowledged"]],
    [waiting, { type: "prack", sequence: 9 }, "waiting", ["unknown"]],
    [waiting, { type: "final" }, "settled", ["stop-timer"]],
    [{ ...waiting, intervalMs: 16_000, waitedMs: 16_000 }, { type: "timer" }, "settled", ["give-up"]],
    [settled, { type: "timer" }, "settled", []],
    [settled, { type: "prack", sequence: 8 }, "idle", ["stop-timer", "acknowledged"]],
    [settled, { type: "prack", sequence: 1 }, "settled", ["unknown"]],
  ];
  for (const [state, input, name, effects] of cases) {
    const [after, done] = next(state, input, t1Ms);
    expect([state.name, input.type, after.name, done.map((e) => e.type)]).toEqual([
      state.name,
      input.type,
      name,
      effects,
    ]);
  }
});

test("RFC 3262 §3: sent at 0, 0.5, 1.5, 3.5, ... s, and given up after 64*T1", () => {
  let [state, effects] = next(startReliable(0.5), { type: "send" }, t1Ms);
  const times: number[] = [];
  let nowMs = 0;
  while (state.name === "waiting") {
    times.push(nowMs);
    nowMs += effects.find((e) => e.type === "start-timer")?.ms ?? 0;
    [state, effects] = next(state, { type: "timer" }, t1Ms);
  }
  expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  expect(nowMs).toBe(32_000);
  expect(effects).toEqual([{ type: "give-up" }]);
});

test("RFC 3262 §3: the first RSeq leaves room to count on", () => {
  for (const chance of [0, 0.3, 0.999999]) {
    const { sequence } = startReliable(chance);
    expect(Number.isInteger(sequence) && sequence >= 0 && sequence < 2 ** 31 - 1).toBe(true);
  }
});
