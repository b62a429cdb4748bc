/** The machine of key gestures, input by input. */
import { describe, expect, it } from "vitest";
import {
  type GestureInput,
  type GestureState,
  longAfterMs,
  nextGesture,
  repeatAfterMs,
  repeatEveryMs,
} from "../../../src/ui/gesture.ts";

function run(...inputs: GestureInput[]): string[] {
  let state: GestureState = { name: "up" };
  const seen: string[] = [];
  for (const input of inputs) {
    const [next, effects] = nextGesture(state, input);
    state = next;
    seen.push(...effects.map((effect) => effect.type).filter((type) => type !== "wait"));
  }
  return seen;
}

describe("key gestures", () => {
  it("a short press is press and release", () => {
    expect(
      run({ type: "down", repeats: false, nowMs: 0 }, { type: "up" }, { type: "time", nowMs: longAfterMs }),
    ).toEqual(["press", "release"]);
  });

  it("held, a key that does not repeat is long once", () => {
    const time = (nowMs: number): GestureInput => ({ type: "time", nowMs });
    expect(
      run({ type: "down", repeats: false, nowMs: 0 }, time(longAfterMs - 1), time(longAfterMs), time(9999), {
        type: "up",
      }),
    ).toEqual(["press", "long", "release"]);
  });

  it("a timer that comes a moment early is set again: the key would be held for ever", () => {
    const [down] = nextGesture({ name: "up" }, { type: "down", repeats: false, nowMs: 0 });
    const [state, effects] = nextGesture(down, { type: "time", nowMs: longAfterMs - 0.4 });
    expect(effects).toEqual([{ type: "wait", untilMs: longAfterMs }]);
    expect(nextGesture(state, { type: "time", nowMs: longAfterMs })[1]).toEqual([{ type: "long" }]);
  });

  it("held, a key that repeats goes on until it is up, and makes nothing up after a stall", () => {
    const seen = run(
      { type: "down", repeats: true, nowMs: 0 },
      { type: "time", nowMs: repeatAfterMs },
      { type: "time", nowMs: repeatAfterMs + repeatEveryMs },
      { type: "time", nowMs: 10_000 },
      { type: "up" },
      { type: "time", nowMs: 20_000 },
    );
    expect(seen).toEqual(["press", "repeat", "repeat", "repeat", "release"]);
  });

  it("a second down, and an up without a down, mean nothing", () => {
    expect(
      run(
        { type: "up" },
        { type: "down", repeats: false, nowMs: 0 },
        { type: "down", repeats: false, nowMs: 5 },
        { type: "up" },
        { type: "up" },
      ),
    ).toEqual(["press", "release"]);
  });
});
