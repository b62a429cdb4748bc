/** What the simulated front does beyond the contracts of its parts: the person's side, and independence of two fronts. */
import { describe, expect, it } from "vitest";
import { SimFront } from "../../../hal/driver/sim/front.ts";
import { HalError } from "../../../hal/error.ts";
import { isKey } from "../../../hal/keypad.ts";

const lcd = { width: 132, height: 64, format: "mono" } as const;

describe("simulated front", () => {
  it("tells the person of pictures, lamps, light, hook and jacks, and not of what stays the same", () => {
    const front = new SimFront(lcd);
    let seen = 0;
    front.person.onSeen = () => {
      seen++;
    };
    front.display.show(new Uint8Array(17 * 64));
    front.lamps.set("line1", { color: "green", pattern: "on" });
    front.lamps.set("line1", { color: "green", pattern: "on" });
    front.backlight.set(3);
    front.backlight.set(3);
    front.person.liftHandset(true);
    front.person.liftHandset(true);
    front.person.plug("headset", true);
    expect(seen).toBe(5);
    expect(front.person.handsetLifted).toBe(true);
    expect(front.person.plugged("headset")).toBe(true);
    expect(front.person.plugged("ethernet")).toBe(true);
  });

  it("refuses a picture of another size with the size it has", () => {
    const front = new SimFront(lcd);
    expect(() => front.display.show(new Uint8Array(10))).toThrow(HalError);
    expect(() => front.display.show(new Uint16Array(17 * 64))).toThrow("132x64 mono");
  });

  it("keeps two fronts apart", () => {
    const [one, other] = [new SimFront(lcd), new SimFront(lcd)];
    one.lamps.set("power", { color: "red", pattern: "on" });
    one.person.liftHandset(true);
    expect(other.person.lamp("power")).toEqual({ color: "off", pattern: "off" });
    expect(other.hook.lifted).toBe(false);
  });

  it("goes dark and silent when closed, twice if asked", async () => {
    const front = new SimFront(lcd);
    front.lamps.set("power", { color: "red", pattern: "on" });
    await front.close();
    await front.close();
    expect(front.person.lamp("power").pattern).toBe("off");
    expect(front.person.backlight).toBe(0);
    front.display.show(new Uint8Array(17 * 64).fill(255));
    expect(front.person.picture.every((byte) => byte === 0)).toBe(true);
  });
});

describe("key names", () => {
  it("knows the names of the panel's contract and no others", () => {
    for (const name of ["0", "#", "ok", "soft4", "line27", "exp6.40", "volume_down"])
      expect(isKey(name), name).toBe(true);
    for (const name of ["", "10", "line0", "line", "exp7.1", "exp1.0", "soft5", "OK"])
      expect(isKey(name), name).toBe(false);
  });
});
