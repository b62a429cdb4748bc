/**
 * Real-time priority of one thread of this process, by chrt(1) of util-linux, since Node can set it for no thread. Only where the
 * process was allowed to have it (RLIMIT_RTPRIO, a unit's LimitRTPRIO=), whoever it runs as. Not niceness.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { type StartChild, startChild } from "./process.ts";

export interface ThreadPriorityParts {
  /** 1 (least) to 99; no more than the process may have is asked for. */
  readonly priority: number;
  readonly start?: StartChild;
  /** A file of /proc, or undefined where there is none. */
  readonly read?: (path: string) => string | undefined;
  /** "PID/task/TID" of who calls. */
  readonly self?: () => string | undefined;
}

export type ThreadPriority =
  | { readonly type: "set"; readonly priority: number }
  /** Nobody gave this process the right. */
  | { readonly type: "not-allowed" }
  | { readonly type: "failed"; readonly why: string };

/** The scheduler's "first in, first out" for the thread that calls; what it starts from then on has it too. Never rejects. */
export function raiseThreadPriority(parts: ThreadPriorityParts): Promise<ThreadPriority> {
  const { priority, start = startChild, read = textOf, self = ownThread } = parts;
  const most = allowed(read("/proc/self/limits"));
  const thread = /\/task\/(\d+)$/.exec(self() ?? "")?.[1];
  if (most === 0 || thread === undefined) return Promise.resolve({ type: "not-allowed" });
  const wanted = Math.min(priority, most);
  const said: string[] = [];
  return new Promise((resolve) =>
    start({
      program: "chrt",
      args: ["--fifo", "--pid", String(wanted), thread],
      onOutput: () => undefined,
      onErrorLine: (line) => said.push(line),
      onExit: (end) => {
        const good = end.type === "exit" && end.why === "it ended with status 0";
        resolve(good ? { type: "set", priority: wanted } : { type: "failed", why: said.join("; ") || end.why });
      },
    }),
  );
}

/** The soft limit: "Max realtime priority     20                   20". */
function allowed(limits: string | undefined): number {
  const soft = /^Max realtime priority\s+(\S+)/m.exec(limits ?? "")?.[1];
  if (soft === "unlimited") return 99;
  return Number(soft ?? 0);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** The link is read by the thread itself, so it is its own. */
function ownThread(): string | undefined {
  try {
    return readlinkSync("/proc/thread-self");
  } catch {
    return undefined;
  }
}
