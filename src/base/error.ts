/** An expected failure. `code` is what code looks at, `message` is what people read: it names who and what. */
export abstract class PhoneError extends Error {
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** A bug in this program: never caught on purpose; the thread ends and the supervisor starts it again. */
export function bug(what: string): never {
  throw new TypeError(`bug: ${what}`);
}

/** What somebody threw, as a sentence for people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
