/** Replaces and Join, read, written and judged: RFC 3891, RFC 3911. */
import { expect, test } from "vitest";
import { NameAddress } from "../../../src/sip/address.ts";
import { SipRequest } from "../../../src/sip/message.ts";
import {
  parseReplaces,
  replacementRefusal,
  replacesValue,
  takeoverOf,
  takeoverTargetOf,
  uriReplacing,
} from "../../../src/sip/replaces.ts";

test("RFC 3891 §6.1: the header, in any order, or why it is none", () => {
  const good = "425928@bobster.example.org;to-tag=7743;from-tag=6472";
  const parsed = parseReplaces(good);
  expect(parsed).toEqual({ callId: "425928@bobster.example.org", toTag: "7743", fromTag: "6472", earlyOnly: false });
  expect(parsed && replacesValue(parsed)).toBe(good);
  expect(parseReplaces("a ; early-only;from-tag=1 ;to-tag=2")?.earlyOnly).toBe(true);
  for (const bad of [
    "",
    "a",
    ";to-tag=1;from-tag=2",
    "a;to-tag=1",
    "a;to-tag=1;to-tag=1;from-tag=2",
    "a b;to-tag=1;from-tag=2",
  ])
    expect([bad, parseReplaces(bad)]).toEqual([bad, undefined]);
});

test("RFC 5589 §7: the header travels inside the URI of Refer-To and comes out the same", () => {
  const dialog = { callId: "a%b@[::1]", toTag: "x&y", fromTag: "1=2", earlyOnly: false };
  const uri = uriReplacing("sip:carol@10.0.0.3;transport=tcp?Subject=x", dialog);
  expect(uri).toMatch(/^sip:carol@10\.0\.0\.3;transport=tcp\?Replaces=/);
  const headers = NameAddress.parse(`<${uri}>`)?.parsedUri?.headers ?? [];
  expect(parseReplaces(headers.find(([name]) => name === "replaces")?.[1] ?? "")).toEqual(dialog);
  expect(headers.find(([name]) => name === "replaces")?.[1]).toBe(replacesValue(dialog));
});

test("RFC 5589 §7.5: a REFER names a GRUU, else the address-of-record, else whatever Contact an anonymous caller has", () => {
  const aor = "sip:carol@example.com";
  const gruu = "sip:carol@example.com;gr=urn:uuid:1";
  expect(takeoverTargetOf("sip:carol@10.0.0.3:5062", aor)).toBe(aor);
  expect(takeoverTargetOf(gruu, aor)).toBe(gruu);
  expect(takeoverTargetOf("sip:x@10.0.0.3", "sip:anonymous@anonymous.invalid")).toBe("sip:x@10.0.0.3");
  expect(takeoverTargetOf("sip:x@10.0.0.3", "tel:+4930123")).toBe("sip:x@10.0.0.3");
});

test("RFC 3891 §3, RFC 3911 §4: one such header at most", () => {
  const of = (...headers: [string, string][]) => {
    const request = new SipRequest("INVITE", "sip:x@y");
    for (const [name, value] of headers) request.addHeader(name, value);
    return takeoverOf(request).kind;
  };
  const value = "a;to-tag=1;from-tag=2";
  expect(of()).toBe("none");
  expect(of(["Replaces", value])).toBe("replaces");
  expect(of(["Join", value])).toBe("join");
  expect(of(["Join", value], ["Replaces", value])).toBe("malformed");
  expect(of(["Replaces", value], ["Replaces", value])).toBe("malformed");
  expect(of(["Replaces", "nonsense"])).toBe("malformed");
});

test("RFC 3891 §3: which calls may be replaced", () => {
  const end = { name: "terminated", by: "local", status: 200, reason: "", elsewhere: false } as const;
  expect(replacementRefusal("in", { name: "established", change: "none" }, false)).toBeUndefined();
  expect(replacementRefusal("in", { name: "established", change: "none" }, true)).toBe(486);
  expect(replacementRefusal("in", { name: "accepted", offered: false }, false)).toBeUndefined();
  expect(replacementRefusal("out", { name: "proceeding", status: 180 }, true)).toBeUndefined();
  expect(replacementRefusal("in", { name: "incoming", status: 180 }, false)).toBe(481);
  for (const phase of [end, { name: "leaving", end }, { name: "cancelling", end }] as const)
    expect(replacementRefusal("out", phase, false)).toBe(603);
});
