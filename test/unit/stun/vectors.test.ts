/** The sample messages of RFC 5769 and RFC 8489 appendix B. */
import { describe, expect, test } from "vitest";
import { longTermKey, opaqueString, shortTermKey, userhash } from "../../../src/stun/credentials.ts";
import { parseStun, type StunMessage, writeStun } from "../../../src/stun/message.ts";
import { attribute, method } from "../../../src/stun/types.ts";
import { textValue, uint32Value, uint64Value, xorAddress } from "../../../src/stun/value.ts";

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
}

function read(bytes: Uint8Array): StunMessage {
  const parsed = parseStun(bytes);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.message;
}

const password = "VOkJxbRl1RmTxUk/WvJxBt";
const request = hex(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff
  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`);
const ipv4Response = hex(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96`);
const ipv6Response = hex(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  80280004 c8fb0b4c`);
const longTerm = hex(`
  00010060 2112a442 78ad3433 c6ad72c0 29da412e
  00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
  0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
  0014000b 6578616d 706c652e 6f726700
  00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`);

describe("RFC 5769", () => {
  test("§2.1 sample request: everything is read, and its integrity holds for that password alone", () => {
    const message = read(request);
    expect(message).toMatchObject({ class: "request", method: method.binding, hasFingerprint: true, unknown: [] });
    expect(message.text(attribute.software)).toBe("STUN test client");
    expect(message.text(attribute.username)).toBe("evtj:h6vY");
    expect(message.uint32(attribute.priority)).toBe(0x6e0001ff);
    expect(message.uint64(attribute.iceControlled)).toBe(0x932ff9b151263b36n);
    expect(message.isFrom(shortTermKey(password))).toBe(true);
    expect(message.isFrom(shortTermKey(`${password}x`))).toBe(false);
  });

  test("§2.1 sample request: what is written so is the same but for the padding, which the sample fills with spaces", () => {
    const bytes = writeStun({
      class: "request",
      method: method.binding,
      transactionId: request.subarray(8, 20),
      attributes: [
        { type: attribute.software, value: textValue("STUN test client") },
        { type: attribute.priority, value: uint32Value(0x6e0001ff) },
        { type: attribute.iceControlled, value: uint64Value(0x932ff9b151263b36n) },
        { type: attribute.username, value: textValue("evtj:h6vY") },
      ],
      integrity: { key: shortTermKey(password), algorithm: "sha1" },
      fingerprint: true,
    });
    expect(bytes).toHaveLength(request.length);
    expect(bytes.subarray(0, 65)).toEqual(request.subarray(0, 65));
    expect(read(bytes).isFrom(shortTermKey(password))).toBe(true);
  });

  test.each([
    ["§2.2", ipv4Response, { address: "192.0.2.1", port: 32853 }],
    ["§2.3", ipv6Response, { address: "2001:db8:1234:5678:11:2233:4455:6677", port: 32853 }],
  ])("%s sample response: address, integrity and fingerprint", (_, bytes, mapped) => {
    const message = read(bytes);
    expect(message).toMatchObject({ class: "success", method: method.binding, mapped, hasFingerprint: true });
    expect(message.isFrom(shortTermKey(password))).toBe(true);
    expect(xorAddress(attribute.xorMappedAddress, mapped, message.transactionId).value).toEqual(
      message.value(attribute.xorMappedAddress),
    );
  });

  test("§2.4 sample request with long-term credentials", () => {
    const message = read(longTerm);
    expect(message.text(attribute.realm)).toBe("example.org");
    expect(message.text(attribute.nonce)).toBe("f//499k954d6OL34oL9FSTvy64sA");
    const key = longTermKey("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "example.org", "TheMatrIX");
    expect(message.isFrom(key)).toBe(true);
    expect(message.hasFingerprint).toBe(false);
  });
});

test("RFC 8489 appendix B.1: the hash of user name and realm", () => {
  expect(Buffer.from(userhash("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "example.org")).toString("hex")).toBe(
    "4a3cf38fef6992bda952c67804" + "17da0f24819415569e60b205c46e41407f1704",
  );
});

test("RFC 8265 §4.2: odd spaces are spaces, composed and decomposed letters are one", () => {
  expect(opaqueString("a\u00a0b")).toBe("a b");
  expect(opaqueString("e\u0301")).toBe("\u00e9");
});
