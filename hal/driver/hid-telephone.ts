/** What the reports of a USB telephone mean: a pure machine from usages to keys, hook and jack; and from lamps to its LEDs. */
import type { Key } from "../keypad.ts";
import type { HidLayout, HidUsage } from "./hid-descriptor.ts";
import type { HidQuirk } from "./hid-quirks.ts";
import { type HidValue, outputUsages } from "./hid-report.ts";
import { application, hookSwitch, keyOfUsage, lampOfUsage, volumeDown, volumeUp } from "./hid-usages.ts";

export type HidRole = "handset" | "headset" | "keypad";

export interface HidTelephone {
  readonly role: HidRole;
  readonly quirk: HidQuirk | undefined;
  /** Usages that are down, or were 1 when they were told last. */
  readonly active: ReadonlySet<HidUsage>;
  readonly lifted: boolean;
  /** The LED "off-hook" as we set it last: what a headset's hook switch then echoes is no press. */
  readonly offHookLed: boolean;
  /** Of the last volume key, ms of the clock. */
  readonly volumeAtMs: number;
}

export type HidEffect =
  | { type: "key"; key: Key; down: boolean }
  | { type: "tap"; key: Key }
  | { type: "hook"; lifted: boolean };

/** Undefined where it has nothing that a phone could use. */
export function telephoneOf(layout: HidLayout, quirk: HidQuirk | undefined): HidTelephone | undefined {
  const inputs = new Set(layout.fields.filter((f) => f.kind === "input" && !f.constant).flatMap((f) => f.usages));
  const has = (usage: HidUsage): boolean => layout.applications.includes(usage);
  const usable = inputs.has(hookSwitch) || [...inputs].some((usage) => keyOfUsage.has(usage));
  if (!usable) return undefined;
  const told: HidRole = has(application.headset) ? "headset" : inputs.has(hookSwitch) ? "handset" : "keypad";
  return {
    role: quirk?.role ?? told,
    quirk,
    active: new Set(),
    lifted: false,
    offHookLed: false,
    volumeAtMs: Number.NEGATIVE_INFINITY,
  };
}

/** Lamps that it has, as usages. */
export function lampUsages(layout: HidLayout): ReadonlySet<HidUsage> {
  return new Set([...outputUsages(layout)].filter((usage) => lampOfUsage.has(usage)));
}

/** One report's values; the effects are in their order. */
export function next(
  state: HidTelephone,
  values: readonly HidValue[],
  nowMs: number,
): readonly [HidTelephone, readonly HidEffect[]] {
  const effects: HidEffect[] = [];
  const active = new Set(state.active);
  let { lifted, volumeAtMs } = state;
  for (const { usage, value, relative } of values) {
    const on = value !== 0;
    const was = active.has(usage);
    if (on) active.add(usage);
    else active.delete(usage);
    if (usage === hookSwitch) {
      const up = hookOf(state, value, relative, lifted);
      if (up === lifted) continue;
      lifted = up;
      if (state.role === "handset") effects.push({ type: "hook", lifted });
      // The button of a headset takes and ends calls; what only follows the LED was not pressed.
      else if (up !== state.offHookLed) effects.push({ type: "tap", key: "headset" });
      continue;
    }
    const key = keyOfUsage.get(usage);
    if (key === undefined) continue;
    if (relative) {
      if (on) effects.push({ type: "tap", key });
      continue;
    }
    if (on === was) continue;
    if (key === "mute" && state.quirk?.muteIsState === true) {
      effects.push({ type: "tap", key });
      continue;
    }
    if (on && (usage === volumeUp || usage === volumeDown)) {
      if (nowMs - volumeAtMs < (state.quirk?.volumeDeadMs ?? 0)) {
        active.delete(usage);
        continue;
      }
      volumeAtMs = nowMs;
    }
    effects.push({ type: "key", key, down: on });
  }
  return [{ ...state, active, lifted, volumeAtMs }, effects];
}

function hookOf(state: HidTelephone, value: number, relative: boolean, lifted: boolean): boolean {
  if (relative) return value === 0 ? lifted : value < 0 ? false : !lifted;
  return (value !== 0) !== (state.quirk?.hookInverted === true);
}
