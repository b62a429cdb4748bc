import { describe, expect, it, test } from "vitest";
import type { ChildEnd, ChildOptions } from "../../../hal/driver/os/process.ts";
import { serviceManager } from "../../../hal/driver/os/service-manager.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { type Log, silentLog } from "../../../src/base/log.ts";
import { type Sign, Supervision } from "../../../src/thread/supervision.ts";

function supervised(signs: readonly Sign[], strict = () => true) {
  const clock = new ManualClock();
  const told: string[] = [];
  const lines: string[] = [];
  const line = (_facts: object, message: string) => void lines.push(message);
  const log: Log = { debug: line, info: line, warn: line, error: line, child: () => log };
  const manager = { watchdogMs: 30_000, notify: async (all: readonly string[]) => void told.push(...all) };
  return { clock, told, lines, supervision: new Supervision({ clock, log, signs, manager, strict }) };
}

describe("supervision", () => {
  it("MNT-05: ready is told once, and the watchdog is fed while all parts answer", async () => {
    const { clock, told, supervision } = supervised([{ name: "SIP", alive: () => undefined }]);
    await clock.advanceAsync(60_000);
    expect(told).toEqual([]);
    supervision.ready("SIP-T46G");
    expect(told).toEqual(["READY=1", "STATUS=SIP-T46G"]);
    await clock.advanceAsync(60_500);
    expect(told.filter((word) => word === "WATCHDOG=1")).toHaveLength(6);
  });

  it("MNT-05: a part that hangs, or says why not, starves the watchdog and is named once", async () => {
    let answer: () => unknown = () => new Promise(() => undefined);
    const signs = [
      { name: "SIP", alive: () => undefined },
      { name: "the media worker", alive: () => answer() },
    ];
    const { clock, told, lines, supervision } = supervised(signs);
    supervision.ready("");
    await clock.advanceAsync(45_000);
    expect(told).not.toContain("WATCHDOG=1");
    expect(lines).toEqual(["the watchdog is not fed: the media worker does not answer"]);
    answer = () => {
      throw new Error("no such worker");
    };
    await clock.advanceAsync(10_500);
    expect(lines.at(-1)).toBe("the watchdog is not fed: the media worker: no such worker");
    answer = () => undefined;
    await clock.advanceAsync(10_500);
    expect(told.at(-1)).toBe("WATCHDOG=1");
    expect(lines.at(-1)).toBe("the watchdog is fed again");
  });

  it("MNT-05: whoever stops says so and is fed no more; without a watchdog nothing is asked", async () => {
    let asked = 0;
    const sign = { name: "UI", alive: () => asked++ };
    const { clock, told, supervision } = supervised([sign]);
    supervision.ready("");
    await supervision.stopping();
    await clock.advanceAsync(60_000);
    expect(told.at(-1)).toBe("STOPPING=1");
    const none = new Supervision({ clock, log: silentLog, signs: [sign], manager: undefined, strict: () => true });
    none.ready("");
    await clock.advanceAsync(60_000);
    await none.stopping();
    expect(asked).toBe(0);
  });
});

test("MNT-05: watch_dog.enable = 0 feeds it whoever hangs, and says so", async () => {
  const hung = { name: "the screen", alive: () => new Promise(() => undefined) };
  const { clock, told, lines, supervision } = supervised([hung], () => false);
  supervision.ready("");
  await clock.advanceAsync(25_000);
  expect(told).toContain("WATCHDOG=1");
  expect(lines).toEqual(["the watchdog is fed all the same: the screen does not answer"]);
});

describe("service manager", () => {
  const open = (environment: Readonly<Record<string, string>>) => {
    const started: ChildOptions[] = [];
    const troubles: string[] = [];
    const manager = serviceManager({
      environment,
      processId: 42,
      onTrouble: (why) => troubles.push(why),
      start: (options) => {
        started.push(options);
        return { queuedBytes: 0, write: () => undefined, bytesRead: () => undefined, kill: () => undefined };
      },
    });
    const end = (how: ChildEnd) => started.at(-1)?.onExit(how);
    return { manager, started, troubles, end };
  };

  it("MNT-05: there is none without a socket, and a watchdog only where it is ours", () => {
    expect(open({}).manager).toBeUndefined();
    expect(open({ NOTIFY_SOCKET: "/run/x" }).manager?.watchdogMs).toBeUndefined();
    const watched = { NOTIFY_SOCKET: "/run/x", WATCHDOG_USEC: "30000000" };
    expect(open({ ...watched, WATCHDOG_PID: "42" }).manager?.watchdogMs).toBe(30_000);
    expect(open({ ...watched, WATCHDOG_PID: "43" }).manager?.watchdogMs).toBeUndefined();
  });

  it("MNT-05: what keeps it from being told is said once", () => {
    const { manager, started, troubles, end } = open({ NOTIFY_SOCKET: "/run/x" });
    for (let n = 0; n < 3; n++) {
      void manager?.notify(["WATCHDOG=1"]);
      end({ type: "absent", why: "spawn systemd-notify ENOENT" });
    }
    expect(started[0]).toMatchObject({ program: "systemd-notify", args: ["WATCHDOG=1"] });
    expect(troubles).toEqual(["systemd-notify: spawn systemd-notify ENOENT"]);
  });
});
