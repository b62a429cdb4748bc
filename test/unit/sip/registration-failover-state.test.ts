/** Which address requests begin with: feature rows ACC-11, ACC-12; RFC 3263 §4.3. */
import { describe, expect, test } from "vitest";
import {
  beginsWithFirst,
  type FailbackMode,
  type FailoverInput,
  type FailoverPurpose,
  type FailoverState,
  type FailoverTiming,
  firstState,
  next,
  orderFrom,
} from "../../../src/sip/failover-state.ts";

const timing: FailoverTiming = {
  nowMs: 1000,
  mode: "new-requests",
  ttlMs: 30_000,
  durationMs: 60_000,
  probeMs: 120_000,
  reregister: true,
};
const answered = (key: string, purpose: FailoverPurpose = "invite"): FailoverInput => ({
  type: "answered",
  key,
  first: key === "a",
  purpose,
});
const moved = (live: string, untilMs = 61_000): FailoverState => ({ name: "moved", live, untilMs });
const names = (effects: readonly { type: string }[]) => effects.map((effect) => effect.type).join(" ");

describe("next", () => {
  const until: Record<FailbackMode, number> = {
    "new-requests": 121_000,
    ttl: 31_000,
    registration: 121_000,
    duration: 61_000,
  };
  test.each(Object.entries(until) as [FailbackMode, number][])(
    "ACC-11: in mode %s the first is tried again at its time",
    (mode, untilMs) => {
      const [state, effects] = next(firstState, answered("b"), { ...timing, mode });
      expect(state).toEqual(moved("b", untilMs));
      expect(names(effects)).toBe("start-timer live-changed register");
    },
  );

  const table: [string, FailoverState, FailoverInput, Partial<FailoverTiming>, FailoverState, string][] = [
    ["the first answers as ever", firstState, answered("a"), {}, firstState, ""],
    ["an old timer means nothing", firstState, { type: "timer" }, {}, firstState, ""],
    [
      "a REGISTER that moved needs no other",
      firstState,
      answered("b", "register"),
      {},
      moved("b", 121_000),
      "start-timer live-changed",
    ],
    [
      "told not to register anew",
      firstState,
      answered("b"),
      { reregister: false },
      moved("b", 121_000),
      "start-timer live-changed",
    ],
    ["the live one answers", moved("b"), answered("b"), {}, moved("b"), ""],
    ["the first answers again", moved("b"), answered("a"), {}, firstState, "stop-timer live-changed register"],
    ["the first answers a REGISTER", moved("b"), answered("a", "register"), {}, firstState, "stop-timer live-changed"],
    [
      "a third one takes over",
      moved("b"),
      answered("c", "register"),
      { mode: "duration" },
      moved("c"),
      "start-timer live-changed",
    ],
    ["the timer asks for a REGISTER", moved("b", 1000), { type: "timer" }, {}, moved("b", 1000), "register"],
    ["too early a timer is set again", moved("b"), { type: "timer" }, {}, moved("b"), "start-timer"],
    [
      "the first is still silent: another pause",
      moved("b", 900),
      answered("b", "register"),
      { mode: "duration" },
      moved("b"),
      "start-timer",
    ],
    [
      "without lifetime the second clock counts",
      firstState,
      answered("b"),
      { mode: "ttl", ttlMs: Infinity },
      moved("b", 121_000),
      "start-timer live-changed register",
    ],
    [
      "never by itself",
      firstState,
      answered("b"),
      { mode: "duration", durationMs: Infinity },
      moved("b", Infinity),
      "stop-timer live-changed register",
    ],
  ];
  test.each(table)("ACC-11: %s", (_, before, input, more, after, effects) => {
    const [state, list] = next(before, input, { ...timing, ...more });
    expect([state, names(list)]).toEqual([after, effects]);
  });
});

test("ACC-11: who begins with the first address while another one serves", () => {
  const purposes: FailoverPurpose[] = ["register", "invite"];
  const modes: FailbackMode[] = ["new-requests", "ttl", "registration", "duration"];
  const seen = modes.map((mode) =>
    purposes.map((purpose) => beginsWithFirst(moved("b"), purpose, { nowMs: 5000, mode })),
  );
  expect(seen).toEqual([
    [true, true],
    [false, false],
    [true, false],
    [false, false],
  ]);
  for (const mode of modes) expect(beginsWithFirst(moved("b", 5000), "invite", { nowMs: 5000, mode })).toBe(true);
});

test("RFC 3263 §4.3: the order goes on from the one that lives, and around", () => {
  const list = ["a", "b", "c"].map((key) => ({ key }));
  const keys = (state: FailoverState) =>
    orderFrom(state, list, "invite", { nowMs: 0, mode: "duration" }).map(({ key }) => key);
  expect(keys(firstState)).toEqual(["a", "b", "c"]);
  expect(keys(moved("b"))).toEqual(["b", "c", "a"]);
  expect(keys(moved("gone"))).toEqual(["a", "b", "c"]);
});
