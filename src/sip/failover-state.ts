/**
 * The machine of an account with several addresses: which of them requests begin with, after one that stood before it
 * did not answer, and when the first is tried again (feature rows ACC-11, ACC-12; order of RFC 3263 §4.3).
 * Pure: it neither sends nor waits; `failover.ts` does.
 */

/** When requests go back to the first address: account.X.sip_server.Y.failback_mode 0 to 3. */
export type FailbackMode = "new-requests" | "ttl" | "registration" | "duration";

/** Times are `Clock.now()` ms. */
export type FailoverState =
  /** Requests begin with the first address. */
  | { readonly name: "first" }
  /** The first did not answer, `live` did. From `untilMs` on the first is tried again. */
  | { readonly name: "moved"; readonly live: string; readonly untilMs: number };

export type FailoverPurpose = "register" | "invite" | "other";

export type FailoverInput =
  /** A final answer, or a sign of life; `first` says whether `key` stands first in the list. */
  | { readonly type: "answered"; readonly key: string; readonly first: boolean; readonly purpose: FailoverPurpose }
  | { readonly type: "timer" };

export type FailoverEffect =
  /** Another address serves from now on: subscriptions and people want to know. */
  | { readonly type: "live-changed" }
  /** Calls come in where we are registered: that must follow, or be tried at the first again. */
  | { readonly type: "register" }
  /** The timer that runs is replaced. */
  | { readonly type: "start-timer"; readonly atMs: number }
  | { readonly type: "stop-timer" };

export interface FailoverTiming {
  readonly nowMs: number;
  readonly mode: FailbackMode;
  /** Lifetime of what DNS said of the addresses, ms from now; Infinity where nothing was asked. */
  readonly ttlMs: number;
  /** Of mode "duration", ms; Infinity: never by itself. */
  readonly durationMs: number;
  /** Pause between looks at whether the first server lives, ms, where two are configured; else Infinity (ACC-12). */
  readonly probeMs: number;
  /** The registration follows requests that had to move (account.X.reregister_enable). */
  readonly reregister: boolean;
}

type Step = [FailoverState, FailoverEffect[]];

export const firstState: FailoverState = { name: "first" };

/** An input that has no meaning in a state leaves it as it is. */
export function next(state: FailoverState, input: FailoverInput, timing: FailoverTiming): Step {
  switch (state.name) {
    case "first":
      if (input.type === "timer" || input.first) return [state, []];
      return moved(input.key, input.purpose, timing);
    case "moved":
      if (input.type === "timer") {
        // A timer may come a moment early: it is set again, or nobody would ever look.
        if (timing.nowMs < state.untilMs) return [state, [{ type: "start-timer", atMs: state.untilMs }]];
        return [state, [{ type: "register" }]];
      }
      if (input.first) return [firstState, [{ type: "stop-timer" }, liveChanged, ...follow(input.purpose, timing)]];
      if (input.key !== state.live) return moved(input.key, input.purpose, timing);
      // The first was tried again and still does not answer.
      if (timing.nowMs >= state.untilMs) return waiting(input.key, timing);
      return [state, []];
    default:
      return state satisfies never;
  }
}

/** Whether a request begins with the first address, or with the one that lives. */
export function beginsWithFirst(
  state: FailoverState,
  purpose: FailoverPurpose,
  { nowMs, mode }: Pick<FailoverTiming, "nowMs" | "mode">,
): boolean {
  if (state.name === "first" || nowMs >= state.untilMs) return true;
  return mode === "new-requests" || (mode === "registration" && purpose === "register");
}

/** The list in the order to try: from the first, or from the live one on and around. */
export function orderFrom<T extends { readonly key: string }>(
  state: FailoverState,
  list: readonly T[],
  purpose: FailoverPurpose,
  timing: Pick<FailoverTiming, "nowMs" | "mode">,
): readonly T[] {
  if (state.name === "first" || beginsWithFirst(state, purpose, timing)) return list;
  const at = list.findIndex((one) => one.key === state.live);
  return at < 0 ? list : [...list.slice(at), ...list.slice(0, at)];
}

const liveChanged: FailoverEffect = { type: "live-changed" };

function moved(live: string, purpose: FailoverPurpose, timing: FailoverTiming): Step {
  const [state, effects] = waiting(live, timing);
  return [state, [...effects, liveChanged, ...follow(purpose, timing)]];
}

function waiting(live: string, timing: FailoverTiming): Step {
  const untilMs = timing.nowMs + pauseMs(timing);
  const timer: FailoverEffect = untilMs === Infinity ? { type: "stop-timer" } : { type: "start-timer", atMs: untilMs };
  return [{ name: "moved", live, untilMs }, [timer]];
}

function follow(purpose: FailoverPurpose, { reregister }: FailoverTiming): FailoverEffect[] {
  return purpose !== "register" && reregister ? [{ type: "register" }] : [];
}

function pauseMs({ mode, ttlMs, durationMs, probeMs }: FailoverTiming): number {
  switch (mode) {
    case "ttl":
      // An address that nobody asked DNS for has no lifetime: then the second clock counts.
      return ttlMs === Infinity ? probeMs : Math.max(1000, ttlMs);
    case "duration":
      return durationMs;
    case "new-requests":
    case "registration":
      return probeMs;
    default:
      return mode satisfies never;
  }
}
