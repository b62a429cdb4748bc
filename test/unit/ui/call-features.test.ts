/** Keys, windows and pages of the call features on the LCD. */
import { describe, expect, it } from "vitest";
import type { CallView, KeyView } from "../../../src/phone/state.ts";
import { defaultUiSettings, type MenuItem, type UiSettings } from "../../../src/ui/settings.ts";
import { account, call } from "../../fake/phone-control.ts";
import { models, rig } from "./kit.ts";

const all: KeyView = { dnd: true, dndByAccount: false, silence: true, decline: false };
const incoming = { name: "incoming", sinceMs: 0 } as const;
const talking = { name: "talking", hold: "none", sinceMs: 0 } as const;
const withSettings = (more: Partial<UiSettings>) => ({ settings: () => ({ ...defaultUiSettings, ...more }) });

describe("keys", () => {
  it("CAL-20: the key that refuses says Decline where it is for all phones of the person", () => {
    const { ui, phone, press } = rig(models.t46g, { calls: [call(7, incoming)], keys: { ...all, decline: true } });
    expect(ui.screen.softkeys).toEqual(["Answer", "FWD", "Silence", "Decline"]);
    press("soft4");
    expect(phone.taken()).toEqual([["reject", 7]]);
  });

  it("CAL-21: no key silences a call where that is off", () => {
    const { ui, phone, press } = rig(models.t46g, { calls: [call(7, incoming)], keys: { ...all, silence: false } });
    expect(ui.screen.softkeys).toEqual(["Answer", "FWD", "", "Reject"]);
    press("soft3");
    expect(phone.taken()).toEqual([]);
  });

  it("CAL-27: the key is gone where nobody may switch it, and opens a page where each account has its own", () => {
    expect(rig(models.t46g, { keys: { ...all, dnd: false } }).ui.screen.softkeys[2]).toBe("");
    const changed: number[] = [];
    const line: MenuItem = { menu: "dnd", label: "Alice", value: () => "Off", change: () => void changed.push(1) };
    const { ui, press } = rig(models.t46g, { keys: { ...all, dndByAccount: true } }, { items: [line] });
    press("soft3");
    expect([ui.screen.id, ui.screen.title, ui.screen.lines]).toEqual(["menu", "Do not disturb", ["1. Alice Off"]]);
    press("ok");
    expect(changed).toEqual([1]);
  });

  it("CAL-27: the large sign takes the place of the clock on the idle screen", () => {
    for (const model of [models.t46g, models.t23g]) {
      const pixels = (largeDnd: boolean) => {
        const { ui } = rig(model, { dnd: true }, withSettings({ largeDnd }));
        return { body: ui.screen.body, drawn: Array.from(ui.pixels).join() };
      };
      expect(pixels(true).body).toMatchObject({ kind: "idle", dnd: true, largeDnd: true });
      expect(pixels(true).drawn).not.toBe(pixels(false).drawn);
    }
  });

  it("CAL-49: with other calls the transfer key connects to the one that is named, and Next goes on", () => {
    const another = { name: "Carol", number: "103" };
    const { ui, phone, press } = rig(models.t46g, {
      calls: [call(1, talking)],
      dial: { digits: "", account: 1, path: "handset", purpose: "transfer", another },
    });
    expect(ui.screen.softkeys).toEqual(["Tran", "123", "Next", "Cancel"]);
    expect(ui.screen.title).toBe("Transfer to Carol, or to");
    press("soft3", "soft1");
    expect(phone.taken()).toEqual([["selectCall", 1], ["transfer"]]);
  });
});

describe("numbers typed in menus", () => {
  it("CAL-28, CAL-29, CAL-30: the number that calls go to is typed on the LCD and saved", () => {
    let to = "20";
    const save = (text: string) => {
      to = text;
    };
    const entry = { prompt: "Forward always", text: () => to, save };
    const item: MenuItem = { menu: "forward", label: "to", value: () => to, change: () => {}, entry };
    const { ui, press } = rig(models.t46g, {}, { items: [item] });
    press("soft4", "down", "down", "ok");
    const features = ui.screen.lines.findIndex((line) => line.includes("Call forward"));
    expect(features).toBeGreaterThanOrEqual(0);
    for (let i = 0; i < features; i++) press("down");
    press("ok");
    expect([ui.screen.title, ui.screen.lines]).toEqual(["Call forward", ["1. to 20"]]);
    press("ok", "1", "*", "#", "left");
    expect([ui.screen.id, ui.screen.title, ui.screen.lines[0]]).toEqual(["edit", "Forward always", "201*"]);
    expect(ui.screen.softkeys).toEqual(["Save", "123", "Delete", "Back"]);
    press("soft3", "soft1");
    expect([to, ui.screen.id]).toEqual(["201", "menu"]);
    press("ok", "9", "cancel");
    expect([to, ui.screen.lines]).toEqual(["201", ["1. to 201"]]);
    press("ok", "soft2", "2", "2", "ok");
    expect(to).toBe("201b");
    press("cancel");
    expect(ui.screen.title).toBe("Features");
  });
});

describe("windows", () => {
  it("DIR-12: a missed call is told of in a window that stays, until it is looked at or closed", () => {
    const { ui, phone, clock, press } = rig(models.t46g);
    phone.show({ calls: [call(1, incoming)] });
    phone.show({ calls: [], missedCalls: 1 });
    clock.advance(60_000);
    expect([ui.screen.id, ui.screen.title, ui.screen.softkeys]).toEqual(["idle", "Note", ["View", "", "", "Exit"]]);
    expect(ui.screen.body).toEqual({ kind: "message", text: "1 missed call", icon: "call_missed" });
    press("soft4");
    expect([ui.screen.body.kind, ui.screen.lines.includes("1 missed call")]).toEqual(["idle", true]);
    phone.show({ missedCalls: 2 });
    press("ok");
    expect([ui.screen.id, phone.taken()]).toEqual(["history", [["clearMissed"]]]);
  });

  it("DIR-12, CAL-69: no windows where they are off, while nobody is to disturb, or while somebody talks", () => {
    const off = rig(models.t46g, {}, withSettings({ missedPopup: false, mailPopup: false }));
    off.phone.show({ missedCalls: 1, voiceMail: { waiting: 1, number: "*97", account: 1 } });
    expect(off.ui.screen.body.kind).toBe("idle");
    const undisturbed = rig(models.t46g, { dnd: true });
    undisturbed.phone.show({ missedCalls: 1 });
    expect(undisturbed.ui.screen.body.kind).toBe("idle");
    const busy = rig(models.t46g, { calls: [call(1, talking)] });
    busy.phone.show({ missedCalls: 1 });
    expect(busy.ui.screen.id).toBe("talking");
    busy.phone.show({ calls: [] });
    expect(busy.ui.screen.body.kind).toBe("message");
  });

  it("CAL-69: new messages are told of; View dials the mailbox, or shows all where that is configured", () => {
    const voiceMail = { waiting: 2, number: "*97", account: 1 };
    const dials = rig(models.t46g);
    dials.phone.show({ voiceMail });
    expect(dials.ui.screen.lines[0]).toBe("2 new voice messages");
    dials.press("soft1");
    expect(dials.phone.taken()).toEqual([["dial", "*97", 1]]);
    const line: MenuItem = { menu: "mailboxes", label: "Alice", value: () => "2 new, 0 old", change: () => {} };
    const shows = rig(models.t46g, { voiceMail }, { ...withSettings({ mailboxes: true }), items: [line] });
    shows.press("message");
    expect([shows.ui.screen.title, shows.ui.screen.lines]).toEqual(["Voice mail", ["1. Alice 2 new, 0 old"]]);
    shows.press("cancel");
    expect(shows.ui.screen.id).toBe("idle");
  });
});

describe("call information", () => {
  const bob = { name: "Bob Baker", number: "102", uri: "sip:102@pbx.example" };

  it.each([
    [0, bob, ["Bob Baker", "102"]],
    [1, bob, ["102", "Bob Baker"]],
    [2, bob, ["Bob Baker"]],
    [3, bob, ["102"]],
    [4, bob, ["Bob Baker <sip:102@pbx.example>"]],
    [2, { name: "", number: "102" }, ["102"]],
    [3, { name: "Bob Baker", number: "" }, ["Bob Baker"]],
    [4, { name: "", number: "102" }, ["<102>"]],
    [0, { name: "", number: "" }, ["Unknown"]],
  ])("CAL-75: call_info_display_method %i of %j", (callInfo, remote, lines) => {
    const { ui } = rig(models.t46g, { calls: [call(1, incoming, { remote })] }, withSettings({ callInfo }));
    expect(ui.screen.lines.slice(0, -1)).toEqual(lines);
  });

  it("CAL-75: whom an incoming call is for is shown where wanted, as the account or its To says", () => {
    const shown = (called: string | undefined) => {
      const calls = [call(1, incoming, called === undefined ? {} : { called })];
      return rig(models.t46g, { calls }, withSettings({ calledParty: true })).ui.screen.lines;
    };
    expect([shown(undefined)[2], shown("Sales")[2]]).toEqual(["To Alice", "To Sales"]);
  });

  it("CAL-75: while dialling the account is named as configured", () => {
    const own = { ...account(1, "Desk"), displayName: "Anna", userName: "101" };
    const dial = { digits: "5", account: 1, path: "none", purpose: "call" } as const;
    const shown = [1, 2, 3].map((ownName) => {
      const { ui } = rig(models.t46g, { accounts: [own], dial }, withSettings({ ownName }));
      return ui.screen.lines[1];
    });
    expect(shown).toEqual(["101", "Anna", "Desk"]);
  });

  it("CAL-75: a long name of a caller moves on in the configured time, a short one does not", () => {
    const long = { name: "Bartholomew Montgomery Featherstonehaugh the Third of Somewhere", number: "102" };
    const sinceMs = 0;
    for (const [remote, moves] of [
      [long, true],
      [bob, false],
    ] as const) {
      const calls = [call(1, { name: "incoming", sinceMs }, { remote })];
      const { ui, clock } = rig(models.t23g, { calls }, withSettings({ rollMs: 500 }));
      const before = Array.from(ui.pixels).join();
      clock.advance(1600);
      expect(Array.from(ui.pixels).join() !== before).toBe(moves);
    }
  });
});

describe("people of a conference", () => {
  const member = (id: number, more: Partial<CallView> = {}) =>
    call(id, talking, {
      remote: { name: `Guest ${id}`, number: `20${id}` },
      conference: true,
      current: id === 1,
      ...more,
    });

  it("CAL-55: Manage lists who is in it; one is removed, or taken out for a word in private", () => {
    const { ui, phone, press } = rig(models.t46g, { calls: [member(1), member(2)] });
    expect(ui.screen.softkeys).toEqual(["Hold", "Split", "Manage", "End Call"]);
    press("soft3", "down");
    expect([ui.screen.id, ui.screen.title, ui.screen.lines]).toEqual([
      "people",
      "Conference",
      ["Guest 1 201", "Guest 2 202"],
    ]);
    expect(ui.screen.softkeys).toEqual(["Far Mute", "Remove", "Private", "Back"]);
    press("soft3", "up", "soft2");
    expect(phone.taken()).toEqual([
      ["party", 2, "take"],
      ["party", 1, "remove"],
    ]);
    press("cancel");
    expect(ui.screen.id).toBe("talking");
  });

  it("CP8-02: Far Mute silences the selected one for the others, and says so until Unmute", () => {
    const { ui, phone, press } = rig(models.t46g, { calls: [member(1), member(2), member(3)] });
    press("soft3", "down", "soft1");
    expect(phone.taken()).toEqual([["party", 2, "mute"]]);
    phone.show({ calls: [member(1), member(2, { peerMuted: true }), member(3)] });
    expect(ui.screen.lines).toEqual(["Guest 1 201", "Guest 2 Muted", "Guest 3 203"]);
    expect(ui.screen.softkeys[0]).toBe("Unmute");
    press("soft1");
    expect(phone.taken()).toEqual([["party", 2, "unmute"]]);
    press("cancel");
    expect(ui.screen.lines.join("\n")).toContain("Far end muted");
  });

  it("CP8-02: left and right make the selected one softer and louder, and the list says by how much", () => {
    const { ui, phone, press } = rig(models.t46g, { calls: [member(1), member(2), member(3)] });
    press("soft3", "down", "right", "left", "left");
    expect(phone.taken()).toEqual([
      ["party", 2, "louder"],
      ["party", 2, "softer"],
      ["party", 2, "softer"],
    ]);
    phone.show({ calls: [member(1, { levelDb: 6 }), member(2, { levelDb: -3 }), member(3)] });
    expect(ui.screen.lines).toEqual(["Guest 1 +6 dB", "Guest 2 \u22123 dB", "Guest 3 203"]);
  });

  it("CP8-02: Add asks for one more while there is room, and X goes back", () => {
    const { ui, phone, press } = rig(models.t46g, { conferenceRoom: true, calls: [member(1), member(2), member(3)] });
    press("soft3");
    expect(ui.screen.softkeys).toEqual(["Far Mute", "Remove", "Private", "Add"]);
    press("soft4");
    expect(phone.taken()).toEqual([["conference"]]);
    press("cancel");
    expect(ui.screen.id).toBe("talking");
  });

  it("CAL-55: the list goes with the conference, and a selection with who left", () => {
    const { ui, phone, press } = rig(models.t46g, { calls: [member(1), member(2), member(3)] });
    press("soft3", "down", "down");
    phone.show({ calls: [member(1), member(2)] });
    expect(ui.screen.id).toBe("people");
    press("soft2");
    expect(phone.taken()).toEqual([["party", 2, "remove"]]);
    phone.show({ calls: [call(1, talking)] });
    expect(ui.screen.id).toBe("talking");
  });

  it("CAL-56: of a server's conference the list shows who is in it, and offers nothing that only the server can do", () => {
    const people = [
      { name: "Alice", number: "101" },
      { name: "", number: "205" },
    ];
    const { ui, phone, press } = rig(models.t46g, { calls: [call(1, talking, { people })] });
    expect(ui.screen.softkeys).toEqual(["People", "Hold", "Conf", "End Call"]);
    press("soft1");
    expect(ui.screen.lines).toEqual(["Alice 101", "205"]);
    expect(ui.screen.softkeys).toEqual(["", "", "", "Back"]);
    press("soft1", "soft2", "soft3", "ok");
    expect(phone.taken()).toEqual([]);
    expect(ui.screen.id).toBe("people");
  });
});
