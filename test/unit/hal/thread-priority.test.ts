/** Real-time priority of a thread: when it is asked for, of whom, and what becomes of a refusal. */
import { describe, expect, test } from "vitest";
import type { ChildEnd, ChildOptions, StartChild } from "../../../hal/driver/os/process.ts";
import { raiseThreadPriority } from "../../../hal/driver/os/thread-priority.ts";

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\n` +
  `Max nice priority         30                   30\nMax realtime priority     ${soft.padEnd(20)} 99\n`;

function chrt(end: ChildEnd, errors: readonly string[] = []) {
  const started: (readonly string[])[] = [];
  const start: StartChild = ({ program, args, onErrorLine, onExit }: ChildOptions) => {
    started.push([program, ...args]);
    queueMicrotask(() => {
      for (const line of errors) onErrorLine(line);
      onExit(end);
    });
    return { queuedBytes: 0, write: () => {}, bytesRead: () => undefined, kill: () => {} };
  };
  return { started, start };
}

const good: ChildEnd = { type: "exit", why: "it ended with status 0" };
const self = () => "100/task/123";

describe("design: the media worker has real-time priority where the process may have it", () => {
  test("the thread that calls is named, and no more is asked for than is allowed", async () => {
    const { started, start } = chrt(good);
    expect(await raiseThreadPriority({ priority: 20, start, self, read: () => limits("15") })).toEqual({
      type: "set",
      priority: 15,
    });
    expect(started).toEqual([["chrt", "--fifo", "--pid", "15", "123"]]);
    const free = chrt(good);
    await raiseThreadPriority({ priority: 20, start: free.start, self, read: () => limits("unlimited") });
    expect(free.started).toEqual([["chrt", "--fifo", "--pid", "20", "123"]]);
  });

  test("nothing is started where nobody allowed it, or where the system has no such files", async () => {
    const { started, start } = chrt(good);
    expect(await raiseThreadPriority({ priority: 20, start, self, read: () => limits("0") })).toEqual({
      type: "not-allowed",
    });
    expect(await raiseThreadPriority({ priority: 20, start, self, read: () => undefined })).toEqual({
      type: "not-allowed",
    });
    expect(await raiseThreadPriority({ priority: 20, start, self: () => undefined, read: () => limits("20") })).toEqual(
      { type: "not-allowed" },
    );
    expect(started).toEqual([]);
  });

  test("a refusal is told in the program's words, an absent program in ours", async () => {
    const refused = chrt({ type: "exit", why: "it ended with status 1" }, [
      "chrt: failed to set pid 123's policy: Operation not permitted",
    ]);
    const read = () => limits("20");
    expect(await raiseThreadPriority({ priority: 20, start: refused.start, self, read })).toEqual({
      type: "failed",
      why: "chrt: failed to set pid 123's policy: Operation not permitted",
    });
    const absent = chrt({ type: "absent", why: "spawn chrt ENOENT" });
    expect(await raiseThreadPriority({ priority: 20, start: absent.start, self, read })).toEqual({
      type: "failed",
      why: "spawn chrt ENOENT",
    });
  });
});
