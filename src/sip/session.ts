/**
 * A call as seen from one end: RFC 3261 §13 to §15: what phone/ sees and asks for. How it runs is session-runner.ts. It
 * knows no accounts, ringing or media streams.
 */
import { Event } from "../base/event.ts";
import type { ChosenPath, HoldStyle, LocalMedia, NegotiatedMedia } from "../sdp/media.ts";
import { NameAddress } from "./address.ts";
import type { Dialog } from "./dialog.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import type { IncomingRequest } from "./out-of-dialog.ts";
import type { Referral } from "./referral.ts";
import { type DialogName, replacementRefusal, takeoverTargetOf, uriReplacing } from "./replaces.ts";
import { sessionIdOf } from "./session-id.ts";
import { IncomingCall } from "./session-incoming.ts";
import { exchangeInside, type RequestContent } from "./session-inside.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import type { Lender, LendingMoment } from "./session-lending.ts";
import { SessionMedia } from "./session-media.ts";
import {
  type InviteOptions,
  inviteHeaders,
  type Outcome,
  type Party,
  referHeaders,
  shownIdentity,
  type TransferOptions,
} from "./session-options.ts";
import { OutgoingCall } from "./session-outgoing.ts";
import { PassedMedia } from "./session-passed.ts";
import { type Opening, SessionRunner } from "./session-runner.ts";
import { type SessionState, visible } from "./session-state.ts";
import type { ServerTransaction, Source } from "./transactions.ts";
import type { Transfer } from "./transfer.ts";
import type { DialogOwner, Identity, UserAgentCore } from "./user-agent-core.ts";

export type { RequestContent } from "./session-inside.ts";
export type { InviteOptions, Outcome, Party, TransferOptions } from "./session-options.ts";

export class Session implements DialogOwner {
  readonly direction: "in" | "out";
  readonly remote: Party;
  /** Where the INVITE came from; undefined for outgoing ones. */
  readonly source: Source | undefined;
  readonly onState: Event<SessionState>;
  /** Each time offer and answer complete, early media included. */
  readonly onMedia: Event<NegotiatedMedia>;
  /** Requests inside the dialog that the session has no use for itself. Nobody takes it: the session answers. */
  readonly onRequest: Event<IncomingRequest>;
  /** The other side wants us to call somebody. Nobody takes it: `onRequest`, then 603. */
  readonly onRefer: Event<Referral>;
  /** A hold, resume or change of media was refused; what was agreed before goes on. */
  readonly onChangeRefused: Event<{ readonly status: number; readonly reason: string }>;
  /**
   * A message of the other side that may say who it is: responses to our INVITE, re-INVITE and UPDATE that were
   * accepted (RFC 3325, RFC 4916). identity-headers.ts reads them.
   */
  readonly onIdentity: Event<SipMessage>;
  readonly #core: UserAgentCore;
  readonly #runner: SessionRunner;
  #replaced: Session | undefined;
  #holdStyle: HoldStyle | undefined;

  private constructor(
    core: UserAgentCore,
    direction: "in" | "out",
    parts: { readonly remote: Party; readonly media: SessionMedia; readonly source?: Source },
    opening: (runner: SessionRunner, session: Session) => Opening,
  ) {
    const { errors } = core.parts;
    this.onState = new Event(errors);
    this.onMedia = new Event(errors);
    this.onRequest = new Event(errors);
    this.onRefer = new Event(errors);
    this.onChangeRefused = new Event(errors);
    this.onIdentity = new Event(errors);
    this.#core = core;
    this.direction = direction;
    this.remote = parts.remote;
    this.source = parts.source;
    const { onState, onMedia, onRequest, onRefer, onChangeRefused, onIdentity } = this;
    // RFC 3891 §3: the old call ends once the new one is accepted.
    const accepting = () => this.#replaced?.hangUp();
    const events = { onState, onMedia, onRequest, onRefer, onChangeRefused, onIdentity, accepting };
    this.#runner = new SessionRunner(core, direction, parts.media, events, (runner) => opening(runner, this));
  }

  /** Places a call. Events come in later turns. */
  static outgoing(core: UserAgentCore, options: InviteOptions): Session {
    const identity = shownIdentity(options);
    const media =
      typeof options.media === "string" ? new PassedMedia(options.media) : new SessionMedia(core.random, options.media);
    const offer = options.earlyOffer === false ? "" : media.offer();
    // Without angle brackets the parameters are the URI's own, unlike in a header (§20).
    const to = (options.to.includes("<") ? NameAddress.parse(options.to) : undefined) ?? NameAddress.of(options.to);
    const headers = inviteHeaders(options);
    const remote = { displayName: to.displayName, uri: to.uri };
    return new Session(core, "out", { remote, media }, (runner, owner) => {
      const { timer } = runner.context;
      runner.context.identity = identity;
      const parts = { identity, uri: to.uri, to: to.toString(), media, offer, headers, timer };
      const call = new OutgoingCall(core, parts, owner, runner);
      call.start();
      return { direction: "out", call };
    });
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
    const parts = { remote, media: new SessionMedia(core.random), source };
    const session = new Session(core, "in", parts, ({ context }) => {
      context.dialog = dialog;
      const theirs = sessionIdOf(request);
      if (theirs !== undefined) dialog.sessionId = { local: core.sessionIds.of(request.callId), remote: theirs.local };
      const seenAs = core.calledAt(request.requestUri);
      context.contact = `<${core.contactUri(request.requestUri?.user ?? "", source.local, isSecure(request), seenAs)}>`;
      return { direction: "in", call: new IncomingCall(context, transaction) };
    });
    session.#replaced = replaced;
    core.dialogs.set(dialog.localTag, session);
    return session;
  }

  get state(): SessionState {
    return visible(this.#runner.phase);
  }

  /** The INVITE that opened it, as it came or was sent last. */
  get request(): SipRequest {
    return this.#runner.opening.call.request;
  }

  /** As Replaces names it; "" while there is no dialog. */
  get dialogId(): string {
    return this.#runner.context.dialog?.id ?? "";
  }

  /** For the other side of this call, so that somebody else can take our place; undefined while there is no dialog. */
  get replaceable(): DialogName | undefined {
    const { dialog } = this.#runner.context;
    if (dialog === undefined) return undefined;
    return { callId: dialog.callId, toTag: dialog.remoteTag, fromTag: dialog.localTag, earlyOnly: false };
  }

  /** Where requests inside the call go: the other side's Contact; its URI while there is no dialog. */
  get remoteTarget(): string {
    return this.#runner.context.dialog?.remoteTarget ?? this.remote.uri;
  }

  /** The other side is the focus of a conference, as its Contact says (RFC 4579 §4.2). */
  get remoteIsFocus(): boolean {
    return this.#runner.context.peerIsFocus;
  }

  /** Of an INVITE with Replaces: the call whose place it takes, and which ends as soon as this one is answered. */
  get replaces(): Session | undefined {
    return this.#replaced;
  }

  /** The person wants it so; the other side learns by the re-INVITE that runs. */
  get localHold(): boolean {
    return this.#runner.context.media.wanted?.hold ?? false;
  }

  get remoteHold(): boolean {
    return this.#runner.context.media.negotiated?.remoteHold ?? false;
  }

  get identity(): Identity | undefined {
    return this.#runner.context.identity;
  }

  /** Whose credentials answer challenges inside a call that came in, and whose proxy its requests pass. */
  set identity(identity: Identity | undefined) {
    const { context } = this.#runner;
    context.identity = identity;
    if (context.dialog !== undefined) context.dialog.outbound = () => identity?.servers?.outboundInDialog;
  }

  /** A provisional response (§13.3.1.1); with `media`, early media is described in it. */
  ring(status: 180 | 181 | 182 | 183 = 180, media?: LocalMedia): void {
    this.#ringing?.ring(status, media);
  }

  /** 200. An offer that shares no codec with `media` ends the session with 488. */
  answer(media: LocalMedia): void {
    this.#ringing?.answer(media);
  }

  /** A final refusal, 300 to 699. With 3xx, `contacts` are the URIs where the caller may go; `headers` go along. */
  reject(status: number, reason = "", contacts: readonly string[] = [], headers: ExtraHeaders = []): void {
    this.#ringing?.reject(status, reason, contacts, headers);
  }

  /** CANCEL, BYE, or 486, as the state asks for. `reason` is told to the other side in a Reason header. */
  hangUp(reason = ""): void {
    const ringing = this.#ringing;
    if (ringing === undefined) this.#runner.hangUp(reason);
    else ringing.reject(486, "", []);
  }

  /** The call that came in, while it waits for its answer. */
  get #ringing(): IncomingCall | undefined {
    const { opening, phase } = this.#runner;
    return phase.name === "incoming" && opening.direction === "in" ? opening.call : undefined;
  }

  hold(): void {
    const { wanted } = this.#runner.context.media;
    if (wanted === undefined) return;
    const holdStyle = this.#holdStyle ?? wanted.holdStyle;
    this.#holdStyle = undefined;
    this.setMedia({ ...wanted, hold: true, holdStyle });
  }

  resume(): void {
    const { wanted } = this.#runner.context.media;
    if (wanted === undefined) return;
    const holdStyle = this.#holdStyle ?? wanted.holdStyle;
    this.#holdStyle = undefined;
    this.setMedia({ ...wanted, hold: false, holdStyle });
  }

  /** Other keys for encrypted media (RFC 3711 §9.2, RFC 4568 §7.1.4); without it nothing. @param seed 32 random bytes */
  renewKeys(seed: Uint8Array): void {
    const { wanted } = this.#runner.context.media;
    if (wanted?.srtp !== undefined) this.setMedia({ ...wanted, srtp: { ...wanted.srtp, seed } });
  }

  /**
   * Holds, and lets the other side hear somebody else (RFC 7088 §2.1): `lender` is given its offer for `lendAnswer`. It
   * ends by `resume`, by `lendNoMore`, or where the other side wants something new, which the lender is told.
   */
  lend(lender: Lender, moment: LendingMoment): void {
    const { context, lending } = this.#runner;
    const { wanted } = context.media;
    if (wanted === undefined) return;
    lending.wish(lender, moment);
    if (moment === "instead of hold") context.media.wanted = { ...wanted, hold: true };
    else if (!wanted.hold) this.hold();
    if (lending.due) this.#runner.input({ type: "lend" });
  }

  /** The description that the other side's offer is answered by; undefined: an ordinary hold. */
  lendAnswer(description: string | undefined): void {
    this.#runner.lending.answer(description);
  }

  /** The call stays held, and nobody is heard. */
  lendNoMore(): void {
    this.#runner.lending.drop();
    if (this.#runner.context.media.takeBack()) this.#runner.change();
  }

  /** Their description as it came last; "" while there is none. Of calls that pass on somebody else's. */
  get theirDescription(): string {
    const { media } = this.#runner.context;
    return media instanceof PassedMedia ? media.theirs : "";
  }

  /** Held or not, said in that way this once. */
  setHold(hold: boolean, holdStyle: HoldStyle): void {
    const { wanted } = this.#runner.context.media;
    if (wanted === undefined) return;
    // What comes after it is said in the account's own way again.
    const style = this.#holdStyle ?? wanted.holdStyle;
    this.#holdStyle = hold ? style : undefined;
    this.setMedia({ ...wanted, hold, holdStyle: hold ? holdStyle : style });
  }

  /** New address, codecs or hold state; before the call is up they are offered as soon as it is. */
  setMedia(media: LocalMedia): void {
    this.#runner.context.media.wanted = media;
    if (!media.hold) this.#runner.lending.drop();
    if (!this.#runner.context.media.settled) this.#runner.change();
  }

  /** What the checks of ICE chose; where we control them, a new offer tells it if it was not said yet (RFC 8839 §4.4.1). */
  choosePath(controlling: boolean, chosen: ChosenPath): void {
    if (!controlling) return;
    if (this.#runner.phase.name === "established") {
      if (this.#runner.context.media.choose(chosen)) this.#runner.change();
      return;
    }
    // Chosen by early media: told once the call is up.
    const stop = this.onState.on((state) => {
      if (state.name === "proceeding") return;
      stop();
      if (state.name === "established") this.choosePath(controlling, chosen);
    });
  }

  /** The far end does not answer where ICE had found it: new checks are offered (RFC 8445 §9). False without ICE. */
  restartIce(): boolean {
    if (this.#runner.phase.name !== "established" || !this.#runner.context.media.restartIce()) return false;
    this.#runner.change();
    return true;
  }

  /** A request inside the dialog: INFO, REFER, NOTIFY, MESSAGE, OPTIONS. Fails when there is no dialog. */
  send(method: string, content: RequestContent = {}): Promise<Outcome> {
    const { dialog, identity, contact } = this.#runner.context;
    if (dialog === undefined || this.#runner.phase.name === "terminated")
      return Promise.resolve({ failed: `there is no call to send ${method} in` });
    return new Promise((resolve) => {
      exchangeInside(this.#core, { dialog, identity, contact }, method, content, {
        final: (response) => {
          // The other side has forgotten the dialog (§12.2.1.2).
          if (response.status === 481) this.#runner.input({ type: "broken", status: 481, reason: response.reason });
          resolve({ response });
        },
        failed: (status, message) => {
          // No answer at all says the same (§12.2.1.2).
          if (status === 408) this.#runner.input({ type: "broken", status, reason: message });
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
    const plain = typeof target === "string" ? target : takeoverTargetOf(target.remoteTarget, target.remote.uri);
    const uri = replaceable === undefined ? plain : uriReplacing(plain, replaceable);
    return this.#runner.referrals.send(plain, {
      headers: referHeaders(uri, this.#runner.context.dialog?.local ?? "", options),
    });
  }

  // What the user agent passes on.

  /** The machine has another address: from now on our Contact says it; the next re-INVITE tells the other side. */
  moved(from: string, to: string): void {
    this.#runner.context.moved(from, to);
  }

  /** Whether an INVITE with that Replaces may take the place of this session; else the status that refuses it. */
  replacement({ callId, fromTag, earlyOnly }: DialogName): 481 | 486 | 603 | undefined {
    // RFC 3891 §6.2: a peer of RFC 2543 without a tag is named by a from-tag of 0.
    const found =
      this.#runner.dialogOf(callId, fromTag) ?? (fromTag === "0" ? this.#runner.dialogOf(callId, "") : undefined);
    return found === undefined ? 481 : replacementRefusal(this.direction, this.#runner.phase, earlyOnly);
  }

  receive(transaction: ServerTransaction): void {
    this.#runner.receive(transaction);
  }

  acknowledge(request: SipRequest): void {
    this.#runner.acknowledge(request);
  }

  stray(response: SipResponse): void {
    this.#runner.stray(response);
  }

  /** The user agent stops: nothing of this session shall wait for the other side any longer than its BYE does. */
  close(): void {
    this.hangUp();
    this.#runner.referrals.close();
  }
}

/** §12.1.1: the caller wants every hop of the dialog to be encrypted, ours too. */
function isSecure(request: SipRequest): boolean {
  const hop = request.values("Record-Route")[0] ?? request.header("Contact") ?? "";
  return /^sips:/i.test(request.uri) || /<sips:/i.test(hop);
}
