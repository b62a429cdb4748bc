/** When a STUN request over UDP is sent again and when it is given up: the client transaction of RFC 8489 §6.2.1 as a pure function. */

export interface StunTiming {
  /** First wait for an answer, doubled each time, ms. */
  readonly rtoMs: number;
  /** How often it is sent in all (Rc). */
  readonly sends: number;
  /** The wait after the last one, in RTOs (Rm). */
  readonly lastWait: number;
}

export const defaultTiming: StunTiming = { rtoMs: 500, sends: 7, lastWait: 16 };

export type TransactionState =
  | { readonly name: "waiting"; readonly sent: number; readonly waitMs: number }
  | { readonly name: "done" };

export type TransactionInput = { readonly type: "timer" } | { readonly type: "response" };

export type TransactionEffect =
  | { readonly type: "send" }
  | { readonly type: "timer"; readonly ms: number }
  | { readonly type: "timeout" };

export function begin(timing: StunTiming): [TransactionState, readonly TransactionEffect[]] {
  const waitMs = timing.sends <= 1 ? timing.rtoMs * timing.lastWait : timing.rtoMs;
  return [{ name: "waiting", sent: 1, waitMs: timing.rtoMs }, [{ type: "send" }, { type: "timer", ms: waitMs }]];
}

export function next(
  state: TransactionState,
  input: TransactionInput,
  timing: StunTiming,
): [TransactionState, readonly TransactionEffect[]] {
  switch (state.name) {
    case "done":
      return [state, []];
    case "waiting": {
      if (input.type === "response") return [{ name: "done" }, []];
      if (state.sent >= timing.sends) return [{ name: "done" }, [{ type: "timeout" }]];
      const sent = state.sent + 1;
      const waitMs = 2 * state.waitMs;
      const ms = sent >= timing.sends ? timing.rtoMs * timing.lastWait : waitMs;
      return [{ name: "waiting", sent, waitMs }, [{ type: "send" }, { type: "timer", ms }]];
    }
    default:
      return state satisfies never;
  }
}
