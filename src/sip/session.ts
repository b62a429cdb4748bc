/**
 * A call as seen from one end: RFC 3261 §13 to §15. Carries out what session-state.ts says, with dialogs, descriptions
 * and timers. It knows no accounts, ringing or media streams: those are phone/.
 */
import type { Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import type { LocalMedia, NegotiatedMedia } from "../sdp/media.ts";
import { NameAddress } from "./address.ts";
import type { Dialog } from "./dialog.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { description, IncomingRequest, refuse } from "./out-of-dialog.ts";
import type { Referral } from "./referral.ts";
import { type DialogName, replacementRefusal, uriReplacing } from "./replaces.ts";
import { SessionChanges } from "./session-changes.ts";
import { SessionContext } from "./session-context.ts";
import { IncomingCall } from "./session-incoming.ts";
import { exchangeInside, type RequestContent } from "./session-inside.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import { SessionMedia } from "./session-media.ts";
import {
  type InviteOptions,
  inviteHeaders,
  type Outcome,
  type Party,
  referHeaders,
  type TransferOptions,
} from "./session-options.ts";
import { OutgoingCall } from "./session-outgoing.ts";
import { reasonHeader, reasonsOf } from "./session-reason.ts";
import { SessionReferrals } from "./session-referrals.ts";
import { answerInside } from "./session-requests.ts";
import {
  next,
  type SessionEffect,
  type SessionInput,
  type SessionPhase,
  type SessionState,
  visible,
} from "./session-state.ts";
import type { ServerTransaction, Source } from "./transactions.ts";
import type { Transfer } from "./transfer.ts";
import type { DialogOwner, Identity, UserAgentCore } from "./user-agent-core.ts";

export type { RequestContent } from "./session-inside.ts";
export type { InviteOptions, Outcome, Party, TransferOptions } from "./session-options.ts";

/** How the first INVITE runs, by direction. */
type Opening =
  | { readonly direction: "out"; readonly call: OutgoingCall }
  | { readonly direction: "in"; readonly call: IncomingCall };

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
  /** The other side wants us to call somebody. Nobody takes it: `onRequest`, then 603. */
  readonly onRefer: Event<Referral>;
  /** A hold, resume or change of media was refused; what was agreed before goes on. */
  readonly onChangeRefused: Event<{ readonly status: number; readonly reason: string }>;

  readonly #core: UserAgentCore;
  readonly #context: SessionContext;
  readonly #opening: Opening;
  readonly #changes: SessionChanges;
  readonly #referrals: SessionReferrals;
  /** An incoming call that takes the place of this one of ours (RFC 3891): `answer` ends that one. */
  #replaced: Session | undefined;
  #byeRuns = false;
  #phase: SessionPhase;
  #inputs: SessionInput[] = [];
  #running = false;
  #hangUpReason = "";
  /** One at a time: Expires while it rings, glare and the end of a CANCEL later. */
  #timer: Timer | undefined;

  private constructor(
    core: UserAgentCore,
    direction: "in" | "out",
    remote: Party,
    media: SessionMedia,
    opening: (context: SessionContext, session: Session) => Opening,
  ) {
    const { errors } = core.parts;
    this.onState = new Event(errors);
    this.onMedia = new Event(errors);
    this.onRequest = new Event(errors);
    this.onRefer = new Event(errors);
    this.onChangeRefused = new Event(errors);
    this.#core = core;
    this.direction = direction;
    this.remote = remote;
    this.#phase = direction === "in" ? { name: "incoming", status: 100 } : { name: "calling" };
    this.#context = new SessionContext(core, direction, media, {
      input: (input) => this.#input(input),
      tellMedia: () => this.#tellMedia(),
      phase: () => this.#phase,
    });
    this.#changes = new SessionChanges(this.#context);
    this.#referrals = new SessionReferrals(this.#context, this.onRefer, () => this.#forgetWhenOver());
    this.#opening = opening(this.#context, this);
    this.source = this.#opening.direction === "in" ? this.#opening.call.transaction.source : undefined;
  }

  /** Places a call. Events come in later turns. */
  static outgoing(core: UserAgentCore, options: InviteOptions): Session {
    const media = new SessionMedia(core.random, options.media);
    const offer = options.earlyOffer === false ? "" : media.offer();
    // Without angle brackets the parameters are the URI's own, unlike in a header (§20).
    const to = (options.to.includes("<") ? NameAddress.parse(options.to) : undefined) ?? NameAddress.of(options.to);
    const parts = { identity: options.identity, uri: to.uri, to: to.toString(), media, offer };
    const headers = inviteHeaders(options);
    const remote = { displayName: to.displayName, uri: to.uri };
    const session = new Session(core, "out", remote, media, (_context, owner) => ({
      direction: "out",
      call: new OutgoingCall(core, { ...parts, headers }, owner, owner.#callEvents()),
    }));
    session.identity = options.identity;
    if (session.#opening.direction === "out") session.#opening.call.start();
    return session;
  }

  /** Takes an INVITE that passed the checks of §8.2, with the dialog made of it. */
  static incoming(
    core: UserAgentCore,
    transaction: ServerTransaction,
    dialog: Dialog,
    replaced: Session | undefined,
  ): Session {
    const { request, source } = transaction;
    const remote = { displayName: request.from.displayName, uri: request.from.uri };
    const session = new Session(core, "in", remote, new SessionMedia(core.random), (context) => {
      context.dialog = dialog;
      context.contact = `<${core.contactUri(request.requestUri?.user ?? "", source.local)}>`;
      return { direction: "in", call: new IncomingCall(context, transaction) };
    });
    session.#replaced = replaced;
    core.dialogs.set(dialog.localTag, session);
    const limitMs = session.#opening.direction === "in" ? session.#opening.call.limitMs : undefined;
    if (limitMs !== undefined) session.#wait(limitMs, { type: "cancelled", reason: "Expired", elsewhere: false });
    return session;
  }

  get state(): SessionState {
    return visible(this.#phase);
  }

  /** The INVITE that opened it, as it came or was sent last. */
  get request(): SipRequest {
    return this.#opening.call.request;
  }

  /** As Replaces names it; "" while there is no dialog. */
  get dialogId(): string {
    return this.#context.dialog?.id ?? "";
  }

  /** For the other side of this call, so that somebody else can take our place; undefined while there is no dialog. */
  get replaceable(): DialogName | undefined {
    const { dialog } = this.#context;
    if (dialog === undefined) return undefined;
    return { callId: dialog.callId, toTag: dialog.remoteTag, fromTag: dialog.localTag, earlyOnly: false };
  }

  /** Where requests inside the call go: the other side's Contact; its URI while there is no dialog. */
  get remoteTarget(): string {
    return this.#context.dialog?.remoteTarget ?? this.remote.uri;
  }

  /** Of an INVITE with Replaces: the call whose place it takes, and which ends as soon as this one is answered. */
  get replaces(): Session | undefined {
    return this.#replaced;
  }

  /** The person wants it so; the other side learns by the re-INVITE that runs. */
  get localHold(): boolean {
    return this.#context.media.wanted?.hold ?? false;
  }

  get remoteHold(): boolean {
    return this.#context.media.negotiated?.remoteHold ?? false;
  }

  get identity(): Identity | undefined {
    return this.#context.identity;
  }

  /** Whose credentials answer challenges inside a call that came in. */
  set identity(identity: Identity | undefined) {
    this.#context.identity = identity;
  }

  /** A provisional response (§13.3.1.1); with `media`, early media is described in it where the INVITE had an offer. */
  ring(status: 180 | 181 | 182 | 183 = 180, media?: LocalMedia): void {
    if (this.#phase.name === "incoming" && this.#opening.direction === "in") this.#opening.call.ring(status, media);
  }

  /** 200. An offer that shares no codec with `media` ends the session with 488. */
  answer(media: LocalMedia): void {
    if (this.#phase.name === "incoming" && this.#opening.direction === "in") this.#opening.call.answer(media);
  }

  /** A final refusal, 300 to 699. With 3xx, `contacts` are the URIs where the caller may go. */
  reject(status: number, reason = "", contacts: readonly string[] = []): void {
    if (this.#phase.name === "incoming" && this.#opening.direction === "in")
      this.#opening.call.reject(status, reason, contacts);
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
    const { wanted } = this.#context.media;
    if (wanted !== undefined) this.setMedia({ ...wanted, hold: true });
  }

  resume(): void {
    const { wanted } = this.#context.media;
    if (wanted !== undefined) this.setMedia({ ...wanted, hold: false });
  }

  /** New address, codecs or hold state; before the call is up they are offered as soon as it is. */
  setMedia(media: LocalMedia): void {
    this.#context.media.wanted = media;
    if (!this.#context.media.settled) this.#input({ type: "change" });
  }

  /** A request inside the dialog: INFO, REFER, NOTIFY, MESSAGE, OPTIONS. Fails when there is no dialog. */
  send(method: string, content: RequestContent = {}): Promise<Outcome> {
    const { dialog, identity, contact } = this.#context;
    if (dialog === undefined || this.#phase.name === "terminated")
      return Promise.resolve({ failed: `there is no call to send ${method} in` });
    return new Promise((resolve) => {
      exchangeInside(this.#core, { dialog, identity, contact }, method, content, {
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

  /**
   * Asks the other side to call somebody (RFC 3515). Another session that is up is named by Replaces, so that its other
   * side and this one's get connected, and both of ours end by their doing (RFC 5589 §7).
   */
  transfer(target: string | Session, options: TransferOptions = {}): Transfer {
    const replaceable = typeof target === "string" ? undefined : target.replaceable;
    const plain = typeof target === "string" ? target : target.remoteTarget;
    const uri = replaceable === undefined ? plain : uriReplacing(plain, replaceable);
    return this.#referrals.send(plain, { headers: referHeaders(uri, this.#context.dialog?.local ?? "", options) });
  }

  // What the user agent passes on.

  /** Whether an INVITE with that Replaces may take the place of this session; else the status that refuses it. */
  replacement({ callId, fromTag, earlyOnly }: DialogName): 481 | 486 | 603 | undefined {
    const { dialog } = this.#context;
    const early = this.#opening.direction === "out" && this.#opening.call.dialog(callId, fromTag) !== undefined;
    const ours = dialog === undefined ? early : dialog.callId === callId && sameTag(dialog, fromTag);
    return ours ? replacementRefusal(this.direction, this.#phase, earlyOnly) : 481;
  }

  /** The user agent stops: nothing of this session shall wait for the other side any longer than its BYE does. */
  close(): void {
    this.hangUp();
    this.#referrals.close();
  }

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
    const incoming = new IncomingRequest(this.#core, transaction);
    if (this.#referrals.receive(incoming)) return;
    if (this.#phase.name === "terminated") refuse(this.#core, transaction, { status: 481 });
    else if (request.method === "INVITE") this.#changes.receive(transaction);
    else if (request.method !== "REFER" || !this.#referrals.refer(incoming))
      answerInside(this.#core, incoming, this.onRequest);
  }

  acknowledge(request: SipRequest): void {
    if (this.#context.acceptedSequence !== request.cseq.number || this.#dialogOf(request) === undefined) return;
    this.#context.stopAccepting();
    const phase = this.#phase;
    const offered =
      (phase.name === "accepted" && phase.offered) ||
      (phase.name === "established" && phase.change === "theirs-offered");
    // The answer first: what the input starts may be the next offer.
    const taken = offered ? this.#context.media.takeAnswer(description(request)) : undefined;
    this.#input({ type: "ack" });
    if (taken?.ok === true) this.#tellMedia();
    if (taken?.ok === false) this.#input({ type: "broken", status: taken.status, reason: taken.why });
  }

  stray(response: SipResponse): void {
    if (response.cseq.method !== "INVITE" || response.status < 200 || response.status > 299) return;
    if (this.#changes.stray(response)) return;
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
    if (ends) this.#end();
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
        if (this.#opening.direction === "in") this.#opening.call.respond(effect.status, effect.reason);
        return;
      case "accept":
        this.#timer?.cancel();
        if (this.#opening.direction === "in") this.#opening.call.accept();
        // RFC 3891 §3: the old call ends once the new one is accepted.
        this.#replaced?.hangUp();
        return;
      case "send-change":
        this.#changes.sendOurs();
        return;
      case "wait-retry":
        // The wish stays, the offer does not: theirs may come first.
        this.#context.media.withdraw(false);
        this.#wait(this.#changes.retryMs(effect.retryAfter), { type: "retry" });
        return;
      case "change-over":
        if (!this.#context.media.settled) this.#input({ type: "change" });
        return;
      case "change-undone":
        this.#context.media.withdraw(true);
        this.onChangeRefused.emit({ status: effect.status, reason: effect.reason });
        return;
      case "take-their-invite":
        this.#changes.takeTheirs();
        return;
      case "refuse-their-invite":
        this.#changes.refuseTheirs(effect.status);
        return;
      default:
        effect satisfies never;
    }
  }

  /** Everything of the call stops. */
  #end(): void {
    this.#timer?.cancel();
    this.#context.stopAccepting();
    this.#changes.close();
    if (this.#opening.direction === "in") this.#opening.call.close();
    this.#forgetWhenOver();
  }

  /** The user agent forgets it once a BYE, if one is on its way, has its answer, and no NOTIFY is to come or to go. */
  #forgetWhenOver(): void {
    if (this.#phase.name !== "terminated" || this.#byeRuns || this.#referrals.open) return;
    if (this.#opening.direction === "out") this.#opening.call.close();
    const tag = this.#context.dialog?.localTag;
    if (tag !== undefined) this.#core.dialogs.delete(tag);
  }

  #wait(ms: number, input: SessionInput): void {
    this.#timer?.cancel();
    this.#timer = this.#core.parts.clock.after(ms, () => this.#input(input));
  }

  #tellMedia(): void {
    const { negotiated } = this.#context.media;
    if (negotiated !== undefined) this.onMedia.emit(negotiated);
  }

  #callEvents() {
    return {
      progress: (status: number, early: NegotiatedMedia | undefined) => {
        this.#input({ type: "provisional", status });
        if (early !== undefined && this.#phase.name === "proceeding") this.onMedia.emit(early);
      },
      answered: (dialog: Dialog, media: SessionMedia, why: string | undefined) => {
        const context = this.#context;
        media.wanted = context.media.wanted;
        context.media = media;
        context.dialog = dialog;
        context.contact = this.#opening.direction === "out" ? this.#opening.call.contact : "";
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

  #dialogOf(request: SipRequest): Dialog | undefined {
    const tag = request.from.tag ?? "";
    const { dialog } = this.#context;
    if (dialog !== undefined) return dialog.callId === request.callId && dialog.remoteTag === tag ? dialog : undefined;
    return this.#opening.direction === "out" ? this.#opening.call.dialog(request.callId, tag) : undefined;
  }

  #onBye(transaction: ServerTransaction, dialog: Dialog): void {
    transaction.respond(this.#context.plain(transaction.request, 200));
    // One branch of a fork gave up; others still ring.
    if (this.#context.dialog === undefined && this.#opening.direction === "out")
      if (!this.#opening.call.dropDialog(dialog.remoteTag)) return;
    const reason = reasonsOf(transaction.request).find((r) => r.text !== "")?.text ?? "";
    this.#input({ type: "bye", reason });
  }

  #reasonHeaders(cause: number): ExtraHeaders {
    return this.#hangUpReason === "" ? [] : [["Reason", reasonHeader(cause, this.#hangUpReason)]];
  }

  #sendBye(): void {
    const { dialog, identity, contact } = this.#context;
    if (dialog === undefined) return;
    this.#byeRuns = true;
    const done = () => {
      this.#byeRuns = false;
      this.#forgetWhenOver();
    };
    const content = { headers: this.#reasonHeaders(200) };
    exchangeInside(this.#core, { dialog, identity, contact }, "BYE", content, { final: done, failed: done });
  }
}

/** RFC 3891 §6.2: a peer of RFC 2543 without a tag is named by a from-tag of 0. */
function sameTag({ remoteTag }: Dialog, fromTag: string): boolean {
  return remoteTag === fromTag || (remoteTag === "" && fromTag === "0");
}
