/** What descriptions say of RTCP: one port for both (RFC 5761), reduced size (RFC 5506), extended reports (RFC 3611 §5). */
import { describe, expect, test } from "vitest";
import type { LocalMedia, RtcpManner } from "../../../src/sdp/media.ts";
import { acceptAnswer, acceptOffer, createOffer, startNegotiation } from "../../../src/sdp/negotiation.ts";
import { seededBytes } from "../../fake/network.ts";

function side(address: string, rtcpManner?: RtcpManner): LocalMedia {
  return {
    ...{ address, port: 4000, dtmfType: 101, ptimeMs: 20, hold: false },
    codecs: [{ name: "pcmu", payloadType: 0 }],
    rtcpManner,
  };
}

/** One offers, the other answers. */
function exchange(one: RtcpManner | undefined, other: RtcpManner | undefined, change = (sdp: string) => sdp) {
  const offer = createOffer(startNegotiation(seededBytes(1)), side("192.0.2.1", one));
  const taken = acceptOffer(startNegotiation(seededBytes(2)), side("192.0.2.2", other), change(offer.sdp));
  if (!taken.ok) throw new Error(taken.why);
  const answered = acceptAnswer(offer.state, taken.sdp);
  if (!answered.ok) throw new Error(answered.why);
  return { offer: offer.sdp, answer: taken.sdp, offerer: answered, answerer: taken.media };
}

const plain: RtcpManner = { mux: "accept", extended: false };

describe("RFC 5761", () => {
  test("AUD-18: one port is offered where wished for, taken, and both sides send RTCP there", () => {
    const { offer, answer, offerer, answerer } = exchange({ ...plain, mux: "offer" }, plain);
    expect(offer).toContain("a=rtcp-mux\r\n");
    expect(answer).toContain("a=rtcp-mux\r\n");
    for (const media of [offerer.media, answerer]) {
      expect(media.rtcpMux).toBe(true);
      expect(media.remote).toMatchObject({ port: 4000, rtcpPort: 4000 });
    }
  });

  test("AUD-18: a side that will not says nothing, and RTCP goes to the port above", () => {
    for (const manner of [undefined, { ...plain, mux: "no" } as const]) {
      const { answer, offerer, answerer } = exchange({ ...plain, mux: "offer" }, manner);
      expect(answer).not.toContain("rtcp-mux");
      for (const media of [offerer.media, answerer]) {
        expect(media.rtcpMux).not.toBe(true);
        expect(media.remote.rtcpPort).toBe(4001);
      }
    }
    expect(exchange(plain, plain).offer).not.toContain("rtcp-mux");
  });

  test("§4: not where a payload type could not be told from RTCP", () => {
    const clash = (sdp: string) => sdp.replace(/(m=audio [^\r]*)/, "$1 72").concat("a=rtpmap:72 odd/8000\r\n");
    expect(exchange({ ...plain, mux: "offer" }, plain, clash).answer).not.toContain("rtcp-mux");
  });

  test("what was agreed on stays over an offer of the other side", () => {
    const { answer: _, ...first } = exchange({ ...plain, mux: "offer" }, plain);
    const { state } = first.offerer;
    expect(createOffer(state, { ...side("192.0.2.1", plain), hold: true }).sdp).toContain("a=rtcp-mux\r\n");
  });
});

describe("RFC 3611 §5 and RFC 5506 §5", () => {
  const extended: RtcpManner = { mux: "no", extended: true };
  test("VQM-01: who sends extended reports asks for them, in offer and answer", () => {
    const line = "a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n";
    const { offer, answer } = exchange(extended, extended);
    expect(offer).toContain(line);
    expect(answer).toContain(line);
    expect(exchange(plain, plain).offer).not.toContain("rtcp-xr");
  });

  test("AUD-18: reduced size is offered along with them and taken by whoever knows of it", () => {
    const { offer, answer, offerer, answerer } = exchange(extended, plain);
    expect(offer).toContain("a=rtcp-rsize\r\n");
    expect(answer).toContain("a=rtcp-rsize\r\n");
    expect([offerer.media.rtcpReducedSize, answerer.rtcpReducedSize]).toEqual([true, true]);
    const without = exchange(plain, extended);
    expect(without.answer).not.toContain("rsize");
    expect(without.answerer.rtcpReducedSize).toBeUndefined();
  });
});
