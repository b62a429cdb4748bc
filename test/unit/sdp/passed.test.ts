/** Descriptions that pass through us: an offer for who only listens, and somebody else's answer as ours (RFC 7088 §2.1). */
import { describe, expect, test } from "vitest";
import { acceptOffer, createOffer } from "../../../src/sdp/negotiation.ts";
import { listenersOffer, passAnswer } from "../../../src/sdp/passed.ts";
import { answered, held, lines, local, mediaLines, origin, remote } from "./negotiation-parties.ts";

const offer = remote("m=audio 4000 RTP/AVP 96 0", "a=rtpmap:96 opus/48000/2", "a=sendrecv", "m=video 4002 RTP/AVP 97");
const music = (...media: string[]) =>
  ["v=0", "o=moh 1 1 IN IP4 203.0.113.5", "s=music", "c=IN IP4 203.0.113.5", "t=0 0", ...media, ""].join("\r\n");
const answer = music("m=audio 9000 RTP/AVP 0", "a=sendonly", "m=video 0 RTP/AVP 97");

describe("RFC 7088 §2.1: an offer for who only listens", () => {
  test("every stream says recvonly, and nothing else is touched, keys least of all", () => {
    const crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
    const found = listenersOffer(remote("a=sendrecv", "m=audio 4000 RTP/SAVP 0", crypto, "m=video 4002 RTP/AVP 97"));
    if (!found.ok) throw new Error(found.why);
    const expected = remote("m=audio 4000 RTP/SAVP 0", crypto, "a=recvonly", "m=video 4002 RTP/AVP 97", "a=recvonly");
    expect(found.sdp).toBe(expected);
  });

  test.each([
    ["a=sendonly", "wants no sound"],
    ["a=inactive", "wants no sound"],
  ])("%s: there is nobody to play for", (direction, why) => {
    const found = listenersOffer(remote("m=audio 4000 RTP/AVP 0", direction));
    expect(found).toMatchObject({ ok: false, why: expect.stringContaining(why) });
  });

  test("what is no description, or has no audio, is refused", () => {
    for (const text of ["", "hello", remote("m=video 4000 RTP/AVP 97"), remote("m=audio 0 RTP/AVP 0")])
      expect(listenersOffer(text).ok).toBe(false);
  });
});

describe("RFC 7088 §2.1: the server's answer as ours", () => {
  const before = () => {
    const talking = answered(remote("m=audio 4000 RTP/AVP 0"));
    return { state: talking.state, said: origin(talking.sdp) };
  };

  test("RFC 3264 §8: our name, one version on, its address, sending only", () => {
    const { state, said } = before();
    const passed = passAnswer(state, held, offer, answer);
    if (!passed.ok) throw new Error(passed.why);
    expect(origin(passed.sdp)).toBe(said.replace(/ 1 IN/, " 2 IN"));
    expect(lines(passed.sdp)).toContain("c=IN IP4 203.0.113.5");
    expect(mediaLines(passed.sdp)).toEqual(["m=audio 9000 RTP/AVP 0", "m=video 0 RTP/AVP 97"]);
    expect(lines(passed.sdp).filter((l) => /^a=(send|recv|inact)/.test(l))).toEqual(["a=sendonly", "a=sendonly"]);
    expect(passed.state.media.direction).toBe("inactive");
  });

  test("RFC 3264 §8, §8.3.2: our next offer has as many streams, counts on, and gives no number another meaning", () => {
    const { state } = before();
    const opus = music("m=audio 9000 RTP/AVP 101", "a=rtpmap:101 opus/48000/2", "m=video 0 RTP/AVP 97");
    const passed = passAnswer(state, held, offer, opus);
    if (!passed.ok) throw new Error(passed.why);
    const { sdp } = createOffer(passed.state, local);
    expect(origin(sdp)).toMatch(/ 3 IN IP4 192\.0\.2\.10$/);
    expect(mediaLines(sdp)).toHaveLength(2);
    expect(mediaLines(sdp)[1]).toBe("m=video 0 RTP/AVP 97");
    expect(sdp).not.toContain("a=rtpmap:101 telephone-event");
    expect(sdp).toMatch(/a=rtpmap:\d+ telephone-event\/8000/);
  });

  test("the far end's next offer is answered by ourselves as ever", () => {
    const { state } = before();
    const passed = passAnswer(state, held, offer, answer);
    if (!passed.ok) throw new Error(passed.why);
    const again = acceptOffer(passed.state, local, remote("m=audio 4000 RTP/AVP 0"));
    expect(again.ok && again.media.direction).toBe("sendrecv");
    expect(again.ok && origin(again.sdp)).toMatch(/ 3 IN IP4 192\.0\.2\.10$/);
  });

  test.each([
    ["nothing", "", /session description/],
    ["too few streams", music("m=audio 9000 RTP/AVP 0"), /has 1 media, the offer had 2/],
    ["no audio", music("m=audio 0 RTP/AVP 0", "m=video 9000 RTP/AVP 97"), /rejected/],
    ["silence", music("m=audio 9000 RTP/AVP 0", "a=inactive", "m=video 0 RTP/AVP 97"), /nothing will be played/],
    ["an ear", music("m=audio 9000 RTP/AVP 0", "a=recvonly", "m=video 0 RTP/AVP 97"), /nothing will be played/],
  ])("%s is no music, and leaves all as it was", (_, text, why) => {
    const { state } = before();
    const passed = passAnswer(state, held, offer, text);
    expect(passed).toMatchObject({ ok: false, why: expect.stringMatching(why) });
  });
});
