import { describe, expect, it } from "vitest";
import type { SipRequest } from "../../../src/sip/message.ts";
import { account, answers, open, PhoneRig } from "./rig.ts";

/** The INVITE that a server gets from an account with these settings, and the one that the phone answers there. */
async function invited(settings: Record<string, string | number>): Promise<SipRequest> {
  const rig = new PhoneRig();
  const server = await rig.server();
  let seen: SipRequest | undefined;
  server.numbers.set("600", (session) => {
    seen = session.request;
    answers(session);
  });
  const desk = await rig.desk("10.0.0.1", account("101", settings));
  desk.phone.dial("600");
  await rig.run(100);
  expect(desk.calls).toEqual(["*out talking"]);
  if (seen === undefined) throw new Error("the server got no INVITE");
  return seen;
}

async function held(settings: Record<string, string | number>) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...settings });
  alice.phone.dial(`sip:phone@${bob.address}`);
  await rig.run(50);
  bob.phone.answer();
  await rig.run(50);
  alice.phone.hold();
  await rig.run(50);
  return { rig, alice, bob };
}

describe("how calls of an account run on the wire", () => {
  it("ACC-24: 100rel is announced where the account wants it, and only there", async () => {
    expect((await invited({})).values("Supported")).not.toContain("100rel");
    expect((await invited({ "account.1.100rel_enable": 1 })).values("Supported")).toContain("100rel");
  });

  it("ACC-23: a session timer is asked for where the account wants it, and only there", async () => {
    expect((await invited({})).header("Session-Expires")).toBeUndefined();
    const asked = await invited({ "account.1.session_timer.enable": 1, "account.1.session_timer.expires": 600 });
    expect(asked.header("Session-Expires")).toMatch(/^600(;refresher=uac)?$/);
    expect(asked.values("Supported")).toContain("timer");
  });

  it("CAL-42: hold by inactive: neither side sends, and both go on after", async () => {
    const { rig, alice, bob } = await held({ "account.1.hold_use_inactive": 1 });
    expect([alice.stream, bob.stream]).toEqual(["inactive 10.0.0.2", "inactive 10.0.0.1"]);
    expect([alice.calls, bob.calls]).toEqual([["*out talking held local"], ["*in talking held remote"]]);
    alice.phone.resume();
    await rig.run(50);
    expect([alice.stream, bob.stream]).toEqual(["sendrecv 10.0.0.2", "sendrecv 10.0.0.1"]);
  });

  it("CAL-43: hold in the old form: the far end sends nothing, sees that it is held, and goes on after", async () => {
    const { rig, alice, bob } = await held({ "sip.rfc2543_hold": 1 });
    expect(bob.stream).toMatch(/^(recvonly|inactive) /);
    expect([alice.calls, bob.calls]).toEqual([["*out talking held local"], ["*in talking held remote"]]);
    alice.phone.resume();
    await rig.run(50);
    expect([alice.stream, bob.stream]).toEqual(["sendrecv 10.0.0.2", "sendrecv 10.0.0.1"]);
  });
});
