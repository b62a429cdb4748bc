/** What a short and a long press of the hook switch do. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { HookFlash } from "../../../src/thread/hook-flash.ts";

async function told(flashMs: number, inCall: boolean, onHookMs: number): Promise<unknown[]> {
  const clock = new ManualClock();
  const all: unknown[] = [];
  const hook = (lifted: boolean) => all.push(lifted);
  const flash = new HookFlash({
    clock,
    flashMs: () => flashMs,
    inCall: () => inCall,
    hook,
    flash: () => all.push("flash"),
  });
  flash.change(false);
  await clock.advanceAsync(onHookMs);
  flash.change(true);
  await clock.advanceAsync(2000);
  flash.close();
  return all;
}

describe("hook flash", () => {
  test.each([
    [500, true, 200, ["flash"]],
    [500, true, 499, ["flash"]],
    [500, true, 501, [false, true]],
    [500, false, 200, [false, true]],
    [1, true, 200, [false, true]],
    [0, true, 0, [false, true]],
  ] as const)(
    "CAL-94: with a timer of %i ms, in a call %s, on hook for %i ms",
    async (flashMs, inCall, onHookMs, expected) => {
      expect(await told(flashMs, inCall, onHookMs)).toEqual(expected);
    },
  );

  test("CAL-94: a handset that stays in its cradle ends the call when the time is over, once", async () => {
    const clock = new ManualClock();
    const all: unknown[] = [];
    const flash = new HookFlash({
      ...{ clock, flashMs: () => 500, inCall: () => true },
      hook: (lifted) => all.push(lifted),
      flash: () => all.push("flash"),
    });
    flash.change(false);
    await clock.advanceAsync(499);
    expect(all).toEqual([]);
    await clock.advanceAsync(5000);
    expect(all).toEqual([false]);
  });
});
