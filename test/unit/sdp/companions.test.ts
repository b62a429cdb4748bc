/** Comfort noise and redundant audio in offer and answer. */
import { describe, expect, it } from "vitest";
import type { LocalMedia } from "../../../src/sdp/media.ts";
import { createOffer } from "../../../src/sdp/negotiation.ts";
import { agreed, answered, lines, local, mediaLines, remote, start } from "./negotiation-parties.ts";

const quiet: LocalMedia = { ...local, comfortNoise: true, silenceSuppression: true, redundancy: 2 };

describe("comfort noise and redundancy in SDP", () => {
  it("AUD-08: our offer names comfort noise and redundancy behind the codecs; without either it names none", () => {
    const { sdp } = createOffer(start(), quiet);
    expect(mediaLines(sdp)).toEqual(["m=audio 12000 RTP/AVP 9 0 8 101 13 121"]);
    expect(lines(sdp)).toContain("a=rtpmap:13 CN/8000");
    expect(lines(sdp)).toContain("a=rtpmap:121 red/8000");
    expect(lines(sdp)).toContain("a=fmtp:121 9/0/8");
    expect(mediaLines(createOffer(start(), local).sdp)).toEqual(["m=audio 12000 RTP/AVP 9 0 8 101"]);
  });

  it("RFC 3389 §6: each clock has comfort noise of its own, 8 kHz by the static type", () => {
    const wide: LocalMedia = { ...quiet, codecs: [{ name: "l16-16000", payloadType: 108 }, ...local.codecs] };
    const { sdp } = createOffer(start(), wide);
    expect(lines(sdp)).toContain("a=rtpmap:13 CN/8000");
    expect(lines(sdp)).toContain("a=rtpmap:98 CN/16000");
  });

  it("AUD-08: what both sides have is agreed on, by the numbers of each", () => {
    const answer = remote(
      "m=audio 40000 RTP/AVP 0 13 96",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:13 CN/8000",
      "a=rtpmap:96 red/8000",
      "a=fmtp:96 0/0",
    );
    const { media } = agreed(answer, quiet);
    expect(media.comfortNoise).toEqual({ sendType: 13, receiveType: 13 });
    expect(media.red).toEqual({ sendType: 96, receiveType: 121, depth: 2 });
    expect(media.silenceSuppression).toBe(true);
  });

  it("AUD-08: a far end without them gets neither, and pauses are still not sent", () => {
    const { media } = agreed(remote("m=audio 40000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000"), quiet);
    expect(media.comfortNoise).toBeUndefined();
    expect(media.red).toBeUndefined();
    expect(media.silenceSuppression).toBe(true);
  });

  it("AUD-09: comfort noise that is offered is answered by the offerer's numbers where we understand it, else left out", () => {
    const offer = remote("m=audio 40000 RTP/AVP 0 13 97", "a=rtpmap:97 CN/16000");
    const { sdp, media } = answered(offer, { ...local, comfortNoise: true });
    expect(mediaLines(sdp)).toEqual(["m=audio 12000 RTP/AVP 0 13 97"]);
    expect(media.comfortNoise).toEqual({ sendType: 13, receiveType: 13 });
    expect(media.silenceSuppression).toBeUndefined();
    expect(mediaLines(answered(offer).sdp)).toEqual(["m=audio 12000 RTP/AVP 0"]);
  });

  it("RFC 2198 §5: redundancy that a peer offers is taken though we offer none ourselves, and our own packets stay plain", () => {
    const offer = remote("m=audio 40000 RTP/AVP 0 121", "a=rtpmap:121 RED/8000", "a=fmtp:121 0/0");
    const { sdp, media } = answered(offer, { ...local, redundancy: 0 });
    expect(lines(sdp)).toContain("a=fmtp:121 0/0");
    expect(media.red).toEqual({ sendType: 121, receiveType: 121, depth: 0 });
    expect(createOffer(start(), { ...local, redundancy: 0 }).sdp).not.toContain("red/");
  });

  it("RFC 2198: only G.711 and G.722 are repeated", () => {
    const answer = remote("m=audio 40000 RTP/AVP 106 121", "a=rtpmap:106 iLBC/8000", "a=rtpmap:121 red/8000");
    const of: LocalMedia = { ...quiet, codecs: [...local.codecs, { name: "ilbc", payloadType: 106 }] };
    expect(agreed(answer, of).media.red).toBeUndefined();
  });
});
