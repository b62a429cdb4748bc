/** The small text files and the device nodes of Linux: sysfs, procfs, /dev; what fails becomes a HalError that names the part. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  write,
  writeFileSync,
} from "node:fs";
import { HalError, type HalErrorCode } from "../../error.ts";

const codes: Readonly<Record<string, HalErrorCode>> = {
  ENOENT: "absent",
  ENODEV: "absent",
  ENXIO: "absent",
  EBUSY: "busy",
  EACCES: "refused",
  EPERM: "refused",
  EROFS: "refused",
};
const words: Readonly<Record<HalErrorCode, string>> = {
  absent: "it is not there",
  busy: "somebody else uses it",
  refused: "permission denied; the phone's user needs access to it (see the board's udev rules)",
  lost: "it is gone",
  broken: "it does not work",
};

/** @param device what people call it @param error of Node or of a native package */
export function halErrorOf(device: string, error: unknown): HalError {
  if (error instanceof HalError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const named = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  const code = codes[named ?? /\b(E[A-Z]{3,})\b/.exec(text)?.[1] ?? ""] ?? "broken";
  return new HalError(device, code, `${words[code]} (${text})`, { cause: error });
}

/** Without the end of line. @throws HalError */
export function readText(path: string, device = path): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw halErrorOf(device, error);
  }
}

/** Undefined where it cannot be read. */
export function readTextIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** @throws HalError */
export function readBytes(path: string, device = path): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw halErrorOf(device, error);
  }
}

/** For attributes, which take it at once. @throws HalError */
export function writeText(path: string, text: string, device = path): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw halErrorOf(device, error);
  }
}

/** @throws HalError where it is not there or must not be read */
export function ensureReadable(path: string, device = path): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw halErrorOf(device, error);
  }
}

/** Names in order; none where there is no such folder. */
export function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

export function isThere(path: string): boolean {
  return existsSync(path);
}

/** A device node that is written at places, without waiting; the next write comes after the last one's end. */
export class WrittenNode {
  readonly #device: string;
  #descriptor: number | undefined;

  /** @throws HalError */
  constructor(path: string, device = path) {
    this.#device = device;
    try {
      this.#descriptor = openSync(path, "r+");
    } catch (error) {
      throw halErrorOf(device, error);
    }
  }

  /** Resolves when it is written. Rejects with HalError. */
  async write(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const descriptor = this.#descriptor;
      if (descriptor === undefined) return;
      const count = await new Promise<number>((resolve, reject) =>
        write(descriptor, bytes, done, bytes.length - done, at + done, (error, written) =>
          error === null ? resolve(written) : reject(halErrorOf(this.#device, error)),
        ),
      );
      if (count === 0) throw new HalError(this.#device, "broken", "it takes no more bytes");
      done += count;
    }
  }

  /** Idempotent; to be called when nothing is being written. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
