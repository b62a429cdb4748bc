/** Formats with parameters, channels and clocks of their own in offer and answer: Opus, iLBC, G.729 (RFC 7587 §7, RFC 3952 §5, RFC 4856). */
import { describe, expect, test } from "vitest";
import { formatParametersText, parseFormatParameters } from "../../../src/sdp/format-parameters.ts";
import type { LocalMedia } from "../../../src/sdp/media.ts";
import { createOffer } from "../../../src/sdp/negotiation.ts";
import { agreed, answered, local, mediaLines, remote, start } from "./negotiation-parties.ts";

const opusParameters = { useinbandfec: "1", maxaveragebitrate: "32000" };
const wide: LocalMedia = {
  ...local,
  codecs: [
    { name: "opus", payloadType: 107, parameters: opusParameters },
    { name: "pcmu", payloadType: 0 },
  ],
};

describe("formats with parameters", () => {
  test("AUD-01: our offer names Opus with two channels, its parameters, and events on both clocks", () => {
    const { sdp } = createOffer(start(), wide);
    expect(mediaLines(sdp)).toEqual(["m=audio 12000 RTP/AVP 107 0 101 96"]);
    expect(sdp).toContain(
      "a=rtpmap:107 opus/48000/2\r\na=fmtp:107 useinbandfec=1;maxaveragebitrate=32000\r\na=rtpmap:0 PCMU/8000\r\n",
    );
    expect(sdp).toContain("a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n");
    expect(sdp).toContain("a=rtpmap:96 telephone-event/48000\r\na=fmtp:96 0-15\r\n");
  });

  test("AUD-04: the answer keeps the offerer's dynamic numbers, and each side's parameters are what it likes to get", () => {
    const offer = remote(
      "m=audio 4000 RTP/AVP 111 0 110 126",
      "a=rtpmap:111 opus/48000/2",
      "a=fmtp:111 minptime=10; UseInbandFEC=1; maxaveragebitrate=20000; usedtx=1",
      "a=rtpmap:110 telephone-event/48000",
      "a=rtpmap:126 telephone-event/8000",
    );
    const { sdp, media } = answered(offer, wide);
    expect(mediaLines(sdp)).toEqual(["m=audio 12000 RTP/AVP 111 0 110 126"]);
    expect(sdp).toContain("a=fmtp:111 useinbandfec=1;maxaveragebitrate=32000\r\n");
    expect(media).toMatchObject({
      codec: "opus",
      payloadType: 111,
      parameters: { minptime: "10", useinbandfec: "1", maxaveragebitrate: "20000", usedtx: "1" },
      dtmf: { sendType: 110, receiveType: 110, rateHz: 48_000 },
    });
  });

  test("AUD-01: we send no faster than we would like to receive, whatever the far end would take", () => {
    const offer = remote(
      "m=audio 4000 RTP/AVP 111",
      "a=rtpmap:111 opus/48000/2",
      "a=fmtp:111 maxaveragebitrate=128000",
    );
    expect(answered(offer, wide).media.parameters).toEqual({ maxaveragebitrate: "32000" });
  });

  test("AUD-04: Opus with events at 8 kHz only takes those", () => {
    const offer = remote(
      "m=audio 4000 RTP/AVP 111 101",
      "a=rtpmap:111 opus/48000/2",
      "a=rtpmap:101 telephone-event/8000",
    );
    const { media } = answered(offer, { ...wide, codecs: wide.codecs.slice(0, 1) });
    expect(media.dtmf).toEqual({ sendType: 101, receiveType: 101, rateHz: 8000 });
  });

  test("AUD-04: numbers may differ by direction: ours are in our offer, theirs in the answer", () => {
    const answer = remote("m=audio 4000 RTP/AVP 96", "a=rtpmap:96 opus/48000/2");
    const { media } = agreed(answer, wide);
    expect(media.payloadType).toBe(96);
    expect(media.receive.find((r) => r.payloadType === 107)).toMatchObject({
      codec: "opus",
      parameters: opusParameters,
    });
  });

  test("AUD-01: two formats that want one dynamic number get two, in every offer of the session the same", () => {
    const crowded: LocalMedia = {
      ...wide,
      codecs: [
        { name: "opus", payloadType: 101, parameters: opusParameters },
        { name: "ilbc", payloadType: 101, parameters: { mode: "20" } },
        { name: "g722", payloadType: 9 },
      ],
    };
    const first = createOffer(start(), crowded);
    const types = mediaLines(first.sdp)[0]?.split(" ").slice(3) ?? [];
    expect(new Set(types).size).toBe(types.length);
    expect(mediaLines(createOffer(first.state, crowded).sdp)).toEqual(mediaLines(first.sdp));
  });

  test.each([
    ["mode=20", "mode=20", "20"],
    ["mode=20", "", "30"],
    ["mode=30", "mode=20", "30"],
    ["", "mode=20", "30"],
  ])("RFC 3952 §5: iLBC of ours with %j and theirs with %j is mode %s both ways", (ours, theirs, mode) => {
    const offer = remote(
      "m=audio 4000 RTP/AVP 97",
      "a=rtpmap:97 iLBC/8000",
      ...(theirs === "" ? [] : [`a=fmtp:97 ${theirs}`]),
    );
    const parameters = parseFormatParameters(ours);
    const { sdp, media } = answered(offer, { ...local, codecs: [{ name: "ilbc", payloadType: 106, parameters }] });
    expect(sdp).toContain(`a=fmtp:97 mode=${mode}\r\n`);
    expect(media.parameters).toMatchObject({ mode });
  });

  test.each([
    ["", "", undefined],
    ["annexb=no", "", "no"],
    ["", "annexb=no", "no"],
  ])("AUD-02: G.729 of ours with %j and theirs with %j has annex B: %s", (ours, theirs, annexb) => {
    const offer = remote("m=audio 4000 RTP/AVP 18", ...(theirs === "" ? [] : [`a=fmtp:18 ${theirs}`]));
    const parameters = parseFormatParameters(ours);
    const { media } = answered(offer, { ...local, codecs: [{ name: "g729", payloadType: 18, parameters }] });
    expect(media.parameters?.["annexb"]).toBe(annexb);
  });

  test("AUD-01: a map with another clock or other channels is not that codec", () => {
    for (const map of ["opus/16000/2", "opus/48000", "L16/44100", "iLBC/16000"]) {
      const offer = remote("m=audio 4000 RTP/AVP 97 0", `a=rtpmap:97 ${map}`);
      const codecs = [
        ...wide.codecs,
        { name: "l16-16000", payloadType: 108 },
        { name: "ilbc", payloadType: 106 },
      ] as const;
      expect(answered(offer, { ...local, codecs }).media.codec, map).toBe("pcmu");
    }
  });

  test("RFC 8866 §6.15: parameters are read in any order and case, nonsense is left out, and nothing is too long", () => {
    expect(parseFormatParameters(" A=1 ;b ; =3;c= x y ;a=2;;")).toEqual({ a: "1", b: "", c: "x y" });
    expect(parseFormatParameters(undefined)).toEqual({});
    expect(Object.keys(parseFormatParameters(Array.from({ length: 500 }, (_, i) => `p${i}=1`).join(";"))).length).toBe(
      32,
    );
    expect(parseFormatParameters(`x=${"9".repeat(5000)};y=1`)).toEqual({ y: "1" });
    expect(parseFormatParameters("__proto__=1")).toHaveProperty("__proto__", "1");
    expect(formatParametersText({ mode: "20", flag: "" })).toBe("mode=20;flag");
  });
});
