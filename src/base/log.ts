/** How modules speak to the log; the implementation is in diag/. Each level takes facts first, then a sentence. */
export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  /** A logger of a part, with its own level. */
  child(module: string): Log;
}

/** For tests and pure code that nobody listens to. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
