import { describe, expect, it } from "vitest";
import type { Moment } from "../../../src/phone/action-url.ts";
import type { SwitchName } from "../../../src/phone/switches.ts";
import { account, answers, type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;

/** A phone at a server that takes codes as it is told, and what it was dialled. */
async function atServer(more: Record<string, string | number>) {
  const rig = new PhoneRig();
  const server = await rig.server();
  const dialled: string[] = [];
  const take = (...codes: string[]) => {
    for (const code of codes)
      server.numbers.set(code, (session) => {
        dialled.push(code);
        answers(session);
        // The server says its word and hangs up.
        rig.clock.after(1000, () => session.hangUp());
      });
  };
  const desk = await rig.desk("10.0.0.1", account("101", more));
  const flip = (name: SwitchName, on: boolean, id = 1) => desk.phone.outward.switches.set(name, on, id);
  return { rig, server, desk, dialled, take, flip };
}

const moments = (desk: Desk) => {
  const told: string[] = [];
  desk.phone.outward.onMoment.on(({ name, account: id }: Moment) => void told.push(`${name} ${id}`));
  return told;
};

describe("switches with codes for the server", () => {
  it.each<[string, SwitchName, string, Record<string, string | number>]>([
    ["CAL-22", "callWaiting", "*43", { "call_waiting.on_code": "*43", "call_waiting.off_code": "*44" }],
    ["CAL-27", "dnd", "*43", { "features.dnd.on_code": "*43", "features.dnd.off_code": "*44" }],
    [
      "CAL-27",
      "dnd",
      "*43",
      {
        "features.dnd_mode": 1,
        "account.1.dnd.on_code": "*43",
        "account.1.dnd.off_code": "*44",
      },
    ],
    ["CAL-28", "always", "*43200", forward("forward.always")],
    ["CAL-28", "always", "*43200", { "features.fwd_mode": 1, ...forward("account.1.always_fwd") }],
    ["CAL-29", "busy", "*43200", forward("forward.busy")],
    ["CAL-30", "noAnswer", "*43200", forward("forward.no_answer")],
    [
      "CAL-71",
      "anonymous",
      "*43",
      {
        "account.1.anonymous_call_oncode": "*43",
        "account.1.anonymous_call_offcode": "*44",
      },
    ],
    [
      "CAL-72",
      "refuseAnonymous",
      "*43",
      {
        "account.1.anonymous_reject_oncode": "*43",
        "account.1.anonymous_reject_offcode": "*44",
      },
    ],
  ])("%s: %s on and off dials the codes, in no list of calls", async (_row, name, onCode, settings) => {
    const { rig, desk, dialled, take, flip } = await atServer(settings);
    take(onCode, "*44");
    flip(name, true);
    await rig.run(100);
    expect([desk.calls, dialled]).toEqual([["*out talking"], [onCode]]);
    expect(desk.phone.outward.switches.isOn(name, 1)).toBe(true);
    await rig.run(10_000);
    flip(name, false);
    await rig.run(10_000);
    expect([dialled, desk.calls, desk.history]).toEqual([[onCode, "*44"], [], []]);
    expect([desk.phone.outward.switches.isOn(name, 1), desk.phone.view.notices]).toEqual([false, []]);
  });

  it("CAL-27: a code that the server refuses is told of, and nothing is undone here", async () => {
    const { rig, desk, flip } = await atServer({ "features.dnd.on_code": "*78" });
    flip("dnd", true);
    await rig.run(10_000);
    expect(desk.phone.view.dnd).toBe(true);
    expect(desk.phone.view.notices).toEqual(["Do not disturb: the server did not take *78 (Not found)"]);
    flip("dnd", false);
    await rig.run(100);
    expect(desk.phone.view.notices).toEqual([]);
  });

  it("CAL-27: a code that is given up before the server answered is told of", async () => {
    const { rig, server, desk, flip } = await atServer({ "features.dnd.on_code": "*78" });
    server.numbers.set("*78", (session) => session.ring());
    flip("dnd", true);
    await rig.run(100);
    desk.phone.hangUp();
    await rig.run(10_000);
    expect(desk.phone.view.notices).toEqual(["Do not disturb: the server did not take *78 (cancelled)"]);
  });

  it("CAL-28: codes wait for calls to end, and only the last word counts", async () => {
    const { rig, server, desk, dialled, take, flip } = await atServer(forward("forward.always"));
    take("*43200", "*44");
    server.numbers.set("102", answers);
    desk.phone.dial("102");
    await rig.run(100);
    flip("always", true);
    flip("always", false);
    await rig.run(5000);
    expect([desk.calls, dialled]).toEqual([["*out talking"], []]);
    desk.phone.hangUp();
    await rig.run(5000);
    expect(dialled).toEqual(["*44"]);
  });

  it("CAL-28: without features.fwd.allow nothing is forwarded and nobody can switch it", async () => {
    const { rig, desk, flip } = await atServer({ ...forward("forward.always"), "features.fwd.allow": 0 });
    flip("always", true);
    expect([desk.kept, desk.phone.view.notices]).toEqual([[], ["Forward always is not allowed"]]);
    desk.provision({ "forward.always.enable": 1 });
    await rig.run(100);
    expect(desk.phone.view.forward?.always).toBe("");
    desk.provision({ "features.fwd.allow": 1 });
    await rig.run(100);
    expect(desk.phone.view.forward?.always).toBe("200");
  });

  it("CAL-71: send_anonymous_code of a file dials the code that it names", async () => {
    const { rig, desk, dialled, take } = await atServer({ "account.1.anonymous_call_oncode": "*67" });
    take("*67");
    desk.provision({ "account.1.send_anonymous_code": 1 });
    await rig.run(5000);
    expect(dialled).toEqual(["*67"]);
  });

  it("API-06: switching is told of, whoever switched, for the phone or the account", async () => {
    const { rig, desk, flip } = await atServer({ "forward.always.target": "200" });
    const told = moments(desk);
    flip("dnd", true);
    flip("always", true);
    desk.provision({ "features.dnd.allow": 0, "call_waiting.enable": 0 });
    flip("always", false);
    await rig.run(100);
    expect(told).toEqual(["dnd_on 1", "always_fwd_on 1", "dnd_off 1", "call_waiting_off 1", "always_fwd_off 1"]);
  });
});

function forward(prefix: string) {
  return { [`${prefix}.target`]: "200", [`${prefix}.on_code`]: "*43", [`${prefix}.off_code`]: "*44" };
}

describe("do not disturb", () => {
  it("CAL-27: by account: only the account's own calls are refused, with the configured code", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", {
      ...account("101", { "features.dnd_mode": 1, "account.2.dnd.enable": 1, "features.dnd_refuse_code": 603 }),
      "account.2.enable": 1,
      "account.2.user_name": "202",
      "account.2.sip_server.1.address": "10.0.0.9",
      "account.2.sip_trust_ctrl": 0,
    });
    const alice = await rig.desk("10.0.0.2", open);
    expect([desk.phone.view.dnd, desk.phone.view.accounts.map((a) => a.dnd === true)]).toEqual([false, [false, true]]);
    alice.phone.dial("sip:202@10.0.0.1");
    await rig.run(100);
    expect([desk.calls, alice.calls]).toEqual([[], ["*out ended failed Declined"]]);
    alice.phone.dial("sip:101@10.0.0.1");
    await rig.run(100);
    expect(desk.calls).toEqual(["*in incoming"]);
  });

  it("CAL-27: numbers that may disturb ring all the same, unless that is off", async () => {
    const rig = new PhoneRig();
    const dnd = { "features.dnd.enable": 1, "features.dnd.emergency_authorized_number": "112, offhook" };
    const bob = await rig.desk("10.0.0.2", { ...open, ...dnd });
    const alice = await rig.desk("10.0.0.1", open);
    alice.phone.dial(uri(bob));
    await rig.run(100);
    expect(bob.calls).toEqual(["*in incoming"]);
    alice.phone.hangUp();
    bob.provision({ "features.dnd.emergency_enable": 0 });
    await rig.run(10_000);
    alice.phone.dial(uri(bob));
    await rig.run(100);
    expect([bob.calls, alice.calls]).toEqual([[], ["*out ended failed Not available"]]);
  });

  it("CAL-27: without features.dnd.allow the key does nothing, and nobody is refused", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({ ...open, "features.dnd.allow": 0, "features.dnd.enable": 1 });
    bob.phone.toggleDnd();
    expect([bob.kept, bob.phone.view.dnd, bob.phone.view.keys?.dnd]).toEqual([[], false, false]);
    alice.phone.dial(uri(bob));
    await rig.run(100);
    expect(bob.calls).toEqual(["*in incoming"]);
  });
});

describe("second calls", () => {
  it("CAL-22: where the server does call waiting, the phone lets every call ring that it sends", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({ ...open, "call_waiting.enable": 0, "call_waiting.mode": 1 });
    alice.phone.dial(uri(bob));
    await rig.run(50);
    bob.phone.answer();
    const carol = await rig.desk("10.0.0.3", open);
    carol.phone.dial(uri(bob));
    await rig.run(50);
    expect(bob.calls).toEqual(["*in talking", "in incoming"]);
    bob.provision({ "call_waiting.mode": 0 });
    const dave = await rig.desk("10.0.0.4", open);
    dave.phone.dial(uri(bob));
    await rig.run(50);
    expect(dave.calls).toEqual(["*out ended failed Busy"]);
  });

  it("CAL-20: declining is for all phones of the person: 603, whatever else is configured", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({
      ...open,
      "features.call_decline.enable": 1,
      "features.normal_refuse_code": 404,
    });
    alice.phone.dial(uri(bob));
    await rig.run(50);
    expect(bob.phone.view.keys?.decline).toBe(true);
    bob.phone.reject();
    await rig.run(50);
    expect(alice.calls).toEqual(["*out ended failed Declined"]);
  });

  it("CAL-72: who hides is refused with the configured response", async () => {
    const rig = new PhoneRig();
    const alice = await rig.desk("10.0.0.1", { ...open, "account.1.anonymous_call": 1 });
    const bob = await rig.desk("10.0.0.2", {
      ...open,
      "account.1.reject_anonymous_call": 1,
      "features.anonymous_response_code": 486,
    });
    alice.phone.dial(uri(bob));
    await rig.run(50);
    expect([bob.calls, alice.calls]).toEqual([[], ["*out ended failed Busy"]]);
  });

  it("DIR-12: an account without a missed-call log neither lists nor counts calls that nobody answered", async () => {
    const rig = new PhoneRig();
    for (const [kept, want] of [
      [0, [0, []]],
      [1, [1, ["missed offhook 0"]]],
    ] as const) {
      const bob = await rig.desk(`10.0.1.${kept + 1}`, { ...open, "account.1.missed_calllog": kept });
      const alice = await rig.desk(`10.0.2.${kept + 1}`, open);
      alice.phone.dial(uri(bob));
      await rig.run(50);
      alice.phone.hangUp();
      await rig.run(50);
      expect([bob.phone.view.missedCalls, bob.history]).toEqual(want);
    }
  });
});
