/** The INVITE server transaction: RFC 3261 §17.2.1 with the accepted state of RFC 6026 §7.1. Does not repeat a 2xx: the session does (§13.3.1.4). */
import type { ServerEffect, ServerInput, TransactionEnd, TransactionSettings } from "./transaction.ts";

export type InviteServerState =
  | { readonly name: "idle" }
  | { readonly name: "proceeding"; readonly answered: boolean }
  | { readonly name: "accepted" }
  | { readonly name: "completed"; readonly intervalMs: number }
  | { readonly name: "confirmed" }
  | { readonly name: "terminated"; readonly why: TransactionEnd };

type Step = readonly [InviteServerState, readonly ServerEffect[]];

const nothing: readonly ServerEffect[] = [];
const send: readonly ServerEffect[] = [{ type: "send-response" }];
const resend: readonly ServerEffect[] = [{ type: "resend-response" }];
const failed: readonly ServerEffect[] = [{ type: "fail", why: "transport" }];
const silent: InviteServerState = { name: "proceeding", answered: false };
const proceeding: InviteServerState = { name: "proceeding", answered: true };
const accepted: InviteServerState = { name: "accepted" };
const confirmed: InviteServerState = { name: "confirmed" };
const terminated: InviteServerState = { name: "terminated", why: "done" };

/** A 100 goes out when nothing else did for this long (§17.2.1). */
const tryingAfterMs = 200;

export function nextInviteServer(state: InviteServerState, input: ServerInput, settings: TransactionSettings): Step {
  switch (state.name) {
    case "idle":
      if (input.type !== "start") return [state, nothing];
      return [silent, [{ type: "start-timer", timer: "100", ms: tryingAfterMs }]];

    case "proceeding":
      switch (input.type) {
        case "respond":
          if (input.status < 200) return [proceeding, send];
          return final(input.status, settings);
        case "request":
          return [state, state.answered ? resend : nothing];
        case "timer":
          if (input.timer !== "100" || state.answered) return [state, nothing];
          return [proceeding, [{ type: "send-trying" }]];
        // RFC 6026 §8.8: the user is told, and the state stays, to absorb what is repeated.
        case "transport-error":
          return [state, failed];
        case "ack":
        case "start":
          return [state, nothing];
        default:
          return input satisfies never;
      }

    case "accepted":
      switch (input.type) {
        // The session repeats its 2xx through us; a proxy in our place would pass on those of other branches.
        case "respond":
          return [state, input.status >= 200 && input.status < 300 ? send : nothing];
        case "ack":
          return [state, [{ type: "pass-ack" }]];
        case "timer":
          return input.timer === "L" ? [terminated, nothing] : [state, nothing];
        case "transport-error":
          return [state, failed];
        case "request":
        case "start":
          return [state, nothing];
        default:
          return input satisfies never;
      }

    case "completed":
      switch (input.type) {
        case "ack":
          // Timer I is zero on a stream.
          if (settings.reliable) return [terminated, [{ type: "deliver-ack" }]];
          return [confirmed, [{ type: "deliver-ack" }, { type: "start-timer", timer: "I", ms: settings.t4Ms }]];
        case "request":
          return [state, resend];
        case "timer":
          if (input.timer === "H") return [{ name: "terminated", why: "timeout" }, [{ type: "fail", why: "timeout" }]];
          if (input.timer !== "G") return [state, nothing];
          return retransmit(state.intervalMs, settings);
        case "transport-error":
          return [state, failed];
        // Only the first final response counts.
        case "respond":
        case "start":
          return [state, nothing];
        default:
          return input satisfies never;
      }

    case "confirmed":
      return input.type === "timer" && input.timer === "I" ? [terminated, nothing] : [state, nothing];

    case "terminated":
      return [state, nothing];

    default:
      return state satisfies never;
  }
}

function final(status: number, settings: TransactionSettings): Step {
  if (status < 300)
    return [accepted, [{ type: "send-response" }, { type: "start-timer", timer: "L", ms: 64 * settings.t1Ms }]];
  const effects: ServerEffect[] = [
    { type: "send-response" },
    { type: "start-timer", timer: "H", ms: 64 * settings.t1Ms },
  ];
  if (!settings.reliable) effects.push({ type: "start-timer", timer: "G", ms: settings.t1Ms });
  return [{ name: "completed", intervalMs: settings.t1Ms }, effects];
}

function retransmit(lastMs: number, settings: TransactionSettings): Step {
  const intervalMs = Math.min(lastMs * 2, settings.t2Ms);
  return [
    { name: "completed", intervalMs },
    [{ type: "resend-response" }, { type: "start-timer", timer: "G", ms: intervalMs }],
  ];
}
