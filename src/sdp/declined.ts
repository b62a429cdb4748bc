/**
 * The answer to an offer that came where it cannot be refused, in a response: each of its streams with port 0
 * (RFC 3264 §6, RFC 3261 §13.2.2.4). It agrees on nothing; whoever sends it ends the call.
 */
import type { LocalMedia } from "./media.ts";
import type { NegotiationState } from "./negotiation.ts";
import { ownDescription, rejected } from "./own-description.ts";
import { parseSdp } from "./parse.ts";

/** "" where the offer is no description at all: nothing can be answered to that. */
export function declinedOffer(state: NegotiationState, local: LocalMedia, offer: string): string {
  const parsed = parseSdp(offer);
  if (!parsed.ok) return "";
  return ownDescription(state.own, local, parsed.description.media.map(rejected), "inactive", []).sdp;
}
