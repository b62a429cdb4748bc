/** Two real media workers in a call over loopback UDP: the whole way from one microphone to the other ear, in real time. */
import { describe, expect, test } from "vitest";
import type { MediaClient } from "../../../src/media/client.ts";
import type { StreamSettings } from "../../../src/media/protocol.ts";
import { settings } from "../../unit/media/phones.ts";
import { amplitudeAt, sine } from "../../unit/media/sound.ts";
import { bundleOfFile, openClient } from "./worker.ts";

const hereAddress = "127.33.1.1";
const thereAddress = "127.33.1.2";
const range = { portMin: 11_780, portMax: 11_880 };

const bundle = bundleOfFile();

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function call(change: Partial<StreamSettings> = {}): Promise<{ here: MediaClient; there: MediaClient }> {
  const [here, there] = await Promise.all([openClient(bundle), openClient(bundle)]);
  const herePort = await here.openStream(1, { address: hereAddress, ...range });
  const therePort = await there.openStream(1, { address: thereAddress, ...range });
  await here.configureStream(1, { ...settings(thereAddress, therePort), ...change });
  await there.configureStream(1, { ...settings(hereAddress, herePort), ...change });
  for (const client of [here, there]) {
    await client.setPath("handset");
    await client.setFocus([1]);
  }
  return { here, there };
}

describe("two media workers", () => {
  test("AUD-01: a tone at the microphone here is heard at the ear there, at its level, over real RTP", async () => {
    const { here, there } = await call();
    try {
      await here.personSay(sine(700, 3), 16_000);
      await wait(1600);
      const heard = await there.personHeard(1);
      expect(heard.rateHz).toBe(16_000);
      expect(amplitudeAt(heard.samples, 700)).toBeGreaterThan(0.22);
      expect(amplitudeAt(heard.samples, 700)).toBeLessThan(0.28);
      const { streams, device } = await there.statistics();
      expect(streams[0]?.packetsReceived).toBeGreaterThan(60);
      expect(device.underruns).toBe(0);
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  });

  test("CAL-91: the worker tells what its card can play at once, and the second path plays what the ear hears", async () => {
    const { here, there } = await call();
    try {
      expect(there.canPlayBeside("handset", "speaker")).toBe(true);
      expect(there.canPlayBeside("speaker", "handset")).toBe(false);
      await there.setSecond("speaker");
      await here.personSay(sine(700, 3), 16_000);
      await wait(1600);
      for (const second of [false, true])
        expect(amplitudeAt((await there.personHeard(1, second)).samples, 700)).toBeGreaterThan(0.22);
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  });

  test("a main thread that stands still for 2 s is not heard: no late frame, no underrun, no packet missing", async () => {
    const { here, there } = await call();
    try {
      await here.personSay(sine(700, 6), 16_000);
      await wait(800);
      const before = await there.statistics();
      const until = performance.now() + 2000;
      while (performance.now() < until);
      const after = await there.statistics();
      expect(after.device.underruns).toBe(before.device.underruns);
      const frames = after.device.frames - before.device.frames;
      expect(frames).toBeGreaterThanOrEqual(198);
      const packets = (after.streams[0]?.packetsReceived ?? 0) - (before.streams[0]?.packetsReceived ?? 0);
      expect(packets).toBeGreaterThanOrEqual(99);
      expect(after.streams[0]?.lost).toBe(0);
      const heard = await there.personHeard(2);
      expect(amplitudeAt(heard.samples, 700)).toBeGreaterThan(0.22);
      for (let at = 0; at + 1600 <= heard.samples.length; at += 1600)
        expect(amplitudeAt(heard.samples.subarray(at, at + 1600), 700)).toBeGreaterThan(0.2);
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  });
});
