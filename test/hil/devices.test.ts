/** Slice one of the rig: the guest boots, its devices are there, and the drivers keep their contracts on the real nodes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rigWiring } from "../../board/rig/wiring.ts";
import { newDataDisk } from "./machine.ts";
import { Rig, skipWithout } from "./rig.ts";

/** How long what the hand does may take to arrive in the guest's emulated processor. */
const settleMs = 250;

/** Leads lines to the agent and its answers back. */
const askAgent = `const agent = require("node:net").connect(7000, "127.0.0.1");
process.stdin.pipe(agent).pipe(process.stdout);`;

describe("the rig's devices", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.boot(newDataDisk("devices"), "devices");
  });
  afterAll(() => rig?.cutPower());

  test("the guest boots Debian's kernel and runs Node on arm64", async () => {
    expect(await rig.run('uname -m; node -p "process.version"')).toMatch(/^aarch64\nv\d+\.\d+\.\d+\n$/);
    console.log(`boot: ${(rig.bootMs / 1000).toFixed(1)} s`);
  });

  test("nodes of GPIO, HID, I2C, input, sound and screen are there", async (context) => {
    skipWithout(rig, context, "gpio", "usb", "oled", "input", "screen", "sound");
    const nodes = "/dev/fb0 /dev/hidraw0 /dev/hidraw1 /dev/i2c-0 /dev/input/event0 /dev/snd/pcmC0D0p /dev/snd/pcmC0D0c";
    expect(await rig.run(`ls -d ${nodes} | wc -l; cat /sys/class/gpio/gpiochip*/label`)).toMatch(
      new RegExp(`^7\\n[^]*${String(rigWiring.gpio.chip)}`),
    );
  });

  /** Runs the suites over `nodes` in the guest; each of their tests is one line of ours. */
  async function keepsContracts(name: string, nodes: object): Promise<void> {
    const { node, app } = rig.place;
    const back = [node, "-e", askAgent];
    await rig.put(`/tmp/${name}.json`, Buffer.from(JSON.stringify({ back, ...nodes })));
    await rig.start(name, [node, `${app}/suites.mjs`], { OFFHOOK_NODES: `/tmp/${name}.json` });
    const said = await rig.ended(name, 380_000);
    const results = said
      .split("\n")
      .filter((line) => line.startsWith('{"title"'))
      .map((line) => JSON.parse(line) as { title: string; why?: string; ms: number });
    for (const line of said.split("\n")) if (line.includes(" frames, ")) console.log(line);
    for (const { title, why, ms } of results) console.log(`${why === undefined ? "ok  " : "FAIL"} ${ms} ms ${title}`);
    expect(results.filter(({ why }) => why !== undefined)).toEqual([]);
    expect(results.length, said.slice(-2000)).toBeGreaterThan(2);
  }

  const { gpio, handset, oled, input } = rigWiring;

  test("the GPIO board keeps the contracts of keys, hook switch and lamps", (context) => {
    skipWithout(rig, context, "gpio");
    return keepsContracts("gpio", {
      gpio: { title: "GPIO board", ...gpio, settleMs, testKeys: ["speaker", "ok", "hold"], testLamp: "line1" },
    });
  });

  test("the USB handset keeps the contract of a hook switch, the input keys that of keys", (context) => {
    skipWithout(rig, context, "usb", "input");
    return keepsContracts("handset", {
      hid: { title: "USB handset", role: "handset", ...handset, settleMs },
      input: { title: "input keys", device: input, keys: "usual", settleMs, testKeys: ["1", "2", "3"] },
    });
  });

  test("a USB headset keeps the contract of keys", async (context) => {
    skipWithout(rig, context, "usb");
    await rig.plug("headset", true);
    await keepsContracts("headset", {
      hid: { title: "USB headset", role: "headset", settleMs, testKeys: ["volume_up", "volume_down"] },
    });
    await rig.plug("headset", false);
  });

  test("framebuffer and OLED keep the contract of a display", async (context) => {
    skipWithout(rig, context, "screen", "oled");
    const { width, height } = await rig.picture("framebuffer", "console");
    return keepsContracts("displays", {
      framebuffer: { title: "screen", number: 0, picture: { width, height, format: "rgb565" }, settleMs: 600 },
      // A picture takes the emulated bus a good part of a second.
      oled: { title: "OLED", ...oled, picture: { width: 128, height: 64, format: "mono" }, settleMs: 2000 },
    });
  });

  test("ALSA on a card keeps the contract of an audio device", (context) => {
    skipWithout(rig, context, "sound");
    return keepsContracts("alsa", {
      alsa: {
        capture: "plughw:CARD=Loopback,DEV=0,SUBDEV=1",
        playback: "plughw:CARD=Loopback,DEV=0,SUBDEV=0",
        // How late a single frame comes is told and not judged: it is the emulated processor's doing. The pace is the card's.
        toleranceMs: 200,
        pace: { ms: 10_000, within: 0.01 },
      },
    });
  });
});
