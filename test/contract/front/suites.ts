/** The contracts of hal's front parts as suites that any driver is run through; `sim.test.ts` shows how. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Backlight } from "../../../hal/backlight.ts";
import type { Display } from "../../../hal/display.ts";
import type { Hook } from "../../../hal/hook.ts";
import type { Jack, Jacks } from "../../../hal/jack.ts";
import type { Key, Keypad } from "../../../hal/keypad.ts";
import type { LampId, LampState, Lamps } from "../../../hal/lamp.ts";

/** A driver opened for one test. `settle` waits until what the hand did has arrived (a loop turn, a bus poll). */
export interface Opened<Driver> {
  readonly driver: Driver;
  settle(): Promise<void>;
}

export interface OpenedKeypad extends Opened<Keypad> {
  /** Keys that this keypad has; at least two. */
  readonly keys: readonly Key[];
  press(key: Key): void;
  release(key: Key): void;
}

export function keypadContract(name: string, open: () => Promise<OpenedKeypad>): void {
  describe(`keypad contract: ${name}`, () => {
    let opened: OpenedKeypad;
    let events: [Key, boolean][];
    beforeEach(async () => {
      opened = await open();
      events = [];
      opened.driver.onKey = (key, down) => events.push([key, down]);
    });
    afterEach(() => opened.driver.close());
    const nth = (n: number): Key => opened.keys[n] ?? "0";

    it("tells press and release of every key, in order", async () => {
      for (const key of opened.keys) {
        opened.press(key);
        await opened.settle();
        opened.release(key);
        await opened.settle();
      }
      expect(events).toEqual(
        opened.keys.flatMap((key) => [
          [key, true],
          [key, false],
        ]),
      );
    });

    it("follows every press with exactly one release, two keys at once included", async () => {
      opened.press(nth(0));
      await opened.settle();
      opened.press(nth(1));
      await opened.settle();
      opened.release(nth(0));
      await opened.settle();
      opened.release(nth(1));
      await opened.settle();
      expect(events).toEqual([
        [nth(0), true],
        [nth(1), true],
        [nth(0), false],
        [nth(1), false],
      ]);
    });

    it("tells a press once, however often the hand repeats it", async () => {
      opened.press(nth(0));
      opened.press(nth(0));
      await opened.settle();
      opened.release(nth(0));
      opened.release(nth(0));
      await opened.settle();
      expect(events).toEqual([
        [nth(0), true],
        [nth(0), false],
      ]);
    });

    it("releases keys still down when it is closed, and is silent then", async () => {
      opened.press(nth(0));
      await opened.settle();
      await opened.driver.close();
      expect(events).toEqual([
        [nth(0), true],
        [nth(0), false],
      ]);
      opened.press(nth(1));
      await opened.settle();
      expect(events).toHaveLength(2);
    });

    it("may be closed twice", async () => {
      await opened.driver.close();
      await expect(opened.driver.close()).resolves.toBeUndefined();
    });

    it("needs no listener", async () => {
      opened.driver.onKey = undefined;
      opened.press(nth(0));
      opened.release(nth(0));
      await opened.settle();
      expect(events).toEqual([]);
    });
  });
}

export interface OpenedHook extends Opened<Hook> {
  lift(lifted: boolean): void;
}

export function hookContract(name: string, open: () => Promise<OpenedHook>): void {
  describe(`hook contract: ${name}`, () => {
    let opened: OpenedHook;
    let events: boolean[];
    beforeEach(async () => {
      opened = await open();
      events = [];
      opened.driver.onChange = (lifted) => events.push(lifted);
    });
    afterEach(() => opened.driver.close());

    it("tells lifting and replacing, and keeps the state readable", async () => {
      expect(opened.driver.lifted).toBe(false);
      opened.lift(true);
      await opened.settle();
      expect(opened.driver.lifted).toBe(true);
      opened.lift(false);
      await opened.settle();
      expect(opened.driver.lifted).toBe(false);
      expect(events).toEqual([true, false]);
    });

    it("tells only changes", async () => {
      opened.lift(false);
      opened.lift(true);
      opened.lift(true);
      await opened.settle();
      expect(events).toEqual([true]);
    });

    it("is silent once closed", async () => {
      await opened.driver.close();
      opened.lift(true);
      await opened.settle();
      expect(events).toEqual([]);
    });
  });
}

export interface OpenedJacks extends Opened<Jacks> {
  plug(jack: Jack, plugged: boolean): void;
}

export function jacksContract(name: string, open: () => Promise<OpenedJacks>): void {
  describe(`jacks contract: ${name}`, () => {
    it("tells only changes, and keeps the state readable", async () => {
      const opened = await open();
      const events: [Jack, boolean][] = [];
      opened.driver.onChange = (jack, plugged) => events.push([jack, plugged]);
      opened.plug("headset", true);
      opened.plug("headset", true);
      await opened.settle();
      expect(opened.driver.plugged("headset")).toBe(true);
      opened.plug("headset", false);
      await opened.settle();
      expect(opened.driver.plugged("headset")).toBe(false);
      expect(events).toEqual([
        ["headset", true],
        ["headset", false],
      ]);
      await opened.driver.close();
      opened.plug("headset", true);
      await opened.settle();
      expect(events).toHaveLength(2);
    });
  });
}

export interface OpenedDisplay extends Opened<Display> {
  /** What can be seen now, in the display's own format. */
  picture(): Uint8Array | Uint16Array;
}

export function displayContract(name: string, open: () => Promise<OpenedDisplay>): void {
  describe(`display contract: ${name}`, () => {
    let opened: OpenedDisplay;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.driver.close());

    /** A picture that differs in every row and column. */
    function pattern(seed: number): Uint8Array | Uint16Array {
      const { width, height, format } = opened.driver;
      if (format === "rgb565")
        return Uint16Array.from({ length: width * height }, (_, i) => (i * 2_654_435_761 + seed) & 0xffff);
      const stride = (width + 7) >> 3;
      const rows = Uint8Array.from({ length: stride * height }, (_, i) => (i * 167 + seed) & 0xff);
      // Bits beyond the width mean nothing; they are clear, so that pictures can be compared.
      if (width % 8 !== 0)
        for (let y = 0; y < height; y++)
          rows[y * stride + stride - 1] = (rows[y * stride + stride - 1] ?? 0) & (0xff << (8 - (width % 8)));
      return rows;
    }

    it("shows what it is given, pixel by pixel", async () => {
      opened.driver.show(pattern(1));
      await opened.settle();
      expect(opened.picture()).toEqual(pattern(1));
    });

    it("lets the caller reuse the buffer at once", async () => {
      const pixels = pattern(2);
      opened.driver.show(pixels);
      pixels.fill(0);
      await opened.settle();
      expect(opened.picture()).toEqual(pattern(2));
    });

    it("ends with the last picture when it is given many", async () => {
      for (let i = 0; i < 50; i++) opened.driver.show(pattern(i));
      await opened.settle();
      expect(opened.picture()).toEqual(pattern(49));
    });

    it("may be closed twice", async () => {
      await opened.driver.close();
      await expect(opened.driver.close()).resolves.toBeUndefined();
    });
  });
}

export interface OpenedLamps extends Opened<Lamps> {
  /** A lamp that is there and has both colours. */
  readonly lamp: LampId;
  lit(lamp: LampId): LampState;
}

export function lampsContract(name: string, open: () => Promise<OpenedLamps>): void {
  describe(`lamps contract: ${name}`, () => {
    let opened: OpenedLamps;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.driver.close());

    it.each([
      { color: "red", pattern: "fast" },
      { color: "green", pattern: "on" },
      { color: "green", pattern: "slow" },
      { color: "off", pattern: "off" },
    ] satisfies LampState[])("shows $color $pattern", async (state) => {
      opened.driver.set(opened.lamp, { color: "red", pattern: "on" });
      opened.driver.set(opened.lamp, state);
      await opened.settle();
      expect(opened.lit(opened.lamp)).toEqual(state);
    });

    it("ignores a lamp that is not there", async () => {
      expect(() => opened.driver.set("exp6.99", { color: "red", pattern: "on" })).not.toThrow();
      await opened.settle();
    });

    it("may be closed twice", async () => {
      await opened.driver.close();
      await expect(opened.driver.close()).resolves.toBeUndefined();
    });
  });
}

export interface OpenedBacklight extends Opened<Backlight> {
  /** 0 to 10. */
  level(): number;
}

export function backlightContract(name: string, open: () => Promise<OpenedBacklight>): void {
  describe(`backlight contract: ${name}`, () => {
    it("goes from off to full and takes no harm from values outside", async () => {
      const opened = await open();
      for (const [asked, seen] of [
        [0, 0],
        [10, 10],
        [-3, 0],
        [99, 10],
      ] as const) {
        opened.driver.set(asked);
        await opened.settle();
        expect(opened.level()).toBe(seen);
      }
      opened.driver.setContrast(0);
      opened.driver.setContrast(11);
      await opened.driver.close();
      await expect(opened.driver.close()).resolves.toBeUndefined();
    });
  });
}
