/** Line keys of accounts and which of them a call takes (feature rows ACC-29, ACC-30). Pure; what a press does is phone.ts, what is seen ui/line-keys.ts. */
import type { Settings } from "./ports.ts";

/** One line key. */
export interface Line {
  readonly account: number;
  /** Among the keys of the account, from 1. */
  readonly place: number;
}

/** The keys in their order: for each account in turn as many as it has; a phone without accounts has one, for calls by address. */
export function linesOf(settings: Settings, accounts: readonly { readonly id: number }[]): readonly Line[] {
  if (accounts.length === 0) return [{ account: 1, place: 1 }];
  return accounts.flatMap(({ id }) =>
    Array.from({ length: keysOf(settings, id) }, (_, at): Line => ({ account: id, place: at + 1 })),
  );
}

/** Keys of an account: one, unless the phone gives each as many as it says (features.auto_linekeys.enable). */
export function keysOf(settings: Settings, account: number): number {
  if (!settings.flag("features.auto_linekeys.enable")) return 1;
  return Math.min(mostKeys, settings.number(`account.${account}.number_of_linekey`));
}

/** More than any model has, with its expansion modules. */
const mostKeys = 300;

/** A call as far as lines go. */
export interface LineUser {
  readonly account: number;
  /** Of its line key. */
  readonly place: number;
}

export interface PlaceWish {
  readonly account: number;
  /** The key that was pressed. */
  readonly pressed?: number | undefined;
  /** The call for whose sake this one is made, and what for. */
  readonly consults?: { readonly call: LineUser; readonly purpose: "transfer" | "conference" } | undefined;
}

/**
 * The line key that a further call takes: the one that was pressed; that of the call that waits for it, where it shall
 * take no other; else the first free one, else the one with the fewest calls.
 *
 * @returns undefined where every key has all the calls that it holds
 */
export function placeOf(settings: Settings, wish: PlaceWish, calls: readonly LineUser[]): number | undefined {
  const { account, pressed, consults } = wish;
  const most = settings.number("phone_setting.call_appearance.calls_per_linekey");
  const places = Array.from({ length: keysOf(settings, account) }, (_, at) => at + 1);
  const load = (place: number) => calls.filter((c) => c.account === account && c.place === place).length;
  const fits = (place: number | undefined) => place !== undefined && places.includes(place) && load(place) < most;
  if (fits(pressed)) return pressed;
  const same =
    consults?.call.account === account && !takesNewLine(settings, account, consults.purpose)
      ? consults.call.place
      : undefined;
  if (fits(same)) return same;
  const [best] = places.filter(fits).sort((a, b) => load(a) - load(b) || a - b);
  return best;
}

/** The account's own word counts before the phone's. */
function takesNewLine(settings: Settings, account: number, purpose: "transfer" | "conference"): boolean {
  const name = `phone_setting.call_appearance.${purpose}_via_new_linekey`;
  const own = `account.${account}.${name}`;
  return settings.flag(settings.isSet(own) ? own : name);
}
