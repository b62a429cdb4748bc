/**
 * `npm run image -- --board rpi`: a card image for arm64 that is flashed as it is; with --bundle the signed update to it.
 * Needs no root rights, no loop devices and no emulation. README.md beside it says what is in it.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { Debian, unpack } from "../../test/hil/parts/debian.mjs";
import { makeKernel } from "../../test/hil/parts/kernel.mjs";
import { makeNode, makePackages } from "../../test/hil/parts/node.mjs";
import { project, run, say, step } from "../../test/hil/parts/steps.mjs";
import { bootState, makeFirmware, makeKernelPartition, makeRamdisk } from "./parts/boot.mjs";
import { makeBundle, makeKeys, readCertificate } from "./parts/bundle.mjs";
import { makeData, writeCard } from "./parts/card.mjs";
import { device } from "./parts/modules.mjs";
import { makeUserland, packages, withoutScripted } from "./parts/userland.mjs";

const cross = "aarch64-linux-gnu-";
const cache = join(project, ".cache/image");
/** Boards that have a card to start from. */
const boards = ["rpi", "rpi-conference"];

const usage = `npm run image -- --board ${boards.join("|")} [options]
  --out FILE       where to (.cache/image/offhook-BOARD.img or .raucb)
  --bundle         makes the signed update instead
  --release TEXT   the version, which updates compare (package.json's)
  --key FILE --cert FILE  signs and trusts updates; without them a development pair is made anew`;

const print = (text) => process.stdout.write(`${text}\n`);

function fail(text) {
  process.stderr.write(`image: ${text}\n`);
  process.exit(2);
}

/** Programs, and the Debian packages that have them. */
const programs = {
  mksquashfs: "squashfs-tools",
  mformat: "mtools",
  sfdisk: "fdisk",
  dtc: "device-tree-compiler",
  cpio: "cpio",
  depmod: "kmod",
  mke2fs: "e2fsprogs",
  openssl: "openssl",
  rauc: "rauc",
  systemctl: "systemd",
  "systemd-sysusers": "systemd",
  "aarch64-linux-gnu-g++": "g++-aarch64-linux-gnu",
  make: "make",
  xz: "xz-utils",
  bc: "bc",
};

function checkPrograms() {
  process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  const found = (name) => process.env.PATH.split(":").some((folder) => existsSync(join(folder, name)));
  const missing = [
    ...new Set(
      Object.keys(programs)
        .filter((name) => !found(name))
        .map((name) => programs[name]),
    ),
  ];
  if (missing.length > 0) fail(`this needs: sudo apt-get install --no-install-recommends ${missing.join(" ")}`);
}

/** SOURCE_DATE_EPOCH, or when the sources were last changed. s */
function epochOfSources() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (!/^[0-9]{1,10}$/.test(given)) fail(`SOURCE_DATE_EPOCH is "${given}", not a number of seconds`);
    return Number(given);
  }
  const asked = spawnSync("git", ["-C", project, "log", "-1", "--format=%ct"], { encoding: "utf8" });
  if (asked.status === 0) return Number(asked.stdout);
  return Math.floor(statSync(join(project, "package.json")).mtimeMs / 1000);
}

async function sha256(file) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        board: { type: "string" },
        out: { type: "string" },
        bundle: { type: "boolean" },
        release: { type: "string" },
        key: { type: "string" },
        cert: { type: "string" },
        help: { type: "boolean" },
      },
    });
    return values;
  } catch (error) {
    return fail(`${error.message}\n${usage}`);
  }
}

function checkOptions(options) {
  if (options.help) {
    print(usage);
    process.exit(0);
  }
  if (!boards.includes(options.board))
    fail(`--board ${options.board ?? "is missing"}: one of ${boards.join(", ")}\n${usage}`);
  if ((options.key === undefined) !== (options.cert === undefined)) fail("--key and --cert go together");
  for (const name of ["key", "cert"])
    if (options[name] !== undefined && !existsSync(options[name]))
      fail(`--${name} ${options[name]}: there is no such file`);
  if (options.release !== undefined && !/^[0-9A-Za-z.+~-]{1,40}$/.test(options.release))
    fail(`--release ${options.release}: letters, digits and .+~- only`);
}

/** The packages of which only files are taken: boot loaders and the ramdisk's shell. */
function makeLoaders(debian) {
  const names = ["u-boot-rpi", "u-boot-qemu", "busybox-static"].map((name) => `${name}=${debian.version(name)}`);
  return step("boot loaders", join(cache, "loaders"), names, (made) => {
    debian.download(names, join(made, "debs"));
    unpack(join(made, "debs"), made);
    rmSync(join(made, "debs"), { recursive: true });
  });
}

async function main() {
  const started = performance.now();
  const options = readOptions();
  checkOptions(options);
  checkPrograms();
  process.umask(0o022);
  mkdirSync(cache, { recursive: true });
  const epoch = epochOfSources();
  if (process.env.OFFHOOK_BUILT === undefined) {
    const build = spawnSync(process.execPath, [join(project, "test/lab/build.mjs"), "--if-changed"], {
      stdio: ["ignore", 2, 2],
    });
    if (build.status !== 0) throw new Error("the project does not build");
  }
  const version = options.release ?? JSON.parse(readFileSync(join(project, "package.json"), "utf8")).version;
  const compatible = `offhook-${options.board}`;
  const debian = new Debian("arm64");
  debian.update();
  const kernel = makeKernel(debian, cross);
  const node = makeNode("arm64");
  const npm = makePackages("arm64", cross, node);
  const loaders = makeLoaders(debian);
  const keys = options.key ? { key: options.key, cert: options.cert } : makeKeys(join(cache, "development-keys"));

  const scratch = join(cache, `scratch-${process.pid}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    const closure = withoutScripted(debian.closure(packages));
    const root = join(scratch, "root");
    const certificate = readCertificate(keys.cert);
    const facts = {
      board: options.board,
      version,
      compatible,
      kernel,
      node,
      npm,
      closure,
      certificate,
      modules: device,
    };
    makeUserland(debian, facts, join(scratch, "debs"), root);
    const [rootImage, kernelImage] = [join(scratch, "root.img"), join(scratch, "kernel.img")];
    // It takes its times from options or from the environment, not from both.
    const { SOURCE_DATE_EPOCH: _, ...env } = process.env;
    const squash = [
      ...[root, rootImage, "-noappend", "-quiet", "-no-progress", "-all-root", "-no-xattrs", "-comp", "zstd"],
      ...["-Xcompression-level", "9", "-b", "128K", "-all-time", String(epoch), "-mkfs-time", String(epoch)],
    ];
    run("mksquashfs", squash, { env });
    const ramdisk = makeRamdisk(kernel, join(loaders, "bin/busybox"), join(scratch, "ramdisk-tree"), epoch);
    makeKernelPartition(kernel, ramdisk, join(scratch, "kernel-tree"), kernelImage, epoch);
    const file = resolve(options.out ?? join(cache, `${compatible}${options.bundle ? ".raucb" : ".img"}`));
    const made = join(scratch, "made");
    if (options.bundle)
      makeBundle({ root: rootImage, kernel: kernelImage, compatible, version, ...keys }, scratch, made);
    else {
      const [firmware, data] = [join(scratch, "firmware.img"), join(scratch, "data.img")];
      const uboot = join(loaders, "usr/lib/u-boot");
      const board = join(project, "board", options.board);
      makeFirmware({ kernel, uboot, board, version }, join(scratch, "firmware-tree"), firmware, epoch);
      makeData(data, epoch);
      writeCard(made, { firmware, data, state: bootState(), "kernel-a": kernelImage, "root-a": rootImage });
    }
    const size = statSync(made).size;
    const hash = await sha256(made);
    if (!options.bundle) cpSync(join(loaders, "usr/lib/u-boot/qemu_arm64/u-boot.bin"), join(cache, "u-boot-qemu.bin"));
    rmSync(file, { force: true });
    renameSync(made, file);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const rootMib = (statSync(rootImage).size / (1 << 20)).toFixed(0);
    print(
      `${file}\n  version ${version}, ${closure.length} Debian packages, root ${rootMib} MiB, ${size} bytes, ${seconds} s`,
    );
    print(`  sha256 ${hash}`);
    if (!options.key) print(`  signed by a development key of this build: ${keys.key}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

main().catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
