/** What every step of making the guest needs: programs that must succeed, and steps that are kept while their inputs are the same. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const project = fileURLToPath(new URL("../../..", import.meta.url));
export const hil = join(project, "test/hil");
/** Everything that is made lies here and may be deleted. */
export const cache = join(project, ".cache/hil");

export const say = (text) => console.error(`hil: ${text}`);

/** Runs a program and gives what it printed. @throws Error with its last words */
export function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (done.error) throw new Error(`${program}: ${done.error.message}`);
  if (done.status !== 0) {
    const said = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().split("\n").slice(-25).join("\n");
    throw new Error(`${program} ${args.join(" ").slice(0, 200)}: status ${done.status}\n${said}`);
  }
  return done.stdout;
}

/** Several programs in a pipe: what needs one is clearer in the shell's words. */
export const shell = (script, options = {}) => run("bash", ["-euo", "pipefail", "-c", script], options);

export const hashOf = (...texts) => {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length} `).update(text);
  return hash.digest("hex");
};

export const fileHash = (path) => hashOf(readFileSync(path));

/**
 * Makes `folder` by `make` unless it was made from the same inputs before; tells how long it took. A step that failed
 * leaves nothing that the next run would take for whole.
 */
export function step(title, folder, inputs, make) {
  const mark = join(folder, ".made-from");
  const wanted = hashOf(...inputs);
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return folder;
  const started = performance.now();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  make(folder);
  writeFileSync(mark, wanted);
  say(`${title}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return folder;
}
