/** The drivers of devices through the contracts of their parts, over nodes and trees that behave like the kernel's. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { AssembledFront } from "../../../hal/driver/assembled-front.ts";
import { SysfsBacklight } from "../../../hal/driver/backlight-sysfs.ts";
import { Framebuffer } from "../../../hal/driver/framebuffer.ts";
import type { FrontPart } from "../../../hal/driver/front-part.ts";
import { GpioFront } from "../../../hal/driver/gpio-onoff.ts";
import { HidTelephony } from "../../../hal/driver/hid-telephony.ts";
import { Leds } from "../../../hal/driver/leds.ts";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { Oled } from "../../../hal/driver/ssd1306.ts";
import type { LampPattern } from "../../../hal/lamp.ts";
import { handset, headset, UsbPorts } from "../../unit/hal/usb-telephones.ts";
import { FakeGpio } from "./fake-gpio.ts";
import { OledModel } from "./oled-model.ts";
import {
  backlightContract,
  displayContract,
  hookContract,
  jacksContract,
  keypadContract,
  lampsContract,
  type OpenedKeypad,
} from "./suites.ts";

const lcd = { width: 132, height: 64, format: "mono" } as const;
const folder = mkdtempSync(join(tmpdir(), "offhook-devices-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let trees = 0;

/** A tree of small files, as sysfs is one. */
function tree(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = join(folder, String(trees++));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function part<Role extends keyof FrontPart>(of: FrontPart, role: Role): NonNullable<FrontPart[Role]> {
  const found = of[role];
  if (found === undefined) throw new Error(`${of.name} has no ${role}`);
  return found;
}

async function telephone(role: "handset" | "headset") {
  const clock = new ManualClock();
  const ports = new UsbPorts();
  const device = ports.plug(role === "handset" ? handset : headset);
  const driver = new HidTelephony(clock, { title: `USB ${role}`, role, system: ports });
  await driver.open();
  return { clock, ports, device, driver, settle: () => clock.advanceAsync(50) };
}

keypadContract("USB handset", async (): Promise<OpenedKeypad> => {
  const { driver, ports, device, settle } = await telephone("headset");
  // Volume keys: two bits of report 2, which may be down together.
  let bits = 0;
  const move = (key: string, down: boolean): void => {
    const bit = key === "volume_up" ? 1 : 2;
    bits = down ? bits | bit : bits & ~bit;
    ports.report(device, 2, bits);
  };
  return {
    ...{ driver: driver.keypad, settle, keys: ["volume_up", "volume_down"] },
    press: (key) => move(key, true),
    release: (key) => move(key, false),
  };
});

hookContract("USB handset", async () => {
  const { driver, ports, device, settle } = await telephone("handset");
  return { driver: part(driver, "hook"), settle, lift: (lifted) => ports.report(device, 1, lifted ? 1 : 0) };
});

jacksContract("USB headset", async () => {
  const clock = new ManualClock();
  const ports = new UsbPorts();
  const headsetPart = new HidTelephony(clock, { title: "USB headset", role: "headset", optional: true, system: ports });
  const front = await new AssembledFront(clock, { parts: [headsetPart], lcd }).open();
  let device: ReturnType<UsbPorts["plug"]> | undefined;
  if (front.jacks === undefined) throw new Error("no jacks");
  return {
    driver: front.jacks,
    settle: () => clock.advanceAsync(4000),
    plug(_jack, plugged) {
      if (plugged && device === undefined) device = ports.plug(headset);
      else if (!plugged && device !== undefined) {
        ports.unplug(device);
        device = undefined;
      }
    },
  };
});

const matrix = {
  rows: [5, 6, 13],
  columns: [16, 20, 21],
  keys: [
    ["1", "2", "3"],
    ["4", "5", "6"],
    ["*", "0", ""],
  ],
} as const;

for (const settleMs of [0, 2])
  keypadContract(`GPIO matrix, ${settleMs} ms to settle`, async () => {
    const clock = new ManualClock();
    const gpio = new FakeGpio();
    const driver = new GpioFront(clock, {
      title: "keypad",
      chip: "fake",
      matrix: { ...matrix, settleMs },
      system: gpio,
    });
    await driver.open();
    await clock.advanceAsync(50);
    const move = (key: string, down: boolean): void => {
      const row = matrix.keys.findIndex((keys) => (keys as readonly string[]).includes(key));
      const column = (matrix.keys[row] as readonly string[]).indexOf(key);
      gpio.press(matrix.rows[row] ?? 0, matrix.columns[column] ?? 0, down);
    };
    return {
      ...{ driver: driver.keypad, settle: () => clock.advanceAsync(100), keys: ["1", "2", "5", "6", "*", "0"] },
      press: (key) => move(key, true),
      release: (key) => move(key, false),
    };
  });

keypadContract("GPIO lines", async () => {
  const clock = new ManualClock();
  const gpio = new FakeGpio();
  const keys = [
    { key: "speaker", line: 1 },
    { key: "mute", line: 2 },
  ] as const;
  const driver = new GpioFront(clock, { title: "keys", chip: "fake", keys, system: gpio });
  await driver.open();
  const line = (key: string): number => keys.find((each) => each.key === key)?.line ?? 0;
  return {
    ...{ driver: driver.keypad, settle: () => clock.advanceAsync(100), keys: keys.map(({ key }) => key) },
    press: (key) => gpio.ground(line(key), true),
    release: (key) => gpio.ground(line(key), false),
  };
});

hookContract("GPIO line", async () => {
  const clock = new ManualClock();
  const gpio = new FakeGpio();
  const driver = new GpioFront(clock, { title: "hook switch", chip: "fake", hook: { line: 0 }, system: gpio });
  await driver.open();
  return {
    driver: part(driver, "hook"),
    settle: () => clock.advanceAsync(100),
    lift: (lifted) => gpio.ground(0, lifted),
  };
});

/** Looks at lights for longer than the slowest pattern takes. */
async function watch(clock: ManualClock, lit: () => boolean): Promise<LampPattern> {
  const seen: boolean[] = [];
  for (let i = 0; i < 80; i++) {
    await clock.advanceAsync(50);
    seen.push(lit());
  }
  const changes = seen.filter((now, i) => i > 0 && now !== seen[i - 1]).length;
  if (changes > 10) return "fast";
  return changes > 0 ? "slow" : lit() ? "on" : "off";
}

lampsContract("GPIO lines", async () => {
  const clock = new ManualClock();
  const gpio = new FakeGpio();
  const lamps = [
    { lamp: "line1", line: 8, color: "green" },
    { lamp: "line1", line: 9, color: "red", activeLow: true },
  ] as const;
  const driver = new GpioFront(clock, { title: "lamps", chip: "fake", lamps, system: gpio });
  await driver.open();
  let green: LampPattern = "off";
  let red: LampPattern = "off";
  return {
    ...{ driver: driver.lamps, lamp: "line1" },
    settle: async () => {
      green = await watch(clock, () => gpio.driven.get(8) === 1);
      red = await watch(clock, () => gpio.driven.get(9) === 0);
    },
    lit: () =>
      green !== "off" ? { color: "green", pattern: green } : { color: red === "off" ? "off" : "red", pattern: red },
  };
});

for (const timer of [true, false])
  lampsContract(`LEDs of Linux ${timer ? "with" : "without"} the timer trigger`, async () => {
    const clock = new ManualClock();
    const files: Record<string, string> = {};
    for (const led of ["green:line1", "red:line1"])
      Object.assign(files, {
        [`${led}/max_brightness`]: "255\n",
        [`${led}/brightness`]: "7\n",
        [`${led}/trigger`]: timer ? "none [mmc0] timer\n" : "none [mmc0]\n",
        [`${led}/delay_on`]: "500\n",
        [`${led}/delay_off`]: "500\n",
      });
    const root = tree(files);
    const leds = [
      { lamp: "line1", led: "green:line1", color: "green" },
      { lamp: "line1", led: "red:line1", color: "red" },
    ] as const;
    const driver = new Leds(clock, { title: "lamps", leds, root });
    await driver.open();
    const read = (led: string, file: string): string => readFileSync(join(root, led, file), "utf8").trim();
    const patternOf = async (led: string): Promise<LampPattern> => {
      if (read(led, "trigger") === "timer") return read(led, "delay_on") === "200" ? "fast" : "slow";
      return watch(clock, () => read(led, "brightness") === "255");
    };
    let [green, red]: LampPattern[] = ["off", "off"];
    return {
      ...{ driver: driver.lamps, lamp: "line1" },
      settle: async () => {
        green = await patternOf("green:line1");
        red = await patternOf("red:line1");
      },
      lit: () =>
        green !== undefined && green !== "off"
          ? { color: "green", pattern: green }
          : { color: red === "off" ? "off" : "red", pattern: red ?? "off" },
    };
  });

backlightContract("backlight class", async () => {
  const root = tree({ "panel/max_brightness": "31\n", "panel/brightness": "31\n" });
  const driver = new SysfsBacklight({ title: "backlight", root });
  await driver.open();
  return {
    driver: driver.backlight,
    settle: async () => {},
    level: () => Math.round((Number(readFileSync(join(root, "panel/brightness"), "utf8")) * 10) / 31),
  };
});

const short = (): Promise<void> => new Promise((resolve) => systemClock.after(60, resolve));

for (const [width, height, format] of [
  [480, 272, "rgb565"],
  [132, 64, "mono"],
] as const)
  displayContract(`framebuffer of 16 bits, ${format}`, async () => {
    const root = tree({
      "classes/fb0/virtual_size": "480,320\n",
      "classes/fb0/bits_per_pixel": "16\n",
      "classes/fb0/stride": "960\n",
      "nodes/fb0": new Uint8Array(960 * 320),
    });
    const roots = { classes: join(root, "classes"), nodes: join(root, "nodes") };
    const driver = new Framebuffer({ title: "LCD", number: 0, picture: { width, height, format }, roots });
    await driver.open();
    const scale = format === "mono" ? 3 : 1;
    const [left, top] = [(480 - width * scale) / 2, (320 - height * scale) / 2];
    return {
      driver: driver.display,
      settle: short,
      picture: () => {
        const bytes = readFileSync(join(root, "nodes/fb0"));
        const at = (x: number, y: number): number =>
          bytes.readUInt16LE(960 * (top + y * scale) + 2 * (left + x * scale));
        if (format === "rgb565")
          return Uint16Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width)));
        const stride = (width + 7) >> 3;
        const rows = new Uint8Array(stride * height);
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++)
            if (at(x, y) === 0) rows[y * stride + (x >> 3)] = (rows[y * stride + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
        return rows;
      },
    };
  });

for (const chip of ["ssd1306", "sh1106"] as const)
  displayContract(`OLED ${chip}`, async () => {
    const model = new OledModel(chip);
    const facts = { title: "OLED", chip, bus: 1, address: 0x3c, width: 128, height: 64 } as const;
    const driver = new Oled({ ...facts, openI2c: async () => model });
    await driver.open();
    return { driver: driver.display, settle: short, picture: () => model.picture() };
  });

backlightContract("OLED", async () => {
  const model = new OledModel("ssd1306");
  const facts = { title: "OLED", chip: "ssd1306", bus: 1, address: 0x3c, width: 128, height: 64 } as const;
  const driver = new Oled({ ...facts, openI2c: async () => model });
  await driver.open();
  driver.display.show(new Uint8Array(1024));
  driver.backlight.setContrast(10);
  return {
    driver: driver.backlight,
    settle: short,
    level: () => (model.lit ? Math.round((model.contrast * 10) / 255) : 0),
  };
});
