/** Reads the configuration files of the command line again (feature row PRV-20): what they no longer say goes, what they say now holds. */
import { readFile } from "node:fs/promises";
import type { Model } from "../../board/model.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { Configuration } from "../config/configuration.ts";
import { describeProblem } from "../config/problem.ts";

/** A file that cannot be read leaves everything as it is; the log names it. Returns whether all were read. */
export async function rereadConfiguration(
  config: Configuration,
  model: Model,
  files: readonly string[],
  log: Log,
): Promise<boolean> {
  const contents: (readonly [path: string, content: Uint8Array])[] = [];
  for (const path of files)
    try {
      contents.push([path, await readFile(path)]);
    } catch (error) {
      log.error({}, `${path} cannot be read again, nothing is changed: ${reasonOf(error)}`);
      return false;
    }
  // Tried apart first, so that nothing is taken away for a moment that comes back at once: accounts would register anew.
  const next = new Configuration({ model, onError: () => {} });
  for (const [path, content] of contents) next.load("mac", path, content);
  const names = new Set(next.entries("mac").map(({ name }) => name));
  config.clear(
    "mac",
    config
      .entries("mac")
      .map(({ name }) => name)
      .filter((name) => !names.has(name)),
  );
  for (const [path, content] of contents)
    for (const problem of config.load("mac", path, content))
      log[problem.level === "note" ? "info" : "warn"]({}, describeProblem(problem));
  log.info({ files: contents.length }, "configuration files were read again");
  return true;
}
