/**
 * Builds everything into dist/: the phone (tsc), the panel's page (esbuild), the LCD fonts. Clears dist/ first, because
 * a file that was renamed would otherwise live on beside its successor. With --if-changed it does nothing when no source
 * has changed since the last good build. Exit status 0 only when every part was built.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const stampFile = join(dist, ".stamp");
const sources = ["src", "hal", "board", "test/lab", "test/bench", "test/fake", "test/interop", "test/contract"];
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

/** The page of the panel: TypeScript to one file for each entry, everything else copied as it stands. */
async function buildPages() {
  const pages = join(root, "src/web/page");
  const entries = [];
  for (const page of await readdir(pages, { withFileTypes: true })) {
    if (!page.isDirectory()) continue;
    const from = join(pages, page.name);
    const to = join(dist, "src/web/page", page.name);
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from)) {
      if (name === "main.tsx" || name.endsWith("-worklet.ts"))
        entries.push({ in: join(from, name), out: `${page.name}/${name.replace(/\.tsx?$/, "")}` });
      else if (/\.(html|css|svg|png|ico)$/.test(name)) await cp(join(from, name), join(to, name));
    }
  }
  if (entries.length === 0) return;
  const { build } = await import("esbuild");
  await build({
    entryPoints: entries,
    outdir: join(dist, "src/web/page"),
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "esm",
    target: ["chrome111", "firefox115", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "silent",
  });
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
    buildPages(),
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
