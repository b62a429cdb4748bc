import { describe, expect, test } from "vitest";
import type { LocalMedia } from "../../../src/sdp/media.ts";
import {
  acceptAnswer,
  acceptOffer,
  agreedMedia,
  createOffer,
  type NegotiationState,
  startNegotiation,
  withdrawOffer,
} from "../../../src/sdp/negotiation.ts";

const local: LocalMedia = {
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
const held: LocalMedia = { ...local, hold: true };
const start = () => startNegotiation(() => new Uint8Array([1, 2, 3, 4]));

/** A far end's description; `media` lines stand after the session's. */
function remote(...media: string[]): string {
  return ["v=0", "o=far 7 1 IN IP4 198.51.100.2", "s=-", "c=IN IP4 198.51.100.2", "t=0 0", ...media, ""].join("\r\n");
}

const lines = (sdp: string) => sdp.split("\r\n");
const origin = (sdp: string) => lines(sdp).find((line) => line.startsWith("o=")) ?? "";
const mediaLines = (sdp: string) => lines(sdp).filter((line) => line.startsWith("m="));

function answered(offer: string, of: LocalMedia = local, state: NegotiationState = start()) {
  const result = acceptOffer(state, of, offer);
  if (!result.ok) throw new Error(result.why);
  return result;
}

/** Our offer with that local media, and the far end's answer to it. */
function agreed(answer: string, of: LocalMedia = local, state: NegotiationState = start()) {
  const result = acceptAnswer(createOffer(state, of).state, answer);
  if (!result.ok) throw new Error(result.why);
  return result;
}

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

describe("RFC 3264 §5.1, §6.1, §8.4: directions", () => {
  const offered = [
    // offered, ours when talking, ours when we hold, the far end holds
    ["sendrecv", "sendrecv", "sendonly", false],
    ["sendonly", "recvonly", "inactive", true],
    ["recvonly", "sendonly", "sendonly", false],
    ["inactive", "inactive", "inactive", true],
  ] as const;
  for (const [theirs, talking, holding, remoteHold] of offered)
    test(`an offer of ${theirs} is answered ${talking}, and ${holding} while we hold`, () => {
      for (const [of, expected] of [
        [local, talking],
        [held, holding],
      ] as const) {
        const { sdp, media } = answered(remote("m=audio 4000 RTP/AVP 0", `a=${theirs}`), of);
        expect(lines(sdp)).toContain(`a=${expected}`);
        expect(media).toMatchObject({ direction: expected, remoteHold });
      }
    });

  test("a direction of the session holds where the medium has none", () => {
    expect(answered(remote("a=sendonly", "m=audio 4000 RTP/AVP 0")).media.direction).toBe("recvonly");
    expect(answered(remote("a=sendonly", "m=audio 4000 RTP/AVP 0", "a=sendrecv")).media.direction).toBe("sendrecv");
  });

  test("c=0.0.0.0 is a hold of RFC 2543: we send nothing, and are back when the address is", () => {
    const talking = answered(remote("m=audio 4000 RTP/AVP 0"));
    const hold = answered(remote("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"), local, talking.state);
    expect(hold.media).toMatchObject({ direction: "recvonly", remoteHold: true });
    expect(lines(hold.sdp)).toContain("a=recvonly");
    const both = answered(remote("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"), held, talking.state);
    expect(both.media).toMatchObject({ direction: "inactive", remoteHold: true });
    const back = answered(remote("m=audio 4000 RTP/AVP 0"), local, hold.state);
    expect(back.media).toMatchObject({ direction: "sendrecv", remoteHold: false });
  });

  test("we hold with sendonly, with inactive where the far end holds already, and resume with sendrecv", () => {
    expect(createOffer(start(), held).sdp).toContain("a=sendonly\r\n");
    const theirs = answered(remote("m=audio 4000 RTP/AVP 0", "a=sendonly"));
    const ours = createOffer(theirs.state, held);
    expect(ours.sdp).toContain("a=inactive\r\n");
    const both = acceptAnswer(ours.state, remote("m=audio 4000 RTP/AVP 0", "a=inactive"));
    if (!both.ok) throw new Error(both.why);
    expect(both.media).toMatchObject({ direction: "inactive", remoteHold: true });
    const resumed = createOffer(both.state, local);
    expect(resumed.sdp).toContain("a=sendrecv\r\n");
    const still = acceptAnswer(resumed.state, remote("m=audio 4000 RTP/AVP 0", "a=sendonly"));
    expect(still.ok && still.media).toMatchObject({ direction: "recvonly", remoteHold: true });
  });

  test("the answer to our hold never makes the far end the holder, whatever direction it writes", () => {
    for (const [answer, direction] of [
      ["a=recvonly", "sendonly"],
      ["a=sendrecv", "sendonly"],
      ["a=inactive", "inactive"],
    ] as const)
      expect(agreed(remote("m=audio 4000 RTP/AVP 0", answer), held).media).toMatchObject({
        direction,
        remoteHold: false,
      });
  });

  test("an answer of sendonly or inactive to our sendrecv is the far end's hold", () => {
    for (const [answer, direction] of [
      ["a=sendonly", "recvonly"],
      ["a=inactive", "inactive"],
    ] as const)
      expect(agreed(remote("m=audio 4000 RTP/AVP 0", answer)).media).toMatchObject({ direction, remoteHold: true });
  });
});

describe("RFC 3264 §7: the answer to our offer", () => {
  test("we send by the answer's numbers and receive by our own: they may differ", () => {
    const { media } = agreed(
      remote("m=audio 4000 RTP/AVP 96 97", "a=rtpmap:96 PCMA/8000", "a=rtpmap:97 telephone-event/8000"),
    );
    expect(media).toMatchObject({ codec: "pcma", payloadType: 96 });
    expect(media.receive).toEqual([
      { payloadType: 9, codec: "g722" },
      { payloadType: 0, codec: "pcmu" },
      { payloadType: 8, codec: "pcma" },
      { payloadType: 96, codec: "pcma" },
    ]);
    expect(media.dtmf).toEqual({ sendType: 97, receiveType: 101, rateHz: 8000 });
  });

  test("an answer in a 183 that comes again in the 200 changes nothing", () => {
    const text = remote("m=audio 4000 RTP/AVP 0");
    const early = agreed(text);
    expect(early.changed).toBe(true);
    const final = acceptAnswer(early.state, text);
    expect(final).toEqual({ ok: true, state: early.state, media: early.media, changed: false });
  });

  test("an answer that differs from the early one is taken as the answer to the same offer", () => {
    const early = agreed(remote("m=audio 4000 RTP/AVP 0"));
    const final = acceptAnswer(early.state, remote("m=audio 5000 RTP/AVP 8"));
    if (!final.ok) throw new Error(final.why);
    expect(final.changed).toBe(true);
    expect(final.media).toMatchObject({ codec: "pcma", remote: { port: 5000 } });
    // And once more back, from the new state.
    const again = acceptAnswer(final.state, remote("m=audio 4000 RTP/AVP 0"));
    expect(again.ok && again.media.remote.port).toBe(4000);
  });

  test("two answers of a fork are each the answer to the one offer", () => {
    const offered = createOffer(start(), local).state;
    const one = acceptAnswer(offered, remote("m=audio 4000 RTP/AVP 0"));
    const other = acceptAnswer(offered, remote("m=audio 5000 RTP/AVP 8"));
    expect(one.ok && one.media.remote.port).toBe(4000);
    expect(other.ok && other.media.remote.port).toBe(5000);
  });

  test("late offer: our offer in the 200 is answered in the ACK, the far end's next offer by us", () => {
    const ours = agreed(remote("m=audio 4000 RTP/AVP 0"));
    const theirs = answered(remote("m=audio 4000 RTP/AVP 0", "a=sendonly"), local, ours.state);
    expect(theirs.media.remoteHold).toBe(true);
    expect(origin(theirs.sdp)).toMatch(/ 2 IN /);
  });

  test.each([
    ["m=audio 0 RTP/AVP 0", /rejected the audio/],
    ["m=audio 4000 RTP/AVP 18", /none of our codecs/],
    ["m=video 4000 RTP/AVP 31", /no audio/],
    ["m=audio 4000 RTP/SAVP 0", /RTP\/SAVP/],
  ])("an answer of %s is an error", (line, why) => {
    const result = acceptAnswer(createOffer(start(), local).state, remote(line));
    expect(result.ok ? "" : result.why).toMatch(why);
  });

  test("an answer with another number of media, without description or without offer is an error", () => {
    const { state } = createOffer(start(), local);
    const why = (result: ReturnType<typeof acceptAnswer>) => (result.ok ? "" : result.why);
    expect(why(acceptAnswer(state, remote("m=audio 4 RTP/AVP 0", "m=video 0 RTP/AVP 31")))).toMatch(/2 media.* 1/);
    expect(why(acceptAnswer(state, "hello"))).toMatch(/session description/);
    expect(why(acceptAnswer(start(), remote("m=audio 4 RTP/AVP 0")))).toBe("an answer without an offer");
    const theirs = answered(remote("m=audio 4 RTP/AVP 0"));
    expect(why(acceptAnswer(theirs.state, remote("m=audio 4 RTP/AVP 0")))).toBe("an answer without an offer");
  });
});

describe("RFC 3261 §13.3.1.3: offers that are refused", () => {
  test.each([
    [[], 488, /no audio/, 304],
    [["m=video 6000 RTP/AVP 31"], 488, /no audio/, 304],
    [["m=audio 0 RTP/AVP 0"], 488, /no audio/, 304],
    [["m=audio 4000 RTP/SAVP 0"], 488, /RTP\/SAVP/, 302],
    [["m=audio 4000 UDP/TLS/RTP/SAVPF 0"], 488, /UDP\/TLS/, 302],
    [["m=audio 4000 RTP/AVP 18 110", "a=rtpmap:110 opus/48000/2"], 488, /offered 18, opus/, 305],
    [["m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"], 488, /no common codec/, 305],
    [["m=audio 4000 RTP/AVP 0", "c=IN IP6 2001:db8::1"], 488, /2001:db8::1/, 301],
    [["m=audio 4000 RTP/AVP 0", "c=IN IP4 phone.example.com"], 488, /not a numeric address/, 301],
    [["m=audio 4000 RTP/AVP 0", "c=IN IP4 224.2.1.1/127"], 488, /multicast/, 301],
    [["m=audio nonsense"], 400, /m=audio nonsense/, 399],
  ] as const)("%j", (media, status, why, warningCode) => {
    const result = acceptOffer(start(), local, remote(...media));
    expect(result).toMatchObject({ ok: false, status, warningCode });
    expect(result.ok ? "" : result.why).toMatch(why);
  });

  test("an offer while ours is out is 491", () => {
    const { state } = createOffer(start(), local);
    expect(acceptOffer(state, local, remote("m=audio 4000 RTP/AVP 0"))).toMatchObject({ ok: false, status: 491 });
  });

  test("IPv6 is taken where we have it, and :: is a hold there", () => {
    const six = { ...local, address: "2001:db8::5" };
    const { sdp, media } = answered(remote("m=audio 4000 RTP/AVP 0", "c=IN IP6 2001:db8::1"), six);
    expect(media.remote.address).toBe("2001:db8::1");
    expect(sdp).toContain("c=IN IP6 2001:db8::5");
    expect(answered(remote("m=audio 4000 RTP/AVP 0", "c=IN IP6 ::"), six).media.remoteHold).toBe(true);
  });

  test("of several c= of a medium the first counts; without any the offer is refused", () => {
    const { media } = answered(remote("m=audio 4000 RTP/AVP 0", "c=IN IP4 203.0.113.1", "c=IN IP4 203.0.113.2"));
    expect(media.remote.address).toBe("203.0.113.1");
    const none = "v=0\r\no=far 7 1 IN IP4 198.51.100.2\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    expect(acceptOffer(start(), local, none)).toMatchObject({ ok: false, status: 488, warningCode: 301 });
  });
});
