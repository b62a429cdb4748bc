/** Recording of calls: what a person and the server do, and the files that come of it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseWav } from "../../../hal/driver/wav.ts";
import { opus } from "../../../src/codec/opus/opus.ts";
import type { Recordings } from "../../../src/phone/recording.ts";
import { recordingsIn } from "../../../src/thread/recordings.ts";
import { oggPackets } from "../../interop/kit/ogg.ts";
import { amplitudeAt } from "../../unit/media/sound.ts";
import { account, answers, type Desk, open, PhoneRig } from "./rig.ts";

const folder = mkdtempSync(join(tmpdir(), "recording-"));
afterAll(() => rmSync(folder, { recursive: true }));

const second = (value: number) => new Int16Array(16_000).fill(value);
const allowed = { ...open, "features.usb_call_recording.enable": 1 };

async function talking(settings: Readonly<Record<string, string | number>>, recordings?: Recordings) {
  const rig = new PhoneRig();
  const alice = await rig.desk("10.0.0.1", settings, "t48g", [], recordings);
  const bob = await rig.desk("10.0.0.2");
  alice.phone.dial("10.0.0.2");
  await rig.run(300);
  bob.phone.answer();
  await rig.run(300);
  const take = (value: number, last = false) =>
    alice.phone.mediaEvent({ type: "recorded", samples: second(value), rateHz: 16_000, last });
  return { rig, alice, bob, take, recorded: () => alice.phone.view.calls[0]?.recording === true };
}

/** The phone's end waits for its files. */
async function end(rig: PhoneRig, desk: Desk): Promise<void> {
  const closed = desk.close();
  await rig.run(5000);
  await closed;
}

describe("recording", () => {
  test("CAL-85: with features.usb_call_recording.format = opus it is a tenth as large, lasts as long and sounds the same", async () => {
    const place = join(folder, "opus");
    const settings = { ...allowed, "features.usb_call_recording.format": "opus" };
    const { rig, alice } = await talking(settings, recordingsIn(place));
    alice.phone.record();
    const tone = (from: number, samples: number) =>
      Int16Array.from({ length: samples }, (_, i) =>
        Math.round(8000 * Math.sin((2 * Math.PI * 500 * (from + i)) / 16_000)),
      );
    const take = (from: number, samples: number, last: boolean) =>
      alice.phone.mediaEvent({ type: "recorded", samples: tone(from, samples), rateHz: 16_000, last });
    for (let at = 0; at < 5; at++) take(at * 16_000, 16_000, false);
    alice.phone.record();
    take(80_000, 5000, true);
    await end(rig, alice);
    const [name = ""] = readdirSync(place);
    expect(name).toMatch(/^\d+-10_0_0_2\.opus$/);
    const bytes = readFileSync(join(place, name));
    expect(bytes.length).toBeLessThan(170_000 / 5);
    // 85,000 samples in packets of 20 ms, the last one with room for what the encoder held back.
    const packets = oggPackets(bytes).slice(2);
    expect(packets.length).toBe(Math.ceil((85_000 + 104) / 320));
    const decoder = opus.createDecoder();
    const heard = new Int16Array(320 * packets.length);
    const frame = new Int16Array(320);
    for (const [i, packet] of packets.entries()) heard.set(frame.subarray(0, decoder.decode(packet, frame)), 320 * i);
    expect(amplitudeAt(heard.subarray(16_000, 80_000), 500)).toBeCloseTo(8000 / 32_768, 1);
    expect(amplitudeAt(heard.subarray(84_000, 85_000), 500)).toBeGreaterThan(0.2);
  });

  test("CAL-85, CP8-04: OK in a call begins it, again ends it, and the file holds every second", async () => {
    const place = join(folder, "calls");
    const { rig, alice, take, recorded } = await talking(allowed, recordingsIn(place));
    alice.phone.record();
    expect([alice.media.recording, recorded()]).toEqual([true, true]);
    take(100);
    take(200);
    alice.phone.record();
    expect([alice.media.recording, recorded()]).toEqual([false, false]);
    take(300, true);
    await end(rig, alice);
    const [name = "", ...more] = readdirSync(place);
    expect([name, more]).toEqual([expect.stringMatching(/^\d+-10_0_0_2\.wav$/), []]);
    const { rateHz, channels, samples } = parseWav(readFileSync(join(place, name)));
    expect([rateHz, channels, samples.length]).toEqual([16_000, 1, 48_000]);
    expect([samples[0], samples[20_000], samples[47_999]]).toEqual([100, 200, 300]);
  });

  test("CAL-85: the end of the call ends the recording", async () => {
    const { rig, alice, bob, take } = await talking(allowed, recordingsIn(join(folder, "end")));
    alice.phone.record();
    take(1);
    bob.phone.hangUp();
    await rig.run(300);
    expect(alice.media.recording).toBe(false);
    take(2, true);
    await end(rig, alice);
    const [name = ""] = readdirSync(join(folder, "end"));
    expect(parseWav(readFileSync(join(folder, "end", name))).samples.length).toBe(32_000);
  });

  test("CAL-85: a place that cannot be written to is said on the LCD, and the call goes on", async () => {
    const file = join(folder, "no-folder");
    writeFileSync(file, "");
    const { alice, take, recorded } = await talking(allowed, recordingsIn(file));
    alice.phone.record();
    take(1);
    expect(alice.phone.view.notices).toContain("Recording failed");
    expect(alice.log.join()).toContain(file);
    expect([alice.media.recording, recorded(), alice.calls]).toEqual([false, false, ["*out talking"]]);
  });

  test("CAL-85: a medium that fails in the middle ends the recording, and the call goes on", async () => {
    let fail: (why: string) => void = () => {};
    const recordings: Recordings = {
      open: (name, _rateHz, lost) => {
        fail = lost;
        return { path: name, append: () => {}, close: async () => {} };
      },
    };
    const { alice, take, recorded } = await talking(allowed, recordings);
    alice.phone.record();
    take(1);
    fail("no space left on device");
    expect([alice.media.recording, recorded(), alice.calls]).toEqual([false, false, ["*out talking"]]);
    expect(alice.phone.view.notices).toContain("Recording failed");
    expect(alice.log.join()).toContain("no space left on device");
  });

  test("CAL-85: where the worker dies before its last sound, the next recording has a file of its own", async () => {
    const place = join(folder, "dies");
    const { rig, alice, take } = await talking(allowed, recordingsIn(place));
    alice.phone.record();
    take(1);
    alice.phone.record();
    await rig.run(600);
    alice.phone.record();
    take(2);
    alice.phone.record();
    alice.phone.record();
    take(3);
    alice.phone.record();
    take(4, true);
    await end(rig, alice);
    const files = readdirSync(place).sort();
    const firsts = files.map((name) => parseWav(readFileSync(join(place, name))).samples[0]);
    expect(firsts.slice(0, 2)).toEqual([1, 2]);
  });

  test("CAL-85: nobody records unless that is allowed", async () => {
    const { alice } = await talking(open, recordingsIn(join(folder, "never")));
    alice.phone.record();
    expect(alice.media.recording).toBe(false);
  });

  test("CAL-83: the server is asked by INFO, and what it answers is what is shown", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    const asked: string[] = [];
    let status = 200;
    server.numbers.set("200", (session) => {
      session.onRequest.on((incoming) => {
        asked.push(incoming.request.header("Record") ?? "");
        incoming.respond(status);
      });
      answers(session);
    });
    const alice = await rig.desk("10.0.0.1", account("100"));
    alice.phone.dial("200");
    await rig.run(500);
    const recorded = () => alice.phone.view.calls[0]?.recording === true;
    alice.phone.recordAtServer();
    await rig.run(100);
    expect(recorded()).toBe(true);
    status = 403;
    alice.phone.recordAtServer();
    await rig.run(100);
    expect([asked, recorded()]).toEqual([["on", "off"], true]);
    expect(alice.phone.view.notices).toContain("Recording goes on");
  });
});
