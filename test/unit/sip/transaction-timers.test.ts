/** The queue that runs all transaction timers on one timer of the clock. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { type TimerName, TimerQueue, TimerSlot } from "../../../src/sip/timers.ts";
import { seededRandom } from "../../fake/network.ts";

class Owner {
  readonly slot = new TimerSlot(this);
  readonly #fired: (name: TimerName) => void;
  constructor(fired: (name: TimerName) => void) {
    this.#fired = fired;
  }
  timerFired(name: TimerName): void {
    this.#fired(name);
  }
}

describe("TimerQueue", () => {
  test("fires at the time, in order of time and then of setting, whatever was set and cancelled", () => {
    const seed = 77;
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    const durations = [0, 200, 500, 1000, 4000, 32_000];
    const fired: (readonly [n: number, atMs: number])[] = [];
    const expected: (readonly [n: number, atMs: number])[] = [];
    for (let n = 0; n < 500; n++) {
      const owner = new Owner(() => fired.push([n, clock.now()]));
      const durationMs = durations[Math.floor(random() * durations.length)] ?? 0;
      queue.set(owner.slot, "A", durationMs);
      const kind = random();
      if (kind < 0.3) queue.cancel(owner.slot);
      else if (kind < 0.5) {
        queue.set(owner.slot, "B", 500);
        expected.push([n, clock.now() + 500]);
      } else expected.push([n, clock.now() + durationMs]);
      if (random() < 0.2) clock.advance(Math.floor(random() * 700));
    }
    clock.advance(40_000);
    const byTime = expected
      .map(([n, atMs], order) => ({ n, atMs, order }))
      .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    expect(fired).toEqual(byTime.map(({ n, atMs }) => [n, atMs]));
    expect(queue.size).toBe(0);
  });

  test("a timer set again by its own end waits for its turn, even with no time at all", () => {
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    let times = 0;
    const owner = new Owner(() => {
      if (++times < 100) queue.set(owner.slot, "A", 0);
    });
    queue.set(owner.slot, "A", 0);
    clock.advance(0);
    expect(times).toBe(100);
  });

  test("one that is cancelled by another of the same moment does not fire", () => {
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    const fired: string[] = [];
    const second = new Owner(() => fired.push("second"));
    const first = new Owner(() => {
      fired.push("first");
      queue.cancel(second.slot);
    });
    queue.set(first.slot, "A", 500);
    queue.set(second.slot, "A", 500);
    clock.advance(500);
    expect(fired).toEqual(["first"]);
  });

  test("says which timer it was, and is silent after close", () => {
    const clock = new ManualClock();
    const queue = new TimerQueue(clock);
    const fired: TimerName[] = [];
    const owner = new Owner((name) => fired.push(name));
    queue.set(owner.slot, "G", 500);
    clock.advance(500);
    queue.set(owner.slot, "H", 500);
    expect(queue.size).toBe(1);
    queue.close();
    clock.advance(5000);
    expect(fired).toEqual(["G"]);
    expect(queue.size).toBe(0);
  });
});
