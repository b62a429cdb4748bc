/** LEDs of Linux (/sys/class/leds) as lamps; the kernel's timer trigger blinks where it is built in, else we do. */
import type { Clock } from "../clock.ts";
import { HalError } from "../error.ts";
import type { LampColor, LampId, LampPattern, LampState, Lamps } from "../lamp.ts";
import { Blinker } from "./blinker.ts";
import type { FrontPart } from "./front-part.ts";
import { isThere, listFolder, readText, writeText } from "./os/system-files.ts";

export interface LedChoice {
  readonly title: string;
  readonly leds: readonly {
    readonly lamp: LampId;
    /** Folder in /sys/class/leds: "red:power". */
    readonly led: string;
    /** Lights for this colour only; left out: for all. */
    readonly color?: Exclude<LampColor, "off" | "amber">;
  }[];
  /** The phone is whole without it. */
  readonly optional?: boolean;
  readonly root?: string;
}

/** Half a period, ms (feature row UIX-10). */
const halfMs = { fast: 200, slow: 1000 } as const;

interface Led {
  readonly path: string;
  readonly full: string;
  /** The kernel can blink it. */
  readonly timer: boolean;
}

export class Leds implements FrontPart {
  readonly name: string;
  readonly optional: boolean;
  readonly lamps: Lamps;
  onLost: ((error: HalError) => void) | undefined;
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  readonly #choice: LedChoice;
  readonly #states = new Map<LampId, LampState>();
  readonly #blinker: Blinker<string>;
  #leds = new Map<string, Led>();

  constructor(clock: Clock, choice: LedChoice) {
    this.#choice = choice;
    this.name = choice.title;
    this.optional = choice.optional === true;
    this.lamps = { set: (lamp, state) => this.#set(lamp, state), close: () => this.close() };
    this.#blinker = new Blinker(clock, (led, on) => this.#light(led, on));
  }

  async open(): Promise<void> {
    if (this.#leds.size > 0) return;
    const root = this.#choice.root ?? "/sys/class/leds";
    const found = new Map<string, Led>();
    for (const { led } of this.#choice.leds) {
      const path = `${root}/${led}`;
      if (!isThere(path)) {
        const others = listFolder(root).join(", ");
        throw new HalError(
          this.name,
          "absent",
          `there is no LED "${led}" in ${root}${others && `; there are: ${others}`}`,
        );
      }
      const triggers = readText(`${path}/trigger`, this.name).split(/\s+/);
      const timer = triggers.some((trigger) => trigger.replace(/[[\]]/g, "") === "timer");
      const full = readText(`${path}/max_brightness`, this.name);
      // Whatever the device tree let it show, such as the card's activity, ends here.
      writeText(`${path}/trigger`, "none", this.name);
      writeText(`${path}/brightness`, "0", this.name);
      found.set(led, { path, full, timer });
    }
    this.#leds = found;
    for (const [lamp, state] of this.#states) this.#set(lamp, state);
  }

  async close(): Promise<void> {
    this.#blinker.clear();
    for (const { led } of this.#choice.leds) this.#show(led, "off");
    this.#leds.clear();
  }

  #set(lamp: LampId, state: LampState): void {
    this.#states.set(lamp, state);
    const lights = this.#choice.leds.filter((light) => light.lamp === lamp);
    const colors = new Set(lights.flatMap((light) => light.color ?? []));
    for (const { led, color } of lights) {
      // A lamp without that colour shows the one it has; amber is both.
      const fits = color === undefined || color === state.color || state.color === "amber" || colors.size === 1;
      this.#show(led, state.color === "off" || !fits ? "off" : state.pattern);
    }
  }

  #show(name: string, pattern: LampPattern): void {
    const led = this.#leds.get(name);
    if (led === undefined) return;
    if (!led.timer) {
      this.#blinker.set(name, pattern);
      return;
    }
    this.#guard(() => {
      const put = (file: string, text: string): void => writeText(`${led.path}/${file}`, text, this.name);
      put("trigger", "none");
      put("brightness", pattern === "off" ? "0" : led.full);
      if (pattern !== "fast" && pattern !== "slow") return;
      put("trigger", "timer");
      put("delay_on", String(halfMs[pattern]));
      put("delay_off", String(halfMs[pattern]));
    });
  }

  #light(name: string, on: boolean): void {
    const led = this.#leds.get(name);
    if (led === undefined) return;
    this.#guard(() => writeText(`${led.path}/brightness`, on ? led.full : "0", this.name));
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      this.#leds.clear();
      this.#blinker.clear();
      this.onLost?.(new HalError(this.name, "lost", error.message, { cause: error }));
    }
  }
}
