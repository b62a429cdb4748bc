/**
 * `npm run test:hil`: makes what the rig needs and runs its tests. On a fresh Debian it installs the packages itself; the
 * guest's parts are kept in .cache/hil. Words after the script's name choose files, as vitest's do.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { startVitest } from "vitest/node";
import { project, say } from "./parts/steps.mjs";
import { prepareGuest } from "./prepare.mjs";

/** Why each is needed: QEMU; disks; ramdisk; modules; compilers for the guest; the other end of the call. */
const packages = [
  ...["qemu-system-arm", "e2fsprogs", "cpio", "kmod", "busybox-static", "xz-utils", "make", "g++", "bc"],
  ...["gcc-aarch64-linux-gnu", "g++-aarch64-linux-gnu", "libc6-dev-arm64-cross", "python3", "sip-tester"],
];

function installMissing() {
  const asked = spawnSync("dpkg-query", ["-W", "-f", "$" + "{Package} $" + "{db:Status-Status}\n", ...packages], {
    encoding: "utf8",
  });
  if (asked.error) throw new Error("the rig needs Debian: there is no dpkg");
  const installed = asked.stdout.split("\n").filter((line) => line.endsWith(" installed"));
  const missing = packages.filter((name) => !installed.some((line) => line.startsWith(`${name} `)));
  if (missing.length === 0) return;
  const by = process.getuid?.() === 0 ? [] : ["sudo"];
  say(`installing Debian packages: ${missing.join(" ")}`);
  for (const args of [["update"], ["install", "--no-install-recommends", ...missing]]) {
    const argv = [...by, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", ...args];
    const done = spawnSync(argv[0], argv.slice(1), { stdio: ["ignore", 2, 2] });
    if (done.status !== 0 && args[0] === "install") throw new Error(`apt-get could not install ${missing.join(" ")}`);
  }
}

async function main() {
  installMissing();
  const build = spawnSync(process.execPath, [join(project, "test/lab/build.mjs")], { stdio: ["ignore", 2, 2] });
  if (build.status !== 0) throw new Error("the project does not build");
  await prepareGuest();
  await startVitest("test", process.argv.slice(2), {
    config: false,
    root: project,
    include: ["test/hil/**/*.test.ts"],
    watch: false,
    reporters: ["verbose"],
    // One machine at a time: it wants all processors.
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  });
}

main().catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
