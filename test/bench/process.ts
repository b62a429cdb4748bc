/**
 * What a phone costs as a whole: processor and memory of its process tree, idle and registered, and in one G.711 call
 * with speech both ways. baresip does the same at the same time.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeWav } from "../../hal/driver/wav.ts";
import { DemoPbx } from "../lab/demo-pbx.ts";
import { baresipCommand, startBaresip } from "./baresip.ts";
import { account, answersAll, BenchPhone } from "./phone.ts";
import { memoryMb, type Program, pause, processorMs, withFolder } from "./program.ts";
import type { Effort, Row } from "./row.ts";
import { syllables } from "./sound.ts";

const pbxAddress = "127.43.4.1";
const ours = ["127.43.4.2", "127.43.4.3"] as const;
const theirs = ["127.43.4.4", "127.43.4.5"] as const;
const password = "bench";

interface Cost {
  readonly percent: number;
  readonly mb: number;
}

/** Of each program over the same time. */
async function costs(programs: readonly Program[], seconds: number): Promise<Cost[]> {
  const before = programs.map(({ pid }) => processorMs(pid));
  const started = performance.now();
  await pause(seconds * 1000);
  const ms = performance.now() - started;
  return programs.map(({ pid }, i) => ({
    percent: (100 * (processorMs(pid) - (before[i] ?? 0))) / ms,
    mb: memoryMb(pid),
  }));
}

function mean(values: readonly Cost[], figure: (cost: Cost) => number): number {
  return values.reduce((sum, value) => sum + figure(value), 0) / values.length;
}

export async function run({ quick }: Effort): Promise<Row[]> {
  const seconds = quick ? 4 : 20;
  const pbx = new DemoPbx({ address: pbxAddress, port: 5060, users: { "1001": password, "1002": password } });
  await pbx.open();
  try {
    return await withFolder(async (folder) => {
      const wav = join(folder, "says.wav");
      // Longer than the call: baresip hangs up at the end of the file.
      writeFileSync(wav, writeWav(8000, syllables(8000, 90)));
      const config = (user: string) => ({ ...answersAll, ...account(1, pbxAddress, 5060, user, password) });
      const phone = (at: 0 | 1) =>
        BenchPhone.start({ folder, address: ours[at], config: config(`100${at + 1}`), args: ["--mic", wav] });
      const [caller, callee] = [await phone(0), await phone(1)];
      const peer = (at: 0 | 1) => {
        const user = `100${at + 1}`;
        const line = `<sip:${user}@${pbxAddress}:5060>;auth_pass=${password};regint=600`;
        return startBaresip({ folder, address: theirs[at], answers: true, says: wav, account: line });
      };
      const [peerCaller, peerCallee] = [await peer(0), await peer(1)];
      const programs = [caller.program, callee.program, peerCaller, peerCallee];
      await pause(quick ? 1500 : 4000);
      const idle = await costs(programs, seconds);
      await caller.post("/panel/dial", { to: callee.uri });
      await baresipCommand(theirs[0], "dial", `sip:1002@${theirs[1]}:5060`);
      await caller.screen("talking");
      await pause(quick ? 1500 : 4000);
      const inCall = await costs(programs, seconds);
      await Promise.all(programs.map((program) => program.stop()));
      const row = (
        what: string,
        unit: string,
        all: readonly Cost[],
        figure: (cost: Cost) => number,
        goal?: number,
      ) => ({
        what,
        unit,
        ours: mean(all.slice(0, 2), figure),
        peers: { baresip: mean(all.slice(2), figure) },
        ...(goal === undefined ? {} : { goal }),
      });
      const percent = (cost: Cost) => cost.percent;
      const mb = (cost: Cost) => cost.mb;
      return [
        row(`processor idle and registered, over ${seconds} s`, "% of a core", idle, percent),
        row(`processor in a PCMU call, over ${seconds} s`, "% of a core", inCall, percent, 2.4),
        row("memory idle and registered (PSS)", "MB", idle, mb, 120),
        row("memory in that call (PSS)", "MB", inCall, mb, 120),
      ];
    });
  } finally {
    await pbx.close();
  }
}
