/** The INVITE client transaction: RFC 3261 §17.1.1 with the accepted state of RFC 6026 §7.2 and the CANCEL rules of §9.1. Sends nothing itself; the ACK to a 2xx is not its work. */
import type { ClientEffect, ClientInput, TransactionEnd, TransactionSettings } from "./transaction.ts";

export type InviteClientState =
  | { readonly name: "idle" }
  /** `cancel: wanted` waits for the first provisional response. */
  | { readonly name: "calling"; readonly intervalMs: number; readonly cancel: "no" | "wanted" }
  | { readonly name: "proceeding"; readonly cancel: "no" | "sent" }
  | { readonly name: "accepted" }
  | { readonly name: "completed" }
  | { readonly name: "terminated"; readonly why: TransactionEnd };

type Step = readonly [InviteClientState, readonly ClientEffect[]];

const nothing: readonly ClientEffect[] = [];
const deliver: ClientEffect = { type: "deliver" };
const sendAck: ClientEffect = { type: "send-ack" };
const accepted: InviteClientState = { name: "accepted" };
const completed: InviteClientState = { name: "completed" };
const terminated: InviteClientState = { name: "terminated", why: "done" };
const timedOut: Step = [{ name: "terminated", why: "timeout" }, [{ type: "fail", why: "timeout" }]];
const undelivered: Step = [{ name: "terminated", why: "transport" }, [{ type: "fail", why: "transport" }]];

/** Timer D is at least 32 s on unreliable transports, whatever T1 is (§17.1.1.2). */
const timerDLeastMs = 32_000;

export function nextInviteClient(state: InviteClientState, input: ClientInput, settings: TransactionSettings): Step {
  switch (state.name) {
    case "idle":
      if (input.type !== "start") return [state, nothing];
      return [{ name: "calling", intervalMs: settings.t1Ms, cancel: "no" }, start(settings)];

    case "calling":
      switch (input.type) {
        case "response":
          // §9.1: a CANCEL must not go out before a provisional response came.
          if (input.status < 200 && state.cancel === "wanted")
            return [{ name: "proceeding", cancel: "sent" }, [deliver, ...cancelNow(settings)]];
          if (input.status < 200) return [{ name: "proceeding", cancel: "no" }, [deliver]];
          return final(input.status, settings);
        case "cancel":
          return [{ ...state, cancel: "wanted" }, nothing];
        case "timer":
          if (input.timer === "B") return timedOut;
          if (input.timer !== "A") return [state, nothing];
          return [
            { ...state, intervalMs: state.intervalMs * 2 },
            [{ type: "send-request" }, { type: "start-timer", timer: "A", ms: state.intervalMs * 2 }],
          ];
        case "transport-error":
          return undelivered;
        case "start":
          return [state, nothing];
        default:
          return input satisfies never;
      }

    case "proceeding":
      switch (input.type) {
        case "response":
          if (input.status < 200) return [state, [deliver]];
          return final(input.status, settings);
        case "cancel":
          if (state.cancel === "sent") return [state, nothing];
          return [{ name: "proceeding", cancel: "sent" }, cancelNow(settings)];
        case "timer":
          // §9.1: no final response within 64*T1 after the CANCEL: the call is taken as cancelled.
          return input.timer === "cancel" ? timedOut : [state, nothing];
        // The request arrived, so the response may still find us by another connection (§18.2.2).
        case "transport-error":
        case "start":
          return [state, nothing];
        default:
          return input satisfies never;
      }

    case "accepted":
      // RFC 6026 §7.2: every further 2xx belongs to the session: a retransmission, or another branch of a fork.
      if (input.type === "response" && input.status >= 200 && input.status < 300) return [state, [deliver]];
      if (input.type === "timer" && input.timer === "M") return [terminated, nothing];
      return [state, nothing];

    case "completed":
      if (input.type === "response" && input.status >= 300) return [state, [sendAck]];
      if (input.type === "timer" && input.timer === "D") return [terminated, nothing];
      if (input.type === "transport-error") return undelivered;
      return [state, nothing];

    case "terminated":
      return [state, nothing];

    default:
      return state satisfies never;
  }
}

function start(settings: TransactionSettings): readonly ClientEffect[] {
  const sending: ClientEffect[] = [
    { type: "send-request" },
    { type: "start-timer", timer: "B", ms: 64 * settings.t1Ms },
  ];
  if (!settings.reliable || settings.repeatReliable === true)
    sending.push({ type: "start-timer", timer: "A", ms: settings.t1Ms });
  return sending;
}

function cancelNow(settings: TransactionSettings): readonly ClientEffect[] {
  return [{ type: "send-cancel" }, { type: "start-timer", timer: "cancel", ms: 64 * settings.t1Ms }];
}

function final(status: number, settings: TransactionSettings): Step {
  if (status < 300) return [accepted, [deliver, { type: "start-timer", timer: "M", ms: 64 * settings.t1Ms }]];
  // Timer D is zero on a stream: nobody repeats the response there.
  if (settings.reliable) return [terminated, [sendAck, deliver]];
  const waitMs = Math.max(timerDLeastMs, 64 * settings.t1Ms);
  return [completed, [sendAck, deliver, { type: "start-timer", timer: "D", ms: waitMs }]];
}
