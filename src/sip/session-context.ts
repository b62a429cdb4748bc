/** What the parts of one session share: its dialog, its media, its 2xx that waits for an ACK, the way back into its machine. It decides nothing. */
import type { Dialog } from "./dialog.ts";
import { type SipRequest, SipResponse } from "./message.ts";
import { AcceptedInvite } from "./session-accept.ts";
import type { SessionMedia } from "./session-media.ts";
import type { SessionInput, SessionPhase } from "./session-state.ts";
import { quote } from "./syntax.ts";
import type { ServerTransaction } from "./transactions.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";

export interface SessionWires {
  /** Gives the machine an input; it is worked on now, or after the one that is. */
  input(input: SessionInput): void;
  /** Offer and answer are complete: whoever runs the media is told. */
  tellMedia(): void;
  phase(): SessionPhase;
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
  #accepted: AcceptedInvite | undefined;

  constructor(core: UserAgentCore, direction: "in" | "out", media: SessionMedia, wires: SessionWires) {
    this.core = core;
    this.direction = direction;
    this.media = media;
    this.wires = wires;
  }

  /** A response inside the dialog; 1xx and 2xx say where we are and what we can do. */
  response(request: SipRequest, status: number, reason?: string): SipResponse {
    const response = SipResponse.to(request, status, reason, this.dialog?.localTag);
    if (status < 300) {
      response.addHeader("Contact", this.contact);
      this.core.introduce(response);
    } else this.core.sign(response);
    return response;
  }

  /** A response that only answers. */
  plain(request: SipRequest, status: number): SipResponse {
    const response = SipResponse.to(request, status);
    this.core.sign(response);
    return response;
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
