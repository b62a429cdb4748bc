/** The whole of the LCD, keys and lamps on a simulated front with a fake phone and a manual clock. */
import { describe, expect, it } from "vitest";
import { defaultUiSettings } from "../../../src/ui/settings.ts";
import { account, call, type FakePhoneControl } from "../../fake/phone-control.ts";
import { models, rig } from "./kit.ts";
import { scenes } from "./scenes.ts";

const talking = { name: "talking", hold: "none", sinceMs: 0 } as const;
const incoming = { name: "incoming", sinceMs: 0 } as const;

describe("UIX-01: screens", () => {
  it("idle shows time, date, account, missed calls and notices", () => {
    const { ui } = rig(models.t46g, { missedCalls: 2, notices: ["Port 5060 is in use"], networkUp: false });
    expect(ui.screen).toMatchObject({ id: "idle", title: "Alice" });
    expect(ui.screen.lines).toEqual([
      "17:05",
      "Sun Nov 22",
      "Alice",
      "2 missed calls",
      "Network unavailable",
      "Port 5060 is in use",
    ]);
    expect(ui.screen.icons).toEqual(["call_missed", "network_down"]);
  });

  it("ACC-28: idle says which account failed and why, and that there is no service", () => {
    const failed = account(1, "Alice", { name: "failed", why: "403 Forbidden by pbx.example" });
    expect(rig(models.t46g, { accounts: [failed] }).ui.screen.lines).toContain("Alice: 403 Forbidden by pbx.example");
    expect(rig(models.t46g, { accounts: [account(1, "", { name: "disabled" })] }).ui.screen.lines).toContain(
      "No service",
    );
    const bare = rig(models.t46g, { accounts: [] }).ui.screen;
    expect(bare.title).toBe("SIP-T46G");
    expect(bare.lines).toEqual(["17:05", "Sun Nov 22", "No service"]);
  });

  it("CAL-01: digits collected on hook are on the LCD", () => {
    const { ui, phone } = rig(models.t46g);
    phone.show({ dial: { digits: "123", account: 1, path: "none", purpose: "call" } });
    expect(ui.screen.id).toBe("predial");
    expect(ui.screen.lines).toContain("123");
    phone.show({ dial: { digits: "1234", account: 1, path: "handset", purpose: "call" } });
    expect(ui.screen.id).toBe("dialing");
    phone.show({ dial: undefined });
    expect(ui.screen.lines.join()).not.toContain("123");
  });

  it("every conversation's id begins with talking", () => {
    const hold = (hold: "none" | "local" | "remote" | "both"): string =>
      rig(models.t46g, { calls: [call(1, { ...talking, hold })] }).ui.screen.id;
    expect(["none", "local", "remote", "both"].map((h) => hold(h as "none"))).toEqual([
      "talking",
      "talking_held",
      "talking_held",
      "talking_held",
    ]);
    const waiting = [call(1, talking), call(2, incoming, { current: false })];
    expect(rig(models.t46g, { calls: waiting }).ui.screen.id).toBe("talking_incoming");
  });

  it("UIX-32: a wide-band codec shows HD, a narrow-band one does not", () => {
    const icons = (codec: string): readonly string[] =>
      rig(models.t46g, { calls: [call(1, talking, { codec })] }).ui.screen.icons;
    expect(icons("G722")).toContain("hd");
    expect(icons("opus")).toContain("hd");
    expect(icons("PCMU")).not.toContain("hd");
  });

  it("ACC-32: an ended call says why and how long it was", () => {
    const ended = { name: "ended", by: "failed", why: "404 Not Found", sinceMs: 0, talkedMs: 0 } as const;
    expect(rig(models.t46g, { calls: [call(1, ended)] }).ui.screen.lines).toContain("404 Not Found");
    const over = { ...ended, by: "remote", why: "", talkedMs: 61_000 } as const;
    expect(rig(models.t46g, { calls: [call(1, over)] }).ui.screen.lines).toContain("Other party hung up 01:01");
  });

  it("an unknown caller is called so, a number is not said twice", () => {
    const lines = (name: string, number: string): readonly string[] =>
      rig(models.t46g, { calls: [call(1, incoming, { remote: { name, number } })] }).ui.screen.lines;
    expect(lines("", "")).toEqual(["Unknown", "Incoming call"]);
    expect(lines("", "102")).toEqual(["102", "Incoming call"]);
    expect(lines("102", "102")).toEqual(["102", "Incoming call"]);
  });

  it("has four soft keys and every text uncut in every scene on every LCD", () => {
    for (const model of [models.t46g, models.t19p])
      for (const scene of scenes) {
        const { ui, phone, press } = rig(model, scene.view);
        phone.history = [...(scene.history ?? [])];
        press(...(scene.keys ?? []));
        expect(ui.screen.softkeys).toHaveLength(4);
        for (const line of ui.screen.lines) expect(line).not.toContain("\u2026");
        ui.close();
      }
  }, 60_000);
});

describe("drawing", () => {
  it("happens once a turn, and not at all when nothing can be seen to change", () => {
    const { ui, phone, front, clock } = rig(models.t46g);
    let pictures = 0;
    front.person.onSeen = () => {
      pictures++;
    };
    phone.show({ dial: { digits: "1", account: 1, path: "none", purpose: "call" } });
    phone.show({ dial: { digits: "12", account: 1, path: "none", purpose: "call" } });
    phone.show({ dial: { digits: "123", account: 1, path: "none", purpose: "call" } });
    expect(pictures).toBe(0);
    clock.advance(0);
    expect(pictures).toBe(1);
    phone.show({});
    clock.advance(0);
    expect(pictures).toBe(1);
    expect(front.person.picture).toEqual(ui.pixels);
  });

  it("tells listeners after the picture has changed, once", () => {
    const { ui, phone, clock } = rig(models.t46g);
    let told = 0;
    const stop = ui.onChange(() => {
      told++;
      expect(ui.screen.id).toBe("incoming");
    });
    phone.show({ calls: [call(1, incoming)] });
    clock.advance(0);
    expect(told).toBe(1);
    stop();
    phone.show({ calls: [] });
    clock.advance(0);
    expect(told).toBe(1);
  });

  it("follows the minute when idle and the second in a call", () => {
    const { ui, phone, clock } = rig(models.t46g);
    clock.advance(59_999);
    expect(ui.screen.lines[0]).toBe("17:05");
    clock.advance(3);
    expect(ui.screen.lines[0]).toBe("17:06");
    phone.show({ calls: [call(1, { ...talking, sinceMs: clock.now() })] });
    const seen: string[] = [];
    ui.onChange(() => seen.push(ui.screen.lines.at(-1) ?? ""));
    clock.advance(3100);
    expect(seen).toEqual(["Talking 00:00", "Talking 00:01", "Talking 00:02", "Talking 00:03"]);
  });

  it("does not wake up more than it has to", () => {
    const { clock, front } = rig(models.t46g);
    let pictures = 0;
    front.person.onSeen = () => {
      pictures++;
    };
    clock.advance(10 * 60_000 + 1);
    // Ten minutes and the light going down.
    expect(pictures).toBe(11);
  });

  it("takes the volume bar away when its time is over", () => {
    const { ui, phone, clock } = rig(models.t46g);
    phone.show({ volumeShownUntilMs: clock.now() + 2000, volume: 9, volumeOf: "ringer" });
    expect(ui.screen.volume).toEqual({ label: "Ringer", level: 9 });
    clock.advance(2002);
    expect(ui.screen.volume).toBeUndefined();
  });

  it("says what a key cannot do, for three seconds", () => {
    const { ui, press, clock } = rig(models.t46g);
    press("message");
    expect(ui.screen).toMatchObject({ id: "message", lines: ["No voice mail is set up"] });
    clock.advance(3001);
    expect(ui.screen.id).toBe("idle");
  });

  it("stops with close: no picture, no key, no timer", () => {
    const { ui, phone, front, clock, press } = rig(models.t46g);
    ui.close();
    ui.close();
    let pictures = 0;
    front.person.onSeen = () => {
      pictures++;
    };
    press("5");
    phone.show({ calls: [call(1, incoming)] });
    clock.advance(3_600_000);
    expect(pictures).toBe(0);
    expect(phone.taken()).toEqual([]);
  });

  it("two phones in one process are two phones", () => {
    const [one, other] = [rig(models.t46g), rig(models.t42g)];
    one.phone.show({ calls: [call(1, incoming)] });
    expect(one.ui.screen.id).toBe("incoming");
    expect(other.ui.screen.id).toBe("idle");
  });
});

describe("UIX-10: lamps", () => {
  const lamps = (calls: FakePhoneControl["view"]["calls"]): unknown => {
    const { front } = rig(models.t46g, { accounts: [account(1, "A"), account(2, "B")], calls });
    return [front.person.lamp("line1"), front.person.lamp("line2")];
  };
  const off = { color: "off", pattern: "off" };

  it("line keys are dark, lit in use, fast when ringing, slow on hold", () => {
    expect(lamps([])).toEqual([off, off]);
    expect(lamps([call(1, talking)])).toEqual([{ color: "green", pattern: "on" }, off]);
    expect(lamps([call(1, { name: "connecting", sinceMs: 0 }, { account: 2 })])).toEqual([
      off,
      { color: "green", pattern: "on" },
    ]);
    expect(lamps([call(1, incoming)])).toEqual([{ color: "green", pattern: "fast" }, off]);
    expect(lamps([call(1, { ...talking, hold: "local" })])).toEqual([{ color: "green", pattern: "slow" }, off]);
    expect(lamps([call(1, { name: "ended", by: "local", why: "", sinceMs: 0, talkedMs: 0 })])).toEqual([off, off]);
  });

  it("ringing outdoes the rest on the same line", () => {
    expect(lamps([call(1, talking), call(2, incoming, { current: false })])).toEqual([
      { color: "green", pattern: "fast" },
      off,
    ]);
  });

  it("UIX-09: the power lamp rings, blinks for missed calls, and follows the settings", () => {
    const power = (view: object, settings = defaultUiSettings): unknown =>
      rig(models.t46g, view, { settings: () => settings }).front.person.lamp("power");
    expect(power({})).toEqual(off);
    expect(power({ calls: [call(1, incoming)] })).toEqual({ color: "red", pattern: "fast" });
    expect(power({ missedCalls: 1 })).toEqual({ color: "red", pattern: "slow" });
    expect(power({ missedCalls: 1 }, { ...defaultUiSettings, missedLamp: false })).toEqual(off);
    expect(power({}, { ...defaultUiSettings, powerLamp: true })).toEqual({ color: "red", pattern: "on" });
  });

  it("mute, headset and speaker show their state, and go out again", () => {
    const { front, phone, clock } = rig(models.t46g, { mute: true, path: "speaker" });
    expect(front.person.lamp("mute")).toEqual({ color: "red", pattern: "on" });
    expect(front.person.lamp("speaker")).toEqual({ color: "green", pattern: "on" });
    phone.show({ mute: false, path: "headset" });
    clock.advance(0);
    expect(front.person.lamp("mute")).toEqual(off);
    expect(front.person.lamp("speaker")).toEqual(off);
    expect(front.person.lamp("headset")).toEqual({ color: "green", pattern: "on" });
  });
});

describe("UIX-13: backlight", () => {
  it("goes down after its time, up with a key, and stays up through a call", () => {
    const { front, clock, press, phone } = rig(models.t46g);
    expect(front.person.backlight).toBe(8);
    clock.advance(60_000);
    expect(front.person.backlight).toBe(1);
    press("up");
    expect(front.person.backlight).toBe(8);
    phone.show({ calls: [call(1, talking)] });
    clock.advance(3_600_000);
    expect(front.person.backlight).toBe(8);
    phone.show({ calls: [] });
    clock.advance(60_000);
    expect(front.person.backlight).toBe(1);
  });

  it("wakes for an incoming call, and never goes down where the configuration says 0", () => {
    const { front, clock, phone } = rig(
      models.t46g,
      {},
      { settings: () => ({ ...defaultUiSettings, activeLevel: 5, inactiveLevel: 0 }) },
    );
    clock.advance(60_000);
    expect(front.person.backlight).toBe(0);
    phone.show({ calls: [call(1, incoming)] });
    expect(front.person.backlight).toBe(5);
    const always = rig(models.t46g, {}, { settings: () => ({ ...defaultUiSettings, backlightSeconds: 0 }) });
    always.clock.advance(86_400_000);
    expect(always.front.person.backlight).toBe(8);
  });
});

describe("status", () => {
  it("shows address, device and accounts, and scrolls on a small LCD", () => {
    const accounts = [account(1, "Alice"), account(2, "Bob", { name: "failed", why: "no answer" })];
    const { ui, press } = rig(models.t23g, { accounts });
    press("ok");
    expect(ui.screen.lines).toEqual(["IP 192.0.2.46", "MAC 00:15:65:AA:BB:CC", "Model SIP-T23G"]);
    press("down", "down", "down", "down", "down");
    expect(ui.screen.lines).toEqual(["Firmware 0.1.0", "1. Alice Registered", "2. Bob no answer"]);
  });
});
