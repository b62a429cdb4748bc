/** Who calls, and by whom the call came: identity headers read (RFC 3323, 3325, 5806, 7044, 7989). */
import { expect, test } from "vitest";
import {
  diversionsOf,
  divertedBy,
  historyOf,
  type IdentitySource,
  infoOf,
  isAnonymous,
  partyOf,
} from "../../../src/sip/identity-headers.ts";
import { SipRequest } from "../../../src/sip/message.ts";
import { sessionIdOf } from "../../../src/sip/session-id.ts";

function invite(...headers: [string, string][]): SipRequest {
  const request = new SipRequest("INVITE", "sip:me@x");
  if (!headers.some(([name]) => name === "From")) request.addHeader("From", '"F" <sip:from@x>;tag=1');
  for (const [name, value] of headers) request.addHeader(name, value);
  return request;
}

test("CAL-73: the first source that the message has counts, in the order wished for", () => {
  const all = invite(
    ["P-Asserted-Identity", '<tel:+49123>, "P" <sip:pai@x>'],
    ["Remote-Party-ID", '"R" <sip:rpid@x>;party=calling;privacy=off'],
    ["P-Preferred-Identity", "<sip:ppi@x>"],
    ["Contact", "<sip:contact@y>"],
  );
  const cases: [IdentitySource[], string | undefined, string | undefined][] = [
    [["from"], "sip:from@x", "F"],
    [["pai", "from"], "sip:pai@x", "P"],
    [["rpid", "pai", "from"], "sip:rpid@x", "R"],
    [["ppi", "pai"], "sip:ppi@x", ""],
    [["contact"], "sip:contact@y", ""],
    [[], undefined, undefined],
  ];
  for (const [order, uri, name] of cases) {
    const party = partyOf(all, order);
    expect([order, party?.uri, party?.displayName]).toEqual([order, uri, name]);
  }
  expect(partyOf(invite(), ["pai", "rpid", "from"])).toEqual({ source: "from", uri: "sip:from@x", displayName: "F" });
  expect(partyOf(invite(["P-Asserted-Identity", "nonsense"]), ["pai", "from"])?.source).toBe("from");
  expect(partyOf(invite(["Remote-Party-ID", "<sip:secret@x>;privacy=full"]), ["rpid", "from"])?.source).toBe("from");
});

test("CAL-72: who does not want to be known", () => {
  const cases: [[string, string][], boolean][] = [
    [[], false],
    [[["Privacy", "id"]], true],
    [[["Privacy", "user;id;critical"]], true],
    [[["Privacy", "none"]], false],
    [[["Privacy", "session"]], false],
    [[["From", '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1']], true],
    [[["From", "<sip:anonymous@pbx.example>;tag=1"]], true],
    [[["From", '"Anonymous Bosch" <sip:bosch@x>;tag=1']], false],
    [[["Remote-Party-ID", "<sip:a@x>;privacy=full"]], true],
    [[["Remote-Party-ID", "<sip:a@x>;privacy=off"]], false],
  ];
  for (const [headers, expected] of cases)
    expect([headers, isAnonymous(invite(...headers))]).toEqual([headers, expected]);
});

test("RFC 5806 §4, RFC 7044 §5: who diverted the call, why and how often", () => {
  const diverted = invite([
    "Diversion",
    '"Bob" <sip:bob@x>;reason=user-busy;counter=2, <sip:carol@x>;reason="no-answer";privacy=full',
  ]);
  expect(diversionsOf(diverted)).toEqual([
    { displayName: "Bob", uri: "sip:bob@x", reason: "user-busy", count: 2, hidden: false },
    { displayName: "", uri: "sip:carol@x", reason: "no-answer", count: 1, hidden: true },
  ]);
  expect(divertedBy(diverted)?.uri).toBe("sip:bob@x");
  const history = invite(
    ["History-Info", "<sip:me@x>;index=1.10"],
    ["History-Info", '"Bob" <sip:bob@x?Reason=SIP%3Bcause%3D302>;index=1, <sip:dave@x;cause=408>;index=1.2'],
  );
  expect(historyOf(history).map((e) => [e.index, e.uri, e.cause])).toEqual([
    ["1", "sip:bob@x", 302],
    ["1.2", "sip:dave@x;cause=408", 408],
    ["1.10", "sip:me@x", undefined],
  ]);
  expect(divertedBy(history)?.uri).toBe("sip:dave@x;cause=408");
  expect(divertedBy(invite(["History-Info", "<sip:me@x>;index=1"]))).toBeUndefined();
});

test("RFC 3261 §20.4, §20.9: how to ring and what else to know, also as PBXs misspell it", () => {
  const request = invite(
    ["Alert-Info", '<http://x/ring.wav>;info="Family, home";x-line-id=0'],
    ["Alert-Info", "info=alert-external"],
    ["Alert-Info", "http://127.0.0.1;info=Bellcore-dr3"],
    ["Call-Info", "<sip:x>;answer-after=0"],
  );
  expect(infoOf(request, "Alert-Info").map((e) => [e.uri, e.params.get("info")])).toEqual([
    ["http://x/ring.wav", "Family, home"],
    ["info=alert-external", undefined],
    ["http://127.0.0.1", "Bellcore-dr3"],
  ]);
  expect(infoOf(request, "Call-Info")[0]?.params.get("answer-after")).toBe("0");
});

test("RFC 7989 §5: the identifier of a session, or none that is one", () => {
  const id = "ab30317f1a784dc48ff824d0d3715d86";
  expect(sessionIdOf(invite(["Session-ID", `${id};remote=00000000000000000000000000000000`]))).toEqual({
    local: id,
    remote: "0".repeat(32),
  });
  expect(sessionIdOf(invite(["Session-ID", "short"]))).toBeUndefined();
  expect(sessionIdOf(invite())).toBeUndefined();
});
