/** Real media workers for tests, bundled from source so that no build has to come first. */
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { MediaClient } from "../../../src/media/client.ts";
import type { WorkerPort } from "../../../src/media/client-port.ts";
import { type MediaWorkerData, startMediaWorker } from "../../../src/thread/start-media-worker.ts";

const root = new URL("../../..", import.meta.url).pathname;

export interface WorkerBundle {
  readonly entry: URL;
  remove(): void;
}

/** The worker's entry with all of ours in it; packages stay outside, so it lies inside the repository. */
export async function bundleWorker(): Promise<WorkerBundle> {
  const folder = mkdtempSync(join(root, "node_modules", ".media-worker-"));
  await build({
    entryPoints: [join(root, "src/thread/media-worker.ts")],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    outExtension: { ".js": ".mjs" },
    sourcemap: "inline",
    logLevel: "error",
  });
  // They lie beside the sources that load them, which are now one file.
  for (const name of readdirSync(join(root, "src"), { encoding: "utf8", recursive: true }))
    if (name.endsWith(".wasm")) copyFileSync(join(root, "src", name), join(folder, basename(name)));
  return {
    entry: pathToFileURL(join(folder, "media-worker.mjs")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** One for all tests of a file: made before them, removed after them. */
export function bundleOfFile(): Pick<WorkerBundle, "entry"> {
  let bundle: WorkerBundle | undefined;
  beforeAll(async () => {
    bundle = await bundleWorker();
  });
  afterAll(() => bundle?.remove());
  return {
    get entry() {
      if (bundle === undefined) throw new Error("the worker is bundled before the tests, not before that");
      return bundle.entry;
    },
  };
}

/** A client with a worker of its own. `ports` gets each worker that is started, the latest last. */
export function openClient(
  bundle: Pick<WorkerBundle, "entry">,
  data: Partial<MediaWorkerData> = {},
  ports: WorkerPort[] = [],
): Promise<MediaClient> {
  return MediaClient.open({
    clock: systemClock,
    log: silentLog,
    errors: (error) => {
      throw error;
    },
    startWorker: () => {
      const port = startMediaWorker({ board: "sim", choice: {}, model: "t46g", ...data }, bundle.entry);
      ports.push(port);
      return port;
    },
  });
}
