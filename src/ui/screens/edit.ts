/** The page where the text of a menu's item is typed, such as the number that calls are forwarded to (feature rows CAL-28 to CAL-30). */
import type { Body } from "../screen.ts";
import type { MenuItem } from "../settings.ts";
import type { UiState } from "../state.ts";
import { menuRows } from "./menu.ts";
import type { ScreenSources } from "./sources.ts";

type Editing = Extract<UiState, { name: "edit" }>;

/** What is typed, undefined where the item has gone meanwhile. */
export function entryOf(ui: Editing, items: readonly MenuItem[]): MenuItem["entry"] {
  const target = menuRows(ui.menu, items)[ui.selected]?.target;
  return target?.type === "item" ? target.item.entry : undefined;
}

export function editBody({ items, input }: ScreenSources, ui: Editing): { title: string; body: Body } {
  const prompt = entryOf(ui, items)?.prompt ?? "";
  return {
    title: prompt,
    body: { kind: "dial", prompt, digits: ui.text, account: "", input, waiting: undefined },
  };
}
