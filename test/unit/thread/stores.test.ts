import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { type Log, silentLog } from "../../../src/base/log.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { loadConfiguration, openStores } from "../../../src/thread/stores.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "offhook-stores-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function listen() {
  const lines: string[] = [];
  const line = (_facts: object, message: string) => void lines.push(message);
  const log: Log = { debug: line, info: line, warn: line, error: line, child: () => log };
  return { lines, log };
}

const config = () => new Configuration({ model: modelById("t46g"), onError: () => {} });

describe("the data folder", () => {
  it("PRV-06: what a person changes is there after a restart, the call log too", async () => {
    const mac = "00:15:65:42:00:09";
    const stores = await openStores(join(folder, "new"), mac, silentLog);
    expect(stores.trouble).toBeUndefined();
    const first = await loadConfiguration(config(), [], stores.localPath, silentLog);
    for (const step of ["3", "4", "5"]) first.keep("voice.ring_vol", step);
    for (const text of ["a", "b", "c"]) stores.callLog.save(text);
    await Promise.all([first.flush(), stores.callLog.flush()]);
    const again = await openStores(join(folder, "new"), mac, silentLog);
    const read = config();
    await loadConfiguration(read, [], again.localPath, silentLog);
    expect([read.number("voice.ring_vol"), again.callLog.load()]).toEqual([5, "c"]);
    expect(readdirSync(join(folder, "new")).sort()).toEqual(["001565420009-local.cfg", "call-log.json"]);
  });

  it("PRV-06: what a power cut left half written is removed before anything is written", async () => {
    writeFileSync(join(folder, ".call-log.json.0123456789ab.tmp"), "half");
    writeFileSync(join(folder, "mine.tmp"), "not ours");
    const { lines, log } = listen();
    await openStores(folder, undefined, log);
    expect(readdirSync(folder)).toEqual(["mine.tmp"]);
    expect(lines[0]).toContain("half written");
  });

  it("design: a folder that cannot be made is named, and what is saved is said to be lost", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const { lines, log } = listen();
    const stores = await openStores(join(file, "data"), undefined, log);
    expect(stores.trouble).toContain(join(file, "data"));
    stores.callLog.save("x");
    await stores.callLog.flush();
    expect(lines.at(-1)).toContain("call-log.json cannot be written");
  });
});

describe("configuration files of the command line", () => {
  it("PRV-01: a file that cannot be read ends the start, naming it", async () => {
    const path = join(folder, "none.cfg");
    await expect(loadConfiguration(config(), [path], join(folder, "l.cfg"), silentLog)).rejects.toThrow(
      `--config ${path} cannot be read`,
    );
  });

  it("PRV-01: later files win, and each report names its own file", async () => {
    const paths = ["a", "b"].map((name) => join(mkdtempSync(join(folder, name)), "x.cfg"));
    for (const [i, path] of paths.entries()) writeFileSync(path, `voice.ring_vol = ${i + 3}\nbad line ${i}\n`);
    const { lines, log } = listen();
    const read = config();
    await loadConfiguration(read, paths, join(folder, "l.cfg"), log);
    expect(read.number("voice.ring_vol")).toBe(4);
    for (const [i, path] of paths.entries())
      expect(lines.some((line) => line.includes(path) && line.includes(`bad line ${i}`))).toBe(true);
    expect(readFileSync(paths[0] ?? "", "utf8")).toContain("bad line 0");
  });
});
