/** A session's timer at work: headers of requests and responses, the clock, and who is told to refresh or to hang up (RFC 4028). */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import { hasTag } from "./session-reliable.ts";
import {
  answerTimer,
  leastSecondsOf,
  next,
  type SessionTimerInput,
  type SessionTimerSettings,
  type SessionTimerState,
  sessionExpiresOf,
  shortestSeconds,
} from "./session-timer.ts";

export interface SessionTimerEvents {
  refresh(): void;
  expire(): void;
}

/** A peer that asks for ever longer intervals is not followed beyond a day. */
const longestSeconds = 86_400;

export class SessionTimer {
  #clock: Clock;
  #on: SessionTimerEvents;
  #state: SessionTimerState = { name: "off" };
  /** The largest Min-SE that anybody told us (§7.4). */
  #leastSeconds = shortestSeconds;
  #timer: Timer | undefined;

  constructor(clock: Clock, on: SessionTimerEvents) {
    this.#clock = clock;
    this.#on = on;
  }

  get state(): SessionTimerState {
    return this.#state;
  }

  /** Of INVITE, re-INVITE and UPDATE (§7.1, §7.4). */
  requestHeaders(settings: SessionTimerSettings | undefined): ExtraHeaders {
    const state = this.#state;
    if (settings === undefined && state.name === "off" && this.#leastSeconds === shortestSeconds) return [];
    const least = Math.max(this.#leastSeconds, settings?.leastSeconds ?? 0);
    const wish = state.name === "on" ? state.intervalSeconds : (settings?.expiresSeconds ?? least);
    // The first request leaves the choice open unless it is ours; later ones keep what was agreed.
    const refresher = state.name === "on" ? state.refresher : settings?.refresher;
    const role = refresher === "us" ? "uac" : "uas";
    const headers: [string, string][] = [["Session-Expires", `${Math.max(wish, least)};refresher=${role}`]];
    if (least > shortestSeconds) headers.push(["Min-SE", String(least)]);
    return headers;
  }

  /** §7.3: a 422 to our request; true when it is to be sent again with what was asked for. */
  tooSmall(response: SipResponse): boolean {
    const least = leastSecondsOf(response);
    if (response.status !== 422 || least <= this.#leastSeconds || least > longestSeconds) return false;
    this.#leastSeconds = least;
    return true;
  }

  /** §9: undefined where their request is fine; else the Min-SE of our 422. */
  refusal(request: SipRequest, settings: SessionTimerSettings | undefined): number | undefined {
    const answer = answerTimer(request, supports(request), settings);
    return answer.kind === "too-small" ? answer.leastSeconds : undefined;
  }

  /** Our 2xx to their request: its headers, and the timer runs from now. */
  accept(request: SipRequest, response: SipResponse, settings: SessionTimerSettings | undefined): void {
    const answer = answerTimer(request, supports(request), settings);
    this.#leastSeconds = Math.max(this.#leastSeconds, leastSecondsOf(request));
    if (answer.kind !== "timer") {
      this.#input({ type: "none" });
      return;
    }
    const { seconds, refresher } = answer;
    response.addHeader("Session-Expires", `${seconds};refresher=${refresher}`);
    if (answer.required) response.addHeader("Require", "timer");
    this.#input({ type: "agreed", intervalSeconds: seconds, refresher: refresher === "uas" ? "us" : "them" });
  }

  /** Their 2xx to our request (§7.2). */
  accepted(request: SipRequest, response: SipResponse): void {
    const granted = sessionExpiresOf(response);
    const asked = sessionExpiresOf(request);
    if (granted === undefined) {
      // Who knows no timers may be refreshed by us nevertheless: it tells us that the other side is gone (§7.2).
      if (asked === undefined) this.#input({ type: "none" });
      else this.#input({ type: "agreed", intervalSeconds: asked.seconds, refresher: "us" });
      return;
    }
    const intervalSeconds = Math.max(shortestSeconds, Math.min(granted.seconds, longestSeconds * 10));
    this.#input({ type: "agreed", intervalSeconds, refresher: granted.refresher === "uas" ? "them" : "us" });
  }

  close(): void {
    this.#input({ type: "none" });
  }

  #input(input: SessionTimerInput): void {
    const [state, effects] = next(this.#state, input);
    this.#state = state;
    for (const effect of effects)
      switch (effect.type) {
        case "start-timer":
          this.#timer = this.#clock.after(effect.ms, () => this.#input({ type: "timer" }));
          break;
        case "stop-timer":
          this.#timer?.cancel();
          break;
        case "refresh":
          this.#on.refresh();
          break;
        case "expire":
          this.#on.expire();
          break;
        default:
          effect satisfies never;
      }
  }
}

function supports(request: SipRequest): boolean {
  return hasTag(request, "Supported", "timer") || hasTag(request, "Require", "timer");
}
