/** Drivers over Linux's small files and nodes: input events, backlight, LEDs, framebuffers; what they say when something is wrong. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SysfsBacklight } from "../../../hal/driver/backlight-sysfs.ts";
import { Framebuffer, likeOled } from "../../../hal/driver/framebuffer.ts";
import { adapterNumber } from "../../../hal/driver/i2c-bus.ts";
import { InputEventReader } from "../../../hal/driver/input-codes.ts";
import { InputDevice } from "../../../hal/driver/input-event.ts";
import { Leds } from "../../../hal/driver/leds.ts";
import { changes } from "../../../hal/driver/oled-protocol.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { HalError } from "../../../hal/error.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "offhook-hal-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** As a 64-bit kernel writes them. */
function event(type: number, code: number, value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(24));
  bytes.setUint16(16, type, true);
  bytes.setUint16(18, code, true);
  bytes.setInt32(20, value, true);
  return new Uint8Array(bytes.buffer);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 8000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what}: not in time`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("Linux input", () => {
  test("events of 32-bit and 64-bit kernels, in whatever pieces they come", () => {
    const wide = new InputEventReader(8);
    const both = Uint8Array.from([...event(1, 2, 1), ...event(1, 2, 0)]);
    expect([...both].flatMap((byte) => [...wide.read(Uint8Array.of(byte))])).toEqual([
      { type: 1, code: 2, value: 1 },
      { type: 1, code: 2, value: 0 },
    ]);
    expect(new InputEventReader(4).read(event(5, 5, -1).subarray(8))).toEqual([{ type: 5, code: 5, value: -1 }]);
  });

  test("AUD-21: a node found by its device's name gives keys and hook; after lost events no key hangs; its end is told", async () => {
    put("classes/event0/device/name", "Power Button\n");
    put("classes/event3/device/name", "gpio-keys\n");
    mkdirSync(join(root, "nodes"));
    execFileSync("mkfifo", [join(root, "nodes/event3")]);
    const part = new InputDevice({
      title: "keypad",
      device: { name: "gpio-keys" },
      keys: new Map([[30, "line1"]]),
      hook: { type: "switch", code: 5, inverted: true },
      roots: { classes: join(root, "classes"), nodes: join(root, "nodes") },
      longBytes: 8,
    });
    const told: unknown[] = [];
    if (part.keypad !== undefined) part.keypad.onKey = (key, down) => told.push([key, down]);
    if (part.hook !== undefined) part.hook.onChange = (lifted) => told.push(lifted);
    part.onLost = (error) => told.push(error.device);
    await part.open();
    const node = openSync(join(root, "nodes/event3"), "w");
    for (const [type, code, value] of [
      [5, 5, 0],
      [1, 0x205, 1],
      [1, 0x205, 2],
      [1, 0x205, 0],
      [1, 30, 1],
      [0, 3, 0],
      [1, 99, 1],
      [5, 5, 1],
    ] as const)
      writeSync(node, event(type, code, value));
    await until("events", () => told.length === 6);
    closeSync(node);
    await until("end", () => told.length === 7);
    expect(told).toEqual([true, ["5", true], ["5", false], ["line1", true], ["line1", false], false, "keypad"]);
    await part.close();
  });

  test("a device that is not there, and a node that is not, are named", async () => {
    const roots = { classes: join(root, "classes"), nodes: root };
    const part = new InputDevice({ title: "keypad", device: { name: "gpio-keys" }, keys: "usual", roots });
    await expect(part.open()).rejects.toMatchObject({
      code: "absent",
      message: 'keypad: there is no input device "gpio-keys"',
    });
    const missing = new InputDevice({ title: "keypad", device: { path: join(root, "event9") }, keys: "usual" });
    await expect(missing.open()).rejects.toMatchObject({ code: "absent", device: "keypad" });
  });
});

describe("UIX-13 and UIX-12: backlight and contrast", () => {
  test("ten levels on a light with few steps: 0 is dark, 1 can be seen, 10 is full; contrast is another regulator", async () => {
    for (const name of ["panel", "contrast"]) put(`${name}/max_brightness`, name === "panel" ? "7\n" : "255\n");
    const part = new SysfsBacklight({ title: "backlight", light: "panel", contrast: "contrast", root });
    await part.open();
    const steps = [0, 1, 2, 5, 10].map((level) => {
      part.backlight.set(level);
      return readFileSync(join(root, "panel/brightness"), "utf8");
    });
    expect(steps).toEqual(["0", "1", "1", "4", "7"]);
    part.backlight.setContrast(6);
    expect(readFileSync(join(root, "contrast/brightness"), "utf8")).toBe("153");
    await part.close();
    expect(readFileSync(join(root, "panel/brightness"), "utf8")).toBe("0");
  });

  test("without a backlight, with a broken one, and one that goes away: told with its name", async () => {
    await expect(new SysfsBacklight({ title: "backlight", root }).open()).rejects.toMatchObject({ code: "absent" });
    put("panel/max_brightness", "many\n");
    await expect(new SysfsBacklight({ title: "backlight", root }).open()).rejects.toMatchObject({ code: "broken" });
    put("panel/max_brightness", "7\n");
    const part = new SysfsBacklight({ title: "backlight", root });
    const lost: HalError[] = [];
    part.onLost = (error) => lost.push(error);
    await part.open();
    rmSync(join(root, "panel"), { recursive: true });
    part.backlight.set(5);
    part.backlight.set(6);
    expect(lost.map(({ device, code }) => [device, code])).toEqual([["backlight", "lost"]]);
  });
});

test("UIX-09: an LED that is not there is named, with those that are", async () => {
  put("red:power/trigger", "none\n");
  const part = new Leds(new ManualClock(), { title: "lamps", leds: [{ lamp: "power", led: "green:power" }], root });
  await expect(part.open()).rejects.toMatchObject({
    code: "absent",
    message: `lamps: there is no LED "green:power" in ${root}; there are: red:power`,
  });
});

describe("framebuffer", () => {
  const screen = (width: number, height: number, bits: number, stride: number, name = "panel"): void => {
    put("fb1/virtual_size", `${width},${height}\n`);
    put("fb1/bits_per_pixel", `${bits}\n`);
    put("fb1/stride", `${stride}\n`);
    put("fb1/name", `${name}\n`);
    put("nodes/fb1", new Uint8Array(stride * height));
  };
  const roots = () => ({ classes: root, nodes: join(root, "nodes") });
  const shown = async (part: Framebuffer, pixels: Uint8Array | Uint16Array): Promise<Buffer> => {
    part.display.show(pixels);
    await part.close();
    return readFileSync(join(root, "nodes/fb1"));
  };

  test("found by its driver's name; 32 bits a pixel are blue, green, red, nothing", async () => {
    screen(4, 2, 32, 16, "fb_ili9341");
    const picture = { width: 4, height: 2, format: "rgb565" } as const;
    const part = new Framebuffer({ title: "LCD", number: 0, names: ["fb_ili9341"], picture, roots: roots() });
    await part.open();
    const bytes = await shown(part, Uint16Array.of(0xf800, 0x07e0, 0x001f, 0xffff, 0, 0, 0, 0));
    expect([...bytes.subarray(0, 16)]).toEqual([0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0]);
  });

  test("one bit a pixel, as ssd1307fb has it: what is ink shines, the leftmost pixel is the lowest bit", async () => {
    screen(16, 2, 1, 2);
    const picture = { width: 16, height: 2, format: "mono" } as const;
    const part = new Framebuffer({ title: "OLED", number: 1, picture, colors: likeOled, roots: roots() });
    await part.open();
    expect([...(await shown(part, Uint8Array.of(0x80, 0x01, 0x00, 0xff)))]).toEqual([0x01, 0x80, 0x00, 0xff]);
  });

  test("a picture that is too large is shrunk, one that is a little too wide is cut", async () => {
    screen(2, 1, 16, 4);
    const large = new Framebuffer({
      ...{ title: "LCD", number: 1, roots: roots() },
      picture: { width: 4, height: 2, format: "rgb565" },
    });
    await large.open();
    const bytes = await shown(large, Uint16Array.of(0xf800, 0xf800, 0, 0xffff, 0xf800, 0xf800, 0xffff, 0));
    expect([bytes.readUInt16LE(0), bytes.readUInt16LE(2)]).toEqual([0xf800, 0x8410]);
    screen(128, 1, 1, 16);
    const wide = new Framebuffer({
      ...{ title: "OLED", number: 1, roots: roots(), colors: likeOled },
      picture: { width: 132, height: 1, format: "mono" },
    });
    await wide.open();
    const line = new Uint8Array(17);
    line[0] = 0b0011_0000;
    expect([...(await shown(wide, line))]).toEqual([0b11, ...new Uint8Array(15)]);
  });

  test("no screen, a strange one, and a picture of another size are refused with the part's name", async () => {
    const picture = { width: 4, height: 2, format: "rgb565" } as const;
    const part = new Framebuffer({ title: "LCD", number: 1, picture, roots: roots() });
    await expect(part.open()).rejects.toMatchObject({ device: "LCD", code: "absent" });
    screen(4, 2, 8, 4);
    await expect(part.open()).rejects.toMatchObject({ code: "broken", message: expect.stringContaining("8 bits") });
    screen(0, 0, 16, 0);
    await expect(part.open()).rejects.toMatchObject({ code: "broken" });
    expect(() => part.display.show(new Uint16Array(3))).toThrow("LCD: a picture of 3 elements is not 4x2 rgb565");
  });
});

describe("OLED", () => {
  test("only changed columns of changed pages are sent, in transfers as short as the bus wants them", () => {
    const before = new Uint8Array(1024);
    const after = before.slice();
    after.fill(1, 128 * 3 + 10, 128 * 3 + 50);
    const sent = changes("ssd1306", 128, before, after, 33);
    expect(sent.map((bytes) => bytes.length)).toEqual([4, 33, 9]);
    expect([...(sent[0] ?? [])]).toEqual([0, 0xb3, 0x0a, 0x10]);
    expect(changes("ssd1306", 128, after, after, 33)).toEqual([]);
    expect([...(changes("sh1106", 128, before, after, 33)[0] ?? [])]).toEqual([0, 0xb3, 0x0c, 0x10]);
  });

  test("a bus is found by the name of its adapter, whatever its number", () => {
    put("i2c-0/name", "bcm2835 (i2c@7e804000)\n");
    put("i2c-7/name", "CP2112 SMBus Bridge on hidraw0\n");
    expect(adapterNumber("CP2112", "OLED", root)).toBe(7);
    expect(() => adapterNumber("ftdi", "OLED", root)).toThrow("OLED: there is no I2C adapter");
  });
});
