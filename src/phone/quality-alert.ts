/** When the quality of a call is worth an alert (VQM-04): once as it falls below a limit, again only after it was clearly better. Pure. */
import type { ReportKind, Severity } from "./quality-report.ts";

/** undefined: that limit is off. */
export interface Limits {
  readonly warning: number | undefined;
  readonly critical: number | undefined;
}

export interface AlertLimits {
  /** 1 to 5; at or below it is too bad. */
  readonly mosLq: Limits;
  /** ms; at or above it is too long. */
  readonly delayMs: Limits;
}

export type Level = "fine" | Severity;

export interface AlertState {
  readonly mosLq: Level;
  readonly delay: Level;
}

export const noAlerts: AlertState = { mosLq: "fine", delay: "fine" };

/** So much better than a limit and it counts as left behind. */
const mosMargin = 0.2;
const delayMargin = 0.1;

const order: readonly Level[] = ["fine", "Warning", "Critical"];

type Alert = Extract<ReportKind, { type: "alert" }>;

/** A figure that is not known changes nothing. */
export function nextAlerts(
  state: AlertState,
  now: { readonly mosLq: number | undefined; readonly delayMs: number | undefined },
  limits: AlertLimits,
): [AlertState, readonly Alert[]] {
  const mosLq =
    now.mosLq === undefined
      ? state.mosLq
      : nextLevel(
          state.mosLq,
          levelOf(-now.mosLq, negative(limits.mosLq), 0),
          levelOf(-now.mosLq, negative(limits.mosLq), mosMargin),
        );
  const margin = (now.delayMs ?? 0) * delayMargin;
  const delay =
    now.delayMs === undefined
      ? state.delay
      : nextLevel(state.delay, levelOf(now.delayMs, limits.delayMs, 0), levelOf(now.delayMs, limits.delayMs, margin));
  const alerts: Alert[] = [];
  if (isWorse(mosLq, state.mosLq)) alerts.push({ type: "alert", metric: "MOSLQ", severity: mosLq });
  if (isWorse(delay, state.delay)) alerts.push({ type: "alert", metric: "OWD", severity: delay });
  return [{ mosLq, delay }, alerts];
}

/** @param strict as the limits say @param lenient with the margin: worse or equal to `strict` */
function nextLevel(before: Level, strict: Level, lenient: Level): Level {
  if (isWorse(strict, before)) return strict;
  // Better only by the margin, too.
  return isWorse(before, lenient) ? lenient : before;
}

function levelOf(value: number, { warning, critical }: Limits, margin: number): Level {
  if (critical !== undefined && value + margin >= critical) return "Critical";
  return warning !== undefined && value + margin >= warning ? "Warning" : "fine";
}

function negative({ warning, critical }: Limits): Limits {
  const minus = (value: number | undefined) => (value === undefined ? undefined : -value);
  return { warning: minus(warning), critical: minus(critical) };
}

function isWorse(level: Level, than: Level): level is Severity {
  return order.indexOf(level) > order.indexOf(than);
}
