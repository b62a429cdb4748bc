/**
 * The machine of a session at work: carries out what session-state.ts says, hands what comes in to the parts of the
 * session, and ends them. What users of a session see is session.ts.
 */
import type { Timer } from "../../hal/clock.ts";
import type { Event } from "../base/event.ts";
import type { NegotiatedMedia } from "../sdp/media.ts";
import type { Dialog } from "./dialog.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { description, IncomingRequest, refuse } from "./out-of-dialog.ts";
import type { Referral } from "./referral.ts";
import { SessionChanges } from "./session-changes.ts";
import { SessionContext } from "./session-context.ts";
import type { IncomingCall } from "./session-incoming.ts";
import { exchangeInside } from "./session-inside.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import type { SessionLending } from "./session-lending.ts";
import type { SessionMedia } from "./session-media.ts";
import type { OutgoingCall } from "./session-outgoing.ts";
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
import { SessionUpdates } from "./session-updates.ts";
import type { ServerTransaction } from "./transactions.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

/** How the first INVITE runs, by direction. */
export type Opening =
  | { readonly direction: "out"; readonly call: OutgoingCall }
  | { readonly direction: "in"; readonly call: IncomingCall };

export interface SessionEvents {
  readonly onState: Event<SessionState>;
  readonly onMedia: Event<NegotiatedMedia>;
  readonly onRequest: Event<IncomingRequest>;
  readonly onRefer: Event<Referral>;
  readonly onChangeRefused: Event<{ readonly status: number; readonly reason: string }>;
  readonly onIdentity: Event<SipMessage>;
  /** The 2xx of the INVITE goes out. */
  accepting(): void;
}

export class SessionRunner {
  readonly context: SessionContext;
  readonly opening: Opening;
  readonly referrals: SessionReferrals;
  readonly #core: UserAgentCore;
  readonly #events: SessionEvents;
  readonly #changes: SessionChanges;
  readonly #updates: SessionUpdates;
  #phase: SessionPhase;
  #inputs: SessionInput[] = [];
  #running = false;
  #hangUpReason = "";
  #byeRuns = false;
  /** One at a time: Expires while it rings, glare and the end of a CANCEL later. */
  #timer: Timer | undefined;

  constructor(
    core: UserAgentCore,
    direction: "in" | "out",
    media: SessionMedia,
    events: SessionEvents,
    opening: (runner: SessionRunner) => Opening,
  ) {
    this.#core = core;
    this.#events = events;
    this.#phase = direction === "in" ? { name: "incoming", status: 100 } : { name: "calling" };
    this.context = new SessionContext(core, direction, media, {
      input: (input) => this.input(input),
      tellMedia: (changed) => this.#tellMedia(changed),
      phase: () => this.#phase,
      refresh: () => this.#updates.refresh(),
    });
    this.#changes = new SessionChanges(this.context);
    this.#updates = new SessionUpdates(this.context);
    this.referrals = new SessionReferrals(this.context, events.onRefer, () => this.#forgetWhenOver());
    this.opening = opening(this);
    const limitMs = this.opening.direction === "in" ? this.opening.call.limitMs : undefined;
    if (limitMs !== undefined) this.#wait(limitMs, { type: "cancelled", reason: "Expired", elsewhere: false });
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  hangUp(reason: string): void {
    this.#hangUpReason = reason;
    const up = this.#phase.name === "established" || this.#phase.name === "accepted";
    this.input({ type: "hang-up", status: up ? 200 : 487, reason });
  }

  /** What is wanted differs from what was agreed on. */
  change(): void {
    const early = this.#early();
    if (early !== undefined) this.#updates.offer(early.dialog, early.media);
    else this.input({ type: "change" });
  }

  get lending(): SessionLending {
    return this.#changes.lending;
  }

  // What the user agent passes on.

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const dialog = this.dialogOf(request.callId, request.from.tag ?? "");
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
    if (this.referrals.receive(incoming)) return;
    if (this.#phase.name === "terminated") refuse(this.#core, transaction, { status: 481 });
    else this.#onRequest(incoming, transaction, dialog);
  }

  acknowledge(request: SipRequest): void {
    const { context } = this;
    if (context.acceptedSequence !== request.cseq.number) return;
    if (this.dialogOf(request.callId, request.from.tag ?? "") === undefined) return;
    context.stopAccepting();
    const phase = this.#phase;
    const offered =
      (phase.name === "accepted" && phase.offered) ||
      (phase.name === "established" && phase.change === "theirs-offered");
    const answered = phase.name === "accepted" && this.context.direction === "in";
    // The answer first: what the input starts may be the next offer.
    const taken = offered ? context.media.takeAnswer(description(request)) : undefined;
    if (answered && taken?.ok !== false) this.#updates.identifyOnce();
    this.input({ type: "ack" });
    if (taken?.ok === true) this.#tellMedia();
    if (taken?.ok === false) this.input({ type: "broken", status: taken.status, reason: taken.why });
  }

  stray(response: SipResponse): void {
    if (response.cseq.method !== "INVITE" || response.status < 200 || response.status > 299) return;
    if (this.#changes.stray(response)) return;
    if (this.opening.direction === "out") this.opening.call.stray(response);
  }

  dialogOf(callId: string, remoteTag: string): Dialog | undefined {
    const { dialog } = this.context;
    if (dialog !== undefined) return dialog.callId === callId && dialog.remoteTag === remoteTag ? dialog : undefined;
    return this.opening.direction === "out" ? this.opening.call.dialog(callId, remoteTag) : undefined;
  }

  // What the outgoing call tells.

  progress(response: SipResponse, early: NegotiatedMedia | undefined): void {
    this.context.hear(response);
    if (this.opening.direction === "out") this.context.contact = this.opening.call.contact;
    this.input({ type: "provisional", status: response.status });
    if (this.#phase.name !== "proceeding") return;
    if (early !== undefined) this.#events.onMedia.emit(early);
    this.#events.onIdentity.emit(response);
  }

  answered(response: SipResponse, dialog: Dialog, media: SessionMedia, why: string | undefined): void {
    const { context, opening } = this;
    if (opening.direction !== "out") return;
    media.wanted = context.media.wanted;
    context.media = media;
    context.dialog = dialog;
    context.contact = opening.call.contact;
    context.hear(response);
    const live = this.#phase.name !== "cancelling";
    if (live) {
      this.#timer?.cancel();
      context.timer.accepted(opening.call.request, response);
    }
    this.input({ type: "answered" });
    if (!live) return;
    if (why === undefined) this.#tellMedia();
    else this.input({ type: "broken", status: 488, reason: why });
    this.#events.onIdentity.emit(response);
  }

  refused(status: number, reason: string): void {
    this.input({ type: "refused", status, reason });
  }

  // The machine and its effects.

  /** Inputs that listeners cause while one is worked on wait for their turn. */
  input(input: SessionInput): void {
    this.#inputs.push(input);
    if (this.#running) return;
    this.#running = true;
    for (let queued = this.#inputs.shift(); queued !== undefined; queued = this.#inputs.shift()) this.#step(queued);
    this.#running = false;
  }

  #step(input: SessionInput): void {
    const before = visible(this.#phase);
    const [phase, effects] = next(this.#phase, input);
    const ends = phase.name === "terminated" && this.#phase.name !== "terminated";
    this.#phase = phase;
    for (const effect of effects) this.#carryOut(effect);
    const after = visible(this.#phase);
    if (after !== before && (after.name !== before.name || after.name === "proceeding"))
      this.#events.onState.emit(after);
    if (ends) this.#end();
  }

  #carryOut(effect: SessionEffect): void {
    const { opening } = this;
    switch (effect.type) {
      case "cancel":
        if (opening.direction === "out") opening.call.cancel(this.#reasonHeaders(487));
        // No final response within 64*T1 of a CANCEL: the INVITE is as good as cancelled (§9.1).
        this.#wait(64 * this.#core.timers.t1Ms, { type: "abandoned" });
        return;
      case "bye":
        this.#sendBye();
        return;
      case "respond":
        if (opening.direction === "in") opening.call.respond(effect.status, effect.reason);
        return;
      case "accept":
        this.#timer?.cancel();
        if (opening.direction === "in") opening.call.accept();
        this.#events.accepting();
        return;
      case "send-change":
        this.#changes.sendOurs();
        return;
      case "send-lend":
        this.#changes.sendLend();
        return;
      case "lend-undone":
        this.#changes.lending.refused(effect.reason);
        return;
      case "wait-retry":
        this.#changes.lending.wait();
        // The wish stays, the offer does not: theirs may come first.
        this.context.media.withdraw(false);
        this.#wait(this.#changes.retryMs(effect.retryAfter), { type: "retry" });
        return;
      case "change-over":
        if (this.lending.due) this.input({ type: "lend" });
        else if (!this.context.media.settled) this.input({ type: "change" });
        else this.#updates.identify();
        return;
      case "change-undone":
        this.context.media.withdraw(true);
        // A hold that was refused holds nobody who could hear music.
        if (this.context.media.wanted?.hold !== true) this.lending.drop();
        this.#events.onChangeRefused.emit({ status: effect.status, reason: effect.reason });
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
    this.context.close();
    this.#changes.close();
    if (this.opening.direction === "in") this.opening.call.close();
    this.#forgetWhenOver();
  }

  /** The user agent forgets it once a BYE, if one is on its way, has its answer, and no NOTIFY is to come or to go. */
  #forgetWhenOver(): void {
    if (this.#phase.name !== "terminated" || this.#byeRuns || this.referrals.open) return;
    if (this.opening.direction === "out") this.opening.call.close();
    const tag = this.context.dialog?.localTag;
    if (tag !== undefined) this.#core.dialogs.delete(tag);
  }

  #wait(ms: number, input: SessionInput): void {
    this.#timer?.cancel();
    this.#timer = this.#core.parts.clock.after(ms, () => this.input(input));
  }

  #tellMedia(media: SessionMedia = this.context.media): void {
    const { negotiated } = media;
    if (negotiated !== undefined) this.#events.onMedia.emit(negotiated);
  }

  // Requests inside the dialog.

  #onRequest(incoming: IncomingRequest, transaction: ServerTransaction, dialog: Dialog): void {
    const { opening } = this;
    switch (incoming.request.method) {
      case "INVITE":
        if (this.#changes.receive(transaction)) this.#events.onIdentity.emit(incoming.request);
        return;
      case "UPDATE":
        if (this.#updates.receive(transaction, dialog, this.#mediaOf(dialog), this.#ready()))
          this.#events.onIdentity.emit(incoming.request);
        return;
      case "PRACK":
        if (opening.direction === "in" && opening.call.receivePrack(transaction)) return;
        break;
      case "REFER":
        if (this.referrals.refer(incoming)) return;
        break;
    }
    answerInside(this.#core, incoming, this.#events.onRequest);
  }

  #mediaOf(dialog: Dialog): SessionMedia | undefined {
    const { context, opening } = this;
    if (context.dialog !== undefined || opening.direction === "in") return context.media;
    return opening.call.earlyMedia(dialog.remoteTag);
  }

  /** Whether an offer may come by UPDATE: not while theirs has no answer that they are sure to have (RFC 3311 §5.1). */
  #ready(): boolean {
    if (this.lending.open) return false;
    return this.#phase.name !== "incoming" || (this.opening.direction === "in" && this.opening.call.agreed);
  }

  /** Where an early dialog can be changed by UPDATE (RFC 3311 §5.1). */
  #early(): { readonly dialog: Dialog; readonly media: SessionMedia } | undefined {
    const { context, opening } = this;
    if (!context.peerAllows("UPDATE")) return undefined;
    if (opening.direction === "out") return this.#phase.name === "proceeding" ? opening.call.agreedEarly() : undefined;
    const { dialog, media } = context;
    return this.#phase.name === "incoming" && opening.call.agreed && dialog !== undefined
      ? { dialog, media }
      : undefined;
  }

  #onBye(transaction: ServerTransaction, dialog: Dialog): void {
    transaction.respond(this.context.plain(transaction.request, 200));
    // One branch of a fork gave up; others still ring.
    if (this.context.dialog === undefined && this.opening.direction === "out")
      if (!this.opening.call.dropDialog(dialog.remoteTag)) return;
    const reason = reasonsOf(transaction.request).find((r) => r.text !== "")?.text ?? "";
    this.input({ type: "bye", reason });
  }

  #reasonHeaders(cause: number): ExtraHeaders {
    return this.#hangUpReason === "" ? [] : [["Reason", reasonHeader(cause, this.#hangUpReason)]];
  }

  #sendBye(): void {
    const { dialog, identity, contact } = this.context;
    if (dialog === undefined) return;
    // §13.2.2.4: whoever answered our re-INVITE is sent its ACK, also where the call is over.
    this.lending.close();
    this.#byeRuns = true;
    const done = () => {
      this.#byeRuns = false;
      this.#forgetWhenOver();
    };
    const content = { headers: this.#reasonHeaders(200) };
    exchangeInside(this.#core, { dialog, identity, contact }, "BYE", content, { final: done, failed: done });
  }
}
