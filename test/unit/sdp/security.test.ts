/** Encryption in offer and answer (RFC 4568 §5 to §7, RFC 8643): who offers what, what is taken, when keys stay and when they change. */
import { describe, expect, test } from "vitest";
import type { LocalMedia } from "../../../src/sdp/media.ts";
import {
  acceptAnswer,
  acceptOffer,
  agreedMedia,
  createOffer,
  type NegotiationState,
  withdrawOffer,
} from "../../../src/sdp/negotiation.ts";
import { agreed, answered, local, mediaLines, remote, start } from "./negotiation-parties.ts";

const seed = (fill: number) => new Uint8Array(32).fill(fill);
const optional: LocalMedia = { ...local, srtp: { mode: "optional", seed: seed(1) } };
const compulsory: LocalMedia = { ...local, srtp: { mode: "compulsory", seed: seed(2) } };
const key = (fill: number, bytes = 30) => Buffer.alloc(bytes, fill).toString("base64");
const line80 = (fill: number, tag = 1) => `a=crypto:${tag} AES_CM_128_HMAC_SHA1_80 inline:${key(fill)}`;
const savp = "m=audio 4000 RTP/SAVP 0";
const avp = "m=audio 4000 RTP/AVP 0";
const cryptos = (sdp: string) => sdp.split("\r\n").filter((line) => line.startsWith("a=crypto"));
const suites = (sdp: string) => cryptos(sdp).map((line) => line.split(" ")[1]);

describe("RFC 4568 §5.1.1: our offer", () => {
  test("SEC-05: off is RTP/AVP without keys, optional RTP/AVP with keys (RFC 8643), compulsory RTP/SAVP", () => {
    const of = (media: LocalMedia) => createOffer(start(), media).sdp;
    expect([of(local), of(optional), of(compulsory)].map((sdp) => mediaLines(sdp)[0]?.split(" ")[2])).toEqual([
      "RTP/AVP",
      "RTP/AVP",
      "RTP/SAVP",
    ]);
    expect(cryptos(of(local))).toEqual([]);
    expect(suites(of(optional))).toEqual(suites(of(compulsory)));
    expect(suites(of(compulsory))).toEqual([
      "AEAD_AES_256_GCM",
      "AES_256_CM_HMAC_SHA1_80",
      "AES_CM_128_HMAC_SHA1_80",
      "AES_CM_128_HMAC_SHA1_32",
    ]);
  });

  test("SEC-05: each line has its own key and tag, and the same call offers the same ones again", () => {
    const first = createOffer(start(), compulsory);
    const lines = cryptos(first.sdp);
    expect(new Set(lines.map((line) => line.split("inline:")[1]?.slice(0, 30))).size).toBe(4);
    expect(lines.map((line) => line.split(" ")[0])).toEqual([1, 2, 3, 4].map((tag) => `a=crypto:${tag}`));
    expect(createOffer(first.state, compulsory).sdp).toBe(first.sdp);
    const other = { ...compulsory, srtp: { mode: "compulsory", seed: seed(9) } } as const;
    expect(cryptos(createOffer(first.state, other).sdp)[0]).not.toBe(lines[0]);
  });

  test("SEC-05: the answer's suite holds for both directions, with our key of that line and theirs", () => {
    const { media, state } = agreed(remote(savp, line80(7, 3)), compulsory);
    expect(media.security).toMatchObject({ suite: "AES_CM_128_HMAC_SHA1_80", plainRtcp: false });
    expect(media.security?.receive[0]?.keySalt).toEqual(new Uint8Array(30).fill(7));
    const said = cryptos(createOffer(start(), compulsory).sdp)[2]?.split("inline:")[1];
    expect(Buffer.from(media.security?.send.keySalt ?? []).toString("base64")).toBe(said);
    // What is in use stands first in the next offer.
    expect(suites(createOffer(state, compulsory).sdp)[0]).toBe("AES_CM_128_HMAC_SHA1_80");
  });

  test("SEC-05: an answer by another tag, or in RTP/AVP, is taken by its suite", () => {
    expect(agreed(remote(savp, line80(7, 1)), compulsory).media.security?.suite).toBe("AES_CM_128_HMAC_SHA1_80");
    expect(agreed(remote(avp, line80(7, 3)), compulsory).media.security).toBeDefined();
    expect(agreed(remote(avp, line80(7, 3)), optional).media.security).toBeDefined();
    expect(agreed(remote(savp, line80(7, 3)), optional).media.security).toBeDefined();
  });

  test("SEC-05: an answer without keys is no encryption where that is a wish, and no call where it must be", () => {
    expect(agreed(remote(avp), optional).media.security).toBeUndefined();
    const refused = acceptAnswer(createOffer(start(), compulsory).state, remote(savp));
    expect(refused).toMatchObject({ ok: false, why: expect.stringMatching(/^encryption required/) });
    expect(acceptAnswer(createOffer(start(), compulsory).state, remote(avp))).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^encryption required: the far end answers without/),
    });
  });

  test("SEC-05: an answer whose keys cannot be used is not taken for one without", () => {
    for (const lines of [["a=crypto:1 F8_128_HMAC_SHA1_80 inline:x"], [`${line80(7, 3)} UNENCRYPTED_SRTP`]])
      expect(acceptAnswer(createOffer(start(), optional).state, remote(avp, ...lines)).ok).toBe(false);
    // A suite that was not offered.
    const line = `a=crypto:1 AEAD_AES_128_GCM inline:${key(7, 28)}`;
    expect(acceptAnswer(createOffer(start(), optional).state, remote(savp, line)).ok).toBe(false);
    expect(acceptAnswer(createOffer(start(), local).state, remote(savp, line80(7, 3))).ok).toBe(false);
  });

  test("RFC 4568 §7.3: each branch of a fork has its far end's key", () => {
    const { state } = createOffer(start(), compulsory);
    const keys = [21, 22].map((fill) => {
      const result = acceptAnswer(state, remote(savp, line80(fill, 3)));
      return result.ok ? result.media.security?.receive[0]?.keySalt[0] : undefined;
    });
    expect(keys).toEqual([21, 22]);
  });

  test("SEC-05: an offer that was refused leaves the keys in use", () => {
    const { state, media } = agreed(remote(savp, line80(7, 3)), compulsory);
    const other = createOffer(state, { ...compulsory, srtp: { mode: "compulsory", seed: seed(9) } });
    expect(agreedMedia(withdrawOffer(other.state))?.security).toEqual(media.security);
  });
});

describe("RFC 4568 §5.1.2: our answer", () => {
  test("SEC-05: the strongest line is taken and answered by its tag, in the offer's profile", () => {
    const offer = (profile: string) =>
      remote(profile, line80(7, 1), `a=crypto:2 AEAD_AES_256_GCM inline:${key(8, 44)}`, line80(9, 3));
    for (const profile of [savp, avp])
      for (const ours of [optional, compulsory]) {
        const { sdp, media } = answered(offer(profile), ours);
        expect(mediaLines(sdp)[0]).toContain(profile.split(" ")[2]);
        expect(cryptos(sdp)).toHaveLength(1);
        expect(cryptos(sdp)[0]).toMatch(/^a=crypto:2 AEAD_AES_256_GCM inline:[A-Za-z0-9+/]{59}=?$/);
        expect(media.security?.receive[0]?.keySalt.length).toBe(44);
      }
  });

  test("SEC-05: UNENCRYPTED_SRTCP is answered and done; WSH is passed on", () => {
    const { sdp, media } = answered(remote(savp, `${line80(7)} UNENCRYPTED_SRTCP WSH=512`), compulsory);
    expect(cryptos(sdp)[0]).toMatch(/ UNENCRYPTED_SRTCP$/);
    expect(media.security).toMatchObject({ plainRtcp: true, windowPackets: 512 });
  });

  test("SEC-05: of encrypted and plain audio offered together the encrypted one is taken, where it is not off", () => {
    for (const lines of [
      [savp, line80(7), "m=audio 4002 RTP/AVP 0"],
      ["m=audio 4002 RTP/AVP 0", savp, line80(7)],
    ]) {
      const { sdp, media } = answered(remote(...lines), optional);
      expect(media.security).toBeDefined();
      expect(mediaLines(sdp).filter((line) => line.startsWith("m=audio 0 "))).toHaveLength(1);
      expect(answered(remote(...lines), local).media.security).toBeUndefined();
    }
  });

  test("SEC-05: optional without usable keys is plain; compulsory is refused, and so is RTP/SAVP where it is off", () => {
    expect(answered(remote(avp), optional).media.security).toBeUndefined();
    expect(answered(remote(avp, "a=crypto:1 F8_128_HMAC_SHA1_80 inline:x"), optional).media.security).toBeUndefined();
    expect(answered(remote(avp, line80(7)), local).media.security).toBeUndefined();
    expect(acceptOffer(start(), compulsory, remote(avp))).toMatchObject({ status: 488, warningCode: 302 });
    expect(acceptOffer(start(), compulsory, remote(savp))).toMatchObject({ status: 488, warningCode: 302 });
    expect(acceptOffer(start(), optional, remote(savp))).toMatchObject({ status: 488, warningCode: 302 });
    expect(acceptOffer(start(), local, remote(savp, line80(7)))).toMatchObject({ status: 488, warningCode: 302 });
  });

  test("SEC-05: hold, another codec and resume keep the keys of both", () => {
    const first = answered(remote(savp, line80(7)), compulsory);
    const ours = cryptos(first.sdp);
    let state: NegotiationState = first.state;
    for (const more of ["a=sendonly", "a=inactive", "a=sendrecv"]) {
      const next = answered(remote("m=audio 4000 RTP/SAVP 8", line80(7), more), compulsory, state);
      expect(cryptos(next.sdp)).toEqual(ours);
      expect(next.media.security).toEqual(first.media.security);
      state = next.state;
    }
    // And ours to hold them: what was agreed first, in the profile that is in use.
    const hold = createOffer(state, { ...compulsory, hold: true });
    expect(cryptos(hold.sdp)[0]).toBe(ours[0]);
    expect(mediaLines(hold.sdp)[0]).toContain("RTP/SAVP");
  });

  test("SEC-05: other keys of theirs, as after a transfer, are answered by other keys of ours", () => {
    const first = answered(remote(savp, line80(7)), compulsory);
    const second = answered(remote(savp, line80(8)), compulsory, first.state);
    expect(cryptos(second.sdp)).not.toEqual(cryptos(first.sdp));
    expect(second.media.security?.receive[0]?.keySalt[0]).toBe(8);
    const third = answered(remote(savp, line80(8)), compulsory, second.state);
    expect(cryptos(third.sdp)).toEqual(cryptos(second.sdp));
  });

  test("SEC-05: a far end that drops encryption in mid-call is followed where it was a wish, and refused where not", () => {
    const wished = answered(remote(savp, line80(7)), optional);
    expect(answered(remote(avp), optional, wished.state).media.security).toBeUndefined();
    const demanded = answered(remote(savp, line80(7)), compulsory);
    expect(acceptOffer(demanded.state, compulsory, remote(avp))).toMatchObject({ ok: false, status: 488 });
    expect(agreedMedia(demanded.state)?.security).toBeDefined();
  });

  test("SEC-05: an offer of ten thousand keys is looked at no further than the first", () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `a=crypto:${i} X inline:x`);
    expect(acceptOffer(start(), compulsory, remote(savp, ...lines)).ok).toBe(false);
  });
});
