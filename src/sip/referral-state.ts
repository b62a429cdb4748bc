/** The machine of a REFER that came: RFC 3515 §2.4, RFC 4488. Pure; referral.ts carries it out. */
import type { ReportedStatus } from "./sipfrag.ts";

export type ReferralState =
  | { readonly name: "asked" }
  /** Accepted; whoever sent it is told how it goes. `told` is the last report. */
  | { readonly name: "active"; readonly told: number }
  /** Accepted; nobody wants to be told. */
  | { readonly name: "unobserved" }
  | { readonly name: "over" };

export type ReferralInput =
  | { readonly type: "accept"; readonly observed: boolean }
  | { readonly type: "reject"; readonly status: number; readonly reason: string }
  | { readonly type: "report"; readonly report: ReportedStatus }
  /** The time of the subscription ran out. */
  | { readonly type: "expired" }
  /** The other side ended its subscription, or has forgotten it. */
  | { readonly type: "unsubscribed" | "lost" };

export type ReferralEffect =
  | { readonly type: "respond"; readonly status: number; readonly reason: string; readonly observed: boolean }
  | { readonly type: "notify"; readonly report: ReportedStatus; readonly last: "" | "noresource" | "timeout" };

const trying: ReportedStatus = { status: 100, reason: "Trying" };

export function next(state: ReferralState, input: ReferralInput): [ReferralState, ReferralEffect[]] {
  switch (state.name) {
    case "asked":
      if (input.type === "accept") {
        const respond = { type: "respond", status: 202, reason: "", observed: input.observed } as const;
        if (!input.observed) return [{ name: "unobserved" }, [respond]];
        // A NOTIFY must follow at once, whatever there is to say (RFC 3515 §2.4.4).
        return [{ name: "active", told: 100 }, [respond, { type: "notify", report: trying, last: "" }]];
      }
      if (input.type === "reject")
        return [{ name: "over" }, [{ type: "respond", status: input.status, reason: input.reason, observed: true }]];
      return [state, []];
    case "active":
      if (input.type === "report") {
        const { report } = input;
        if (report.status >= 200) return [{ name: "over" }, [{ type: "notify", report, last: "noresource" }]];
        if (report.status === state.told) return [state, []];
        return [{ name: "active", told: report.status }, [{ type: "notify", report, last: "" }]];
      }
      if (input.type === "expired" || input.type === "unsubscribed")
        return [{ name: "over" }, [{ type: "notify", report: { status: state.told, reason: "" }, last: "timeout" }]];
      return input.type === "lost" ? [{ name: "over" }, []] : [state, []];
    case "unobserved":
      if (input.type === "report" && input.report.status >= 200) return [{ name: "over" }, []];
      return [state, []];
    case "over":
      return [state, []];
    default:
      return state satisfies never;
  }
}
