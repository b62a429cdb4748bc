import { defineConfig } from "vitest/config";
import { ClosingLine } from "./lab/reporter.ts";

/** What mostly waits for time-outs and counts no packets: several files at a time, each with addresses and panel ports of its own. */
const waiting = [
  ...["failover", "failover-killed", "tls", "conduct", "conduct-calls", "torture"].map(
    (name) => `test/interop/${name}.test.ts`,
  ),
  ...["process/page", "process/start", "panel/page"].map((name) => `test/contract/${name}.test.ts`),
];

/** What waits as long but listens to speech: three at a time leave each phone its share of two cores. */
const talking = [
  ...["demo-pbx", "kamailio", "linphone", "music", "nat", "opus", "sipp", "srtp", "unusual"].map(
    (name) => `test/interop/${name}.test.ts`,
  ),
  "test/interop/flows/*.test.ts",
];

/** `unit` runs in parallel; `system` starts processes and listens on loopback addresses, one file after another; the last three some files at a time. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    pool: "forks",
    reporters: ["default", new ClosingLine()],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/{unit,scenario,arch,fuzz}/**/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/{contract,interop,abuse,scale}/**/*.test.ts"],
          exclude: [...waiting, ...talking],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "signalling",
          include: waiting,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "talking",
          include: talking,
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          // They mostly wait, each file for a phone of its own; but not beside tests that count packets.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
