/** The key table, carried out: every state with the keys that mean something in it. */
import { describe, expect, it } from "vitest";
import type { Key } from "../../../hal/keypad.ts";
import type { HistoryEntry, PhoneView } from "../../../src/phone/state.ts";
import { actionOf, keyTable, softKeysOf } from "../../../src/ui/keys.ts";
import type { Context } from "../../../src/ui/state.ts";
import { account, call, idleView } from "../../fake/phone-control.ts";
import { models, type Rig, rig } from "./kit.ts";

const talking = { name: "talking", hold: "none", sinceMs: 0 } as const;
const held = { name: "talking", hold: "local", sinceMs: 0 } as const;
const incoming = { name: "incoming", sinceMs: 0 } as const;
const ended = { name: "ended", by: "remote", why: "", sinceMs: 0, talkedMs: 0 } as const;

function told(view: Partial<PhoneView>, ...keys: Key[]): unknown[][] {
  const r = rig(models.t46g, view);
  r.press(...keys);
  return r.phone.taken();
}

const predial: Partial<PhoneView> = { dial: { digits: "12", account: 1, path: "none", purpose: "call" } };
const second = (purpose: "transfer" | "conference" | "forward"): Partial<PhoneView> => ({
  dial: { digits: "12", account: 1, path: "handset", purpose },
  calls: [call(3, held)],
});
const ringback = { name: "ringback", early: false, sinceMs: 0 } as const;
const joined = [call(3, talking, { current: false, conference: true }), call(4, talking, { conference: true })];
const waiting: Partial<PhoneView> = {
  path: "handset",
  calls: [call(1, talking), call(2, incoming, { current: false })],
};

describe("UIX-03: soft keys and keys by state", () => {
  const table: readonly (readonly [string, Partial<PhoneView>, Key, unknown[] | undefined])[] = [
    ["idle", {}, "redial", ["redial"]],
    ["idle", {}, "soft3", ["toggleDnd"]],
    ["idle", {}, "speaker", ["speakerKey"]],
    ["idle", {}, "headset", ["headsetKey"]],
    ["idle", {}, "mute", ["toggleMute"]],
    ["idle", {}, "volume_up", ["changeVolume", 1]],
    ["idle", {}, "volume_down", ["changeVolume", -1]],
    ["idle", {}, "line1", ["lineKey", 1]],
    ["idle", {}, "cancel", ["clearMissed"]],
    ["idle", {}, "hold", undefined],
    ["idle", {}, "message", undefined],
    ["mail", { voiceMail: { waiting: 1, number: "*97", account: 2 } }, "message", ["dial", "*97", 2]],
    ["pre-dial", predial, "ok", ["send"]],
    ["pre-dial", predial, "soft1", ["send"]],
    ["pre-dial", predial, "soft3", ["backspace"]],
    ["pre-dial", predial, "left", ["backspace"]],
    ["pre-dial", predial, "soft4", ["cancel"]],
    ["pre-dial", predial, "cancel", ["cancel"]],
    ["calling", { calls: [call(1, { name: "ringback", early: false, sinceMs: 0 })] }, "soft4", ["cancel"]],
    ["calling", { calls: [call(1, { name: "connecting", sinceMs: 0 })] }, "cancel", ["cancel"]],
    ["calling", { calls: [call(1, { name: "connecting", sinceMs: 0 })] }, "hold", undefined],
    ["incoming", { calls: [call(7, incoming)] }, "soft1", ["answer", 7]],
    ["incoming", { calls: [call(7, incoming)] }, "ok", ["answer", 7]],
    ["incoming", { calls: [call(7, incoming)] }, "soft3", ["silence"]],
    ["incoming", { calls: [call(7, incoming)] }, "soft4", ["reject", 7]],
    ["incoming", { calls: [call(7, incoming)] }, "cancel", ["reject", 7]],
    ["incoming", { calls: [call(7, incoming)] }, "5", undefined],
    ["incoming", { calls: [call(7, incoming)] }, "soft2", ["forward", 7]],
    ["talking", { calls: [call(3, talking)] }, "soft1", ["transfer"]],
    ["talking", { calls: [call(3, talking)] }, "transfer", ["transfer"]],
    ["talking", { calls: [call(3, talking)] }, "soft3", ["conference"]],
    ["talking", { calls: [call(3, talking)] }, "conference", ["conference"]],
    ["talking", { calls: [call(3, talking)] }, "soft2", ["hold"]],
    ["talking", { calls: [call(3, talking)] }, "hold", ["hold"]],
    ["talking", { calls: [call(3, talking)] }, "soft4", ["hangUp", 3]],
    ["talking", { calls: [call(3, talking)] }, "cancel", ["cancel"]],
    ["held", { calls: [call(3, held)] }, "soft1", ["transfer"]],
    ["held", { calls: [call(3, held)] }, "soft2", ["resume", undefined]],
    ["held", { calls: [call(3, held)] }, "soft3", ["newCall"]],
    ["transfer", second("transfer"), "soft1", ["transfer"]],
    ["transfer", second("transfer"), "soft2", ["send"]],
    ["transfer", second("transfer"), "transfer", ["transfer"]],
    ["conference", second("conference"), "soft1", ["send"]],
    ["forward", second("forward"), "soft1", ["forward", undefined]],
    ["consulting", { calls: [call(3, held, { current: false }), call(4, ringback)] }, "soft1", ["transfer"]],
    ["conferenced", { calls: joined }, "soft1", ["hold"]],
    ["conferenced", { calls: joined }, "soft2", ["split"]],
    ["conferenced", { calls: joined }, "soft4", ["hangUp", 4]],
    ["held", { calls: [call(3, held)] }, "hold", ["resume", undefined]],
    ["held", { calls: [call(3, held)] }, "4", undefined],
    ["two calls", { calls: [call(3, held, { current: false }), call(4, talking)] }, "soft2", ["swap"]],
    ["two calls", { calls: [call(3, held, { current: false }), call(4, talking)] }, "soft4", ["hangUp", 4]],
    ["two calls", { calls: [call(3, held, { current: false }), call(4, talking)] }, "up", ["selectCall", 3]],
    ["call waiting", waiting, "soft1", ["answer", 2]],
    ["call waiting", waiting, "soft2", ["reject", 2]],
    ["call waiting", waiting, "cancel", ["reject", 2]],
    ["call waiting", waiting, "soft4", ["hangUp", 1]],
    ["call waiting", waiting, "hold", ["hold"]],
    ["ended", { calls: [call(5, ended)] }, "soft1", ["redial"]],
    ["ended", { calls: [call(5, ended)] }, "soft4", ["cancel"]],
    ["ended", { calls: [call(5, ended)] }, "ok", ["cancel"]],
  ];
  it.each(table)("%s: %o %s", (_state, view, key, want) => {
    expect(told(view, key)).toEqual(want === undefined ? [] : [want]);
  });

  it("CAL-22: End Call during call waiting ends the conversation even when the ringing call is selected", () => {
    const calls = [call(1, talking, { current: false }), call(2, incoming)];
    expect(told({ calls }, "soft4")).toEqual([["hangUp", 1]]);
  });

  it("every context has an action for every key and four soft keys", () => {
    const facts = { input: "123", item: "open", entry: true } as const;
    for (const context of Object.keys(keyTable) as Context[]) {
      const softKeys = softKeysOf(context, idleView, facts);
      expect(softKeys).toHaveLength(4);
      for (const key of [
        "1",
        "ok",
        "cancel",
        "up",
        "down",
        "left",
        "right",
        "hold",
        "redial",
        "mute",
        "soft1",
        "line1",
        "exp1.1",
      ] as const)
        expect(actionOf(key, context, softKeys), `${context} ${key}`).toBeTypeOf("string");
    }
  });
});

describe("CAL-01: digits", () => {
  it("go to the phone with press and release, on hook, off hook and in a call", () => {
    const want = [
      ["digit", "5", true],
      ["digit", "5", false],
    ];
    expect(told({}, "5")).toEqual(want);
    expect(told(predial, "5")).toEqual(want);
    expect(told({ calls: [call(1, talking)] }, "5")).toEqual(want);
  });

  it("are released on the phone even when the screen changed in between", () => {
    const r = rig(models.t46g, { calls: [call(1, talking)] });
    r.front.person.press("5");
    r.phone.show({ calls: [call(2, incoming)] });
    r.front.person.release("5");
    expect(r.phone.taken()).toEqual([
      ["digit", "5", true],
      ["digit", "5", false],
    ]);
  });

  it("are released when the user interface closes", () => {
    const r = rig(models.t46g, { calls: [call(1, talking)] });
    r.front.person.press("5");
    r.ui.close();
    expect(r.phone.taken()).toEqual([
      ["digit", "5", true],
      ["digit", "5", false],
    ]);
  });

  it("0 held for a second becomes +", () => {
    const r = rig(models.t46g, predial);
    r.front.person.press("0");
    r.clock.advance(999);
    expect(r.phone.taken()).toEqual([["digit", "0", true]]);
    r.clock.advance(1);
    expect(r.phone.taken()).toEqual([["backspace"], ["text", "+"]]);
    r.front.person.release("0");
    expect(r.phone.taken()).toEqual([["digit", "0", false]]);
  });
});

describe("UIX-21: letters", () => {
  it("come from repeated presses after the input key, small then capital then digits", () => {
    const r = rig(models.t46g, predial);
    r.press("soft2");
    expect(r.ui.screen.softkeys[1]).toBe("abc");
    r.press("2", "2");
    expect(r.phone.taken()).toEqual([["text", "a"], ["backspace"], ["text", "b"]]);
    r.clock.advance(1001);
    r.press("2");
    expect(r.phone.taken()).toEqual([["text", "a"]]);
    r.press("soft2", "9");
    expect(r.phone.taken()).toEqual([["text", "W"]]);
    r.press("soft2", "9");
    expect(r.phone.taken()).toEqual([
      ["digit", "9", true],
      ["digit", "9", false],
    ]);
  });

  it("leave # the send key, and are over with the number", () => {
    const r = rig(models.t46g, predial);
    r.press("soft2", "#");
    expect(r.phone.taken()).toEqual([
      ["digit", "#", true],
      ["digit", "#", false],
    ]);
    r.phone.show({ dial: undefined });
    r.phone.show(predial);
    r.clock.advance(1);
    expect(r.ui.screen.softkeys[1]).toBe("123");
  });
});

describe("keys held", () => {
  it("volume and backspace repeat, an ordinary key does not", () => {
    const r = rig(models.t46g, predial);
    r.front.person.press("volume_up");
    r.clock.advance(500 + 3 * 120);
    r.front.person.release("volume_up");
    expect(r.phone.taken()).toHaveLength(5);
    r.front.person.press("soft3");
    r.clock.advance(620);
    r.front.person.release("soft3");
    expect(r.phone.taken()).toEqual([["backspace"], ["backspace"], ["backspace"]]);
    r.front.person.press("ok");
    r.clock.advance(5000);
    r.front.person.release("ok");
    expect(r.phone.taken()).toEqual([["send"]]);
  });
});

describe("a key held while its meaning changes", () => {
  it("Delete stops when nothing is left to delete", () => {
    const r = rig(models.t46g, predial);
    r.front.person.press("soft3");
    r.clock.advance(500);
    r.phone.show({ dial: { digits: "", account: 1, path: "none", purpose: "call" } });
    r.clock.advance(2000);
    r.front.person.release("soft3");
    expect(r.phone.taken()).toEqual([["backspace"], ["backspace"]]);
    expect(r.ui.screen.softkeys).toEqual(["History", "123", "", "Cancel"]);
  });
});

describe("CAL-15: history", () => {
  const entry = (kind: HistoryEntry["kind"], number: string): HistoryEntry => ({
    kind,
    account: 2,
    remote: { name: "", number },
    target: `sip:${number}@pbx.example`,
    atEpochMs: 0,
    talkedMs: 0,
  });
  function open(...keys: Key[]): Rig {
    const r = rig(models.t46g);
    r.phone.history = [entry("placed", "601"), entry("missed", "700"), entry("received", "800")];
    r.press(...keys);
    return r;
  }

  it("lists, moves the bar round, and dials the entry with its account", () => {
    const r = open("soft1", "up");
    expect(r.ui.screen).toMatchObject({ id: "history", title: "All calls" });
    expect(r.ui.screen.body).toMatchObject({ selected: 2 });
    r.press("ok");
    expect(r.phone.taken()).toContainEqual(["dial", "sip:800@pbx.example", 2]);
    expect(r.ui.screen.id).toBe("idle");
  });

  it("turns its pages with left and right, and shows details", () => {
    const r = open("soft1", "right");
    expect(r.ui.screen).toMatchObject({ title: "Missed calls" });
    expect(r.phone.taken()).toContainEqual(["clearMissed"]);
    r.press("soft2");
    expect(r.ui.screen.title).toBe("Details");
    expect(r.ui.screen.lines).toContain("Number 700");
    r.press("cancel", "cancel");
    expect(r.ui.screen.id).toBe("idle");
  });

  it("opens on missed calls when there are some", () => {
    const r = rig(models.t46g, { missedCalls: 1 });
    r.press("soft1");
    expect(r.ui.screen.title).toBe("Missed calls");
  });

  it("gives way to a call", () => {
    const r = open("soft1");
    r.phone.show({ calls: [call(9, incoming)] });
    expect(r.ui.screen.id).toBe("incoming");
  });

  it("a digit leaves it and begins a number", () => {
    const r = open("soft1", "6");
    expect(r.phone.taken()).toContainEqual(["digit", "6", true]);
    expect(r.ui.screen.id).toBe("idle");
  });
});

describe("UIX-02: menu", () => {
  it("is walked by bar, by number and back again", () => {
    const r = rig(models.t46g);
    r.press("soft4");
    expect(r.ui.screen).toMatchObject({ id: "menu", title: "Menu", softkeys: ["Enter", "", "", "Back"] });
    r.press("3");
    expect(r.ui.screen).toMatchObject({ title: "Features", lines: ["1. Do not disturb Off"] });
    r.press("ok");
    expect(r.phone.taken()).toEqual([["toggleDnd"]]);
    r.press("cancel");
    expect(r.ui.screen.body).toMatchObject({ selected: 2 });
    r.press("1");
    expect(r.ui.screen).toMatchObject({ id: "status" });
    r.press("soft4", "soft4");
    expect(r.ui.screen.id).toBe("idle");
  });

  it("changes a value with left and right, and takes items from elsewhere", () => {
    const changes: number[] = [];
    const item = {
      menu: "settings",
      label: "Backlight",
      value: () => "30 s",
      change: (step: 1 | -1) => changes.push(step),
    } as const;
    const r = rig(models.t46g, {}, { items: [item] });
    r.press("soft4", "4", "left", "down", "left", "right", "ok");
    expect(r.phone.taken()).toEqual([["changeVolume", -1]]);
    expect(changes).toEqual([-1, 1, 1]);
    expect(r.ui.screen.lines).toContain("2. Backlight 30 s");
  });
});

describe("UIX-06: line keys", () => {
  const accounts = Array.from({ length: 12 }, (_, i) => account(i + 1, `Line ${i + 1}`));

  it("have pages where there are more than stand on the case; the last key turns them", () => {
    const r = rig(models.t46g, { accounts });
    expect(r.ui.keys.map((key) => key.label)).toEqual([...accounts.slice(0, 9).map((a) => a.label), "1/2"]);
    r.press("line10");
    expect(r.ui.keys.map((key) => key.label)).toEqual(["Line 10", "Line 11", "Line 12", "", "", "", "", "", "", "2/2"]);
    r.press("line2");
    expect(r.phone.taken()).toEqual([["lineKey", 11]]);
    r.press("right");
    expect(r.ui.keys[0]?.label).toBe("Line 1");
  });

  it("are absent on a model without", () => {
    expect(rig(models.t19p, { accounts }).ui.keys).toEqual([]);
  });
});

describe("held keys", () => {
  it("CAL-91: the speaker key, held for a second in a call, lets others listen in; elsewhere it is a press and no more", () => {
    const held = (view: Partial<PhoneView>): unknown[][] => {
      const { front, clock, phone, ui } = rig(models.t46g, view);
      front.person.press("speaker");
      clock.advance(1100);
      front.person.release("speaker");
      ui.close();
      return phone.taken();
    };
    expect(held({ path: "handset", calls: [call(1, talking)] })).toEqual([["speakerKey"], ["groupListen"]]);
    expect(held({})).toEqual([["speakerKey"]]);
    expect(held({ calls: [call(1, incoming)] })).toEqual([["speakerKey"]]);
  });

  it("CAL-91: while others listen in the LCD shows handset and loudspeaker, and the speaker key is lit", () => {
    const view: Partial<PhoneView> = { path: "handset", second: "speaker", calls: [call(1, talking)] };
    const { ui, phone } = rig(models.t46g, view);
    expect(ui.screen.icons).toEqual(["handset", "speaker"]);
    expect(ui.lamp("speaker").pattern).toBe("on");
    phone.show({ second: "none" });
    expect(ui.screen.icons).toEqual(["handset"]);
    expect(ui.lamp("speaker").pattern).toBe("off");
    ui.close();
  });
});
