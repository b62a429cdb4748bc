/**
 * `npm run test:hil`: makes what the rig needs and runs its tests. On a fresh Debian it installs the packages itself; the
 * guest's parts are kept in .cache/hil. What can be said after its name: options.mjs.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startVitest } from "vitest/node";
import { parseOptions, usage } from "./options.mjs";
import { packagesFor } from "./parts/architecture.mjs";
import { project, run, say } from "./parts/steps.mjs";
import { prepareGuest } from "./prepare.mjs";

/** Why each is needed: disks; ramdisk; modules; the other end of the call. */
const packages = [
  ...["e2fsprogs", "cpio", "kmod", "busybox-static", "xz-utils", "make", "g++", "bc", "python3"],
  ...["sip-tester", "openssh-client"],
];

/** The build's own modules. */
const built = (path) => import(pathToFileURL(join(project, "dist", path)).href);

/** Needs dpkg-query before anything else does. */
function installMissing(arch) {
  const wanted = [...packages, ...packagesFor(arch)];
  const asked = spawnSync("dpkg-query", ["-W", "-f", "$" + "{Package} $" + "{db:Status-Status}\n", ...wanted], {
    encoding: "utf8",
  });
  if (asked.error) throw new Error("the rig needs Debian: there is no dpkg");
  const installed = asked.stdout.split("\n").filter((line) => line.endsWith(" installed"));
  const missing = wanted.filter((name) => !installed.some((line) => line.startsWith(`${name} `)));
  if (missing.length === 0) return;
  const by = process.getuid?.() === 0 ? [] : ["sudo"];
  say(`installing Debian packages: ${missing.join(" ")}`);
  for (const args of [["update"], ["install", "--no-install-recommends", ...missing]]) {
    const argv = [...by, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", ...args];
    const done = spawnSync(argv[0], argv.slice(1), { stdio: ["ignore", 2, 2] });
    if (done.status !== 0 && args[0] === "install") throw new Error(`apt-get could not install ${missing.join(" ")}`);
  }
}

/** The guest, switched on to be reached by ssh with a key of this run. */
async function startBySsh() {
  const { newDataDisk, startMachine } = await built("test/hil/machine.js");
  const folder = mkdtempSync(join(tmpdir(), "offhook-rig-"));
  const key = join(folder, "key");
  run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  mkdirSync(join(folder, "disk"));
  writeFileSync(join(folder, "disk/authorized_keys"), run("cat", [`${key}.pub`]));
  const { port, cutPower } = await startMachine(newDataDisk("ssh", join(folder, "disk")), "ssh", 22);
  const close = async () => {
    await cutPower();
    rmSync(folder, { recursive: true });
  };
  const unknown = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
  return { close, target: { destination: "root@127.0.0.1", ssh: ["-p", String(port), "-i", key, ...unknown] } };
}

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  installMissing(options.arch);
  const build = spawnSync(process.execPath, [join(project, "test/lab/build.mjs"), "--if-changed"], {
    stdio: ["ignore", 2, 2],
  });
  if (build.status !== 0) throw new Error("the project does not build");
  const { ClosingLine } = await built("test/lab/reporter.js");
  const { archOf, copyTo } = await built("test/hil/target.js");
  const port = options.port === undefined ? [] : ["-p", options.port];
  let target = options.target === undefined ? undefined : { destination: options.target, ssh: port };
  const bySsh = options.target === "guest";
  const { node } = await prepareGuest(target === undefined || bySsh ? options.arch : archOf(target), options);
  const guest = bySsh ? await startBySsh() : undefined;
  try {
    if (guest !== undefined) target = guest.target;
    if (target !== undefined) copyTo(target, node);
    process.env.OFFHOOK_RIG = JSON.stringify({ short: options.short, ...(target === undefined ? {} : { target }) });
    const vitest = await startVitest("test", options.short ? ["phone.test"] : options.names, {
      config: false,
      root: project,
      include: ["test/hil/**/*.test.ts"],
      // The card image takes longer than all else: it is tested when it is named.
      exclude: options.names.includes("image") ? [] : ["test/hil/image.test.ts"],
      watch: false,
      reporters: ["verbose", new ClosingLine()],
      // One machine at a time: it wants all processors.
      fileParallelism: false,
      pool: "forks",
      testTimeout: 400_000,
      hookTimeout: 240_000,
    });
    await vitest?.close();
  } finally {
    await guest?.close();
  }
}

main().catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
