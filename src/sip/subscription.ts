/** A subscription of ours, kept alive: RFC 6665 §4.1, §4.4. Carries out what subscription-state.ts says; bodies are whose package they are. */
import type { Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import { Dialog } from "./dialog.ts";
import type { ServerChange } from "./failover.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { IncomingRequest, refuse } from "./out-of-dialog.ts";
import { countingSequence, exchangeOutside } from "./request-outside.ts";
import { exchangeInside, type RequestContent } from "./session-inside.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import { eventOf, subscriptionStateOf } from "./subscription-headers.ts";
import { next, type SubscriptionInput, type SubscriptionState } from "./subscription-state.ts";
import { parseNumber } from "./syntax.ts";
import type { ServerTransaction } from "./transactions.ts";
import { describeAddress } from "./transport-address.ts";
import type { DialogOwner, Identity, UserAgentCore } from "./user-agent-core.ts";
import type { Exchange } from "./user-agent-exchange.ts";

export interface SubscriptionOptions {
  readonly identity: Identity;
  /** Request-URI: whose state is wanted. */
  readonly uri: string;
  /** URI or name-addr; the Request-URI unless told. */
  readonly to?: string;
  /** Event package, with parameters where it has some: "message-summary", "dialog;sla". */
  readonly event: string;
  /** Types of the bodies we understand. */
  readonly accept: readonly string[];
  /** Asked for, s; the notifier may grant less. */
  readonly expiresSeconds: number;
  /** Refreshes come at random times (feature row ACC-33). */
  readonly randomRefresh?: boolean;
  /** Pause before it begins anew after the notifier ended it with "deactivated" or "timeout", s; 0 unless told (ACC-33). */
  readonly endedPauseSeconds?: number;
  readonly headers?: ExtraHeaders;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
}

/** One subscription: the dialog that its SUBSCRIBE made, or will make. */
interface Attempt {
  readonly callId: string;
  readonly tag: string;
  readonly nextSequence: () => number;
  request: SipRequest | undefined;
  dialog: Dialog | undefined;
  contact: string;
  /** Carries the SUBSCRIBE that made it, or will. */
  exchange: Exchange | undefined;
}

/** 423s that one SUBSCRIBE follows. */
const mostTooBrief = 3;

export class Subscription implements DialogOwner {
  readonly onState: Event<SubscriptionState>;
  /** Each NOTIFY of it, answered already; also one without a body, and the last. */
  readonly onNotify: Event<SipRequest>;
  readonly #core: UserAgentCore;
  readonly #options: SubscriptionOptions;
  #state: SubscriptionState = { name: "idle" };
  #attempt: Attempt | undefined;
  #exchange: Exchange | undefined;
  #askedSeconds: number;
  #grantedSeconds: number | undefined;
  #tooBrief = 0;
  #timer: Timer | undefined;
  #restarting: Timer | undefined;
  #leave: () => void = () => {};

  constructor(core: UserAgentCore, options: SubscriptionOptions) {
    this.#core = core;
    this.#options = options;
    this.#askedSeconds = Math.max(1, Math.floor(options.expiresSeconds));
    this.onState = new Event(core.parts.errors);
    this.onNotify = new Event(core.parts.errors);
  }

  get state(): SubscriptionState {
    return this.#state;
  }

  start(): void {
    this.#leave();
    this.#leave = this.#options.identity.servers?.onServer.on((change) => this.#moved(change)) ?? (() => {});
    this.#input({ type: "start" });
  }

  /** Now: the state is wanted anew, our address has changed, or what failed may work again. */
  refresh(): void {
    this.#input({ type: "refresh" });
  }

  /**
   * Begins anew in a dialog of its own, at the server that serves now: who knew the old one may be gone, or have
   * forgotten it, or our address has changed. Asked several times in a turn it does so once.
   */
  restart(): void {
    this.#restarting ??= this.#core.parts.clock.after(0, () => {
      this.#restarting = undefined;
      this.#input({ type: "restart" });
    });
  }

  /** Ends it; the last NOTIFY is still answered. */
  stop(): void {
    this.#leave();
    this.#restarting?.cancel();
    this.#restarting = undefined;
    this.#input({ type: "stop" });
  }

  // What the user agent passes on.

  close(): void {
    this.stop();
  }

  acknowledge(): void {}

  stray(): void {}

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const attempt = this.#attempt;
    const tag = request.from.tag ?? "";
    if (attempt === undefined || request.callId !== attempt.callId || request.method !== "NOTIFY") {
      refuse(this.#core, transaction, { status: request.method === "NOTIFY" ? 481 : 405 });
      return;
    }
    // Another fork answered first: we want one subscription (§4.1.4).
    if (attempt.dialog !== undefined && attempt.dialog.remoteTag !== tag) {
      refuse(this.#core, transaction, { status: 481 });
      return;
    }
    const refusal = this.#judge(request);
    if (refusal !== undefined) {
      refuse(this.#core, transaction, refusal);
      return;
    }
    if (attempt.dialog === undefined && attempt.request !== undefined) {
      attempt.dialog = Dialog.ofNotify(attempt.request, request);
      // sip.use_out_bound_in_dialog (feature row ACC-05).
      if (attempt.dialog !== undefined)
        attempt.dialog.outbound = () => this.#options.identity.servers?.outboundInDialog;
    }
    const verdict = attempt.dialog?.receive(request) ?? ({ ok: false, status: 500, why: "" } as const);
    if (!verdict.ok) {
      refuse(this.#core, transaction, { status: verdict.status, reason: verdict.why });
      return;
    }
    attempt.dialog?.refreshTarget(request);
    new IncomingRequest(this.#core, transaction).respond(200, undefined, (response) => {
      if (attempt.contact !== "") response.addHeader("Contact", attempt.contact);
    });
    const header = subscriptionStateOf(request);
    this.onNotify.emit(request);
    if (this.#state.name === "ended" && header?.state === "terminated") this.#forget();
    if (header !== undefined) this.#input({ type: "notified", header: this.#timed(header) });
  }

  /** Another server serves: what the old one says of it is no longer true (U-01). */
  #moved({ target }: ServerChange): void {
    const own = this.#attempt?.exchange?.target;
    // Our own SUBSCRIBE found it, or it is there already.
    if (target !== undefined && own !== undefined && describeAddress(own) === describeAddress(target)) return;
    this.restart();
  }

  /** §4.1.3: what a NOTIFY must have. */
  #judge(request: SipRequest): { readonly status: number; readonly reason?: string } | undefined {
    const { name, id } = eventOf(request);
    const own = this.#options.event.split(";")[0]?.trim().toLowerCase();
    const ownId = /;\s*id=([^;]+)/i.exec(this.#options.event)?.[1]?.trim();
    if (name !== own || id !== ownId) return { status: 489 };
    return subscriptionStateOf(request) === undefined
      ? { status: 400, reason: "Missing Subscription-State" }
      : undefined;
  }

  /** The first NOTIFY may leave the time to the 2xx that came before it. */
  #timed(header: NonNullable<ReturnType<typeof subscriptionStateOf>>) {
    if (header.expiresSeconds !== undefined || this.#state.name !== "subscribing") return header;
    return { ...header, expiresSeconds: this.#grantedSeconds };
  }

  #input(input: SubscriptionInput): void {
    const { clock } = this.#core.parts;
    const before = this.#state;
    const timing = {
      nowMs: clock.now(),
      chance: this.#core.chance(),
      t1Ms: this.#core.timers.t1Ms,
      randomRefresh: this.#options.randomRefresh ?? false,
      endedPauseMs: 1000 * (this.#options.endedPauseSeconds ?? 0),
    };
    const [state, effects] = next(before, input, timing);
    this.#state = state;
    for (const effect of effects)
      switch (effect.type) {
        case "subscribe":
          this.#tooBrief = 0;
          this.#subscribe(effect.fresh, this.#askedSeconds);
          break;
        case "unsubscribe":
          this.#unsubscribe();
          break;
        case "start-timer":
          this.#timer?.cancel();
          this.#timer = clock.after(effect.ms, () => this.#input({ type: "timer" }));
          break;
        case "stop-timer":
          this.#timer?.cancel();
          break;
        case "forget":
          this.#forget();
          break;
        default:
          effect satisfies never;
      }
    if (state !== before) this.onState.emit(state);
  }

  #forget(): void {
    this.#timer?.cancel();
    this.#exchange?.forget();
    if (this.#attempt !== undefined) this.#core.usages.delete(this.#attempt.tag);
    this.#attempt = undefined;
    this.#grantedSeconds = undefined;
  }

  /** Of the old dialog the last NOTIFY is still to come (§4.1.2.3). */
  #unsubscribe(): void {
    const attempt = this.#attempt;
    if (attempt?.dialog === undefined) {
      this.#forget();
      return;
    }
    this.#timer = this.#core.parts.clock.after(64 * this.#core.timers.t1Ms, () => this.#forget());
    const forget = (response?: SipResponse) => {
      if (this.#attempt === attempt && (response === undefined || response.status >= 300)) this.#forget();
    };
    this.#exchange = exchangeInside(this.#core, this.#use(attempt, attempt.dialog), "SUBSCRIBE", this.#content(0), {
      final: forget,
      failed: () => forget(),
    });
  }

  #subscribe(fresh: boolean, seconds: number): void {
    const old = this.#attempt;
    // One SUBSCRIBE at a time: the answer to an older one would speak of what is no more.
    this.#exchange?.forget();
    if (!fresh && old?.dialog !== undefined) {
      this.#exchange = exchangeInside(
        this.#core,
        this.#use(old, old.dialog),
        "SUBSCRIBE",
        this.#content(seconds),
        this.#events(old),
      );
      return;
    }
    this.#forget();
    const { identity, uri, to } = this.#options;
    const attempt: Attempt = {
      callId: this.#core.callId(),
      tag: this.#core.token(),
      nextSequence: countingSequence(),
      request: undefined,
      dialog: undefined,
      contact: "",
      exchange: undefined,
    };
    this.#attempt = attempt;
    this.#core.usages.set(attempt.tag, this);
    const { callId, tag, nextSequence } = attempt;
    const parts = { identity, method: "SUBSCRIBE", uri, to, callId, tag, nextSequence, contact: true };
    const content = this.#content(seconds);
    const remember = (request: SipRequest) => {
      this.#core.sign(request);
      attempt.request = request;
      attempt.contact = request.header("Contact") ?? "";
    };
    attempt.exchange = exchangeOutside(this.#core, parts, { ...content, introduce: remember }, this.#events(attempt));
    this.#exchange = attempt.exchange;
  }

  #use(attempt: Attempt, dialog: Dialog) {
    return { dialog, identity: this.#options.identity, contact: attempt.contact };
  }

  #content(seconds: number): RequestContent {
    const { event, accept, headers, contentType, body } = this.#options;
    return {
      headers: [
        ["Event", event],
        ["Accept", accept.join(", ")],
        ["Expires", String(seconds)],
        ["Allow", this.#core.allow],
        ...(headers ?? []),
      ],
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    };
  }

  #events(attempt: Attempt) {
    return {
      final: (response: SipResponse, request: SipRequest) => {
        if (this.#attempt === attempt) this.#onFinal(attempt, response, request);
      },
      failed: (status: 0 | 408 | 487, message: string) => {
        if (this.#attempt !== attempt) return;
        const failure = { status, reason: message, credentials: false, retryAfterSeconds: undefined };
        this.#input({ type: "refused", failure });
      },
    };
  }

  #onFinal(attempt: Attempt, response: SipResponse, request: SipRequest): void {
    const { status, reason } = response;
    if (status < 300) {
      const expiresSeconds = Math.min(response.expires ?? this.#askedSeconds, this.#askedSeconds);
      this.#grantedSeconds = expiresSeconds;
      const notified = attempt.dialog !== undefined;
      if (attempt.dialog === undefined && response.to.tag !== undefined) {
        // The NOTIFY makes the dialog (§4.4.1); a refresh before it came needs one nevertheless.
        attempt.request = request;
      } else attempt.dialog?.refreshTarget(response);
      this.#input({ type: "accepted", expiresSeconds, notified });
      return;
    }
    const least = status === 423 ? parseNumber(response.header("Min-Expires") ?? "", 2 ** 31) : undefined;
    if (least !== undefined && least > this.#askedSeconds && this.#tooBrief < mostTooBrief) {
      this.#tooBrief += 1;
      this.#askedSeconds = least;
      this.#subscribe(attempt.dialog === undefined, least);
      return;
    }
    const credentials = status === 401 || status === 407;
    const retryAfterSeconds = parseNumber(/^\d+/.exec(response.header("Retry-After") ?? "")?.[0] ?? "", 86_400);
    this.#input({
      type: "refused",
      failure: { status, reason: `${status} ${reason}`, credentials, retryAfterSeconds },
    });
  }
}
