/** Lines of the LCD's menus that change parameters and switch features (feature rows CAL-22, CAL-27 to CAL-30, CAL-69, CAL-71, CAL-72, UIX-13). */
import type { Configuration } from "../config/configuration.ts";
import { type ForwardKind, forwardPrefix } from "../phone/forwarding.ts";
import type { Paging } from "../phone/paging.ts";
import { mostGroups } from "../phone/paging-rules.ts";
import type { PhoneControl } from "../phone/state.ts";
import type { Switchboard } from "../phone/switchboard.ts";
import { byAccount, dndByAccount, type SwitchName, switchAllowed, switchTitles } from "../phone/switches.ts";
import type { ItemMenu, MenuItem } from "../ui/settings.ts";

export type Keep = (name: string, value: string) => void;

export interface MenuParts {
  readonly config: Configuration;
  readonly keep: Keep;
  readonly phone: Pick<PhoneControl, "view" | "dial">;
  readonly switches: Switchboard;
  readonly paging: Pick<Paging, "list" | "page">;
  /** How many accounts the model has. */
  readonly accounts: number;
}

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

/** Rings before an unanswered call goes on: `forward.no_answer.timeout`. */
const mostRings = 20;

export function menuItems(parts: MenuParts): MenuItem[] {
  const { config, keep } = parts;
  return [
    {
      menu: "features",
      label: "Call waiting",
      value: () => onOff(config.flag("call_waiting.enable")),
      change: () => parts.switches.set("callWaiting", !config.flag("call_waiting.enable"), defaultAccount(parts)),
    },
    flagItem("features", "Call waiting tone", "call_waiting.tone", config, keep),
    ...forwardPage(parts),
    ...dndPage(parts),
    ...anonymousPage(parts),
    ...mailboxPage(parts),
    ...pagingPage(parts),
    backlightItem(config, keep),
  ];
}

/** CAL-28 to CAL-30, of the phone or, where each account has its own (features.fwd_mode), of the one that is chosen. */
function forwardPage(parts: MenuParts): MenuItem[] {
  const { config } = parts;
  const choice = new AccountChoice(parts);
  const visible = () => switchAllowed(config, "always");
  return [
    choice.item("forward", () => visible() && byAccount(config, "always")),
    ...(["always", "busy", "noAnswer"] as const).flatMap((kind) => [
      switchItem("forward", kind, parts, choice, visible),
      targetItem(kind, parts, choice, visible),
    ]),
    ringsItem(parts, choice, visible),
  ];
}

function targetItem(
  kind: ForwardKind,
  { switches }: MenuParts,
  choice: AccountChoice,
  visible: () => boolean,
): MenuItem {
  const target = () => switches.target(kind, choice.account);
  return {
    menu: "forward",
    label: "   to",
    visible,
    value: () => target() || "No number",
    change: () => {},
    entry: {
      prompt: switchTitles[kind],
      text: target,
      save: (text) => switches.setTarget(kind, text, choice.account),
    },
  };
}

function ringsItem({ config, keep }: MenuParts, choice: AccountChoice, visible: () => boolean): MenuItem {
  const name = () => `${forwardPrefix(config, choice.account, "noAnswer")}.timeout`;
  return {
    menu: "forward",
    label: "   after",
    visible,
    value: () => `${6 * config.number(name())} s`,
    change: (step) => keep(name(), String((config.number(name()) + step + mostRings + 1) % (mostRings + 1))),
  };
}

/** CAL-27 where each account has its own: a line for each, and one for all. */
function dndPage({ config, phone, switches, accounts }: MenuParts): MenuItem[] {
  const visible = () => dndByAccount(config) && switchAllowed(config, "dnd");
  const ids = () => phone.view.accounts.map(({ id }) => id);
  const all = () => ids().every((id) => switches.isOn("dnd", id));
  const lines = numbers(accounts).map((id): MenuItem => {
    const account = () => phone.view.accounts.find((a) => a.id === id);
    return {
      menu: "dnd",
      get label() {
        const shown = account();
        return shown?.label || shown?.userName || `Account ${id}`;
      },
      visible: () => visible() && account() !== undefined,
      value: () => onOff(switches.isOn("dnd", id)),
      change: () => switches.set("dnd", !switches.isOn("dnd", id), id),
    };
  });
  const everywhere: MenuItem = {
    menu: "dnd",
    label: "All accounts",
    visible: () => visible() && ids().length > 1,
    value: () => onOff(all()),
    change: () => {
      const on = !all();
      for (const id of ids()) if (switches.isOn("dnd", id) !== on) switches.set("dnd", on, id);
    },
  };
  return [...lines, everywhere];
}

/** CAL-71, CAL-72. */
function anonymousPage(parts: MenuParts): MenuItem[] {
  const choice = new AccountChoice(parts);
  const several = () => parts.phone.view.accounts.length > 1;
  return [
    choice.item("anonymous", several),
    switchItem("anonymous", "anonymous", parts, choice),
    switchItem("anonymous", "refuseAnonymous", parts, choice),
  ];
}

/** CAL-69: what the message key shows with voice_mail.message_key.mode = 1. */
function mailboxPage({ phone, accounts }: MenuParts): MenuItem[] {
  return numbers(accounts).map((id): MenuItem => {
    const box = () => phone.view.voiceMail?.boxes?.find(({ account }) => account === id);
    return {
      menu: "mailboxes",
      get label() {
        const account = phone.view.accounts.find((a) => a.id === id);
        return account?.label || account?.userName || `Account ${id}`;
      },
      visible: () => box() !== undefined,
      value: () => `${box()?.waiting ?? 0} new, ${box()?.old ?? 0} old`,
      change: () => {
        const number = box()?.number ?? "";
        if (number !== "") phone.dial(number, id);
      },
    };
  });
}

/** CAL-81: the groups that can be paged; choosing one begins to speak to it. */
function pagingPage({ paging }: MenuParts): MenuItem[] {
  return numbers(mostGroups).map((index): MenuItem => {
    const group = () => paging.list.find((one) => one.index === index);
    return {
      menu: "paging",
      get label() {
        return group()?.label ?? "";
      },
      visible: () => group() !== undefined,
      value: () => `${group()?.address ?? ""}:${group()?.port ?? ""}`,
      change: () => paging.page(index),
    };
  });
}

/** The account that the lines of a page are about: the default one until somebody chooses. */
class AccountChoice {
  readonly #parts: MenuParts;
  #chosen: number | undefined;

  constructor(parts: MenuParts) {
    this.#parts = parts;
  }

  get account(): number {
    const { view } = this.#parts.phone;
    return view.accounts.some(({ id }) => id === this.#chosen) && this.#chosen !== undefined
      ? this.#chosen
      : defaultAccount(this.#parts);
  }

  item(menu: ItemMenu, visible: () => boolean): MenuItem {
    const { phone } = this.#parts;
    return {
      menu,
      label: "Account",
      visible,
      value: () => {
        const account = phone.view.accounts.find(({ id }) => id === this.account);
        return account?.label || account?.userName || String(this.account);
      },
      change: (step) => {
        const ids = phone.view.accounts.map(({ id }) => id);
        const at = ids.indexOf(this.account);
        this.#chosen = ids[(at + step + ids.length) % Math.max(1, ids.length)];
      },
    };
  }
}

function switchItem(
  menu: ItemMenu,
  name: SwitchName,
  { switches }: MenuParts,
  choice: AccountChoice,
  visible: () => boolean = () => true,
): MenuItem {
  return {
    menu,
    label: switchTitles[name],
    visible,
    value: () => onOff(switches.isOn(name, choice.account)),
    change: () => switches.set(name, !switches.isOn(name, choice.account), choice.account),
  };
}

function backlightItem(config: Configuration, keep: Keep): MenuItem {
  return {
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
  };
}

function flagItem(menu: ItemMenu, label: string, name: string, config: Configuration, keep: Keep): MenuItem {
  return {
    menu,
    label,
    value: () => onOff(config.flag(name)),
    change: () => keep(name, config.flag(name) ? "0" : "1"),
  };
}

function defaultAccount({ phone }: MenuParts): number {
  return phone.view.defaultAccount;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

function onOff(on: boolean): string {
  return on ? "On" : "Off";
}
