/** The menu tree: what is listed where and what choosing it means. Only what works is listed. */
import type { Body, ListRow } from "../screen.ts";
import type { MenuItem } from "../settings.ts";
import type { MenuId, UiState } from "../state.ts";
import { listBody } from "./list.ts";
import type { ScreenSources } from "./sources.ts";

/** What a row of a menu leads to: another page, or an item to change. */
export type MenuTarget =
  | { readonly type: "menu"; readonly menu: MenuId }
  | { readonly type: "status" }
  | { readonly type: "history" }
  | { readonly type: "item"; readonly item: MenuItem };

export interface MenuRow {
  readonly row: ListRow;
  readonly target: MenuTarget;
}

export function menuTitle(menu: MenuId): string {
  switch (menu) {
    case "main":
      return "Menu";
    case "features":
      return "Features";
    case "settings":
      return "Settings";
    case "forward":
      return "Call forward";
    case "dnd":
      return "Do not disturb";
    case "anonymous":
      return "Anonymous calls";
    case "mailboxes":
      return "Voice mail";
    case "paging":
      return "Paging list";
    default:
      return menu satisfies never;
  }
}

/** Pages below Features; one without a line is not listed. */
const belowFeatures = ["forward", "dnd", "anonymous", "paging"] as const;

export function menuRows(menu: MenuId, all: readonly MenuItem[]): MenuRow[] {
  const items = all.filter((item) => item.visible?.() !== false);
  const own = items.filter((item) => item.menu === menu).map(itemRow);
  if (menu === "features") {
    const below = belowFeatures.filter((page) => items.some((item) => item.menu === page));
    return [...own, ...below.map(pageRow)];
  }
  if (menu !== "main") return own;
  const rows: MenuRow[] = [
    { row: { icon: "status", text: "Status", detail: "", bad: false }, target: { type: "status" } },
    { row: { icon: "history", text: "History", detail: "", bad: false }, target: { type: "history" } },
  ];
  if (items.some((item) => item.menu === "features"))
    rows.push({
      row: { icon: "features", text: "Features", detail: "", bad: false },
      target: { type: "menu", menu: "features" },
    });
  if (items.some((item) => item.menu === "settings"))
    rows.push({
      row: { icon: "settings", text: "Settings", detail: "", bad: false },
      target: { type: "menu", menu: "settings" },
    });
  return rows;
}

function pageRow(menu: MenuId): MenuRow {
  return { row: { icon: undefined, text: menuTitle(menu), detail: "", bad: false }, target: { type: "menu", menu } };
}

/** The page that leads to this one. */
export function menuAbove(menu: MenuId): MenuId {
  return belowFeatures.some((page) => page === menu) ? "features" : "main";
}

function itemRow(item: MenuItem): MenuRow {
  return {
    row: { icon: undefined, text: item.label, detail: item.value(), bad: false },
    target: { type: "item", item },
  };
}

export function menuBody(sources: ScreenSources, ui: Extract<UiState, { name: "menu" }>): Body {
  const rows = menuRows(ui.menu, sources.items).map(({ row }, i) => ({ ...row, text: `${i + 1}. ${row.text}` }));
  return listBody(rows, Math.min(ui.selected, rows.length - 1), sources.rows, "Empty");
}
