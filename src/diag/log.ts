/** The log: pino with a level for each module, a line for people on stderr, and the newest lines kept for an export. */
import { type DestinationStream, type Logger, pino } from "pino";
import type { Log } from "../base/log.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  readonly level: LogLevel;
  /** Modules that are louder or quieter than the rest. */
  readonly modules?: Readonly<Record<string, LogLevel>>;
  /** Takes a finished line with its newline; synchronous, so that nothing is lost at the end. */
  readonly write: (line: string) => void;
  /** Lines kept in memory. */
  readonly kept?: number;
}

export interface OpenedLog {
  readonly log: Log;
  /** The newest lines as JSON, oldest first. */
  recent(): readonly string[];
}

export function openLog({ level, modules = {}, write, kept = 2000 }: LogOptions): OpenedLog {
  const ring: string[] = [];
  const destination: DestinationStream = {
    write(json) {
      if (ring.length >= kept) ring.shift();
      ring.push(json);
      write(readable(json));
    },
  };
  const root = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return { log: wrap(root, "", modules), recent: () => ring };
}

function wrap(logger: Logger, module: string, levels: Readonly<Record<string, LogLevel>>): Log {
  return {
    debug: (facts, message) => logger.debug(facts, message),
    info: (facts, message) => logger.info(facts, message),
    warn: (facts, message) => logger.warn(facts, message),
    error: (facts, message) => logger.error(facts, message),
    child(name) {
      const full = module === "" ? name : `${module}.${name}`;
      const own = levels[full];
      return wrap(logger.child({ module: full }, own === undefined ? {} : { level: own }), full, levels);
    },
  };
}

/** "2026-11-22T17:00:00.000Z warn  sip: sentence {"fact":1}". */
function readable(json: string): string {
  const { time, level, module, msg, ...facts } = JSON.parse(json) as Record<string, unknown>;
  const more = Object.keys(facts).length === 0 ? "" : ` ${JSON.stringify(facts)}`;
  const from = typeof module === "string" ? `${module}: ` : "";
  return `${String(time)} ${String(level).padEnd(5)} ${from}${harmless(String(msg))}${more}\n`;
}

/** What others send stands in sentences too: it must not begin a line of its own, nor speak to the terminal. */
function harmless(sentence: string): string {
  return sentence.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
