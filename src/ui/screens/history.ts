/** The call history as lists, and one entry's details. */
import type { HistoryEntry } from "../../phone/state.ts";
import { clockText, dateText, durationText, momentOf } from "../date.ts";
import type { IconName } from "../icon.ts";
import type { Body, ListRow } from "../screen.ts";
import type { UiSettings } from "../settings.ts";
import { entriesOf, type HistoryTab, type UiState } from "../state.ts";
import { listBody } from "./list.ts";
import { accountLabel, type ScreenSources } from "./sources.ts";

const titles: Readonly<Record<HistoryTab, string>> = {
  all: "All calls",
  missed: "Missed calls",
  received: "Received calls",
  placed: "Placed calls",
};

const icons: Readonly<Record<HistoryEntry["kind"], IconName>> = {
  placed: "call_out",
  received: "call_in",
  missed: "call_missed",
  rejected: "call_end",
  forwarded: "forward",
};

const kinds: Readonly<Record<HistoryEntry["kind"], string>> = {
  placed: "Placed",
  received: "Received",
  missed: "Missed",
  rejected: "Rejected",
  forwarded: "Forwarded",
};

export function historyBody(
  sources: ScreenSources,
  ui: Extract<UiState, { name: "history" }>,
): { title: string; body: Body } {
  const { history, settings, epochMs, rows } = sources;
  const entries = entriesOf(history, ui.tab);
  const all = entries.map((entry) => rowOf(entry, settings, epochMs));
  const selected = Math.min(ui.selected, all.length - 1);
  return { title: titles[ui.tab], body: { ...listBody(all, selected, rows, "No calls"), tabs: true } };
}

function rowOf(entry: HistoryEntry, settings: UiSettings, epochMs: number): ListRow {
  const at = momentOf(entry.atEpochMs, settings.utcOffsetMinutes);
  const today = dateText(momentOf(epochMs, settings.utcOffsetMinutes), 2) === dateText(at, 2);
  return {
    icon: icons[entry.kind],
    text: entry.remote.name || entry.remote.number || entry.target,
    detail: today ? clockText(at, settings.hours24) : dateText(at, settings.dateFormat),
    bad: entry.kind === "missed" || entry.kind === "rejected",
  };
}

/** Lines of one entry's details. */
export function entryRows(sources: ScreenSources, ui: Extract<UiState, { name: "entry" }>): ListRow[] {
  const { history, settings, view } = sources;
  const entry = entriesOf(history, ui.tab)[ui.selected];
  if (entry === undefined) return [];
  const at = momentOf(entry.atEpochMs, settings.utcOffsetMinutes);
  const pairs: [string, string][] = [
    ["Name", entry.remote.name],
    ["Number", entry.remote.number || entry.target],
    ["Call", kinds[entry.kind]],
    ["Time", `${dateText(at, settings.dateFormat)}, ${clockText(at, settings.hours24)}`],
    ["Duration", entry.talkedMs > 0 ? durationText(entry.talkedMs) : ""],
    ["Line", accountLabel(view, entry.account)],
  ];
  const lines = pairs.filter(([, value]) => value !== "");
  return lines.map(([text, detail]) => ({ icon: undefined, text, detail, bad: false }));
}

export function entryBody(sources: ScreenSources, ui: Extract<UiState, { name: "entry" }>): Body {
  return listBody(entryRows(sources, ui), -1, sources.rows, "No calls", ui.first);
}
