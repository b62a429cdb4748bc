/** Directions, holds, their answers and refusals (RFC 3264 §5.1, §7, §8.4). */
import { describe, expect, test } from "vitest";
import { acceptAnswer, acceptOffer, createOffer } from "../../../src/sdp/negotiation.ts";
import { agreed, answered, held, lines, local, mediaLines, origin, remote, start } from "./negotiation-parties.ts";

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

describe("RFC 3264 §8: what changes in mid-call", () => {
  test("CAL-42, CAL-43: hold is said by sendonly, by inactive, or by no address besides", () => {
    const direction = (sdp: string) => lines(sdp).at(-2);
    const connection = (sdp: string) => lines(sdp).find((line) => line.startsWith("c="));
    const cases = [
      [undefined, "a=sendonly", "c=IN IP4 192.0.2.10"],
      ["sendonly", "a=sendonly", "c=IN IP4 192.0.2.10"],
      ["inactive", "a=inactive", "c=IN IP4 192.0.2.10"],
      ["zero-address", "a=sendonly", "c=IN IP4 0.0.0.0"],
    ] as const;
    for (const [holdStyle, way, address] of cases) {
      const offer = createOffer(start(), { ...held, holdStyle }).sdp;
      expect([holdStyle, direction(offer), connection(offer)]).toEqual([holdStyle, way, address]);
      const answer = answered(remote("m=audio 5000 RTP/AVP 0"), { ...held, holdStyle }).sdp;
      expect([holdStyle, direction(answer), connection(answer)]).toEqual([holdStyle, way, address]);
      expect(connection(createOffer(start(), { ...local, holdStyle }).sdp)).toBe("c=IN IP4 192.0.2.10");
    }
  });

  test("audio that the far end closes by port 0 is answered so, and opened again by either side", () => {
    const first = answered(remote("m=audio 5000 RTP/AVP 0"));
    const shut = answered(remote("m=audio 0 RTP/AVP 0"), local, first.state);
    expect(mediaLines(shut.sdp)).toEqual(["m=audio 0 RTP/AVP 0"]);
    expect([shut.media.direction, shut.media.remoteHold]).toEqual(["inactive", true]);
    const theirs = answered(remote("m=audio 5000 RTP/AVP 0"), local, shut.state);
    expect(theirs.media.direction).toBe("sendrecv");
    const ours = createOffer(shut.state, local);
    expect(mediaLines(ours.sdp)).toEqual(["m=audio 12000 RTP/AVP 9 0 8 101"]);
    expect(acceptAnswer(ours.state, remote("m=audio 5000 RTP/AVP 0"))).toMatchObject({ ok: true });
    expect(acceptOffer(start(), local, remote("m=audio 0 RTP/AVP 0"))).toMatchObject({ ok: false, status: 488 });
  });

  test("another codec, another packet length and another address in mid-call are followed", () => {
    const first = answered(remote("m=audio 5000 RTP/AVP 0", "a=ptime:20"));
    const second = answered(
      remote("m=audio 5002 RTP/AVP 9 0", "c=IN IP4 198.51.100.9", "a=ptime:40"),
      local,
      first.state,
    );
    expect([first.media.codec, second.media.codec]).toEqual(["pcmu", "g722"]);
    expect(second.media).toMatchObject({ ptimeMs: 40, remote: { address: "198.51.100.9", port: 5002 } });
    const third = acceptAnswer(
      createOffer(second.state, { ...local, codecs: [{ name: "pcma", payloadType: 8 }] }).state,
      remote("m=audio 5002 RTP/AVP 8"),
    );
    expect(third).toMatchObject({ ok: true, media: { codec: "pcma", payloadType: 8 } });
  });
});
