/** Lines of the LCD's menus that change a parameter and nothing else (feature rows CAL-22, UIX-13). */
import type { Configuration } from "../config/configuration.ts";
import { type ForwardKind, forwardPrefix } from "../phone/forwarding.ts";
import type { MenuItem } from "../ui/settings.ts";

export type Keep = (name: string, value: string) => void;

/** Seconds of `phone_setting.backlight_time` that a person may choose, and how they are written. */
const backlightTimes: readonly (readonly [seconds: number, label: string])[] = [
  [0, "Always on"],
  [15, "15 s"],
  [30, "30 s"],
  [60, "1 min"],
  [120, "2 min"],
  [300, "5 min"],
  [600, "10 min"],
  [1800, "30 min"],
];

export function menuItems(config: Configuration, keep: Keep): MenuItem[] {
  return [
    flagItem("features", "Call waiting", "call_waiting.enable", config, keep),
    flagItem("features", "Call waiting tone", "call_waiting.tone", config, keep),
    forwardItem("Forward always", "always", config, keep),
    forwardItem("Forward when busy", "busy", config, keep),
    forwardItem("Forward unanswered", "noAnswer", config, keep),
    {
      menu: "settings",
      label: "Backlight time",
      value: () => {
        const seconds = config.number("phone_setting.backlight_time");
        return backlightTimes.find(([s]) => s === seconds)?.[1] ?? `${seconds} s`;
      },
      change: (step) => {
        const seconds = config.number("phone_setting.backlight_time");
        const at = backlightTimes.findIndex(([s]) => s === seconds);
        const next = backlightTimes[(at + step + backlightTimes.length) % backlightTimes.length];
        if (next !== undefined) keep("phone_setting.backlight_time", String(next[0]));
      },
    },
  ];
}

/** Of the default account where each has its own (feature rows CAL-28 to CAL-30). The number is a parameter. */
function forwardItem(label: string, kind: ForwardKind, config: Configuration, keep: Keep): MenuItem {
  const prefix = () => forwardPrefix(config, Math.max(1, config.number("static.features.default_account")), kind);
  return {
    menu: "features",
    label,
    value: () => {
      const target = config.text(`${prefix()}.target`);
      if (target === "") return "No number";
      return config.flag(`${prefix()}.enable`) ? target : "Off";
    },
    change: () => {
      if (config.text(`${prefix()}.target`) === "") return;
      keep(`${prefix()}.enable`, config.flag(`${prefix()}.enable`) ? "0" : "1");
    },
  };
}

function flagItem(menu: MenuItem["menu"], label: string, name: string, config: Configuration, keep: Keep): MenuItem {
  return {
    menu,
    label,
    value: () => (config.flag(name) ? "On" : "Off"),
    change: () => keep(name, config.flag(name) ? "0" : "1"),
  };
}
