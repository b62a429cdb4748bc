/** Keeps what people changed (`<mac>-local.cfg`, feature map PRV-06) through power cuts. Knows files only by an injected interface. */
import { PhoneError, reasonOf } from "../base/error.ts";
import type { Configuration } from "./configuration.ts";
import { crc32 } from "./crc32.ts";
import { serializeEntries } from "./file.ts";

/** Files as stores see them; the real ones are in hal/driver/os/atomic-file.ts. */
export interface StoredFiles {
  /** Undefined where there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** After it resolved the new content is on the medium; before that the old one is. */
  writeFileAtomic(path: string, bytes: Uint8Array): Promise<void>;
}

/** The file cannot be read or written: the message names it and the reason. */
export class StoreError extends PhoneError {
  readonly code: "unreadable" | "unwritable";
  constructor(code: "unreadable" | "unwritable", path: string, cause: unknown) {
    const what =
      code === "unreadable" ? "cannot be read" : "cannot be written; what was changed is lost at the next start";
    super(`${path} ${what}: ${reasonOf(cause)}`, { cause });
    this.code = code;
  }
}

/** What opening found. */
export type Opened =
  | { readonly name: "new" }
  | { readonly name: "read"; readonly settings: number }
  /** The file was damaged; what could be read is in force, the file as it was is kept as `keptAs`. */
  | { readonly name: "recovered"; readonly settings: number; readonly keptAs: string; readonly notice: string };

const form = "offhook settings of this phone, form 1";

export class LocalStore {
  readonly path: string;
  readonly #config: Configuration;
  readonly #files: StoredFiles;
  readonly #fileName: string;
  #written = "";
  #saving: Promise<void> = Promise.resolve();

  /** @param deps.path of the file; its last part is what problems are reported under. */
  constructor(deps: { readonly config: Configuration; readonly files: StoredFiles; readonly path: string }) {
    this.#config = deps.config;
    this.#files = deps.files;
    this.path = deps.path;
    this.#fileName = deps.path.split("/").at(-1) ?? deps.path;
  }

  /** Reads the file into the local layer. Rejects with StoreError only where the medium fails. */
  async open(): Promise<Opened> {
    const bytes = await this.#read();
    if (bytes === undefined) return { name: "new" };
    const damage = damageOf(bytes);
    if (damage === "") {
      this.#config.load("local", this.#fileName, bytes);
      this.#written = new TextDecoder().decode(bytes);
      return { name: "read", settings: this.#config.entries("local").length };
    }
    // Half a line may be a wrong value: 1 of 12. Only whole lines are believed.
    this.#config.load("local", this.#fileName, bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1));
    const keptAs = `${this.path}.bad`;
    await this.#write(keptAs, bytes);
    await this.save();
    const settings = this.#config.entries("local").length;
    const notice = `${this.path} ${damage}; ${settings} settings were read, the file is kept as ${keptAs}`;
    return { name: "recovered", settings, keptAs, notice };
  }

  /** Writes the local layer if it differs from the file. Calls that overlap run one after the other. */
  save(): Promise<void> {
    const saved = this.#saving.then(() => this.#save());
    // The next save must not fail because this one did.
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #save(): Promise<void> {
    const text = storedText(this.#config);
    if (text === this.#written) return;
    await this.#write(this.path, new TextEncoder().encode(text));
    this.#written = text;
  }

  async #read(): Promise<Uint8Array | undefined> {
    try {
      return await this.#files.readFile(this.path);
    } catch (error) {
      throw new StoreError("unreadable", this.path, error);
    }
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#files.writeFileAtomic(path, bytes);
    } catch (error) {
      throw new StoreError("unwritable", path, error);
    }
  }
}

/** A file in the guide's syntax whose last line, a comment, holds the checksum of all before it. */
function storedText(config: Configuration): string {
  const text = serializeEntries(config.entries("local"), [form]);
  return `${text}${checkLine(text)}\n`;
}

function checkLine(text: string): string {
  return `# end, crc32 ${crc32(new TextEncoder().encode(text)).toString(16).padStart(8, "0")}`;
}

/** What is wrong with a file that `storedText` should have made; "" when nothing is. */
function damageOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "is empty";
  const text = new TextDecoder().decode(bytes);
  const last = text.lastIndexOf("\n# end, crc32 ");
  if (last < 0) return "is cut off";
  return text.slice(last + 1) === `${checkLine(text.slice(0, last + 1))}\n` ? "" : "is damaged or was edited";
}
