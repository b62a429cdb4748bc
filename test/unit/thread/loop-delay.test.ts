/** The worker's delay as its own timers see it. */
import { describe, expect, test } from "vitest";
import type { Clock } from "../../../hal/clock.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { LoopDelayClock } from "../../../src/thread/loop-delay.ts";

/** A clock whose timers are served late by `lateMs`. */
function lateClock(): { readonly clock: Clock; readonly manual: ManualClock; late: { ms: number } } {
  const manual = new ManualClock();
  const late = { ms: 0 };
  const clock: Clock = {
    now: () => manual.now(),
    epochMs: () => manual.epochMs(),
    after: (ms, run) => manual.after(ms + late.ms, run),
  };
  return { clock, manual, late };
}

describe("design: delay of the media worker's loop, live", () => {
  test("the median and the worst of its timers, each since the last look", () => {
    const { clock, manual, late } = lateClock();
    const loop = new LoopDelayClock(clock);
    let ran = 0;
    for (const ms of [1, 1, 1, 1, 30]) {
      late.ms = ms;
      loop.after(10, () => ran++);
      manual.advance(50);
    }
    expect(ran).toBe(5);
    expect(loop.take()).toEqual({ median: 1, worst: 30 });
    expect(loop.take()).toEqual({ median: 0, worst: 0 });
  });

  test("a stall beyond what is counted in steps is told whole as the worst", () => {
    const { clock, manual, late } = lateClock();
    const loop = new LoopDelayClock(clock);
    late.ms = 5000;
    loop.after(10, () => {});
    manual.advance(6000);
    expect(loop.take()).toEqual({ median: 99.75, worst: 5000 });
  });

  test("a timer that was cancelled is not counted, and none is set that nobody asked for", () => {
    const { clock, manual, late } = lateClock();
    const loop = new LoopDelayClock(clock);
    late.ms = 7;
    loop.after(10, () => expect.unreachable()).cancel();
    manual.advance(1000);
    expect(loop.take()).toEqual({ median: 0, worst: 0 });
  });
});
