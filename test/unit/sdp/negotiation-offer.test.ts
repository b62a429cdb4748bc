/** Our offers and our answers (RFC 3264 §5, §6, §8). */
import { describe, expect, test } from "vitest";
import { agreedMedia, createOffer, withdrawOffer } from "../../../src/sdp/negotiation.ts";
import { answered, held, lines, local, mediaLines, origin, remote, start } from "./negotiation-parties.ts";

describe("RFC 3264 §5: our offer", () => {
  test("lists our codecs in our order, telephone-event, packet length and direction", () => {
    expect(lines(createOffer(start(), local).sdp)).toEqual([
      "v=0",
      "o=- 16909060 1 IN IP4 192.0.2.10",
      "s=-",
      "c=IN IP4 192.0.2.10",
      "t=0 0",
      "m=audio 12000 RTP/AVP 9 0 8 101",
      "a=rtpmap:9 G722/8000",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-15",
      "a=ptime:20",
      "a=sendrecv",
      "",
    ]);
  });

  test("has no telephone-event where there is none, and names an IPv6 address as such", () => {
    const { sdp } = createOffer(start(), { ...local, address: "2001:db8::5", dtmfType: undefined });
    expect(sdp).toContain("c=IN IP6 2001:db8::5\r\n");
    expect(sdp).toContain("m=audio 12000 RTP/AVP 9 0 8\r\n");
    expect(sdp).not.toContain("telephone-event");
  });

  test("a payload number that two formats want goes to the first, the second gets a free one", () => {
    const { sdp } = createOffer(start(), {
      ...local,
      codecs: [
        { name: "pcmu", payloadType: 101 },
        { name: "pcma", payloadType: 8 },
      ],
    });
    expect(sdp).toContain("m=audio 12000 RTP/AVP 101 8 96\r\n");
    expect(sdp).toContain("a=rtpmap:101 PCMU/8000\r\n");
    expect(sdp).toContain("a=rtpmap:96 telephone-event/8000\r\n");
  });
});

describe("RFC 3264 §8: versions of o=", () => {
  test("the version grows by one when the description changes, and only then", () => {
    const first = createOffer(start(), local);
    const same = createOffer(first.state, local);
    expect(origin(same.sdp)).toBe("o=- 16909060 1 IN IP4 192.0.2.10");
    const hold = createOffer(same.state, held);
    expect(origin(hold.sdp)).toBe("o=- 16909060 2 IN IP4 192.0.2.10");
    const back = createOffer(hold.state, local);
    expect(origin(back.sdp)).toBe("o=- 16909060 3 IN IP4 192.0.2.10");
  });

  test("a repeated offer of the far end is answered by the same description", () => {
    const offer = remote("m=audio 4000 RTP/AVP 0");
    const first = answered(offer);
    expect(answered(offer, local, first.state).sdp).toBe(first.sdp);
    const hold = answered(remote("m=audio 4000 RTP/AVP 0", "a=sendonly"), local, first.state);
    expect(origin(hold.sdp)).toMatch(/ 2 IN /);
  });

  test("an offer that was refused leaves the agreement, and the next description still has a higher version", () => {
    const { state, media } = answered(remote("m=audio 4000 RTP/AVP 0"));
    const offered = createOffer(state, held);
    expect(agreedMedia(offered.state)).toEqual(media);
    const back = withdrawOffer(offered.state);
    expect(back.name).toBe("agreed");
    expect(agreedMedia(back)).toEqual(media);
    expect(origin(createOffer(back, local).sdp)).toMatch(/ 3 IN /);
  });
});

describe("RFC 3264 §6: our answer", () => {
  test("keeps the offerer's numbers and order, and sends the offerer's first codec that we have", () => {
    const { sdp, media } = answered(
      remote(
        "m=audio 4000 RTP/AVP 18 8 110 0 97",
        "a=rtpmap:18 G729/8000",
        "a=rtpmap:110 opus/48000/2",
        "a=rtpmap:97 telephone-event/8000",
        "a=fmtp:97 0-16",
        "a=ptime:30",
      ),
    );
    expect(mediaLines(sdp)).toEqual(["m=audio 12000 RTP/AVP 8 0 97"]);
    expect(sdp).toContain("a=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n");
    expect(media).toEqual({
      remote: { address: "198.51.100.2", port: 4000, rtcpPort: 4001 },
      direction: "sendrecv",
      codec: "pcma",
      payloadType: 8,
      ptimeMs: 30,
      receive: [
        { payloadType: 8, codec: "pcma" },
        { payloadType: 0, codec: "pcmu" },
      ],
      dtmf: { sendType: 97, receiveType: 97, rateHz: 8000 },
      remoteHold: false,
    });
  });

  test("static types need no rtpmap; G.722 runs on a clock of 8000, and 16000 is forgiven", () => {
    expect(answered(remote("m=audio 4000 RTP/AVP 9")).media.codec).toBe("g722");
    const { sdp, media } = answered(remote("m=audio 4000 RTP/AVP 96", "a=rtpmap:96 g722/16000"));
    expect(media.payloadType).toBe(96);
    expect(sdp).toContain("a=rtpmap:96 G722/8000");
  });

  test("a map counts before the static table, the first map before a second", () => {
    const { media } = answered(
      remote(
        "m=audio 4000 RTP/AVP 0 96 8",
        "a=rtpmap:0 G726-32/8000",
        "a=rtpmap:96 PCMA/8000",
        "a=rtpmap:96 PCMU/8000",
      ),
    );
    expect(media).toMatchObject({ codec: "pcma", payloadType: 96 });
    expect(media.receive).toEqual([{ payloadType: 96, codec: "pcma" }]);
  });

  test("telephone-event must run on the codec's clock", () => {
    const offer = remote(
      "m=audio 4000 RTP/AVP 0 100 101",
      "a=rtpmap:100 telephone-event/16000",
      "a=rtpmap:101 telephone-event/8000",
    );
    expect(answered(offer).media.dtmf).toEqual({ sendType: 101, receiveType: 101, rateHz: 8000 });
    const other = remote("m=audio 4000 RTP/AVP 0 100", "a=rtpmap:100 telephone-event/16000");
    expect(answered(other).media.dtmf).toBeUndefined();
    expect(answered(offer, { ...local, dtmfType: undefined }).sdp).not.toContain("telephone-event");
  });

  test("every m= line keeps its place; all but the first audio that we can take are rejected with port 0", () => {
    const { sdp, media } = answered(
      remote(
        "m=video 6000 RTP/AVP 31 34",
        "a=rtpmap:31 H261/90000",
        "m=audio 4000 RTP/SAVP 0",
        "m=audio 4002 RTP/AVP 18",
        "m=audio 4004 RTP/AVP 0",
        "c=IN IP4 203.0.113.9",
        "m=audio 4006 RTP/AVP 8",
        "m=application 7000/2 UDP/BFCP *",
      ),
    );
    expect(mediaLines(sdp)).toEqual([
      "m=video 0 RTP/AVP 31 34",
      "m=audio 0 RTP/SAVP 0",
      "m=audio 0 RTP/AVP 18",
      "m=audio 12000 RTP/AVP 0",
      "m=audio 0 RTP/AVP 8",
      "m=application 0 UDP/BFCP *",
    ]);
    expect(media.remote).toEqual({ address: "203.0.113.9", port: 4004, rtcpPort: 4005 });
  });

  test("the places stay in our next offer, and a stream that the far end adds is rejected behind them", () => {
    const first = answered(
      remote("m=video 6000 RTP/AVP 31", "m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"),
    );
    const offer = createOffer(first.state, held);
    expect(mediaLines(offer.sdp)).toEqual(["m=video 0 RTP/AVP 31", "m=audio 12000 RTP/AVP 9 0 8 101"]);
    const added = answered(
      remote("m=video 0 RTP/AVP 31", "m=audio 4000 RTP/AVP 8", "m=video 6002 RTP/AVP 96", "a=rtpmap:96 H264/90000"),
      local,
      first.state,
    );
    expect(mediaLines(added.sdp)).toEqual(["m=video 0 RTP/AVP 31", "m=audio 12000 RTP/AVP 8", "m=video 0 RTP/AVP 96"]);
  });

  test("§8.3.2: a number that the offerer gave telephone-event keeps that meaning in our own offer", () => {
    const { state } = answered(remote("m=audio 4000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000"));
    expect(createOffer(state, local).sdp).toContain("m=audio 12000 RTP/AVP 9 0 8 96\r\n");
  });

  test("a=rtcp tells the RTCP port; a=rtcp-mux, groups and candidates are left unanswered", () => {
    const { sdp, media } = answered(
      remote("a=group:BUNDLE 0", "m=audio 4000 RTP/AVP 0", "a=rtcp:4100 IN IP4 198.51.100.2", "a=rtcp-mux", "a=mid:0"),
    );
    expect(media.remote.rtcpPort).toBe(4100);
    expect(sdp).not.toMatch(/rtcp|mid|group/);
  });

  test("packets are as long as the far end likes, up to its maximum, in whole 10 ms from 10 to 60", () => {
    const ptime = (...attributes: string[]) => answered(remote("m=audio 4000 RTP/AVP 0", ...attributes)).media.ptimeMs;
    expect(ptime()).toBe(20);
    expect(ptime("a=ptime:40")).toBe(40);
    expect(ptime("a=maxptime:10")).toBe(10);
    expect(ptime("a=ptime:45", "a=maxptime:150")).toBe(40);
    expect(ptime("a=ptime:0")).toBe(20);
    expect(ptime("a=ptime:200")).toBe(60);
    expect(ptime("a=ptime:nonsense")).toBe(20);
  });
});
