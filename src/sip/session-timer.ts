/** Session timers: RFC 4028, what both sides agree on (§7 to §9) and when to refresh or give up (§10). Pure; session-timer-run.ts carries it out. */
import type { SipMessage } from "./message.ts";
import { parseNumber, parseParams } from "./syntax.ts";

export interface SessionTimerSettings {
  /** What we ask for, s. */
  readonly expiresSeconds: number;
  /** What we accept at least, s; never below 90 (§5). */
  readonly leastSeconds: number;
  /** Who refreshes where the other side leaves it to us. */
  readonly refresher: "us" | "them";
}

export type SessionTimerState =
  | { readonly name: "off" }
  /** `due`: our refresh was asked for and has not succeeded yet. */
  | { readonly name: "on"; readonly intervalSeconds: number; readonly refresher: "us" | "them"; readonly due: boolean };

export type SessionTimerInput =
  | { readonly type: "agreed"; readonly intervalSeconds: number; readonly refresher: "us" | "them" }
  | { readonly type: "none" }
  | { readonly type: "timer" };

export type SessionTimerEffect =
  | { readonly type: "start-timer"; readonly ms: number }
  | { readonly type: "stop-timer" }
  | { readonly type: "refresh" }
  /** The other side is gone: BYE. */
  | { readonly type: "expire" };

export function next(state: SessionTimerState, input: SessionTimerInput): [SessionTimerState, SessionTimerEffect[]] {
  switch (input.type) {
    case "agreed": {
      const { intervalSeconds, refresher } = input;
      const ms = refresher === "us" ? intervalSeconds * 500 : expiryMs(intervalSeconds);
      return [
        { name: "on", intervalSeconds, refresher, due: false },
        [{ type: "stop-timer" }, { type: "start-timer", ms }],
      ];
    }
    case "none":
      return [{ name: "off" }, [{ type: "stop-timer" }]];
    case "timer":
      if (state.name === "off") return [state, []];
      if (state.refresher === "us" && !state.due) {
        const ms = expiryMs(state.intervalSeconds) - state.intervalSeconds * 500;
        return [{ ...state, due: true }, [{ type: "refresh" }, { type: "start-timer", ms }]];
      }
      return [{ name: "off" }, [{ type: "expire" }]];
    default:
      return input satisfies never;
  }
}

/** §10: the BYE goes a little before the end: by 32 s, or a third of a short interval. */
function expiryMs(intervalSeconds: number): number {
  return (intervalSeconds - Math.min(32, intervalSeconds / 3)) * 1000;
}

/** §5: no interval may be shorter, s. */
export const shortestSeconds = 90;

export interface SessionExpires {
  readonly seconds: number;
  readonly refresher: "uac" | "uas" | undefined;
}

export function sessionExpiresOf(message: SipMessage): SessionExpires | undefined {
  const text = message.header("Session-Expires") ?? "";
  const semicolon = text.indexOf(";");
  const seconds = parseNumber((semicolon < 0 ? text : text.slice(0, semicolon)).trim(), 2 ** 31);
  if (seconds === undefined) return undefined;
  const params = semicolon < 0 ? [] : (parseParams(text, semicolon) ?? []);
  const role = params.find(([name]) => name === "refresher")?.[1].toLowerCase();
  return { seconds, refresher: role === "uac" || role === "uas" ? role : undefined };
}

/** Min-SE of a message, s; 90 where it has none. */
export function leastSecondsOf(message: SipMessage): number {
  const seconds = parseNumber((message.header("Min-SE") ?? "").split(";")[0]?.trim() ?? "", 2 ** 31);
  return Math.max(shortestSeconds, seconds ?? 0);
}

/** What the callee makes of a request (§9): too small, no timer, or an interval with its refresher. */
export type TimerAnswer =
  | { readonly kind: "too-small"; readonly leastSeconds: number }
  | { readonly kind: "none" }
  | { readonly kind: "timer"; readonly seconds: number; readonly refresher: "uac" | "uas"; readonly required: boolean };

/** @param settings undefined: we want none, and take part only where it is asked for. */
export function answerTimer(
  request: SipMessage,
  theySupport: boolean,
  settings: SessionTimerSettings | undefined,
): TimerAnswer {
  const asked = sessionExpiresOf(request);
  if (settings === undefined && (asked === undefined || !theySupport)) return { kind: "none" };
  const least = Math.max(shortestSeconds, settings?.leastSeconds ?? 0);
  // Who does not know the extension could not react to a 422 (§8).
  if (asked !== undefined && asked.seconds < least && theySupport) return { kind: "too-small", leastSeconds: least };
  const wish = Math.max(settings?.expiresSeconds ?? asked?.seconds ?? least, leastSecondsOf(request));
  const seconds = Math.max(shortestSeconds, asked === undefined ? wish : Math.min(asked.seconds, wish));
  if (asked === undefined && !theySupport) return { kind: "none" };
  // §9, table 2: a caller without the extension cannot refresh; otherwise its choice counts, else ours.
  const ours = settings?.refresher === "us" ? "uas" : "uac";
  const refresher = theySupport ? (asked?.refresher ?? ours) : "uas";
  return { kind: "timer", seconds, refresher, required: theySupport };
}
