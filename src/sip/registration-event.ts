/**
 * What the registrar's word on a binding of ours asks of us: the events of RFC 3680 §5.3 seen by whoever registered.
 * Pure; registration-state.ts does it.
 */
import type { RegisteredContact } from "./xml/registration-info.ts";

export type RegistrationOrder =
  | { readonly type: "none" }
  /** It is gone: register anew after that pause, ms; `reason` is for people. */
  | { readonly type: "again"; readonly pauseMs: number; readonly reason: string }
  /** It ends sooner than granted, s from now. */
  | { readonly type: "shortened"; readonly expiresSeconds: number };

/** A registrar that wants us elsewhere for a while and does not say for how long, ms. */
const probationMs = 60_000;
/** Somebody took it away; we are still meant to be there, but not in a circle, ms. */
const removedMs = 30_000;
/** Administration does not want us: asked again seldom, so that a change of its mind is seen without a restart, ms. */
const rejectedMs = 1_800_000;

export function orderOf(contact: RegisteredContact): RegistrationOrder {
  const { state, event, expiresSeconds, retryAfterSeconds } = contact;
  if (state === "active")
    return event === "shortened" && expiresSeconds !== undefined
      ? { type: "shortened", expiresSeconds }
      : { type: "none" };
  switch (event) {
    // Registrars move their users about by it: at once, and wherever the location leads then.
    case "deactivated":
    case "expired":
      return { type: "again", pauseMs: 0, reason: event };
    case "probation":
      return {
        type: "again",
        pauseMs: retryAfterSeconds === undefined ? probationMs : 1000 * retryAfterSeconds,
        reason: event,
      };
    case "rejected":
      return { type: "again", pauseMs: rejectedMs, reason: event };
    default:
      return { type: "again", pauseMs: removedMs, reason: event ?? "unregistered" };
  }
}
