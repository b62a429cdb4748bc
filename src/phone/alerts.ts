/** Short sentences for the idle screen: what is wrong now, and what was just not possible. */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";

/** How long a remark about a key stays, and that a call has no sound, ms. */
const flashMs = 3000;
const soundlessMs = 10_000;

export class PhoneAlerts {
  #texts = new Map<string, string>();
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Newest last. */
  get texts(): readonly string[] {
    return [...this.#texts.values()];
  }

  /** undefined takes the sentence back. */
  set(key: string, text: string | undefined): void {
    if (this.#texts.get(key) === text) return;
    this.#texts.delete(key);
    if (text !== undefined) this.#texts.set(key, text);
    this.#changed();
  }

  flash(text: string, clock: Clock, shownMs = flashMs): void {
    this.set(`flash ${text}`, text);
    clock.after(shownMs, () => this.set(`flash ${text}`, undefined));
  }

  /** The sound of a call finds no way to the far end. @param again another one is looked for */
  soundless(again: boolean, clock: Clock): void {
    this.flash(again ? "Sound lost, trying again" : "No way for the sound", clock, soundlessMs);
  }

  /** A sound device is lost, or there again. */
  audioTrouble({ device, lost, why }: { device: string; lost: boolean; why: string }, log: Log): void {
    if (lost) log.error({ device }, `no sound: ${why}`);
    else log.info({ device }, `${device}: sound again`);
    this.set(`audio ${device}`, lost ? `No sound: ${why}` : undefined);
  }
}
