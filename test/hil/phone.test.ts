/** The whole phone on board rig: handset, keys, a call to SIPp outside with sound both ways, lamps, plugs, and the power. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LampId, LampState } from "../../hal/lamp.ts";
import { endAllPrograms, type Program } from "../interop/kit/process.ts";
import { findWords, level, monoAt, speech, wavFile } from "../interop/kit/sound.ts";
import { choice } from "./choice.ts";
import { newDataDisk } from "./machine.ts";
import {
  answeringServer,
  lastWords,
  listen,
  phoneFolder,
  sayAgain,
  serverPort,
  startPhone,
  statusOf,
  writeConfig,
} from "./phone.ts";
import { Rig, skipWithout, wait } from "./rig.ts";

describe("the phone on board rig", () => {
  endAllPrograms();
  const disk = newDataDisk("phone");
  let rig: Rig;
  let outside: Program;
  const dark: LampState = { color: "off", pattern: "off" };

  /** Looks until it holds: what takes a moment on a desk takes the emulated processor seconds. */
  async function until(what: string, holds: () => Promise<boolean>, withinMs = 120_000): Promise<void> {
    const end = performance.now() + withinMs;
    while (!(await holds())) {
      if (performance.now() > end)
        throw new Error(
          `${what}: not within ${withinMs} ms\n${(await rig.program("phone")).said}\n${lastWords(outside)}`,
        );
      await wait(250);
    }
  }

  /** Until the status page has it. */
  const told = (what: RegExp) => until(`status ${what}`, async () => what.test(await statusOf(rig)));

  /** Until the LCD shows something else than `before`. */
  async function lcdAfter(before: Uint8Array, name: string): Promise<Uint8Array> {
    let now = before;
    await until(`another picture: ${name}`, async () => {
      now = (await rig.picture("framebuffer", name)).pixels;
      return Buffer.compare(now, before) !== 0;
    });
    return now;
  }

  const lampTurns = (part: "gpio" | "hid", lamp: LampId, wanted: LampState["pattern"]) =>
    until(`lamp ${lamp} of ${part} ${wanted}`, async () => (await rig.lamp(part, lamp)).pattern === wanted);

  /** Prints what the phone keeps of what was set at it. */
  const kept = () => `cat ${phoneFolder(rig)}/*-local.cfg 2>/dev/null || true`;

  /** What the phone complained of. */
  async function complaints(): Promise<string[]> {
    const { said } = await rig.program("phone");
    return said.split("\n").filter((line) => / (warn|error) /.test(line));
  }

  beforeAll(async () => {
    rig = await Rig.boot(disk, "phone");
    outside = answeringServer(rig.place);
    await writeConfig(rig, serverPort);
  });
  afterAll(() => rig?.cutPower());
  beforeEach((context) => skipWithout(rig, context, "gpio", "usb", "oled", "screen", "sound"));

  test("starts, finds all its parts, and registers at the server outside", async () => {
    const took = await startPhone(rig);
    await told(/account 1 \(1001\): registered/);
    expect(await complaints()).toEqual([]);
    expect(await statusOf(rig)).not.toMatch(/notice: .*(handset|GPIO|screen|OLED)/i);
    const registered = await rig.uptime();
    console.log(
      `from power to registered ${registered.toFixed(1)} s by the phone's clock, of which the phone ${took.toFixed(1)} s until it was ready; power to agent ${(rig.bootMs / 1000).toFixed(1)} s by the clock on the wall`,
    );
  });

  test("the LCD and the OLED show the idle screen as pictures", async () => {
    const lcd = await rig.picture("framebuffer", "idle-lcd");
    expect(lcd.colors).toBeGreaterThan(16);
    const oled = await rig.picture("oled", "idle-oled");
    expect(oled.colors).toBe(2);
    expect(await rig.lamp("gpio", "line1")).toEqual(dark);
  });

  test("the handset is lifted (GPIO) and a number dialled (USB keypad): the LCD follows", async () => {
    const { pixels } = await rig.picture("framebuffer", "idle-lcd");
    await rig.lift(true);
    let shown = await lcdAfter(pixels, "lifted-lcd");
    await rig.press("hid", "7");
    shown = await lcdAfter(shown, "dialled-7-lcd");
    await rig.press("hid", "7");
    await lcdAfter(shown, "dialled-77-lcd");
  });

  test("the call is set up with SIPp, and the lamps say so", async () => {
    await rig.press("gpio", "ok");
    await told(/calls: 1/);
    await lampTurns("gpio", "line1", "on");
    await lampTurns("hid", "off-hook", "on");
    await rig.pass(1000);
    await rig.picture("framebuffer", "talking-lcd");
    await rig.picture("oled", "talking-oled");
  });

  test("what is said into the card is heard from the card, by way of SIPp's echo", async () => {
    const said = speech(["Front_Center"]);
    await sayAgain(rig, wavFile(said));
    await rig.pass(1000);
    let best = -1;
    // The jitter buffer may just be finding its length; the way is open when one of a few is clear.
    for (let i = 0; i < 3 && best < 0.8; i++) {
      const heard = monoAt(await listen(rig, 4), 16_000);
      const { likeness, gainDb } = findWords(said, heard);
      console.log(`likeness ${likeness.toFixed(2)}, gain ${gainDb.toFixed(1)} dB, level ${level(heard).toFixed(3)}`);
      best = Math.max(best, likeness);
    }
    await rig.signal("mouth", "SIGTERM");
    expect(best).toBeGreaterThan(0.6);
  });

  async function replug(): Promise<void> {
    await rig.plug("hid", false);
    await told(/notice: .*handset/i);
    expect(await statusOf(rig)).toContain("calls: 1");
    await rig.plug("hid", true);
    await until("no notice of the handset", async () => !/notice: .*handset/i.test(await statusOf(rig)));
    expect(await statusOf(rig)).toContain("calls: 1");
    await rig.press("hid", "mute");
    await until("the mute lamp", async () => (await rig.lamp("gpio", "mute")).pattern !== "off");
    await rig.press("hid", "mute");
    await lampTurns("gpio", "mute", "off");
  }
  if (!choice.short) test("the USB handset is unplugged and plugged in again during the call, which goes on", replug);

  test("the handset is replaced: the call ends and the lamps go out", async () => {
    await rig.lift(false);
    await told(/calls: 0/);
    await lampTurns("gpio", "line1", "off");
    await lampTurns("hid", "off-hook", "off");
    expect((await rig.program("phone")).status).toBeNull();
  });

  if (choice.short) return;

  test("the first key after a call counts, as each does: the ringer is four steps louder", async () => {
    await rig.press("gpio", "volume_up", "volume_up", "volume_up", "volume_up");
    await until("the ringer's volume is kept", async () => /^voice\.ring_vol = 12$/m.test(await rig.run(kept())));
  });

  test("the power is cut while settings are written: each is whole, the old one or the new one, and the phone runs on", async () => {
    const log = `cat ${phoneFolder(rig)}/call-log.json`;
    await rig.pass(1000);
    const before = await rig.run(kept());
    const calls = await rig.run(log);
    expect(before).toContain("voice.ring_vol = 12");
    // Nobody asks for the disk to be written but the phone.
    await rig.goOnPressing("gpio", "volume_down", "volume_up", "volume_down", "volume_down", "volume_up");
    await until("the settings change", async () => (await rig.run(kept())) !== before);
    await wait(300 + 1200 * Math.random());
    await rig.writing(phoneFolder(rig));
    await rig.cutPower();
    rig = await Rig.boot(disk, "phone-again");
    const after = await rig.run(kept());
    console.log(`found after the cut: ${(await rig.run(`ls -A ${phoneFolder(rig)}`)).trim().split("\n").join(", ")}`);
    // The last line is the sum over the others.
    const settings = (text: string) => text.split("\n").filter((line) => !line.startsWith("# end"));
    const others = (text: string) => settings(text).filter((line) => !line.startsWith("voice.ring_vol"));
    expect(others(after)).toEqual(others(before));
    expect(after).toMatch(/^voice\.ring_vol = \d+$/m);
    expect(await rig.run(log)).toBe(calls);
    await startPhone(rig);
    await told(/account 1 \(1001\): registered/);
    expect(await complaints()).toEqual([]);
    expect(await rig.run(`ls -A ${phoneFolder(rig)}`)).not.toContain(".tmp");
    // Read and understood, not only whole: the next step is counted from there.
    const step = Number(/^voice\.ring_vol = (\d+)$/m.exec(after)?.[1]);
    await rig.press("gpio", "volume_up");
    await until("one step more", async () =>
      (await rig.run(kept())).includes(`voice.ring_vol = ${Math.min(15, step + 1)}\n`),
    );
  });
});
