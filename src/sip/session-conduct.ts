/** How an account wants its calls to run: extensions and the form of hold. Settings only. */
import type { SessionTimerSettings } from "./session-timer.ts";

export interface SessionConduct {
  /** Reliable provisional responses (RFC 3262): announced and used where the other side can, or demanded of a callee. */
  readonly reliable: "off" | "supported" | "required";
  /** Session timers (RFC 4028); undefined: only where the other side demands them. */
  readonly timer: SessionTimerSettings | undefined;
  /** Calls that we place have a Session-ID (RFC 7989); whoever calls us with one is answered with one. */
  readonly sessionId: boolean;
}

export const usualConduct: SessionConduct = { reliable: "off", timer: undefined, sessionId: false };

/** Option tags that calls of that conduct announce, beyond those of every request. */
export function conductTags({ reliable, timer }: SessionConduct): readonly string[] {
  return [...(reliable === "off" ? [] : ["100rel"]), ...(timer === undefined ? [] : ["timer"])];
}
