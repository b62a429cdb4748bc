/** What the program does with input that cannot be right: it ends before it is ready, and the message names who and what. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../../interop/kit/phone.ts";
import { endAllPrograms, Program, temporaryFolder } from "../../interop/kit/process.ts";

const main = fileURLToPath(new URL("../../../dist/src/main.js", import.meta.url));
const address = "127.42.1.1";

async function refused(...args: string[]): Promise<{ status: number; output: string }> {
  const data = temporaryFolder("refused");
  const program = new Program(process.execPath, [main, "--data", data, ...args]);
  const status = await Promise.race([
    program.ended,
    program.until("ready", (output) => output.includes('"event":"ready"')).then(() => -100),
  ]);
  // Its last words may come after its end.
  await program.until("a word", (output) => output !== "", 2000).catch(() => undefined);
  return { status, output: program.output };
}

const here = ["--bind", address, "--panel", "127.0.0.1:7421"];

describe("the command line", () => {
  endAllPrograms();

  it.each([
    ["an unknown option", ["--frobnicate"], 2, "Unknown option '--frobnicate'"],
    ["a word that belongs to no option", ["t46g"], 2, "t46g"],
    ["an option without its value", ["--data"], 2, "--data"],
    ["a panel address that is none", ["--panel", "7421"], 2, "--panel 7421: write HOST:PORT"],
    ["a port beyond 65535", ["--panel", "127.0.0.1:70000"], 2, "--panel 127.0.0.1:70000: write HOST:PORT"],
    ["a web address that is none", ["--web", "here"], 2, "--web here: write HOST:PORT"],
    ["an address of everywhere", ["--bind", "0.0.0.0"], 2, "--bind 0.0.0.0: write one address of this machine"],
    ["a host name as address", ["--bind", "localhost"], 2, "--bind localhost: write one address of this machine"],
    ["a MAC address that is none", ["--mac", "00:15"], 2, "--mac 00:15: write six pairs"],
    ["an unknown board", [...here, "--board", "toaster"], 1, 'board "toaster" does not exist; there are: sim'],
    ["an unknown model", [...here, "--model", "t99"], 1, 'no model is called "t99"; known are'],
    ["an address of another machine", ["--bind", "192.0.2.1", "--panel", "127.0.0.1:7421"], 1, "192.0.2.1:5060"],
    ["a configuration file that is not there", [...here, "--config", "/nowhere/a.cfg"], 1, "--config /nowhere/a.cfg"],
    ["a microphone file that is not there", [...here, "--mic", "/nowhere/a.wav"], 1, "/nowhere/a.wav"],
    ["a microphone file that is no sound", [...here, "--mic", main], 1, "not a WAV file"],
    ["a recording that cannot be written", [...here, "--speaker", "/nowhere/a.wav"], 1, "/nowhere/a.wav"],
  ])("design: %s ends the start with a message", async (_what, args, expected, words) => {
    const { status, output } = await refused(...args);
    expect(output).toContain(words);
    expect(status).toBe(expected);
    expect(output).not.toContain("    at ");
  });

  it("design: --help tells the options and ends well", async () => {
    const { status, output } = await refused("--help");
    expect(status).toBe(0);
    for (const option of ["--board", "--model", "--data", "--config", "--bind", "--panel", "--web", "--mic", "--mac"])
      expect(output).toContain(option);
  });
});

describe("what is taken already", () => {
  endAllPrograms();

  it("design: a port in use is named with its address, and the phone that has it goes on", async () => {
    const first = await PhoneProcess.start({ address, panelPort: 7421, config: openToAll });
    const second = await refused("--bind", address, "--panel", "127.0.0.1:7422");
    expect(second.status).toBe(1);
    expect(second.output).toContain(`port 5060 of ${address} is in use`);
    const third = await refused("--bind", "127.42.1.2", "--panel", "127.0.0.1:7421");
    expect(third.status).toBe(1);
    expect(third.output).toMatch(/7421.*127\.0\.0\.1|127\.0\.0\.1.*7421/);
    expect(third.output).toContain("in use");
    const fourth = await refused(...["--bind", "127.42.1.3", "--panel", "127.0.0.1:7423", "--web", "127.0.0.1:7421"]);
    expect(fourth.output).toContain("web: port 7421 of 127.0.0.1 is in use");
    expect((await first.state()).screen.id).toBe("idle");
    expect(await first.stop()).toBe(0);
  });
});

describe("what is kept", () => {
  endAllPrograms();
  const mac = ["--mac", "00:15:65:42:00:01"];

  it("PRV-06: a damaged file of the person's settings is kept aside, its whole lines count, the phone starts", async () => {
    const data = temporaryFolder("damaged");
    mkdirSync(join(data, "data"));
    const local = join(data, "data", "001565420001-local.cfg");
    const half = "#!version:1.0.0.1\nvoice.ring_vol = 3\nfeatures.dnd.enable = 1\nvoice.handset.spk_";
    writeFileSync(local, half);
    writeFileSync(join(data, "data", ".call-log.json.0123456789ab.tmp"), "{");
    const phone = await PhoneProcess.start({ address, panelPort: 7421, config: openToAll, data, args: mac });
    expect(phone.program.output).toMatch(/001565420001-local\.cfg.*2 settings were read.*local\.cfg\.bad/);
    expect(readFileSync(`${local}.bad`, "utf8")).toBe(half);
    expect((await phone.state()).volume).toBe(3);
    expect(readdirSync(join(data, "data")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(await phone.stop()).toBe(0);
    expect(readFileSync(local, "utf8")).toContain("features.dnd.enable = 1");
  });

  it("PRV-01: two files of the same name keep their reports, each with its path, line and text", async () => {
    const folder = temporaryFolder("twins");
    const files = ["a", "b"].map((name) => {
      mkdirSync(join(folder, name));
      const path = join(folder, name, "phone.cfg");
      writeFileSync(path, `#!version:1.0.0.1\nthis is no line of ${name}\n`);
      return path;
    });
    const args = files.flatMap((path) => ["--config", path]);
    const phone = await PhoneProcess.start({ address, panelPort: 7421, config: openToAll, args });
    for (const [i, path] of files.entries()) {
      expect(phone.program.output).toContain(path);
      expect(phone.program.output).toContain(`this is no line of ${i === 0 ? "a" : "b"}`);
    }
    expect(await phone.stop()).toBe(0);
  });

  it("design: a data folder that cannot be written is said, and the phone starts", async () => {
    const folder = temporaryFolder("sealed");
    // Not even root can make a folder inside a file.
    writeFileSync(join(folder, "data"), "a file");
    const phone = await PhoneProcess.start({ address, panelPort: 7421, config: openToAll, data: folder });
    expect(phone.program.output).toMatch(/error data: the data folder .*\/data cannot be written/);
    await phone.keys("volume_up");
    await phone.program.until("the loss", (output) => output.includes("-local.cfg cannot be written"));
    expect((await phone.state()).volume).toBe(9);
    expect(await phone.stop()).toBe(0);
    expect(existsSync(join(folder, "data"))).toBe(true);
  });
});
