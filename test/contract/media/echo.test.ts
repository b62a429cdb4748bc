/** Two real media workers in a hands-free call: the microphone of one hears its own loudspeaker, in real time. */
import { expect, test } from "vitest";
import type { MediaClient } from "../../../src/media/client.ts";
import { defaultTuning } from "../../../src/media/engine.ts";
import { settings } from "../../unit/media/phones.ts";
import { rms } from "../../unit/media/sound.ts";
import { speechLike } from "../../unit/playout/speech-like.ts";
import { bundleOfFile, openClient as open } from "./worker.ts";

const farAddress = "127.49.1.1";
const nearAddress = "127.49.1.2";
const range = { portMin: 11_780, portMax: 11_880 };

const bundle = bundleOfFile();

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Level of what the far end heard in the last `seconds`, dB of full scale. */
async function heardDb(client: MediaClient, seconds: number): Promise<number> {
  const { samples } = await client.personHeard(seconds);
  return 20 * Math.log10(rms(samples) + 1e-5);
}

test("AUD-06: the far end hears itself at least 30 dB less after three seconds than without echo cancellation", async () => {
  const far = await open(bundle);
  const near = await open(bundle, { choice: { room: { delayMs: 50, decayMs: 150, gainDb: -4 } } });
  try {
    const farPort = await far.openStream(1, { address: farAddress, ...range });
    const nearPort = await near.openStream(1, { address: nearAddress, ...range });
    await far.configureStream(1, settings(nearAddress, nearPort, "g722"));
    await near.configureStream(1, settings(farAddress, farPort, "g722"));
    await far.setPath("handset");
    await near.setPath("speaker");
    await far.setFocus([1]);
    await near.setFocus([1]);
    await far.personSay(speechLike(14, 16_000, 33), 16_000);
    await wait(7200);
    const on = await heardDb(far, 4);
    const { voice } = await near.statistics();
    expect(voice).toMatchObject({ echoCanceller: "aec3", noiseSuppression: true, gainControl: true, delayMs: 18 });
    await near.tune({ ...defaultTuning, echoCancellation: false });
    await wait(3000);
    const off = await heardDb(far, 2);
    expect((await near.statistics()).voice).toMatchObject({ echoCanceller: "none", delayMs: 10 });
    expect(off).toBeGreaterThan(-45);
    expect(off - on).toBeGreaterThan(30);
  } finally {
    await Promise.all([far.close(), near.close()]);
  }
});
