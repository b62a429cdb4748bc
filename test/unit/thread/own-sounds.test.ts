/** Music for who is held, out of a file: what reaches the media worker, and what is said of files that cannot be used. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { writeWav } from "../../../hal/driver/wav.ts";
import type { Log } from "../../../src/base/log.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import type { MediaReply, MediaRequest } from "../../../src/media/protocol.ts";
import { followOwnSounds } from "../../../src/thread/own-sounds.ts";

const folder = mkdtempSync(join(tmpdir(), "music-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function following(file: string) {
  const told: MediaRequest[] = [];
  const said: string[] = [];
  const line = (_: object, message: string) => void said.push(message);
  const log: Log = { debug: line, info: line, warn: line, error: line, child: () => log };
  const settings = new Configuration({ model: modelById("t46g"), onError: () => {} });
  settings.set("mac", [{ name: "features.hold_music.file", value: file }]);
  const media = {
    request: async (request: MediaRequest): Promise<MediaReply> => {
      told.push(request);
      return { type: "done" };
    },
  };
  await followOwnSounds({ settings, media, log, folder });
  const sound = () => {
    const last = told.at(-1);
    return last?.type === "hold-music" || last?.type === "announcement" ? last.sound : "nothing told";
  };
  return { settings, sound, said };
}

describe("sounds of the phone's own", () => {
  test("CAL-46: a WAV file of the folder reaches the media worker, its first three minutes", async () => {
    writeFileSync(join(folder, "waltz.wav"), writeWav(8000, new Int16Array(8000 * 200).fill(5), 1));
    const { sound, said } = await following("waltz.wav");
    expect(sound()).toMatchObject({ rateHz: 8000 });
    expect(Reflect.get(Object(sound()), "samples").length).toBe(8000 * 180);
    expect(said).toEqual(["people on hold hear waltz.wav"]);
  });

  test("CAL-46: a change is followed, and without a name there is none", async () => {
    writeFileSync(join(folder, "one.wav"), writeWav(16_000, new Int16Array(160).fill(1), 1));
    const { settings, sound } = await following("");
    expect(sound()).toBe("nothing told");
    settings.set("mac", [{ name: "features.hold_music.file", value: "one.wav" }]);
    await expect.poll(sound).toMatchObject({ rateHz: 16_000 });
    settings.set("mac", [{ name: "features.hold_music.file", value: "%NULL%" }]);
    await expect.poll(sound).toBe(undefined);
  });

  test("CAL-85: what is heard when a recording begins comes from there, too", async () => {
    writeFileSync(join(folder, "notice.wav"), writeWav(16_000, new Int16Array(160).fill(1), 1));
    const { settings, sound } = await following("");
    settings.set("mac", [{ name: "features.usb_call_recording.announcement", value: "notice.wav" }]);
    await expect.poll(sound).toMatchObject({ rateHz: 16_000 });
  });

  test.each([
    ["none.wav", "ENOENT"],
    ["../secret.wav", "it is no name of a file in"],
    [".hidden", "it is no name of a file in"],
    ["text.wav", "it is no WAV file"],
  ])("CAL-46: %s is refused in words, and held people hear nothing", async (file, why) => {
    writeFileSync(join(folder, "text.wav"), "not a sound at all");
    const { sound, said } = await following(file);
    expect(sound()).toBe(undefined);
    expect(said.join()).toContain(`features.hold_music.file = ${file}`);
    expect(said.join()).toContain(why);
  });
});
