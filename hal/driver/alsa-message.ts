/** What arecord and aplay say on standard error, as facts. Pure. */
import type { HalErrorCode } from "../error.ts";

export type AlsaMessage =
  /** The card runs at another rate than the one asked for, Hz. */
  | { type: "rate"; rateHz: number }
  /** The card has not that number of channels. */
  | { type: "channels" }
  /** An underrun or overrun, ms where it is told. */
  | { type: "xrun"; lengthMs: number }
  | { type: "failure"; code: HalErrorCode; why: string };

/** Returns undefined for chatter. */
export function readAlsaMessage(line: string): AlsaMessage | undefined {
  const rate = /rate is not accurate \(requested = \d+Hz, got = (\d+)Hz\)/.exec(line);
  if (rate?.[1] !== undefined) return { type: "rate", rateHz: Number(rate[1]) };
  if (/Channels count non available/.test(line)) return { type: "channels" };
  const xrun = /(?:underrun|overrun)!!!(?: \(at least ([\d.]+) ms long\))?/.exec(line);
  if (xrun !== null) return { type: "xrun", lengthMs: Number(xrun[1] ?? 0) };
  // The library's own lines tell the way to the error; the program's line tells the error.
  if (!/^(?:arecord|aplay): /.test(line)) return undefined;
  const why = line.replace(/^(?:arecord|aplay): (?:[a-z_]+:\d+: )?/, "");
  if (/No such file or directory|No such device|cannot find card/i.test(why))
    return { type: "failure", code: "absent", why };
  if (/busy/i.test(why)) return { type: "failure", code: "busy", why };
  if (/Permission denied|not permitted/i.test(why)) return { type: "failure", code: "refused", why };
  if (/error|fail|unable|non available|unsupported|cannot/i.test(why)) return { type: "failure", code: "broken", why };
  return undefined;
}
