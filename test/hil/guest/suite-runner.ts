/**
 * Stands for vitest in the guest, where its native parts are not: runs the contract suites with the same expectations and
 * prints one line of JSON for each test. Only what the suites use is here.
 */
import { setTimeout as wait } from "node:timers/promises";
import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const expect = chai.expect;

type Run = () => unknown;
interface Suite {
  readonly title: string;
  readonly before: Run[];
  readonly after: Run[];
}
interface Case {
  readonly title: string;
  readonly suites: readonly Suite[];
  readonly run: Run;
}

/** A test that takes longer is a failure. ms */
const limitMs = 60_000;
const open: Suite[] = [{ title: "", before: [], after: [] }];
const cases: Case[] = [];
const atEnd: Run[] = [];

export function describe(title: string, define: () => void): void {
  open.push({ title, before: [], after: [] });
  define();
  open.pop();
}

const inner = (): Suite | undefined => open[open.length - 1];

function define(title: string, run: Run): void {
  cases.push({ title, suites: [...open], run });
}

/** Titles name fields of their row: "$color $pattern". */
define.each =
  <Row extends object>(rows: readonly Row[]) =>
  (title: string, run: (row: Row) => unknown): void => {
    for (const row of rows) {
      const field = (_: string, name: string): string => String((row as Record<string, unknown>)[name]);
      define(title.replace(/\$(\w+)/g, field), () => run(row));
    }
  };

export const it = define;
export const test = define;
export const beforeEach = (run: Run): void => void inner()?.before.push(run);
export const afterEach = (run: Run): void => void inner()?.after.push(run);
export const afterAll = (run: Run): void => void atEnd.push(run);

async function attempt({ suites, run }: Case): Promise<void> {
  const steps = async (): Promise<void> => {
    for (const suite of suites) for (const before of suite.before) await before();
    try {
      await run();
    } finally {
      for (const suite of suites) for (const after of suite.after) await after();
    }
  };
  const limit = new AbortController();
  const late = wait(limitMs, undefined, { signal: limit.signal, ref: true }).then(() => {
    throw new Error(`not done within ${limitMs / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    await Promise.race([steps(), late]);
  } finally {
    limit.abort();
  }
}

setImmediate(async () => {
  let failed = 0;
  for (const one of cases) {
    const title = [...one.suites.map((suite) => suite.title), one.title].filter((each) => each !== "").join(" > ");
    const started = performance.now();
    let why: string | undefined;
    try {
      await attempt(one);
    } catch (error) {
      failed++;
      why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    console.log(JSON.stringify({ title, why, ms: Math.round(performance.now() - started) }));
  }
  for (const end of atEnd) await end();
  process.exit(failed === 0 ? 0 : 1);
});
