/**
 * The machine of one registration: RFC 3261 §10.2, with the failures of §10.2.7 and §10.2.8.
 * Pure: it never sends or waits; `registration.ts` does, and knows credentials, contacts and addresses.
 */

/** Times are `Clock.now()` ms. */
export type RegistrationState =
  /** Nothing is bound, or nothing is wished to be: `removal` says whether Expires 0 is under way. */
  | { readonly name: "unregistered"; readonly removal: "none" | "sent" }
  /** Waits for its turn, so that a thousand phones that got their power back do not all come at once (ACC-08). */
  | { readonly name: "waiting"; readonly startAtMs: number }
  /**
   * REGISTER is under way and nothing is registered; `attempt` counts from 1 since the last success. `after` is why the try
   * before it failed, for people: a server that is silent keeps this one waiting for half a minute.
   */
  | { readonly name: "registering"; readonly attempt: number; readonly after?: string }
  /** Bound at the registrar, also while a refresh is under way or is being tried again. */
  | {
      readonly name: "registered";
      readonly expiresAtMs: number;
      readonly refreshAtMs: number;
      /** Failed refreshes since the last success. */
      readonly failures: number;
    }
  | {
      readonly name: "failed";
      readonly status: number;
      /** For people, with status and registrar: "403 Forbidden by pbx.example", "pbx.example does not answer". */
      readonly reason: string;
      readonly attempt: number;
      readonly retryAtMs: number;
    };

export type RegistrationInput =
  | { readonly type: "start"; readonly delayMs?: number }
  /** Register anew now: asked by a person, or the local address has changed. */
  | { readonly type: "refresh" }
  /** The connection that the binding leads over is gone: nobody can reach us by it (RFC 5626 §4.5). */
  | { readonly type: "flow-lost" }
  /** 2xx; `expiresSeconds` is what was granted to our own contact, 0 when it is not bound. */
  | { readonly type: "granted"; readonly expiresSeconds: number }
  | { readonly type: "refused"; readonly failure: Failure }
  /** The registrar has ended the binding; `pauseMs` is when to come back, 0 for at once (RFC 3680 §5.3). */
  | { readonly type: "ended"; readonly pauseMs: number; readonly reason: string }
  /** The registrar ends it sooner than granted, s from now. */
  | { readonly type: "shortened"; readonly expiresSeconds: number }
  | { readonly type: "timer" }
  | { readonly type: "stop" };

export interface Failure {
  /** SIP status; 408 when nobody answered, 0 when it could not be sent at all. */
  readonly status: number;
  readonly reason: string;
  /** The same nonce was refused twice, or there is no password to answer with. */
  readonly credentials: boolean;
  /** Retry-After of the response, seconds (§20.33). */
  readonly retryAfterSeconds: number | undefined;
}

export type RegistrationEffect =
  | { readonly type: "send" }
  | { readonly type: "send-removal" }
  /** The timer that runs is replaced. */
  | { readonly type: "start-timer"; readonly atMs: number }
  | { readonly type: "stop-timer" };

export interface RegistrationTiming {
  readonly nowMs: number;
  /** 0 up to 1, drawn anew for each step. */
  readonly chance: number;
  /** First pause after a failure, ms (feature row ACC-07). */
  readonly retryMs: number;
  /** Longest pause between tries, ms; half an hour unless told. */
  readonly longestRetryMs?: number | undefined;
}

type Step = [RegistrationState, RegistrationEffect[]];

/** Least pause after the first refresh without an answer, ms; twice that at most. */
const quickRetryMs = 1500;
/** Longest pause between tries, ms, unless the configured pause is longer. */
const longestPauseMs = 1_800_000;

/**
 * When to refresh, ms after the grant: well before the end, spread so that phones do not come in step.
 * Long grants keep a minute or more, short ones a fraction that still leaves two tries.
 */
export function refreshAfterMs(expiresSeconds: number, chance: number): number {
  const grantedMs = expiresSeconds * 1000;
  const share = expiresSeconds >= 1200 ? 0.9 : expiresSeconds >= 60 ? 0.8 : 0.5;
  return Math.max(500, Math.round(grantedMs * (share - 0.1 * chance)));
}

/**
 * Pause before try number `attempt` + 1, ms: the configured one, doubled for each failure (RFC 5626 §4.5), and
 * between half and the whole of it by chance; never shorter than Retry-After.
 */
export function retryAfterMs(attempt: number, timing: RegistrationTiming, retryAfterSeconds: number | undefined) {
  const base = Math.max(1000, timing.retryMs);
  // The first pause is the configured one itself; only a server that stays away is asked less often.
  const longest = timing.longestRetryMs ?? longestPauseMs;
  const pause = Math.min(Math.max(base, longest), base * 2 ** Math.min(Math.max(0, attempt - 1), 16));
  const spread = attempt <= 1 ? pause : pause * (0.5 + 0.5 * timing.chance);
  return Math.round(Math.max(spread, (retryAfterSeconds ?? 0) * 1000));
}

/** An input that has no meaning in a state leaves it as it is. */
export function next(state: RegistrationState, input: RegistrationInput, timing: RegistrationTiming): Step {
  switch (state.name) {
    case "unregistered":
      if (input.type === "granted" || input.type === "refused") return [idle, [stopTimer]];
      if (input.type === "start" && input.delayMs !== undefined && input.delayMs > 0) {
        const startAtMs = timing.nowMs + input.delayMs;
        return [{ name: "waiting", startAtMs }, [{ type: "start-timer", atMs: startAtMs }]];
      }
      if (input.type === "start" || input.type === "refresh") return [{ name: "registering", attempt: 1 }, [send]];
      return [state, []];
    case "waiting":
      // Whoever asks for it by hand does not wait.
      if (input.type === "timer" || input.type === "refresh")
        return [{ name: "registering", attempt: 1 }, [stopTimer, send]];
      if (input.type === "stop") return [idle, [stopTimer]];
      return [state, []];
    case "registering":
      if (input.type === "granted") return granted(state.attempt, input.expiresSeconds, timing);
      if (input.type === "refused") return failed(state.attempt, input.failure, timing);
      // The runner drops the one that is under way: it may carry an address that is no more.
      if (input.type === "refresh") return [state, [send]];
      // A REGISTER that is under way may yet be granted: only a removal takes that back (§10.2.2).
      if (input.type === "stop") return [{ name: "unregistered", removal: "sent" }, [stopTimer, removal]];
      return [state, []];
    case "registered":
      if (input.type === "timer") {
        if (timing.nowMs >= state.expiresAtMs)
          return [{ name: "registering", attempt: Math.max(1, state.failures) }, [send]];
        // Expiry itself wakes us too: a refresh without an answer must not leave us "registered" for ever.
        return [state, [send, { type: "start-timer", atMs: state.expiresAtMs }]];
      }
      if (input.type === "refresh") return [state, [send, { type: "start-timer", atMs: state.expiresAtMs }]];
      if (input.type === "flow-lost") return [{ name: "registering", attempt: 1 }, [stopTimer, send]];
      if (input.type === "ended") return ended(input.pauseMs, input.reason, timing);
      if (input.type === "shortened")
        return timing.nowMs + 1000 * input.expiresSeconds < state.expiresAtMs
          ? granted(1, Math.max(1, input.expiresSeconds), timing)
          : [state, []];
      if (input.type === "granted") return granted(state.failures + 1, input.expiresSeconds, timing);
      if (input.type === "refused") return refreshFailed(state, input.failure, timing);
      if (input.type === "stop") return [{ name: "unregistered", removal: "sent" }, [stopTimer, removal]];
      return [state, []];
    case "failed":
      if (input.type === "timer" || input.type === "refresh" || input.type === "start") {
        const attempt = input.type === "timer" ? state.attempt + 1 : 1;
        return [{ name: "registering", attempt, after: state.reason }, [stopTimer, send]];
      }
      if (input.type === "stop") return [idle, [stopTimer]];
      return [state, []];
    default:
      return state satisfies never;
  }
}

const idle: RegistrationState = { name: "unregistered", removal: "none" };
const send: RegistrationEffect = { type: "send" };
const removal: RegistrationEffect = { type: "send-removal" };
const stopTimer: RegistrationEffect = { type: "stop-timer" };

function granted(attempt: number, expiresSeconds: number, timing: RegistrationTiming): Step {
  // A 2xx that does not list our contact binds nothing (§10.2.4 refers to the list as the truth).
  if (expiresSeconds <= 0)
    return failed(
      attempt,
      { status: 200, reason: "200, but our contact is not bound", credentials: false, retryAfterSeconds: undefined },
      timing,
    );
  const refreshAtMs = timing.nowMs + refreshAfterMs(expiresSeconds, timing.chance);
  const expiresAtMs = timing.nowMs + expiresSeconds * 1000;
  return [{ name: "registered", expiresAtMs, refreshAtMs, failures: 0 }, [{ type: "start-timer", atMs: refreshAtMs }]];
}

function failed(attempt: number, failure: Failure, timing: RegistrationTiming): Step {
  const { status, reason, credentials } = failure;
  // A wrong password stays wrong: asked again and again it locks accounts. A slow retry lets a repaired server in.
  const slow = credentials ? { ...timing, retryMs: Math.max(timing.retryMs, 300_000) } : timing;
  const retryAtMs = timing.nowMs + retryAfterMs(attempt, slow, failure.retryAfterSeconds);
  return [{ name: "failed", status, reason, attempt, retryAtMs }, [{ type: "start-timer", atMs: retryAtMs }]];
}

function ended(pauseMs: number, reason: string, { nowMs }: RegistrationTiming): Step {
  if (pauseMs === 0) return [{ name: "registering", attempt: 1 }, [stopTimer, send]];
  const retryAtMs = nowMs + pauseMs;
  return [{ name: "failed", status: 0, reason, attempt: 1, retryAtMs }, [{ type: "start-timer", atMs: retryAtMs }]];
}

function refreshFailed(
  state: RegistrationState & { name: "registered" },
  failure: Failure,
  timing: RegistrationTiming,
) {
  // No answer says nothing about the binding: it lasts until it expires (§10.2.7). Any answer ends it for people.
  const silent = failure.status === 0 || failure.status === 408 || failure.status >= 500;
  if (!silent) return failed(1, failure, timing);
  const failures = state.failures + 1;
  // One refresh may be lost with all its retransmissions (U-02): the next comes soon, only then as far apart as configured.
  const soonMs = Math.max(quickRetryMs * (1 + timing.chance), (failure.retryAfterSeconds ?? 0) * 1000);
  const pauseMs = failures === 1 ? soonMs : retryAfterMs(failures - 1, timing, failure.retryAfterSeconds);
  const retryAtMs = timing.nowMs + Math.round(pauseMs);
  if (retryAtMs >= state.expiresAtMs) return failed(Math.max(1, failures - 1), failure, timing);
  const step: Step = [{ ...state, refreshAtMs: retryAtMs, failures }, [{ type: "start-timer", atMs: retryAtMs }]];
  return step;
}
