/**
 * A call as seen from one end: RFC 3261 §13 to §15. Carries out what session-state.ts says, with dialogs, descriptions
 * and timers. It knows no accounts, ringing or media streams: those are phone/.
 */
import type { Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import type { LocalMedia, NegotiatedMedia } from "../sdp/media.ts";
import { NameAddress } from "./address.ts";
import type { Dialog } from "./dialog.ts";
import { type SipRequest, SipResponse } from "./message.ts";
import { description, IncomingRequest, inspectContent, refuse } from "./out-of-dialog.ts";
import { AcceptedInvite } from "./session-accept.ts";
import { SessionChange } from "./session-change.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import { SessionMedia } from "./session-media.ts";
import { OutgoingCall } from "./session-outgoing.ts";
import { answeredElsewhere, reasonHeader, reasonsOf } from "./session-reason.ts";
import { answerInside } from "./session-requests.ts";
import {
  next,
  type SessionEffect,
  type SessionInput,
  type SessionPhase,
  type SessionState,
  visible,
} from "./session-state.ts";
import { quote } from "./syntax.ts";
import type { ServerTransaction, Source } from "./transactions.ts";
import type { DialogOwner, Identity, UserAgentCore } from "./user-agent-core.ts";
import { Exchange, type ExchangeEvents } from "./user-agent-exchange.ts";

export interface InviteOptions {
  readonly identity: Identity;
  /** URI to call; a name-addr gives To its display name. */
  readonly to: string;
  readonly media: LocalMedia;
  readonly extraHeaders?: ExtraHeaders;
  /** False leaves the offer to the callee (feature row ACC-34). True unless told. */
  readonly earlyOffer?: boolean;
}

/** What became of a request: the final response, or why there is none, for people. */
export type Outcome = { readonly response: SipResponse } | { readonly failed: string };

export interface Party {
  readonly displayName: string;
  readonly uri: string;
}

/** §13.3.1.1: a provisional response each minute keeps proxies from giving up after three. */
const reminderMs = 60_000;

/** How the first INVITE runs, by direction. */
type Opening =
  | { readonly direction: "out"; readonly call: OutgoingCall }
  | { readonly direction: "in"; readonly transaction: ServerTransaction };

export class Session implements DialogOwner {
  readonly direction: "in" | "out";
  readonly remote: Party;
  /** Where the INVITE came from; undefined for outgoing ones. */
  readonly source: Source | undefined;
  readonly onState: Event<SessionState>;
  /** Each time offer and answer complete, early media included. */
  readonly onMedia: Event<NegotiatedMedia>;
  /** Requests inside the dialog other than INVITE, ACK, CANCEL, BYE. Nobody takes it: the session answers. */
  readonly onRequest: Event<IncomingRequest>;
  /** A hold, resume or change of media was refused; what was agreed before goes on. */
  readonly onChangeRefused: Event<{ readonly status: number; readonly reason: string }>;

  readonly #core: UserAgentCore;
  #opening: Opening;
  #identity: Identity | undefined;
  #phase: SessionPhase;
  #inputs: SessionInput[] = [];
  #running = false;
  /** The dialog of the call; early ones of a forked INVITE are the opening's. */
  #dialog: Dialog | undefined;
  #contact = "";
  #media: SessionMedia;
  /** Description of our next 2xx, "" for none. */
  #body = "";
  #contacts: readonly string[] = [];
  #warning: { readonly warningCode: number; readonly why: string } | undefined;
  #hangUpReason = "";
  #theirInvite: ServerTransaction | undefined;
  #accepted: AcceptedInvite | undefined;
  #change: SessionChange | undefined;
  #retryAfterMs = 0;
  /** One at a time: Expires while it rings, glare and the end of a CANCEL later. */
  #timer: Timer | undefined;
  #reminder: Timer | undefined;

  private constructor(core: UserAgentCore, opening: (session: Session) => Opening, remote: Party, media: SessionMedia) {
    const { errors } = core.parts;
    this.onState = new Event(errors);
    this.onMedia = new Event(errors);
    this.onRequest = new Event(errors);
    this.onChangeRefused = new Event(errors);
    this.#core = core;
    this.#media = media;
    this.remote = remote;
    this.#opening = opening(this);
    this.direction = this.#opening.direction;
    this.source = this.#opening.direction === "in" ? this.#opening.transaction.source : undefined;
    this.#phase = this.direction === "in" ? { name: "incoming", status: 100 } : { name: "calling" };
  }

  /** Places a call. Events come in later turns. */
  static outgoing(core: UserAgentCore, options: InviteOptions): Session {
    const media = new SessionMedia(core.random, options.media);
    const offer = options.earlyOffer === false ? "" : media.offer();
    // Without angle brackets the parameters are the URI's own, unlike in a header (§20).
    const to = (options.to.includes("<") ? NameAddress.parse(options.to) : undefined) ?? NameAddress.of(options.to);
    const parts = { identity: options.identity, uri: to.uri, to: to.toString(), media, offer };
    const headers = options.extraHeaders ?? [];
    const session = new Session(
      core,
      (owner) => ({
        direction: "out",
        call: new OutgoingCall(core, { ...parts, headers }, owner, owner.#callEvents()),
      }),
      { displayName: to.displayName, uri: to.uri },
      media,
    );
    session.#identity = options.identity;
    if (session.#opening.direction === "out") session.#opening.call.start();
    return session;
  }

  /** Takes an INVITE that passed the checks of §8.2, with the dialog made of it. */
  static incoming(core: UserAgentCore, transaction: ServerTransaction, dialog: Dialog): Session {
    const { request, source } = transaction;
    const session = new Session(
      core,
      () => ({ direction: "in", transaction }),
      { displayName: request.from.displayName, uri: request.from.uri },
      new SessionMedia(core.random),
    );
    session.#dialog = dialog;
    session.#contact = `<${core.contactUri(request.requestUri?.user ?? "", source.local)}>`;
    transaction.onCancel = (cancel) => session.#onCancel(cancel);
    transaction.onFailure = (_why, message) => session.#onLost(message);
    core.dialogs.set(dialog.localTag, session);
    // §13.3.1: the caller's own limit for an answer.
    const expires = request.expires;
    if (expires !== undefined && expires > 0 && expires < 86_400)
      session.#wait(expires * 1000, { type: "cancelled", reason: "Expired", elsewhere: false });
    return session;
  }

  get state(): SessionState {
    return visible(this.#phase);
  }

  /** The INVITE that opened it, as it came or was sent last. */
  get request(): SipRequest {
    const opening = this.#opening;
    return opening.direction === "in" ? opening.transaction.request : opening.call.request;
  }

  /** As Replaces names it; "" while there is no dialog. */
  get dialogId(): string {
    return this.#dialog?.id ?? "";
  }

  /** The person wants it so; the other side learns by the re-INVITE that runs. */
  get localHold(): boolean {
    return this.#media.wanted?.hold ?? false;
  }

  get remoteHold(): boolean {
    return this.#media.negotiated?.remoteHold ?? false;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Whose credentials answer challenges inside a call that came in. */
  set identity(identity: Identity | undefined) {
    this.#identity = identity;
  }

  /** A provisional response (§13.3.1.1); with `media`, early media is described in it where the INVITE had an offer. */
  ring(status: 180 | 181 | 182 | 183 = 180, media?: LocalMedia): void {
    if (this.#phase.name !== "incoming") return;
    if (media !== undefined && !this.#answerOffer(media)) return;
    this.#input({ type: "ring", status });
    if (media !== undefined) this.#tellMedia();
  }

  /** 200. An offer that shares no codec with `media` ends the session with 488. */
  answer(media: LocalMedia): void {
    if (this.#phase.name !== "incoming") return;
    const offered = description(this.request) === "";
    if (!offered && !this.#answerOffer(media)) return;
    if (offered) {
      this.#media.wanted = media;
      this.#body = this.#media.offer();
    }
    this.#input({ type: "answer", offered });
    if (!offered) this.#tellMedia();
  }

  /** A final refusal, 300 to 699. With 3xx, `contacts` are the URIs where the caller may go. */
  reject(status: number, reason = "", contacts: readonly string[] = []): void {
    if (this.#phase.name !== "incoming") return;
    this.#contacts = contacts;
    const valid = Number.isInteger(status) && status >= 300 && status <= 699;
    this.#input({ type: "hang-up", status: valid ? status : 480, reason });
  }

  /** CANCEL, BYE, or 486, as the state asks for. `reason` is told to the other side in a Reason header. */
  hangUp(reason = ""): void {
    if (this.#phase.name === "incoming") {
      this.reject(486);
      return;
    }
    this.#hangUpReason = reason;
    const up = this.#phase.name === "established" || this.#phase.name === "accepted";
    this.#input({ type: "hang-up", status: up ? 200 : 487, reason });
  }

  hold(): void {
    const { wanted } = this.#media;
    if (wanted !== undefined) this.setMedia({ ...wanted, hold: true });
  }

  resume(): void {
    const { wanted } = this.#media;
    if (wanted !== undefined) this.setMedia({ ...wanted, hold: false });
  }

  /** New address, codecs or hold state; before the call is up they are offered as soon as it is. */
  setMedia(media: LocalMedia): void {
    this.#media.wanted = media;
    if (!this.#media.settled) this.#input({ type: "change" });
  }

  /** A request inside the dialog: INFO, REFER, NOTIFY, MESSAGE, OPTIONS. Fails when there is no dialog. */
  send(method: string, content: RequestContent = {}): Promise<Outcome> {
    const dialog = this.#dialog;
    if (dialog === undefined || this.#phase.name === "terminated")
      return Promise.resolve({ failed: `there is no call to send ${method} in` });
    return new Promise((resolve) => {
      this.#exchange(dialog, method, content, {
        final: (response) => {
          // The other side has forgotten the dialog (§12.2.1.2).
          if (response.status === 481) this.#input({ type: "broken", status: 481, reason: response.reason });
          resolve({ response });
        },
        failed: (status, message) => {
          // No answer at all says the same (§12.2.1.2).
          if (status === 408) this.#input({ type: "broken", status, reason: message });
          resolve({ failed: message });
        },
      });
    });
  }

  // What the user agent passes on.

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.#dialogOf(request);
    if (dialog === undefined) {
      refuse(this.#core, transaction, { status: 481 });
      return;
    }
    const verdict = dialog.receive(request);
    if (!verdict.ok) {
      refuse(this.#core, transaction, { status: verdict.status, reason: verdict.why });
      return;
    }
    if (request.method === "BYE") {
      this.#onBye(transaction, dialog);
      return;
    }
    if (this.#phase.name === "terminated") {
      refuse(this.#core, transaction, { status: 481 });
      return;
    }
    if (request.method === "INVITE") {
      this.#onInvite(transaction);
      return;
    }
    answerInside(this.#core, new IncomingRequest(this.#core, transaction), this.onRequest);
  }

  acknowledge(request: SipRequest): void {
    const accepted = this.#accepted;
    if (accepted?.sequence !== request.cseq.number || this.#dialogOf(request) === undefined) return;
    this.#stopAccepting();
    const phase = this.#phase;
    const offered =
      (phase.name === "accepted" && phase.offered) ||
      (phase.name === "established" && phase.change === "theirs-offered");
    // The answer first: what the input starts may be the next offer.
    const taken = offered ? this.#media.takeAnswer(description(request)) : undefined;
    this.#input({ type: "ack" });
    if (taken?.ok === true) this.#tellMedia();
    if (taken?.ok === false) this.#input({ type: "broken", status: taken.status, reason: taken.why });
  }

  stray(response: SipResponse): void {
    if (response.cseq.method !== "INVITE" || response.status < 200 || response.status > 299) return;
    if (this.#change?.stray(response) === true) return;
    if (this.#opening.direction === "out") this.#opening.call.stray(response);
  }

  // The machine and its effects.

  /** Inputs that listeners cause while one is worked on wait for their turn. */
  #input(input: SessionInput): void {
    this.#inputs.push(input);
    if (this.#running) return;
    this.#running = true;
    for (let queued = this.#inputs.shift(); queued !== undefined; queued = this.#inputs.shift()) this.#step(queued);
    this.#running = false;
  }

  #step(input: SessionInput): void {
    const before = this.state;
    const [phase, effects] = next(this.#phase, input);
    const ends = phase.name === "terminated" && this.#phase.name !== "terminated";
    this.#phase = phase;
    for (const effect of effects) this.#carryOut(effect);
    const after = this.state;
    if (after !== before && (after.name !== before.name || after.name === "proceeding")) this.onState.emit(after);
    if (ends) this.#end(effects.some((e) => e.type === "bye"));
  }

  #carryOut(effect: SessionEffect): void {
    switch (effect.type) {
      case "cancel":
        if (this.#opening.direction === "out") this.#opening.call.cancel(this.#reasonHeaders(487));
        // No final response within 64*T1 of a CANCEL: the INVITE is as good as cancelled (§9.1).
        this.#wait(64 * this.#core.timers.t1Ms, { type: "abandoned" });
        return;
      case "bye":
        this.#sendBye();
        return;
      case "respond":
        this.#respond(effect.status, effect.reason);
        return;
      case "accept":
        if (this.#opening.direction === "in") this.#accept(this.#opening.transaction);
        return;
      case "send-change":
        this.#sendChange();
        return;
      case "wait-retry":
        // The wish stays, the offer does not: theirs may come first.
        this.#media.withdraw(false);
        this.#wait(effect.retryAfter ? this.#retryAfterMs : this.#glareMs(), { type: "retry" });
        return;
      case "change-over":
        if (!this.#media.settled) this.#input({ type: "change" });
        return;
      case "change-undone":
        this.#media.withdraw(true);
        this.onChangeRefused.emit({ status: effect.status, reason: effect.reason });
        return;
      case "take-their-invite":
        this.#takeInvite();
        return;
      case "refuse-their-invite":
        this.#refuseInvite(effect.status);
        return;
      default:
        effect satisfies never;
    }
  }

  /** Everything of the call stops; the user agent forgets it once a BYE, if one is on its way, has its answer. */
  #end(byeRuns: boolean): void {
    this.#timer?.cancel();
    this.#reminder?.cancel();
    this.#stopAccepting();
    this.#change?.cancel();
    this.#letGo();
    if (!byeRuns) this.#forget();
  }

  /** The transaction outlives the session by half a minute and must not keep it in memory. */
  #letGo(): void {
    if (this.#opening.direction !== "in") return;
    this.#opening.transaction.onCancel = undefined;
    this.#opening.transaction.onFailure = undefined;
  }

  #forget(): void {
    if (this.#opening.direction === "out") this.#opening.call.close();
    if (this.#dialog !== undefined) this.#core.dialogs.delete(this.#dialog.localTag);
  }

  #wait(ms: number, input: SessionInput): void {
    this.#timer?.cancel();
    this.#timer = this.#core.parts.clock.after(ms, () => this.#input(input));
  }

  #tellMedia(): void {
    const { negotiated } = this.#media;
    if (negotiated !== undefined) this.onMedia.emit(negotiated);
  }

  // The caller's side.

  #callEvents() {
    return {
      progress: (status: number, early: NegotiatedMedia | undefined) => {
        this.#input({ type: "provisional", status });
        if (early !== undefined && this.#phase.name === "proceeding") this.onMedia.emit(early);
      },
      answered: (dialog: Dialog, media: SessionMedia, why: string | undefined) => {
        const { wanted } = this.#media;
        this.#media = media;
        this.#media.wanted = wanted;
        this.#dialog = dialog;
        this.#contact = this.#opening.direction === "out" ? this.#opening.call.contact : "";
        const live = this.#phase.name !== "cancelling";
        if (live) this.#timer?.cancel();
        this.#input({ type: "answered" });
        if (!live) return;
        if (why === undefined) this.#tellMedia();
        else this.#input({ type: "broken", status: 488, reason: why });
      },
      refused: (status: number, reason: string) => this.#input({ type: "refused", status, reason }),
    };
  }

  // The callee's side.

  /** False when the offer cannot be answered: the session is then over. */
  #answerOffer(media: LocalMedia): boolean {
    this.#media.wanted = media;
    const result = this.#media.answer(description(this.request));
    if (result.ok) this.#body = result.body;
    else {
      this.#warning = result;
      this.#input({ type: "broken", status: result.status, reason: result.why });
    }
    return result.ok;
  }

  #respond(status: number, reason: string): void {
    if (this.#opening.direction !== "in") return;
    const response = this.#response(this.request, status, reason === "" ? undefined : reason);
    if (status < 200 && this.#body !== "") response.setBody("application/sdp", this.#body);
    if (this.#warning !== undefined) warn(response, this.#warning.warningCode, this.#warning.why);
    for (const uri of this.#contacts) response.addHeader("Contact", uri.includes("<") ? uri : `<${uri}>`);
    this.#opening.transaction.respond(response);
    this.#reminder?.cancel();
    if (status < 200) this.#reminder = this.#core.parts.clock.after(reminderMs, () => this.#remind(status));
  }

  #remind(status: number): void {
    if (this.#phase.name === "incoming") this.#respond(status, "");
  }

  #accept(transaction: ServerTransaction): void {
    const response = this.#response(transaction.request, 200);
    if (this.#body !== "") response.setBody("application/sdp", this.#body);
    this.#timer?.cancel();
    this.#reminder?.cancel();
    this.#stopAccepting();
    this.#accepted = new AcceptedInvite(this.#core, transaction, response, () => this.#input({ type: "no-ack" }));
  }

  #stopAccepting(): void {
    this.#accepted?.acknowledged();
    this.#accepted = undefined;
  }

  #response(request: SipRequest, status: number, reason?: string): SipResponse {
    const response = SipResponse.to(request, status, reason, this.#dialog?.localTag);
    if (status < 300) {
      response.addHeader("Contact", this.#contact);
      this.#core.introduce(response);
    } else this.#core.sign(response);
    return response;
  }

  #onCancel(cancel: SipRequest): void {
    const reasons = reasonsOf(cancel);
    const reason = reasons.find((r) => r.text !== "")?.text ?? "Cancelled";
    this.#input({ type: "cancelled", reason, elsewhere: answeredElsewhere(reasons) });
  }

  /** Our response cannot reach the other side any more. */
  #onLost(message: string): void {
    if (this.#phase.name === "incoming") this.#input({ type: "broken", status: 503, reason: message });
  }

  // Both sides, inside the dialog.

  #dialogOf(request: SipRequest): Dialog | undefined {
    const tag = request.from.tag ?? "";
    const dialog = this.#dialog;
    if (dialog !== undefined) return dialog.callId === request.callId && dialog.remoteTag === tag ? dialog : undefined;
    return this.#opening.direction === "out" ? this.#opening.call.dialog(request.callId, tag) : undefined;
  }

  #onBye(transaction: ServerTransaction, dialog: Dialog): void {
    transaction.respond(this.#plain(transaction.request, 200));
    // One branch of a fork gave up; others still ring.
    if (this.#dialog === undefined && this.#opening.direction === "out")
      if (!this.#opening.call.dropDialog(dialog.remoteTag)) return;
    const reason = reasonsOf(transaction.request).find((r) => r.text !== "")?.text ?? "";
    this.#input({ type: "bye", reason });
  }

  #plain(request: SipRequest, status: number): SipResponse {
    const response = SipResponse.to(request, status);
    this.#core.sign(response);
    return response;
  }

  #onInvite(transaction: ServerTransaction): void {
    const { request } = transaction;
    const refusal = inspectContent(request);
    if (refusal !== undefined) {
      refuse(this.#core, transaction, refusal);
      return;
    }
    this.#theirInvite = transaction;
    this.#input({ type: "their-invite" });
  }

  #refuseInvite(status: 491 | 500): void {
    const transaction = this.#theirInvite;
    if (transaction === undefined) return;
    const response = this.#plain(transaction.request, status);
    // §14.2: a time between 0 and 10 s.
    if (status === 500) response.addHeader("Retry-After", String(Math.floor(this.#core.chance() * 11)));
    transaction.respond(response);
  }

  /** Answers a re-INVITE at once, so that a CANCEL of it always comes too late (§14.2, §9.2). */
  #takeInvite(): void {
    const transaction = this.#theirInvite;
    if (transaction === undefined) return;
    // An ACK that got lost is implied by the next request (RFC 5407 §3.1.4).
    this.#stopAccepting();
    const text = description(transaction.request);
    if (text === "") this.#body = this.#media.offer();
    else {
      const result = this.#media.answer(text);
      if (!result.ok) {
        const response = this.#plain(transaction.request, result.status);
        warn(response, result.warningCode, result.why);
        transaction.respond(response);
        return;
      }
      this.#body = result.body;
    }
    this.#dialog?.refreshTarget(transaction.request);
    this.#accept(transaction);
    this.#input({ type: "their-invite-accepted", offered: text === "" });
    if (text !== "") this.#tellMedia();
  }

  #sendChange(): void {
    const dialog = this.#dialog;
    if (dialog === undefined) return;
    const change = new SessionChange(
      this.#core,
      { dialog, identity: this.#identity, contact: this.#contact, offer: this.#media.offer() },
      {
        answered: (response) => this.#onChanged(response),
        refused: (status, reason, retryAfterMs) => {
          this.#retryAfterMs = retryAfterMs ?? 0;
          this.#input({ type: "change-refused", status, reason, retryAfter: retryAfterMs !== undefined });
        },
      },
    );
    this.#change = change;
    change.start();
  }

  #onChanged(response: SipResponse): void {
    if (this.#phase.name === "terminated") return;
    const taken = this.#media.takeAnswer(description(response));
    if (taken.ok) {
      this.#input({ type: "change-answered" });
      this.#tellMedia();
    } else this.#input({ type: "broken", status: taken.status, reason: taken.why });
  }

  /** §14.1: in steps of 10 ms, so that the two sides do not meet again. */
  #glareMs(): number {
    const [least, span] = this.direction === "out" ? [210, 191] : [0, 201];
    return 10 * (least + Math.floor(this.#core.chance() * span));
  }

  #reasonHeaders(cause: number): ExtraHeaders {
    return this.#hangUpReason === "" ? [] : [["Reason", reasonHeader(cause, this.#hangUpReason)]];
  }

  #sendBye(): void {
    const dialog = this.#dialog;
    if (dialog === undefined) {
      this.#forget();
      return;
    }
    const done = () => this.#forget();
    this.#exchange(dialog, "BYE", { headers: this.#reasonHeaders(200) }, { final: done, failed: done });
  }

  #exchange(dialog: Dialog, method: string, content: RequestContent, on: ExchangeEvents): void {
    const build = (sequence: number) => {
      const request = dialog.request(method, sequence);
      // Only REFER, SUBSCRIBE and NOTIFY of these need it, the others may have it (§20, table 2).
      if (method !== "BYE" && this.#contact !== "") request.addHeader("Contact", this.#contact);
      this.#core.sign(request);
      for (const [name, value] of content.headers ?? []) request.addHeader(name, value);
      if (content.body !== undefined) request.setBody(content.contentType ?? "application/octet-stream", content.body);
      return request;
    };
    const identity = this.#identity;
    const parts = {
      build,
      nextSequence: () => dialog.nextSequence(),
      nextHop: dialog.nextHop,
      transport: identity?.transport,
      authentication: this.#core.authentication(identity?.credentials),
    };
    new Exchange(this.#core, parts, on).start();
  }
}

/** §20.43: why a description was refused, for people and logs. */
function warn(response: SipResponse, code: number, why: string): void {
  response.addHeader("Warning", `${code} offhook ${quote(why)}`);
}

/** What a request of `send` holds beyond what the dialog gives it. */
export interface RequestContent {
  readonly headers?: ExtraHeaders;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
}
