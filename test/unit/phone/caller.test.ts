import { describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { callerOf, connectedPartyOf, divertedBy, presentation, refusesAnonymous } from "../../../src/phone/caller.ts";
import { dtmfWayOf, infoOf } from "../../../src/phone/dtmf-info.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";

function settings(values: Readonly<Record<string, string | number>> = {}): Configuration {
  const config = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  config.set(
    "mac",
    Object.entries(values).map(([name, value]) => ({ name, value: String(value) })),
  );
  return config;
}

function invite(headers: Readonly<Record<string, string>> = {}, from = '"Alice" <sip:101@pbx.example>;tag=1') {
  const request = new SipRequest("INVITE", "sip:102@10.0.0.1").addHeader("From", from).addHeader("To", "<sip:102@x>");
  for (const [name, value] of Object.entries(headers)) request.addHeader(name, value);
  return request;
}

const all = {
  "P-Asserted-Identity": '"Asserted" <sip:201@pbx.example>',
  "Remote-Party-ID": '"Remote" <sip:301@pbx.example>;party=calling',
};

describe("who calls", () => {
  it.each([
    [0, "Alice 101"],
    [1, "Asserted 201"],
    [2, "Asserted 201"],
    [3, "Remote 301"],
    [4, "Asserted 201"],
    [5, "Remote 301"],
  ])("CAL-73: cid_source %i shows %s", (source, want) => {
    const { party } = callerOf(invite(all), settings({ "account.1.cid_source": source }), 1);
    expect(`${party.name} ${party.number}`).toBe(want);
  });

  it.each([1, 2, 3, 4, 5])("CAL-73: cid_source %i falls back on From", (source) => {
    const { party } = callerOf(invite(), settings({ "account.1.cid_source": source }), 1);
    expect(party).toMatchObject({ name: "Alice", number: "101" });
  });

  it("CAL-73: 6 takes the order that is written, names nobody knows passed over", () => {
    const order = { "account.1.cid_source": 6, "sip.cid_source.preference": "X-Caller, Remote-Party-ID, From" };
    expect(callerOf(invite(all), settings(order), 1).party.number).toBe("301");
  });

  it("CAL-73: P-Preferred-Identity goes before, unless switched off", () => {
    const preferred = { ...all, "P-Preferred-Identity": "<sip:401@pbx.example>" };
    expect(callerOf(invite(preferred), settings(), 1).party).toMatchObject({ name: "", number: "401" });
    expect(callerOf(invite(preferred), settings({ "account.1.cid_source_ppi": 0 }), 1).party.number).toBe("101");
  });

  it("CAL-73: Privacy goes before everything, unless switched off", () => {
    const hidden = invite({ ...all, Privacy: "id" });
    expect(callerOf(hidden, settings(), 1)).toEqual({ party: { name: "Anonymous", number: "" }, uri: "" });
    expect(callerOf(hidden, settings({ "account.1.cid_source_privacy": 0 }), 1).party.number).toBe("101");
  });

  it("CAL-32: a call that came by a diversion says by whom, unless that is hidden", () => {
    expect(divertedBy(invite({ Diversion: '"Bob" <sip:102@x>;reason=no-answer' }))).toBe("Bob");
    expect(divertedBy(invite({ Diversion: "<sip:102@x>;privacy=full" }))).toBe("");
    expect(divertedBy(invite())).toBe("");
  });

  it("CAL-72: anonymous callers are refused where that is switched on", () => {
    const anonymous = invite({}, "Anonymous <sip:anonymous@anonymous.invalid>;tag=1");
    const on = settings({ "account.1.reject_anonymous_call": 1 });
    expect([refusesAnonymous(anonymous, on, 1), refusesAnonymous(invite(), on, 1)]).toEqual([true, false]);
    expect(refusesAnonymous(anonymous, settings(), 1)).toBe(false);
  });
});

describe("who answered", () => {
  const answer = (headers: Readonly<Record<string, string>>) => {
    const response = SipResponse.to(invite(), 200, "OK", "2");
    for (const [name, value] of Object.entries(headers)) response.addHeader(name, value);
    return response;
  };
  const contact = { Contact: "<sip:501@10.0.0.2>" };

  it.each([
    [0, { ...all, ...contact }, "201"],
    [0, contact, undefined],
    [1, { ...all, ...contact }, undefined],
    [2, { ...all, ...contact }, undefined],
    [3, contact, "501"],
  ])("CAL-74: cp_source %i with %o", (source, headers, want) => {
    const party = connectedPartyOf(answer(headers), settings({ "account.1.cp_source": source }), 1);
    expect(party?.number).toBe(want);
  });

  it("CAL-74: cp_source 2 follows From of the other side's own requests (RFC 4916)", () => {
    const update = invite({}, '"New" <sip:601@pbx.example>;tag=9');
    expect(connectedPartyOf(update, settings({ "account.1.cp_source": 2 }), 1)).toMatchObject({
      name: "New",
      number: "601",
    });
  });
});

describe("how we appear and what we send", () => {
  it("CAL-71: anonymous by ourselves, by the server, or not at all", () => {
    const of = (mode: number) => presentation(settings({ "account.1.anonymous_call": mode }), 1);
    expect(of(0)).toEqual({ extraHeaders: [] });
    expect(of(1)).toEqual({ anonymous: true, identify: "preferred", extraHeaders: [] });
    expect(of(2)).toEqual({ identify: "preferred", extraHeaders: [["Privacy", "id"]] });
  });

  it.each([
    [0, 1, { media: true, info: undefined }],
    [1, 1, { media: true, info: undefined }],
    [2, 0, { media: false, info: "relay" }],
    [2, 2, { media: false, info: "plain" }],
    [3, 0, { media: true, info: undefined }],
    [3, 3, { media: true, info: "event" }],
  ])("CAL-78: type %i, info_type %i", (type, info, want) => {
    expect(dtmfWayOf(settings({ "account.1.dtmf.type": type, "account.1.dtmf.info_type": info }), 1)).toEqual(want);
  });

  it("CAL-78: the bodies of INFO", () => {
    expect(infoOf("5", 160, "relay")).toEqual({
      contentType: "application/dtmf-relay",
      body: "Signal=5\r\nDuration=160\r\n",
    });
    expect(infoOf("#", 160, "plain")).toEqual({ contentType: "application/dtmf", body: "#" });
    expect(infoOf("*", 90, "event").contentType).toBe("application/telephone-event");
  });
});
