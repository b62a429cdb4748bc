/** What people changed survives power cuts, cut writes and damaged files (feature row PRV-06). */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { readFileIfThere, removeLeftovers, writeFileAtomic } from "../../../hal/driver/os/atomic-file.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { crc32 } from "../../../src/config/crc32.ts";
import { LocalStore, type StoredFiles, StoreError } from "../../../src/config/store.ts";

const path = "/data/001565000001-local.cfg";
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Files in memory that can fail. */
class MemoryFiles implements StoredFiles {
  readonly contents = new Map<string, Uint8Array>();
  writes = 0;
  fails: Error | undefined;
  readFile(name: string): Promise<Uint8Array | undefined> {
    return this.fails ? Promise.reject(this.fails) : Promise.resolve(this.contents.get(name));
  }
  writeFileAtomic(name: string, content: Uint8Array): Promise<void> {
    if (this.fails) return Promise.reject(this.fails);
    this.writes += 1;
    this.contents.set(name, content.slice());
    return Promise.resolve();
  }
}

function storeOver(files: StoredFiles, at = path): { config: Configuration; store: LocalStore } {
  const config = new Configuration({ model: modelById("t46g"), onError: () => undefined });
  return { config, store: new LocalStore({ config, files, path: at }) };
}

async function writtenFile(): Promise<Uint8Array> {
  const files = new MemoryFiles();
  const { config, store } = storeOver(files);
  await store.open();
  config.set("local", [
    { name: "voice.ring_vol", value: "12" },
    { name: "account.1.label", value: "Büro 北京" },
    { name: "voice.handset.spk_vol", value: "%NULL%" },
    { name: "later.thing", value: "kept" },
  ]);
  await store.save();
  return files.contents.get(path) ?? new Uint8Array();
}

describe("store of local changes", () => {
  test("PRV-06: a new phone has no file, and gets one with the first change", async () => {
    const files = new MemoryFiles();
    const { config, store } = storeOver(files);
    expect(await store.open()).toEqual({ name: "new" });
    config.set("local", [{ name: "voice.ring_vol", value: "12" }]);
    await store.save();
    expect(new TextDecoder().decode(files.contents.get(path))).toMatch(
      /^#!version:1\.0\.0\.1\n# .*form 1\nvoice\.ring_vol = 12\n# end, crc32 [0-9a-f]{8}\n$/,
    );
  });

  test("PRV-06: what was saved is in force after the next start", async () => {
    const files = new MemoryFiles();
    files.contents.set(path, await writtenFile());
    const { config, store } = storeOver(files);
    expect(await store.open()).toEqual({ name: "read", settings: 4 });
    expect(config.number("voice.ring_vol")).toBe(12);
    expect(config.text("account.1.label")).toBe("Büro 北京");
    expect(config.origin("account.1.label")).toMatchObject({ layer: "local", file: "001565000001-local.cfg" });
    expect(files.writes).toBe(0);
  });

  test("PRV-06: saving without a change does not wear the medium", async () => {
    const files = new MemoryFiles();
    files.contents.set(path, await writtenFile());
    const { config, store } = storeOver(files);
    await store.open();
    await store.save();
    config.set("local", [{ name: "voice.ring_vol", value: "12" }]);
    await store.save();
    expect(files.writes).toBe(0);
  });

  test("PRV-06: of saves that overlap the last state is in the file", async () => {
    const files = new MemoryFiles();
    const { config, store } = storeOver(files);
    await store.open();
    const saves: Promise<void>[] = [];
    for (let volume = 0; volume <= 15; volume += 1) {
      config.set("local", [{ name: "voice.ring_vol", value: String(volume) }]);
      saves.push(store.save());
    }
    await Promise.all(saves);
    expect(new TextDecoder().decode(files.contents.get(path))).toContain("voice.ring_vol = 15\n");
  });

  test("PRV-06: a file cut at any byte gives back its whole lines, never half a value, and is kept aside", async () => {
    const whole = await writtenFile();
    const lines = new TextDecoder().decode(whole).split("\n");
    for (let length = 0; length < whole.length; length += 1) {
      const files = new MemoryFiles();
      const cut = whole.subarray(0, length);
      files.contents.set(path, cut);
      const { config, store } = storeOver(files);
      const opened = await store.open();
      const wholeLines = new TextDecoder().decode(cut).split("\n").slice(0, -1);
      const settings = wholeLines.filter((line) => !line.startsWith("#")).length;
      expect(opened, `cut at ${length}`).toMatchObject({ name: "recovered", settings, keptAs: `${path}.bad` });
      for (const { name, value } of config.entries("local")) expect(lines).toContain(`${name} = ${value}`);
      expect(files.contents.get(`${path}.bad`)).toEqual(cut);
      expect(await storeOver(files).store.open()).toMatchObject({ name: "read", settings });
    }
  });

  test("PRV-06: any damage is noticed, and the start goes on", async () => {
    const whole = await writtenFile();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = whole.slice();
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const files = new MemoryFiles();
        files.contents.set(path, damaged);
        const { config, store } = storeOver(files);
        const opened = await store.open();
        expect(opened.name).toBe("recovered");
        expect(config.number("voice.ring_vol")).toBeLessThanOrEqual(15);
        expect(files.contents.get(`${path}.bad`)).toEqual(damaged);
      }),
      { numRuns: 200 },
    );
  });

  test("PRV-06: a file of other bytes altogether gives a notice that names both files", async () => {
    const files = new MemoryFiles();
    files.contents.set(path, new Uint8Array(500).fill(0xff));
    const opened = await storeOver(files).store.open();
    expect(opened).toMatchObject({ name: "recovered", settings: 0 });
    expect(opened.name === "recovered" && opened.notice).toContain(
      `${path} is cut off; 0 settings were read, the file is kept as ${path}.bad`,
    );
  });

  test("PRV-06: a medium that fails is told of by file and reason, and the next save works again", async () => {
    const files = new MemoryFiles();
    const { config, store } = storeOver(files);
    await store.open();
    config.set("local", [{ name: "voice.ring_vol", value: "1" }]);
    files.fails = new Error("no space left");
    const refused = await store.save().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreError);
    expect(refused).toMatchObject({
      code: "unwritable",
      message: expect.stringContaining(`${path} cannot be written`),
    });
    await expect(storeOver(files).store.open()).rejects.toThrow(/cannot be read: no space left/);
    files.fails = undefined;
    await store.save();
    expect(files.writes).toBe(1);
  });

  test("CRC-32/ISO-HDLC: the check value of the digits", () => {
    expect(crc32(bytesOf("123456789"))).toBe(0xcbf43926);
  });
});

describe("atomic files", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "offhook-atomic-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test("PRV-06: a file is made with its folders, readable by its owner only, and nothing is left beside it", async () => {
    const file = join(folder, "a", "b", "phone.cfg");
    expect(await readFileIfThere(file)).toBeUndefined();
    await writeFileAtomic(file, bytesOf("one"));
    await writeFileAtomic(file, bytesOf("two"));
    expect(new TextDecoder().decode(await readFileIfThere(file))).toBe("two");
    expect(await readdir(join(folder, "a", "b"))).toEqual(["phone.cfg"]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("PRV-06: a write that fails leaves the old content and nothing beside it", async () => {
    const file = join(folder, "phone.cfg");
    await writeFileAtomic(join(file, "x"), bytesOf("makes a folder of that name"));
    await expect(writeFileAtomic(file, bytesOf("new"))).rejects.toThrow(file);
    expect(await readdir(folder)).toEqual(["phone.cfg"]);
    expect(await readdir(file)).toEqual(["x"]);
  });

  test("PRV-06: writes at the same time leave one of the contents, whole", async () => {
    const file = join(folder, "phone.cfg");
    const contents = Array.from({ length: 8 }, (_, n) => String(n).repeat(5000));
    await Promise.all(contents.map((content) => writeFileAtomic(file, bytesOf(content))));
    expect(contents).toContain(await readFile(file, "utf8"));
  });

  test("PRV-06: what power cuts left is removed at the start, and nothing else", async () => {
    await writeFileAtomic(join(folder, "phone.cfg"), bytesOf("one"));
    for (const name of [".phone.cfg.0123456789ab.tmp", "notes.tmp", ".hidden"])
      await writeFile(join(folder, name), "x");
    expect(await removeLeftovers(folder)).toBe(1);
    expect((await readdir(folder)).sort()).toEqual([".hidden", "notes.tmp", "phone.cfg"]);
    expect(await removeLeftovers(join(folder, "nowhere"))).toBe(0);
  });

  test("PRV-06: power cut at any byte of a write: the next start finds the settings of before", async () => {
    const file = join(folder, "001565000001-local.cfg");
    const before = await writtenFile();
    await writeFileAtomic(file, before);
    const after = bytesOf("#!version:1.0.0.1\nvoice.ring_vol = 1\n");
    for (let length = 0; length <= after.length; length += 1) {
      // What a cut leaves: a part of the temporary file, not yet renamed.
      await writeFile(join(folder, ".001565000001-local.cfg.cut.tmp"), after.subarray(0, length));
      const files: StoredFiles = { readFile: readFileIfThere, writeFileAtomic };
      expect(await storeOver(files, file).store.open()).toEqual({ name: "read", settings: 4 });
    }
  });
});
