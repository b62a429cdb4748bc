/**
 * Makes a fresh Debian 12 ready for `npm run demo` or `npm test`: Debian packages, npm packages, build. What is there is
 * left alone, so that a second run costs nothing. Where packages cannot be installed (no root, no sudo, no network) it
 * goes on, says so, and writes .cache/left-out.json, from which the tests know what to leave out. With CI set, a missing
 * package is an error.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { debianPackages, hardwarePackages } from "./packages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const purpose = process.argv[2];
if (purpose !== "demo" && purpose !== "test") {
  console.error("usage: node test/lab/prepare.mjs demo|test");
  process.exit(2);
}
const inCi = process.env.CI !== undefined && process.env.CI !== "" && process.env.CI !== "false";
const say = (text) => console.error(`prepare: ${text}`);

/** The part of `names` that dpkg does not know as installed; all of them where there is no dpkg. */
function missing(names) {
  const asked = spawnSync("dpkg-query", ["-W", "-f", `\${Package}\t\${db:Status-Status}\n`, ...names], {
    encoding: "utf8",
  });
  if (asked.error) return [...names];
  const installed = new Set();
  for (const line of asked.stdout.split("\n")) {
    const [name, status] = line.split("\t");
    if (status === "installed") installed.add(name);
  }
  return names.filter((name) => !installed.has(name));
}

/** How to become root: [] when we are, ["sudo"] when sudo lets us, undefined when neither. */
function rootBy() {
  if (process.getuid?.() === 0) return [];
  if (spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0) return ["sudo"];
  // A person at a terminal may be asked for the password; a script may not.
  if (process.stdin.isTTY && spawnSync("sudo", ["-v"], { stdio: "inherit" }).status === 0) return ["sudo"];
  return undefined;
}

function install(names) {
  if (spawnSync("apt-get", ["--version"], { stdio: "ignore" }).error) return "this is no Debian: there is no apt-get";
  const by = rootBy();
  if (by === undefined) return "neither root nor sudo";
  say(`installing Debian packages: ${names.join(" ")}`);
  const apt = (...args) => {
    const argv = [...by, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", ...args];
    // To stderr: stdout belongs to the program that runs after us.
    return spawnSync(argv[0], argv.slice(1), { stdio: ["ignore", 2, 2] }).status === 0;
  };
  if (!apt("update")) say("apt-get update failed; trying with the lists that are here");
  if (apt("install", "--no-install-recommends", ...names)) return undefined;
  // One package that a mirror lacks must not keep the others away.
  const failed = names.length === 1 ? names : names.filter((name) => !apt("install", "--no-install-recommends", name));
  return failed.length > 0 ? `apt-get could not install ${failed.join(" ")}` : undefined;
}

function preparePackages() {
  const wanted = debianPackages.filter((one) => purpose === "test" || one.for === "demo");
  let absent = missing(wanted.map((one) => one.name));
  let why;
  if (absent.length > 0) {
    why = install(absent);
    absent = missing(absent);
  }
  const left = wanted.filter((one) => absent.includes(one.name));
  const file = join(root, ".cache/left-out.json");
  if (left.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  why ??= "apt-get did not install them";
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ why, packages: left.map(({ name, reason }) => ({ name, reason })) }, undefined, 2)}\n`,
  );
  say(`${left.length} Debian packages are MISSING (${why}):`);
  for (const one of left) say(`  ${one.name}: ${one.reason}`);
  if (inCi && purpose === "test") {
    say("CI must leave out nothing: giving up");
    process.exit(1);
  }
}

/** Everything in node_modules is at least as new as the lock file. */
function npmIsCurrent() {
  const mark = join(root, "node_modules/.package-lock.json");
  return existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

function prepareNpm() {
  if (npmIsCurrent()) return;
  say("installing npm packages");
  const headers = join(dirname(dirname(process.execPath)), "include/node/node_api.h");
  const env = { ...process.env };
  // Headers that came with node spare the compilers a download.
  if (env.npm_config_nodedir === undefined && existsSync(headers))
    env.npm_config_nodedir = dirname(dirname(dirname(headers)));
  const done = spawnSync("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env,
  });
  if (done.status !== 0) {
    say(done.error ? `npm: ${done.error.message}` : "npm ci failed; what it said stands above");
    process.exit(1);
  }
  const now = new Date();
  const mark = join(root, "node_modules/.package-lock.json");
  if (existsSync(mark)) utimesSync(mark, now, now);
}

/** The hardware packages may fail to compile: a PC's demo does not need them, but the person should know. */
function lookAtHardware() {
  for (const one of hardwarePackages)
    if (!one.files.every((file) => existsSync(join(root, "node_modules", file))))
      say(`npm package ${one.name} is not usable here (not compiled): ${one.without}`);
}

preparePackages();
prepareNpm();
lookAtHardware();
const built = spawnSync(process.execPath, [join(root, "test/lab/build.mjs"), "--if-changed"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
});
process.exit(built.status ?? 1);
