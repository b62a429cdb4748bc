/** What the four transaction machines of RFC 3261 §17 share: their settings, inputs and effects. No behaviour. */
import type { SipTimers, TimerName } from "./timers.ts";

export interface TransactionSettings extends SipTimers {
  /** A stream: nothing is retransmitted, and the waits for stray retransmissions (D, I, J, K) are zero. */
  readonly reliable: boolean;
}

/** Why a transaction failed: `timeout` stands for a 408, `transport` for a 503 (RFC 3261 §8.1.3.1). */
export type FailureReason = "timeout" | "transport";

export type TransactionEnd = "done" | FailureReason;

export type ClientInput =
  | { readonly type: "start" }
  | { readonly type: "response"; readonly status: number }
  | { readonly type: "cancel" }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "transport-error" };

/** The runner holds the messages: an effect says what to do with the response that was the input, or with the request. */
export type ClientEffect =
  | { readonly type: "send-request" }
  | { readonly type: "send-cancel" }
  | { readonly type: "send-ack" }
  | { readonly type: "deliver" }
  | { readonly type: "fail"; readonly why: FailureReason }
  | { readonly type: "start-timer"; readonly timer: TimerName; readonly ms: number };

export type ServerInput =
  | { readonly type: "start" }
  /** A retransmission of the request. */
  | { readonly type: "request" }
  | { readonly type: "ack" }
  | { readonly type: "respond"; readonly status: number }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "transport-error" };

export type ServerEffect =
  /** Sends the response that was the input, and keeps it where it may have to be sent again. */
  | { readonly type: "send-response" }
  | { readonly type: "resend-response" }
  | { readonly type: "send-trying" }
  /** The ACK belongs to this transaction. */
  | { readonly type: "deliver-ack" }
  /** The ACK belongs to the 2xx, which the session looks after. */
  | { readonly type: "pass-ack" }
  | { readonly type: "fail"; readonly why: FailureReason }
  | { readonly type: "start-timer"; readonly timer: TimerName; readonly ms: number };
