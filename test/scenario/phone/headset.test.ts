/** Where a phone with a headset rings, where its calls go, and what its volume keys change besides speech. */
import { describe, expect, it } from "vitest";
import { type Desk, open, PhoneRig } from "./rig.ts";

async function desks(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...more });
  bob.phone.plug("headset", true);
  /** Alice calls Bob, Bob does that, the path is told, and both are as before. */
  const call = async (answer: (desk: Desk) => void): Promise<string> => {
    alice.phone.dial("sip:bob@10.0.0.2");
    await rig.run(50);
    answer(bob);
    await rig.run(50);
    const { path } = bob.media;
    alice.phone.hangUp();
    await rig.run(3000);
    bob.phone.handset(false);
    return path;
  };
  return { rig, alice, bob, call };
}

describe("headset", () => {
  it.each([
    [0, "speaker"],
    [1, "headset"],
  ] as const)(
    "AUD-13: features.headset_prior %i: after a call by loudspeaker the next is heard by the %s",
    async (prior, path) => {
      const { call } = await desks({ "features.headset_prior": prior });
      expect(await call((desk) => desk.phone.answer())).toBe("speaker");
      expect(await call((desk) => desk.phone.headsetKey())).toBe("headset");
      expect(await call((desk) => desk.phone.answer())).toBe("headset");
      expect(await call((desk) => desk.phone.speakerKey())).toBe("speaker");
      expect(await call((desk) => desk.phone.answer())).toBe(path);
      expect(await call((desk) => desk.phone.handset(true))).toBe("handset");
      expect(await call((desk) => desk.phone.answer())).toBe(path);
    },
  );

  it("AUD-13: with features.headset_prior the headset's own key ends that, and an unplugged one is not used", async () => {
    const { rig, bob, call } = await desks({ "features.headset_prior": 1 });
    expect(await call((desk) => desk.phone.headsetKey())).toBe("headset");
    bob.phone.plug("headset", false);
    expect(await call((desk) => desk.phone.answer())).toBe("speaker");
    bob.phone.plug("headset", true);
    expect(await call((desk) => desk.phone.answer())).toBe("headset");
    bob.phone.headsetKey();
    expect(bob.media.path).toBe("headset");
    bob.phone.headsetKey();
    await rig.run(50);
    expect(bob.media.path).toBe("none");
    expect(await call((desk) => desk.phone.answer())).toBe("speaker");
  });

  it.each([
    [0, true, "none", "none"],
    [1, true, "headset", "none"],
    [1, false, "none", "none"],
    [2, true, "headset", "speaker"],
    [2, false, "none", "none"],
  ] as const)(
    "AUD-12: ringer device %i, headset plugged %s: it rings by path %s and %s, none being the loudspeaker that rings by itself",
    async (device, plugged, path, second) => {
      const { rig, alice, bob } = await desks({ "features.ringer_device.is_use_headset": device });
      bob.phone.plug("headset", plugged);
      alice.phone.dial("sip:bob@10.0.0.2");
      await rig.run(50);
      expect([bob.rings, bob.media.path, bob.phone.view.path]).toEqual([true, path, "none"]);
      bob.phone.plug("headset", false);
      expect([bob.rings, bob.media.path]).toEqual([true, "none"]);
      bob.phone.plug("headset", plugged);
      expect([bob.media.path, bob.media.second]).toEqual([path, second]);
      alice.phone.hangUp();
      await rig.run(50);
      expect([bob.rings, bob.media.path]).toEqual([false, "none"]);
    },
  );
});

describe("volumes", () => {
  it("AUD-11: with dial tone in the ear the keys change the volume of tones on that path, else that of speech", async () => {
    const { bob } = await desks();
    bob.phone.handset(true);
    bob.phone.changeVolume(-3);
    expect([bob.phone.view.volume, bob.media.volumes.get("ear")]).toEqual([5, 8]);
    bob.phone.handset(false);
    bob.phone.speakerKey();
    expect(bob.phone.view.volume).toBe(8);
    bob.phone.changeVolume(20);
    expect(bob.phone.view.volume).toBe(15);
    expect(bob.kept).toEqual([
      ["voice.handset.tone_vol", "5"],
      ["voice.handfree.tone_vol", "15"],
    ]);
  });

  it("AUD-11: a ringer volume that the administrator forces cannot be changed by keys, and is gone when he takes it back", async () => {
    const { rig, bob } = await desks({ "force.voice.ring_vol": 12 });
    expect(bob.media.volumes.get("ringer")).toBe(12);
    bob.phone.changeVolume(-5);
    expect([bob.phone.view.volume, bob.media.volumes.get("ringer"), bob.kept]).toEqual([12, 12, []]);
    bob.provision({ "force.voice.ring_vol": "%NULL%" });
    await rig.run(10);
    expect([bob.phone.view.volume, bob.media.volumes.get("ringer")]).toEqual([8, 8]);
    for (const nonsense of ["16", "-1", "loud", "1.5"]) {
      bob.provision({ "force.voice.ring_vol": nonsense });
      await rig.run(10);
      expect(bob.media.volumes.get("ringer")).toBe(8);
    }
  });
});
