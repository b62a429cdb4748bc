/** A front made of parts that are absent, fail and come back; and what the phone is told of them. */
import { describe, expect, test } from "vitest";
import { AssembledFront } from "../../../hal/driver/assembled-front.ts";
import { HidTelephony } from "../../../hal/driver/hid-telephony.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { Oled } from "../../../hal/driver/ssd1306.ts";
import { HalError } from "../../../hal/error.ts";
import type { PartTrouble } from "../../../hal/trouble.ts";
import { callLamps } from "../../../src/thread/front.ts";
import { OledModel } from "../../contract/front/oled-model.ts";
import { handset, UsbPorts } from "./usb-telephones.ts";

const lcd = { width: 132, height: 64, format: "mono" } as const;

function bench() {
  const clock = new ManualClock();
  const ports = new UsbPorts();
  const usb = new HidTelephony(clock, { title: "USB handset", role: "handset", system: ports });
  const panel = new OledModel("ssd1306");
  const facts = {
    title: "OLED",
    chip: "ssd1306",
    bus: 1,
    address: 0x3c,
    width: 128,
    height: 64,
    picture: lcd,
  } as const;
  const oled = new Oled({ ...facts, openI2c: async () => panel });
  const front = new AssembledFront(clock, { parts: [usb, oled], lcd });
  const told: PartTrouble[] = [];
  return { clock, ports, panel, front, told };
}

describe("a front of parts", () => {
  test("what is absent at the start is told to whom listens later, once, and used when it is plugged in", async () => {
    const { clock, ports, front, told } = bench();
    await front.open();
    front.onTrouble = (trouble) => told.push(trouble);
    await clock.advanceAsync(60_000);
    expect(told).toEqual([{ type: "lost", device: "USB handset", why: "USB handset: no USB handset is plugged in" }]);
    const keys: string[] = [];
    front.keypad.onKey = (key, down) => keys.push(`${key} ${down}`);
    const device = ports.plug(handset);
    await clock.advanceAsync(3000);
    expect(told.at(-1)).toEqual({ type: "back", device: "USB handset" });
    ports.report(device, 1, 0x20);
    ports.report(device, 1, 0x00);
    expect(keys).toEqual(["1 true", "1 false"]);
    await front.close();
  });

  test("unplugged and plugged in again in a call: the hook stays lifted, the lamps come back", async () => {
    const { clock, ports, front, told } = bench();
    const device = ports.plug(handset);
    await front.open();
    front.onTrouble = (trouble) => told.push(trouble);
    const hooks: boolean[] = [];
    if (front.hook !== undefined) front.hook.onChange = (lifted) => hooks.push(lifted);
    front.lamps.set("off-hook", { color: "green", pattern: "on" });
    ports.report(device, 1, 1);
    ports.unplug(device);
    await clock.advanceAsync(10_000);
    ports.plug(handset);
    await clock.advanceAsync(3000);
    expect(hooks).toEqual([true]);
    expect(told.map(({ type }) => type)).toEqual(["lost", "back"]);
    expect(ports.sent.at(-1)).toEqual(Uint8Array.of(2, 1));
    await front.close();
  });

  test("a display that comes back shows what was shown last", async () => {
    const { clock, panel, front, told } = bench();
    await front.open();
    front.onTrouble = (trouble) => told.push(trouble);
    front.display.show(new Uint8Array(17 * 64));
    await clock.advanceAsync(10);
    panel.failure = new HalError("OLED", "absent", "nobody answers at address 0x3c");
    front.display.show(new Uint8Array(17 * 64).fill(0xff));
    await clock.advanceAsync(10_000);
    expect(told.at(-1)).toMatchObject({ type: "lost", device: "OLED" });
    panel.failure = undefined;
    await clock.advanceAsync(5000);
    expect(told.at(-1)).toEqual({ type: "back", device: "OLED" });
    expect(panel.picture().every((byte) => byte === 0xff)).toBe(true);
    await front.close();
  });

  test("a device that never answers keeps the phone from starting for four seconds at most", async () => {
    const clock = new ManualClock();
    const facts = { title: "OLED", chip: "ssd1306", bus: 1, address: 0x3c, width: 128, height: 64 } as const;
    const front = new AssembledFront(clock, {
      lcd,
      parts: [new Oled({ ...facts, openI2c: () => new Promise(() => {}) })],
    });
    const opening = front.open();
    await clock.advanceAsync(4100);
    await opening;
    const told: PartTrouble[] = [];
    front.onTrouble = (trouble) => told.push(trouble);
    expect(told).toMatchObject([{ type: "lost", why: "OLED: it did not answer within 4 s" }]);
    await front.close();
  });
});

describe("lamps of all calls", () => {
  const sinceMs = 0;
  test.each([
    ["nothing", [], undefined, ["off", "off", "off"]],
    ["digits are collected", [], {}, ["off", "on", "off"]],
    ["somebody calls", [{ name: "incoming", sinceMs }], undefined, ["fast", "off", "off"]],
    ["a call", [{ name: "talking", hold: "none", sinceMs }], undefined, ["off", "on", "off"]],
    ["a held call", [{ name: "talking", hold: "local", sinceMs }], undefined, ["off", "off", "slow"]],
    ["held by them", [{ name: "talking", hold: "remote", sinceMs }], undefined, ["off", "on", "off"]],
  ] as const)("UIX-09: %s: ring, off-hook and hold show it", (_, phases, dial, patterns) => {
    const lamps = callLamps({ calls: phases.map((phase) => ({ phase })), dial });
    expect([...lamps.values()].map(({ pattern }) => pattern)).toEqual(patterns);
  });
});
