import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { rereadConfiguration } from "../../../src/thread/reread.ts";
import { temporaryFolder } from "../../interop/kit/process.ts";
import { LoudLog } from "../sip/transaction-peers.ts";

const model = modelById("t46g");

function open() {
  const path = join(temporaryFolder("reread"), "phone.cfg");
  const write = (...lines: string[]) => writeFileSync(path, `#!version:1.0.0.1\n${lines.join("\n")}\n`);
  const config = new Configuration({
    model,
    onError: (error) => {
      throw error;
    },
  });
  const changes: string[][] = [];
  config.onChange.on((names) => void changes.push([...names].sort()));
  const log = new LoudLog();
  return {
    path,
    write,
    config,
    changes,
    log,
    read: (...more: string[]) => rereadConfiguration(config, model, [path, ...more], log),
  };
}

describe("reading the configuration files again", () => {
  it("PRV-20: what is gone goes, what is new holds, what stays is not touched, what people changed remains", async () => {
    const { write, config, changes, read } = open();
    write("voice.ring_vol = 3", "features.dnd.enable = 1", "call_waiting.enable = 0");
    expect(await read()).toBe(true);
    config.set("local", [{ name: "phone_setting.backlight_time", value: "60" }]);
    changes.splice(0);
    write("voice.ring_vol = 3", "call_waiting.enable = 1");
    expect(await read()).toBe(true);
    expect(changes.flat().sort()).toEqual(["call_waiting.enable", "features.dnd.enable"]);
    expect([config.number("voice.ring_vol"), config.flag("features.dnd.enable")]).toEqual([3, false]);
    expect(config.number("phone_setting.backlight_time")).toBe(60);
  });

  it("PRV-20: a file that cannot be read leaves everything as it is and is named", async () => {
    const { write, config, log, read } = open();
    write("voice.ring_vol = 3");
    await read();
    write("voice.ring_vol = 5");
    expect(await read("/nowhere/b.cfg")).toBe(false);
    expect(config.number("voice.ring_vol")).toBe(3);
    expect(log.lines.join("\n")).toContain("/nowhere/b.cfg cannot be read again, nothing is changed");
  });
});
