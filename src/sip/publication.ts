/** Our state kept at a server by PUBLISH: RFC 3903 §4: initial, refresh, change and removal by entity tag. What is published is its user's. */
import type { Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import type { SipResponse } from "./message.ts";
import type { Notification } from "./notifier.ts";
import { next, type PublicationEffect, type PublicationInput, type PublicationState } from "./publication-state.ts";
import { countingSequence, exchangeOutside } from "./request-outside.ts";
import { parseNumber } from "./syntax.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";

export interface PublicationOptions {
  readonly identity: Identity;
  /** Whose state it is: Request-URI. */
  readonly uri: string;
  /** Event package: a state that lasts, such as "presence" or "dialog". Reports that are said once (RFC 6035) are plain requests. */
  readonly event: string;
  /** Asked for, s. */
  readonly expiresSeconds: number;
}

export class Publication {
  readonly onState: Event<PublicationState>;
  readonly #core: UserAgentCore;
  readonly #options: PublicationOptions;
  readonly #callId: string;
  readonly #tag: string;
  readonly #nextSequence = countingSequence();
  #state: PublicationState = { name: "idle" };
  #body: Notification | undefined;
  #askedSeconds: number;
  #timer: Timer | undefined;

  constructor(core: UserAgentCore, options: PublicationOptions) {
    this.#core = core;
    this.#options = options;
    this.#callId = core.callId();
    this.#tag = core.token();
    this.#askedSeconds = options.expiresSeconds;
    this.onState = new Event(core.parts.errors);
  }

  get state(): PublicationState {
    return this.#state;
  }

  /** Publishes, or replaces what was published. */
  publish(body: Notification): void {
    this.#body = body;
    this.#input({ type: "changed" });
  }

  /** Removes it. */
  stop(): void {
    this.#input({ type: "stop" });
  }

  #input(input: PublicationInput): void {
    const { clock } = this.#core.parts;
    const before = this.#state;
    const [state, effects] = next(before, input, { nowMs: clock.now(), chance: this.#core.chance() });
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (state !== before) this.onState.emit(state);
  }

  #carryOut(effect: PublicationEffect): void {
    switch (effect.type) {
      case "publish":
        this.#send(effect.tag, effect.withBody, this.#askedSeconds);
        return;
      case "remove":
        this.#send(effect.tag, false, 0);
        return;
      case "start-timer":
        this.#timer?.cancel();
        this.#timer = this.#core.parts.clock.after(effect.ms, () => this.#input({ type: "timer" }));
        return;
      case "stop-timer":
        this.#timer?.cancel();
        return;
      default:
        effect satisfies never;
    }
  }

  #send(entityTag: string, withBody: boolean, seconds: number): void {
    const { identity, uri, event } = this.#options;
    const headers: [string, string][] = [
      ["Event", event],
      ["Expires", String(seconds)],
    ];
    if (entityTag !== "") headers.push(["SIP-If-Match", entityTag]);
    const parts = {
      ...{ identity, method: "PUBLISH", uri, callId: this.#callId, tag: this.#tag },
      ...{ nextSequence: this.#nextSequence, contact: false },
    };
    const content = { headers, ...(withBody && this.#body !== undefined ? this.#body : {}) };
    exchangeOutside(this.#core, parts, content, {
      final: (response) => this.#onFinal(response),
      failed: (status, reason) => this.#input({ type: "refused", status, reason, retryAfterSeconds: undefined }),
    });
  }

  #onFinal(response: SipResponse): void {
    const { status, reason } = response;
    if (status < 300) {
      const tag = response.header("SIP-ETag") ?? "";
      this.#input({ type: "accepted", tag, expiresSeconds: response.expires ?? this.#askedSeconds });
      return;
    }
    const least = status === 423 ? parseNumber(response.header("Min-Expires") ?? "", 2 ** 31) : undefined;
    if (least !== undefined && least > this.#askedSeconds) {
      this.#askedSeconds = least;
      this.#input({ type: "too-brief" });
      return;
    }
    const retryAfterSeconds = parseNumber(/^\d+/.exec(response.header("Retry-After") ?? "")?.[0] ?? "", 86_400);
    this.#input({ type: "refused", status, reason, retryAfterSeconds });
  }
}
