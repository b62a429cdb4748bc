/** Damaged messages at the running phone while a call goes on: it lives, the call loses nothing, what must be answered is answered, memory does not grow. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { mustBeAnswered, requests } from "../fuzz/answerable.ts";
import { seedOfRun } from "../fuzz/mutate.ts";
import { openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms, Program, temporaryFolder } from "../interop/kit/process.ts";
import { speech, wavFile } from "../interop/kit/sound.ts";

/** 50,000 with the other tests; FUZZ=1000000 is the long size. */
const messages = Number(process.env["FUZZ"] ?? 50_000);
const perSecond = 2000;
const ours = "127.47.22.1";
const other = "127.47.22.2";
const strangers = "127.47.23";
const fuzzer = fileURLToPath(new URL("../../dist/test/fuzz/fuzzer.js", import.meta.url));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resident memory, MB. */
function memoryMb(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

describe("fuzzing the running phone", () => {
  endAllPrograms();

  it("RFC 3261 §18.3: what must be answered is known by itself, and damage to it is seen", () => {
    const [options] = requests.map((bytes) => bytes.toString("latin1").replaceAll("PHONE", "127.0.0.1"));
    expect(options).toBeDefined();
    const text = options ?? "";
    expect(mustBeAnswered(text, text)).toBe(true);
    expect(mustBeAnswered(text, text.replace("Max-Forwards: 70", "Max-Forwards: -1"))).toBe(true);
    for (const damage of ["To:", "branch=", "OPTIONS sip", "CSeq: 7", "\r\nVia"])
      expect(mustBeAnswered(text, text.replace(damage, `${damage}x`)), damage).toBe(false);
    expect(mustBeAnswered(text, text.replace("Max-Forwards", " Max-Forwards"))).toBe(false);
  });

  it(`RFC 4475: ${messages.toLocaleString("en")} damaged messages, a call goes on`, {
    timeout: 120_000 + (4 * 1000 * messages) / perSecond,
  }, async () => {
    const sound = join(temporaryFolder("fuzz"), "speech.wav");
    writeFileSync(sound, wavFile(speech()));
    const start = (address: string, panelPort: number, config: Readonly<Record<string, number>>) =>
      PhoneProcess.start({ address, panelPort, config, args: ["--mic", sound] });
    const a = await start(ours, 7478, { "features.direct_ip_call_enable": 1 });
    const b = await start(other, 7479, openToAll);
    await a.dial(`sip:b@${other}:5060`);
    await b.screen("incoming");
    await b.keys("ok");
    await Promise.all([a.screen("talking"), b.screen("talking")]);
    await pause(1000);

    const stream = async (phone: PhoneProcess) => {
      const [only] = (await phone.media()).calls;
      if (only === undefined) throw new Error(`${phone.address} has no call`);
      return only;
    };
    const before = [await stream(a), await stream(b)] as const;
    const seed = seedOfRun("running phone");
    const throws = (from: number, count: number) =>
      new Program(process.execPath, [fuzzer, ...[from, strangers, ours, count, perSecond].map(String)]);

    // The first fifth fills what has a bound (caches, logs, transactions); from then on nothing may grow.
    const said: string[] = [];
    const sizesMb: number[] = [];
    for (const [part, share] of [0.2, 0.4, 0.4].entries()) {
      const program = throws(seed + 10 * part, Math.round(messages * share));
      expect(await program.ended, program.output).toBe(0);
      said.push(program.output);
      sizesMb.push(memoryMb(a.program.pid));
    }
    console.log(`memory after each part, MB: ${sizesMb.map((mb) => mb.toFixed(0)).join(", ")}`);
    for (const line of said) {
      const { asked, answered, unanswered, first } = JSON.parse(line) as Record<string, number>;
      console.log(`${asked} had to be answered, ${answered} were`);
      expect(asked).toBeGreaterThan((messages * 0.2) / 20);
      expect(unanswered, String(first)).toBe(0);
    }
    expect((sizesMb[2] ?? 0) - (sizesMb[0] ?? 0), "growth of memory, MB").toBeLessThan(60);

    for (const [name, phone, was] of [
      ["the phone under fire", a, before[0]],
      ["its peer", b, before[1]],
    ] as const) {
      const now = await stream(phone);
      expect(now.lost - was.lost, name).toBe(0);
      expect(now.packetsReceived - was.packetsReceived, name).toBeGreaterThan((messages / perSecond) * 50 - 50);
      expect(now.late - was.late, name).toBeLessThanOrEqual(2);
      await phone.screen("talking");
    }
    await a.keys("cancel");
    await b.seen("the end", ({ screen }) => !screen.id.startsWith("talking"));
    for (const phone of [a, b]) expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
  });
});
