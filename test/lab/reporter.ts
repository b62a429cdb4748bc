/** Vitest reporter: names what was left out, and prints `N passed, N failed, N skipped` as the very last line. */
import { existsSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** What each test came to, for `npm run features`. */
const resultsFile = new URL("../out/tests.json", import.meta.url);
const leftOutFile = new URL("../../.cache/left-out.json", import.meta.url);

interface LeftOut {
  readonly why: string;
  readonly packages: readonly { readonly name: string; readonly reason: string }[];
}

export class ClosingLine implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped: string[] = [];

  /** Not in the constructor: the configuration, and with it a reporter, is made once more for each project. */
  onInit(): void {
    // Vitest and its other reporters print until the very end; only after them can ours be the last line.
    process.on("exit", () => writeSync(1, this.#closing()));
  }

  onTestRunStart(): void {
    this.#passed = 0;
    this.#failed = 0;
    this.#skipped = [];
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    // An error outside every test fails the run, so it must be seen in the count.
    this.#failed += unhandled.length;
    const outcomes: { title: string; state: string }[] = [];
    for (const module of modules) {
      let seen = 0;
      for (const test of module.children.allTests()) {
        seen += 1;
        const state = test.result().state;
        outcomes.push({ title: test.name, state });
        if (state === "passed") this.#passed += 1;
        else if (state === "skipped") this.#skipped.push(`${module.relativeModuleId}: ${test.fullName}`);
        else this.#failed += 1;
      }
      // A file that cannot be loaded, or a hook that throws, has no failed test of its own.
      if (module.errors().length > 0 || (seen === 0 && module.state() === "failed")) this.#failed += 1;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) this.#failed += 1;
    }
    mkdirSync(new URL(".", resultsFile), { recursive: true });
    writeFileSync(resultsFile, JSON.stringify(outcomes));
  }

  #closing(): string {
    const lines: string[] = [""];
    if (existsSync(leftOutFile)) {
      const left = JSON.parse(readFileSync(leftOutFile, "utf8")) as LeftOut;
      lines.push(`${left.packages.length} Debian packages are missing (${left.why}):`);
      for (const one of left.packages) lines.push(`  ${one.name}: ${one.reason}`);
    }
    if (this.#skipped.length > 0) {
      lines.push(`LEFT OUT, ${this.#skipped.length} tests:`);
      for (const name of this.#skipped) lines.push(`  ${name}`);
    }
    lines.push(`${this.#passed} passed, ${this.#failed} failed, ${this.#skipped.length} skipped`);
    return `${lines.join("\n")}\n`;
  }
}
