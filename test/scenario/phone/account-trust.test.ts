/** Whom an account listens to, and which servers may press its keys. */
import { describe, expect, it } from "vitest";
import { sdp } from "../sip/rig.ts";
import { account, PhoneRig, serverAddress } from "./rig.ts";
import { atSocket, call, deskAddress, statuses } from "./socket-server.ts";

const strangerAddress = "10.0.0.66";

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

describe("servers of certain kinds", () => {
  it.each([2, 8, 10])(
    "ACC-15: a server of kind %i presses keys: talk answers and resumes, hold holds",
    async (kind) => {
      const { rig, server, desk } = await atSocket({ "account.1.sip_server_type": kind });
      expect(server.last("REGISTER").values("Allow-Events")).toEqual(["refer", "talk", "hold"]);
      call(server, "in");
      await rig.run(50);
      const ringing = server.responses.find((r) => r.callId === "in" && r.status === 180);
      expect(ringing?.values("Allow-Events")).toEqual(["refer", "talk", "hold"]);
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
