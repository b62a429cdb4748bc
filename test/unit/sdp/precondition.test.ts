/** Which offers would have us ring too early (RFC 3312). */
import { expect, test } from "vitest";
import { parseSdp } from "../../../src/sdp/parse.ts";
import { hasUnmetPrecondition } from "../../../src/sdp/precondition.ts";

test("RFC 3312 §5: a mandatory precondition of the offerer that is not met, and those that do no harm", () => {
  const cases: [string[], boolean][] = [
    [[], false],
    [["a=curr:qos local none", "a=des:qos mandatory local sendrecv"], true],
    [["a=curr:qos local send", "a=des:qos mandatory local sendrecv"], true],
    [["a=curr:qos local sendrecv", "a=des:qos mandatory local sendrecv"], false],
    [["a=curr:qos local sendrecv", "a=des:qos mandatory local send"], false],
    [["a=curr:qos remote none", "a=des:qos mandatory remote sendrecv"], false],
    [["a=curr:qos e2e none", "a=des:qos optional e2e sendrecv"], false],
    [["a=des:qos mandatory e2e send"], true],
    [["a=des:qos mandatory e2e none"], false],
    [["a=curr:qos local none", "a=des:qos mandatory local whatever"], true],
  ];
  for (const [attributes, expected] of cases) {
    const text = [
      "v=0",
      "o=- 1 1 IN IP4 192.0.2.1",
      "s=-",
      "c=IN IP4 192.0.2.1",
      "t=0 0",
      "m=audio 4000 RTP/AVP 0",
      ...attributes,
      "",
    ];
    const parsed = parseSdp(text.join("\r\n"));
    expect([attributes, parsed.ok && hasUnmetPrecondition(parsed.description)]).toEqual([attributes, expected]);
  }
});
