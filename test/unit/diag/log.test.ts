import { describe, expect, it } from "vitest";
import { type LogOptions, openLog } from "../../../src/diag/log.ts";

function open(more: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  return { lines, ...openLog({ level: "info", write: (line) => lines.push(line), ...more }) };
}

describe("log", () => {
  it("MNT-01: a line for people has time, level, module, sentence and facts", () => {
    const { log, lines } = open();
    log.child("sip").child("udp").warn({ port: 5060 }, "port is taken");
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}sip\.udp: port is taken \{"port":5060\}\n$/);
  });

  it("MNT-01: each module has its own level, the others the common one", () => {
    const { log, lines } = open({ level: "warn", modules: { sip: "debug", media: "error" } });
    log.info({}, "quiet");
    log.child("sip").debug({}, "loud");
    log.child("media").warn({}, "quiet");
    log.child("media").error({}, "loud");
    log.child("ui").info({}, "quiet");
    expect(lines.map((line) => /(loud|quiet)/.exec(line)?.[0])).toEqual(["loud", "loud"]);
  });

  it("MNT-01: the newest lines are kept for an export, and no more than told", () => {
    const { log, recent } = open({ kept: 3 });
    for (let i = 0; i < 10; i++) log.info({ i }, "line");
    expect(recent().map((line) => (JSON.parse(line) as { i: number }).i)).toEqual([7, 8, 9]);
  });

  it("SEC: what a stranger sends begins no line of its own and does not speak to the terminal", () => {
    const { log, lines } = open();
    log.info({ uri: "a\nb" }, "refused sip:x\r\n2026-01-01 error forged\u001b[2J");
    expect(lines[0]?.trimEnd().includes("\n")).toBe(false);
    expect(lines[0]).toContain("sip:x\\x0d\\x0a2026-01-01 error forged\\x1b[2J");
  });
});
