/** The lines a=crypto: read, written, refused (RFC 4568 §6, §9). */
import { describe, expect, test } from "vitest";
import { readCrypto, writeCrypto } from "../../../src/sdp/crypto.ts";

const key = (bytes: number) => Buffer.alloc(bytes, 0x5a).toString("base64");
const key30 = key(30);

function read(value: string) {
  const verdict = readCrypto(value);
  if (!verdict.ok) throw new Error(verdict.why);
  return verdict.line;
}

describe("RFC 4568 §9: a=crypto", () => {
  test("SEC-05: tag, suite and key; what is written is read again", () => {
    const line = read(`7 AES_CM_128_HMAC_SHA1_32 inline:${key30}`);
    expect(line).toMatchObject({ tag: 7, facts: { suite: "AES_CM_128_HMAC_SHA1_32" }, plainRtcp: false });
    expect(line.keys).toEqual([{ keySalt: new Uint8Array(30).fill(0x5a), lifetimePackets: undefined, mki: undefined }]);
    const written = writeCrypto({ ...line, plainRtcp: true }, new Uint8Array(30).fill(0x5a));
    expect(written).toBe(`crypto:7 AES_CM_128_HMAC_SHA1_32 inline:${key30} UNENCRYPTED_SRTCP`);
    expect(read(written.slice("crypto:".length)).plainRtcp).toBe(true);
  });

  test.each([
    ["AEAD_AES_256_GCM", 44],
    ["AEAD_AES_128_GCM", 28],
    ["AES_256_CM_HMAC_SHA1_80", 46],
    ["AES_192_CM_HMAC_SHA1_32", 38],
    ["aes_cm_128_hmac_sha1_80", 30],
    ["AES_CM_256_HMAC_SHA1_80", 46],
  ])("SEC-05: %s has a key of %i bytes, with or without padding", (suite, bytes) => {
    expect(read(`1 ${suite} inline:${key(bytes)}`).keys[0]?.keySalt.length).toBe(bytes);
    expect(read(`1 ${suite} inline:${key(bytes).replace(/=+$/, "")}`).keys[0]?.keySalt.length).toBe(bytes);
    expect(readCrypto(`1 ${suite} inline:${key(bytes - 1)}`).ok).toBe(false);
  });

  test("RFC 4568 §6.1: lifetime and MKI, both or either, and several keys told apart by it", () => {
    const of = (rest: string) => read(`1 AES_CM_128_HMAC_SHA1_80 inline:${key30}${rest}`).keys;
    expect(of("|2^20")[0]?.lifetimePackets).toBe(2 ** 20);
    expect(of("|1000")[0]?.lifetimePackets).toBe(1000);
    expect(of("|2^60")[0]?.lifetimePackets).toBe(2 ** 48);
    expect(of("|1066:4")[0]).toMatchObject({ lifetimePackets: undefined, mki: Uint8Array.of(0, 0, 4, 42) });
    expect(of("|2^20|1:4")[0]).toMatchObject({ lifetimePackets: 2 ** 20, mki: Uint8Array.of(0, 0, 0, 1) });
    expect(of(`|2^20|1:2;inline:${key30}|2^20|2:2`).map((k) => k.mki)).toEqual([
      Uint8Array.of(0, 1),
      Uint8Array.of(0, 2),
    ]);
  });

  test("RFC 4568 §6.3: session parameters are honoured as written", () => {
    const of = (rest: string) => read(`1 AES_CM_128_HMAC_SHA1_80 inline:${key30} ${rest}`);
    expect(of("WSH=1024").windowPackets).toBe(1024);
    expect(of("KDR=0").plainRtcp).toBe(false);
    expect(of("FEC_ORDER=SRTP_FEC UNENCRYPTED_SRTCP").plainRtcp).toBe(true);
    expect(of("-SOMETHING=new").plainRtcp).toBe(false);
  });

  test.each([
    ["", /tag/],
    ["x AES_CM_128_HMAC_SHA1_80", /tag/],
    ["1", /no suite/],
    [`1 NULL_HMAC_SHA1_80 inline:${key30}`, /no suite/],
    ["1 AES_CM_128_HMAC_SHA1_80", /inline/],
    [`1 AES_CM_128_HMAC_SHA1_80 uri:https://keys.example`, /inline/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30}|2^x`, /neither a lifetime nor an MKI/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30}|300:1`, /neither a lifetime nor an MKI/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30}|1:129`, /neither a lifetime nor an MKI/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30}|0`, /neither a lifetime nor an MKI/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30};inline:${key30}`, /several keys/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30}|1:1;inline:${key30}|1:2`, /several keys/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30} UNENCRYPTED_SRTP`, /UNENCRYPTED_SRTP/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30} UNAUTHENTICATED_SRTP`, /UNAUTHENTICATED_SRTP/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30} KDR=20`, /key derivation rate/],
    [`1 AES_CM_128_HMAC_SHA1_80 inline:${key30} NEW=1`, /NEW/],
  ])("SEC-05: %j is not for us, and the reason names no key", (value, why) => {
    const verdict = readCrypto(value);
    expect(verdict).toMatchObject({ ok: false });
    if (verdict.ok) return;
    expect(verdict.why).toMatch(why);
    expect(verdict.why).not.toContain(key30.slice(0, 12));
  });
});
