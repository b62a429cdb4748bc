/** The machine of a reliable provisional response: RFC 3262 §3. Pure; session-reliable.ts carries it out. One is out at a time. */

export type ReliableState =
  /** `sequence` is the RSeq used last. */
  | { readonly name: "idle"; readonly sequence: number }
  | { readonly name: "waiting"; readonly sequence: number; readonly intervalMs: number; readonly waitedMs: number }
  /** The final response went first: nothing is sent again, its PRACK is still answered. */
  | { readonly name: "settled"; readonly sequence: number };

export type ReliableInput =
  | { readonly type: "send" }
  | { readonly type: "timer" }
  | { readonly type: "prack"; readonly sequence: number }
  | { readonly type: "final" };

export type ReliableEffect =
  | { readonly type: "send" | "send-again"; readonly sequence: number }
  | { readonly type: "start-timer"; readonly ms: number }
  | { readonly type: "stop-timer" }
  | { readonly type: "acknowledged" }
  /** That PRACK is of no response of ours: 481. */
  | { readonly type: "unknown" }
  /** 64*T1 went by: the INVITE is refused with 5xx. */
  | { readonly type: "give-up" };

/** RSeq begins between 1 and 2^31 - 1 (§3); far below the end, so that it can grow. */
export function startReliable(random: number): ReliableState {
  return { name: "idle", sequence: Math.floor(random * 2 ** 30) };
}

export function next(state: ReliableState, input: ReliableInput, t1Ms: number): [ReliableState, ReliableEffect[]] {
  switch (input.type) {
    case "send": {
      if (state.name === "waiting") return [state, []];
      const sequence = state.sequence + 1;
      return [
        { name: "waiting", sequence, intervalMs: t1Ms, waitedMs: 0 },
        [
          { type: "send", sequence },
          { type: "start-timer", ms: t1Ms },
        ],
      ];
    }
    case "timer": {
      if (state.name !== "waiting") return [state, []];
      const { sequence } = state;
      const waitedMs = state.waitedMs + state.intervalMs;
      if (waitedMs >= 64 * t1Ms) return [{ name: "settled", sequence }, [{ type: "give-up" }]];
      const intervalMs = Math.min(2 * state.intervalMs, 64 * t1Ms - waitedMs);
      return [
        { name: "waiting", sequence, intervalMs, waitedMs },
        [
          { type: "send-again", sequence },
          { type: "start-timer", ms: intervalMs },
        ],
      ];
    }
    case "prack":
      if (state.name === "idle" || input.sequence !== state.sequence) return [state, [{ type: "unknown" }]];
      return [{ name: "idle", sequence: state.sequence }, [{ type: "stop-timer" }, { type: "acknowledged" }]];
    case "final":
      if (state.name !== "waiting") return [state, []];
      return [{ name: "settled", sequence: state.sequence }, [{ type: "stop-timer" }]];
    default:
      return input satisfies never;
  }
}
