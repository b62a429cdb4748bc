/** REFERs inside a call, of either side, and the NOTIFYs about them; they may outlive the call's BYE (RFC 5057 §4). */
import type { Event } from "../base/event.ts";
import type { IncomingRequest } from "./out-of-dialog.ts";
import { Referral, referTargetOf } from "./referral.ts";
import type { SessionContext } from "./session-context.ts";
import { exchangeInside, type RequestContent } from "./session-inside.ts";
import { Transfer } from "./transfer.ts";

/** At one time and of one side; a peer must not fill our memory. */
const mostReferrals = 8;

export class SessionReferrals {
  #context: SessionContext;
  #onRefer: Event<Referral>;
  #closed: () => void;
  #transfers = new Set<Transfer>();
  #referrals = new Set<Referral>();
  #first = true;

  /** @param closed called whenever one of them is over. */
  constructor(context: SessionContext, onRefer: Event<Referral>, closed: () => void) {
    this.#context = context;
    this.#onRefer = onRefer;
    this.#closed = closed;
  }

  /** Some NOTIFY is still to come or to go: the dialog is needed. */
  get open(): boolean {
    return this.#transfers.size + this.#referrals.size > 0;
  }

  /** Sends a REFER. Without a dialog it has failed at once. */
  send(target: string, content: RequestContent): Transfer {
    const { core, dialog, identity, contact, wires } = this.#context;
    const transfer = new Transfer(core, target, (t) => {
      this.#transfers.delete(t);
      this.#closed();
    });
    if (dialog === undefined) {
      transfer.abandon("there is no call to transfer");
      return transfer;
    }
    this.#transfers.add(transfer);
    transfer.start({ dialog, identity, contact }, content, (status, reason) =>
      wires.input({ type: "broken", status, reason }),
    );
    return transfer;
  }

  /** True when it was ours to answer. */
  receive(incoming: IncomingRequest): boolean {
    const { request } = incoming;
    if (request.method === "NOTIFY")
      for (const transfer of this.#transfers)
        if (transfer.concerns(request)) {
          transfer.receive(incoming);
          return true;
        }
    if (request.method === "SUBSCRIBE")
      for (const referral of this.#referrals)
        if (referral.concerns(request)) {
          referral.resubscribe(incoming);
          return true;
        }
    return false;
  }

  /** A REFER: false when nobody took it. */
  refer(incoming: IncomingRequest): boolean {
    const { core } = this.#context;
    const read = referTargetOf(incoming.request);
    if (!read.ok) {
      incoming.respond(read.refusal.status, read.refusal.reason);
      return true;
    }
    if (this.#referrals.size >= mostReferrals) {
      incoming.respond(480, "Too Many Referrals");
      return true;
    }
    const referral = new Referral(core, incoming, read.target, {
      notify: (content, answered) => this.#notify(content, answered),
      closed: (r) => {
        if (this.#referrals.delete(r)) this.#closed();
      },
      first: this.#first,
      contact: this.#context.contact,
    });
    this.#first = false;
    this.#referrals.add(referral);
    this.#onRefer.emit(referral);
    if (referral.taken) return true;
    this.#referrals.delete(referral);
    return false;
  }

  close(): void {
    for (const transfer of this.#transfers) transfer.abandon("the phone stops");
    for (const referral of this.#referrals) referral.close();
  }

  #notify(content: RequestContent, answered: (status: number) => void): void {
    const { core, dialog, identity, contact } = this.#context;
    if (dialog === undefined) {
      answered(481);
      return;
    }
    exchangeInside(core, { dialog, identity, contact }, "NOTIFY", content, {
      final: (response) => answered(response.status),
      failed: (status) => answered(status === 0 ? 503 : status),
    });
  }
}
