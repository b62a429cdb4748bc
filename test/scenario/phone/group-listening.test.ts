/** Two outputs at once as a person uses them: others listen in, both ringers, a second headset. */
import { describe, expect, it } from "vitest";
import { open, PhoneRig } from "./rig.ts";

async function talking(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const { alice, bob } = await rig.pair({ ...open, ...more });
  alice.phone.dial("sip:bob@10.0.0.2");
  await rig.run(50);
  bob.phone.handset(true);
  await rig.run(50);
  return { rig, alice, bob };
}

describe("group listening", () => {
  it("CAL-91: the loudspeaker plays beside the handset at a volume of its own, which the keys change and which is kept", async () => {
    const { bob } = await talking({ "voice.group_spk_vol": 5 });
    expect([bob.media.path, bob.media.second]).toEqual(["handset", "none"]);
    bob.phone.groupListen();
    expect([bob.media.path, bob.media.second, bob.media.volumes.get("second")]).toEqual(["handset", "speaker", 5]);
    expect([bob.phone.view.path, bob.phone.view.second]).toEqual(["handset", "speaker"]);
    bob.phone.changeVolume(2);
    expect([bob.phone.view.volume, bob.phone.view.volumeOf, bob.media.volumes.get("second")]).toEqual([7, "group", 7]);
    expect(bob.media.volumes.get("ear")).toBe(8);
    expect(bob.kept).toEqual([["voice.group_spk_vol", "7"]]);
    bob.phone.groupListen();
    expect([bob.media.path, bob.media.second, bob.phone.view.second]).toEqual(["handset", "none", undefined]);
    expect(bob.phone.view.volumeOf).toBe("handset");
  });

  it("CAL-91: putting the handset down or pressing the speaker key goes on hands-free, the end of the call ends it", async () => {
    const { rig, alice, bob } = await talking();
    bob.phone.groupListen();
    bob.phone.handset(false);
    expect([bob.media.path, bob.media.second, bob.calls]).toEqual(["speaker", "none", ["*in talking"]]);
    bob.phone.handset(true);
    bob.phone.groupListen();
    bob.phone.speakerKey();
    expect([bob.media.path, bob.media.second, bob.calls]).toEqual(["speaker", "none", ["*in talking"]]);
    // From hands-free talking it goes back to what was lifted.
    bob.phone.groupListen();
    expect([bob.media.path, bob.media.second]).toEqual(["handset", "speaker"]);
    alice.phone.hangUp();
    await rig.run(5000);
    bob.phone.handset(false);
    expect([bob.media.path, bob.media.second]).toEqual(["none", "none"]);
    alice.phone.dial("sip:bob@10.0.0.2");
    await rig.run(50);
    bob.phone.handset(true);
    await rig.run(50);
    expect([bob.media.path, bob.media.second]).toEqual(["handset", "none"]);
  });

  it("CAL-91: without a handset lifted or a headset, without a call, where it is not allowed or the card cannot, a sentence says so", async () => {
    const { rig, bob } = await talking();
    bob.phone.speakerKey();
    bob.phone.handset(false);
    bob.phone.groupListen();
    expect([bob.media.second, bob.phone.view.news?.text]).toEqual(["none", "Lift the handset first"]);
    bob.phone.handset(true);
    bob.media.together = false;
    bob.phone.groupListen();
    expect([bob.media.second, bob.phone.view.news?.text]).toEqual(["none", "This sound card cannot"]);
    bob.media.together = true;
    bob.provision({ "features.group_listen_in_talking_enable": 0 });
    await rig.run(10);
    bob.phone.groupListen();
    expect([bob.media.second, bob.phone.view.news?.text]).toEqual(["none", "Not possible now"]);
    bob.provision({});
    bob.phone.hangUp();
    await rig.run(50);
    bob.phone.groupListen();
    expect(bob.media.second).toBe("none");
  });
});

describe("headset", () => {
  it("AUD-12: with features.ringer_device.is_use_headset 2 headset and loudspeaker ring at once, where the card can", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({ ...open, "features.ringer_device.is_use_headset": 2 });
    bob.phone.plug("headset", true);
    alice.phone.dial("sip:bob@10.0.0.2");
    await rig.run(50);
    expect([bob.rings, bob.media.path, bob.media.second]).toEqual([true, "headset", "speaker"]);
    expect([bob.phone.view.path, bob.phone.view.second]).toEqual(["none", undefined]);
    bob.phone.headsetKey();
    await rig.run(50);
    expect([bob.rings, bob.media.path, bob.media.second]).toEqual([false, "headset", "none"]);
  });

  it("AUD-14: with features.headset_training a headset in the handset's jack hears along, at the handset's volume, and no other path does", async () => {
    const rig = new PhoneRig();
    const { alice, bob } = await rig.pair({ ...open, "features.headset_training": 1, "voice.handset.spk_vol": 6 });
    bob.phone.plug("headset", true);
    alice.phone.dial("sip:bob@10.0.0.2");
    await rig.run(50);
    bob.phone.headsetKey();
    await rig.run(50);
    expect([bob.media.path, bob.media.second, bob.media.volumes.get("second")]).toEqual(["headset", "handset", 6]);
    expect(bob.phone.view.second).toBe("handset");
    bob.phone.speakerKey();
    expect([bob.media.path, bob.media.second]).toEqual(["speaker", "none"]);
    bob.phone.headsetKey();
    expect([bob.media.path, bob.media.second]).toEqual(["headset", "handset"]);
    bob.provision({ "features.headset_training": 0 });
    await rig.run(10);
    expect(bob.media.second).toBe("none");
    bob.media.together = false;
    bob.provision({ "features.headset_training": 1 });
    await rig.run(10);
    expect(bob.media.second).toBe("none");
  });
});
