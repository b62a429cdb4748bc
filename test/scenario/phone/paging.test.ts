/** Pages to and from groups, and what they interrupt: whole phones, with the media worker's events made by the test. */
import { describe, expect, test } from "vitest";
import { account, type Desk, open, PhoneRig } from "./rig.ts";

const groups = {
  "multicast.listen_address.1.ip_address": "239.50.1.1:10008",
  "multicast.listen_address.1.label": "Fire",
  "multicast.listen_address.5.ip_address": "239.50.1.5:10010",
  "multicast.listen_address.5.label": "Sales",
  "multicast.paging_address.1.ip_address": "239.50.1.9:10012",
  "multicast.paging_address.1.label": "Store",
} as const;

/** The stream that listens to a group or speaks to it. */
function streamOf(desk: Desk, address: string): number {
  const found = [...desk.media.pages].find(([, { group }]) => group.address === address);
  if (found === undefined) throw new Error(`no stream of ${address}`);
  return found[0];
}

function page(desk: Desk, address: string, on: boolean): void {
  desk.phone.mediaEvent({ type: "receiving", stream: streamOf(desk, address), on });
}

const fire = "239.50.1.1";
const sales = "239.50.1.5";

function shown(desk: Desk): string[] {
  return desk.phone.view.calls.map(
    (c) => `${c.current ? "*" : ""}${c.remote.name || c.remote.number} ${c.page === true ? c.direction : c.phase.name}`,
  );
}

describe("channels", () => {
  test("CAL-81, CAL-82: groups are listened to and paged on their channels, in frames of 30 ms and a codec that those know", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", {
      ...open,
      ...groups,
      "account.1.label": "Reception",
      "multicast.codec": "G729",
      "multicast.listen_address.5.channel": 27,
      "multicast.paging_address.1.channel": 30,
    });
    const page = (address: string) => desk.media.pages.get(streamOf(desk, address));
    expect(page(fire)?.channel).toBe(undefined);
    expect(page(sales)?.channel).toBe(27);
    desk.phone.paging.page(1);
    await rig.run(50);
    const sent = page("239.50.1.9");
    expect([sent?.channel, sent?.callerId, sent?.settings?.ptimeMs]).toEqual([30, "Reception", 30]);
    expect(["g722"]).toContain(sent?.settings?.codec);
  });

  test("CAL-82: with multicast.receive.enhance_volume pages are 6 dB louder, and nothing else is", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups, "multicast.receive.enhance_volume": 1 });
    page(desk, fire, true);
    expect([...desk.media.levels]).toEqual([[streamOf(desk, fire), 6]]);
    page(desk, fire, false);
    desk.provision({ ...groups, "multicast.receive.enhance_volume": 0 });
    await rig.run(50);
    page(desk, fire, true);
    expect(desk.media.levels.get(streamOf(desk, fire))).toBe(0);
  });
});

describe("pages that come in", () => {
  test("CAL-82: a page is heard at once by the loudspeaker, is shown by its label, and its end closes the path", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups });
    const { settings } = desk.media.pages.get(streamOf(desk, fire)) ?? {};
    expect(settings).toMatchObject({ direction: "recvonly", remote: { address: "", port: 0 } });
    expect(settings?.receive.map(({ payloadType }) => payloadType)).toEqual(expect.arrayContaining([0, 8, 9]));
    page(desk, sales, true);
    expect(desk.media.path).toBe("speaker");
    expect(desk.media.focus).toEqual([streamOf(desk, sales)]);
    expect(shown(desk)).toEqual(["*Sales in"]);
    page(desk, sales, false);
    expect(desk.media.path).toBe("none");
    expect(desk.media.focus).toEqual([]);
    expect(shown(desk)).toEqual([]);
  });

  test("CAL-82: a page of higher rank takes the place of one that runs, a lower one waits until that is over", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups });
    page(desk, sales, true);
    page(desk, fire, true);
    expect(shown(desk)).toEqual(["*Fire in"]);
    page(desk, fire, false);
    expect(shown(desk)).toEqual(["*Sales in"]);
    page(desk, sales, false);
    expect(desk.media.path).toBe("none");
  });

  test("CAL-82: without multicast.receive_priority.enable the first page is heard to its end", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups, "multicast.receive_priority.enable": 0 });
    page(desk, sales, true);
    page(desk, fire, true);
    expect(shown(desk)).toEqual(["*Sales in"]);
  });

  test("CAL-82: in a call, pages up to the rank of calls are heard, the call is held and comes back", async () => {
    const rig = new PhoneRig();
    const settings = { ...open, ...groups, "multicast.receive_priority.priority": 3 };
    const desk = await rig.desk("10.0.0.1", settings);
    const bob = await rig.desk("10.0.0.2");
    desk.phone.dial("10.0.0.2");
    await rig.run(300);
    bob.phone.answer();
    await rig.run(300);
    expect(desk.calls).toEqual(["*out talking"]);
    page(desk, sales, true);
    await rig.run(300);
    expect(desk.calls).toEqual(["*out talking"]);
    page(desk, fire, true);
    await rig.run(300);
    expect(shown(desk)[0]).toBe("*Fire in");
    expect(bob.calls).toEqual(["*in talking held remote"]);
    expect(desk.media.focus).toEqual([streamOf(desk, fire)]);
    page(desk, fire, false);
    await rig.run(300);
    expect(desk.calls).toEqual(["*out talking"]);
    expect(bob.calls).toEqual(["*in talking"]);
    desk.phone.hangUp();
    await rig.run(5000);
    // What had to wait for the call is heard now.
    expect(shown(desk)).toEqual(["*Sales in"]);
  });

  test("CAL-82: with the rank of calls 0 no page interrupts one", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups, "multicast.receive_priority.priority": 0 });
    const bob = await rig.desk("10.0.0.2");
    desk.phone.dial("10.0.0.2");
    await rig.run(300);
    bob.phone.answer();
    await rig.run(300);
    page(desk, fire, true);
    await rig.run(300);
    expect(desk.calls).toEqual(["*out talking"]);
    expect(bob.calls).toEqual(["*in talking"]);
  });

  test("CAL-82: do-not-disturb keeps pages away, except those up to multicast.receive.ignore_dnd.priority", async () => {
    const rig = new PhoneRig();
    const settings = { ...account("100"), ...groups, "multicast.receive.ignore_dnd.priority": 1 };
    const desk = await rig.desk("10.0.0.1", settings);
    desk.phone.toggleDnd();
    page(desk, sales, true);
    expect(shown(desk)).toEqual([]);
    page(desk, fire, true);
    expect(shown(desk)).toEqual(["*Fire in"]);
  });

  test("CAL-82: its own volume, and the loudspeaker even with the handset lifted where that is configured", async () => {
    const rig = new PhoneRig();
    const more = { "multicast.listen_address.1.volume": 14, "multicast.receive.use_speaker": 1 };
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups, ...more });
    page(desk, fire, true);
    expect(desk.media.volumes.get("ear")).toBe(14);
    expect(desk.media.path).toBe("speaker");
    expect(desk.kept).toEqual([]);
  });

  test("CAL-82: whoever ends a page hears no more of it, but hears the next", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups });
    page(desk, fire, true);
    desk.phone.hangUp();
    expect(shown(desk)).toEqual([]);
    expect(desk.media.path).toBe("none");
    page(desk, fire, false);
    page(desk, fire, true);
    expect(shown(desk)).toEqual(["*Fire in"]);
    desk.phone.speakerKey();
    expect(desk.media.path).toBe("none");
  });

  test("CAL-82: a changed list is followed; a line that is no group is named in the log", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups });
    desk.provision({ "multicast.listen_address.1.ip_address": "10.1.1.1:10" });
    await rig.run(100);
    expect([...desk.media.pages.values()].map(({ group }) => group.address)).toEqual([sales]);
    expect(desk.log.join()).toContain("multicast.listen_address.1.ip_address = 10.1.1.1:10");
  });
});

describe("pages that go out", () => {
  test("CAL-81: what is said goes to the group in the configured codec until the page is ended", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups, "multicast.codec": "PCMA" });
    desk.phone.paging.page(1);
    await rig.run(100);
    const stream = streamOf(desk, "239.50.1.9");
    expect(desk.media.pages.get(stream)).toMatchObject({
      role: "send",
      settings: {
        codec: "pcma",
        payloadType: 8,
        direction: "sendonly",
        remote: { address: "239.50.1.9", port: 10_012 },
      },
    });
    expect(desk.media.focus).toEqual([stream]);
    expect(desk.media.path).toBe("speaker");
    expect(shown(desk)).toEqual(["*Store out"]);
    // Nobody interrupts who speaks.
    page(desk, fire, true);
    expect(shown(desk)).toEqual(["*Store out"]);
    desk.phone.cancel();
    await rig.run(100);
    expect(desk.media.pages.has(stream)).toBe(false);
    expect(shown(desk)).toEqual(["*Fire in"]);
  });

  test("CAL-81: a call is held meanwhile, and keys about calls do nothing", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, ...groups });
    const bob = await rig.desk("10.0.0.2");
    desk.phone.handset(true);
    desk.phone.dial("10.0.0.2");
    await rig.run(300);
    bob.phone.answer();
    await rig.run(300);
    desk.phone.paging.page(1);
    await rig.run(300);
    expect(bob.calls).toEqual(["*in talking held remote"]);
    desk.phone.hold();
    desk.phone.transfer();
    desk.press("5");
    await rig.run(300);
    expect(bob.calls).toEqual(["*in talking held remote"]);
    expect(desk.media.path).toBe("handset");
    desk.phone.handset(false);
    await rig.run(300);
    expect(desk.media.pages.size).toBe(2);
    expect(bob.calls).toEqual(["*in ended remote Call ended"]);
    expect(desk.media.path).toBe("none");
  });

  test("CAL-81: a group that is not configured, or wrongly, is refused on the LCD", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, "multicast.paging_address.2.ip_address": "224.1.1.1" });
    desk.phone.paging.page(1);
    desk.phone.paging.page(2);
    expect(desk.phone.view.notices).toContain("No such paging group");
    expect(desk.log.join()).toContain("multicast.paging_address.2.ip_address = 224.1.1.1");
    expect(desk.media.pages.size).toBe(0);
  });
});
