/** Whole files that survive a power cut: the old content or the new one, never a mixture. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The content, or undefined where there is no such file. Rejects with the system's error, whose message names the path. */
export async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}

/**
 * Replaces a file as a whole: temporary file beside it, fsync, rename, fsync of the folder, which is made if need be.
 * The file is readable by its owner only, because it may hold passwords. When this resolves, the content is on the
 * medium; when it rejects with the system's error, the old content is still there.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Removes what power cuts during `writeFileAtomic` have left in a folder. For the start, before anything is written
 * there. Returns how many files it were; a folder that is not there has none.
 */
export async function removeLeftovers(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const leftovers = names.filter((name) => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name));
  for (const name of leftovers) await rm(join(folder, name), { force: true });
  return leftovers.length;
}

/** Without this the new name may be lost although the content is written. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
