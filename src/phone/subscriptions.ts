/**
 * Subscriptions that accounts keep while they are registered: begun when the registration stands, begun anew when it has
 * been regained (U-16), ended with the account. What is subscribed to is whose package it is; how is sip/subscription.ts.
 */
import type { SipRequest } from "../sip/message.ts";
import type { Subscription, SubscriptionOptions } from "../sip/subscription.ts";
import type { SubscriptionState } from "../sip/subscription-state.ts";
import type { Identity, UserAgent } from "../sip/user-agent.ts";
import type { Accounts } from "./accounts.ts";
import type { Settings } from "./ports.ts";

/** One subscription that shall be there; the account adds who we are. */
export interface Wanted extends Omit<SubscriptionOptions, "identity" | "randomRefresh" | "endedPauseSeconds"> {
  /** Tells it from others of the same account; it is gone on with while key and content stay the same. */
  readonly key: string;
  readonly account: number;
}

export interface AccountSubscriptionsParts {
  readonly userAgent: Pick<UserAgent, "subscribe">;
  readonly accounts: Pick<Accounts, "identity" | "onRegistration" | "views">;
  readonly settings: Settings;
}

export interface AccountSubscriptionsEvents {
  /** A NOTIFY, answered already. */
  notified(wanted: Wanted, request: SipRequest): void;
  state?(wanted: Wanted, state: SubscriptionState): void;
}

interface Kept {
  readonly wanted: Wanted;
  readonly content: string;
  readonly identity: Identity;
  readonly subscription: Subscription;
}

export class AccountSubscriptions {
  readonly #parts: AccountSubscriptionsParts;
  readonly #wanted: (account: number, identity: Identity) => readonly Wanted[];
  readonly #on: AccountSubscriptionsEvents;
  #kept = new Map<string, Kept>();
  #off: () => void = () => {};

  /** @param wanted what an account shall be subscribed to now; asked whenever that may have changed */
  constructor(
    parts: AccountSubscriptionsParts,
    wanted: (account: number, identity: Identity) => readonly Wanted[],
    on: AccountSubscriptionsEvents,
  ) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.#on = on;
  }

  open(): void {
    this.#off = this.#parts.accounts.onRegistration.on(({ account, type }) => {
      // While it is lost they go on by themselves: a registrar that is down says nothing of who watches for us.
      if (type === "registered") this.#bring(account, "restart");
    });
  }

  /** Idempotent. */
  close(): void {
    this.#off();
    for (const { subscription } of this.#kept.values()) subscription.stop();
    this.#kept.clear();
  }

  /** The configuration may want others now. */
  update(): void {
    const accounts = new Set([...this.#kept.values()].map(({ wanted }) => wanted.account));
    for (const { id, state } of this.#parts.accounts.views) if (state.name === "registered") accounts.add(id);
    for (const account of accounts) this.#bring(account, "keep");
  }

  /** The subscription of that account and key, where there is one. */
  find(account: number, key: string): Subscription | undefined {
    return this.#kept.get(`${account} ${key}`)?.subscription;
  }

  #bring(account: number, standing: "restart" | "keep"): void {
    const identity = this.#parts.accounts.identity(account);
    const wanted = new Map(
      (identity === undefined ? [] : this.#wanted(account, identity)).map((one) => [`${account} ${one.key}`, one]),
    );
    for (const [name, kept] of [...this.#kept]) {
      if (kept.wanted.account !== account) continue;
      const fresh = wanted.get(name);
      if (fresh !== undefined && kept.identity === identity && contentOf(fresh) === kept.content) {
        wanted.delete(name);
        if (standing === "restart") kept.subscription.restart();
      } else {
        this.#kept.delete(name);
        kept.subscription.stop();
      }
    }
    if (identity !== undefined) for (const [name, one] of wanted) this.#start(name, one, identity);
  }

  #start(name: string, wanted: Wanted, identity: Identity): void {
    const { settings, userAgent } = this.#parts;
    const { key: _key, account: _account, ...options } = wanted;
    const subscription = userAgent.subscribe({
      ...options,
      identity,
      randomRefresh: settings.flag("sip.sub_refresh_random"),
      endedPauseSeconds: settings.number("sip.terminate_notify_sub_delay_time"),
    });
    this.#kept.set(name, { wanted, content: contentOf(wanted), identity, subscription });
    subscription.onNotify.on((request) => this.#on.notified(wanted, request));
    subscription.onState.on((state) => this.#on.state?.(wanted, state));
  }
}

function contentOf(wanted: Wanted): string {
  return JSON.stringify(wanted);
}
