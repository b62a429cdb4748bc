/**
 * A call as a person sees it: from what the SIP session and the person do to the phase that is shown. Pure; the
 * session has its own machine (RFC 3261), this one only adds preparing, answering and the time after the end.
 *
 * | phase       | session says                                   | person                   |
 * |-------------|------------------------------------------------|--------------------------|
 * | preparing   | -                                              | hang up: gone            |
 * | connecting  | 18x: ringback; established: talking; end: ended | hang up: gone           |
 * | ringback    | established: talking; end: ended               | hang up: gone            |
 * | incoming    | end: gone (missed, or answered elsewhere)      | answer: answering; reject, forward: gone |
 * | answering   | established: talking; end: ended               | hang up: gone            |
 * | talking     | end, handed over: ended                        | hang up: gone            |
 * | ended       | -                                              | cancel: gone             |
 */
export type CallState =
  | { readonly name: "preparing"; readonly sinceMs: number }
  | { readonly name: "connecting"; readonly sinceMs: number }
  /** `own`: our ring-back is heard, whether or not the far end's sound comes (`flows`). */
  | {
      readonly name: "ringback";
      readonly sinceMs: number;
      readonly early: boolean;
      readonly own?: { readonly flows: boolean };
    }
  | { readonly name: "incoming"; readonly sinceMs: number; readonly silenced: boolean }
  | { readonly name: "answering"; readonly sinceMs: number }
  | { readonly name: "talking"; readonly sinceMs: number }
  | {
      readonly name: "ended";
      readonly sinceMs: number;
      /** "local": handed to somebody else. */
      readonly by: "local" | "remote" | "failed";
      readonly status: number;
      readonly why: string;
      readonly talkedMs: number;
    }
  /** Nothing left to show. `outcome` is what the call log says. */
  | { readonly name: "gone"; readonly outcome: CallOutcome; readonly talkedMs: number };

export type CallOutcome = "placed" | "received" | "missed" | "rejected" | "elsewhere" | "forwarded";

export type CallInput =
  | { readonly type: "invited" }
  /** `ringBack`: it calls for our own ring-back over early sound (CAL-38, CAL-39). */
  | { readonly type: "progress"; readonly status: number; readonly ringBack?: boolean }
  | { readonly type: "early-media"; readonly on: boolean }
  | { readonly type: "established" }
  | {
      readonly type: "terminated";
      readonly by: "local" | "remote" | "failed";
      readonly status: number;
      readonly why: string;
      readonly elsewhere: boolean;
    }
  | { readonly type: "answer" }
  | { readonly type: "silence" }
  | { readonly type: "hang-up" }
  | { readonly type: "reject" }
  /** It is somebody else's now (CAL-47). */
  | { readonly type: "transferred" }
  /** It goes elsewhere instead of ringing here (CAL-30). */
  | { readonly type: "forward" }
  /** The time to show the end is over, or a key was pressed on it. */
  | { readonly type: "dismiss" };

/** An input that has no meaning in a phase leaves it as it is. */
export function nextCall(state: CallState, input: CallInput, nowMs: number): CallState {
  switch (state.name) {
    case "preparing":
      if (input.type === "invited") return { name: "connecting", sinceMs: state.sinceMs };
      if (input.type === "terminated") return ended(input, "failed", nowMs, 0);
      return input.type === "hang-up" ? gone("placed", 0) : state;
    case "connecting":
    case "ringback":
      switch (input.type) {
        case "progress":
          if (input.status <= 100) return state;
          return progressed(state, input);
        case "early-media":
          if (state.name === "ringback" && state.own !== undefined) return { ...state, own: { flows: input.on } };
          if (state.name === "connecting" && !input.on) return state;
          return { name: "ringback", sinceMs: state.sinceMs, early: input.on };
        case "established":
          return { name: "talking", sinceMs: nowMs };
        case "terminated":
          return input.by === "local" ? gone("placed", 0) : ended(input, "failed", nowMs, 0);
        case "hang-up":
          return gone("placed", 0);
        default:
          return state;
      }
    case "incoming":
      switch (input.type) {
        case "answer":
          return { name: "answering", sinceMs: nowMs };
        case "silence":
          return { ...state, silenced: true };
        case "reject":
        case "hang-up":
          return gone("rejected", 0);
        case "forward":
          return gone("forwarded", 0);
        case "terminated":
          return gone(input.elsewhere ? "elsewhere" : "missed", 0);
        default:
          return state;
      }
    case "answering":
      if (input.type === "established") return { name: "talking", sinceMs: nowMs };
      if (input.type === "hang-up") return gone("received", 0);
      if (input.type === "terminated") return ended(input, input.by === "failed" ? "failed" : "remote", nowMs, 0);
      return state;
    case "talking": {
      const talkedMs = nowMs - state.sinceMs;
      if (input.type === "hang-up") return gone("received", talkedMs);
      if (input.type === "transferred")
        return { name: "ended", sinceMs: nowMs, by: "local", status: 200, why: "Transferred", talkedMs };
      if (input.type !== "terminated") return state;
      return input.by === "local"
        ? gone("received", talkedMs)
        : ended(input, input.by === "failed" ? "failed" : "remote", nowMs, talkedMs);
    }
    case "ended":
      if (input.type === "dismiss" || input.type === "hang-up") return gone("received", state.talkedMs);
      return state;
    case "gone":
      return state;
    default:
      return state satisfies never;
  }
}

/** A 180 is what ring-back is for already: it says more only where early sound was heard before it. */
function progressed(
  state: Extract<CallState, { name: "connecting" | "ringback" }>,
  { status, ringBack }: Extract<CallInput, { type: "progress" }>,
): CallState {
  const { sinceMs } = state;
  const early = state.name === "ringback" && state.early;
  if (ringBack === true && (early || status === 183))
    return { name: "ringback", sinceMs, early: false, own: { flows: early } };
  if (state.name === "connecting") return { name: "ringback", sinceMs, early: false };
  // Sound of the far end is announced anew.
  if (status === 183 && state.own !== undefined) return { name: "ringback", sinceMs, early: state.own.flows };
  return state;
}

/** The session is over. */
export function over(
  by: Extract<CallInput, { type: "terminated" }>["by"],
  status: number,
  why: string,
  elsewhere = false,
): CallInput {
  return { type: "terminated", by, status, why, elsewhere };
}

/** It is being set up or is up; ringing here it is neither. */
export function goesOn({ name }: CallState): boolean {
  return (
    name === "preparing" || name === "connecting" || name === "ringback" || name === "answering" || name === "talking"
  );
}

function gone(outcome: CallOutcome, talkedMs: number): CallState {
  return { name: "gone", outcome, talkedMs };
}

function ended(
  input: Extract<CallInput, { type: "terminated" }>,
  by: "remote" | "failed",
  nowMs: number,
  talkedMs: number,
): CallState {
  return { name: "ended", sinceMs: nowMs, by, status: input.status, why: input.why, talkedMs };
}
