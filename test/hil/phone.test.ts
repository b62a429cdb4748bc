/** The whole phone on board rig: handset, keys, a call to SIPp outside with sound both ways, lamps, plugs, and the power. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LampId, LampState } from "../../hal/lamp.ts";
import { endAllPrograms, Program, temporaryFolder } from "../interop/kit/process.ts";
import { findWords, level, monoAt, speech, wavFile } from "../interop/kit/sound.ts";
import { lastWords, listen, sayAgain, startPhone, statusOf, writeConfig } from "./phone.ts";
import { hostAddress, newDataDisk, Rig, wait } from "./rig.ts";

const serverPort = 17_060;
const rtpPort = 17_100;

function server(): Program {
  const scenario = join(import.meta.dirname, "server.xml");
  const own = ["-i", "127.0.0.1", "-p", String(serverPort), "-mi", "127.0.0.1", "-mp", String(rtpPort)];
  const manner = ["-key", "outside", hostAddress, "-rtp_echo", "-nostdin", "-trace_err", "-recv_timeout", "150000"];
  return new Program("sipp", ["-sf", scenario, ...own, ...manner], {
    cwd: temporaryFolder("sipp"),
    env: { ...process.env, TERM: "xterm" },
  });
}

describe("the phone on board rig", () => {
  endAllPrograms();
  const disk = newDataDisk("phone");
  let rig: Rig;
  let outside: Program;
  const dark: LampState = { color: "off", pattern: "off" };

  /** Looks until it holds: what takes a moment on a desk takes the emulated processor seconds. */
  async function until(what: string, holds: () => Promise<boolean>, withinMs = 45_000): Promise<void> {
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

  /** What the phone complained of, but for the sound card: its timer stands still while this machine is busy. */
  async function complaints(): Promise<string[]> {
    const { said } = await rig.program("phone");
    return said.split("\n").filter((line) => / (warn|error) /.test(line) && !line.includes("Loopback"));
  }

  beforeAll(async () => {
    outside = server();
    rig = await Rig.boot(disk, "phone");
    await writeConfig(rig, serverPort);
  });
  afterAll(() => rig?.cutPower());

  test("starts, finds all its parts, and registers at the server outside", async () => {
    const took = await startPhone(rig);
    await told(/account 1 \(1001\): registered/);
    expect(await complaints()).toEqual([]);
    expect(await statusOf(rig)).not.toMatch(/notice: .*(handset|GPIO|screen|OLED)/i);
    console.log(`boot: ${(rig.bootMs / 1000).toFixed(1)} s, phone ready after ${(took / 1000).toFixed(1)} s`);
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
    await wait(4000);
    await rig.picture("framebuffer", "talking-lcd");
    await rig.picture("oled", "talking-oled");
  });

  test("what is said into the card is heard from the card, by way of SIPp's echo", async () => {
    const said = speech(["Front_Center"]);
    await sayAgain(rig, wavFile(said));
    await wait(2000);
    let best = -1;
    // A stumble of the busy machine spoils a recording; the way is open when one of a few is clear.
    for (let i = 0; i < 4 && best < 0.8; i++) {
      const heard = monoAt(await listen(rig, 5), 16_000);
      const { likeness, gainDb } = findWords(said, heard);
      console.log(`likeness ${likeness.toFixed(2)}, gain ${gainDb.toFixed(1)} dB, level ${level(heard).toFixed(3)}`);
      best = Math.max(best, likeness);
    }
    await rig.signal("mouth", "SIGTERM");
    expect(best).toBeGreaterThan(0.6);
  });

  test("the USB handset is unplugged and plugged in again during the call, which goes on", async () => {
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
  });

  test("the handset is replaced: the call ends and the lamps go out", async () => {
    await rig.lift(false);
    await told(/calls: 0/);
    await lampTurns("gpio", "line1", "off");
    await lampTurns("hid", "off-hook", "off");
    expect((await rig.program("phone")).status).toBeNull();
  });

  test("the power is cut while settings are written, and the phone comes back with what it had", async () => {
    const local = "cat /data/phone/*-local.cfg 2>/dev/null || true";
    await rig.press("gpio", "volume_up", "volume_up", "volume_up", "volume_up");
    await until("the ringer's volume is kept", async () =>
      /^voice\.ring_vol\s*=\s*1[0-2]$/m.test(await rig.run(local)),
    );
    const before = await rig.run(`sync; ${local}`);
    // These are written meanwhile, and nothing waits for them.
    for (let i = 0; i < 2; i++) await rig.press("gpio", "volume_down");
    await rig.cutPower();
    rig = await Rig.boot(disk, "phone-again");
    console.log(`kept before the cut: ${before.trim()}`);
    const names = (text: string) => text.split("\n").map((line) => line.split("=")[0]);
    const after = await rig.run(local);
    expect(names(after)).toEqual(names(before));
    expect(after).toMatch(/^voice\.ring_vol\s*=\s*(8|9|10|11|12)$/m);
    await startPhone(rig);
    await told(/account 1 \(1001\): registered/);
    expect(await complaints()).toEqual([]);
  });
});
