/** What accounts and SIP settings make of calls, as the other side sees it on the wire and a person on the LCD. */
import { describe, expect, it } from "vitest";
import { sdp } from "../sip/rig.ts";
import { serverAddress } from "./rig.ts";
import { atSocket, call, deskAddress, statuses } from "./socket-server.ts";

describe("the form of calls", () => {
  it("ACC-35: a called number goes out as sip, as sip with user=phone, or as tel; the rest of the phone is untouched", async () => {
    for (const [format, number, uri] of [
      [0, "600", `sip:600@${serverAddress}`],
      [1, "600", `sip:600@${serverAddress};user=phone`],
      [2, "600", `tel:600;phone-context=${serverAddress}`],
      [2, "+49301234", "tel:+49301234"],
      [2, "alice", `sip:alice@${serverAddress}`],
    ] as const) {
      const { rig, server, desk } = await atSocket({ "features.call_invite_format": format });
      desk.phone.dial(number);
      await rig.run(50);
      const invite = server.last("INVITE");
      expect([number, invite.uri, invite.to.uri]).toEqual([number, uri, uri]);
      server.respond(invite, 200, { sdp: sdp(serverAddress) });
      await rig.run(50);
      expect(desk.calls).toEqual(["*out talking"]);
      expect(server.count("ACK")).toBe(1);
    }
  });

  it("ACC-35: + is put before international numbers only where that is configured", async () => {
    const { rig, server, desk } = await atSocket({ "sip.requesturi.e164.addglobalprefix": 1 });
    for (const [number, user] of [
      ["4930123456", "+4930123456"],
      ["030123456", "030123456"],
      ["600", "600"],
    ] as const) {
      desk.phone.dial(number);
      await rig.run(50);
      expect(server.last("INVITE").requestUri?.user).toBe(user);
      server.respond(server.last("INVITE"), 486);
      await rig.run(50);
    }
    desk.provision({ "sip.requesturi.e164.addglobalprefix": 0 });
    desk.phone.dial("4930123456");
    await rig.run(50);
    expect(server.last("INVITE").requestUri?.user).toBe("4930123456");
  });

  it("ACC-21: sip.escape_characters.enable escapes what a server could take for the end of the number", async () => {
    const { rig, server, desk } = await atSocket();
    const dialled = async () => {
      desk.phone.dial("+1;2=3/4#");
      await rig.run(50);
      const { uri } = server.last("INVITE");
      server.respond(server.last("INVITE"), 486);
      await rig.run(50);
      return uri;
    };
    expect(await dialled()).toBe(`sip:+1;2=3/4%23@${serverAddress}`);
    desk.provision({ "sip.escape_characters.enable": 1 });
    expect(await dialled()).toBe(`sip:+1%3B2%3D3%2F4%23@${serverAddress}`);
    desk.provision({ "sip.use_23_as_pound": 0 });
    expect(await dialled()).toBe(`sip:+1%3B2%3D3%2F4#@${serverAddress}`);
  });

  it("ACC-25: the offer wishes for quality of service, says that our side has it, and announces the extension", async () => {
    const { rig, server, desk } = await atSocket({ "account.1.precondition": 1 });
    desk.phone.dial("600");
    await rig.run(50);
    const invite = server.last("INVITE");
    expect(invite.values("Supported")).toEqual(expect.arrayContaining(["precondition", "100rel"]));
    expect(invite.values("Require")).toEqual([]);
    const lines = invite.bodyText.split("\r\n").filter((line) => /^a=(curr|des):/.test(line));
    expect(lines).toEqual([
      "a=curr:qos local sendrecv",
      "a=curr:qos remote none",
      "a=des:qos optional local sendrecv",
      "a=des:qos optional remote sendrecv",
    ]);
    expect(invite.bodyText.indexOf("a=curr")).toBeGreaterThan(invite.bodyText.indexOf("m=audio"));
    // A far end that knows nothing of it answers as ever.
    server.respond(invite, 200, { sdp: sdp(serverAddress) });
    await rig.run(50);
    expect(desk.calls).toEqual(["*out talking"]);
    desk.phone.hold();
    await rig.run(50);
    expect(server.last("INVITE").bodyText).toContain("a=curr:qos remote sendrecv");
  });

  it("ACC-25: nothing of it where it is off; an offer whose preconditions are met is answered in kind", async () => {
    const { rig, server, desk } = await atSocket();
    desk.phone.dial("600");
    await rig.run(50);
    expect(server.last("INVITE").bodyText).not.toMatch(/a=(curr|des):/);
    expect(server.last("INVITE").values("Supported")).not.toContain("precondition");
    desk.phone.hangUp();
    await rig.run(50);
    const wishes = `${sdp(serverAddress)}a=curr:qos local sendrecv\r\na=curr:qos remote none\r\na=des:qos mandatory local sendrecv\r\na=des:qos optional remote sendrecv\r\n`;
    const headers: [string, string][] = [["Require", "precondition"]];
    server.request("INVITE", deskAddress, { sdp: wishes, callId: "in", headers });
    await rig.run(50);
    desk.phone.answer();
    await rig.run(50);
    const answer = server.responses.find((r) => r.callId === "in" && r.status === 200);
    expect(answer?.bodyText.split("\r\n").filter((line) => /^a=(curr|des):/.test(line))).toEqual([
      "a=curr:qos remote sendrecv",
      "a=curr:qos local sendrecv",
      "a=des:qos mandatory remote sendrecv",
      "a=des:qos optional local sendrecv",
    ]);
  });

  it("ACC-34: 2 leaves the offer to whom we call; our answer goes in the ACK", async () => {
    const { rig, server, desk } = await atSocket({ "sip.sdp_early_answer_or_offer": 2 });
    desk.phone.dial("600");
    await rig.run(50);
    expect(server.last("INVITE").bodyText).toBe("");
    server.respond(server.last("INVITE"), 200, { sdp: sdp(serverAddress) });
    await rig.run(50);
    expect(server.last("ACK").bodyText).toContain("m=audio");
    expect([desk.calls, desk.stream]).toEqual([["*out talking"], `sendrecv ${serverAddress}`]);
  });

  it("ACC-34: 1 answers the offer already in our 180; no sound is sent before somebody answers", async () => {
    const { rig, server, desk } = await atSocket({ "sip.sdp_early_answer_or_offer": 1 });
    call(server, "in");
    await rig.run(50);
    const described = server.responses.filter((r) => r.callId === "in" && r.status === 180 && r.bodyText !== "");
    expect(described).toHaveLength(1);
    expect(described[0]?.bodyText).toContain("m=audio");
    expect([desk.calls, desk.stream]).toEqual([["*in incoming"], "not configured"]);
    desk.phone.answer();
    await rig.run(50);
    expect([desk.calls, desk.stream]).toEqual([["*in talking"], `sendrecv ${serverAddress}`]);
    const ok = server.responses.find((r) => r.callId === "in" && r.status === 200);
    const origin = (text: string | undefined) => /^o=.*/m.exec(text ?? "")?.[0];
    expect(origin(ok?.bodyText)).toBe(origin(described[0]?.bodyText));
    desk.phone.hangUp();
    await rig.run(50);
    expect(desk.media.streams.size).toBe(0);
  });

  it("ACC-34: a call that is described and then refused or given up leaves no stream", async () => {
    const { rig, server, desk } = await atSocket({ "sip.sdp_early_answer_or_offer": 1 });
    call(server, "refused");
    await rig.run(50);
    expect(desk.media.streams.size).toBe(1);
    desk.phone.reject();
    await rig.run(50);
    expect([desk.media.streams.size, statuses(server, "refused").at(-1)]).toEqual([0, 486]);
  });

  it("ACC-34: unless told the INVITE has the offer and the 200 the answer", async () => {
    const { rig, server, desk } = await atSocket();
    call(server, "in");
    await rig.run(50);
    expect(server.responses.filter((r) => r.status === 180).map((r) => r.bodyText)).toEqual([""]);
    desk.phone.reject();
    desk.phone.dial("600");
    await rig.run(50);
    expect(server.last("INVITE").bodyText).toContain("m=audio");
  });
});

describe("what a person reads at the end", () => {
  async function endOf(more: Record<string, string | number>, status: number, headers: [string, string][] = []) {
    const { rig, server, desk } = await atSocket(more);
    desk.phone.dial("600");
    await rig.run(50);
    server.respond(server.last("INVITE"), status, { headers });
    await rig.run(50);
    return desk.calls[0];
  }
  const reason: [string, string][] = [["Reason", 'Q.850;cause=21;text="Credit used up"']];

  it("ACC-32: our words unless told; the server's reason phrase, or better its Reason header, where configured", async () => {
    expect(await endOf({}, 486)).toBe("*out ended failed Busy");
    expect(await endOf({}, 486, reason)).toBe("*out ended failed Busy");
    const own = { "sip.call_fail_use_reason.enable": 1 };
    expect(await endOf(own, 486)).toBe("*out ended failed Busy Here");
    expect(await endOf(own, 486, reason)).toBe("*out ended failed Credit used up");
    expect(await endOf(own, 503)).toBe("*out ended failed Service Unavailable");
  });

  it("ACC-32: a 403 has the configured text, before any other", async () => {
    const text = { "phone_setting.show_code403": "Ask the front desk" };
    expect(await endOf(text, 403)).toBe("*out ended failed Ask the front desk");
    expect(await endOf({ ...text, "sip.call_fail_use_reason.enable": 1 }, 403, reason)).toBe(
      "*out ended failed Ask the front desk",
    );
    expect(await endOf(text, 404)).toBe("*out ended failed Not found");
    expect(await endOf({}, 403)).toBe("*out ended failed Forbidden");
  });

  it("ACC-32: a BYE with a reason in words is shown by these where configured", async () => {
    const { rig, server, desk } = await atSocket({ "sip.call_fail_use_reason.enable": 1 });
    desk.phone.dial("600");
    await rig.run(50);
    const invite = server.last("INVITE");
    server.respond(invite, 200, { sdp: sdp(serverAddress) });
    await rig.run(50);
    server.request("BYE", deskAddress, {
      callId: invite.callId,
      from: `<${invite.to.uri}>;tag=peer-tag`,
      toTag: invite.from.tag ?? "",
      headers: reason,
    });
    await rig.run(50);
    expect(desk.calls).toEqual(["*out ended remote Credit used up"]);
  });
});
