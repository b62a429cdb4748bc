/**
 * The machine of one subscription of ours: RFC 6665 §4.1, with the reasons of §4.1.3 for which it ends or begins anew.
 * Pure: subscription.ts sends and waits.
 */
import type { SubscriptionStateHeader } from "./subscription-headers.ts";

/** Times are `Clock.now()` ms. */
export type SubscriptionState =
  | { readonly name: "idle" }
  /** SUBSCRIBE is under way, or its first NOTIFY has not come. `attempt` counts from 1 since the last success. */
  | { readonly name: "subscribing"; readonly attempt: number }
  /** `pending`: the notifier has not decided yet (§4.1.2). `failures` counts refreshes since the last success. */
  | {
      readonly name: "active" | "pending";
      readonly expiresAtMs: number;
      readonly failures: number;
    }
  /** It failed, or the notifier ended it; tried again by itself. */
  | { readonly name: "waiting"; readonly reason: string; readonly attempt: number; readonly retryAtMs: number }
  /** For good: we wanted it so, or the notifier will not have it. */
  | { readonly name: "ended"; readonly reason: string; readonly status: number };

export type SubscriptionInput =
  | { readonly type: "start" | "refresh" | "timer" | "stop" }
  /** What was agreed is void: another server serves, or the one that serves has forgotten us (U-01, U-16). */
  | { readonly type: "restart" }
  /** 2xx to a SUBSCRIBE. `notified`: a NOTIFY came already. */
  | { readonly type: "accepted"; readonly expiresSeconds: number; readonly notified: boolean }
  | { readonly type: "refused"; readonly failure: SubscriptionFailure }
  | { readonly type: "notified"; readonly header: SubscriptionStateHeader };

export interface SubscriptionFailure {
  /** SIP status; 408 when nobody answered, 0 when it could not be sent at all. */
  readonly status: number;
  readonly reason: string;
  /** Credentials were refused or are missing. */
  readonly credentials: boolean;
  readonly retryAfterSeconds: number | undefined;
}

export type SubscriptionEffect =
  /** `fresh`: out of any dialog. */
  | { readonly type: "subscribe"; readonly fresh: boolean }
  | { readonly type: "unsubscribe" }
  /** The timer that runs is replaced. */
  | { readonly type: "start-timer"; readonly ms: number }
  | { readonly type: "stop-timer" }
  /** What the notifier says to the old dialog is of no interest any more. */
  | { readonly type: "forget" };

export interface SubscriptionTiming {
  readonly nowMs: number;
  /** 0 up to 1. */
  readonly chance: number;
  readonly t1Ms: number;
  /** Refresh at a random time instead of shortly before the end (feature row ACC-33). */
  readonly randomRefresh: boolean;
  /** Pause before a subscription that the notifier ended without saying when to come back begins anew (ACC-33), ms. */
  readonly endedPauseMs: number;
}

type Step = [SubscriptionState, SubscriptionEffect[]];

/** A lamp that is dark because of one lost answer shall not be so for long (U-16). */
const firstPauseMs = 10_000;
const longestPauseMs = 1_800_000;
/** A wrong password is no better for being tried often. */
const credentialsPauseMs = 300_000;

export function next(state: SubscriptionState, input: SubscriptionInput, timing: SubscriptionTiming): Step {
  if (input.type === "stop") return onStop(state);
  if (input.type === "restart") return state.name === "idle" || isUnwanted(state) ? [state, []] : anew();
  switch (state.name) {
    case "idle":
      return input.type === "start" ? subscribe(1) : [state, []];
    case "ended":
      return input.type === "start" || input.type === "refresh" ? subscribe(1) : [state, []];
    case "subscribing":
      return whileSubscribing(state, input, timing);
    case "active":
    case "pending":
      return whileActive(state, input, timing);
    case "waiting":
      if (input.type === "timer" || input.type === "refresh") return subscribe(state.attempt + 1);
      return [state, []];
    default:
      return state satisfies never;
  }
}

function subscribe(attempt: number): Step {
  return [{ name: "subscribing", attempt }, [{ type: "subscribe", fresh: true }]];
}

/** What is still said to the old dialog gets 481, which ends it at whoever keeps it (RFC 6665 §4.1.3). */
function anew(): Step {
  return [
    { name: "subscribing", attempt: 1 },
    [{ type: "stop-timer" }, { type: "forget" }, { type: "subscribe", fresh: true }],
  ];
}

const unwanted = "not wanted";

function isUnwanted(state: SubscriptionState): boolean {
  return state.name === "ended" && state.reason === unwanted;
}

function onStop(state: SubscriptionState): Step {
  // Our word that it is over may be under way still.
  if (isUnwanted(state)) return [state, []];
  const ended: SubscriptionState = { name: "ended", reason: unwanted, status: 0 };
  if (state.name === "active" || state.name === "pending")
    return [ended, [{ type: "stop-timer" }, { type: "unsubscribe" }]];
  // A SUBSCRIBE under way may still make a subscription: whoever notifies it is told that there is none.
  return [ended, [{ type: "stop-timer" }, { type: "forget" }]];
}

function whileSubscribing(
  state: SubscriptionState & { name: "subscribing" },
  input: SubscriptionInput,
  timing: SubscriptionTiming,
): Step {
  switch (input.type) {
    case "accepted":
      if (input.expiresSeconds === 0) return again(state.attempt, "it was granted for no time", undefined, timing);
      // §4.1.2.4, timer N: without a NOTIFY there is no subscription.
      if (!input.notified) return [state, [{ type: "start-timer", ms: 64 * timing.t1Ms }]];
      return active("active", input.expiresSeconds, timing);
    case "notified":
      return onNotified(state.attempt, input.header, timing, undefined);
    case "refused":
      return onRefused(state.attempt, input.failure, timing);
    case "timer":
      return again(state.attempt, "no NOTIFY came", undefined, timing);
    default:
      return [state, []];
  }
}

function whileActive(
  state: SubscriptionState & { name: "active" | "pending" },
  input: SubscriptionInput,
  timing: SubscriptionTiming,
): Step {
  switch (input.type) {
    case "timer":
      if (timing.nowMs >= state.expiresAtMs) return again(1, "it ran out", undefined, timing);
      return [state, [{ type: "subscribe", fresh: false }]];
    case "refresh":
      return [state, [{ type: "subscribe", fresh: false }]];
    case "accepted":
      return active(state.name, input.expiresSeconds, timing);
    case "notified":
      return onNotified(0, input.header, timing, state);
    case "refused": {
      const { status, retryAfterSeconds } = input.failure;
      // §4.1.2.2: the notifier knows nothing of it.
      if (status === 481) return anew();
      if (isFinal(status)) return onRefused(1, input.failure, timing);
      // What was granted before goes on to its end (§4.1.2.2).
      const failures = state.failures + 1;
      const leftMs = Math.max(0, state.expiresAtMs - timing.nowMs);
      const pauseMs = retryAfterSeconds === undefined ? backOffMs(failures, timing) : retryAfterSeconds * 1000;
      return [{ ...state, failures }, [{ type: "start-timer", ms: Math.min(leftMs, pauseMs) }]];
    }
    default:
      return [state, []];
  }
}

/** @param before the subscription that is notified, undefined for its first NOTIFY. */
function onNotified(
  attempt: number,
  header: SubscriptionStateHeader,
  timing: SubscriptionTiming,
  before: (SubscriptionState & { name: "active" | "pending" }) | undefined,
): Step {
  if (header.state !== "terminated") {
    const seconds = header.expiresSeconds;
    if (before !== undefined && seconds === undefined) return [{ ...before, name: header.state }, []];
    // The first NOTIFY may leave the time to the 2xx; till then it is a short one.
    const [state, effects] = active(header.state, seconds ?? 60, timing);
    // A notifier that shortens the time is believed, one that names it anew changes nothing (§4.1.2.1).
    if (before !== undefined && Math.abs(expiry(state) - before.expiresAtMs) < 2000)
      return [{ ...before, name: header.state }, []];
    return [state, effects];
  }
  switch (header.reason) {
    case "rejected":
    case "noresource":
    case "invariant":
      return [{ name: "ended", reason: header.reason, status: 0 }, [{ type: "stop-timer" }, { type: "forget" }]];
    case "deactivated":
    case "timeout":
      // Anew at once; but who ends it again and again is not followed in a circle.
      if (before !== undefined) {
        if (timing.endedPauseMs === 0) return anew();
        return waiting(0, header.reason, timing.endedPauseMs, timing);
      }
      return again(Math.max(1, attempt), header.reason, header.retryAfterSeconds, timing);
    default:
      // probation, giveup, and what we do not know.
      return again(Math.max(1, attempt), header.reason, header.retryAfterSeconds, timing);
  }
}

function expiry(state: SubscriptionState): number {
  return state.name === "active" || state.name === "pending" ? state.expiresAtMs : 0;
}

/** Refusals that asking again does not change (§4.1.2.2, §8.3.2). */
function isFinal(status: number): boolean {
  return [403, 404, 405, 406, 410, 416, 420, 485, 489, 501, 603, 604].includes(status);
}

function onRefused(attempt: number, failure: SubscriptionFailure, timing: SubscriptionTiming): Step {
  const { status, reason, credentials, retryAfterSeconds } = failure;
  if (isFinal(status)) return [{ name: "ended", reason, status }, [{ type: "stop-timer" }, { type: "forget" }]];
  if (!credentials) return again(attempt, reason, retryAfterSeconds, timing);
  const pauseMs = Math.min(credentialsPauseMs * 2 ** (attempt - 1), 4 * longestPauseMs);
  return waiting(attempt, reason, pauseMs, timing);
}

function again(
  attempt: number,
  reason: string,
  retryAfterSeconds: number | undefined,
  timing: SubscriptionTiming,
): Step {
  return waiting(
    attempt,
    reason,
    retryAfterSeconds === undefined ? backOffMs(attempt, timing) : retryAfterSeconds * 1000,
    timing,
  );
}

function waiting(attempt: number, reason: string, ms: number, { nowMs }: SubscriptionTiming): Step {
  return [
    { name: "waiting", reason, attempt, retryAtMs: nowMs + ms },
    [{ type: "forget" }, { type: "start-timer", ms }],
  ];
}

/** Doubled for each failure, half of it by chance, so that the phones of a house do not come back together. */
function backOffMs(attempt: number, { chance }: SubscriptionTiming): number {
  return Math.min(firstPauseMs * 2 ** Math.min(attempt - 1, 10), longestPauseMs) * (0.5 + chance / 2);
}

function active(name: "active" | "pending", expiresSeconds: number, timing: SubscriptionTiming): Step {
  const ms = expiresSeconds * 1000;
  // Time enough for a refresh that is lost and sent again; of short ones, half.
  const latest = ms - Math.min(ms / 2, 32_000 + ms / 20);
  const refreshMs = timing.randomRefresh ? ms / 2 + (latest - ms / 2) * timing.chance : latest;
  return [{ name, expiresAtMs: timing.nowMs + ms, failures: 0 }, [{ type: "start-timer", ms: refreshMs }]];
}
