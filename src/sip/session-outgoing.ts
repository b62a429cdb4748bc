/**
 * The caller's search for somebody who answers: legs of INVITE one after another as redirections lead (RFC 3261
 * §8.1.3.4), early media of each branch (§13.2.2.1). What follows the answer is the session's.
 */
import type { NegotiatedMedia } from "../sdp/media.ts";
import type { Dialog } from "./dialog.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { description } from "./out-of-dialog.ts";
import { addContacts, beginRedirects, nextTarget, type RedirectState } from "./redirect.ts";
import { type ExtraHeaders, OutgoingInvite } from "./session-invite.ts";
import type { SessionMedia } from "./session-media.ts";
import { refusalText } from "./session-reason.ts";
import { reliableSequence } from "./session-reliable.ts";
import type { SessionTimer } from "./session-timer-run.ts";
import type { DialogOwner, Identity, UserAgentCore } from "./user-agent-core.ts";

export interface OutgoingCallParts {
  readonly identity: Identity;
  readonly uri: string;
  readonly to: string;
  readonly headers: ExtraHeaders;
  /** Holds the early offer where there is one. */
  readonly media: SessionMedia;
  readonly offer: string;
  readonly timer: SessionTimer;
}

export interface OutgoingCallEvents {
  progress(response: SipResponse, early: NegotiatedMedia | undefined): void;
  /** Acknowledged already; `why` says what keeps the call from going on. */
  answered(response: SipResponse, dialog: Dialog, media: SessionMedia, why: string | undefined): void;
  refused(status: number, reason: string): void;
}

export class OutgoingCall {
  #core: UserAgentCore;
  #parts: OutgoingCallParts;
  #on: OutgoingCallEvents;
  #owner: DialogOwner;
  #leg: OutgoingInvite;
  #legs: OutgoingInvite[] = [];
  #redirects: RedirectState;
  /** One for all legs (RFC 7989 §6). */
  #sessionId: string;
  #searching = true;
  /** Early dialogs answer one offer, each in its own way. */
  #early = new Map<string, SessionMedia>();
  /** Last RSeq of each early dialog (RFC 3262 §4). */
  #reliable = new Map<string, number>();

  constructor(core: UserAgentCore, parts: OutgoingCallParts, owner: DialogOwner, on: OutgoingCallEvents) {
    this.#core = core;
    this.#parts = parts;
    this.#on = on;
    this.#owner = owner;
    this.#sessionId = parts.identity.conduct?.sessionId === true ? core.sessionIds.of(core.callId()) : "";
    this.#redirects = beginRedirects(parts.uri);
    this.#leg = this.#makeLeg(parts.uri);
  }

  start(): void {
    this.#leg.start();
  }

  /** The INVITE as sent last. */
  get request(): SipRequest {
    return this.#leg.request;
  }

  /** Contact of the leg that runs or was answered. */
  get contact(): string {
    return this.#leg.contact;
  }

  /** No further target is tried; the leg that runs is cancelled (§9.1). */
  cancel(headers: ExtraHeaders): void {
    this.#searching = false;
    this.#leg.cancel(headers);
  }

  dialog(callId: string, remoteTag: string): Dialog | undefined {
    return this.#leg.callId === callId ? this.#leg.dialog(remoteTag) : undefined;
  }

  /** One branch hung up by itself; true when no other is left. */
  dropDialog(remoteTag: string): boolean {
    this.#leg.dropDialog(remoteTag);
    return this.#leg.dialogs === 0;
  }

  stray(response: SipResponse): void {
    for (const leg of this.#legs) if (leg.callId === response.callId) leg.stray(response);
  }

  /** The user agent forgets our tags. */
  close(): void {
    for (const leg of this.#legs) {
      this.#core.dialogs.delete(leg.localTag);
      this.#core.sessionIds.drop(leg.callId);
    }
  }

  #makeLeg(uri: string): OutgoingInvite {
    const { identity, to, headers, offer, timer } = this.#parts;
    // Deviates from RFC 3261 §8.1.3.4, which would keep the Call-ID of a redirected request: the guide's flows have
    // the new INVITE come with a Call-ID of its own, and a PBX that knows the old one may refuse it as looped (CAL-34).
    const leg = new OutgoingInvite(
      this.#core,
      {
        identity,
        uri,
        to,
        headers,
        offer,
        timerHeaders: () => timer.requestHeaders(identity.conduct?.timer),
        sessionId: this.#sessionId,
      },
      {
        progress: (response, dialog) => this.#onProgress(leg, response, dialog),
        answered: (response, dialog) => this.#onAnswered(leg, response, dialog),
        refused: (response) => this.#onRefused(leg, response),
        failed: (status, message) => this.#next(leg, status, message, status !== 487),
      },
    );
    this.#legs.push(leg);
    if (this.#sessionId !== "") this.#core.sessionIds.keep(leg.callId, this.#sessionId);
    this.#core.dialogs.set(leg.localTag, this.#owner);
    return leg;
  }

  #onProgress(leg: OutgoingInvite, response: SipResponse, dialog: Dialog | undefined): void {
    if (leg !== this.#leg) return;
    const sequence = dialog === undefined ? undefined : reliableSequence(response);
    if (dialog !== undefined && sequence !== undefined && !this.#inOrder(dialog.remoteTag, sequence)) return;
    const text = description(response);
    let early: NegotiatedMedia | undefined;
    let answer = "";
    // Without an offer of ours a description is one, and can be answered only by a PRACK.
    if (text !== "" && this.#searching && (this.#parts.offer !== "" || sequence !== undefined)) {
      const media = this.#mediaOf(dialog?.remoteTag ?? "");
      const answered = this.#parts.offer === "" ? media?.answer(text) : undefined;
      const result = answered ?? media?.takeAnswer(text);
      if (answered !== undefined) answer = answered.ok ? answered.body : (media?.decline(text) ?? "");
      if (result?.ok === true) early = media?.negotiated;
      else if (result !== undefined)
        this.#core.parts.log.warn({ callId: leg.callId }, `early media cannot be used: ${result.why}`);
    }
    if (dialog !== undefined && sequence !== undefined) leg.acknowledgeProvisional(dialog, response, sequence, answer);
    this.#on.progress(response, early);
  }

  /** RFC 3262 §4: a copy, or one that came too early, is not acknowledged and counts for nothing. */
  #inOrder(tag: string, sequence: number): boolean {
    const last = this.#reliable.get(tag);
    if (last !== undefined && sequence !== last + 1) return false;
    this.#reliable.set(tag, sequence);
    return true;
  }

  /** Media of an early dialog; our offer where it has no answer yet; undefined where there is none. */
  earlyMedia(tag: string): SessionMedia | undefined {
    return this.#early.get(tag) ?? (this.#parts.offer === "" ? undefined : this.#parts.media);
  }

  /** The only early dialog, where both sides have agreed on media for sure. */
  agreedEarly(): { readonly dialog: Dialog; readonly media: SessionMedia } | undefined {
    const [tag, ...others] = this.#reliable.keys();
    if (tag === undefined || others.length > 0) return undefined;
    const dialog = this.#leg.dialog(tag);
    const media = this.#early.get(tag);
    return dialog === undefined || media?.negotiated === undefined ? undefined : { dialog, media };
  }

  #onAnswered(leg: OutgoingInvite, response: SipResponse, dialog: Dialog): void {
    const text = description(response);
    const early = this.#early.get(dialog.remoteTag);
    if (this.#parts.offer === "" && early?.negotiated === undefined) {
      // The 2xx holds the offer, the ACK the answer (§13.2.2.4).
      const media = this.#parts.media;
      const result = text === "" ? noDescription : media.answer(text);
      // What cannot be is answered all the same; whoever hears of it ends the call.
      leg.acknowledge(dialog, result.ok ? result.body : media.decline(text));
      this.#on.answered(response, dialog, media, result.ok ? undefined : result.why);
      return;
    }
    const media = early ?? this.#parts.media;
    leg.acknowledge(dialog, "");
    const agreed = this.#parts.offer === "" || this.#reliable.has(dialog.remoteTag);
    if (media.negotiated !== undefined && (text === "" || agreed)) {
      this.#on.answered(response, dialog, media, undefined);
      return;
    }
    // Deviates from §13.2.1, by which later descriptions than the first are passed over: PBXs that play an
    // announcement in 183 and then connect somebody else under the same tag describe that somebody in the 200.
    const result = text === "" ? noDescription : media.takeAnswer(text);
    this.#on.answered(response, dialog, media, result.ok ? undefined : result.why);
  }

  #onRefused(leg: OutgoingInvite, response: SipResponse): void {
    // RFC 4028 §7.3: the same call once more, with the interval that was asked for.
    if (leg === this.#leg && this.#searching && this.#parts.timer.tooSmall(response)) {
      leg.start();
      return;
    }
    if (response.status < 400) this.#redirects = addContacts(this.#redirects, response);
    this.#next(leg, response.status, refusalText(response), response.status < 600);
  }

  /** The next of the contacts that a redirection left, unless there is none, or nobody shall be tried any more. */
  #next(leg: OutgoingInvite, status: number, reason: string, more: boolean): void {
    if (leg !== this.#leg) return;
    const target = more && this.#searching ? nextTarget(this.#redirects) : undefined;
    if (target === undefined) {
      this.#on.refused(status, reason);
      return;
    }
    const [uri, redirects] = target;
    this.#redirects = redirects;
    this.#early.clear();
    this.#reliable.clear();
    this.#core.parts.log.info({ callId: leg.callId, status, uri }, `redirected to ${uri}`);
    this.#leg = this.#makeLeg(uri);
    this.#leg.start();
  }

  #mediaOf(tag: string): SessionMedia | undefined {
    let media = this.#early.get(tag);
    if (media === undefined && this.#early.size < 32) {
      media = this.#parts.media.branch();
      this.#early.set(tag, media);
    }
    return media;
  }
}

const noDescription = { ok: false, status: 488, why: "no session description" } as const;
