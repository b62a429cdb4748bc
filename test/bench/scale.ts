/** A thousand user agents of one process at Debian's Kamailio: time, memory and messages of each, and their return after its restart. */
import { fileURLToPath } from "node:url";
import { Kamailio } from "../interop/kit/kamailio.ts";
import { eventually, Program } from "../interop/kit/process.ts";
import { type Back, linesOf, type Registered, users } from "../scale/figures.ts";
import type { Effort, Row } from "./row.ts";

const server = "127.47.31.1";
const first = "127.47.36.1";
const program = fileURLToPath(new URL("../scale/agents.js", import.meta.url));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function run({ quick }: Effort = { quick: false }): Promise<Row[]> {
  const count = quick ? 200 : 1000;
  const kamailio = await Kamailio.start({ address: server, users: users(count) });
  const agents = new Program(process.execPath, [program, String(count), server, first, "tcp", "600"]);
  try {
    const line = <T extends Registered | Back>(event: T["event"]) =>
      eventually(
        `agents: ${event}`,
        () => linesOf<T>(agents.output, event)[0],
        120_000,
        () => agents.output.slice(-2000),
      );
    const registered = await line<Registered>("registered");
    // From here on a lost connection is an accident, and no server that always hangs up.
    await pause(6000);
    agents.kill("SIGUSR1");
    await agents.until("the mark", (output) => output.includes('"marked"'));
    await kamailio.kill();
    await pause(500);
    await kamailio.restart();
    const back = await line<Back>("back");
    const row = (what: string, ours: number, unit: string): Row => ({
      what: `${count} agents over TCP, a stack each: ${what}`,
      ours,
      unit,
      peers: {},
      better: "lower",
    });
    return [
      row("from the first to the last registration, spread over 1 s", registered.seconds, "s"),
      row("memory of an agent", registered.memoryPerAgentKb, "KB"),
      row("processor time of a registration with digest", registered.cpuMsPerAgent, "ms"),
      row("messages of an agent until it is registered", registered.sentPerAgent + registered.receivedPerAgent, ""),
      row("the server restarts: until the last is back", back.seconds, "s"),
      row("the server restarts: REGISTERs of an agent", back.registersPerAgent, ""),
      row("the server restarts: REGISTERs of all in the busiest second", back.busiestSecond, ""),
    ];
  } finally {
    await agents.stop();
    await kamailio.stop();
  }
}
