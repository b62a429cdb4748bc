/** The front joined to the phone: hook switch and jacks, what fails, and the lamps that tell of all calls. Keys and LCD go to the user interface. */
import type { Panel } from "../../board/board.ts";
import type { Clock } from "../../hal/clock.ts";
import type { LampId, LampState } from "../../hal/lamp.ts";
import type { Log } from "../base/log.ts";
import type { Phone } from "../phone/phone.ts";
import type { CallView } from "../phone/state.ts";
import { HookFlash } from "./hook-flash.ts";

const dark: LampState = { color: "off", pattern: "off" };
const on: LampState = { color: "green", pattern: "on" };

export interface FrontParts {
  readonly panel: Panel;
  readonly phone: Phone;
  readonly clock: Clock;
  readonly settings: { number(name: string): number };
  readonly log: Log;
}

/** Returns what ends it. */
export function connectFront({ panel, phone, clock, settings, log }: FrontParts): () => void {
  const { hook, jacks } = panel;
  panel.onTrouble = (trouble) => {
    if (trouble.type === "lost") log.error({ device: trouble.device }, trouble.why);
    else log.info({ device: trouble.device }, `${trouble.device}: works again`);
    phone.notice(`front ${trouble.device}`, trouble.type === "lost" ? trouble.why : undefined);
  };
  const flash = new HookFlash({
    clock,
    flashMs: () => settings.number("phone_setting.flash_hook_timer"),
    inCall: () => phone.view.calls.some(({ phase }) => phase.name === "talking"),
    hook: (lifted) => phone.handset(lifted),
    // As on other desk phones: the call that is spoken is held, or taken back.
    flash: () => phone.hold(),
  });
  if (hook !== undefined) hook.onChange = (lifted) => flash.change(lifted);
  if (jacks !== undefined) {
    jacks.onChange = (jack, plugged) => phone.plug(jack, plugged);
    for (const jack of ["headset", "ethernet"] as const) phone.plug(jack, jacks.plugged(jack));
  }
  if (hook?.lifted === true) phone.handset(true);
  const shown = new Map<LampId, LampState>();
  const show = (): void => {
    for (const [lamp, state] of callLamps(phone.view)) {
      const before = shown.get(lamp) ?? dark;
      if (before.pattern === state.pattern) continue;
      shown.set(lamp, state);
      panel.lamps.set(lamp, state);
    }
  };
  show();
  const end = phone.onChange(show);
  return () => {
    flash.close();
    end();
  };
}

/** What lamps of USB telephones and boards without line keys show: the state of all calls together. */
export function callLamps(view: {
  readonly calls: readonly Pick<CallView, "phase">[];
  readonly dial: unknown;
}): ReadonlyMap<LampId, LampState> {
  const phases = view.calls.map((call) => call.phase);
  const rings = phases.some((phase) => phase.name === "incoming");
  const speaks = phases.some(
    (phase) =>
      phase.name === "connecting" ||
      phase.name === "ringback" ||
      (phase.name === "talking" && phase.hold !== "local" && phase.hold !== "both"),
  );
  const held = phases.some((phase) => phase.name === "talking" && (phase.hold === "local" || phase.hold === "both"));
  return new Map<LampId, LampState>([
    ["ring", rings ? { color: "red", pattern: "fast" } : dark],
    ["off-hook", speaks || view.dial !== undefined ? on : dark],
    ["hold", held ? { color: "green", pattern: "slow" } : dark],
  ]);
}
