/** Whether we could answer the offer of an INVITE at all, asked before anybody is rung (RFC 3261 §13.3.1, RFC 3264 §6). */
import type { LocalMedia } from "../sdp/media.ts";
import { acceptOffer, startNegotiation } from "../sdp/negotiation.ts";
import type { SipRequest } from "../sip/message.ts";
import { description } from "../sip/out-of-dialog.ts";

export interface OfferFault {
  readonly status: number;
  /** For logs: "no codec in common". */
  readonly why: string;
  /** warn-code of a Warning header (RFC 3261 §20.43). */
  readonly warningCode: number;
}

/** Stands for the port that is opened once somebody answers. */
const somePort = 9;

/** undefined where the offer can be answered, and where there is none: then the offer is ours. */
export function offerFault(invite: SipRequest, local: Omit<LocalMedia, "port">): OfferFault | undefined {
  const offer = description(invite);
  if (offer === "") return undefined;
  const state = startNegotiation((length) => new Uint8Array(length));
  const result = acceptOffer(state, { ...local, port: somePort }, offer);
  return result.ok ? undefined : { status: result.status, why: result.why, warningCode: result.warningCode };
}
