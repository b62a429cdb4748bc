import { expect, it } from "vitest";
import { type Desk, open, PhoneRig } from "./rig.ts";

const uri = (desk: Desk) => `sip:phone@${desk.address}`;

function footprint({ clock, userAgent, media, phone }: Desk) {
  return {
    timers: clock.live,
    sessions: userAgent.sessions,
    streams: media.streams.size,
    calls: phone.view.calls.length,
    notices: phone.view.notices.length,
  };
}

it("design: after 200 calls of every kind no timer, session or stream is left, and the call log keeps its bounds", async () => {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, "phone_setting.ringback_timeout": 600 });
  const before = [footprint(alice), footprint(bob)];
  let talked = 0;
  for (let i = 0; i < 200; i++) {
    if (i % 2 === 0) alice.phone.dial(uri(bob));
    else {
      alice.phone.handset(true);
      alice.press("10*0*0*2#");
    }
    await rig.run(20);
    switch (i % 5) {
      case 0:
        bob.phone.reject();
        break;
      case 1:
        alice.phone.cancel();
        break;
      case 2:
        bob.phone.handset(true);
        await rig.run(20);
        alice.phone.hold();
        await rig.run(20);
        alice.phone.resume();
        await rig.run(20);
        alice.press("12");
        talked += alice.calls[0] === "*out talking" ? 1 : 0;
        bob.phone.handset(false);
        break;
      case 3:
        bob.phone.speakerKey();
        await rig.run(20);
        alice.phone.newCall();
        alice.press("99");
        talked += bob.calls[0]?.startsWith("*in talking") === true ? 1 : 0;
        alice.phone.cancel();
        alice.phone.hangUp();
        break;
      default:
        bob.phone.toggleDnd();
        alice.phone.cancel();
        alice.phone.redial();
        await rig.run(20);
        bob.phone.toggleDnd();
    }
    alice.phone.handset(false);
    bob.phone.changeVolume(i % 2 === 0 ? 1 : -1);
    await rig.run(100);
    alice.phone.cancel();
    bob.phone.cancel();
    // The transactions of a call live for half a minute.
    if (i % 20 === 0) await rig.run(5000);
  }
  await rig.run(60_000);
  expect(talked).toBe(80);
  expect([footprint(alice), footprint(bob)]).toEqual(before);
  expect([alice.media.path, bob.media.path, alice.ear, bob.ear, bob.rings]).toEqual([
    "none",
    "none",
    "none",
    "none",
    false,
  ]);
  const kinds = (desk: Desk, kind: string) => desk.phone.history.filter((e) => e.kind === kind).length;
  expect(kinds(alice, "placed")).toBe(100);
  expect(Math.max(...["received", "missed", "rejected"].map((kind) => kinds(bob, kind)))).toBeLessThanOrEqual(100);
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  expect([...alice.log, ...bob.log].filter((line) => /^(warn|error)/.test(line))).toEqual([]);
});
