import { expect, test } from "vitest";
import { SipResponse } from "../../../src/sip/message.ts";
import { addContacts, beginRedirects, mostRedirections, nextTarget } from "../../../src/sip/redirect.ts";

function moved(contact: string): SipResponse {
  return new SipResponse(302).addHeader("Contact", contact);
}

function order(first: string, contact: string): string[] {
  const found: string[] = [];
  let state = addContacts(beginRedirects(first), moved(contact));
  for (let next = nextTarget(state); next !== undefined; next = nextTarget(state)) {
    found.push(next[0]);
    state = next[1];
  }
  return found;
}

for (const [what, contact, targets] of [
  [
    "best q first, absent counts as 1",
    "<sip:a@x>;q=0.5, <sip:b@x>, <sip:c@x>;q=0.75",
    ["sip:b@x", "sip:c@x", "sip:a@x"],
  ],
  ["equal q keeps the server's order", "<sip:a@x>, <sip:b@x>", ["sip:a@x", "sip:b@x"]],
  ["the same URI counts once, case of host aside", "<sip:a@X>, <sip:a@x>", ["sip:a@X"]],
  ["what was tried is not tried again", "<sip:first@x>, <sip:a@x>", ["sip:a@x"]],
  ["other schemes are left out", "<tel:+1>, <mailto:a@x>, <sip:a@x>", ["sip:a@x"]],
  ["headers and method have no place in a Request-URI", "<sip:a@x;method=INVITE?Subject=y>", ["sip:a@x"]],
  ["a user part keeps its own marks", "<sip:a?b;method=x@x;method=INVITE;y?z=1>", ["sip:a?b;method=x@x;y"]],
  ["another method than INVITE is left out", "<sip:a@x;method=SUBSCRIBE>", []],
  ["a malformed q is the least", "<sip:a@x>;q=9, <sip:b@x>;q=0.1", ["sip:b@x", "sip:a@x"]],
  ["none", "garbage", []],
] as const)
  test(`RFC 3261 §8.1.3.4: redirection: ${what}`, () => expect(order("sip:first@x", contact)).toEqual(targets));

test("RFC 3261 §8.1.3.4: no more than five redirections are followed", () => {
  const many = Array.from({ length: 20 }, (_, i) => `<sip:n${i}@x>`).join(", ");
  expect(order("sip:first@x", many)).toHaveLength(mostRedirections);
});
