/** Tones that say how things stand: before the answer, on hold, while dialling; and digits on the LCD. Whole phones on a simulated network. */
import { describe, expect, test } from "vitest";
import { standardTones } from "../../../src/dsp/tones.ts";
import type { Session } from "../../../src/sip/session.ts";
import { media as peerMedia } from "../sip/rig.ts";
import { account, answers, type Desk, open, PhoneRig, serverAddress } from "./rig.ts";

/** A desk that calls 200, which says 183 and then what the test says. */
async function calling(settings: Readonly<Record<string, string | number>> = {}) {
  const rig = new PhoneRig();
  const server = await rig.server();
  const desk = await rig.desk("10.0.0.1", account("100", settings));
  let session: Session | undefined;
  server.numbers.set("200", (s) => {
    session = s;
    s.ring(183, early);
  });
  desk.phone.dial("200");
  await rig.run(300);
  const peer = (): Session => {
    if (session === undefined) throw new Error("200 was not called");
    return session;
  };
  const rtp = (on: boolean) =>
    desk.phone.mediaEvent({ type: "receiving", stream: desk.phone.view.calls[0]?.id ?? 0, on });
  return { rig, desk, peer, rtp };
}

const early = peerMedia(serverAddress);

async function talking(settings: Readonly<Record<string, string | number>> = {}) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...settings });
  alice.phone.dial("10.0.0.2");
  await rig.run(300);
  bob.phone.answer();
  await rig.run(300);
  return { rig, alice, bob };
}

function beeps(desk: Desk, of: "hold" | "held", target: "ear" | "ringer" = "ear"): number {
  const parts = JSON.stringify(standardTones[of].parts.slice(0, 3));
  return desk.media.played.filter((p) => p.target === target && JSON.stringify(p.tone?.parts) === parts).length;
}

describe("before the answer", () => {
  test("CAL-38: early sound that pauses for longer than the sniffer's timeout gives way to ring-back", async () => {
    const { desk, rtp } = await calling({ "phone_setting.early_media.rtp_sniffer.timeout": 900 });
    expect([...desk.media.streams.values()][0]?.settings?.quietMs).toBe(900);
    rtp(true);
    expect([desk.calls, desk.ear]).toEqual([["*out ringback early"], "none"]);
    rtp(false);
    expect([desk.calls, desk.ear]).toEqual([["*out ringback"], "ring-back"]);
  });

  test("CAL-38: without a word of the configuration that timeout is 600 ms", async () => {
    const { desk } = await calling();
    expect([...desk.media.streams.values()][0]?.settings?.quietMs).toBe(600);
  });

  test("CAL-38: phone_setting.change_183_to_180: a 183 is ring-back of our own, and its sound is not heard", async () => {
    const { rig, desk, peer, rtp } = await calling({ "phone_setting.change_183_to_180": 1 });
    rtp(true);
    expect([desk.calls, desk.ear, desk.media.focus]).toEqual([["*out ringback"], "ring-back", []]);
    answers(peer());
    await rig.run(300);
    expect([desk.calls, desk.ear, desk.media.focus.length]).toEqual([["*out talking"], "none", 1]);
  });

  test("CAL-39: a 180 after a 183 brings our ring-back, and the next 183 the far end's sound again", async () => {
    const { rig, desk, peer, rtp } = await calling();
    rtp(true);
    expect(desk.ear).toBe("none");
    peer().ring(180);
    await rig.run(200);
    expect([desk.calls, desk.ear, desk.media.focus]).toEqual([["*out ringback"], "ring-back", []]);
    peer().ring(183, early);
    await rig.run(200);
    expect([desk.calls, desk.ear, desk.media.focus.length]).toEqual([["*out ringback early"], "none", 1]);
  });

  test("CAL-39: with phone_setting.is_deal180 off the early sound goes on", async () => {
    const { rig, desk, peer, rtp } = await calling({ "phone_setting.is_deal180": 0 });
    rtp(true);
    peer().ring(180);
    await rig.run(200);
    expect([desk.calls, desk.ear, desk.media.focus.length]).toEqual([["*out ringback early"], "none", 1]);
  });

  test("CAL-40: voice.call_preview_mode: ring-back until there is sound, both, or sound only", async () => {
    for (const [mode, before, after] of [
      [1, "ring-back", "none"],
      [2, "ring-back", "ring-back"],
      [3, "none", "none"],
    ] as const) {
      const { desk, rtp } = await calling({ "voice.call_preview_mode": mode });
      expect(desk.ear, `mode ${mode}`).toBe(before);
      rtp(true);
      expect(desk.ear, `mode ${mode}`).toBe(after);
      expect(desk.media.focus).toHaveLength(1);
    }
  });
});

describe("on hold", () => {
  test("CAL-44: who holds is reminded after the delay and at each interval, until the call goes on", async () => {
    const { rig, alice, bob } = await talking({
      "features.play_hold_tone.delay": 10,
      "features.play_hold_tone.interval": 5,
    });
    alice.phone.hold();
    await rig.run(9000);
    expect(beeps(alice, "hold")).toBe(0);
    await rig.run(2000);
    expect(beeps(alice, "hold")).toBe(1);
    await rig.run(10_000);
    expect(beeps(alice, "hold")).toBe(3);
    expect(beeps(bob, "held")).toBe(0);
    alice.phone.resume();
    await rig.run(30_000);
    expect(beeps(alice, "hold")).toBe(3);
  });

  test("CAL-44: with the handset down over a held call the ringer reminds; switched off nothing does", async () => {
    const { rig, alice } = await talking({ "features.play_hold_tone.delay": 10 });
    alice.phone.hold();
    alice.phone.speakerKey();
    await rig.run(11_000);
    expect(alice.media.path).toBe("none");
    expect(beeps(alice, "hold", "ringer")).toBe(1);
    const off = await talking({ "features.play_hold_tone.enable": 0, "features.play_hold_tone.delay": 3 });
    off.alice.phone.hold();
    await off.rig.run(20_000);
    expect(beeps(off.alice, "hold")).toBe(0);
  });

  test("CAL-44: who is held hears that where it is switched on", async () => {
    const { rig, alice, bob } = await talking({
      "features.play_held_tone.enable": 1,
      "features.play_held_tone.delay": 4,
      "features.play_held_tone.interval": 20,
    });
    alice.phone.hold();
    await rig.run(5000);
    expect(beeps(bob, "held")).toBe(1);
    await rig.run(20_000);
    expect(beeps(bob, "held")).toBe(2);
    expect(alice.phone.view.calls).toHaveLength(1);
  });
});

describe("while dialling", () => {
  test("AUD-15: dial tone is heard again after the digits of features.redial_tone, and stops with the next", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", account("100", { "features.redial_tone": "90" }));
    desk.phone.handset(true);
    desk.press("9");
    expect(desk.ear).toBe("key");
    desk.press("0");
    await rig.run(10);
    expect(desk.ear).toBe("secondary-dial");
    desk.press("4");
    expect(desk.ear).toBe("key");
  });

  test("AUD-16: dial tone is broken while only some accounts are registered, where features.partition_tone is on", async () => {
    for (const [on, tone] of [
      [1, "special-dial"],
      [0, "dial"],
    ] as const) {
      const rig = new PhoneRig();
      await rig.server();
      const second = {
        "account.2.enable": 1,
        "account.2.user_name": "300",
        "account.2.sip_server.1.address": "10.0.0.77",
      };
      const desk = await rig.desk("10.0.0.1", account("100", { ...second, "features.partition_tone": on }));
      desk.phone.handset(true);
      expect(desk.ear).toBe(tone);
    }
  });
});

describe("digits in a call", () => {
  test("CAL-79: they are shown for a while, as stars where they are hidden, each for a moment first where that is wanted", async () => {
    for (const [settings, first, later] of [
      [{}, "12", "12"],
      [{ "features.dtmf.hide": 1 }, "**", "**"],
      [{ "features.dtmf.hide": 1, "features.dtmf.hide_delay": 1 }, "*2", "**"],
    ] as const) {
      const { rig, alice } = await talking(settings);
      const shown = () => alice.phone.view.calls[0]?.digits;
      alice.press("12");
      expect(shown()).toBe(first);
      await rig.run(1500);
      expect(shown()).toBe(later);
      await rig.run(5000);
      expect(shown()).toBeUndefined();
    }
  });
});
