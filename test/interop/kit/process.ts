/** Programs that a test starts: their output, waiting for a condition, and an end for all of them. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const running = new Set<Program>();

export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  #output = "";
  readonly ended: Promise<number>;

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#name = command;
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (data: Buffer) => {
        this.#output = (this.#output + data.toString("latin1")).slice(-200_000);
      });
    this.ended = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        this.#output += `\n${error.message}`;
        resolve(-1);
      });
      this.#child.on("exit", (code, signal) => resolve(code ?? (signal === null ? -1 : -2)));
    });
    running.add(this);
    void this.ended.then(() => running.delete(this));
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** To its standard input, where it has one. */
  write(text: string): void {
    if (this.alive) this.#child.stdin?.write(text);
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    if (this.alive) this.#child.kill(signal);
  }

  /** Exit status; killed by force after `ms`. */
  async stop(ms = 6000): Promise<number> {
    this.kill();
    const timer = setTimeout(() => this.kill("SIGKILL"), ms);
    const status = await this.ended;
    clearTimeout(timer);
    return status;
  }

  /** Waits until `seen` is true of the output; fails with the output's end. */
  async until(what: string, seen: (output: string) => boolean, ms = 10_000): Promise<void> {
    await eventually(
      `${this.#name}: ${what}`,
      () => seen(this.#output) || undefined,
      ms,
      () => this.#output.slice(-1500),
    );
  }
}

/** Polls until `test` gives a value; a thrown error counts as not yet. */
export async function eventually<T>(
  what: string,
  test: () => T | undefined | Promise<T | undefined>,
  ms = 10_000,
  more: () => string = () => "",
): Promise<T> {
  const end = performance.now() + ms;
  let last = "";
  while (performance.now() < end) {
    try {
      const value = await test();
      if (value !== undefined) return value;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what}: not seen within ${ms} ms. ${last} ${more()}`);
}

export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `offhook-${name}-`));
}

/** Ends whatever the tests of this file left running. */
export function endAllPrograms(): void {
  afterAll(async () => {
    await Promise.all([...running].map((program) => program.stop(3000)));
  });
}
