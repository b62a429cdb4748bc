/** Messages of name servers: RFC 1035 §4, RFC 2782, RFC 3403, RFC 6891; and what hostile ones do. */
import { describe, expect, test } from "vitest";
import { encodeQuery, parseResponse } from "../../../src/net/dns-message.ts";
import { seededRandom } from "../../fake/network.ts";
import { dnsAnswer } from "./dns-server.ts";

test("RFC 1035 §4.1, RFC 6891 §6.1: a query asks one question and says what it can take", () => {
  const bytes = Buffer.from(encodeQuery(0x1234, { name: "_sip._udp.pbx.example", type: "SRV" }));
  expect(bytes.subarray(0, 12).toString("hex")).toBe("123401000001000000000001");
  expect(bytes.subarray(12, 35).toString("latin1")).toBe("\x04_sip\x04_udp\x03pbx\x07example\0");
  expect(bytes.subarray(35).toString("hex")).toBe("00210001" + "0000290" + "4d0000000000000");
});

test.each(["", ".", "a..b", `${"a".repeat(64)}.example`, `${"abc.".repeat(70)}x`])(
  "RFC 1035 §2.3.4: %j cannot be asked for",
  (name) => {
    expect(() => encodeQuery(1, { name, type: "A" })).toThrow("is no name that DNS can ask for");
  },
);

describe("parseResponse", () => {
  test("reads addresses, aliases, services and pointers, with names that point back", () => {
    const bytes = dnsAnswer(7, { name: "pbx.example", type: 33 }, [
      { name: "pbx.example", type: 1, ttl: 60, data: [192, 0, 2, 1] },
      { name: "pbx.example", type: 28, ttl: 60, data: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1] },
      { name: "pbx.example", type: 5, ttl: 30, name2: "other.example" },
      { name: "pbx.example", type: 33, ttl: 20, data: [0, 10, 0, 20, 0x13, 0xc4], name2: "sip.pbx.example" },
      {
        name: "pbx.example",
        type: 35,
        ttl: 10,
        data: [0, 1, 0, 2, 1, 0x53, 7, ...Buffer.from("SIP+D2U"), 0],
        name2: "_sip._udp.pbx.example",
      },
    ]);
    const parsed = parseResponse(bytes);
    if (!parsed.ok) throw new Error(parsed.why);
    expect(parsed.response.answers).toEqual([
      { type: "A", name: "pbx.example", ttlSeconds: 60, address: "192.0.2.1" },
      { type: "AAAA", name: "pbx.example", ttlSeconds: 60, address: "2001:db8::1" },
      { type: "CNAME", name: "pbx.example", ttlSeconds: 30, target: "other.example" },
      {
        ...{ type: "SRV", name: "pbx.example", ttlSeconds: 20, priority: 10, weight: 20, port: 5060 },
        target: "sip.pbx.example",
      },
      {
        ...{ type: "NAPTR", name: "pbx.example", ttlSeconds: 10, order: 1, preference: 2, flags: "S" },
        ...{ service: "SIP+D2U", regexp: "", replacement: "_sip._udp.pbx.example" },
      },
    ]);
  });

  test("RFC 2181 §8: a TTL with its topmost bit is 0", () => {
    const records = [{ name: "a.example", type: 1, ttl: 0xffffffff, data: [192, 0, 2, 1] }];
    const parsed = parseResponse(dnsAnswer(7, { name: "a.example", type: 1 }, records));
    expect(parsed.ok && parsed.response.answers[0]?.ttlSeconds).toBe(0);
  });

  const head = [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
  test.each([
    ["nothing", [], "it ends too early"],
    ["a query", [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], "it is a query"],
    ["no question", [0, 7, 0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0], "it has 0 questions"],
    ["a name that points at itself", [...head, 0xc0, 12, 0, 1, 0, 1], "a name points forward or at itself"],
    ["a name that points forward", [...head, 0xc0, 40, 0, 1, 0, 1], "a name points forward or at itself"],
    ["a label of a kind not in use", [...head, 0x41, 0x61], "a label of an unknown kind"],
    ["a name without end", [...head, 3, 0x61, 0x62], "a name is too long"],
    ["a record cut off", [...head, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2], "it ends too early"],
  ])("%s is refused with its reason", (_, bytes, why) => {
    expect(parseResponse(Uint8Array.from(bytes))).toEqual({ ok: false, why });
  });

  test("RFC 1035 §4: whatever comes, it answers at once and throws nothing", () => {
    const seed = 2782;
    const random = seededRandom(seed);
    const good = dnsAnswer(7, { name: "pbx.example", type: 33 }, [
      { name: "pbx.example", type: 33, ttl: 20, data: [0, 10, 0, 20, 0x13, 0xc4], name2: "sip.pbx.example" },
      { name: "pbx.example", type: 6, ttl: 20, data: [0, 0], name2: "sip.pbx.example" },
    ]);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from(good);
      for (let change = 0; change <= i % 4; change++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const cut = i % 3 === 0 ? Math.floor(random() * bytes.length) : bytes.length;
      expect(() => parseResponse(bytes.subarray(0, cut)), `seed ${seed}, message ${i}`).not.toThrow();
    }
  });
});
