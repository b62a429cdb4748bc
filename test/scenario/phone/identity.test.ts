import { describe, expect, it } from "vitest";
import type { Session } from "../../../src/sip/session.ts";
import { account, answers, open, PhoneRig } from "./rig.ts";

async function atServer(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const server = await rig.server();
  const desk = await rig.desk("10.0.0.1", account("101", more));
  return { rig, server, desk };
}

describe("identity on the wire", () => {
  it("CAL-71: an anonymous call hides who calls in From and Contact and tells the server in P-Preferred-Identity", async () => {
    const { rig, server, desk } = await atServer({ "account.1.anonymous_call": 1 });
    const seen: Session[] = [];
    server.numbers.set("600", (session) => {
      seen.push(session);
      answers(session);
    });
    desk.phone.dial("600");
    await rig.run(100);
    expect(desk.calls).toEqual(["*out talking"]);
    const request = seen[0]?.request;
    expect(request?.from.uri).toBe("sip:anonymous@anonymous.invalid");
    expect(request?.header("Privacy")).toBe("id");
    expect(request?.header("P-Preferred-Identity")).toContain("sip:101@");
    expect(request?.contacts[0]?.uri).not.toContain("101");
  });

  it("CAL-72: an anonymous caller gets 433 and does not ring", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair(open);
    bob.provision({ ...open, "account.1.reject_anonymous_call": 1 });
    alice.provision({ ...open, "account.1.anonymous_call": 1 });
    alice.phone.dial("sip:phone@10.0.0.2");
    await rig.run(100);
    expect([alice.calls, bob.calls, bob.rings]).toEqual([["*out ended failed Anonymity Disallowed (433)"], [], false]);
  });

  it("CAL-32: who is forwarded to sees by whom, where the caller passes it on", async () => {
    const { rig, desk } = await atServer();
    const other = await rig.phone("10.0.0.7", "carol");
    other.userAgent.invite({
      identity: other.identity,
      to: "sip:101@10.0.0.1",
      media: {
        address: "10.0.0.7",
        port: 4000,
        codecs: [{ name: "pcmu", payloadType: 0 }],
        dtmfType: 101,
        ptimeMs: 20,
        hold: false,
      },
      extraHeaders: [["Diversion", '"Bob" <sip:102@10.0.0.9>;reason=user-busy']],
    });
    await rig.run(100);
    expect(desk.phone.view.calls.map((c) => c.diverted)).toEqual(["Bob"]);
  });
});

describe("digits by INFO", () => {
  it.each([
    [2, 1, ["application/dtmf-relay Signal=7\r\nDuration=100\r\n"], []],
    [3, 2, ["application/dtmf 7"], ["7"]],
    [1, 1, [], ["7"]],
  ])("CAL-78: type %i, info_type %i", async (type, info, bodies, inMedia) => {
    const { rig, server, desk } = await atServer({ "account.1.dtmf.type": type, "account.1.dtmf.info_type": info });
    const got: string[] = [];
    server.numbers.set("600", (session) => {
      session.onRequest.on(({ request }) => void got.push(`${request.contentType} ${request.bodyText}`));
      answers(session);
    });
    desk.phone.dial("600");
    await rig.run(100);
    desk.press("7");
    await rig.run(100);
    expect(got).toEqual(bodies);
    expect(desk.media.digits.length).toBe(inMedia.length);
  });
});
