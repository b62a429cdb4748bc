/**
 * Delay from mouth to ear between two media engines in processes of their own, each with a simulated card of 10 ms, by
 * loopback: from when a sample is spoken to when it is heard, on the machine's one clock.
 */
import { median, Program, pause, percentile } from "./program.ts";
import type { Effort, Row } from "./row.ts";

const addresses = ["127.43.5.1", "127.43.5.2"] as const;
const port = 12_780;
/** A click that is heard later than this belongs to another. */
const mostMs = 220;

interface Heard {
  readonly spoken?: number;
  readonly heard?: number;
}

function marks(program: Program): Heard[] {
  return program.output
    .split("\n")
    .flatMap((line) => (line.startsWith("{") && line.endsWith("}") ? [JSON.parse(line)] : []));
}

/** Of each click that `from` spoke and `to` heard, ms. */
function delays(from: Program, to: Program): number[] {
  const ears = marks(to).flatMap(({ heard }) => heard ?? []);
  return marks(from).flatMap(({ spoken }) => {
    if (spoken === undefined) return [];
    const heard = ears.find((ms) => ms > spoken);
    return heard === undefined || heard - spoken > mostMs ? [] : [heard - spoken];
  });
}

async function callDelays(codec: string, seconds: number): Promise<number[]> {
  const [a, b] = addresses;
  const parties = [
    Program.ours("delay-party", a, String(port), b, codec),
    Program.ours("delay-party", b, String(port), a, codec),
  ] as const;
  await Promise.all(parties.map((party) => party.until('"ready"')));
  await pause(seconds * 1000);
  await Promise.all(parties.map((party) => party.stop()));
  // The first second is the time in which the buffers find their depth.
  const settled = (all: number[]) => all.slice(Math.min(5, all.length >> 1));
  return [...settled(delays(parties[0], parties[1])), ...settled(delays(parties[1], parties[0]))];
}

export async function run({ quick }: Effort): Promise<Row[]> {
  const rows: Row[] = [];
  const rounds = quick ? 1 : 3;
  for (const codec of ["pcmu", "g722"]) {
    const calls: number[][] = [];
    for (let round = 0; round < rounds; round++) calls.push(await callDelays(codec, quick ? 4 : 6));
    const what = `mouth to ear, ${codec}, 20 ms packets, two processes`;
    const count = calls.reduce((sum, call) => sum + call.length, 0);
    const ours = median(calls.map((call) => median(call)));
    rows.push({ what: `${what}: median of ${count} clicks in ${rounds} calls`, ours, unit: "ms", peers: {}, goal: 60 });
    rows.push({ what: `${what}: p95`, ours: percentile(calls.flat(), 0.95), unit: "ms", peers: {} });
  }
  return rows;
}
