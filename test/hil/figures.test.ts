/** Figures of the whole phone on board rig, beside Debian's baresip on the same card in the same run; board/README.md has them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { endAllPrograms } from "../interop/kit/process.ts";
import { newDataDisk } from "./machine.ts";
import { answeringServer, serverPort, startPhone, statusOf, writeConfig } from "./phone.ts";
import { Rig, skipWithout, wait } from "./rig.ts";

const seconds = 15;
const keys = 10;

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

interface Measured {
  /** From mouth to ear by way of the peer and back, without what the meter adds. ms */
  readonly delayMs: number;
  /** Of one processor, percent. */
  readonly processor: number;
  readonly heard: string;
}

describe("figures of the phone on board rig", () => {
  endAllPrograms();
  let rig: Rig;
  /** ms that aplay, arecord and the meter add. */
  let wireMs = 0;
  beforeAll(async () => {
    rig = await Rig.boot(newDataDisk("figures"), "figures");
    answeringServer(rig.place);
    await writeConfig(rig, serverPort);
  });
  afterAll(() => rig?.cutPower());
  beforeEach((context) => skipWithout(rig, context, "gpio", "usb", "oled", "screen", "sound"));

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 150_000;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`${what}: not within 150 s`);
      await wait(300);
    }
  }

  async function delays(play: string, record: string): Promise<{ heardMs: number[]; spoken: number }> {
    const { node, app } = rig.place;
    const meter = `${app}/dist/test/hil/guest/delay.js`;
    await rig.start("meter", [node, meter, play, record, String(seconds)]);
    const said = await rig.ended("meter", 200_000);
    const line = said.split("\n").find((each) => each.startsWith("{"));
    if (line === undefined) throw new Error(`the meter: ${said}`);
    return JSON.parse(line) as { heardMs: number[]; spoken: number };
  }

  /** Of the program that talks now. */
  async function measure(name: string): Promise<Measured> {
    const [usedMs, atMs] = [await rig.processorMs(name), (await rig.uptime()) * 1000];
    const { heardMs, spoken } = await delays(
      "plughw:CARD=Loopback,DEV=1,SUBDEV=1",
      "plughw:CARD=Loopback,DEV=1,SUBDEV=0",
    );
    const processor = (100 * ((await rig.processorMs(name)) - usedMs)) / ((await rig.uptime()) * 1000 - atMs);
    return { delayMs: middle(heardMs) - wireMs, processor, heard: `${heardMs.length} of ${spoken}` };
  }

  const measured = new Map<string, Measured>();
  const tell = (name: string, { delayMs, processor, heard }: Measured): void =>
    console.log(
      `${name}: mouth to ear by way of the peer ${delayMs.toFixed(0)} ms, processor ${processor.toFixed(1)} % (clicks heard: ${heard})`,
    );

  test("a piece of wire: what the meter itself adds", async () => {
    const { heardMs, spoken } = await delays(
      "plughw:CARD=Loopback,DEV=1,SUBDEV=1",
      "plughw:CARD=Loopback,DEV=0,SUBDEV=1",
    );
    wireMs = middle(heardMs);
    console.log(`meter: ${wireMs.toFixed(0)} ms (${heardMs.length} of ${spoken})`);
    expect(heardMs.length).toBeGreaterThan(spoken / 2);
  });

  test("power to registered, and key to LCD", async () => {
    const before = await rig.uptime();
    await startPhone(rig);
    await until("registered", async () => (await statusOf(rig)).includes("registered"));
    const after = await rig.uptime();
    console.log(`start of the phone to registered ${(after - before).toFixed(1)} s, up for ${after.toFixed(1)} s`);
    const took: number[] = [];
    for (let i = 0; i < keys; i++) took.push(await rig.reaction("hid", "7"));
    took.sort((a, b) => a - b);
    console.log(`key to LCD: median ${middle(took).toFixed(0)} ms, worst of ${keys} ${took.at(-1)?.toFixed(0)} ms`);
    expect(middle(took)).toBeLessThan(500);
  });

  test("the phone in a call", async () => {
    await rig.press("gpio", "speaker");
    await rig.press("hid", "7", "7");
    await rig.press("gpio", "ok");
    await until("a call", async () => (await statusOf(rig)).includes("calls: 1"));
    await rig.pass(3000);
    const phone = await measure("phone");
    measured.set("phone", phone);
    tell("phone", phone);
    await rig.signal("phone", "SIGTERM");
    await rig.ended("phone", 60_000);
    expect(phone.delayMs).toBeGreaterThan(0);
  });

  test("baresip in the same call on the same card", async () => {
    const { address, app, outside } = rig.place;
    const [libraries = ""] = (await rig.run(`ls -d ${app}/peer/usr/lib/*-linux-gnu`)).split("\n");
    const card = "plughw:CARD=Loopback,DEV=0,SUBDEV";
    const config = [
      `sip_listen ${address}:5062`,
      ...["audio_player", "audio_alert"].map((name) => `${name} alsa,${card}=0`),
      `audio_source alsa,${card}=1`,
      ...["ausrc_srate 8000", "auplay_srate 8000", "ausrc_channels 1", "auplay_channels 1", "ring_aufile none"],
      `module_path ${app}/peer/usr/lib/baresip/modules`,
      ...["statmode_default off", "ctrl_tcp_listen 127.0.0.1:4444"],
      ...["g711", "alsa"].map((name) => `module ${name}.so`),
      ...["uuid", "account"].map((name) => `module_tmp ${name}.so`),
      ...["menu", "ctrl_tcp"].map((name) => `module_app ${name}.so`),
    ];
    await rig.run("mkdir -p /tmp/baresip");
    const put = (name: string, text: string) => rig.put(`/tmp/baresip/${name}`, Buffer.from(`${text}\n`));
    await put("config", config.join("\n"));
    await put("accounts", `<sip:rig@${address}:5062>;regint=0;audio_codecs=PCMU/8000/1`);
    await put("contacts", "");
    await rig.start("baresip", [`${app}/peer/usr/bin/baresip`, "-f", "/tmp/baresip"], { LD_LIBRARY_PATH: libraries });
    await rig.says("baresip", /ready/);
    const text = JSON.stringify({ command: "dial", params: `sip:77@${outside}:${serverPort}` });
    const send = `require("node:net").connect(4444, "127.0.0.1").end(${JSON.stringify(`${text.length}:${text},`)})`;
    await rig.put("/tmp/dial.cjs", Buffer.from(send));
    await rig.run(`${rig.place.node} /tmp/dial.cjs`);
    await rig.says("baresip", /established/i);
    await rig.pass(3000);
    const baresip = await measure("baresip");
    tell("baresip", baresip);
    const phone = measured.get("phone");
    if (phone !== undefined)
      console.log(
        `phone to baresip: delay ${(phone.delayMs / baresip.delayMs).toFixed(2)} times, processor ${(phone.processor / baresip.processor).toFixed(1)} times`,
      );
    expect(baresip.delayMs).toBeGreaterThan(0);
  });
});
