/** USB telephones: descriptors, reports, what they mean, quirks, and the driver over devices that are plugged and unplugged. */
import { describe, expect, test } from "vitest";
import { readHidDescriptor } from "../../../hal/driver/hid-descriptor.ts";
import { hidQuirks, quirkOf } from "../../../hal/driver/hid-quirks.ts";
import { readInput, writeOutputs } from "../../../hal/driver/hid-report.ts";
import { type HidEffect, next, telephoneOf } from "../../../hal/driver/hid-telephone.ts";
import { HidTelephony } from "../../../hal/driver/hid-telephony.ts";
import { hookSwitch, leds } from "../../../hal/driver/hid-usages.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { HalError } from "../../../hal/error.ts";
import { handset, headset, mouse, numberPad, UsbPorts } from "./usb-telephones.ts";

function layoutOf(descriptor: Uint8Array) {
  const reading = readHidDescriptor(descriptor);
  if (!reading.ok) throw new Error(reading.why);
  return reading.layout;
}

/** Runs reports through the machine of a device. */
function effectsOf(descriptor: Uint8Array, reports: readonly number[][], vendorId = 0, productId = 0, stepMs = 100) {
  const layout = layoutOf(descriptor);
  let state = telephoneOf(layout, quirkOf(vendorId, productId));
  const all: HidEffect[] = [];
  reports.forEach((report, i) => {
    if (state === undefined) throw new Error("no telephone");
    const [after, effects] = next(state, readInput(layout, Uint8Array.from(report)), i * stepMs);
    state = after;
    all.push(...effects);
  });
  return all;
}

describe("HID 1.11 §6.2.2: report descriptors", () => {
  test("a handset's reports are numbered, its application is told, its fields lie where they lie", () => {
    const layout = layoutOf(handset);
    expect([layout.numbered, layout.applications]).toEqual([true, [0x000b_0004]]);
    expect(layout.fields[0]).toMatchObject({ kind: "input", reportId: 1, firstBit: 0, bits: 1, usages: [hookSwitch] });
    expect(layout.fields[4]).toMatchObject({ array: true, firstBit: 4, bits: 4, logicalMin: 1, logicalMax: 12 });
    expect(layout.fields[5]).toMatchObject({ kind: "output", reportId: 2, count: 4, constant: false });
  });

  test.each([
    ["an item that is cut off", [0x05]],
    ["a collection without end", [0xa1, 0x01]],
    ["an end without collection", [0xc0]],
    ["a range of four thousand million usages", [0x1b, 0, 0, 0, 0, 0x2b, 0xff, 0xff, 0xff, 0xff]],
    ["a field of many megabytes", [0x75, 0x20, 0x97, 0xff, 0xff, 0xff, 0x7f, 0x81, 0x02]],
  ])("%s is an answer in words and no exception", (_, bytes) => {
    expect(readHidDescriptor(Uint8Array.from(bytes))).toMatchObject({ ok: false });
  });

  test("a descriptor that is cut off anywhere, or has one wrong byte, never throws", () => {
    for (let i = 0; i < handset.length; i++) {
      expect(() => readHidDescriptor(handset.slice(0, i))).not.toThrow();
      for (const value of [0, 0x7f, 0xfe, 0xff]) {
        const wrong = handset.slice();
        wrong[i] = value;
        const reading = readHidDescriptor(wrong);
        if (reading.ok) readInput(reading.layout, Uint8Array.of(1, 0xff));
      }
    }
  });
});

describe("USB telephones", () => {
  test("AUD-21: a handset's hook, keys and keypad", () => {
    const effects = effectsOf(handset, [
      [1, 0x01],
      [1, 0x61],
      [1, 0x01],
      [1, 0x03],
      [1, 0xb1],
      [1, 0x01],
      [1, 0x00],
    ]);
    expect(effects).toEqual([
      { type: "hook", lifted: true },
      { type: "key", key: "5", down: true },
      { type: "key", key: "5", down: false },
      { type: "tap", key: "mute" },
      { type: "key", key: "*", down: true },
      { type: "key", key: "*", down: false },
      { type: "hook", lifted: false },
    ]);
  });

  test("AUD-17: the button of a headset presses the headset key; what only follows our lamp does not", () => {
    const layout = layoutOf(headset);
    const telephone = telephoneOf(layout, undefined);
    expect(telephone?.role).toBe("headset");
    if (telephone === undefined) return;
    const pressed = next(telephone, readInput(layout, Uint8Array.of(1, 1)), 0);
    expect(pressed[1]).toEqual([{ type: "tap", key: "headset" }]);
    const echo = next({ ...telephone, offHookLed: true }, readInput(layout, Uint8Array.of(1, 1)), 0);
    expect(echo[1]).toEqual([]);
  });

  test("a number pad's array of keys: two at once, released one by one", () => {
    const pad = (...codes: number[]) => [0, 0, ...codes, ...[0, 0, 0, 0, 0, 0].slice(codes.length)];
    expect(effectsOf(numberPad, [pad(0x59), pad(0x59, 0x5a), pad(0x5a), pad()])).toEqual([
      { type: "key", key: "1", down: true },
      { type: "key", key: "2", down: true },
      { type: "key", key: "1", down: false },
      { type: "key", key: "2", down: false },
    ]);
  });

  test("a mouse is no telephone", () => {
    expect(telephoneOf(layoutOf(mouse), undefined)).toBeUndefined();
  });

  test("a report that is too short, or has another number, presses nothing", () => {
    expect(effectsOf(handset, [[], [1], [9, 0xff], [2, 0xff]])).toEqual([]);
  });

  test("lamps are bits of the output report that has them", () => {
    const layout = layoutOf(handset);
    const all = new Set([leds.offHook, leds.ring, leds.messageWaiting, leds.mute]);
    expect(writeOutputs(layout, all, new Set([leds.ring, leds.mute]))).toEqual([Uint8Array.of(2, 0b1010)]);
    expect(writeOutputs(layout, new Set([leds.hold]), new Set([leds.hold]))).toEqual([]);
  });
});

describe("quirks", () => {
  test("the line of the product goes before the line of its vendor, and an unknown one has none", () => {
    const table = [
      { vendorId: 1, title: "vendor" },
      { vendorId: 1, productIds: [2], title: "product" },
    ];
    expect(quirkOf(1, 2, table)?.title).toBe("product");
    expect(quirkOf(1, 3, table)?.title).toBe("vendor");
    expect(quirkOf(2, 2, table)).toBeUndefined();
  });

  test("every line says of whom it speaks, once", () => {
    const ids = hidQuirks.flatMap((quirk) => (quirk.productIds ?? ["all"]).map((id) => `${quirk.vendorId} ${id}`));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("Blackwire 3220: a volume key that is told twice counts once", () => {
    const twice = [
      [2, 1],
      [2, 0],
      [2, 1],
      [2, 0],
    ];
    const presses = (product: number, stepMs: number) =>
      effectsOf(headset, twice, 0x047f, product, stepMs).filter((effect) => effect.type === "key" && effect.down);
    expect(presses(0xc056, 1)).toHaveLength(1);
    expect(presses(0xc056, 100)).toHaveLength(2);
    expect(presses(0xc001, 1)).toHaveLength(2);
  });

  test("Blackwire 3210: the opposite volume key that follows was not pressed", () => {
    const effects = effectsOf(
      headset,
      [
        [2, 1],
        [2, 0],
        [2, 2],
        [2, 0],
      ],
      0x047f,
      0xc055,
      50,
    );
    expect(effects).toEqual([
      { type: "key", key: "volume_up", down: true },
      { type: "key", key: "volume_up", down: false },
    ]);
  });

  test("Logitech: a mute switch that keeps its state is a press at each change", () => {
    expect(
      effectsOf(
        headset,
        [
          [1, 2],
          [1, 2],
          [1, 0],
        ],
        0x046d,
        1,
      ),
    ).toEqual([
      { type: "tap", key: "mute" },
      { type: "tap", key: "mute" },
    ]);
  });

  test("Jabra: lamps that the device makes blink by itself are held on", async () => {
    const { ports, clock } = bench();
    ports.plug(headset, { vendorId: 0x0b0e });
    const part = new HidTelephony(clock, { title: "USB headset", role: "headset", system: ports });
    await part.open();
    part.lamps.set("ring", { color: "red", pattern: "fast" });
    await clock.advanceAsync(3000);
    expect(ports.sent.at(-1)).toEqual(Uint8Array.of(3, 0b0100));
    expect(ports.sent).toHaveLength(2);
    await part.close();
  });
});

function bench() {
  const ports = new UsbPorts();
  const clock = new ManualClock();
  const part = new HidTelephony(clock, { title: "USB handset", role: "handset", system: ports });
  const lost: HalError[] = [];
  part.onLost = (error) => lost.push(error);
  return { ports, clock, part, lost };
}

describe("the driver of USB telephones", () => {
  test("nothing plugged in, another kind of device and one that may not be opened are told apart", async () => {
    const { ports, part } = bench();
    await expect(part.open()).rejects.toMatchObject({
      code: "absent",
      message: "USB handset: no USB handset is plugged in",
    });
    ports.plug(mouse);
    await expect(part.open()).rejects.toMatchObject({ code: "absent" });
    const device = ports.plug(handset);
    device.busy = true;
    await expect(part.open()).rejects.toMatchObject({ code: "refused", device: "USB handset" });
  });

  test("a handset with a wrong descriptor is named with what is wrong", async () => {
    const { ports, clock } = bench();
    ports.plug(handset.slice(0, 20), { product: "Old Phone" });
    const named = { title: "USB handset", role: "handset", vendorId: 0x1209, system: ports } as const;
    await expect(new HidTelephony(clock, named).open()).rejects.toMatchObject({
      message: "USB handset: the report descriptor of Old Phone (1209:7a01) is wrong: a collection does not end",
    });
  });

  test("UIX-09: lamps blink, and go out when it is closed", async () => {
    const { ports, clock, part } = bench();
    ports.plug(handset);
    await part.open();
    part.lamps.set("message", { color: "red", pattern: "on" });
    part.lamps.set("ring", { color: "red", pattern: "fast" });
    await clock.advanceAsync(450);
    part.lamps.set("ring", { color: "off", pattern: "off" });
    await part.close();
    expect(ports.sent.map((report) => report[1])).toEqual([0, 4, 6, 4, 6, 4, 0]);
  });

  test("unplugged in use: keys are released, the hook stays, it is told; plugged in again it goes on with its lamps", async () => {
    const { ports, part, lost } = bench();
    const first = ports.plug(handset);
    await part.open();
    const keys: unknown[] = [];
    const hooks: boolean[] = [];
    part.keypad.onKey = (key, down) => keys.push([key, down]);
    if (part.hook !== undefined) part.hook.onChange = (lifted) => hooks.push(lifted);
    part.lamps.set("mute", { color: "red", pattern: "on" });
    ports.report(first, 1, 0x21);
    ports.unplug(first);
    await Promise.resolve();
    expect(keys).toEqual([
      ["1", true],
      ["1", false],
    ]);
    expect([hooks, part.hook?.lifted]).toEqual([[true], true]);
    expect(lost).toHaveLength(1);
    expect(lost[0]?.message).toMatch(/^USB handset: .*unplugged/);
    await expect(part.open()).rejects.toMatchObject({ code: "absent" });
    const second = ports.plug(handset);
    await part.open();
    await Promise.resolve();
    expect(ports.sent.at(-1)).toEqual(Uint8Array.of(2, 0b1000));
    ports.report(second, 1, 0x00);
    expect(hooks).toEqual([true, false]);
    await part.close();
  });

  test("AUD-17: a headset is a jack that is plugged while it is there", async () => {
    const { ports, clock } = bench();
    const device = ports.plug(headset);
    const part = new HidTelephony(clock, { title: "USB headset", role: "headset", system: ports });
    const events: unknown[] = [];
    if (part.jacks !== undefined) part.jacks.onChange = (jack, plugged) => events.push([jack, plugged]);
    await part.open();
    ports.unplug(device);
    await Promise.resolve();
    expect(events).toEqual([
      ["headset", true],
      ["headset", false],
    ]);
  });
});
