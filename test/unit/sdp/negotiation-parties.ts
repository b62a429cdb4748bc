/** Descriptions and parties of the tests of offer and answer. */
import type { LocalMedia } from "../../../src/sdp/media.ts";
import {
  acceptAnswer,
  acceptOffer,
  createOffer,
  type NegotiationState,
  startNegotiation,
} from "../../../src/sdp/negotiation.ts";

export const local: LocalMedia = {
  address: "192.0.2.10",
  port: 12000,
  codecs: [
    { name: "g722", payloadType: 9 },
    { name: "pcmu", payloadType: 0 },
    { name: "pcma", payloadType: 8 },
  ],
  dtmfType: 101,
  ptimeMs: 20,
  hold: false,
};
export const held: LocalMedia = { ...local, hold: true };
export const start = () => startNegotiation(() => new Uint8Array([1, 2, 3, 4]));

/** A far end's description; `media` lines stand after the session's. */
export function remote(...media: string[]): string {
  return ["v=0", "o=far 7 1 IN IP4 198.51.100.2", "s=-", "c=IN IP4 198.51.100.2", "t=0 0", ...media, ""].join("\r\n");
}

export const lines = (sdp: string) => sdp.split("\r\n");
export const origin = (sdp: string) => lines(sdp).find((line) => line.startsWith("o=")) ?? "";
export const mediaLines = (sdp: string) => lines(sdp).filter((line) => line.startsWith("m="));

export function answered(offer: string, of: LocalMedia = local, state: NegotiationState = start()) {
  const result = acceptOffer(state, of, offer);
  if (!result.ok) throw new Error(result.why);
  return result;
}

/** Our offer with that local media, and the far end's answer to it. */
export function agreed(answer: string, of: LocalMedia = local, state: NegotiationState = start()) {
  const result = acceptAnswer(createOffer(state, of).state, answer);
  if (!result.ok) throw new Error(result.why);
  return result;
}
