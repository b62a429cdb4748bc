/** Programs that a benchmark starts, and what they cost: processor and memory of a process with all its children, from /proc. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** USER_HZ of Linux, which /proc counts in on every platform that Node runs on. */
const tickMs = 10;
const keptOutput = 100_000;
const running = new Set<Program>();

export class Program {
  readonly ended: Promise<number>;
  readonly #name: string;
  readonly #child: ChildProcess;
  #output = "";

  constructor(command: string, args: readonly string[], cwd?: string) {
    this.#name = command;
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd === undefined ? {} : { cwd }) });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (data: Buffer) => {
        this.#output = (this.#output + data.toString("latin1")).slice(-keptOutput);
      });
    this.ended = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        this.#output += error.message;
        resolve(-1);
      });
      this.#child.on("exit", (code) => resolve(code ?? -2));
    });
    running.add(this);
    void this.ended.then(() => running.delete(this));
  }

  /** A program of this folder's build. */
  static ours(file: string, ...args: readonly string[]): Program {
    return new Program(process.execPath, [fileURLToPath(new URL(`${file}.js`, import.meta.url)), ...args]);
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Waits for a piece of output; rejects, with what was said, when the program ends or the time is over. */
  async until(text: string, ms = 15_000): Promise<void> {
    const end = performance.now() + ms;
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    while (!this.#output.includes(text)) {
      if (over || performance.now() > end)
        throw new Error(`${this.#name} did not say "${text}": ${this.#output.slice(-1000)}`);
      await pause(5);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Exit status; killed by force after `ms`. */
  async stop(ms = 6000): Promise<number> {
    if (this.#child.exitCode === null) this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), ms);
    const status = await this.ended;
    clearTimeout(timer);
    return status;
  }
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop(2000)));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs `use` with a folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "offhook-bench-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** `share` 0 to 1; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A process and all that it started. */
function tree(pid: number): number[] {
  const found = [pid];
  for (const thread of listed(`/proc/${pid}/task`))
    for (const child of read(`/proc/${pid}/task/${thread}/children`).split(" "))
      if (child !== "") found.push(...tree(Number(child)));
  return found;
}

/** Processor time that a process tree has taken so far, all threads, ms; in steps of 10. */
export function processorMs(pid: number): number {
  let ticks = 0;
  for (const each of tree(pid)) {
    // The name in brackets may hold spaces; utime and stime are the fields 14 and 15, children that ended 16 and 17.
    const fields = read(`/proc/${each}/stat`).split(") ")[1]?.split(" ") ?? [];
    for (let field = 14; field <= 17; field++) ticks += Number(fields[field - 3] ?? 0);
  }
  return ticks * tickMs;
}

/** Memory of a process tree, MB; what is shared with other processes counts by its share (PSS). */
export function memoryMb(pid: number): number {
  let kilobytes = 0;
  for (const each of tree(pid))
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${each}/smaps_rollup`))?.[1] ?? Number.NaN);
  return (kilobytes * 1024) / 1e6;
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
