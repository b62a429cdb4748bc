/** Whether a connection that we opened is alive: pings and pongs of RFC 5626 §3.5.1 and §4.4.1 as a machine. Pure; `transport-connections.ts` sends. */

export type KeepAliveState =
  | ({ readonly name: "quiet"; readonly pingAtMs: number } & Known)
  | ({ readonly name: "waiting"; readonly untilMs: number } & Known)
  | { readonly name: "dead" };

interface Known {
  /** It answered a ping once, or has said that it does. */
  readonly judged: boolean;
  /** Flow-Timer: longest time between two pings that the server allows, s; undefined where it has none. */
  readonly flowTimerSeconds: number | undefined;
}

export type KeepAliveInput =
  /** Somebody looks at the clock; `chance` is 0 up to 1, drawn anew. */
  | { readonly type: "time"; readonly nowMs: number; readonly chance: number }
  /** A line end between messages. */
  | { readonly type: "pong"; readonly nowMs: number; readonly chance: number }
  /** Anything else came, which shows life as well. */
  | { readonly type: "heard"; readonly nowMs: number; readonly chance: number }
  /** The server has announced that it answers pings (§4.2.1, §4.4). */
  | { readonly type: "announced"; readonly nowMs: number; readonly chance: number; readonly flowTimerSeconds?: number };

export type KeepAliveEffect = { readonly type: "ping" } | { readonly type: "end"; readonly why: string };

type Step = readonly [KeepAliveState, readonly KeepAliveEffect[]];

/** §4.4.1: between 95 and 120 s, by chance; who looks at the clock may come 2 s late. */
const leastMs = 95_000;
const mostMs = 118_000;
const lateMs = 2000;
/** A server that asks for more would have us do nothing else. */
const leastFlowTimerSeconds = 4;
/** §4.4.1. */
const pongMs = 10_000;

export function beginKeepAlive(nowMs: number, chance: number): KeepAliveState {
  return { name: "quiet", pingAtMs: nextPing(nowMs, chance, undefined), judged: false, flowTimerSeconds: undefined };
}

/**
 * Deviates from RFC 5626 §4.4 in pinging servers that have not announced that they answer: it keeps a NAT's binding. In
 * return the silence of one that has never answered says nothing about it.
 */
export function nextKeepAlive(state: KeepAliveState, input: KeepAliveInput): Step {
  const { nowMs, chance } = input;
  if (state.name !== "dead" && input.type === "announced") return [announced(state, input), []];
  switch (state.name) {
    case "quiet":
      if (input.type !== "time" || nowMs < state.pingAtMs) return [state, []];
      return [{ ...state, name: "waiting", untilMs: nowMs + pongMs }, [{ type: "ping" }]];
    case "waiting": {
      const { flowTimerSeconds } = state;
      const quiet = { name: "quiet", pingAtMs: nextPing(nowMs, chance, flowTimerSeconds), flowTimerSeconds } as const;
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

function announced(
  state: KeepAliveState & { name: "quiet" | "waiting" },
  { nowMs, chance, flowTimerSeconds }: KeepAliveInput & { type: "announced" },
): KeepAliveState {
  const known = { judged: true, flowTimerSeconds };
  if (state.name === "waiting") return { ...state, ...known };
  return { ...state, ...known, pingAtMs: Math.min(state.pingAtMs, nextPing(nowMs, chance, flowTimerSeconds)) };
}

function nextPing(nowMs: number, chance: number, flowTimerSeconds: number | undefined): number {
  if (flowTimerSeconds === undefined) return nowMs + leastMs + chance * (mostMs - leastMs);
  // §4.4: 80 to 100 % of what the server says, by chance.
  const latestMs = Math.max(leastFlowTimerSeconds, flowTimerSeconds) * 1000 - lateMs;
  const earliestMs = Math.min(latestMs, Math.max(leastFlowTimerSeconds, flowTimerSeconds) * 800);
  return nowMs + earliestMs + chance * (latestMs - earliestMs);
}
