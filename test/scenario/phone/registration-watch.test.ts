/** The registrar tells what became of our registration (RFC 3680, feature row ACC-26). */
import { describe, expect, it } from "vitest";
import type { NotifierSubscription } from "../../../src/sip/notifier.ts";
import { registrationInfoType } from "../../../src/sip/xml/registration-info.ts";
import { account, type Desk, PhoneRig } from "./rig.ts";

const reg = (version: number, state: string, contacts: string) => ({
  contentType: registrationInfoType,
  body: `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="${version}" state="${state}"><registration aor="sip:101@10.0.0.9" id="a" state="active">${contacts}</registration></reginfo>`,
});
const contact = (state: string, event: string, more = "", uri = "sip:101@10.0.0.1:5060") =>
  `<contact id="c" state="${state}" event="${event}" ${more}><uri>${uri}</uri></contact>`;

async function watching() {
  const rig = new PhoneRig();
  const server = await rig.server();
  const asked: NotifierSubscription[] = [];
  server.onSubscribe((subscription) => {
    asked.push(subscription);
    subscription.accept(reg(0, "full", contact("active", "registered")));
  });
  const desk = await rig.desk("10.0.0.1", account("101", { "account.1.subscribe_register": 1 }));
  await rig.run(500);
  const tell = async (body: ReturnType<typeof reg>) => {
    asked.at(-1)?.notify(body);
    await rig.run(200);
  };
  return { rig, server, desk, asked, tell };
}

async function leave(rig: PhoneRig, desk: Desk) {
  await Promise.all([desk.close(), rig.run(10_000)]);
  expect(desk.errors).toEqual([]);
}

describe("the reg event", () => {
  it("ACC-26: the account subscribes to its own state once it is registered, and only where that is configured", async () => {
    const { rig, desk, asked } = await watching();
    const [first] = asked;
    expect([asked.length, first?.event.name, first?.request.uri]).toEqual([1, "reg", "sip:101@10.0.0.9"]);
    expect(first?.request.header("Accept")).toBe(registrationInfoType);
    expect(desk.account).toBe("registered");
    desk.provision({ "account.1.subscribe_register": 0 });
    await rig.run(500);
    // SUBSCRIBE with Expires 0, answered by the last NOTIFY.
    expect(rig.wire().filter((line) => line === "1>9 SUBSCRIBE")).toHaveLength(2);
    desk.provision({ "account.1.subscribe_register": 1 });
    await rig.run(500);
    expect(asked.length).toBe(2);
    await leave(rig, desk);
  });

  it("ACC-26: deactivated: the phone registers anew at once, but not in a circle", async () => {
    const { rig, server, desk, tell } = await watching();
    await tell(reg(1, "partial", contact("terminated", "deactivated")));
    expect([server.registers.length, desk.account]).toEqual([2, "registered"]);
    await rig.run(500);
    await tell(reg(1, "partial", contact("terminated", "deactivated")));
    expect([server.registers.length, desk.account]).toEqual([
      2,
      "failed: 10.0.0.9 ended the registration: deactivated",
    ]);
    await rig.run(60_000);
    expect([server.registers.length, desk.account]).toEqual([3, "registered"]);
    await leave(rig, desk);
  });

  it("ACC-26: expired: at once; probation: when the registrar says; unregistered by somebody: after half a minute", async () => {
    for (const [event, more, waitMs] of [
      ["expired", "", 0],
      ["probation", 'retry-after="20"', 20_000],
      ["unregistered", "", 30_000],
    ] as const) {
      const { rig, server, desk, tell } = await watching();
      await tell(reg(1, "partial", contact("terminated", event, more)));
      if (waitMs > 0) {
        expect(desk.account).toBe(`failed: 10.0.0.9 ended the registration: ${event}`);
        await rig.run(waitMs - 1000);
        expect(server.registers.length).toBe(1);
        await rig.run(1000);
      }
      expect([event, server.registers.length, desk.account]).toEqual([event, 2, "registered"]);
      await leave(rig, desk);
    }
  });

  it("ACC-26: rejected: the LCD says so, and the phone asks again after half an hour only", async () => {
    const { rig, server, desk, tell } = await watching();
    await tell(reg(1, "partial", contact("terminated", "rejected")));
    await rig.run(1_700_000);
    expect([server.registers.length, desk.account]).toEqual([1, "failed: 10.0.0.9 ended the registration: rejected"]);
    await rig.run(200_000);
    expect([server.registers.length, desk.account]).toEqual([2, "registered"]);
    await leave(rig, desk);
  });

  it("ACC-26: shortened: the refresh comes before the new end", async () => {
    const { rig, server, desk, tell } = await watching();
    await tell(reg(1, "partial", contact("active", "shortened", 'expires="100"')));
    await rig.run(100_000);
    expect([server.registers.length, desk.account]).toEqual([2, "registered"]);
    await leave(rig, desk);
  });

  it("ACC-26: other contacts, older bindings and noise change nothing; a gap in the versions asks for all", async () => {
    const { rig, server, desk, asked, tell } = await watching();
    await tell(reg(1, "partial", contact("terminated", "rejected", "", "sip:101@10.0.0.7:5060")));
    await tell(reg(2, "partial", contact("terminated", "expired", 'callid="older"')));
    await tell({ contentType: registrationInfoType, body: "<reginfo" });
    expect([server.registers.length, desk.account, asked.length]).toEqual([1, "registered", 1]);
    expect(desk.log.some((line) => line.includes("account 1: reginfo: line 1"))).toBe(true);
    const before = rig.wire().filter((line) => line === "1>9 SUBSCRIBE").length;
    await tell(reg(9, "partial", ""));
    expect(rig.wire().filter((line) => line === "1>9 SUBSCRIBE").length).toBe(before + 1);
    await leave(rig, desk);
  });
});
