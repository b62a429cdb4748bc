import { describe, expect, it } from "vitest";
import { type NumberRules, targetOf } from "../../../src/phone/number.ts";

const rules: NumberRules = { filter: ",- ()", escapePound: true, userPhone: false, directIp: true };

describe("from a number to a URI", () => {
  it.each([
    ["CAL-77: characters of the filter are left out", "(0 30) 12-34", "sip:0301234@pbx.test"],
    ["ACC-21: # is escaped", "*21#", "sip:*21%23@pbx.test"],
    ["RFC 3261 §25.1: what may not stand in a user part is escaped", "ä b:c", "sip:%C3%A4b%3Ac@pbx.test"],
    ["RFC 3966: a tel URI goes to the server", "tel:+4930-1234;phone-context=x", "sip:+49301234@pbx.test"],
  ])("%s", (_title, dialled, uri) => {
    expect(targetOf(dialled, "pbx.test", rules)).toMatchObject({ type: "number", uri });
  });

  it("ACC-20, ACC-21: # stays when escaping is off, user=phone is added when wanted", () => {
    expect(targetOf("1#", "h", { ...rules, escapePound: false })).toMatchObject({ uri: "sip:1#@h" });
    expect(targetOf("1", "h", { ...rules, userPhone: true })).toMatchObject({ uri: "sip:1@h;user=phone" });
  });

  it.each([
    ["sip:b@127.0.7.3:5060", "sip:b@127.0.7.3:5060", true],
    ["192*168*1*5", "sip:192.168.1.5", true],
    ["10.1.2.3", "sip:10.1.2.3", true],
    ["sip:x@[2001:db8::1]:5070", "sip:x@[2001:db8::1]:5070", true],
    ["alice@example.test", "sip:alice@example.test", false],
    ["SIP:Bob%40x@host.test;transport=tcp", "SIP:Bob%40x@host.test;transport=tcp", false],
  ])("ACC-31: %s is called without a number plan", (dialled, uri, numericHost) => {
    expect(targetOf(dialled, undefined, rules)).toEqual({ type: "uri", uri, numericHost });
  });

  it("ACC-31: a star code with four parts that is no address stays a number", () => {
    expect(targetOf("1*2*3*999", "h", rules)).toMatchObject({ type: "number", uri: "sip:1*2*3*999@h" });
  });

  it.each([
    ["", undefined, "No number"],
    ["600", undefined, "No account"],
    ["- -", "h", "No number"],
    ["sip:", "h", '"sip:" has no host'],
  ])("CAL-01: %j without a way to dial it says why", (dialled, domain, why) => {
    expect(targetOf(dialled, domain, rules)).toEqual({ type: "refused", why });
  });

  it("ACC-31: calls to addresses can be switched off", () => {
    expect(targetOf("10.0.0.1", "h", { ...rules, directIp: false })).toMatchObject({ type: "refused" });
  });
});
