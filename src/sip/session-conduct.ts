/** How an account wants its calls to run: extensions and the form of hold. Settings only. */
import type { SessionTimerSettings } from "./session-timer.ts";

export interface SessionConduct {
  /** Reliable provisional responses (RFC 3262): announced and used where the other side can, or demanded of a callee. */
  readonly reliable: "off" | "supported" | "required";
  /** Session timers (RFC 4028); undefined: only where the other side demands them. */
  readonly timer: SessionTimerSettings | undefined;
  /** Session timers are announced where `timer` asks for none: whoever wants one may have it. */
  readonly timerKnown: boolean;
  /** Calls that we place have a Session-ID (RFC 7989); whoever calls us with one is answered with one. */
  readonly sessionId: boolean;
}

export const usualConduct: SessionConduct = { reliable: "off", timer: undefined, timerKnown: false, sessionId: false };

/** Of calls that no account has settings for: what we can do is announced, nothing is asked for. */
export const capableConduct: SessionConduct = {
  reliable: "supported",
  timer: undefined,
  timerKnown: true,
  sessionId: true,
};

/** Option tags that calls of that conduct announce, beyond those of every request. */
export function conductTags({ reliable, timer, timerKnown }: SessionConduct): readonly string[] {
  return [...(reliable === "off" ? [] : ["100rel"]), ...(timer === undefined && !timerKnown ? [] : ["timer"])];
}
