/** The ports for sound are always a range that can be used (feature row NET-23). */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { rtpPortRange } from "../../../src/config/port-range.ts";
import { describeProblem } from "../../../src/config/problem.ts";

const rangeOf = (first: number, last: number) =>
  rtpPortRange({ number: (name) => (name === "network.port.min_rtpport" ? first : last) });

describe("sound ports", () => {
  test.each([
    [11780, 11800, 11780, 11800],
    [12001, 12100, 12002, 12100],
    [11780, 11784, 11780, 11784],
    [0, 65535, 2, 65535],
  ])("NET-23: %d to %d are used as %d to %d", (first, last, portMin, portMax) => {
    expect(rangeOf(first, last)).toEqual({ portMin, portMax });
  });

  test.each([
    [11780, 11783, 11780, 11800],
    [20000, 10000, 20000, 20020],
    [65535, 65535, 65514, 65534],
  ])("NET-23: %d to %d leave no room: %d to %d are used instead, which is said", (first, last, portMin, portMax) => {
    expect(rangeOf(first, last)).toEqual({
      portMin,
      portMax,
      why: expect.stringContaining(`${portMin} to ${portMax} are used`),
    });
  });

  test("NET-23: whatever is set, there is room for two calls", () => {
    const port = fc.integer({ min: 0, max: 65535 });
    fc.assert(
      fc.property(port, port, (first, last) => {
        const { portMin, portMax } = rangeOf(first, last);
        expect(portMin % 2).toBe(0);
        expect(portMin).toBeGreaterThan(0);
        expect(portMax - portMin).toBeGreaterThanOrEqual(4);
        expect(portMax).toBeLessThanOrEqual(65535);
      }),
    );
  });

  test("NET-23: a file whose ports do not fit is reported once, by file and line", () => {
    const config = new Configuration({ model: modelById("t46g"), onError: () => undefined });
    config.load(
      "mac",
      "mac.cfg",
      "#!version:1.0.0.1\nstatic.network.port.min_rtpport = 20000\nnetwork.port.max_rtpport = 10000\n",
    );
    expect(config.problems.map(describeProblem)).toEqual([
      "mac.cfg:3: network.port.max_rtpport = 10000: sound ports 20000 to 10000 leave no room, the last has to be at least four above the first; 20000 to 20020 are used",
    ]);
    config.set("local", [{ name: "voice.ring_vol", value: "3" }]);
    expect(config.problems).toHaveLength(1);
  });
});
