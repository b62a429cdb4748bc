/** What the parts of one session share: its dialog, its media, its 2xx that waits for an ACK, the way back into its machine. It decides nothing. */
import type { Dialog } from "./dialog.ts";
import { type SipMessage, type SipRequest, SipResponse } from "./message.ts";
import { AcceptedInvite } from "./session-accept.ts";
import { conductTags, type SessionConduct, usualConduct } from "./session-conduct.ts";
import { heard, sessionIdValue } from "./session-id.ts";
import type { SessionMedia } from "./session-media.ts";
import type { SessionInput, SessionPhase } from "./session-state.ts";
import { SessionTimer } from "./session-timer-run.ts";
import { quote } from "./syntax.ts";
import type { ServerTransaction } from "./transactions.ts";
import { hostText } from "./uri.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";

export interface SessionWires {
  /** Gives the machine an input; it is worked on now, or after the one that is. */
  input(input: SessionInput): void;
  /** Offer and answer are complete: whoever runs the media is told. Of the call unless told of which early dialog. */
  tellMedia(media?: SessionMedia): void;
  phase(): SessionPhase;
  /** The session timer wants a refresh (RFC 4028 §10). */
  refresh(): void;
}

export class SessionContext {
  readonly core: UserAgentCore;
  readonly direction: "in" | "out";
  readonly wires: SessionWires;
  identity: Identity | undefined;
  /** The dialog of the call; early ones of a forked INVITE are the outgoing call's. */
  dialog: Dialog | undefined;
  /** Value of our Contact, "" while there is none. */
  contact = "";
  media: SessionMedia;
  /** The other side's Contact said so last (RFC 4579 §4.2). */
  peerIsFocus = false;
  readonly timer: SessionTimer;
  /** Their last message that said what they can do. */
  #peer: SipMessage | undefined;
  #accepted: AcceptedInvite | undefined;

  constructor(core: UserAgentCore, direction: "in" | "out", media: SessionMedia, wires: SessionWires) {
    this.core = core;
    this.direction = direction;
    this.media = media;
    this.wires = wires;
    this.timer = new SessionTimer(core.parts.clock, {
      refresh: () => wires.refresh(),
      expire: () => wires.input({ type: "broken", status: 408, reason: "Session Expired" }),
    });
  }

  get conduct(): SessionConduct {
    return { ...usualConduct, ...this.identity?.conduct };
  }

  /** Our Contact where it names an address of ours that is no more; one that a NAT or a registrar gave us stays. */
  moved(from: string, to: string): void {
    const host = hostText(from).replace(/[.[\]]/g, "\\$&");
    this.contact = this.contact.replace(new RegExp(`(sips?:|@)${host}(?=[:;>])`), (_, before) => before + hostText(to));
  }

  /** Remembers what the other side can do, where it says so. */
  /** Remembers what the other side can do, where it says so. */
  hear(message: SipMessage): void {
    if (message.header("Allow") !== undefined) this.#peer = message;
    const contact = message.header("Contact");
    if (contact !== undefined) this.peerIsFocus = /;\s*isfocus\b/i.test(contact);
    if (this.dialog?.sessionId !== undefined) this.dialog.sessionId = heard(this.dialog.sessionId, message);
  }

  /** Whether the other side said that it takes this method; upper case. */
  peerAllows(method: string): boolean {
    return this.#peer?.values("Allow").includes(method) === true;
  }

  /** Whether the other side's last word on what it can do had this option tag; lower case. */
  peerSupports(tag: string): boolean {
    return this.#peer?.values("Supported").some((value) => value.toLowerCase() === tag) === true;
  }

  close(): void {
    this.stopAccepting();
    this.timer.close();
  }

  /** Allow, Supported and our name. */
  introduce(message: SipRequest | SipResponse): void {
    this.core.introduce(message, this.identity?.conduct === undefined ? [] : conductTags(this.conduct));
  }

  /** A response inside the dialog; 1xx and 2xx say where we are and what we can do. */
  response(request: SipRequest, status: number, reason?: string): SipResponse {
    const response = SipResponse.to(request, status, reason, this.dialog?.localTag);
    if (status < 300) {
      response.addHeader("Contact", this.contact);
      this.introduce(response);
    } else this.core.sign(response);
    this.#identify(response);
    const events = this.identity?.manner?.allowEvents ?? [];
    if (status < 300 && request.method === "INVITE" && events.length > 0)
      response.addHeader("Allow-Events", [...this.core.events, ...events].join(", "));
    return response;
  }

  /** A response that only answers. */
  plain(request: SipRequest, status: number): SipResponse {
    const response = SipResponse.to(request, status);
    this.core.sign(response);
    this.#identify(response);
    return response;
  }

  #identify(response: SipResponse): void {
    response.manner = this.identity?.manner;
    const id = this.dialog?.sessionId;
    if (id !== undefined) response.addHeader("Session-ID", sessionIdValue(id));
  }

  /** Sends a 2xx to an INVITE until its ACK comes. */
  accept(transaction: ServerTransaction, response: SipResponse): void {
    this.stopAccepting();
    this.#accepted = new AcceptedInvite(this.core, transaction, response, () => this.wires.input({ type: "no-ack" }));
  }

  /** CSeq number of the INVITE whose 2xx waits for its ACK. */
  get acceptedSequence(): number | undefined {
    return this.#accepted?.sequence;
  }

  stopAccepting(): void {
    this.#accepted?.acknowledged();
    this.#accepted = undefined;
  }
}

/** §20.43: why a description was refused, for people and logs. */
export function warn(response: SipResponse, code: number, why: string): void {
  response.addHeader("Warning", `${code} offhook ${quote(why)}`);
}
