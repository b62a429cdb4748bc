/** A hundred agents in one process lose their registrar and come back without a storm; 1,000 with SCALE=1000. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Kamailio } from "../interop/kit/kamailio.ts";
import { endAllPrograms, eventually, Program } from "../interop/kit/process.ts";
import { needs } from "../lab/needs.ts";
import { type Back, linesOf, type Registered, users } from "./figures.ts";

const server = "127.47.30.1";
const count = Number(process.env["SCALE"] ?? 100);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const program = fileURLToPath(new URL("../../dist/test/scale/agents.js", import.meta.url));

describe.runIf(needs("kamailio"))("scale", () => {
  endAllPrograms();
  let kamailio: Kamailio;
  beforeAll(async () => {
    kamailio = await Kamailio.start({ address: server, users: users(count) });
  });
  afterAll(() => kamailio.stop());

  it(`RFC 5626 §4.5: ${count} agents of one process register, lose the server and come back without a storm`, async () => {
    const agents = new Program(process.execPath, [program, String(count), server, "127.47.32.1", "tcp", "600"]);
    const line = <T extends Registered | Back>(event: T["event"], nth = 0) =>
      eventually(
        `agents: ${event}`,
        () => linesOf<T>(agents.output, event)[nth],
        60_000,
        () => agents.output.slice(-2000),
      );
    const registered = await line<Registered>("registered");
    // REGISTER, 401, REGISTER, 200.
    expect(registered.sentPerAgent).toBe(2);
    expect(registered.receivedPerAgent).toBe(2);
    expect(registered.memoryPerAgentKb).toBeLessThan(500);

    // First just after they came, then when they had been there for a while: a phone knows these as different.
    for (const [nth, thereForMs] of [0, 5500].entries()) {
      await pause(thereForMs);
      agents.kill("SIGUSR1");
      await eventually("the mark", () => agents.output.split('"marked"').length > nth + 1 || undefined);
      await kamailio.kill();
      await pause(500);
      await kamailio.restart();
      const back = await line<Back>("back", nth);
      expect(back.seconds).toBeLessThan(30);
      // Nobody hammers: a REGISTER, its digest, perhaps one that was lost with the server.
      expect(back.registersPerAgent).toBeLessThanOrEqual(3);
      // They come one after the other: all at once would be two of each agent within a second.
      expect(back.busiestSecond, JSON.stringify(back)).toBeLessThan(1.5 * count);
    }

    agents.kill("SIGTERM");
    expect(await agents.ended, agents.output.slice(-2000)).toBe(0);
    expect(agents.output).toContain('"event":"closed"');
  }, 120_000);
});
