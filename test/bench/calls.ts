/**
 * Signalling under load, as callee: calls by SIPp (INVITE, 180, 200, ACK, BYE at once) and OPTIONS by our own generator,
 * over UDP on loopback, beside the npm package `sip` and Debian's baresip in turns. No media but what baresip starts.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBaresip } from "./baresip.ts";
import { median, Program, pause, processorMs, withFolder } from "./program.ts";
import type { Effort, Row } from "./row.ts";

const scenario = fileURLToPath(new URL("../../../test/bench/sipp/call.xml", import.meta.url));
const port = 5060;

interface Callee {
  readonly name: string;
  readonly address: string;
  /** Calls in a round: as many as it manages in about two seconds. */
  readonly calls: number;
  /** Calls at a time; baresip has audio to open and close for each. */
  readonly atOnce: number;
  /** OPTIONS a second to try, one after the other until one is too many. */
  readonly optionsRates: readonly number[];
  start(folder: string, address: string): Promise<Program>;
}

const ourRates = [1000, 2000, 4000, 6000, 8000, 10_000, 12_000];

const callees: readonly Callee[] = [
  {
    name: "offhook",
    address: "127.43.1.1",
    calls: 2000,
    atOnce: 40,
    optionsRates: ourRates,
    start: (_folder, address) => started(Program.ours("callee", address, String(port))),
  },
  {
    name: "sip",
    address: "127.43.1.2",
    calls: 2000,
    atOnce: 40,
    optionsRates: ourRates,
    start: (_folder, address) => started(Program.ours("callee-npm-sip", address, String(port))),
  },
  {
    name: "baresip",
    address: "127.43.1.3",
    calls: 150,
    atOnce: 4,
    optionsRates: [500, 1000, 2000],
    start: (folder, address) => startBaresip({ folder, address, answers: true }),
  },
];

async function started(program: Program): Promise<Program> {
  await program.until('"ready"');
  return program;
}

interface CallRound {
  readonly perSecond: number;
  readonly msPerCall: number;
  readonly failed: number;
  readonly retransmitted: number;
}

/** SIPp keeps `atOnce` calls going until `calls` are done. */
async function callRound(callee: Callee, program: Program, share: number, number: number): Promise<CallRound> {
  const calls = Math.round(callee.calls * share);
  const before = processorMs(program.pid);
  const figures = await withFolder(async (folder) => {
    const statistics = join(folder, "statistics.csv");
    const sipp = new Program(
      "sipp",
      [
        ...["-sf", scenario, "-i", "127.43.2.1", "-p", String(15_000 + number), "-mi", "127.43.2.1"],
        ...["-m", String(calls), "-r", "20", "-rp", "1", "-l", String(callee.atOnce)],
        ...["-trace_stat", "-stf", statistics, "-fd", "1", "-nostdin", "-timeout", "30s", "-timeout_error"],
        `${callee.address}:${port}`,
      ],
      folder,
    );
    await sipp.ended;
    const rows = readFileSync(statistics, "latin1").trim().split("\n");
    const names = rows[0]?.split(";") ?? [];
    const values = rows.at(-1)?.split(";") ?? [];
    return (name: string) => values[names.indexOf(name)] ?? "";
  });
  const used = processorMs(program.pid) - before;
  const seconds = epoch(figures("CurrentTime")) - epoch(figures("StartTime"));
  const good = Number(figures("SuccessfulCall(C)"));
  return {
    perSecond: good / seconds,
    msPerCall: used / good,
    failed: calls - good,
    retransmitted: Number(figures("Retransmissions(C)")),
  };
}

/** SIPp writes a time as text, a tab, and seconds since 1970. */
function epoch(text: string): number {
  return Number(text.split("\t").at(-1));
}

export interface OptionsRound {
  readonly sent: number;
  readonly answered: number;
  readonly retransmitted: number;
  readonly seconds: number;
}

async function optionsRound(callee: Callee, rate: number, seconds: number): Promise<OptionsRound> {
  const generator = Program.ours("options-generator", callee.address, String(port), String(rate), String(seconds));
  await generator.ended;
  return JSON.parse(generator.output) as OptionsRound;
}

/** The highest rate at which every request was answered before it had to be sent again; each rate has two tries. */
async function optionsFigures(callee: Callee, program: Program, quick: boolean) {
  const seconds = quick ? 0.6 : 1.5;
  // In a hurry only every second rate, the highest included.
  const rates = callee.optionsRates.filter((_, i, all) => !quick || (all.length - 1 - i) % 2 === 0);
  let best = 0;
  let msEach = Number.NaN;
  for (const rate of rates) {
    let held = false;
    for (let attempt = 0; attempt < 2 && !held; attempt++) {
      const before = processorMs(program.pid);
      const round = await optionsRound(callee, rate, seconds);
      const used = processorMs(program.pid) - before;
      held = round.answered === round.sent && round.retransmitted === 0 && round.sent / round.seconds > 0.97 * rate;
      if (held) {
        best = rate;
        msEach = used / round.sent;
      }
    }
    if (!held) break;
  }
  return { best, msEach };
}

export async function run({ quick }: Effort): Promise<Row[]> {
  const rounds = quick ? 1 : 3;
  const calls: Record<string, CallRound[]> = {};
  const options: Record<string, { best: number; msEach: number }> = {};
  await withFolder(async (folder) => {
    const programs: { callee: Callee; program: Program }[] = [];
    for (const callee of callees) programs.push({ callee, program: await callee.start(folder, callee.address) });
    // The first rounds warm up: a phone that answers its first calls has other things to be fast at.
    let number = 0;
    for (let round = -2; round < rounds; round++)
      for (const { callee, program } of programs) {
        const result = await callRound(callee, program, quick ? 0.7 : 1, number++);
        if (round >= 0) calls[callee.name] = [...(calls[callee.name] ?? []), result];
      }
    for (const { callee, program } of programs) options[callee.name] = await optionsFigures(callee, program, quick);
    await Promise.all(programs.map(({ program }) => program.stop()));
    await pause(50);
  });
  const of = (name: string, figure: (round: CallRound) => number) => median((calls[name] ?? []).map(figure));
  const row = (what: string, unit: string, figure: (name: string) => number, goal?: Partial<Row>): Row => ({
    what,
    unit,
    ours: figure("offhook"),
    peers: Object.fromEntries(callees.slice(1).map(({ name }) => [name, figure(name)])),
    ...goal,
  });
  return [
    row("calls as callee, SIPp with 40 (baresip: 4) at a time", "calls/s", (name) => of(name, (r) => r.perSecond), {
      goal: 640,
      better: "higher",
    }),
    row("processor of such a call", "ms", (name) => of(name, (r) => r.msPerCall), { goal: 0.25, better: "lower" }),
    row("  of all rounds: calls that failed", "calls", (name) => sum(calls[name], (r) => r.failed), {
      goal: 0,
      better: "lower",
    }),
    row("  of all rounds: retransmissions by SIPp", "messages", (name) => sum(calls[name], (r) => r.retransmitted), {
      goal: 0,
      better: "lower",
    }),
    row("OPTIONS a second, all answered, none sent twice", "/s", (name) => options[name]?.best ?? 0, {
      goal: 8000,
      better: "higher",
    }),
    row("processor of an OPTIONS at that rate", "ms", (name) => options[name]?.msEach ?? Number.NaN, {
      better: "lower",
    }),
  ];
}

function sum(rounds: readonly CallRound[] = [], figure: (round: CallRound) => number): number {
  return rounds.reduce((total, round) => total + figure(round), 0);
}
