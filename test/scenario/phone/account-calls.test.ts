/** What accounts and SIP settings make of calls, as the other side sees it on the wire and a person on the LCD. */
import { describe, expect, it } from "vitest";
import { type Peer, sdp } from "../sip/rig.ts";
import { account, PhoneRig, serverAddress } from "./rig.ts";

const deskAddress = "10.0.0.1";
const strangerAddress = "10.0.0.66";

async function atSocket(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const server = await rig.peer(serverAddress);
  server.onRequest = (request) => {
    if (request.method !== "REGISTER") return;
    const contact = request.header("Contact") ?? "";
    server.respond(request, 200, { headers: request.expires === 0 ? [] : [["Contact", `${contact};expires=3600`]] });
  };
  const desk = await rig.desk(deskAddress, account("101", more));
  expect(desk.account).toBe("registered");
  return { rig, server, desk };
}

function call(peer: Peer, callId: string, headers: [string, string][] = []) {
  const from = `<sip:caller@${peer.address}>;tag=from-${callId}`;
  return peer.request("INVITE", deskAddress, {
    sdp: sdp(peer.address),
    callId,
    from,
    headers,
    branch: `z9hG4bK${callId}`,
  });
}

const statuses = (peer: Peer, callId: string) =>
  peer.responses.filter((r) => r.callId === callId && r.status > 100).map((r) => r.status);

describe("whom an account listens to", () => {
  it("ACC-17, SEC-19: sip.trust_ctrl closes every account, whatever it says itself; without it a stranger rings", async () => {
    const { rig, server, desk } = await atSocket({ "features.direct_ip_call_enable": 1 });
    const stranger = await rig.peer(strangerAddress);
    call(stranger, "open");
    await rig.run(50);
    expect([statuses(stranger, "open"), desk.calls]).toEqual([[180], ["*in incoming"]]);
    desk.phone.reject();
    await rig.run(50);
    desk.provision({ "sip.trust_ctrl": 1 });
    await rig.run(50);
    const missed = desk.phone.view.missedCalls;
    call(stranger, "closed");
    await rig.run(50);
    expect([statuses(stranger, "closed"), desk.calls, desk.rings]).toEqual([[403], [], false]);
    expect(desk.phone.view.missedCalls).toBe(missed);
    call(server, "known");
    await rig.run(50);
    expect([statuses(server, "known"), desk.calls]).toEqual([[180], ["*in incoming"]]);
    desk.provision({ "sip.trust_ctrl": 0 });
    desk.phone.reject();
    await rig.run(50);
    call(stranger, "again");
    await rig.run(50);
    expect(statuses(stranger, "again")).toEqual([180]);
    expect(desk.errors).toEqual([]);
  });

  it("ACC-17, SEC-19: closed is the default, and who is nobody here gets 403 from the phone without a word on the LCD", async () => {
    const { rig, desk } = await atSocket({ "account.1.sip_trust_ctrl": "%NULL%" });
    const stranger = await rig.peer(strangerAddress);
    call(stranger, "x");
    await rig.run(50);
    expect([statuses(stranger, "x"), desk.calls, desk.history, desk.rings]).toEqual([[403], [], [], false]);
    expect(desk.log.some((line) => line.includes(strangerAddress))).toBe(true);
  });

  it("ACC-18, SEC-19: methods of the source list are taken from servers only, at once after a change", async () => {
    const { rig, server, desk } = await atSocket();
    const stranger = await rig.peer(strangerAddress);
    call(stranger, "before");
    await rig.run(50);
    expect(statuses(stranger, "before")).toEqual([180]);
    desk.phone.reject();
    desk.provision({ "sip.request_validation.source.list": "invite, OPTIONS" });
    await rig.run(50);
    call(stranger, "after");
    stranger.request("OPTIONS", deskAddress, { callId: "options" });
    call(server, "server");
    await rig.run(50);
    expect([statuses(stranger, "after"), statuses(stranger, "options")]).toEqual([[403], [403]]);
    expect(statuses(server, "server")).toEqual([180]);
    desk.provision({ "sip.request_validation.source.list": "%NULL%" });
    stranger.request("OPTIONS", deskAddress, { callId: "options 2", branch: "z9hG4bKo2" });
    await rig.run(50);
    expect(statuses(stranger, "options 2")).toEqual([200]);
  });

  it("ACC-18: methods of the digest list get 401 with the configured realm; who knows an account's password comes through", async () => {
    const rig = new PhoneRig();
    await rig.server();
    const desk = await rig.desk(
      deskAddress,
      account("101", {
        "sip.request_validation.digest.list": "INVITE",
        "sip.request_validation.digest.realm": "desk.test",
      }),
    );
    const stranger = await rig.peer(strangerAddress);
    call(stranger, "x");
    await rig.run(50);
    expect(statuses(stranger, "x")).toEqual([401]);
    expect(stranger.responses.at(-1)?.header("WWW-Authenticate")).toContain('realm="desk.test"');
    expect(desk.calls).toEqual([]);
    for (const [password, shown] of [
      ["wrong", []],
      ["secret", ["*in incoming"]],
    ] as const) {
      const credentials = { username: "101", password };
      const caller = await rig.phone(`10.0.0.${password.length}`, "caller", { identity: { credentials } });
      caller.userAgent.invite({
        identity: caller.identity,
        to: `sip:101@${deskAddress}`,
        media: {
          address: caller.address,
          port: 4000,
          codecs: [{ name: "pcmu", payloadType: 0 }],
          dtmfType: 101,
          ptimeMs: 20,
          hold: false,
        },
      });
      await rig.run(200);
      expect([password, desk.calls]).toEqual([password, shown]);
    }
  });

  it("ACC-18: of NOTIFY only the configured events are checked", async () => {
    const { rig, desk } = await atSocket({
      "sip.request_validation.source.list": "NOTIFY",
      "sip.request_validation.event": "check-sync",
    });
    const stranger = await rig.peer(strangerAddress);
    for (const event of ["check-sync", "message-summary"])
      stranger.request("NOTIFY", deskAddress, {
        headers: [["Event", event]],
        callId: event,
        branch: `z9hG4bK${event}`,
      });
    await rig.run(50);
    expect(statuses(stranger, "check-sync")).toEqual([403]);
    expect(statuses(stranger, "message-summary")[0]).not.toBe(403);
    expect(desk.errors).toEqual([]);
  });
});

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

describe("servers of certain kinds", () => {
  it.each([2, 8, 10])(
    "ACC-15: a server of kind %i presses keys: talk answers and resumes, hold holds",
    async (kind) => {
      const { rig, server, desk } = await atSocket({ "account.1.sip_server_type": kind });
      expect(server.last("REGISTER").values("Allow-Events")).toEqual(["talk", "hold"]);
      call(server, "in");
      await rig.run(50);
      const ringing = server.responses.find((r) => r.callId === "in" && r.status === 180);
      expect(ringing?.values("Allow-Events")).toEqual(["talk", "hold"]);
      let sequence = 1;
      const press = async (event: string) => {
        sequence += 1;
        const headers: [string, string][] = [
          ["Event", event],
          ["Subscription-State", "active"],
          ["Contact", `<sip:caller@${serverAddress}>`],
        ];
        const own = { callId: "in", cseq: sequence, from: `<sip:caller@${serverAddress}>;tag=from-in` };
        server.request("NOTIFY", deskAddress, { ...own, toTag: ringing?.to.tag ?? "", headers });
        await rig.run(50);
        return server.responses.filter((r) => r.cseq.method === "NOTIFY").at(-1)?.status;
      };
      expect([await press("talk"), desk.calls]).toEqual([200, ["*in talking"]]);
      const ack: [string, string][] = [];
      server.request("ACK", deskAddress, {
        callId: "in",
        cseq: 1,
        from: `<sip:caller@${serverAddress}>;tag=from-in`,
        toTag: ringing?.to.tag ?? "",
        headers: ack,
      });
      server.onRequest = (request) => {
        if (request.method === "INVITE") server.respond(request, 200, { sdp: sdp(serverAddress, "recvonly"), tag: "" });
      };
      await rig.run(50);
      expect([await press("hold"), desk.calls]).toEqual([200, ["*in talking held local"]]);
      expect(server.last("INVITE").bodyText).toContain("a=sendonly");
      server.onRequest = (request) => {
        if (request.method === "INVITE") server.respond(request, 200, { sdp: sdp(serverAddress), tag: "" });
      };
      expect([await press("talk"), desk.calls]).toEqual([200, ["*in talking"]]);
      expect(desk.errors).toEqual([]);
    },
  );

  it("ACC-15: any other server may press nothing, and is not invited to", async () => {
    const { server: socket, desk, rig: own } = await atSocket();
    expect(socket.last("REGISTER").header("Allow-Events")).toBeUndefined();
    call(socket, "in");
    await own.run(50);
    const ringing = socket.responses.find((r) => r.status === 180);
    socket.request("NOTIFY", deskAddress, {
      callId: "in",
      cseq: 2,
      from: `<sip:caller@${serverAddress}>;tag=from-in`,
      toTag: ringing?.to.tag ?? "",
      headers: [["Event", "talk"]],
    });
    await own.run(50);
    expect(desk.calls).toEqual(["*in incoming"]);
    expect(socket.responses.filter((r) => r.cseq.method === "NOTIFY").at(-1)?.status).toBeGreaterThanOrEqual(400);
  });
});
