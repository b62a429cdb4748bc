/** The card image in QEMU: starts to a registered phone, updates itself, refuses a stranger's bundle, falls back. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endAllPrograms, Program } from "../interop/kit/process.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const made = join(project, ".cache/image");
const results = join(project, "test/out/hil/image");
const serverPort = 17_460;
const updatePort = 17_480;
/** The host, as the guest's network calls it. */
const host = "10.0.2.2";
const slow = 900_000;

const run = (program: string, args: readonly string[], cwd = results): string =>
  execFileSync(program, args, { encoding: "utf8", cwd, stdio: ["ignore", "pipe", "pipe"] });

function image(...args: string[]): string {
  const env = { ...process.env, SOURCE_DATE_EPOCH: "1790000000" };
  return execFileSync(process.execPath, [join(project, "board/image/image.mjs"), "--board", "rpi", ...args], {
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function keyPair(name: string): readonly string[] {
  const [key, cert] = [join(results, `${name}-key.pem`), join(results, `${name}-cert.pem`)];
  run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${name}`],
    ...["-keyout", key, "-out", cert],
  ]);
  return ["--key", key, "--cert", cert];
}

const config = {
  "account.1.enable": 1,
  "account.1.label": 1001,
  "account.1.user_name": 1001,
  "account.1.auth_name": 1001,
  "account.1.password": "none",
  "account.1.sip_server.1.address": host,
  "account.1.sip_server.1.port": serverPort,
  "account.1.sip_trust_ctrl": 0,
};

/** A bundle whose root has nothing to start: made by hand, since the tool makes none. */
function brokenBundle(file: string, keys: readonly string[]): void {
  const [folder, root] = [join(results, "broken"), join(results, "broken-root")];
  mkdirSync(join(root, "var"), { recursive: true });
  mkdirSync(folder, { recursive: true });
  run("mksquashfs", [root, join(folder, "root.img"), "-noappend", "-quiet", "-all-root"]);
  // The kernel is good: the first partition with one is the card's own.
  run("dd", [`if=${join(results, "card.img")}`, `of=${join(folder, "kernel.img")}`, "bs=1M", "skip=66", "count=64"]);
  writeFileSync(
    join(folder, "manifest.raucm"),
    "[update]\ncompatible=offhook-rpi\nversion=9-broken\n\n[bundle]\nformat=verity\n\n" +
      "[image.rootfs]\nfilename=root.img\n\n[image.kernel]\nfilename=kernel.img\n",
  );
  rmSync(file, { force: true });
  run("rauc", [...keys, "bundle", folder, file]);
}

describe("the card image", () => {
  endAllPrograms();
  let machine: Program;
  let sipp: Program;
  let web: Server;
  let keys: readonly string[];
  let firstHash = "";
  /** What the server offers, and its tag; undefined is none. */
  let offered: { file: string; tag: string } | undefined;
  /** Where in the machine's output the next thing must be. */
  let from = 0;
  let heard = "";

  const hashIn = (printed: string): string => /sha256 ([0-9a-f]{64})/.exec(printed)?.[1] ?? "";

  /** Until the card's console has said it after what was waited for before. */
  async function says(what: RegExp, withinMs = slow - 20_000): Promise<void> {
    await machine.until(
      String(what),
      () => {
        heard = readFileSync(join(results, "console.log"), "latin1");
        const found = what.exec(heard.slice(from));
        if (found !== null) from += found.index + found[0].length;
        return found !== null;
      },
      withinMs,
    );
  }

  const registrations = (): number =>
    existsSync(join(results, "sipp.log"))
      ? (readFileSync(join(results, "sipp.log"), "latin1").match(/^REGISTER sip:/gm)?.length ?? 0)
      : 0;

  beforeAll(() => {
    rmSync(results, { recursive: true, force: true });
    mkdirSync(results, { recursive: true });
    keys = keyPair("maker");
    firstHash = hashIn(image("--release", "1", ...keys, "--out", join(results, "first.img")));
    copyFileSync(join(results, "first.img"), join(results, "card.img"));
    // A card is larger than the image.
    run("truncate", ["-s", "1200M", "card.img"]);
    const rows = Object.entries(config).map(([name, value]) => `${name} = ${value}`);
    writeFileSync(join(results, "phone.cfg"), `#!version:1.0.0.1\n${rows.join("\n")}\n`);
    writeFileSync(
      join(results, "update.env"),
      `UPDATE_URL=http://${host}:${updatePort}/update.raucb\nUPDATE_SECONDS=3\n`,
    );
    writeFileSync(join(results, "extra.env"), "kernel_extra=console=ttyAMA0 systemd.journald.forward_to_console=1\n");
    run("mcopy", ["-i", "card.img@@1M", "phone.cfg", "update.env", "extra.env", "::"]);
    web = createServer((request, response) => {
      if (offered === undefined) response.writeHead(404).end();
      else if (request.headers["if-none-match"] === offered.tag) response.writeHead(304, { ETag: offered.tag }).end();
      else response.writeHead(200, { ETag: offered.tag }).end(readFileSync(offered.file));
    }).listen(updatePort, "127.0.0.1");
    const own = ["-i", "127.0.0.1", "-p", String(serverPort), "-mi", "127.0.0.1", "-mp", "17490"];
    const log = ["-trace_msg", "-message_file", join(results, "sipp.log"), "-nostdin", "-recv_timeout", "150000"];
    sipp = new Program(
      "sipp",
      ["-sf", join(import.meta.dirname, "server.xml"), ...own, ...log, "-key", "outside", host],
      { cwd: results, env: { ...process.env, TERM: "xterm" } },
    );
    machine = new Program("qemu-system-aarch64", [
      // Time is counted in instructions: to the guest this is a board of 1 GHz, however busy this machine is.
      ...["-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=on"],
      ...["-smp", "1", "-m", "1024", "-nodefaults", "-no-user-config", "-display", "none"],
      ...["-serial", `file:${join(results, "console.log")}`, "-bios", join(made, "u-boot-qemu.bin")],
      ...["-drive", `if=none,id=card,file=${join(results, "card.img")},format=raw,cache=writeback`],
      ...["-device", "virtio-blk-pci,drive=card", "-netdev", "user,id=net"],
      ...["-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci"],
      ...["-device", "i6300esb", "-action", "watchdog=reset"],
    ]);
    writeFileSync(join(results, "console.log"), "");
  }, slow);

  afterAll(() => {
    web?.close();
    machine?.kill("SIGKILL");
    sipp?.kill("SIGKILL");
  });

  test(
    "a flashed card starts to a registered phone, grown over the card and watched",
    async () => {
      await says(/slot A, tries left A 2 B 0/);
      await says(/Using hardware watchdog/);
      await says(/version 1 is up and good/);
      expect(registrations()).toBeGreaterThan(0);
      expect(heard).toMatch(/grow|resize/i);
      expect(heard).not.toMatch(/login:|cannot be mounted|cannot be read/);
    },
    slow,
  );

  test(
    "the same inputs make the same image, byte for byte",
    () => {
      expect(firstHash).not.toBe("");
      expect(hashIn(image("--release", "1", ...keys, "--out", join(results, "again.img")))).toBe(firstHash);
      rmSync(join(results, "again.img"));
    },
    slow,
  );

  test(
    "a bundle that a stranger signed is refused",
    async () => {
      brokenBundle(join(results, "stranger.raucb"), keyPair("stranger"));
      offered = { file: join(results, "stranger.raucb"), tag: '"stranger"' };
      await says(/is refused; version 1 stays/);
      expect(heard).toMatch(/signature verification failed|self.signed certificate|unable to get local issuer/i);
    },
    slow,
  );

  test(
    "a newer signed bundle is installed and the other slot started, which registers",
    async () => {
      const before = registrations();
      image("--bundle", "--out", join(results, "second.raucb"), "--release", "2", ...keys);
      offered = { file: join(results, "second.raucb"), tag: '"second"' };
      await says(/installed: restarting into the other slot/);
      await says(/slot B, tries left A \d B 2/);
      await says(/version 2 is up and good/);
      expect(registrations()).toBeGreaterThan(before);
    },
    slow,
  );

  test(
    "a version that does not come up is tried three times, and the one before is started again",
    async () => {
      const before = registrations();
      brokenBundle(join(results, "broken.raucb"), keys);
      offered = { file: join(results, "broken.raucb"), tag: '"broken"' };
      await says(/installed: restarting into the other slot/);
      for (const left of [2, 1, 0]) {
        await says(new RegExp(`slot A, tries left A ${left} B`));
        await says(/the root root-a has no init: restarting/);
      }
      await says(/slot B, tries left A 0 B/);
      await says(/version 2 is up and good/);
      expect(registrations()).toBeGreaterThan(before);
    },
    slow,
  );
});
