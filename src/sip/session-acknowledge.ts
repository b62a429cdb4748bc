/** The caller's ACK to a 2xx (RFC 3261 §13.2.2.4): made once, sent again with each copy of the 2xx. ACK of refusals is the transaction's. */
import { reasonOf } from "../base/error.ts";
import type { Dialog } from "./dialog.ts";
import type { SipRequest } from "./message.ts";
import type { TransportAddress } from "./transport-address.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";

export class Acknowledgement {
  #core: UserAgentCore;
  #request: SipRequest;
  #target: Promise<TransportAddress | undefined>;

  /** `answer` is the description where the 2xx held the offer, else "". */
  constructor(core: UserAgentCore, dialog: Dialog, invite: SipRequest, answer: string, identity: Identity | undefined) {
    this.#core = core;
    const request = dialog.request("ACK", invite.cseq.number);
    // The same credentials as the INVITE, since an ACK cannot be challenged (§22.1).
    for (const name of ["Authorization", "Proxy-Authorization"])
      for (const value of invite.headers(name)) request.addHeader(name, value);
    core.sign(request);
    request.manner = identity?.manner;
    if (answer !== "") request.setBody("application/sdp", answer);
    this.#request = request;
    this.#target = core.parts.locator.locate(dialog.nextHop, identity?.transport).then(
      (targets) => targets[0],
      (error: unknown) => {
        core.parts.log.warn({ callId: dialog.callId }, `no ACK can be sent: ${reasonOf(error)}`);
        return undefined;
      },
    );
  }

  send(): void {
    void this.#target.then((target) => {
      if (target !== undefined) this.#core.parts.transactions.sendAck(this.#request, target);
    });
  }
}
