/** Digits that a person presses in a call, as the LCD shows them for a while: as they are, or as stars (feature row CAL-79). */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Settings } from "./ports.ts";

/** How long they are shown after the last one, and a digit before it becomes a star, ms. */
const shownMs = 5000;
const plainMs = 1000;
/** Older ones go. */
const mostShown = 24;

export class PressedDigits {
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #changed: () => void;
  #call: number | undefined;
  #digits = "";
  /** The last one is still to be seen. */
  #last: "plain" | "hidden" = "hidden";
  #timers: readonly Timer[] = [];

  constructor(clock: Clock, settings: Settings, changed: () => void) {
    this.#clock = clock;
    this.#settings = settings;
    this.#changed = changed;
  }

  press(call: number, digit: string): void {
    for (const timer of this.#timers) timer.cancel();
    this.#digits = `${this.#call === call ? this.#digits : ""}${digit}`.slice(-mostShown);
    this.#call = call;
    this.#last = this.#settings.flag("features.dtmf.hide_delay") ? "plain" : "hidden";
    const hide = () => {
      this.#last = "hidden";
      this.#changed();
    };
    const forget = () => {
      this.#call = undefined;
      this.#digits = "";
      this.#changed();
    };
    this.#timers = [
      ...(this.#last === "plain" ? [this.#clock.after(plainMs, hide)] : []),
      this.#clock.after(shownMs, forget),
    ];
    this.#changed();
  }

  /** "" where there is nothing to show. */
  of(call: number): string {
    if (call !== this.#call) return "";
    if (!this.#settings.flag("features.dtmf.hide")) return this.#digits;
    const plain = this.#last === "plain" ? this.#digits.slice(-1) : "";
    return "*".repeat(this.#digits.length - plain.length) + plain;
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}
