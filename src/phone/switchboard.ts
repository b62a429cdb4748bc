/** Switches features for a person, and tells of every switch that changes, whoever changed it (feature rows CAL-22, CAL-27 to CAL-30, CAL-71, CAL-72, API-06). */
import type { MomentName } from "./action-url.ts";
import type { TellMoment } from "./call-moments.ts";
import type { Settings } from "./ports.ts";
import {
  byAccount,
  codeOf,
  enableName,
  isOn,
  type SwitchName,
  switchAllowed,
  switchNames,
  switchTitles,
  targetName,
} from "./switches.ts";

export interface SwitchboardParts {
  readonly settings: Settings;
  readonly keep: (name: string, value: string) => void;
  /** Numbers of the accounts that are on; the first is the default one. */
  readonly accounts: () => readonly number[];
  /** The server is to be told by a code; "" where it is not. */
  readonly code: (name: SwitchName, account: number, code: string) => void;
  /** Says on the LCD what cannot be. */
  readonly say: (text: string) => void;
  readonly moment: TellMoment;
}

/** Moments of the switches that have any. */
const moments: Readonly<Partial<Record<SwitchName, readonly [on: MomentName, off: MomentName]>>> = {
  dnd: ["dnd_on", "dnd_off"],
  always: ["always_fwd_on", "always_fwd_off"],
  busy: ["busy_fwd_on", "busy_fwd_off"],
  noAnswer: ["no_answer_fwd_on", "no_answer_fwd_off"],
  callWaiting: ["call_waiting_on", "call_waiting_off"],
};

export class Switchboard {
  readonly #parts: SwitchboardParts;
  /** How each stood when it was looked at last, by name and account. */
  #known: ReadonlyMap<string, boolean> = new Map();

  constructor(parts: SwitchboardParts) {
    this.#parts = parts;
  }

  /** How everything stands at the start is no change. */
  open(): void {
    this.#known = this.#look();
  }

  isOn(name: SwitchName, account: number): boolean {
    return isOn(this.#parts.settings, name, account);
  }

  target(name: SwitchName, account: number): string {
    const parameter = targetName(this.#parts.settings, name, account);
    return parameter === "" ? "" : this.#parts.settings.text(parameter);
  }

  /** A person switches; the server is told by a code where there is one. */
  set(name: SwitchName, on: boolean, account: number): void {
    const { settings, keep, say, code } = this.#parts;
    if (!switchAllowed(settings, name)) {
      say(`${switchTitles[name]} is not allowed`);
      return;
    }
    if (on && targetName(settings, name, account) !== "" && this.target(name, account).trim() === "") {
      say("No number to forward to");
      return;
    }
    keep(enableName(settings, name, account), on ? "1" : "0");
    code(name, account, codeOf(settings, name, account, on));
  }

  /** A person changes the number that calls go to; a server that forwards already is told of the new one. */
  setTarget(name: SwitchName, target: string, account: number): void {
    const { settings, keep, code } = this.#parts;
    const parameter = targetName(settings, name, account);
    if (parameter === "" || !switchAllowed(settings, name)) return;
    const to = target.trim();
    if (to === "" && this.isOn(name, account)) this.set(name, false, account);
    if (settings.text(parameter) === to) return;
    keep(parameter, to);
    if (to !== "" && this.isOn(name, account)) code(name, account, codeOf(settings, name, account, true));
  }

  /** Names of parameters that changed. */
  configured(names: ReadonlySet<string>): void {
    const { settings, code, moment } = this.#parts;
    for (const name of names) {
      const account = Number(/^account\.(\d+)\.send_anonymous_code$/.exec(name)?.[1] ?? 0);
      if (account > 0) code("anonymous", account, codeOf(settings, "anonymous", account, settings.number(name) === 1));
    }
    const before = this.#known;
    this.#known = this.#look();
    for (const [key, on] of this.#known) {
      const [name = "", account = ""] = key.split(" ");
      const told = moments[name as SwitchName];
      // What has been of the phone and is of an account now, or the other way round, was not switched by that.
      if (told !== undefined && before.has(key) && before.get(key) !== on) moment(told[on ? 0 : 1], Number(account));
    }
  }

  #look(): ReadonlyMap<string, boolean> {
    const { settings, accounts } = this.#parts;
    const found = new Map<string, boolean>();
    for (const name of switchNames)
      for (const account of byAccount(settings, name) ? accounts() : accounts().slice(0, 1)) {
        const forwards = targetName(settings, name, account) !== "";
        const on = this.isOn(name, account) && (!forwards || this.target(name, account) !== "");
        found.set(`${name} ${account}${byAccount(settings, name) ? " own" : ""}`, on);
      }
    return found;
  }
}
