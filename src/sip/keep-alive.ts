/** Whether a connection that we opened is alive: pings and pongs of RFC 5626 §3.5.1 and §4.4.1 as a machine. Pure; `transport-connections.ts` sends. */

export type KeepAliveState =
  /** `judged`: whether it ever answered a ping. */
  | { readonly name: "quiet"; readonly pingAtMs: number; readonly judged: boolean }
  | { readonly name: "waiting"; readonly untilMs: number; readonly judged: boolean }
  | { readonly name: "dead" };

export type KeepAliveInput =
  /** Somebody looks at the clock; `chance` is 0 up to 1, drawn anew. */
  | { readonly type: "time"; readonly nowMs: number; readonly chance: number }
  /** A line end between messages. */
  | { readonly type: "pong"; readonly nowMs: number; readonly chance: number }
  /** Anything else came, which shows life as well. */
  | { readonly type: "heard"; readonly nowMs: number; readonly chance: number };

export type KeepAliveEffect = { readonly type: "ping" } | { readonly type: "end"; readonly why: string };

type Step = readonly [KeepAliveState, readonly KeepAliveEffect[]];

/** §4.4.1: between 95 and 120 s, by chance; who looks at the clock may come 2 s late. */
const leastMs = 95_000;
const mostMs = 118_000;
/** §4.4.1. */
const pongMs = 10_000;

export function beginKeepAlive(nowMs: number, chance: number): KeepAliveState {
  return { name: "quiet", pingAtMs: nextPing(nowMs, chance), judged: false };
}

/**
 * Deviates from RFC 5626 §4.4 in pinging servers that have not announced that they answer: it keeps a NAT's binding. In
 * return the silence of one that has never answered says nothing about it.
 */
export function nextKeepAlive(state: KeepAliveState, input: KeepAliveInput): Step {
  const { nowMs, chance } = input;
  switch (state.name) {
    case "quiet":
      if (input.type !== "time" || nowMs < state.pingAtMs) return [state, []];
      return [{ name: "waiting", untilMs: nowMs + pongMs, judged: state.judged }, [{ type: "ping" }]];
    case "waiting": {
      const quiet = { name: "quiet", pingAtMs: nextPing(nowMs, chance) } as const;
      if (input.type === "pong") return [{ ...quiet, judged: true }, []];
      if (input.type === "heard") return [{ ...quiet, judged: state.judged }, []];
      if (nowMs < state.untilMs) return [state, []];
      if (!state.judged) return [{ ...quiet, judged: false }, []];
      return [{ name: "dead" }, [{ type: "end", why: `no answer to a ping within ${pongMs / 1000} s` }]];
    }
    case "dead":
      return [state, []];
    default:
      return state satisfies never;
  }
}

function nextPing(nowMs: number, chance: number): number {
  return nowMs + leastMs + chance * (mostMs - leastMs);
}
