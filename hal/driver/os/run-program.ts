/** Programs that are run to their end with a time limit, and small files with a mode; for the network helper. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";

/** A program that hangs is ended after this, ms. */
const mostMs = 10_000;

/** Never rejects. `why` is the last line that it said, or why it could not be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  input?: string,
): Promise<{ ok: boolean; output: string; why: string }> {
  return new Promise((resolve) => {
    const options = { timeout: mostMs, maxBuffer: 4 << 20, env: { ...process.env, LC_ALL: "C" } };
    const child = execFile(program, [...args], options, (error, output, said) => {
      const lines = said.trim().split("\n");
      const absent = error !== null && "code" in error && error.code === "ENOENT";
      const why = absent ? `${program} is not installed` : (lines[0] ?? "") || (error?.message ?? "");
      resolve({ ok: error === null, output, why: error === null ? "" : why });
    });
    // A program that does not read ends the pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input ?? "");
  });
}

/** Replaces it whole; not fsynced, for what is made anew at each start. Rejects with the system's error. */
export async function writeSmallFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, text, { mode, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Runs `run` each `ms` and keeps the process alive until it is cancelled. */
export function repeat(ms: number, run: () => void): { cancel(): void } {
  const timer = setInterval(run, ms);
  return { cancel: () => clearInterval(timer) };
}
