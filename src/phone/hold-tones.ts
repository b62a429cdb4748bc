/** Reminds by a short tone of calls that are held here, or that hold us, from time to time (feature row CAL-44). */
import type { Clock, Timer } from "../../hal/clock.ts";
import { standardTones } from "../dsp/tones.ts";
import type { Tone } from "../media/protocol.ts";
import type { Call } from "./call.ts";
import type { Settings } from "./ports.ts";

export interface HoldTonesParts {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly calls: () => readonly Call[];
  /** To whoever listens, or by the ringer where nobody does. */
  readonly sound: (tone: Tone) => void;
}

type Side = "hold" | "held";

/** Without the pause in which the next one is waited for. */
const tones: Readonly<Record<Side, Tone>> = {
  hold: { parts: standardTones.hold.parts.slice(0, 3), repeat: 1 },
  held: { parts: standardTones.held.parts.slice(0, 3), repeat: 1 },
};

export class HoldTones {
  readonly #parts: HoldTonesParts;
  #waiting: Partial<Record<Side, Timer>> = {};

  constructor(parts: HoldTonesParts) {
    this.#parts = parts;
  }

  /** Calls have changed. */
  look(): void {
    for (const side of ["hold", "held"] as const) {
      const due = this.#applies(side);
      if (due && this.#waiting[side] === undefined) this.#wait(side, "delay");
      if (due) continue;
      this.#waiting[side]?.cancel();
      delete this.#waiting[side];
    }
  }

  close(): void {
    for (const side of ["hold", "held"] as const) this.#waiting[side]?.cancel();
    this.#waiting = {};
  }

  #applies(side: Side): boolean {
    const { settings, calls } = this.#parts;
    if (!settings.flag(`features.play_${side}_tone.enable`)) return false;
    return calls().some((call) => {
      if (call.state.name !== "talking") return false;
      return side === "hold" ? call.heldHere : call.held === "remote";
    });
  }

  #wait(side: Side, what: "delay" | "interval"): void {
    const { clock, settings, sound } = this.#parts;
    const ms = 1000 * settings.number(`features.play_${side}_tone.${what}`);
    this.#waiting[side] = clock.after(ms, () => {
      delete this.#waiting[side];
      if (!this.#applies(side)) return;
      sound(tones[side]);
      this.#wait(side, "interval");
    });
  }
}
