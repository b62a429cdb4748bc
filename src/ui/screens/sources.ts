/** All that a screen is made from, and words that several screens share. */
import type { Model } from "../../../board/model.ts";
import type { HistoryEntry, PhoneView } from "../../phone/state.ts";
import type { SoftKeys } from "../keys.ts";
import type { MenuItem, StatusFacts, UiSettings } from "../settings.ts";
import type { Context, InputMode, UiState } from "../state.ts";

export interface ScreenSources {
  readonly view: PhoneView;
  readonly history: readonly HistoryEntry[];
  readonly ui: UiState;
  readonly context: Context;
  readonly softKeys: SoftKeys;
  readonly input: InputMode;
  readonly page: number;
  readonly model: Model;
  readonly settings: UiSettings;
  readonly facts: StatusFacts;
  readonly items: readonly MenuItem[];
  /** Rows of a list that the LCD shows at once. */
  readonly rows: number;
  readonly nowMs: number;
  readonly epochMs: number;
}

/** Who calls, while a number is dialled: features.caller_name_type_on_dialing (feature row CAL-75). */
export function ownName(view: PhoneView, id: number, kind: number): string {
  const account = view.accounts.find((a) => a.id === id) ?? view.accounts[0];
  const name = kind === 1 ? account?.userName : kind === 2 ? account?.displayName : "";
  return name === undefined || name === "" ? accountLabel(view, id) : name;
}

export function accountLabel(view: PhoneView, id: number): string {
  const account = view.accounts.find((a) => a.id === id) ?? view.accounts[0];
  return account === undefined ? "" : account.label || account.displayName || account.userName;
}
