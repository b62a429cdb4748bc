/** What a person sees of a call's state. Pure. */
import type { CallState } from "./call-state.ts";
import type { CallPhase } from "./state.ts";

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
