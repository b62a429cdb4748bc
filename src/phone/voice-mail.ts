/** Messages that wait in the accounts' mailboxes: subscribed to, or told unasked (RFC 3842, feature row CAL-69). */
import type { Log } from "../base/log.ts";
import { type MessageSummary, messageSummaryOf, messageSummaryType } from "../sip/message-summary.ts";
import type { IncomingRequest } from "../sip/out-of-dialog.ts";
import { eventOf } from "../sip/subscription-headers.ts";
import type { UserAgent } from "../sip/user-agent.ts";
import type { Accounts } from "./accounts.ts";
import { believes } from "./incoming.ts";
import type { Settings } from "./ports.ts";
import type { MailboxView, VoiceMailView } from "./state.ts";
import { AccountSubscriptions, type Wanted } from "./subscriptions.ts";

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
  #subscriptions: AccountSubscriptions;
  #summaries = new Map<number, MessageSummary>();
  #off: (() => void)[] = [];

  constructor(parts: VoiceMailParts) {
    this.#parts = parts;
    this.#subscriptions = new AccountSubscriptions(parts, (account, { aor }) => this.#wanted(account, aor), {
      notified: ({ account }, request) => this.#take(account, messageSummaryOf(request)),
    });
  }

  open(): void {
    this.#subscriptions.open();
    this.#off = [this.#parts.userAgent.onRequest.on((incoming) => this.#unasked(incoming))];
  }

  close(): void {
    for (const off of this.#off) off();
    this.#subscriptions.close();
  }

  /** Names of parameters that changed. */
  configured(names: ReadonlySet<string>): void {
    const ours = /^account\.\d+\.(subscribe_mwi|enable$)|^voice_mail\.number\./;
    if ([...names].some((name) => ours.test(name))) this.#subscriptions.update();
    this.#parts.changed();
  }

  /** The mailbox that the message key opens: one where something waits, else the default account's. */
  view(defaultAccount: number): VoiceMailView {
    const boxes = this.#parts.accounts.views.map(({ id }) => this.#box(id));
    const waiting = boxes.filter((box) => box.waiting > 0);
    const account = waiting[0]?.account ?? defaultAccount;
    const told = this.#parts.settings.flag("features.voice_mail_alert.enable");
    return {
      waiting: told ? waiting.reduce((sum, box) => sum + box.waiting, 0) : 0,
      number: this.#number(account),
      account,
      boxes: boxes.filter((box) => box.number !== "" || box.waiting > 0),
    };
  }

  /** The dial tone of an account says so. */
  waitingFor(account: number): boolean {
    return this.#summaries.get(account)?.waiting === true;
  }

  #box(account: number): MailboxView {
    const { waiting = false, counts } = this.#summaries.get(account) ?? {};
    const count = counts?.get("voice-message");
    // Who says that messages wait and counts none has one at least.
    return {
      account,
      number: this.#number(account),
      waiting: waiting ? Math.max(1, count?.new ?? 0) : 0,
      old: count?.old ?? 0,
    };
  }

  #number(account: number): string {
    return this.#parts.settings.text(`voice_mail.number.${account}`) || this.#told(account);
  }

  /** The mailbox as its system names it (Message-Account). */
  #told(account: number): string {
    const uri = this.#summaries.get(account)?.account ?? "";
    return /^sips?:/i.test(uri) ? uri : "";
  }

  #wanted(account: number, aor: string): readonly Wanted[] {
    const { settings, uriOf } = this.#parts;
    const own = (name: string) => `account.${account}.${name}`;
    const expiresSeconds = settings.number(own("subscribe_mwi_expires"));
    if (!settings.flag(own("subscribe_mwi")) || expiresSeconds === 0) return [];
    const mailbox = settings.text(`voice_mail.number.${account}`);
    const atMailbox = settings.flag(own("subscribe_mwi_to_vm")) && mailbox !== "";
    const uri = atMailbox ? uriOf(mailbox, account) : aor;
    if (uri === undefined) return [];
    const event = "message-summary";
    return [{ key: event, account, uri, expiresSeconds, event, accept: [messageSummaryType] }];
  }

  #unasked(incoming: IncomingRequest): void {
    const { request, source } = incoming;
    if (request.method !== "NOTIFY" || eventOf(request).name !== "message-summary") return;
    const user = request.requestUri?.user ?? "";
    const secure = source.transport === "tls";
    const known = this.#parts.accounts.incoming.filter((a) => a.userName !== "" && believes(a, source.address, secure));
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
