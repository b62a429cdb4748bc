import { describe, expect, it } from "vitest";
import type { NotifierSubscription } from "../../../src/sip/notifier.ts";
import { account, answers, PhoneRig, serverAddress } from "./rig.ts";

const type = "application/simple-message-summary";
const summary = (fresh: number) =>
  `Messages-Waiting: ${fresh > 0 ? "yes" : "no"}\r\nMessage-Account: sip:*97@${serverAddress}\r\nVoice-Message: ${fresh}/3\r\n`;

async function atServer(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const server = await rig.server();
  const desk = await rig.desk("10.0.0.1", account("101", more));
  return { rig, server, desk };
}

describe("messages that wait", () => {
  it("CAL-69: an unasked NOTIFY of the server is shown, and taken back when all are heard", async () => {
    const { rig, desk } = await atServer();
    const from = await rig.phone("10.0.0.8", "mail");
    const tell = (body: string) =>
      Promise.all([
        from.userAgent.request({
          identity: from.identity,
          method: "NOTIFY",
          uri: "sip:101@10.0.0.1",
          headers: [
            ["Event", "message-summary"],
            ["Subscription-State", "active"],
          ],
          contentType: type,
          body,
        }),
        rig.run(200),
      ]);
    const [outcome] = await tell(summary(2));
    expect("response" in outcome && outcome.response.status).toBe(200);
    expect(desk.phone.view.voiceMail).toMatchObject({ waiting: 2, number: `sip:*97@${serverAddress}`, account: 1 });
    await tell(summary(0));
    expect(desk.phone.view.voiceMail?.waiting).toBe(0);
  });

  it("CAL-69, SEC-20: strangers tell nothing where only servers are trusted, nor for numbers that are not ours, nor by UDP where TLS is wanted", async () => {
    for (const [more, uri] of [
      [{ "account.1.sip_trust_ctrl": 1 }, "sip:101@10.0.0.1"],
      [{ "account.1.sip_server.1.transport_type": 2 }, "sip:101@10.0.0.1"],
      [{}, "sip:999@10.0.0.1"],
    ] as const) {
      const { rig, desk } = await atServer(more);
      const from = await rig.phone("10.0.0.8", "mail");
      const headers = [["Event", "message-summary"]] as const;
      const request = { identity: from.identity, method: "NOTIFY", uri, headers, contentType: type, body: summary(2) };
      await Promise.all([from.userAgent.request(request), rig.run(200)]);
      expect(desk.phone.view.voiceMail?.waiting).toBe(0);
    }
  });

  it("CAL-69: with subscribe_mwi it asks the server once it is registered, and for the mailbox where that is wanted", async () => {
    for (const [toMailbox, user] of [
      [0, "101"],
      [1, "*97"],
    ] as const) {
      const rig = new PhoneRig();
      const asked: NotifierSubscription[] = [];
      const server = await rig.server();
      server.onSubscribe((subscription) => {
        asked.push(subscription);
        subscription.accept({ contentType: type, body: summary(1) });
      });
      const desk = await rig.desk("10.0.0.1", {
        ...account("101", { "account.1.subscribe_mwi": 1, "account.1.subscribe_mwi_to_vm": toMailbox }),
        "voice_mail.number.1": "*97",
      });
      await rig.run(500);
      expect(asked.map(({ request }) => request.requestUri?.user)).toEqual([user]);
      expect(desk.phone.view.voiceMail).toMatchObject({ waiting: 1, number: "*97", account: 1 });
      server.numbers.set("*97", answers);
      desk.phone.dial(desk.phone.view.voiceMail?.number ?? "");
      await rig.run(100);
      expect(desk.calls).toEqual(["*out talking"]);
      desk.phone.hangUp();
      await Promise.all([desk.close(), rig.run(10_000)]);
    }
  });

  it("CAL-69: a server that has restarted is asked anew as soon as the registration stands again (U-16)", async () => {
    const rig = new PhoneRig();
    const asked: NotifierSubscription[] = [];
    const server = await rig.server();
    server.onSubscribe((subscription) => {
      asked.push(subscription);
      subscription.accept({ contentType: type, body: summary(asked.length) });
    });
    const desk = await rig.desk("10.0.0.1", {
      ...account("101", { "account.1.subscribe_mwi": 1, "account.1.sip_server.1.expires": 120 }),
    });
    await rig.run(500);
    rig.network.silence(serverAddress);
    await rig.run(200_000);
    expect(desk.account).not.toBe("registered");
    rig.network.silence(serverAddress, false);
    await rig.run(120_000);
    expect([desk.account, asked.length, desk.phone.view.voiceMail?.waiting]).toEqual(["registered", 2, 2]);
    await Promise.all([desk.close(), rig.run(10_000)]);
  });
});
