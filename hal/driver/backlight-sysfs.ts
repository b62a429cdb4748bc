/** The backlight of a panel, and the contrast of a monochrome one, by Linux's backlight class (/sys/class/backlight; feature rows UIX-12, UIX-13). */
import type { Backlight } from "../backlight.ts";
import { HalError } from "../error.ts";
import type { FrontPart } from "./front-part.ts";
import { isThere, listFolder, readText, writeText } from "./os/system-files.ts";

export interface BacklightChoice {
  readonly title: string;
  /** Folder in /sys/class/backlight; left out: the first one there is. */
  readonly light?: string | undefined;
  /** Folder whose brightness is the contrast: controllers of monochrome panels (ssd1307fb) have it there. */
  readonly contrast?: string;
  /** Lowest step at which anything can be seen, for levels above 0. Default 1. */
  readonly dimmest?: number;
  /** The phone is whole without it. */
  readonly optional?: boolean;
  readonly root?: string;
}

interface Regulator {
  readonly path: string;
  readonly full: number;
}

export class SysfsBacklight implements FrontPart {
  readonly name: string;
  readonly optional: boolean;
  readonly backlight: Backlight;
  onLost: ((error: HalError) => void) | undefined;
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  readonly #choice: BacklightChoice;
  #light: Regulator | undefined;
  #contrast: Regulator | undefined;

  constructor(choice: BacklightChoice) {
    this.#choice = choice;
    this.name = choice.title;
    this.optional = choice.optional === true;
    this.backlight = {
      set: (level) => this.#put("light", level, 0),
      setContrast: (level) => this.#put("contrast", level, 1),
      close: () => this.close(),
    };
  }

  async open(): Promise<void> {
    if (this.#light !== undefined || this.#contrast !== undefined) return;
    const root = this.#choice.root ?? "/sys/class/backlight";
    const contrast = this.#choice.contrast;
    const others = listFolder(root).filter((name) => name !== contrast);
    const light = this.#choice.light ?? others[0];
    if (light === undefined && contrast === undefined)
      throw new HalError(this.name, "absent", `there is nothing in ${root}`);
    const contrastFound = contrast === undefined ? undefined : this.#regulator(`${root}/${contrast}`);
    this.#light = light === undefined ? undefined : this.#regulator(`${root}/${light}`);
    this.#contrast = contrastFound;
  }

  /** The panel is left dark, as when the supply is switched off. */
  async close(): Promise<void> {
    this.#put("light", 0, 0);
    this.#light = undefined;
    this.#contrast = undefined;
  }

  /** @throws HalError */
  #regulator(path: string): Regulator {
    if (!isThere(path)) throw new HalError(this.name, "absent", `${path} is not there`);
    const full = Number(readText(`${path}/max_brightness`, this.name));
    if (!Number.isInteger(full) || full < 1)
      throw new HalError(this.name, "broken", `${path}/max_brightness is no whole number above 0`);
    return { path, full };
  }

  #put(which: "light" | "contrast", level: number, least: number): void {
    const regulator = which === "light" ? this.#light : this.#contrast;
    if (regulator === undefined) return;
    const wanted = Math.min(10, Math.max(least, Math.round(level)));
    const step = Math.round((wanted * regulator.full) / 10);
    const value = wanted === 0 ? 0 : Math.max(step, Math.min(regulator.full, this.#choice.dimmest ?? 1));
    try {
      writeText(`${regulator.path}/brightness`, String(value), this.name);
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      this.#light = undefined;
      this.#contrast = undefined;
      this.onLost?.(new HalError(this.name, "lost", error.message, { cause: error }));
    }
  }
}
