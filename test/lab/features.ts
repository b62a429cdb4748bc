/**
 * `npm run features`: the rows of the reference guide by area, with what is known of each from the tests that passed in
 * the last run of vitest. A row works when a test whose title begins with its id has passed and none has failed;
 * features.tsv can only take away from that: "partly" (the note says what is missing), "accepted" (parameters are taken
 * without effect, the note says why), "not yet".
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface FeatureRow {
  readonly id: string;
  readonly feature: string;
  readonly state: "" | "partly" | "accepted" | "not yet";
  readonly note: string;
}

export interface TestOutcome {
  readonly title: string;
  readonly state: "passed" | "failed" | "skipped";
}

export type Shown = "works" | "partly" | "accepted" | "not yet" | "FAILS" | "not shown";

const states: readonly string[] = ["", "partly", "accepted", "not yet"];
const idPattern = /^[A-Z0-9]{2,4}-\d{2,3}$/;

/** @throws Error naming the line that is wrong */
export function parseFeatures(text: string): readonly FeatureRow[] {
  const [, ...lines] = text.trimEnd().split("\n");
  return lines.map((line, at) => {
    const [id = "", feature = "", state = "", note = "", ...more] = line.split("\t");
    if (!idPattern.test(id) || feature === "" || !states.includes(state) || more.length > 0)
      throw new Error(
        `features.tsv line ${at + 2}: id, feature, state (${states.join(", ")}), note are wanted: ${line}`,
      );
    if (state !== "" && state !== "not yet" && note === "")
      throw new Error(`features.tsv line ${at + 2}: "${state}" wants a note that says what or why`);
    return { id, feature, state: state as FeatureRow["state"], note };
  });
}

/** Ids that a test's title begins with: "ACC-01: ..." or "AUD-01, AUD-03: ...". */
export function idsOf(title: string): readonly string[] {
  const head = /^((?:[A-Z0-9]{2,4}-\d{2,3}(?:, | and )?)+):/.exec(title)?.[1] ?? "";
  return head.split(/, | and /).filter((id) => idPattern.test(id));
}

export function shown(row: FeatureRow, outcomes: readonly TestOutcome[]): Shown {
  const mine = outcomes.filter((o) => o.state !== "skipped");
  if (mine.some((o) => o.state === "failed")) return "FAILS";
  if (row.state !== "") return row.state;
  return mine.length > 0 ? "works" : "not shown";
}

function main(): void {
  const root = new URL("../../../", import.meta.url);
  const results = new URL("test/out/tests.json", root);
  if (!existsSync(results)) {
    process.stderr.write(`no test results yet: run "npm test" first (it writes ${fileURLToPath(results)})\n`);
    process.exit(1);
  }
  const rows = parseFeatures(readFileSync(new URL("test/features.tsv", root), "utf8"));
  const outcomes = JSON.parse(readFileSync(results, "utf8")) as TestOutcome[];
  const byId = new Map<string, TestOutcome[]>();
  for (const outcome of outcomes)
    for (const id of idsOf(outcome.title)) byId.set(id, [...(byId.get(id) ?? []), outcome]);
  const count = new Map<Shown, number>();
  let area = "";
  for (const row of rows) {
    const tests = byId.get(row.id) ?? [];
    const state = shown(row, tests);
    count.set(state, (count.get(state) ?? 0) + 1);
    if (!row.id.startsWith(`${area}-`)) {
      area = row.id.replace(/-.*/, "");
      process.stdout.write(`\n${area}\n`);
    }
    const note = row.note === "" ? "" : ` (${row.note})`;
    process.stdout.write(
      `  ${row.id.padEnd(8)} ${state.padEnd(9)} ${String(tests.length).padStart(3)} tests  ${row.feature}${note}\n`,
    );
  }
  const sum = [...count].map(([state, n]) => `${n} ${state}`).join(", ");
  process.stdout.write(`\n${sum}; ${rows.length} rows, judged by the ${outcomes.length} tests of the last run\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
