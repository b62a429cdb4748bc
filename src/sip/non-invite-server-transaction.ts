/** The server transaction of every request but INVITE and ACK: RFC 3261 §17.2.2. Sends nothing itself. */
import type { ServerEffect, ServerInput, TransactionEnd, TransactionSettings } from "./transaction.ts";

export type NonInviteServerState =
  | { readonly name: "idle" }
  | { readonly name: "trying" }
  | { readonly name: "proceeding" }
  | { readonly name: "completed" }
  | { readonly name: "terminated"; readonly why: TransactionEnd };

type Step = readonly [NonInviteServerState, readonly ServerEffect[]];

const nothing: readonly ServerEffect[] = [];
const send: readonly ServerEffect[] = [{ type: "send-response" }];
const resend: readonly ServerEffect[] = [{ type: "resend-response" }];
const failed: readonly ServerEffect[] = [{ type: "fail", why: "transport" }];
const trying: NonInviteServerState = { name: "trying" };
const proceeding: NonInviteServerState = { name: "proceeding" };
const completed: NonInviteServerState = { name: "completed" };
const terminated: NonInviteServerState = { name: "terminated", why: "done" };

export function nextNonInviteServer(
  state: NonInviteServerState,
  input: ServerInput,
  settings: TransactionSettings,
): Step {
  switch (state.name) {
    case "idle":
      return input.type === "start" ? [trying, nothing] : [state, nothing];

    case "trying":
    case "proceeding":
      switch (input.type) {
        case "respond":
          if (input.status < 200) return [proceeding, send];
          // Timer J is zero on a stream.
          if (settings.reliable) return [terminated, send];
          return [completed, [{ type: "send-response" }, { type: "start-timer", timer: "J", ms: 64 * settings.t1Ms }]];
        case "request":
          return [state, state.name === "proceeding" ? resend : nothing];
        // RFC 6026 §8.8: the user is told, and the state stays, to absorb what is repeated.
        case "transport-error":
          return [state, failed];
        case "ack":
        case "timer":
        case "start":
          return [state, nothing];
        default:
          return input satisfies never;
      }

    case "completed":
      if (input.type === "request") return [state, resend];
      if (input.type === "timer" && input.timer === "J") return [terminated, nothing];
      if (input.type === "transport-error") return [state, failed];
      return [state, nothing];

    case "terminated":
      return [state, nothing];

    default:
      return state satisfies never;
  }
}
