/** Features that a person switches: the parameter that says so, for the phone or for one account, and the code that tells the server: feature rows CAL-22, CAL-27 to CAL-30, CAL-71, CAL-72. Pure. */
import { type ForwardKind, forwardAllowed, forwardPrefix } from "./forwarding.ts";
import type { Settings } from "./ports.ts";

export type SwitchName = "dnd" | ForwardKind | "callWaiting" | "anonymous" | "refuseAnonymous";

export const switchNames: readonly SwitchName[] = [
  "dnd",
  "always",
  "busy",
  "noAnswer",
  "callWaiting",
  "anonymous",
  "refuseAnonymous",
];

/** For people. */
export const switchTitles: Readonly<Record<SwitchName, string>> = {
  dnd: "Do not disturb",
  always: "Forward always",
  busy: "Forward when busy",
  noAnswer: "Forward unanswered",
  callWaiting: "Call waiting",
  anonymous: "Anonymous call",
  refuseAnonymous: "Refuse anonymous",
};

interface Names {
  readonly enable: string;
  readonly onCode: string;
  readonly offCode: string;
  /** Goes to the server behind the code that switches on. */
  readonly target?: string;
}

function namesOf(settings: Settings, name: SwitchName, account: number): Names {
  const own = `account.${account}`;
  switch (name) {
    case "dnd":
      return coded(dndByAccount(settings) ? `${own}.dnd` : "features.dnd");
    case "always":
    case "busy":
    case "noAnswer": {
      const prefix = forwardPrefix(settings, account, name);
      return { ...coded(prefix), target: `${prefix}.target` };
    }
    case "callWaiting":
      return coded("call_waiting");
    case "anonymous":
      return {
        enable: `${own}.anonymous_call`,
        onCode: `${own}.anonymous_call_oncode`,
        offCode: `${own}.anonymous_call_offcode`,
      };
    case "refuseAnonymous":
      return {
        enable: `${own}.reject_anonymous_call`,
        onCode: `${own}.anonymous_reject_oncode`,
        offCode: `${own}.anonymous_reject_offcode`,
      };
    default:
      return name satisfies never;
  }
}

function coded(prefix: string): Names {
  return { enable: `${prefix}.enable`, onCode: `${prefix}.on_code`, offCode: `${prefix}.off_code` };
}

/** features.dnd_mode: do-not-disturb is switched for each account. */
export function dndByAccount(settings: Settings): boolean {
  return settings.number("features.dnd_mode") === 1;
}

/** The parameter that is set to "1" or "0". */
export function enableName(settings: Settings, name: SwitchName, account: number): string {
  return namesOf(settings, name, account).enable;
}

/** The parameter with the number that calls go to; "" where there is none. */
export function targetName(settings: Settings, name: SwitchName, account: number): string {
  return namesOf(settings, name, account).target ?? "";
}

/** It is for this account that it is switched, not for the whole phone. */
export function byAccount(settings: Settings, name: SwitchName): boolean {
  if (name === "callWaiting") return false;
  if (name === "dnd") return dndByAccount(settings);
  return name === "anonymous" || name === "refuseAnonymous" || settings.number("features.fwd_mode") === 1;
}

/** A person may switch it (features.dnd.allow, features.fwd.allow); what is not allowed is off. */
export function switchAllowed(settings: Settings, name: SwitchName): boolean {
  if (name === "dnd") return settings.flag("features.dnd.allow");
  if (name === "always" || name === "busy" || name === "noAnswer") return forwardAllowed(settings);
  return true;
}

export function isOn(settings: Settings, name: SwitchName, account: number): boolean {
  const value = settings.text(enableName(settings, name, account));
  return switchAllowed(settings, name) && value !== "" && value !== "0";
}

/** What the server is told by, the target behind the code that switches forwarding on; "" where it is not to be told. */
export function codeOf(settings: Settings, name: SwitchName, account: number, on: boolean): string {
  const { onCode, offCode, target } = namesOf(settings, name, account);
  const code = settings.text(on ? onCode : offCode).trim();
  if (code === "" || !on || target === undefined) return code;
  return `${code}${settings.text(target).trim()}`;
}

/** CAL-27: numbers that ring although nobody is to disturb. */
export function mayDisturb(settings: Settings, number: string): boolean {
  if (!settings.flag("features.dnd.emergency_enable") || number === "") return false;
  return settings.list("features.dnd.emergency_authorized_number").includes(number);
}
