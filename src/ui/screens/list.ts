/** The part of a list that fits the LCD, with the selected row in view. */
import type { Body, ListRow } from "../screen.ts";

/** @param selected index into `all`; -1 for a text to scroll, whose first row is then `top`. */
export function listBody(
  all: readonly ListRow[],
  selected: number,
  rows: number,
  empty: string,
  top = 0,
): Extract<Body, { kind: "list" }> {
  const last = Math.max(0, all.length - rows);
  // The window moves by whole pages, so that the bar travels and the rows stand still.
  const first = selected < 0 ? Math.min(top, last) : Math.floor(selected / rows) * rows;
  return {
    kind: "list",
    rows: all.slice(first, first + rows),
    selected: selected < 0 ? -1 : selected - first,
    first,
    total: all.length,
    empty,
    tabs: false,
  };
}
