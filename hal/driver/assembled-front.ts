/** A front put together from parts: opens them, looks again for those that are absent, and tells what fails. Knows no device. */
import type { Backlight } from "../backlight.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Display } from "../display.ts";
import { HalError } from "../error.ts";
import type { Hook } from "../hook.ts";
import type { Jacks } from "../jack.ts";
import type { Keypad } from "../keypad.ts";
import type { Lamps } from "../lamp.ts";
import type { PartTrouble } from "../trouble.ts";
import type { FrontPart } from "./front-part.ts";
import { JoinedBacklight, JoinedDisplay, JoinedHook, JoinedJacks, JoinedKeypad, JoinedLamps } from "./front-roles.ts";

/** Until the next look for a part that is absent or was lost, ms; the last one again and again. */
const lookAgainMs = [500, 1000, 2000, 3000];
/** A part that was open for so long had come up well, ms. */
const steadyMs = 5000;
/** Opening a part takes no longer, ms. */
const openMs = 4000;

export interface AssembledFrontOptions {
  readonly parts: readonly FrontPart[];
  /** Size of the picture where no part has a display. */
  readonly lcd: Pick<Display, "width" | "height" | "format">;
}

type PartState =
  | { name: "closed" }
  | { name: "opening"; failures: number }
  | { name: "open"; sinceMs: number; failures: number }
  | { name: "waiting"; timer: Timer; failures: number };

/** The parts of a `Panel`. A part that fails is told and tried again for as long as the phone runs; it never ends the phone. */
export class AssembledFront {
  readonly keypad: Keypad;
  readonly display: Display;
  readonly lamps: Lamps;
  readonly hook?: Hook;
  readonly jacks?: Jacks;
  readonly backlight?: Backlight;
  readonly #clock: Clock;
  readonly #states: Map<FrontPart, PartState>;
  readonly #replays: ((part: FrontPart) => void)[] = [];
  /** What is wrong now, by device. */
  readonly #troubles = new Map<string, PartTrouble>();
  #onTrouble: ((trouble: PartTrouble) => void) | undefined;
  #closed = false;

  constructor(clock: Clock, { parts, lcd }: AssembledFrontOptions) {
    this.#clock = clock;
    this.#states = new Map(parts.map((part) => [part, { name: "closed" }]));
    this.keypad = new JoinedKeypad(parts.flatMap((part) => part.keypad ?? []));
    const display = new JoinedDisplay(
      parts.flatMap((part) => part.display ?? []),
      lcd,
    );
    const lamps = new JoinedLamps(parts.flatMap((part) => part.lamps ?? []));
    this.display = display;
    this.lamps = lamps;
    this.#replays.push((part) => part.display && display.replay(part.display));
    this.#replays.push((part) => part.lamps && lamps.replay(part.lamps));
    const hooks = parts.flatMap((part) => part.hook ?? []);
    if (hooks.length > 0) this.hook = new JoinedHook(hooks);
    const jacks = parts.flatMap((part) => part.jacks ?? []);
    if (jacks.length > 0) this.jacks = new JoinedJacks(jacks);
    const backlights = parts.flatMap((part) => part.backlight ?? []);
    if (backlights.length === 0) return;
    const backlight = new JoinedBacklight(backlights);
    this.backlight = backlight;
    this.#replays.push((part) => part.backlight && backlight.replay(part.backlight));
  }

  /** Resolves when every part has been tried once; never rejects for a part. */
  async open(): Promise<this> {
    await Promise.all([...this.#states.keys()].map((part) => this.#open(part, 0)));
    return this;
  }

  /** What is wrong already is told at once to whom listens first. */
  set onTrouble(listener: ((trouble: PartTrouble) => void) | undefined) {
    this.#onTrouble = listener;
    for (const trouble of this.#troubles.values()) listener?.(trouble);
  }

  get onTrouble(): ((trouble: PartTrouble) => void) | undefined {
    return this.#onTrouble;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const [part, state] of this.#states) {
      if (state.name === "waiting") state.timer.cancel();
      this.#states.set(part, { name: "closed" });
      await part.close();
    }
  }

  async #open(part: FrontPart, failures: number): Promise<void> {
    this.#states.set(part, { name: "opening", failures });
    part.onLost = (error) => this.#lost(part, error);
    part.onFault = (device, why) =>
      this.#tell(why === undefined ? { type: "back", device } : { type: "lost", device, why });
    try {
      await this.#withinTime(part);
    } catch (error) {
      // Anything but what a driver reports is a bug.
      if (!(error instanceof HalError)) throw error;
      await part.close();
      this.#failed(part, error, failures);
      return;
    }
    if (this.#closed) {
      await part.close();
      return;
    }
    // It may have been lost while it was opened.
    if (this.#states.get(part)?.name !== "opening") return;
    this.#states.set(part, { name: "open", sinceMs: this.#clock.now(), failures });
    this.#tell({ type: "back", device: part.name });
    for (const replay of this.#replays) replay(part);
  }

  /** A device that does not answer must not keep the phone from starting. */
  async #withinTime(part: FrontPart): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = this.#clock.after(openMs, () =>
        reject(new HalError(part.name, "broken", `it did not answer within ${openMs / 1000} s`)),
      );
    });
    try {
      await Promise.race([part.open(), late]);
    } finally {
      timer?.cancel();
    }
  }

  #lost(part: FrontPart, error: HalError): void {
    const state = this.#states.get(part);
    if (state?.name !== "open" && state?.name !== "opening") return;
    const steady = state.name === "open" && this.#clock.now() - state.sinceMs > steadyMs;
    this.#failed(part, error, steady ? 0 : state.failures);
  }

  #failed(part: FrontPart, error: HalError, failures: number): void {
    if (this.#closed) return;
    const wait = lookAgainMs[Math.min(failures, lookAgainMs.length - 1)] ?? 0;
    const timer = this.#clock.after(wait, () => void this.#open(part, failures + 1));
    this.#states.set(part, { name: "waiting", timer, failures });
    if (part.optional === true && (error.code === "absent" || error.code === "lost")) return;
    this.#tell({ type: "lost", device: part.name, why: error.message });
  }

  /** Changes only: a part that stays absent is told once. */
  #tell(trouble: PartTrouble): void {
    const before = this.#troubles.get(trouble.device);
    if (trouble.type === "back") {
      if (!this.#troubles.delete(trouble.device)) return;
    } else {
      if (before?.type === "lost") return;
      this.#troubles.set(trouble.device, trouble);
    }
    this.#onTrouble?.(trouble);
  }
}
