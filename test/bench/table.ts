/** Rows of figures as a table for people; no colours, no judgement beyond the goal. */
import type { Row } from "./row.ts";

/** Whether the goal is reached; undefined where there is none. */
export function meets({ ours, goal, better, unit }: Row): boolean | undefined {
  if (goal === undefined) return undefined;
  const higher = better === undefined ? unit.includes("per second") || unit.endsWith("/s") : better === "higher";
  return higher ? ours >= goal : ours <= goal;
}

/** Three digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

const head = ["what", "unit", "ours", "peers", "ours/peer", "goal", "met"];

export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const peers = Object.entries(row.peers);
    const met = meets(row);
    return [
      row.what,
      row.unit,
      figure(row.ours),
      peers.map(([name, value]) => `${name} ${figure(value)}`).join(", "),
      peers.map(([, value]) => (value > 0 ? figure(row.ours / value) : "-")).join(", "),
      row.goal === undefined ? "" : figure(row.goal),
      met === undefined ? "" : met ? "yes" : "NO",
    ];
  });
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all.map((line) => `  ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd()).join("\n");
}
