/**
 * Builds everything into dist/: the phone (tsc), the panel's page (esbuild), the LCD fonts. Clears dist/ first, because
 * a file that was renamed would otherwise live on beside its successor. With --if-changed it does nothing when no source
 * has changed since the last good build. Exit status 0 only when every part was built.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPages } from "./pages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const stampFile = join(dist, ".stamp");
const sources = [
  "src",
  "hal",
  "board",
  "test/lab",
  "test/bench",
  "test/fake",
  "test/interop",
  "test/contract",
  "test/abuse",
  "test/fuzz",
  "test/scale",
  "test/hil",
];
const singles = ["package-lock.json", "tsconfig.json"];

/** Names, sizes and times of all that the build reads, as one hash. */
async function stampNow() {
  const hash = createHash("sha256").update(process.version);
  const add = async (path) => {
    const facts = await stat(join(root, path));
    hash.update(`${path} ${facts.size} ${facts.mtimeMs}\n`);
  };
  const walk = async (folder) => {
    const entries = await readdir(join(root, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (!entry.name.endsWith(".md") && !entry.name.endsWith(".test.ts")) await add(path);
    }
  };
  for (const folder of sources) if (existsSync(join(root, folder))) await walk(folder);
  for (const file of singles) await add(file);
  return hash.digest("hex");
}

/** Runs a program of ours and rejects with what it printed. */
function run(what, script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, script), ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    child.stdout.on("data", (data) => (said += data));
    child.stderr.on("data", (data) => (said += data));
    child.on("error", (error) => reject(new Error(`${what}: ${error.message}`)));
    child.on("close", (status) =>
      status === 0 ? resolve(said) : reject(new Error(`${what} failed (status ${status}):\n${said.trimEnd()}`)),
    );
  });
}

/** WebAssembly lies beside the sources that load it (src/codec/wasm/build.sh made it), and must beside what is made of them. */
async function copyWasm(folder) {
  const entries = await readdir(join(root, folder), { recursive: true });
  for (const entry of entries.filter((name) => name.endsWith(".wasm"))) {
    const to = join(dist, folder, entry);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(join(root, folder, entry), to);
  }
}

async function buildAll() {
  const stamp = await stampNow();
  if (process.argv.includes("--if-changed") && existsSync(stampFile) && (await readFile(stampFile, "utf8")) === stamp)
    return;
  const started = performance.now();
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const parts = [
    run("compiler (tsc)", "node_modules/typescript/bin/tsc", ["-p", "tsconfig.json", "--pretty", "false"]),
    buildPages(join(dist, "src/web/page")),
    copyWasm("src"),
  ];
  if (existsSync(join(root, "test/lab/fonts.mjs")))
    parts.push(run("fonts (test/lab/fonts.mjs)", "test/lab/fonts.mjs", []));
  const failures = (await Promise.allSettled(parts)).filter((part) => part.status === "rejected");
  if (failures.length > 0) {
    for (const failure of failures) console.error(`build: ${failure.reason.message}`);
    console.error(`build: FAILED, ${failures.length} of ${parts.length} parts`);
    process.exitCode = 1;
    return;
  }
  await writeFile(stampFile, stamp);
  console.error(`build: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

await buildAll();
