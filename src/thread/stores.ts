/** What is kept in the data folder: the phone's identity, what a person changed, the call log. */
import { constants } from "node:fs";
import { access, mkdir, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { readFileIfThere, removeLeftovers, writeFileAtomic } from "../../hal/driver/os/atomic-file.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Configuration } from "../config/configuration.ts";
import { describeProblem } from "../config/problem.ts";
import { LocalStore } from "../config/store.ts";
import type { CallLogStore } from "../directory/call-log.ts";

/** One text file, replaced as a whole; writes that overlap run one after the other, and only the last of those waiting. */
export class TextFile implements CallLogStore {
  readonly #path: string;
  readonly #log: Log;
  #text: string | undefined;
  #waiting: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, text: string | undefined, log: Log) {
    this.#path = path;
    this.#text = text;
    this.#log = log;
  }

  load(): string | undefined {
    return this.#text;
  }

  save(text: string): void {
    this.#text = text;
    const idle = this.#waiting === undefined;
    this.#waiting = text;
    if (idle) this.#writing = this.#writing.then(() => this.#write());
  }

  /** All that was saved is on the medium, or its loss was said. */
  flush(): Promise<void> {
    return this.#writing;
  }

  async #write(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = undefined;
    if (text === undefined) return;
    await writeFileAtomic(this.#path, new TextEncoder().encode(text)).catch((error: unknown) =>
      this.#log.error({}, `${this.#path} cannot be written: ${reasonOf(error)}`),
    );
  }
}

async function textFile(path: string, log: Log): Promise<TextFile> {
  const bytes = await readFileIfThere(path).catch((error: unknown) => {
    log.error({}, `${path} cannot be read: ${reasonOf(error)}`);
    return undefined;
  });
  return new TextFile(path, bytes === undefined ? undefined : new TextDecoder().decode(bytes), log);
}

export interface Stores {
  /** Six lower-case pairs joined by colons. */
  readonly mac: string;
  readonly callLog: TextFile;
  readonly localPath: string;
  /** What keeps the folder from being written to: the phone runs, and forgets at its end what people change. */
  readonly trouble: string | undefined;
}

export async function openStores(folder: string, mac: string | undefined, log: Log): Promise<Stores> {
  const own = mac ?? machineAddress();
  const localPath = join(folder, `${own.replaceAll(":", "")}-local.cfg`);
  const trouble = await writable(folder);
  if (trouble !== undefined) log.error({}, trouble);
  const leftovers = await removeLeftovers(folder);
  if (leftovers > 0) log.info({ leftovers }, `${folder}: removed what a power cut left half written`);
  return { mac: own, localPath, callLog: await textFile(join(folder, "call-log.json"), log), trouble };
}

/** undefined when all is well. */
async function writable(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `the data folder ${folder} cannot be written, changes are lost at the end: ${reasonOf(error)}`;
  }
}

/** Reads the files of the command line and what a person changed; returns what keeps a later change. */
export async function loadConfiguration(
  config: Configuration,
  files: readonly string[],
  localPath: string,
  log: Log,
): Promise<{ keep: (name: string, value: string) => void; flush: () => Promise<void> }> {
  for (const path of files) {
    const content = await readFile(path).catch((cause: unknown) => {
      throw new Error(`--config ${path} cannot be read: ${reasonOf(cause)}`, { cause });
    });
    // The whole path: reports of two files of one name must not replace each other.
    config.load("mac", path, content);
  }
  const store = new LocalStore({ config, files: { readFile: readFileIfThere, writeFileAtomic }, path: localPath });
  const found = await store.open();
  if (found.name === "recovered") log.warn({}, found.notice);
  for (const problem of config.problems) log[problem.level === "note" ? "info" : "warn"]({}, describeProblem(problem));
  let saving: Promise<void> = Promise.resolve();
  return {
    keep(name, value) {
      for (const problem of config.set("local", [{ name, value }])) log.warn({}, describeProblem(problem));
      saving = store.save().catch((error: unknown) => log.error({}, reasonOf(error)));
    },
    flush: () => saving,
  };
}

/** Of the first interface that leads out of this machine; a locally administered one where there is none. */
function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const real = all.find((i) => !i.internal && i.mac !== "00:00:00:00:00:00");
  return real?.mac.toLowerCase() ?? "02:00:00:00:00:01";
}
