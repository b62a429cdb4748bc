/** Hostile and odd STUN messages. */
import { describe, expect, test } from "vitest";
import { addressBytes, addressText, canonicalAddress } from "../../../src/stun/address.ts";
import { shortTermKey } from "../../../src/stun/credentials.ts";
import { messageType, parseStun, type StunClass, writeStun } from "../../../src/stun/message.ts";
import { attribute, method } from "../../../src/stun/types.ts";
import { errorValue, textValue, uint32Value } from "../../../src/stun/value.ts";
import { seededRandom } from "../../fake/network.ts";

const transactionId = Uint8Array.from({ length: 12 }, (_, i) => i + 1);
const key = shortTermKey("secret");

function message(attributes: { type: number; value: Uint8Array }[], more: object = {}): Uint8Array {
  return writeStun({ class: "request", method: method.binding, transactionId, attributes, ...more });
}

function why(bytes: Uint8Array): string {
  const parsed = parseStun(bytes);
  return parsed.ok ? "ok" : parsed.why;
}

describe("RFC 8489 §5: header", () => {
  test.each<[StunClass, number]>([
    ["request", 0x001],
    ["indication", 0x006],
    ["success", 0x003],
    ["error", 0x0ff],
    ["success", 0x080],
  ])("%s of method %i is read as written", (kind, number) => {
    const bytes = writeStun({ class: kind, method: number, transactionId, attributes: [] });
    expect(parseStun(bytes)).toMatchObject({ ok: true, message: { class: kind, method: number } });
  });

  test("the types that everybody knows", () => {
    expect([messageType("request", 1), messageType("success", 1), messageType("error", 1)]).toEqual([1, 0x101, 0x111]);
    expect([messageType("indication", 6), messageType("indication", 7)]).toEqual([0x16, 0x17]);
  });

  test("RTP, channel data, SIP and RFC 3489 messages are none", () => {
    const stun = message([]);
    expect(why(Uint8Array.from([0x80, ...stun.subarray(1)]))).toBe("no STUN header");
    expect(why(Uint8Array.from([0x40, ...stun.subarray(1)]))).toBe("no STUN header");
    expect(why(textValue("INVITE sip:a@example.com SIP/2.0\r\n"))).toBe("no STUN header");
    expect(why(Uint8Array.from(stun, (byte, i) => (i === 4 ? 0 : byte)))).toBe("no STUN header");
    expect(why(stun.subarray(0, 19))).toBe("no STUN header");
  });
});

describe("RFC 8489 §14: attributes", () => {
  test("one that runs over the end is refused, so are bytes behind the end", () => {
    const bytes = message([{ type: attribute.software, value: textValue("abcd") }]);
    bytes[23] = 5;
    expect(why(bytes)).toContain("runs over the end");
    expect(why(Uint8Array.from([...message([]), 0, 0, 0, 0]))).toContain("length 0 in a datagram of 24 bytes");
  });

  test("§14.5: what stands behind the integrity does not count, and the first of two attributes counts", () => {
    const bytes = message(
      [
        { type: attribute.priority, value: uint32Value(1) },
        { type: attribute.priority, value: uint32Value(2) },
      ],
      { integrity: { key, algorithm: "sha1" } },
    );
    const late = Uint8Array.from([...bytes, 0, 0x25, 0, 0]);
    new DataView(late.buffer).setUint16(2, late.length - 20);
    const parsed = parseStun(late);
    if (!parsed.ok) throw new Error(parsed.why);
    expect(parsed.message.has(attribute.useCandidate)).toBe(false);
    expect(parsed.message.uint32(attribute.priority)).toBe(1);
    expect(parsed.message.isFrom(key)).toBe(true);
  });

  test("§14.6: SHA-256, whole; a changed byte is seen; one without integrity is from nobody", () => {
    const bytes = message([{ type: attribute.username, value: textValue("a:b") }], {
      integrity: { key, algorithm: "sha256" },
      fingerprint: false,
    });
    const read = (b: Uint8Array) => {
      const parsed = parseStun(b);
      return parsed.ok && parsed.message.isFrom(key);
    };
    expect(parseStun(bytes)).toMatchObject({ message: { integrity: "sha256" } });
    expect(read(bytes)).toBe(true);
    expect(read(Uint8Array.from(bytes, (byte, i) => (i === 24 ? byte ^ 1 : byte)))).toBe(false);
    expect(read(message([]))).toBe(false);
  });

  test("§14.7: a wrong fingerprint and one that is not last are refused", () => {
    const bytes = message([], { fingerprint: true });
    expect(why(Uint8Array.from(bytes, (byte, i) => (i === 27 ? byte ^ 1 : byte)))).toBe("FINGERPRINT is wrong");
    const twice = message([{ type: attribute.fingerprint, value: uint32Value(0) }], { fingerprint: true });
    expect(why(twice)).toBe("FINGERPRINT is not the last attribute");
  });

  test("§6.3.1: unknown types below 0x8000 are told, others are passed over", () => {
    const parsed = parseStun(
      message([
        { type: 0x7777, value: textValue("?") },
        { type: 0x9999, value: textValue("?") },
      ]),
    );
    expect(parsed).toMatchObject({ ok: true, message: { unknown: [0x7777] } });
  });

  test("§14.8: an error code and its reason; one out of range is none", () => {
    const read = (value: Uint8Array) => {
      const parsed = parseStun(message([{ type: attribute.errorCode, value }]));
      return parsed.ok ? parsed.message.errorCode : undefined;
    };
    expect(read(errorValue(438, "Stale Nonce"))).toEqual({ code: 438, reason: "Stale Nonce" });
    expect(read(Uint8Array.from([0, 0, 2, 0]))).toBeUndefined();
    expect(read(Uint8Array.from([0, 0, 4, 120]))).toBeUndefined();
    expect(read(Uint8Array.from([0]))).toBeUndefined();
  });

  test("10,000 random and mutated datagrams: each is read or refused, nothing is thrown", () => {
    const seed = 20261122;
    const random = seededRandom(seed);
    const good = message(
      [
        { type: attribute.xorMappedAddress, value: Uint8Array.from([0, 1, 1, 2, 3, 4, 5, 6]) },
        { type: attribute.errorCode, value: errorValue(401, "no") },
      ],
      { integrity: { key, algorithm: "sha1" } },
    );
    let read = 0;
    for (let i = 0; i < 10_000; i++) {
      const bytes = Uint8Array.from(good);
      for (let n = 0; n < 1 + random() * 6; n++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const cut = random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
      const parsed = parseStun(cut);
      if (!parsed.ok) continue;
      read++;
      const { message: m } = parsed;
      void [m.mapped, m.errorCode, m.unknown, m.uint32(0x24), m.uint64(0x8029), m.isFrom(key), m.text(6)];
    }
    expect(read, `seed ${seed}`).toBeGreaterThan(1000);
  });
});

describe("addresses", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::", "::"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1::", "1::"],
  ])("RFC 5952: %s is %s", (text, canonical) => {
    expect(addressText(addressBytes(text) ?? new Uint8Array())).toBe(canonical);
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "a.b.c.d",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "::12345",
    ":1",
    "x.local",
    "::1.2.3",
  ])("%j is no address", (text) => {
    expect(addressBytes(text)).toBeUndefined();
  });

  test("IPv4 inside IPv6 is IPv4", () => {
    expect(canonicalAddress("::ffff:192.0.2.7")).toBe("192.0.2.7");
    expect(canonicalAddress("::ffff:c000:207")).toBe("192.0.2.7");
    expect(canonicalAddress("example.com")).toBe("example.com");
  });
});
