/** What a person sees of a call's state. Pure. */
import type { CallFacts } from "./call-parts.ts";
import type { CallState } from "./call-state.ts";
import type { CallPhase, CallView } from "./state.ts";

export function phaseOf(state: CallState, hold: "none" | "local" | "remote" | "both"): CallPhase {
  switch (state.name) {
    case "preparing":
    case "connecting":
    case "answering":
      return { name: "connecting", sinceMs: state.sinceMs };
    case "ringback":
      return { name: "ringback", early: state.early, sinceMs: state.sinceMs };
    case "incoming":
      return { name: "incoming", sinceMs: state.sinceMs };
    case "talking":
      return { name: "talking", hold, sinceMs: state.sinceMs };
    case "ended":
      return { name: "ended", by: state.by, why: state.why, sinceMs: state.sinceMs, talkedMs: state.talkedMs };
    case "gone":
      return { name: "ended", by: "local", why: "", sinceMs: 0, talkedMs: state.talkedMs };
    default:
      return state satisfies never;
  }
}

/** What stays as it was when the call began. */
export function viewOfFacts({ id, account, place, direction, called, diverted = "" }: CallFacts): FactsView {
  return {
    ...{ id, account, place, direction },
    ...(called === undefined ? {} : { called }),
    ...(diverted === "" ? {} : { diverted }),
  };
}

type FactsView = Pick<CallView, "id" | "account" | "direction"> &
  Partial<Pick<CallView, "place" | "called" | "diverted">>;
