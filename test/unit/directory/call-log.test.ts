import { describe, expect, it } from "vitest";
import { silentLog } from "../../../src/base/log.ts";
import { CallLog, type CallLogEntry } from "../../../src/directory/call-log.ts";

const entry = (n: number, kind: CallLogEntry["kind"] = "placed"): CallLogEntry => ({
  kind,
  account: 1,
  remote: { name: "", number: String(n) },
  target: String(n),
  atEpochMs: n,
  talkedMs: 0,
});

function store(text?: string) {
  const kept = { text };
  return {
    load: () => kept.text,
    save: (next: string) => {
      kept.text = next;
    },
  };
}

describe("call log", () => {
  it("DIR-11: keeps the newest hundred of each kind, newest first", () => {
    const log = new CallLog(store(), silentLog);
    for (let n = 1; n <= 150; n++) log.add(entry(n));
    log.add(entry(1000, "missed"));
    expect(log.entries).toHaveLength(101);
    expect(log.entries.map((e) => e.atEpochMs).slice(0, 3)).toEqual([1000, 150, 149]);
  });

  it("DIR-11: what was kept is there after a restart", () => {
    const kept = store();
    new CallLog(kept, silentLog).add(entry(7));
    const again = new CallLog(kept, silentLog);
    again.open();
    expect(again.entries).toEqual([entry(7)]);
  });

  it.each(["", "{", "[]", '{"calls":3}', '{"calls":[{"kind":"x"}]}', '{"calls":[null]}'])(
    "DIR-11: a file that holds %j costs the log, not the phone",
    (text) => {
      const warnings: string[] = [];
      const log = new CallLog(store(text), { ...silentLog, warn: (_f, m) => void warnings.push(m) });
      log.open();
      expect(log.entries).toEqual([]);
      expect(warnings).toHaveLength(1);
    },
  );
});
