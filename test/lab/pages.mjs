/** Builds the web pages: TypeScript to one file for each entry (main.tsx, *-worklet.ts), everything else as it stands. */
import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} outFolder gets a folder for each page. */
export async function buildPages(outFolder) {
  const pages = join(root, "src/web/page");
  const entries = [];
  for (const page of await readdir(pages, { withFileTypes: true })) {
    if (!page.isDirectory()) continue;
    const from = join(pages, page.name);
    const to = join(outFolder, page.name);
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
    outdir: outFolder,
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
