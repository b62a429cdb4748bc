/** Real media workers in trouble: a flood from a stranger, a worker that is shot, a sound file that is not there. */
import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { WorkerPort } from "../../../src/media/client-port.ts";
import { settings } from "../../unit/media/phones.ts";
import { amplitudeAt, sine } from "../../unit/media/sound.ts";
import { bundleOfFile, openClient } from "./worker.ts";

const hereAddress = "127.33.3.1";
const thereAddress = "127.33.3.2";
const range = { portMin: 11_780, portMax: 11_880 };

const bundle = bundleOfFile();

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Resolves with the number of packets that were sent. */
function flood(address: string, port: number, perSecond: number, seconds: number): Promise<number> {
  const script = new URL("./flood.mjs", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, address, String(port), String(perSecond), String(seconds)]);
  let out = "";
  child.stdout.on("data", (bytes: Buffer) => {
    out += bytes.toString();
  });
  return new Promise((resolve) => child.on("close", () => resolve(Number(out))));
}

describe("media workers in trouble", () => {
  test("a flood of 100,000 packets a second from a stranger does not harm the call", async () => {
    const [here, there] = await Promise.all([openClient(bundle), openClient(bundle)]);
    try {
      const herePort = await here.openStream(1, { address: hereAddress, ...range });
      const therePort = await there.openStream(1, { address: thereAddress, ...range });
      await here.configureStream(1, settings(thereAddress, therePort));
      await there.configureStream(1, settings(hereAddress, herePort));
      for (const client of [here, there]) {
        await client.setPath("handset");
        await client.setFocus([1]);
      }
      await here.personSay(sine(700, 20), 16_000);
      await wait(2500);
      const sent = await flood(thereAddress, therePort, 100_000, 5);
      const { streams, device } = await there.statistics();
      const heard = await there.personHeard(2);
      // A machine that is too busy to send so many shows less than it should; it must still be a flood.
      expect(sent).toBeGreaterThan(50_000);
      expect(streams[0]?.rejected).toBeGreaterThan(300);
      expect(streams[0]?.lossPercent).toBeLessThan(5);
      expect(device.underruns).toBeLessThan(50);
      expect(amplitudeAt(heard.samples, 700)).toBeGreaterThan(0.2);
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  });

  test("a worker that is shot comes back by itself, and the call is heard again", async () => {
    const ports: WorkerPort[] = [];
    const [here, there] = await Promise.all([openClient(bundle, {}, ports), openClient(bundle)]);
    try {
      const herePort = await here.openStream(1, { address: hereAddress, ...range });
      const therePort = await there.openStream(1, { address: thereAddress, ...range });
      await here.configureStream(1, settings(thereAddress, therePort));
      await there.configureStream(1, settings(hereAddress, herePort));
      for (const client of [here, there]) {
        await client.setPath("handset");
        await client.setFocus([1]);
      }
      const restored = new Promise((resolve) => here.onRestored.on(resolve));
      const died: string[] = [];
      here.onDied.on(({ why }) => died.push(why));
      await wait(300);
      await ports[0]?.terminate();
      expect(await restored).toEqual({ lost: [] });
      expect(died).toEqual(["it ended with status 1"]);
      await here.personSay(sine(700, 3), 16_000);
      await wait(1800);
      expect(amplitudeAt((await there.personHeard(1)).samples, 700)).toBeGreaterThan(0.2);
      expect(ports.length).toBe(2);
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  });

  test("a microphone file that does not exist is told, and the phone goes on without sound", async () => {
    const client = await openClient(bundle, { choice: { mic: "/nonexistent/mic.wav" } });
    try {
      expect(client.audioTrouble).toMatchObject({ lost: true, device: "microphone file /nonexistent/mic.wav" });
      const port = await client.openStream(1, { address: hereAddress, ...range });
      await client.configureStream(1, settings(thereAddress, port));
      await wait(600);
      expect((await client.statistics()).streams[0]?.packetsSent).toBeGreaterThan(10);
    } finally {
      await client.close();
    }
  });

  test("a board that does not exist is an error of opening that names the ones that do", async () => {
    await expect(openClient(bundle, { board: "toaster" })).rejects.toThrow('board "toaster" does not exist');
  });
});
