import { describe, expect, it } from "vitest";
import { type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;
const carolAddress = "10.0.0.3";

/** Alice will call Bob, who forwards to Carol. */
async function phones(settings: Record<string, string | number>) {
  const rig = new PhoneRig();
  const alice = await rig.desk("10.0.0.1", open);
  const bob = await rig.desk("10.0.0.2", { ...open, ...settings });
  const carol = await rig.desk(carolAddress, open);
  return { rig, alice, bob, carol };
}

const always = { "forward.always.enable": 1, "forward.always.target": carolAddress };
const busy = { "forward.busy.enable": 1, "forward.busy.target": carolAddress };
const noAnswer = { "forward.no_answer.enable": 1, "forward.no_answer.target": carolAddress };

describe("forwarding", () => {
  it("CAL-28: always: the caller goes on to the target with a new Call-ID, nobody is disturbed here", async () => {
    const { rig, alice, bob, carol } = await phones(always);
    expect(bob.phone.view.forward).toEqual({ always: carolAddress, busy: "", noAnswer: "" });
    const asked: string[] = [];
    carol.userAgent.onInvite.on((session) => void asked.push(session.request.callId));
    bob.userAgent.onInvite.on((session) => void asked.push(session.request.callId));
    alice.phone.dial(uri(bob));
    await rig.run(50);
    expect([bob.calls, bob.rings, carol.calls]).toEqual([[], false, ["*in incoming"]]);
    expect(new Set(asked).size).toBe(2);
    carol.phone.handset(true);
    await rig.run(50);
    expect([alice.calls, carol.calls]).toEqual([["*out talking"], ["*in talking"]]);
    expect([bob.history, bob.phone.view.missedCalls]).toEqual([["forwarded offhook 0"], 0]);
  });

  it("CAL-29: busy: while a call goes on the next caller is sent to the target", async () => {
    const { rig, alice, bob, carol } = await phones(busy);
    alice.phone.dial(uri(bob));
    await rig.run(50);
    expect(bob.rings).toBe(true);
    const dave = await rig.desk("10.0.0.4", open);
    dave.phone.dial(uri(bob));
    await rig.run(50);
    expect([bob.calls, carol.calls, dave.calls]).toEqual([["*in incoming"], ["*in incoming"], ["*out ringback"]]);
  });

  it.each([
    [2, 12_000],
    [5, 30_000],
  ])("CAL-30: no answer: after %i rings of 6 s the caller is sent to the target", async (rings, ms) => {
    const { rig, alice, bob, carol } = await phones({ ...noAnswer, "forward.no_answer.timeout": rings });
    alice.phone.dial(uri(bob));
    await rig.run(ms - 100);
    expect([bob.calls, alice.calls, carol.calls]).toEqual([["*in incoming"], ["*out ringback"], []]);
    await rig.run(200);
    expect([bob.calls, bob.rings, carol.calls]).toEqual([[], false, ["*in incoming"]]);
    expect([bob.history, bob.phone.view.missedCalls]).toEqual([["forwarded offhook 0"], 0]);
    carol.phone.handset(true);
    await rig.run(50);
    expect(alice.calls).toEqual(["*out talking"]);
  });

  it("CAL-30: an answer in time goes on", async () => {
    const { rig, alice, bob, carol } = await phones(noAnswer);
    alice.phone.dial(uri(bob));
    await rig.run(11_000);
    bob.phone.handset(true);
    await rig.run(20_000);
    expect([bob.calls, carol.calls]).toEqual([["*in talking"], []]);
  });

  it("CAL-28: a target that cannot be dialled rings here and is named in the log", async () => {
    const { rig, alice, bob } = await phones({ "forward.always.enable": 1, "forward.always.target": "200" });
    alice.phone.dial(uri(bob));
    await rig.run(50);
    expect(bob.calls).toEqual(["*in incoming"]);
    expect(bob.log.at(-2)).toMatch(/cannot forward .* to "200": No account/);
  });

  it("CAL-31: numbers that begin with 00 are targets only where that is allowed", async () => {
    const abroad = { "forward.always.enable": 1, "forward.always.target": "0044123" };
    const { bob } = await phones(abroad);
    expect(bob.phone.view.forward?.always).toBe("");
    bob.provision({ ...open, ...abroad, "forward.international.enable": 1 });
    expect(bob.phone.view.forward?.always).toBe("0044123");
  });

  it("CAL-32: the 302 says who forwarded and why, what was said before stays below; switched off it says nothing", async () => {
    for (const on of [1, 0]) {
      const { rig, alice, bob } = await phones({ ...always, "features.fwd_diversion_enable": on });
      const { userAgent } = alice;
      const identity = { aor: "sip:alice@10.0.0.1", displayName: "", contactUser: "alice", route: [] };
      const result = await Promise.all([
        userAgent.request({
          identity,
          method: "INVITE",
          uri: uri(bob),
          headers: [
            ["Contact", "<sip:alice@10.0.0.1>"],
            ["Diversion", "<sip:x@example.com>;reason=user-busy"],
          ],
        }),
        rig.run(200),
      ]);
      const [outcome] = result;
      if (!("response" in outcome)) throw new Error(outcome.failed);
      expect([outcome.response.status, outcome.response.contacts[0]?.uri]).toEqual([302, "sip:10.0.0.3"]);
      expect(outcome.response.values("Diversion")).toEqual(
        on === 1
          ? ["<sip:offhook@10.0.0.2>;reason=unconditional;counter=1", "<sip:x@example.com>;reason=user-busy"]
          : [],
      );
    }
  });

  it("CAL-28: with features.fwd_mode 1 each account has its own", async () => {
    const own = { "account.1.always_fwd.enable": 1, "account.1.always_fwd.target": carolAddress };
    const { bob } = await phones({ ...busy, ...own, "features.fwd_mode": 1 });
    expect(bob.phone.view.forward).toEqual({ always: carolAddress, busy: "", noAnswer: "" });
  });

  it("CAL-35: FWD while it rings collects a number and sends the caller there", async () => {
    const { rig, alice, bob, carol } = await phones({});
    alice.phone.dial(uri(bob));
    await rig.run(50);
    bob.phone.forward();
    expect([bob.phone.view.dial?.purpose, bob.rings]).toEqual(["forward", true]);
    bob.press("10*0*0*3");
    bob.phone.forward();
    await rig.run(50);
    expect([bob.calls, bob.phone.view.dial, bob.rings, carol.calls]).toEqual([[], undefined, false, ["*in incoming"]]);
    expect(bob.history).toEqual(["forwarded offhook 0"]);
  });

  it("CAL-35: the caller who gives up meanwhile is gone, and that is said", async () => {
    const { rig, alice, bob, carol } = await phones({});
    alice.phone.dial(uri(bob));
    await rig.run(50);
    bob.phone.forward();
    alice.phone.hangUp();
    await rig.run(50);
    bob.press("10*0*0*3");
    bob.phone.send();
    await rig.run(50);
    expect([bob.calls, carol.calls, bob.phone.view.notices]).toEqual([[], [], ["The call is gone"]]);
  });
});
