/** Says whether a program that a test needs is installed. Not for tests of our own parts, which need nothing. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * True when every one of `programs` is in the PATH (or /usr/sbin). Use as `describe.runIf(needs("sipp"))`: what is left
 * out is counted as skipped and named by the reporter.
 * @throws Error when CI is set, because CI must leave out nothing.
 */
export function needs(...programs: string[]): boolean {
  const absent = programs.filter((program) => !isInstalled(program));
  if (absent.length === 0) return true;
  const ci = process.env["CI"];
  if (ci !== undefined && ci !== "" && ci !== "false")
    throw new Error(
      `not installed: ${absent.join(", ")}. CI must leave out nothing; run node test/lab/prepare.mjs test`,
    );
  return false;
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
