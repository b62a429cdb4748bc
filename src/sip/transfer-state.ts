/** The machine of a REFER that we sent: RFC 3515 §2.4, RFC 4488. Pure; transfer.ts carries it out. */
import type { ReportedStatus } from "./sipfrag.ts";

export type TransferState =
  /** REFER sent, no answer yet. */
  | { readonly name: "asked" }
  /** 2xx. `observed` false: the other side will not say what becomes of it (RFC 4488). */
  | { readonly name: "accepted"; readonly observed: boolean }
  /** What the other side hears from the target: 100, 180, ... */
  | ({ readonly name: "proceeding" } & ReportedStatus)
  | ({ readonly name: "succeeded" } & ReportedStatus)
  /** The REFER was refused, or the target refused. `by` says which. */
  | ({ readonly name: "failed"; readonly by: "other side" | "target" } & ReportedStatus)
  /** It was accepted, and nobody will say any more what became of it. */
  | { readonly name: "unknown"; readonly reason: string };

export type TransferInput =
  | { readonly type: "accepted"; readonly observed: boolean }
  | ({ readonly type: "refused" } & ReportedStatus)
  /** A NOTIFY: its status line, if it has one, and whether it is the last. */
  | {
      readonly type: "notified";
      readonly report: ReportedStatus | undefined;
      readonly last: boolean;
      readonly reason: string;
    }
  /** The subscription ran out, or the user agent closes. */
  | { readonly type: "expired"; readonly reason: string };

export function isOver(state: TransferState): boolean {
  return state.name === "succeeded" || state.name === "failed" || state.name === "unknown";
}

export function next(state: TransferState, input: TransferInput): TransferState {
  if (isOver(state)) return state;
  switch (input.type) {
    case "accepted":
      // A NOTIFY may overtake the 202.
      return state.name === "asked" ? { name: "accepted", observed: input.observed } : state;
    case "refused":
      if (state.name !== "asked") return state;
      return { name: "failed", by: "other side", status: input.status, reason: input.reason };
    case "notified":
      return onReport(state, input);
    case "expired":
      return { name: "unknown", reason: input.reason };
    default:
      return input satisfies never;
  }
}

function onReport(state: TransferState, { report, last, reason }: TransferInput & { type: "notified" }): TransferState {
  if (report !== undefined && report.status >= 200)
    return report.status < 300 ? { name: "succeeded", ...report } : { name: "failed", by: "target", ...report };
  if (last) return { name: "unknown", reason: reason === "" ? "no final report" : reason };
  return report === undefined ? state : { name: "proceeding", ...report };
}
