import { expect, test } from "vitest";
import { declinedOffer } from "../../../src/sdp/declined.ts";
import type { LocalMedia } from "../../../src/sdp/media.ts";
import { acceptOffer, startNegotiation } from "../../../src/sdp/negotiation.ts";

const local: LocalMedia = {
  ...{ address: "192.0.2.1", port: 7078, dtmfType: 101, ptimeMs: 20, hold: false },
  codecs: [{ name: "pcmu", payloadType: 0 }],
};
const state = startNegotiation(() => new Uint8Array(4));
const offer = (media: string) => `v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n${media}`;

test("RFC 3261 §13.2.2.4: an offer that cannot be is answered by each of its streams with port 0", () => {
  const theirs = offer("m=video 5002 RTP/AVP 31\r\nm=audio 5000 RTP/AVP 3\r\n");
  expect(acceptOffer(state, local, theirs)).toMatchObject({ ok: false, status: 488 });
  const answer = declinedOffer(state, local, theirs);
  expect(answer).toMatch(/^v=0\r\no=- 0 1 IN IP4 192\.0\.2\.1\r\ns=-\r\nc=IN IP4 192\.0\.2\.1\r\nt=0 0\r\n/);
  expect(answer).toMatch(/t=0 0\r\nm=video 0 RTP\/AVP 31\r\nm=audio 0 RTP\/AVP 3\r\n$/);
});

test("RFC 3261 §13.2.2.4: to what is no description nothing is answered", () => {
  expect(declinedOffer(state, local, "hello")).toBe("");
});
