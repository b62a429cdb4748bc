/** Which addresses a URI leads to: RFC 3263 §4 as far as A and AAAA go, RFC 3261 §8.1.2, §19.1.1. */
import { describe, expect, test } from "vitest";
import type { Resolver } from "../../../src/base/network.ts";
import { Locator, nextHopOf } from "../../../src/sip/location.ts";
import { SipRequest } from "../../../src/sip/message.ts";
import { SipUri } from "../../../src/sip/uri.ts";

const resolver: Resolver = {
  async addresses(host) {
    if (host === "two.example") return ["192.0.2.1", "2001:db8::1"];
    if (host === "none.example") return [];
    throw new Error(`no such host`);
  },
};
const locator = new Locator({ resolver });

describe("Locator", () => {
  test.each([
    ["sip:a@192.0.2.7", undefined, ["udp 192.0.2.7 5060"]],
    ["sip:a@192.0.2.7:5070;transport=tcp", undefined, ["tcp 192.0.2.7 5070"]],
    ["sip:a@192.0.2.7;transport=UDP", "tcp", ["udp 192.0.2.7 5060"]],
    ["sip:a@192.0.2.7", "tcp", ["tcp 192.0.2.7 5060"]],
    ["sip:a@192.0.2.7", "tls", ["tls 192.0.2.7 5061"]],
    ["sip:a@192.0.2.7;transport=tls", undefined, ["tls 192.0.2.7 5061"]],
    ["sips:a@192.0.2.7", undefined, ["tls 192.0.2.7 5061"]],
    ["sips:a@192.0.2.7:5099;transport=tcp", "udp", ["tls 192.0.2.7 5099"]],
    ["sip:a@192.0.2.7:0", undefined, ["udp 192.0.2.7 5060"]],
    ["sip:[2001:db8::7]:5062", undefined, ["udp 2001:db8::7 5062"]],
    ["sip:a@far.example;maddr=192.0.2.9", undefined, ["udp 192.0.2.9 5060"]],
    ["sip:a@far.example:5090;maddr=[2001:db8::9]", undefined, ["udp 2001:db8::9 5090"]],
    ["sip:a@two.example", undefined, ["udp 192.0.2.1 5060", "udp 2001:db8::1 5060"]],
  ] as const)("RFC 3263 §4.1, §4.2: %s", async (uri, preferred, expected) => {
    const found = await locator.locate(uri, preferred);
    expect(found.map((at) => `${at.transport} ${at.address} ${at.port}`)).toEqual(expected);
  });

  test("takes a parsed URI too", async () => {
    const uri = SipUri.parse("sip:192.0.2.1");
    if (uri === undefined) throw new Error("no URI");
    expect(await locator.locate(uri)).toEqual([{ transport: "udp", address: "192.0.2.1", port: 5060 }]);
  });

  test.each([
    ["sip:a@lost.example", "no address for host lost.example: no such host"],
    ["sip:a@none.example", "host none.example has no address"],
    ["sip:a@odd.example;transport=sctp", "cannot reach odd.example: transport sctp is not supported"],
    ["tel:+4930123", "tel:+4930123 names no host to send to"],
    ["not a uri", '"not a uri" is no URI'],
  ])("what leads nowhere is named: %s", async (uri, message) => {
    await expect(locator.locate(uri)).rejects.toThrow(message);
  });
});

test("§8.1.2: the first loose Route decides where a request goes, else the Request-URI", () => {
  const request = new SipRequest("INVITE", "sip:b@far.example");
  expect(nextHopOf(request)).toBe("sip:b@far.example");
  request.addHeader("Route", "<sip:p1.example;lr>, <sip:p2.example;lr>");
  expect(nextHopOf(request)).toBe("sip:p1.example;lr");
  request.setHeader("Route", "<sip:strict.example>");
  expect(nextHopOf(request)).toBe("sip:b@far.example");
});
