/**
 * The contract suites over real device nodes, where OFFHOOK_NODES names a file that says which there are (the rig of
 * test/hil, a board on a desk); without it the plan itself is checked. The shape of the file is `Nodes`.
 */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { AlsaAudio } from "../../../hal/driver/alsa-audio.ts";
import { type BacklightChoice, SysfsBacklight } from "../../../hal/driver/backlight-sysfs.ts";
import { Framebuffer, type FramebufferChoice } from "../../../hal/driver/framebuffer.ts";
import type { FrontPart } from "../../../hal/driver/front-part.ts";
import { type GpioChoice, GpioFront } from "../../../hal/driver/gpio-onoff.ts";
import { type HidChoice, HidTelephony } from "../../../hal/driver/hid-telephony.ts";
import { type InputChoice, InputDevice } from "../../../hal/driver/input-event.ts";
import { type LedChoice, Leds } from "../../../hal/driver/leds.ts";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { Oled, type OledChoice } from "../../../hal/driver/ssd1306.ts";
import type { Key } from "../../../hal/keypad.ts";
import type { LampId, LampState } from "../../../hal/lamp.ts";
import { describeAudioDevice } from "../audio/audio-device.ts";
import { type Answer, Back } from "./back.ts";
import { backlightContract, displayContract, hookContract, keypadContract, lampsContract } from "./suites.ts";

/** `settleMs`: how long what the hand does may take to arrive. `keys` and `lamp`: which the suites use. */
interface Extra {
  readonly settleMs: number;
  readonly testKeys?: readonly Key[];
  readonly testLamp?: LampId;
}

interface Nodes {
  /** The program that stands for hand and eye, see back.ts. */
  readonly back: readonly string[];
  readonly hid?: HidChoice & Extra;
  readonly gpio?: GpioChoice & Extra;
  readonly input?: InputChoice & Extra;
  readonly leds?: LedChoice & Extra;
  readonly framebuffer?: FramebufferChoice & Extra;
  readonly oled?: OledChoice & Extra;
  readonly backlight?: BacklightChoice & Extra;
  readonly alsa?: {
    readonly capture: string;
    readonly playback: string;
    readonly toleranceMs: number;
    readonly pace: { readonly ms: number; readonly within: number };
  };
}

function planFor({ hid, gpio, input, leds, framebuffer, oled, backlight }: Nodes): [string, () => FrontPart, Extra][] {
  const parts: [string, () => FrontPart, Extra][] = [];
  if (hid !== undefined) parts.push(["hid", () => new HidTelephony(systemClock, hid), hid]);
  if (gpio !== undefined) parts.push(["gpio", () => new GpioFront(systemClock, gpio), gpio]);
  if (input !== undefined) parts.push(["input", () => new InputDevice(input), input]);
  if (leds !== undefined) parts.push(["leds", () => new Leds(systemClock, leds), leds]);
  if (framebuffer !== undefined) parts.push(["framebuffer", () => new Framebuffer(framebuffer), framebuffer]);
  if (oled !== undefined) parts.push(["oled", () => new Oled(oled), oled]);
  if (backlight !== undefined) parts.push(["backlight", () => new SysfsBacklight(backlight), backlight]);
  return parts;
}

const file = process.env["OFFHOOK_NODES"];
if (file === undefined)
  describe("contract suites over device nodes", () => {
    test("a plan names every part that it has once, and makes its driver without touching a device", () => {
      const plan = planFor({
        back: ["true"],
        hid: { title: "USB handset", role: "handset", settleMs: 100, testKeys: ["1", "2"] },
        gpio: { title: "GPIO", chip: "offhook-rig", hook: { line: 0 }, settleMs: 100 },
        oled: { title: "OLED", chip: "ssd1306", bus: 1, address: 0x3c, width: 128, height: 64, settleMs: 300 },
      });
      expect(plan.map(([name, make]) => [name, make().name])).toEqual([
        ["hid", "USB handset"],
        ["gpio", "GPIO"],
        ["oled", "OLED"],
      ]);
    });

    test("the back answers in order, and its errors are told", async () => {
      const echo = `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) =>
        console.log(line.includes("bad") ? '{"error":"no such key"}' : line))`;
      const back = new Back([process.execPath, "-e", echo]);
      const answers = Promise.all([back.ask({ do: "key", key: "1" }), back.ask({ ask: "level" })]);
      expect(await answers).toEqual([{ do: "key", key: "1" }, { ask: "level" }]);
      await expect(back.ask({ do: "bad" })).rejects.toThrow("no such key");
      back.close();
    });
  });
else run(JSON.parse(readFileSync(file, "utf8")) as Nodes);

function run(nodes: Nodes): void {
  const back = new Back(nodes.back);
  afterAll(() => back.close());
  for (const [name, make, extra] of planFor(nodes)) {
    const tell = (request: Answer): void => void back.ask({ ...request, part: name });
    /** The last request was answered, and what it did has had its time to arrive. */
    const settle = async (): Promise<void> => {
      await back.ask({ do: "nothing" });
      await new Promise<void>((resolve) => systemClock.after(extra.settleMs, resolve));
    };
    const open = async (): Promise<FrontPart> => {
      const part = make();
      await part.open();
      await settle();
      return part;
    };
    const made = make();
    if (made.keypad !== undefined && extra.testKeys !== undefined) {
      const keys = extra.testKeys;
      keypadContract(name, async () => {
        const { keypad } = await open();
        if (keypad === undefined) throw new Error(`${name} has no keypad`);
        const press = (key: Key, down: boolean): void => tell({ do: "key", key, down });
        return { driver: keypad, settle, keys, press: (key) => press(key, true), release: (key) => press(key, false) };
      });
    }
    if (made.hook !== undefined)
      hookContract(name, async () => {
        tell({ do: "hook", lifted: false });
        const { hook } = await open();
        if (hook === undefined) throw new Error(`${name} has no hook switch`);
        return { driver: hook, settle, lift: (lifted) => tell({ do: "hook", lifted }) };
      });
    if (made.lamps !== undefined && extra.testLamp !== undefined) {
      const lamp = extra.testLamp;
      lampsContract(name, async () => {
        const { lamps } = await open();
        if (lamps === undefined) throw new Error(`${name} has no lamps`);
        let seen: LampState = { color: "off", pattern: "off" };
        const look = async (): Promise<void> => {
          await settle();
          seen = (await back.ask({ ask: "lamp", part: name, lamp })) as unknown as LampState;
        };
        return { driver: lamps, settle: look, lamp, lit: () => seen };
      });
    }
    if (made.display !== undefined)
      displayContract(name, async () => {
        const { display } = await open();
        if (display === undefined) throw new Error(`${name} has no display`);
        let seen: Uint8Array | Uint16Array = new Uint8Array(0);
        const look = async (): Promise<void> => {
          await settle();
          const { pixels } = await back.ask({ ask: "picture", part: name });
          const bytes = Uint8Array.from(Buffer.from(String(pixels), "base64"));
          seen = display.format === "mono" ? bytes : new Uint16Array(bytes.buffer);
        };
        return { driver: display, settle: look, picture: () => seen };
      });
    if (made.backlight !== undefined && name === "backlight")
      backlightContract(name, async () => {
        const { backlight } = await open();
        if (backlight === undefined) throw new Error(`${name} has no backlight`);
        let level = 0;
        const look = async (): Promise<void> => {
          await settle();
          level = Number((await back.ask({ ask: "level", part: name }))["level"]);
        };
        return { driver: backlight, settle: look, level: () => level };
      });
  }
  const { alsa } = nodes;
  if (alsa === undefined) return;
  describeAudioDevice("AlsaAudio on a card", {
    make: async () => new AlsaAudio(systemClock, alsa),
    pass: (ms) => new Promise((resolve) => systemClock.after(ms, resolve)),
    toleranceMs: alsa.toleranceMs,
    pace: alsa.pace,
  });
}
