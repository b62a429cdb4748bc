/** Key matrices on GPIO lines: debounce, ghosts, stuck keys; and the driver over lines without a chip. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { globalNumber } from "../../../hal/driver/gpio-lines.ts";
import { GpioFront } from "../../../hal/driver/gpio-onoff.ts";
import { allOpen, type MatrixEffect, scan } from "../../../hal/driver/matrix-scanner.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { HalError } from "../../../hal/error.ts";
import { FakeGpio } from "../../contract/front/fake-gpio.ts";

const shape = { columns: 3, debounceScans: 3, stuckMs: 1000 };

/** Scans of 10 ms each; returns what was told. */
function run(scans: readonly (readonly number[])[]): MatrixEffect[] {
  let state = allOpen;
  return scans.flatMap((closed, i) => {
    const [after, effects] = scan(shape, state, new Set(closed), i * 10);
    state = after;
    return [...effects];
  });
}

const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

describe("matrix scanner", () => {
  test("a contact that bounces is told once, when it has been quiet", () => {
    expect(run([[4], [], [4], [], [4], [4], [4], [4], [], [4], [], [], [], []])).toEqual([
      { type: "key", contact: 4, down: true },
      { type: "key", contact: 4, down: false },
    ]);
  });

  test("three corners of a rectangle conduct at the fourth: no key is pressed that nobody pressed", () => {
    // 0 and 1 lie in one row, 3 below 0; 4 is the ghost.
    expect(
      run([...times(3, [0]), ...times(3, [0, 1]), ...times(5, [0, 1, 3, 4]), ...times(3, [0, 1]), ...times(3, [])]),
    ).toEqual([
      { type: "key", contact: 0, down: true },
      { type: "key", contact: 1, down: true },
      { type: "key", contact: 0, down: false },
      { type: "key", contact: 1, down: false },
    ]);
  });

  test("random hands on random keys: every press has one release, and no ghost is told", () => {
    const seed = Date.now() & 0xffff;
    let state = seed;
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    let hand = new Set<number>();
    let machine = allOpen;
    const down = new Set<number>();
    for (let i = 0; i < 5000; i++) {
      if (random(6) === 0) hand = new Set(times(random(4), 0).map(() => random(9)));
      const closed = new Set(i > 4900 ? [] : withGhosts(hand));
      const [after, effects] = scan({ ...shape, stuckMs: 1e9 }, machine, closed, i * 10);
      machine = after;
      for (const effect of effects) {
        if (effect.type !== "key") continue;
        expect(down.has(effect.contact), `seed ${seed}, scan ${i}`).toBe(!effect.down);
        if (effect.down) {
          expect(hand.has(effect.contact), `seed ${seed}, scan ${i}: ghost`).toBe(true);
          down.add(effect.contact);
        } else down.delete(effect.contact);
      }
    }
    expect([...down], `seed ${seed}`).toEqual([]);
  });
});

/** What a 3x3 matrix without diodes shows. */
function withGhosts(hand: ReadonlySet<number>): number[] {
  const closed = new Set(hand);
  for (let size = 0; size !== closed.size; ) {
    size = closed.size;
    for (const a of [...closed])
      for (const b of [...closed]) {
        const corner = Math.floor(a / 3) * 3 + (b % 3);
        const other = Math.floor(b / 3) * 3 + (a % 3);
        if (closed.has(corner) && a !== b) closed.add(other);
      }
  }
  return [...closed];
}

describe("keys on GPIO lines", () => {
  const matrix = {
    rows: [0, 1],
    columns: [2, 3],
    keys: [
      ["1", "2"],
      ["4", "5"],
    ],
  } as const;
  const opened = async () => {
    const clock = new ManualClock();
    const gpio = new FakeGpio();
    const front = new GpioFront(clock, { title: "keypad", chip: "fake", matrix, hook: { line: 9 }, system: gpio });
    const told: unknown[] = [];
    front.keypad.onKey = (key, down) => told.push([key, down]);
    front.onFault = (device, why) => told.push([device, why]);
    front.onLost = (error) => told.push(error.message);
    await front.open();
    await clock.advanceAsync(20);
    return { clock, gpio, front, told };
  };

  test("a stuck key is let go, told by its name, and told again when it is free; the others work meanwhile", async () => {
    const { clock, gpio, front, told } = await opened();
    gpio.press(1, 3, true);
    await clock.advanceAsync(31_000);
    expect(told).toEqual([
      ["5", true],
      ["5", false],
      ["keypad, key 5", "key 5 is stuck (keypad)"],
    ]);
    gpio.press(0, 2, true);
    await clock.advanceAsync(400);
    gpio.press(0, 2, false);
    await clock.advanceAsync(400);
    gpio.press(1, 3, false);
    await clock.advanceAsync(1000);
    expect(told.slice(3)).toEqual([
      ["1", true],
      ["1", false],
      ["keypad, key 5", undefined],
    ]);
    await front.close();
  });

  test("nothing is scanned while no key is pressed", async () => {
    const { clock, gpio, front } = await opened();
    let reads = 0;
    const has = gpio.closed[Symbol.iterator].bind(gpio.closed);
    gpio.closed[Symbol.iterator] = () => {
      reads++;
      return has();
    };
    await clock.advanceAsync(60_000);
    expect(reads).toBe(0);
    await front.close();
  });

  test("a hook switch that is lifted at the start is known at once", async () => {
    const clock = new ManualClock();
    const gpio = new FakeGpio();
    gpio.grounded.add(9);
    const front = new GpioFront(clock, { title: "hook switch", chip: "fake", hook: { line: 9 }, system: gpio });
    await front.open();
    expect(front.hook?.lifted).toBe(true);
    await front.close();
    expect([...gpio.opened]).toEqual([]);
  });

  test("a chip that goes away is told once with the part's name, and its lines are given back", async () => {
    const { clock, gpio, told } = await opened();
    gpio.failure = new HalError("GPIO fake line 2", "broken", "no such device");
    gpio.press(0, 2, true);
    await clock.advanceAsync(1000);
    expect(told).toEqual(["keypad: GPIO fake line 2: no such device"]);
    expect([...gpio.opened]).toEqual([]);
  });
});

describe("GPIO numbers", () => {
  test("a line is found by the label of its chip, from whatever base the kernel counts", () => {
    const root = mkdtempSync(join(tmpdir(), "offhook-gpio-"));
    try {
      for (const [name, label, base] of [
        ["gpiochip512", "pinctrl-bcm2711", 512],
        ["gpiochip570", "raspberrypi-exp-gpio", 570],
      ] as const) {
        mkdirSync(join(root, name));
        writeFileSync(join(root, name, "label"), `${label}\n`);
        writeFileSync(join(root, name, "base"), `${base}\n`);
        writeFileSync(join(root, name, "ngpio"), "58\n");
      }
      expect(globalNumber(["pinctrl-bcm2835", "pinctrl-bcm2711"], 17, root)).toBe(529);
      expect(() => globalNumber("pinctrl-rp1", 17, root)).toThrow(
        "GPIO pinctrl-rp1 line 17: there is no chip with this label; there is pinctrl-bcm2711, raspberrypi-exp-gpio",
      );
      expect(() => globalNumber("pinctrl-bcm2711", 58, root)).toThrow("the chip has 58 lines");
      expect(() => globalNumber("x", 0, join(root, "none"))).toThrow("CONFIG_GPIO_SYSFS");
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
