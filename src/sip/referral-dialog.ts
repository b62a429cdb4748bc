/** The dialog that a REFER outside of any call makes (RFC 3515 §2.4.4): somebody has us place a call, as a click on a page does. */
import { Dialog } from "./dialog.ts";
import { IncomingRequest, refuse } from "./out-of-dialog.ts";
import { Referral, referTargetOf } from "./referral.ts";
import { exchangeInside } from "./session-inside.ts";
import type { ServerTransaction } from "./transactions.ts";
import type { DialogOwner, UserAgentCore } from "./user-agent-core.ts";

export class ReferralDialog implements DialogOwner {
  readonly referral: Referral;
  readonly #core: UserAgentCore;
  readonly #dialog: Dialog;

  private constructor(core: UserAgentCore, dialog: Dialog, referral: Referral) {
    this.#core = core;
    this.#dialog = dialog;
    this.referral = referral;
  }

  /** Undefined where it cannot be read: it is answered then. */
  static of(core: UserAgentCore, incoming: IncomingRequest): ReferralDialog | undefined {
    const { request, source } = incoming;
    const read = referTargetOf(request);
    const dialog = Dialog.ofServer(request, core.token());
    if (!read.ok || dialog === undefined) {
      const refusal = read.ok ? { status: 400, reason: "Missing Contact" } : read.refusal;
      incoming.respond(refusal.status, refusal.reason);
      return undefined;
    }
    const contact = `<${core.contactUri(request.requestUri?.user ?? "", source.local)}>`;
    const referral = new Referral(core, incoming, read.target, {
      notify: (notification, answered) => {
        exchangeInside(core, { dialog, identity: undefined, contact }, "NOTIFY", notification, {
          final: (response) => answered(response.status),
          failed: (status) => answered(status === 0 ? 503 : status),
        });
      },
      closed: () => core.usages.delete(dialog.localTag),
      first: true,
      contact,
      to: dialog.local,
    });
    const owner = new ReferralDialog(core, dialog, referral);
    core.usages.set(dialog.localTag, owner);
    return owner;
  }

  /** Nobody took it. */
  drop(): void {
    this.#core.usages.delete(this.#dialog.localTag);
  }

  close(): void {
    this.referral.close();
  }

  acknowledge(): void {}

  stray(): void {}

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const inside = request.callId === this.#dialog.callId && (request.from.tag ?? "") === this.#dialog.remoteTag;
    const verdict = inside ? this.#dialog.receive(request) : undefined;
    if (verdict?.ok !== true) {
      refuse(this.#core, transaction, { status: verdict?.status ?? 481 });
      return;
    }
    if (request.method === "SUBSCRIBE" && this.referral.concerns(request))
      this.referral.resubscribe(new IncomingRequest(this.#core, transaction));
    else refuse(this.#core, transaction, { status: request.method === "SUBSCRIBE" ? 489 : 405 });
  }
}
