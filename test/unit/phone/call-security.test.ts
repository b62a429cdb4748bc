/** What phone/ makes of a call's encryption: the words, and whether keys were seen on their way. */
import { describe, expect, it } from "vitest";
import { endReasonOf, isAboutEncryption, isOverTls } from "../../../src/phone/call-security.ts";
import { SipRequest } from "../../../src/sip/message.ts";

const invite = (via: string) => new SipRequest("INVITE", "sip:bob@10.0.0.2").addHeader("Via", via);

describe("whether keys in SDP were seen by others", () => {
  it.each([
    ["SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1", true],
    ["SIP / 2.0 / tls 10.0.0.1:5061;branch=z9hG4bK1", true],
    ["SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1", false],
    ["SIP/2.0/TCP tls.example;branch=z9hG4bK1", false],
  ])("SEC-05: the next hop by %s; over TLS: %s", (via, expected) => {
    expect(isOverTls(invite(via))).toBe(expected);
  });
});

describe("words for the end of a call", () => {
  it.each([
    [488, "encryption required: the far end answers without", true, "Encryption required"],
    [488, "encrypted audio (RTP/SAVP) is offered, and encryption is off", false, "Encryption required"],
    [488, "Not Acceptable Here", true, "Encryption not accepted"],
    [415, "Unsupported Media Type", true, "Encryption not accepted"],
    [488, "Not Acceptable Here", false, "No common codec"],
    [486, "Busy Here", true, "Busy"],
  ])("SEC-05: %i %s, compulsory: %s", (status, reason, compulsory, shown) => {
    expect(endReasonOf(status, reason, compulsory)).toBe(shown);
  });

  it("SEC-05: a want of codecs is not taken for a want of encryption", () => {
    expect(isAboutEncryption("no common codec: offered GSM")).toBe(false);
  });
});
