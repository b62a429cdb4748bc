/** Rules that hold for the repository as a whole: READMEs, sizes of files, first sentences, nothing of one machine. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesBelow, root, textOf } from "./sources.ts";

const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((path) => path !== "" && existsSync(join(root, path)));
const isData = (path: string): boolean => /\/(?:golden|data|registry|models)\//.test(path);
const isCode = (path: string): boolean => /\.(?:ts|tsx|mjs)$/.test(path);

describe("repository", () => {
  test("every top-level folder has a README of about one screen", () => {
    const folders = [...new Set(tracked.filter((path) => /^[a-z].*\//.test(path)).map((path) => path.split("/")[0]))];
    expect(folders.length).toBeGreaterThanOrEqual(4);
    for (const folder of folders) {
      expect(tracked, `${folder}/README.md`).toContain(`${folder}/README.md`);
      expect(textOf(`${folder}/README.md`).split("\n").length, `lines of ${folder}/README.md`).toBeLessThan(70);
    }
  });

  test("no file is longer than 400 lines, data apart", () => {
    const long = tracked
      .filter((path) => isCode(path) && !isData(path))
      .map((path) => ({ path, lines: textOf(path).split("\n").length }))
      .filter(({ lines }) => lines > 401);
    expect(long).toEqual([]);
  });

  test("every source of the phone begins by saying what it is", () => {
    const silent = ["src", "hal"]
      .flatMap(filesBelow)
      .filter((path) => isCode(path) && !/^(?:\/\*\*|\/\/|#!)/.test(textOf(path)))
      // The seams between the layers are one declaration each, which has its docstring.
      .filter((path) => !/^hal\/[a-z]+\.ts$/.test(path));
    expect(silent).toEqual([]);
  });

  test("no file names a machine's folders or a registry", () => {
    const words = [/\/home\/[a-z]/, /\/root\//, /\/work\/(?:main|shared)/, /"resolved":/, /registry=/];
    const found = tracked
      .filter((path) => !isData(path) && !/\.(?:png|wav|ico|woff2?)$/.test(path) && !path.startsWith("test/arch/"))
      .flatMap((path) => {
        const text = textOf(path);
        return words.filter((word) => word.test(text)).map((word) => `${path}: ${word}`);
      });
    expect(found).toEqual([]);
  });
});
