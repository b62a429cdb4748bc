/** The client transaction of every request but INVITE and ACK: RFC 3261 §17.1.2. Sends nothing itself. */
import type { ClientEffect, ClientInput, TransactionEnd, TransactionSettings } from "./transaction.ts";

export type NonInviteClientState =
  | { readonly name: "idle" }
  | { readonly name: "trying"; readonly intervalMs: number }
  | { readonly name: "proceeding" }
  | { readonly name: "completed" }
  | { readonly name: "terminated"; readonly why: TransactionEnd };

type Step = readonly [NonInviteClientState, readonly ClientEffect[]];

const nothing: readonly ClientEffect[] = [];
const delivery: readonly ClientEffect[] = [{ type: "deliver" }];
const proceeding: NonInviteClientState = { name: "proceeding" };
const completed: NonInviteClientState = { name: "completed" };
const terminated: NonInviteClientState = { name: "terminated", why: "done" };
const timedOut: Step = [{ name: "terminated", why: "timeout" }, [{ type: "fail", why: "timeout" }]];
const undelivered: Step = [{ name: "terminated", why: "transport" }, [{ type: "fail", why: "transport" }]];

export function nextNonInviteClient(
  state: NonInviteClientState,
  input: ClientInput,
  settings: TransactionSettings,
): Step {
  switch (state.name) {
    case "idle":
      if (input.type !== "start") return [state, nothing];
      return [{ name: "trying", intervalMs: settings.t1Ms }, start(settings)];

    case "trying":
    case "proceeding":
      switch (input.type) {
        case "response":
          if (input.status < 200) return [proceeding, delivery];
          // Timer K is zero on a stream.
          if (settings.reliable) return [terminated, delivery];
          return [completed, [{ type: "deliver" }, { type: "start-timer", timer: "K", ms: settings.t4Ms }]];
        case "timer":
          if (input.timer === "F") return timedOut;
          if (input.timer !== "E") return [state, nothing];
          return retransmit(state, settings);
        case "transport-error":
          return undelivered;
        // Only an INVITE can be cancelled (§9.1).
        case "cancel":
        case "start":
          return [state, nothing];
        default:
          return input satisfies never;
      }

    case "completed":
      return input.type === "timer" && input.timer === "K" ? [terminated, nothing] : [state, nothing];

    case "terminated":
      return [state, nothing];

    default:
      return state satisfies never;
  }
}

/** Doubles up to T2; once a provisional response came, T2 at once (§17.1.2.2). */
function retransmit(state: NonInviteClientState, settings: TransactionSettings): Step {
  if (state.name !== "trying")
    return [state, [{ type: "send-request" }, { type: "start-timer", timer: "E", ms: settings.t2Ms }]];
  const intervalMs = Math.min(state.intervalMs * 2, settings.t2Ms);
  return [
    { name: "trying", intervalMs },
    [{ type: "send-request" }, { type: "start-timer", timer: "E", ms: intervalMs }],
  ];
}

function start(settings: TransactionSettings): readonly ClientEffect[] {
  const sending: ClientEffect[] = [
    { type: "send-request" },
    { type: "start-timer", timer: "F", ms: 64 * settings.t1Ms },
  ];
  if (!settings.reliable || settings.repeatReliable === true)
    sending.push({ type: "start-timer", timer: "E", ms: settings.t1Ms });
  return sending;
}
