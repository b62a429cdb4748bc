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
  /** Offers hold preconditions (RFC 3312), which LocalMedia decides: the option tags that go with them are announced. */
  readonly preconditions: boolean;
}

export const usualConduct: SessionConduct = {
  reliable: "off",
  timer: undefined,
  timerKnown: false,
  sessionId: false,
  preconditions: false,
};

/** Of calls that no account has settings for: what we can do is announced, nothing is asked for. */
export const capableConduct: SessionConduct = {
  reliable: "supported",
  timer: undefined,
  timerKnown: true,
  sessionId: true,
  preconditions: false,
};

/** Option tags that calls of that conduct announce, beyond those of every request. */
export function conductTags({ reliable, timer, timerKnown, preconditions }: SessionConduct): readonly string[] {
  return [
    // RFC 3312 §11: whoever announces preconditions announces PRACK.
    ...(reliable === "off" && !preconditions ? [] : ["100rel"]),
    ...(timer === undefined && !timerKnown ? [] : ["timer"]),
    ...(preconditions ? ["precondition"] : []),
  ];
}
