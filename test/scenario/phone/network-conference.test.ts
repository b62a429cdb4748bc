/** A conference that the server mixes (CAL-56): INVITE to its URI, REFER of those who talk, and who is in it (RFC 4579, RFC 4575). */
import { describe, expect, it } from "vitest";
import type { NotifierSubscription } from "../../../src/sip/notifier.ts";
import { conferenceInfoType } from "../../../src/sip/xml/conference-info.ts";
import { account, answers, type Desk, PhoneRig, serverAddress } from "./rig.ts";

const people = (version: number, state: string, users: string) => ({
  contentType: conferenceInfoType,
  body: `<conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:conf@${serverAddress}" state="${state}" version="${version}"><conference-description><subject>Weekly</subject></conference-description><users state="${state}">${users}</users></conference-info>`,
});
const user = (name: string, status = "connected") =>
  `<user entity="sip:${name}@x" state="full"><display-text>${name}</display-text><endpoint entity="sip:${name}@y"><status>${status}</status></endpoint></user>`;

async function atServer(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const server = await rig.server();
  const watchers: NotifierSubscription[] = [];
  server.onSubscribe((subscription) => {
    if (subscription.event.name !== "conference") return;
    watchers.push(subscription);
    subscription.accept(people(1, "full", user("alice")));
  });
  server.numbers.set("conf", answers);
  const conf = { "account.1.conf_type": 2, "account.1.conf_uri": "conf", "features.direct_ip_call_enable": 1 };
  const alice = await rig.desk("10.0.0.1", account("101", { ...conf, ...more }));
  const guests = [await rig.desk("10.0.0.2"), await rig.desk("10.0.0.3")] as const;
  alice.phone.handset(true);
  alice.phone.dial(`sip:phone@${guests[0].address}`);
  await rig.run(50);
  guests[0].phone.handset(true);
  await rig.run(50);
  return { rig, server, alice, guests, watchers };
}

async function consult(rig: PhoneRig, alice: Desk, other: Desk) {
  alice.phone.conference();
  await rig.run(50);
  expect(alice.phone.view.dial?.purpose).toBe("conference");
  alice.press(other.address.replaceAll(".", "*"));
  alice.phone.send();
  await rig.run(50);
  other.phone.handset(true);
  await rig.run(50);
}

const title = (desk: Desk) => desk.phone.view.calls.map((c) => c.remote.name);

describe("conference of the server", () => {
  it("CAL-56: the key calls the conference, sends both far ends there, and the LCD names it and who is in it", async () => {
    const { rig, alice, guests, watchers } = await atServer();
    await consult(rig, alice, guests[1]);
    alice.phone.conference();
    await rig.run(3000);
    const wire = rig.wire();
    const invited = wire.indexOf("1>9 INVITE");
    expect(invited).toBeGreaterThan(0);
    for (const last of [2, 3]) {
      expect(wire.indexOf(`1>${last} REFER`)).toBeGreaterThan(invited);
      expect(wire).toContain(`${last}>9 INVITE`);
    }
    expect(alice.calls).toEqual(["*out talking"]);
    for (const guest of guests) expect(guest.calls).toEqual(["*out talking"]);
    expect([watchers.length, title(alice)]).toEqual([1, ["Weekly (1)"]]);
    watchers[0]?.notify(people(2, "partial", user("bob") + user("carol", "disconnected")));
    await rig.run(100);
    expect(alice.phone.view.calls[0]?.people).toEqual([
      { name: "alice", number: "alice" },
      { name: "bob", number: "bob" },
    ]);
    expect(title(alice)).toEqual(["Weekly (2)"]);
    alice.phone.hangUp();
    await rig.run(500);
    expect([alice.calls, alice.errors]).toEqual([[], []]);
    // Those who are there stay there.
    for (const guest of guests) expect(guest.calls).toEqual(["*out talking"]);
    await Promise.all([alice.close(), rig.run(10_000)]);
  });

  it("CAL-56: another one is added to the conference that stands", async () => {
    const { rig, alice, guests } = await atServer();
    await consult(rig, alice, guests[1]);
    alice.phone.conference();
    await rig.run(3000);
    const dave = await rig.desk("10.0.0.4");
    await consult(rig, alice, dave);
    alice.phone.conference();
    await rig.run(3000);
    expect(rig.wire()).toContain("4>9 INVITE");
    expect([alice.calls, dave.calls]).toEqual([["*out talking"], ["*out talking"]]);
    expect(rig.wire().filter((line) => line === "1>9 INVITE").length).toBeGreaterThan(1);
  });

  it("CAL-56: a server that has none leaves the calls as they are, held, and says so", async () => {
    const { rig, server, alice, guests } = await atServer();
    server.numbers.delete("conf");
    await consult(rig, alice, guests[1]);
    alice.phone.conference();
    await rig.run(500);
    expect(alice.phone.view.notices.at(-1)).toBe("No conference");
    expect(alice.calls.filter((call) => call.includes("talking held local")).length).toBe(2);
    for (const guest of guests) expect(guest.calls).toEqual(["*in talking held remote"]);
  });

  it("CAL-56: without an address of the server the phone mixes by itself", async () => {
    const { rig, alice, guests } = await atServer({ "account.1.conf_uri": "" });
    await consult(rig, alice, guests[1]);
    alice.phone.conference();
    await rig.run(500);
    expect(alice.phone.view.calls.map((c) => c.conference)).toEqual([true, true]);
  });
});
