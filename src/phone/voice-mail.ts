/** Messages that wait in the accounts' mailboxes: subscribed to, or told unasked (RFC 3842, feature row CAL-69). */
import type { Log } from "../base/log.ts";
import { type MessageSummary, messageSummaryOf, messageSummaryType } from "../sip/message-summary.ts";
import type { IncomingRequest } from "../sip/out-of-dialog.ts";
import type { Subscription } from "../sip/subscription.ts";
import { eventOf } from "../sip/subscription-headers.ts";
import type { UserAgent } from "../sip/user-agent.ts";
import type { Accounts } from "./accounts.ts";
import type { Settings } from "./ports.ts";
import type { VoiceMailView } from "./state.ts";

export interface VoiceMailParts {
  readonly userAgent: UserAgent;
  readonly accounts: Accounts;
  readonly settings: Settings;
  readonly log: Log;
  /** What a number means to an account; undefined where it cannot be dialled. */
  readonly uriOf: (number: string, account: number) => string | undefined;
  readonly changed: () => void;
}

export class VoiceMail {
  #parts: VoiceMailParts;
  #subscriptions = new Map<number, Subscription>();
  #summaries = new Map<number, MessageSummary>();
  #off: (() => void)[] = [];

  constructor(parts: VoiceMailParts) {
    this.#parts = parts;
  }

  open(): void {
    const { accounts, userAgent } = this.#parts;
    this.#off = [
      accounts.onRegistration.on(({ account, type }) => {
        if (type === "registered") this.#subscribe(account);
        else this.#unsubscribe(account);
      }),
      userAgent.onRequest.on((incoming) => this.#unasked(incoming)),
    ];
  }

  close(): void {
    for (const off of this.#off) off();
    for (const subscription of this.#subscriptions.values()) subscription.stop();
    this.#subscriptions.clear();
  }

  /** Names of parameters that changed. */
  configured(names: ReadonlySet<string>): void {
    for (const { id, state } of this.#parts.accounts.views) {
      const ours = [`account.${id}.subscribe_mwi`, `voice_mail.number.${id}`];
      if (![...names].some((name) => ours.some((own) => name.startsWith(own)))) continue;
      this.#unsubscribe(id);
      if (state.name === "registered") this.#subscribe(id);
    }
    this.#parts.changed();
  }

  /** The mailbox that the message key opens: one where something waits, else the default account's. */
  view(defaultAccount: number): VoiceMailView {
    const waiting = [...this.#summaries].filter(([, summary]) => summary.waiting);
    const account = waiting[0]?.[0] ?? defaultAccount;
    return {
      // Who says that messages wait and counts none has one at least.
      waiting: waiting.reduce((sum, [, { counts }]) => sum + Math.max(1, counts.get("voice-message")?.new ?? 0), 0),
      number: this.#parts.settings.text(`voice_mail.number.${account}`) || this.#told(account),
      account,
    };
  }

  /** The mailbox as its system names it (Message-Account). */
  #told(account: number): string {
    const uri = this.#summaries.get(account)?.account ?? "";
    return /^sips?:/i.test(uri) ? uri : "";
  }

  #subscribe(account: number): void {
    const { settings, accounts, userAgent, log, uriOf } = this.#parts;
    const own = (name: string) => `account.${account}.${name}`;
    const identity = accounts.identity(account);
    const expiresSeconds = settings.number(own("subscribe_mwi_expires"));
    if (identity === undefined || !settings.flag(own("subscribe_mwi")) || expiresSeconds === 0) return;
    if (this.#subscriptions.has(account)) return;
    const mailbox = settings.text(`voice_mail.number.${account}`);
    const atMailbox = settings.flag(own("subscribe_mwi_to_vm")) && mailbox !== "";
    const uri = atMailbox ? uriOf(mailbox, account) : identity.aor;
    if (uri === undefined) return;
    const subscription = userAgent.subscribe({
      ...{ identity, uri, expiresSeconds },
      event: "message-summary",
      accept: [messageSummaryType],
    });
    this.#subscriptions.set(account, subscription);
    subscription.onNotify.on((request) => this.#take(account, messageSummaryOf(request)));
    log.debug({ account }, `account ${account}: asks ${uri} for waiting messages`);
  }

  #unsubscribe(account: number): void {
    this.#subscriptions.get(account)?.stop();
    this.#subscriptions.delete(account);
  }

  #unasked(incoming: IncomingRequest): void {
    const { request, source } = incoming;
    if (request.method !== "NOTIFY" || eventOf(request).name !== "message-summary") return;
    const user = request.requestUri?.user ?? "";
    const { incoming: accounts } = this.#parts.accounts;
    const known = accounts.filter((a) => a.enabled && (a.servers.has(source.address) || !a.serversOnly));
    const to = request.to.parsedUri?.user ?? "";
    const account = known.find((a) => a.userName === user) ?? known.find((a) => a.userName === to);
    if (account === undefined) return;
    incoming.respond(200);
    this.#take(account.id, messageSummaryOf(request));
  }

  #take(account: number, summary: MessageSummary | undefined): void {
    if (summary === undefined) return;
    this.#summaries.set(account, summary);
    this.#parts.changed();
  }
}
