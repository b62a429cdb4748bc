/** The test vectors of RFC 3711 appendix B, RFC 6188 §7 and RFC 7714 §16 and §17, as the RFCs print them. */
import { describe, expect, it } from "vitest";
import type { SrtpSuite } from "../../../src/media/protocol.ts";
import { CounterMode } from "../../../src/srtp/counter-mode.ts";
import { GaloisCounterMode } from "../../../src/srtp/gcm.ts";
import { deriveSessionKeys, type SessionKeys } from "../../../src/srtp/key-derivation.ts";
import { factsOf } from "../../../src/srtp/suite.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("session keys", () => {
  const rows: readonly [
    name: string,
    suite: SrtpSuite,
    key: string,
    salt: string,
    cipher: string,
    derived: string,
    auth: string,
  ][] = [
    [
      "RFC 3711 §B.3: AES-128",
      "AES_CM_128_HMAC_SHA1_80",
      "e1f97a0d3e018be0d64fa32c06de4139",
      "0ec675ad498afeebb6960b3aabe6",
      "c61e7a93744f39ee10734afe3ff7a087",
      "30cbbc08863d8c85d49db34a9ae1",
      "cebe321f6ff7716b6fd4ab49af256a156d38baa4",
    ],
    [
      "RFC 6188 §7.2: AES-256",
      "AES_256_CM_HMAC_SHA1_80",
      "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
      "3b04803de51ee7c96423ab5b78d2",
      "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
      "fa31791685ca444a9e07c6c64e93",
      "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
    ],
    [
      "RFC 6188 §7.4: AES-192",
      "AES_192_CM_HMAC_SHA1_80",
      "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
      "c8522f3acd4ce86d5add78edbb11",
      "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
      "2372b82d639b6d8503a47adc0a6c",
      "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb",
    ],
  ];
  it.each(rows)("%s", (_name, suite, key, salt, cipher, derivedSalt, authentication) => {
    const keys = deriveSessionKeys(factsOf(suite), hex(key + salt), "rtp");
    expect(text(keys.cipher)).toBe(cipher);
    expect(text(keys.salt)).toBe(derivedSalt);
    expect(text(keys.authentication)).toBe(authentication);
  });

  it("RFC 3711 §4.3.2: RTCP has keys of its own", () => {
    const facts = factsOf("AES_CM_128_HMAC_SHA1_80");
    const keySalt = hex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
    const [rtp, rtcp] = [deriveSessionKeys(facts, keySalt, "rtp"), deriveSessionKeys(facts, keySalt, "rtcp")];
    expect(new Set([rtp.cipher, rtcp.cipher].map(text)).size).toBe(2);
    expect(new Set([rtp.salt, rtcp.salt].map(text)).size).toBe(2);
    expect(new Set([rtp.authentication, rtcp.authentication].map(text)).size).toBe(2);
  });

  it("RFC 3711 §4.3: a key of another length is refused with both lengths", () => {
    const facts = factsOf("AEAD_AES_256_GCM");
    expect(() => deriveSessionKeys(facts, new Uint8Array(30), "rtp")).toThrow(/AEAD_AES_256_GCM wants 44 .* not 30/);
  });
});

describe("key stream", () => {
  const rows: readonly [name: string, suite: SrtpSuite, key: string, first: string, last: string][] = [
    [
      "RFC 3711 §B.2: AES-128",
      "AES_CM_128_HMAC_SHA1_80",
      "2b7e151628aed2a6abf7158809cf4f3c",
      "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0",
      "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44",
    ],
    [
      "RFC 6188 §7.1: AES-256",
      "AES_256_CM_HMAC_SHA1_80",
      "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
      "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31",
      "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d6eb246913062a16891433e97dd01a57f",
    ],
    [
      "RFC 6188 §7.3: AES-192",
      "AES_192_CM_HMAC_SHA1_80",
      "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
      "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4c264d",
      "d108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4ca5dab625811034e8cebdfeb6dc158dd3",
    ],
  ];
  it.each(rows)("%s, the first and the last blocks of a packet", (_name, suite, key, first, last) => {
    const keys: SessionKeys = {
      cipher: hex(key),
      salt: hex("f0f1f2f3f4f5f6f7f8f9fafbfcfd"),
      authentication: new Uint8Array(20),
    };
    const size = 65_282 * 16;
    const bytes = new Uint8Array(12 + size + 24);
    new CounterMode(factsOf(suite), { rtp: keys, rtcp: keys }).sealRtp(bytes, 12, 12 + size, 0, 0);
    expect(text(bytes.subarray(12, 12 + 48))).toBe(first);
    expect(text(bytes.subarray(12 + size - 48, 12 + size))).toBe(last);
  });
});

describe("AES-GCM", () => {
  const salt = hex("517569642070726f2071756f");
  const transform = (key: string): GaloisCounterMode => {
    const suite = key.length === 32 ? "AEAD_AES_128_GCM" : "AEAD_AES_256_GCM";
    const keys = { cipher: hex(key), salt, authentication: new Uint8Array(0) };
    return new GaloisCounterMode(factsOf(suite), { rtp: keys, rtcp: keys });
  };
  const key128 = "000102030405060708090a0b0c0d0e0f";
  const key256 = `${key128}101112131415161718191a1b1c1d1e1f`;
  const rtp = "8040f17b8041f8d35501a0b2 47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
  const rtcp =
    "81c8000d4d617273 4e5450314e545032525450200000042a0000e9304c756e61 deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";
  const padded = (packet: string): Uint8Array => {
    const bytes = new Uint8Array(hex(packet).length + 24);
    bytes.set(hex(packet));
    return bytes;
  };

  it.each([
    [
      "RFC 7714 §16.1.1, §16.1.2: AES-128",
      key128,
      "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
    ],
    [
      "RFC 7714 §16.2.1, §16.2.2: AES-256",
      key256,
      "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
    ],
  ])("%s, RTP", (_name, key, sealed) => {
    const bytes = padded(rtp);
    const size = transform(key).sealRtp(bytes, 12, hex(rtp).length, 0x5501a0b2, 0xf17b);
    expect(text(bytes.subarray(0, size))).toBe(sealed);
    expect(transform(key).openRtp(bytes, 12, size, 0x5501a0b2, 0xf17b)).toBe(hex(rtp).length);
    expect(text(bytes.subarray(0, hex(rtp).length))).toBe(text(hex(rtp)));
    const forged = hex(sealed);
    forged[20] = (forged[20] ?? 0) ^ 1;
    expect(transform(key).openRtp(forged, 12, forged.length, 0x5501a0b2, 0xf17b)).toBe(-1);
  });

  it.each([
    [
      "RFC 7714 §17.1: AES-128, encrypted",
      key128,
      true,
      "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4",
    ],
    [
      "RFC 7714 §17.2: AES-256, encrypted",
      key256,
      true,
      "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
    ],
    [
      "RFC 7714 §17.3: AES-128, tagged only",
      key128,
      false,
      "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841dd9683dd78ec92ae58790125f62b3000005d4",
    ],
  ])("%s, RTCP", (_name, key, encrypted, sealed) => {
    const bytes = padded(rtcp);
    const size = transform(key).sealRtcp(bytes, hex(rtcp).length, 0x4d617273, 0x5d4, encrypted);
    expect(text(bytes.subarray(0, size))).toBe(sealed);
    expect(transform(key).openRtcp(bytes, size, 0x4d617273, 0x5d4, encrypted)).toBe(hex(rtcp).length);
    expect(text(bytes.subarray(0, hex(rtcp).length))).toBe(text(hex(rtcp)));
    expect(transform(key).openRtcp(hex(sealed), size, 0x4d617273, 0x5d4, !encrypted)).toBe(-1);
  });
});
