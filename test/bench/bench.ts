/**
 * `npm run bench [-- --only PART,... --quick]`: runs every benchmark one after the other, prints one table and writes it
 * to test/out/bench.json. It judges nothing: figures of a shared machine are for people to read.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { run as calls } from "./calls.ts";
import { run as delay } from "./delay.ts";
import { run as lcd } from "./lcd.ts";
import { run as media } from "./media.ts";
import { run as mixing } from "./mixing.ts";
import { run as playout } from "./playout.ts";
import { run as processes } from "./process.ts";
import { stopAll } from "./program.ts";
import type { Effort, Row } from "./row.ts";
import { run as scale } from "./scale.ts";
import { run as messages } from "./sip-messages.ts";
import { run as srtp } from "./srtp.ts";
import { run as startup } from "./startup.ts";
import { table } from "./table.ts";
import { run as voice } from "./voice.ts";

const parts: Readonly<Record<string, (effort: Effort) => Promise<Row[]>>> = {
  messages,
  calls,
  process: processes,
  delay,
  startup,
  lcd: () => lcd(),
  playout,
  media,
  mixing,
  voice,
  srtp,
  scale,
};

/** They know no short round: `--quick` leaves them out unless they are asked for. */
const long: readonly string[] = ["playout", "media", "voice", "scale"];

interface PartResult {
  readonly rows: readonly Row[];
  readonly seconds: number;
  /** Of the last minute, before and after: what else ran on the machine. */
  readonly load: readonly [number, number];
  readonly failed?: string;
}

async function runPart(name: string, effort: Effort): Promise<PartResult> {
  const started = performance.now();
  const before = loadavg()[0] ?? 0;
  let rows: Row[] = [];
  let failed: string | undefined;
  try {
    rows = (await parts[name]?.(effort)) ?? [];
  } catch (error) {
    failed = error instanceof Error ? error.message : String(error);
  }
  await stopAll();
  const seconds = (performance.now() - started) / 1000;
  const result = { rows, seconds, load: [before, loadavg()[0] ?? 0] as const };
  return failed === undefined ? result : { ...result, failed };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  const all = Object.keys(parts).filter((name) => !values.quick || !long.includes(name));
  const wanted = values.only?.split(",") ?? all;
  const unknown = wanted.filter((name) => !(name in parts));
  if (unknown.length > 0)
    throw new Error(`there is no part "${unknown.join(", ")}"; there are: ${Object.keys(parts).join(", ")}`);
  const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, node ${process.version}`;
  console.log(`${machine}${values.quick ? "; --quick: single short rounds" : ""}`);
  const results: Record<string, PartResult> = {};
  for (const name of wanted) {
    const result = await runPart(name, { quick: values.quick });
    results[name] = result;
    const [before, after] = result.load.map((load) => load.toFixed(1));
    console.log(`\n${name}: ${result.seconds.toFixed(0)} s, load of the machine ${before} before, ${after} after`);
    if (result.failed !== undefined) console.log(`  failed: ${result.failed}`);
    if (result.rows.length > 0) console.log(table(result.rows));
  }
  const folder = fileURLToPath(new URL("../../../test/out/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const report = { at: new Date().toISOString(), machine, quick: values.quick, parts: results };
  writeFileSync(`${folder}bench.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log("\nwritten: test/out/bench.json");
  if (Object.values(results).some(({ failed }) => failed !== undefined)) process.exitCode = 1;
}

process.on("SIGINT", () => void stopAll().then(() => process.exit(130)));
try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
