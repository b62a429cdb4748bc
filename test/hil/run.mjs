/**
 * `npm run test:hil`: makes what the rig needs and runs its tests. On a fresh Debian it installs the packages itself; the
 * guest's parts are kept in .cache/hil. `--keep-going` is vitest's; everything after the script's name is handed to it.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { prepareGuest } from "./prepare.mjs";
import { project, say } from "./parts/steps.mjs";

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
  const vitest = join(project, "node_modules/vitest/vitest.mjs");
  const limits = ["--testTimeout=240000", "--hookTimeout=240000", "--no-file-parallelism"];
  const argv = ["run", "--config", "false", "--dir", "test/hil", "--reporter", "verbose", ...limits];
  const tested = spawnSync(process.execPath, [vitest, ...argv, ...process.argv.slice(2)], { cwd: project, stdio: "inherit" });
  process.exit(tested.status ?? 1);
}

main().catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
