/** Short sentences for people: what is wrong now (idle screen), and what has just happened (any other screen, for a moment). */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { AccountEvent } from "./accounts.ts";
import type { NewsView } from "./state.ts";

/** How long a remark about a key stays, and that a call has no sound, ms. */
const flashMs = 3000;
const soundlessMs = 10_000;
/** How long what has happened is shown over a call, ms. */
const newsMs = 8000;

export class PhoneAlerts {
  #texts = new Map<string, string>();
  readonly #clock: Pick<Clock, "now">;
  readonly #changed: () => void;
  #news: NewsView | undefined;
  /** Accounts whose failure was told. */
  readonly #failed = new Set<number>();

  constructor(clock: Pick<Clock, "now">, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** The newest of what has just happened. */
  get news(): NewsView | undefined {
    return this.#news;
  }

  /** Newest last. */
  get texts(): readonly string[] {
    return [...this.#texts.values()];
  }

  /** undefined takes the sentence back. */
  set(key: string, text: string | undefined): void {
    if (this.#texts.get(key) === text) return;
    const before = this.#texts.get(key);
    this.#texts.delete(key);
    if (text !== undefined) {
      this.#texts.set(key, text);
      this.announce(text);
      return;
    }
    // What is mended is no news any more.
    if (this.#news?.text === before) this.#news = undefined;
    this.#changed();
  }

  /** Says what has happened where the idle screen is not seen. */
  announce(text: string): void {
    this.#news = { text, untilMs: this.#clock.now() + newsMs };
    this.#changed();
  }

  network(name: "up" | "down"): void {
    this.announce(name === "up" ? "Network is back" : "Network unavailable");
  }

  /** An account that fails again and again says so once, and then that it is registered again. */
  registration({ account, type, why }: AccountEvent, label: string): void {
    if (type === "register_failed" && !this.#failed.has(account)) {
      this.#failed.add(account);
      this.announce(`${label}: ${why}`);
    } else if (type === "registered" && this.#failed.delete(account)) this.announce(`${label}: registered again`);
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
