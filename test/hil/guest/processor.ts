/** What a program and all that it started have used of the processor, by /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** ms of the processor since it was started; 0 where there is no such process. Steps of 10 ms. */
export function processorMs(pid: number): number {
  const facts = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name in brackets may hold anything.
      const fields = readFileSync(`/proc/${name}/stat`, "latin1")
        .replace(/^.*\) /, "")
        .split(" ");
      const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
      facts.set(Number(name), { parent: Number(fields[1]), ticks });
    } catch {
      // It has ended meanwhile.
    }
  }
  let ticks = 0;
  for (const [each, fact] of facts) {
    let at: number | undefined = each;
    while (at !== undefined && at !== pid && at > 0) at = facts.get(at)?.parent;
    if (at === pid) ticks += fact.ticks;
  }
  return ticks * 10;
}
