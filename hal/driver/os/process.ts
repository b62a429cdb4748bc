/** Child processes that drivers talk to by pipes: started, written to, listened to, ended with their parent. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** The buffer may be kept. */
  readonly onOutput: (bytes: Uint8Array) => void;
  /** A line of its standard error, without the line's end. */
  readonly onErrorLine: (line: string) => void;
  /** Once, however it ended; a program that does not exist is "absent". */
  readonly onExit: (end: ChildEnd) => void;
}

export type ChildEnd = { type: "exit"; why: string } | { type: "absent"; why: string };

export interface Child {
  /** Bytes that wait in this process because the child does not take them. */
  readonly queuedBytes: number;
  /** `bytes` must stay as they are while they are queued. */
  write(bytes: Uint8Array): void;
  /** Bytes that it has read from anywhere since it started, or undefined where the system does not tell. */
  bytesRead(): number | undefined;
  /** Ends it at once. Idempotent. */
  kill(): void;
}

export type StartChild = (options: ChildOptions) => Child;

export const startChild: StartChild = ({ program, args, onOutput, onErrorLine, onExit }) => {
  // Messages are read: they must be in one language.
  const child = spawn(program, [...args], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
  let ended = false;
  let line = "";
  const end = (how: ChildEnd): void => {
    if (ended) return;
    ended = true;
    process.off("exit", kill);
    if (line !== "") onErrorLine(line);
    onExit(how);
  };
  const kill = (): void => {
    if (!ended) child.kill("SIGKILL");
  };
  // A parent that ends by itself takes its children along; arecord and aplay also end on their closed pipes.
  process.once("exit", kill);
  child.stdout.on("data", (bytes: Uint8Array) => {
    if (!ended) onOutput(bytes);
  });
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    const lines = (line + text).split("\n");
    line = (lines.pop() ?? "").slice(-1000);
    for (const whole of lines) onErrorLine(whole);
  });
  // Writing into a program that has just ended fails here; its end is told by "close".
  child.stdin.on("error", () => {});
  child.on("error", (error) => {
    const absent = "code" in error && (error.code === "ENOENT" || error.code === "EACCES");
    end({ type: absent ? "absent" : "exit", why: error.message });
  });
  child.on("close", (code, signal) =>
    end({ type: "exit", why: signal === null ? `it ended with status ${code}` : `it was ended by ${signal}` }),
  );
  return {
    get queuedBytes() {
      return child.stdin.writableLength;
    },
    write(bytes) {
      if (!ended) child.stdin.write(bytes);
    },
    bytesRead() {
      if (child.pid === undefined || ended) return undefined;
      try {
        const text = readFileSync(`/proc/${child.pid}/io`, "latin1");
        const found = /^rchar: (\d+)/.exec(text);
        return found?.[1] === undefined ? undefined : Number(found[1]);
      } catch {
        return undefined;
      }
    },
    kill,
  };
};

/** Width of the kernel's `long`, bytes, as its structures have it. */
export const longBytes: 4 | 8 = ["arm", "ia32", "mips", "mipsel", "ppc"].includes(process.arch) ? 4 : 8;

/** A program of ours, in a Node of its own. @param script file of it */
export function startNodeChild(script: string, options: Omit<ChildOptions, "program">): Child {
  return startChild({ ...options, program: process.execPath, args: [script, ...options.args] });
}

/** A folder with one program in it, for a PATH. It goes with this process at the latest. */
export function temporaryProgram(name: string, text: string): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "offhook-"));
  writeFileSync(join(folder, name), text, { mode: 0o755 });
  const remove = (): void => {
    process.off("exit", remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", remove);
  return { folder, remove };
}
