import { defineConfig } from "vitest/config";
import { ClosingLine } from "./lab/reporter.ts";

/** `unit` runs in parallel; `system` starts processes and listens on loopback addresses, one file after another. */
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
          include: ["test/{contract,interop}/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
