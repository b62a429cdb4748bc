/** The backlight: up while somebody uses the phone or it is in a call, down after the time of the configuration (feature row UIX-13). */
import type { Backlight } from "../../hal/backlight.ts";
import type { Clock, Timer } from "../../hal/clock.ts";
import type { UiSettings } from "./settings.ts";

export class Light {
  readonly #clock: Clock;
  readonly #backlight: Backlight | undefined;
  readonly #settings: () => UiSettings;
  #timer: Timer | undefined;
  #level = -1;
  #contrast = -1;
  #busy = false;

  constructor(clock: Clock, backlight: Backlight | undefined, settings: () => UiSettings) {
    this.#clock = clock;
    this.#backlight = backlight;
    this.#settings = settings;
  }

  /** 0 to 10, as set last; a front without backlight counts as lit. */
  get level(): number {
    return this.#level < 0 ? this.#settings().activeLevel : this.#level;
  }

  /** Somebody touched something, or something happened that should be seen. */
  wake(): void {
    const settings = this.#settings();
    this.#set(settings.activeLevel);
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#busy || settings.backlightSeconds === 0) return;
    this.#timer = this.#clock.after(settings.backlightSeconds * 1000, () => this.#set(this.#settings().inactiveLevel));
  }

  /** While busy the light stays up. */
  set busy(busy: boolean) {
    if (busy === this.#busy) return;
    this.#busy = busy;
    this.wake();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #set(level: number): void {
    const { contrast } = this.#settings();
    if (contrast !== this.#contrast) this.#backlight?.setContrast(contrast);
    this.#contrast = contrast;
    if (level !== this.#level) this.#backlight?.set(level);
    this.#level = level;
  }
}
