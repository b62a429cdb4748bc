/** Reads the tracked sources for the tests of the architecture: which files there are, and what each imports. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Paths below `folder`, relative to the repository, with forward slashes. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== "node_modules" && entry.name !== "out") found.push(...filesBelow(path));
    } else found.push(path);
  }
  return found.sort();
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

export interface Import {
  /** A path relative to the repository for our own files, else as written: "node:fs", "fastify". */
  readonly target: string;
  readonly own: boolean;
  readonly typeOnly: boolean;
}

/**
 * All modules that the source names: import, export from, import(), and workers' `new URL("./x", import.meta.url)`.
 * The compiler offers no interface for this, so it is a search in the text without its comments.
 */
export function importsOf(path: string, source: string): Import[] {
  const text = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const patterns = [
    /\b(?:import|export)\s+(type\s)?(?:[^;"'()]*?\sfrom\s+)?["']([^"']+)["']/g,
    /\bimport\(\s*()["']([^"']+)["']\s*\)/g,
    /new URL\(\s*()["']([^"']+\.[jt]s)["']\s*,\s*import\.meta\.url\s*\)/g,
  ];
  const found: Import[] = [];
  for (const pattern of patterns)
    for (const [, typeMark, written] of text.matchAll(pattern)) {
      if (written === undefined) continue;
      const own = written.startsWith(".");
      const target = own ? normalize(join(dirname(path), written)).replace(/\.js$/, ".ts") : written;
      found.push({ target, own, typeOnly: typeMark !== undefined && typeMark !== "" });
    }
  return found;
}
