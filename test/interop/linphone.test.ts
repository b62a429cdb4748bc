import { describe, expect, it } from "vitest";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { Linphone } from "./kit/linphone.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { find, findWords, level, monoAt, speech, wavFile } from "./kit/sound.ts";

const phoneAddress = "127.41.5.2";
const linphoneAddress = "127.41.5.1";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const before = speech(["Front_Center"]);
const during = speech(["Rear_Left"]);
const after = speech(["Side_Right"]);

async function withPair(use: (phone: PhoneProcess, linphone: Linphone) => Promise<void>): Promise<Int16Array> {
  const linphone = await Linphone.start({ address: linphoneAddress, says: speech(["Front_Left", "Rear_Right"]) });
  const phone = await PhoneProcess.start({ address: phoneAddress, panelPort: 7415, config: openToAll });
  try {
    await phone.dial(linphone.uri);
    await phone.screen("talking");
    await pause(500);
    await use(phone, linphone);
    await phone.keys("cancel");
    await phone.seen("idle", (s) => s.screen.id === "idle");
  } finally {
    expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    await linphone.stop();
  }
  // Its recorder writes the file's header when it ends.
  return monoAt(linphone.heard(), 16_000);
}

async function says(phone: PhoneProcess, words: Int16Array): Promise<void> {
  await phone.say(wavFile(words));
  await pause((1000 * words.length) / 16_000 + 700);
}

describe.runIf(needs("linphonec"))("Linphone", () => {
  endAllPrograms();

  it("AUD-01: the phone calls Linphone, and both hear each other", async () => {
    const heard = await withPair(async (phone) => {
      await pause(3000);
      const found = findWords(speech(["Front_Left"]), toMono(await phone.heard(6)));
      expect(found.likeness, "what the phone heard").toBeGreaterThan(0.9);
      await says(phone, before);
    });
    const found = findWords(before, heard);
    expect(found.likeness, "what Linphone heard").toBeGreaterThan(0.9);
    expect(Math.abs(found.gainDb)).toBeLessThan(1.5);
  });

  it("CAL-42: the phone holds and resumes: nothing is sent meanwhile, speech arrives again after", async () => {
    const heard = await withPair(async (phone) => {
      await says(phone, before);
      await phone.keys("hold");
      await phone.seen("held", (s) => s.screen.id === "talking_held");
      await says(phone, during);
      await phone.keys("hold");
      await phone.seen("talking again", (s) => s.screen.id === "talking");
      await pause(500);
      await says(phone, after);
    });
    expect(findWords(before, heard).likeness, "before the hold").toBeGreaterThan(0.9);
    expect(find(during, heard).likeness, "during the hold").toBeLessThan(0.5);
    expect(findWords(after, heard).likeness, "after the hold").toBeGreaterThan(0.9);
  });

  it("CAL-42: Linphone pauses and resumes: the LCD says so, and speech arrives again after", async () => {
    const heard = await withPair(async (phone, linphone) => {
      await says(phone, before);
      linphone.say("pause");
      await phone.seen("held by the far end", (s) => s.screen.id === "talking_held");
      // What it sends meanwhile is its music on hold: the phone listens (RFC 3264 §8.4).
      await pause(1500);
      expect(level(toMono(await phone.heard(1)))).toBeGreaterThan(0.001);
      linphone.say("resume");
      await phone.seen("talking again", (s) => s.screen.id === "talking");
      await pause(500);
      await says(phone, after);
    });
    expect(findWords(before, heard).likeness, "before the pause").toBeGreaterThan(0.9);
    expect(findWords(after, heard).likeness, "after the pause").toBeGreaterThan(0.9);
  });
});
