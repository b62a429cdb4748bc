/** A subscription of somebody to our state: RFC 6665 §4.2. It sends what it is given; packages and who may see what are its user's. */
import type { Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import type { Dialog } from "./dialog.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { IncomingRequest, refuse } from "./out-of-dialog.ts";
import { exchangeInside, type RequestContent } from "./session-inside.ts";
import { type EventHeader, eventOf } from "./subscription-headers.ts";
import type { ServerTransaction } from "./transactions.ts";
import type { DialogOwner, Identity, UserAgentCore } from "./user-agent-core.ts";

export interface Notification {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** Why we end a subscription (RFC 6665 §4.1.3). */
export type EndReason = "deactivated" | "probation" | "rejected" | "timeout" | "giveup" | "noresource" | "invariant";

export type NotifierState =
  | { readonly name: "asked" }
  | { readonly name: "active"; readonly expiresAtMs: number }
  | { readonly name: "ended"; readonly reason: string };

export interface NotifierLimits {
  /** Shorter wishes get 423, s. */
  readonly leastSeconds: number;
  readonly longestSeconds: number;
  /** Where the subscriber leaves it to us (the package's default), s. */
  readonly usualSeconds: number;
}

const usualLimits: NotifierLimits = { leastSeconds: 60, longestSeconds: 7200, usualSeconds: 3600 };

export class NotifierSubscription implements DialogOwner {
  readonly event: EventHeader;
  readonly request: SipRequest;
  /** Ended by the subscriber, by time or by a NOTIFY that came to nothing; not by `terminate`. */
  readonly onEnd: Event<string>;
  readonly #core: UserAgentCore;
  readonly #incoming: IncomingRequest;
  readonly #dialog: Dialog;
  readonly #contact: string;
  #identity: Identity | undefined;
  #limits = usualLimits;
  #state: NotifierState = { name: "asked" };
  #last: Notification | undefined;
  #timer: Timer | undefined;
  /** NOTIFYs go one after the other; of those that wait only the newest counts. */
  #sending = false;
  #next: RequestContent | undefined;

  constructor(core: UserAgentCore, incoming: IncomingRequest, dialog: Dialog) {
    this.#core = core;
    this.#incoming = incoming;
    this.#dialog = dialog;
    this.request = incoming.request;
    this.event = eventOf(incoming.request);
    this.onEnd = new Event(core.parts.errors);
    this.#contact = `<${core.contactUri(incoming.request.requestUri?.user ?? "", incoming.source.local)}>`;
  }

  get state(): NotifierState {
    return this.#state;
  }

  get taken(): boolean {
    return this.#incoming.taken;
  }

  /** Whose credentials answer challenges to our NOTIFYs. */
  set identity(identity: Identity | undefined) {
    this.#identity = identity;
  }

  /** 200 and the first NOTIFY, which is sent whatever there is to say. 423 where the wish is too short. */
  accept(first: Notification | undefined, limits: Partial<NotifierLimits> = {}): void {
    if (this.#state.name !== "asked") return;
    this.#limits = { ...usualLimits, ...limits };
    this.#last = first;
    const seconds = this.#wish(this.request);
    if (seconds === undefined) {
      this.#tooBrief(this.#incoming);
      this.#state = { name: "ended", reason: "too brief" };
      return;
    }
    this.#core.usages.set(this.#dialog.localTag, this);
    this.#grant(this.#incoming, seconds);
  }

  reject(status: number, reason?: string): void {
    if (this.#state.name !== "asked") return;
    this.#state = { name: "ended", reason: "rejected" };
    this.#incoming.respond(status, reason);
  }

  /** What there is to see now. */
  notify(notification: Notification): void {
    this.#last = notification;
    if (this.#state.name === "active") this.#send(this.#content(""));
  }

  terminate(reason: EndReason): void {
    if (this.#state.name !== "active") return;
    this.#send(this.#content(reason));
    this.#end(reason, false);
  }

  close(): void {
    this.terminate("deactivated");
  }

  acknowledge(): void {}

  stray(): void {}

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const inside = request.callId === this.#dialog.callId && (request.from.tag ?? "") === this.#dialog.remoteTag;
    if (!inside || this.#state.name !== "active") {
      refuse(this.#core, transaction, { status: 481 });
      return;
    }
    const verdict = this.#dialog.receive(request);
    if (!verdict.ok) {
      refuse(this.#core, transaction, { status: verdict.status, reason: verdict.why });
      return;
    }
    const { name, id } = eventOf(request);
    if (request.method !== "SUBSCRIBE" || name !== this.event.name || id !== this.event.id) {
      refuse(this.#core, transaction, { status: request.method === "SUBSCRIBE" ? 489 : 405 });
      return;
    }
    const seconds = this.#wish(request);
    const incoming = new IncomingRequest(this.#core, transaction);
    if (seconds === undefined) this.#tooBrief(incoming);
    else {
      this.#dialog.refreshTarget(request);
      this.#grant(incoming, seconds);
    }
  }

  /** Undefined: too short. 0 ends it, or is a look at the state without a subscription (§4.4.3). */
  #wish(request: SipRequest): number | undefined {
    const { leastSeconds, longestSeconds, usualSeconds } = this.#limits;
    const wish = request.expires ?? usualSeconds;
    // §4.2.1.1: only a wish below an hour may be called too brief.
    if (wish !== 0 && wish < leastSeconds && wish < 3600) return undefined;
    return Math.min(wish, longestSeconds);
  }

  #tooBrief(incoming: IncomingRequest): void {
    const least = String(this.#limits.leastSeconds);
    incoming.respond(423, undefined, (response) => response.addHeader("Min-Expires", least));
  }

  #grant(incoming: IncomingRequest, seconds: number): void {
    incoming.respond(200, undefined, (response: SipResponse) => {
      response.setHeader("To", this.#dialog.local).addHeader("Expires", String(seconds));
      response.addHeader("Contact", this.#contact);
    });
    const { clock } = this.#core.parts;
    this.#timer?.cancel();
    this.#state = { name: "active", expiresAtMs: clock.now() + seconds * 1000 };
    if (seconds === 0) {
      this.#send(this.#content("timeout"));
      this.#end("timeout", true);
      return;
    }
    this.#send(this.#content(""));
    this.#timer = clock.after(seconds * 1000, () => {
      this.#send(this.#content("timeout"));
      this.#end("timeout", true);
    });
  }

  #content(end: EndReason | ""): RequestContent {
    const leftMs = this.#state.name === "active" ? this.#state.expiresAtMs - this.#core.parts.clock.now() : 0;
    const state = end === "" ? `active;expires=${Math.max(0, Math.round(leftMs / 1000))}` : `terminated;reason=${end}`;
    const { name, id } = this.event;
    return {
      headers: [
        ["Event", id === undefined ? name : `${name};id=${id}`],
        ["Subscription-State", state],
      ],
      ...(this.#last === undefined ? {} : this.#last),
    };
  }

  #send(content: RequestContent): void {
    if (this.#sending) {
      this.#next = content;
      return;
    }
    this.#sending = true;
    const use = { dialog: this.#dialog, identity: this.#identity, contact: this.#contact };
    exchangeInside(this.#core, use, "NOTIFY", content, {
      // §4.2.2: any refusal ends it, unless it asks to come again; no answer ends it too.
      final: (response) => this.#sent(response.status >= 300 && response.header("Retry-After") === undefined),
      failed: () => this.#sent(true),
    });
  }

  #sent(lost: boolean): void {
    this.#sending = false;
    const next = this.#next;
    this.#next = undefined;
    if (lost) this.#end("lost", true);
    else if (next !== undefined) this.#send(next);
  }

  #end(reason: string, tell: boolean): void {
    if (this.#state.name === "ended") return;
    this.#timer?.cancel();
    this.#state = { name: "ended", reason };
    this.#core.usages.delete(this.#dialog.localTag);
    if (tell) this.onEnd.emit(reason);
  }
}
