/** The far side of the rig's devices, in the guest: contacts, lamps, USB telephones, displays. It holds them for hand and eye. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { rigWiring } from "../../../board/rig/wiring.ts";
import type { Key } from "../../../hal/keypad.ts";
import type { LampId, LampState } from "../../../hal/lamp.ts";
import { OledModel } from "../../contract/front/oled-model.ts";
import { handset, headset } from "../../unit/hal/usb-telephones.ts";

/** Beside the build, of which this is a part. */
const folder = fileURLToPath(new URL("../../../../hardware", import.meta.url));
const chipFolder = "/sys/kernel/config/gpio-sim/offhook";
const { gpio } = rigWiring;

/** Codes of linux/input-event-codes.h. */
const inputCodes = new Map<Key, number>([
  ["1", 2],
  ["2", 3],
  ["3", 4],
]);

/** Bits of the handset's input report; the keypad is the upper half. */
const handsetBits = new Map<Key, number>([
  ["mute", 1],
  ["redial", 2],
]);
/** Bits of the headset's second report. */
const headsetBits = new Map<Key, number>([
  ["volume_up", 0],
  ["volume_down", 1],
]);
const padKeys = "0123456789*#";

/** A program of ours that stands for a device while it runs. */
class Device {
  readonly #child: ChildProcess;
  readonly ended: Promise<void>;

  constructor(program: string, args: readonly string[], onLine: (line: string) => void = () => undefined) {
    this.#child = spawn(`${folder}/${program}`, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.ended = new Promise((resolve) => this.#child.on("exit", () => resolve()));
    if (this.#child.stdout !== null) createInterface({ input: this.#child.stdout }).on("line", onLine);
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async unplug(): Promise<void> {
    this.#child.stdin?.end();
    await this.ended;
  }
}

function removeChip(): void {
  writeFileSync(`${chipFolder}/live`, "0");
  for (const path of [`${chipFolder}/bank`, chipFolder]) rmdirSync(path);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Hardware {
  readonly oled = new OledModel("ssd1306");
  /** What the handset's lamps show: the last output report, without its number. */
  handsetLamps = 0;
  /** Why a part is not there: its node or its kernel's module is missing. */
  readonly lacks: Readonly<Record<string, string>>;
  #bank = "";
  #handset: Device | undefined;
  #headset: Device | undefined;
  #handsetState = 0;
  #headsetState = 0;
  #input: Device | undefined;
  #bridge: Device | undefined;

  constructor() {
    const needs: [string, string, string][] = [
      ["gpio", "/sys/kernel/config/gpio-sim", "the kernel has no gpio-sim"],
      ["gpio", "/sys/class/gpio", "the kernel has no /sys/class/gpio"],
      ["usb", "/dev/uhid", "the kernel has no uhid"],
      ["oled", "/dev/uhid", "the kernel has no uhid"],
      ["oled", "/sys/bus/hid/drivers/cp2112", "the kernel has no hid-cp2112"],
      ["input", "/dev/uinput", "the kernel has no uinput"],
      ["screen", "/sys/class/graphics/fb0", "there is no /dev/fb0"],
      ["sound", "/proc/asound/Loopback", "the kernel has no snd-aloop"],
    ];
    const missing = needs.filter(([, path]) => !existsSync(path));
    this.lacks = Object.fromEntries(missing.map(([part, , why]) => [part, why]));
    if (this.lacks["gpio"] === undefined) this.#bank = this.#makeChip();
    if (this.lacks["usb"] === undefined) this.plugHandset();
    if (this.lacks["oled"] === undefined)
      this.#bridge = new Device("usb-i2c", [], (line) => void this.oled.write(0x3c, Buffer.from(line, "hex")));
    if (this.lacks["input"] === undefined) this.#input = new Device("input-keys", [rigWiring.input.name]);
  }

  /** The machine is as it was before. */
  async close(): Promise<void> {
    await Promise.all([this.#handset, this.#headset, this.#bridge, this.#input].map((device) => device?.unplug()));
    if (this.#bank !== "") removeChip();
  }

  /** Folder by which the contacts are moved. */
  #makeChip(): string {
    // One that was left by a run that was killed.
    if (existsSync(chipFolder)) removeChip();
    mkdirSync(`${chipFolder}/bank`, { recursive: true });
    writeFileSync(`${chipFolder}/bank/num_lines`, "16");
    writeFileSync(`${chipFolder}/bank/label`, gpio.chip as string);
    writeFileSync(`${chipFolder}/live`, "1");
    const facts = ["dev_name", "bank/chip_name"].map((name) => readFileSync(`${chipFolder}/${name}`, "utf8").trim());
    const bank = `/sys/devices/platform/${facts.join("/")}`;
    const contacts = [gpio.hook?.line ?? 0, ...(gpio.keys ?? []).map(({ line }) => line)];
    for (const line of contacts) writeFileSync(`${bank}/sim_gpio${line}/pull`, "pull-up");
    return bank;
  }

  plugHandset(): void {
    this.#handsetState = 0;
    const { vendorId, productId } = rigWiring.handset;
    const ids = [vendorId, productId].map((id) => id.toString(16));
    this.#handset = new Device("usb-hid", [...ids, "Rig handset", hex(handset)], (line) => {
      this.handsetLamps = Number.parseInt(line.slice(2, 4), 16);
    });
  }

  async unplugHandset(): Promise<void> {
    await this.#handset?.unplug();
    this.#handset = undefined;
  }

  plugHeadset(): void {
    this.#headset ??= new Device("usb-hid", ["1209", "7a02", "Rig headset", hex(headset)]);
  }

  async unplugHeadset(): Promise<void> {
    await this.#headset?.unplug();
    this.#headset = undefined;
  }

  /** @throws Error for a key that the part has not */
  key(part: string, key: Key, down: boolean): void {
    if (part === "gpio") {
      const line = gpio.keys?.find((each) => each.key === key)?.line;
      if (line === undefined) throw new Error(`the GPIO board has no key ${key}`);
      this.#pull(line, down ? "down" : "up");
    } else if (part === "hid") this.#handsetKey(key, down);
    else if (part === "input") {
      const code = inputCodes.get(key);
      if (code === undefined) throw new Error(`the input device has no key ${key}`);
      this.#input?.write(`${code} ${down ? 1 : 0}`);
    } else throw new Error(`${part} has no keys`);
  }

  hook(part: string, lifted: boolean): void {
    if (part === "gpio") this.#pull(gpio.hook?.line ?? 0, lifted ? "down" : "up");
    else this.#tellHandset((this.#handsetState & ~1) | (lifted ? 1 : 0));
  }

  /** Watches until the slowest pattern would have shown itself. */
  async lamp(part: string, lamp: LampId): Promise<LampState> {
    const seen = new Map<string, Set<number>>();
    const changes = new Map<string, number>();
    let before = "";
    for (let i = 0; i < 110; i++) {
      const now = part === "gpio" ? this.#gpioLamp(lamp) : this.#handsetLamp(lamp);
      if (i > 0 && now !== before) changes.set(now, (changes.get(now) ?? 0) + 1);
      seen.set(now, seen.get(now)?.add(i) ?? new Set([i]));
      before = now;
      await wait(20);
    }
    const color = [...seen.keys()].find((each) => each !== "off") ?? "off";
    const times = changes.get("off") ?? 0;
    const steady = color === "off" ? "off" : "on";
    const pattern = seen.size === 1 ? steady : times >= 3 ? "fast" : "slow";
    return { color, pattern } as LampState;
  }

  #pull(line: number, to: "up" | "down"): void {
    writeFileSync(`${this.#bank}/sim_gpio${line}/pull`, `pull-${to}`);
  }

  #level(line: number): boolean {
    return readFileSync(`${this.#bank}/sim_gpio${line}/value`, "utf8").trim() === "1";
  }

  #gpioLamp(lamp: LampId): string {
    const lit = (gpio.lamps ?? []).filter((each) => each.lamp === lamp && this.#level(each.line));
    if (lit.length === 0) return "off";
    return lit.length > 1 ? "amber" : (lit[0]?.color ?? "green");
  }

  /** Bits of report 2: off-hook, ring, message, mute. */
  #handsetLamp(lamp: LampId): string {
    const bit = ["off-hook", "ring", "message", "mute"].indexOf(lamp);
    return bit >= 0 && ((this.handsetLamps >> bit) & 1) === 1 ? "green" : "off";
  }

  #handsetKey(key: Key, down: boolean): void {
    const pad = padKeys.indexOf(key) + 1;
    const bit = handsetBits.get(key);
    const volume = headsetBits.get(key);
    if (pad > 0) this.#tellHandset((this.#handsetState & 0x0f) | ((down ? pad : 0) << 4));
    else if (volume !== undefined) {
      this.#headsetState = down ? this.#headsetState | (1 << volume) : this.#headsetState & ~(1 << volume);
      this.#headset?.write(hex(Uint8Array.of(2, this.#headsetState)));
    } else if (bit === undefined) throw new Error(`the USB has no key ${key}`);
    else this.#tellHandset(down ? this.#handsetState | (1 << bit) : this.#handsetState & ~(1 << bit));
  }

  #tellHandset(state: number): void {
    this.#handsetState = state;
    this.#handset?.write(hex(Uint8Array.of(1, state)));
  }
}
