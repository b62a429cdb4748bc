/**
 * The agent in the guest: takes requests from the tests outside, one JSON object a line over TCP, and moves the simulated
 * hardware or runs programs. Every request is answered in order, by {} or {"error"}. The contract suites ask it too.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync, watch, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import type { Key } from "../../../hal/keypad.ts";
import type { LampId } from "../../../hal/lamp.ts";
import { reasonOf } from "../../../src/base/error.ts";
import { Hardware } from "./hardware.ts";
import { processorMs } from "./processor.ts";
import { screenBytes, screenPicture } from "./screen.ts";

type Request = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, unknown>>;

const hardware = new Hardware();
/** Programs that were started and are asked about later, by name. */
const programs = new Map<string, { child: ChildProcess; said: string; status: number | undefined }>();

const text = (request: Request, name: string): string => String(request[name] ?? "");
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function start(name: string, [program = "", ...args]: readonly string[], env: Record<string, string>): void {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const entry: { child: ChildProcess; said: string; status: number | undefined } = {
    child,
    said: "",
    status: undefined,
  };
  const add = (bytes: Buffer): void => {
    entry.said += bytes.toString("latin1");
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  child.on("error", (error) => {
    entry.said += reasonOf(error);
    entry.status = 127;
  });
  child.on("close", (status) => {
    entry.status = status ?? 128;
  });
  programs.set(name, entry);
}

async function press(part: string, key: Key, ms: number): Promise<void> {
  hardware.key(part, key, true);
  await wait(ms);
  hardware.key(part, key, false);
  await wait(ms);
}

/** Until the power is cut. */
async function goOnPressing(part: string, keys: readonly Key[], ms: number): Promise<void> {
  for (;;) for (const key of keys) await press(part, key, ms);
}

/** Until a file is begun in the folder that will take another's place. Rejects when there is none for a minute. */
function writing(folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => end(new Error(`nothing is written in ${folder}`)), 60_000);
    const watcher = watch(folder, (_, name) => {
      if (name?.endsWith(".tmp") === true) end();
    });
    const end = (error?: Error): void => {
      clearTimeout(late);
      watcher.close();
      if (error === undefined) resolve();
      else reject(error);
    };
  });
}

/** Rejects with the system's error where nobody answers. */
function page(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false }, (response) => {
      let said = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        said += part;
      });
      response.on("end", () => resolve(said)).on("error", reject);
    });
    asked.on("error", reject);
  });
}

/** How long the screen may take to follow a key, ms. */
const reactionMs = 5000;

/** ms from a key's contact to the first other byte of the screen. */
async function reaction(part: string, key: Key): Promise<number> {
  const before = screenBytes();
  const started = performance.now();
  hardware.key(part, key, true);
  while (screenBytes().equals(before)) {
    if (performance.now() - started > reactionMs) throw new Error(`the screen does not follow key ${key} of ${part}`);
    await wait(4);
  }
  const ms = performance.now() - started;
  hardware.key(part, key, false);
  await wait(200);
  return ms;
}

/** Beside what the simulated hardware does. */
function runShell(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("sh", ["-c", script], { encoding: "latin1", maxBuffer: 1 << 26 }, (error, said, complaint) => {
      if (error === null) resolve(said);
      else reject(new Error(`${error.message} ${complaint}`));
    });
  });
}

async function act(request: Request): Promise<Answer> {
  const part = text(request, "part");
  switch (request["do"]) {
    case "nothing":
      return {};
    case "key":
      hardware.key(part, text(request, "key") as Key, request["down"] === true);
      return {};
    case "press":
      await press(part, text(request, "key") as Key, Number(request["ms"]));
      return {};
    case "go on pressing":
      void goOnPressing(part, request["keys"] as Key[], Number(request["ms"]));
      return {};
    case "pass":
      await wait(Number(request["ms"]));
      return {};
    case "hook":
      hardware.hook(part, request["lifted"] === true);
      return {};
    case "plug":
      if (part === "hid") hardware.plugHandset();
      else hardware.plugHeadset();
      return {};
    case "unplug":
      if (part === "hid") await hardware.unplugHandset();
      else await hardware.unplugHeadset();
      return {};
    case "start":
      start(text(request, "name"), request["command"] as string[], (request["env"] ?? {}) as Record<string, string>);
      return {};
    case "signal":
      programs.get(text(request, "name"))?.child.kill(text(request, "signal") as NodeJS.Signals);
      return {};
    case "put":
      writeFileSync(text(request, "path"), Buffer.from(text(request, "bytes"), "base64"));
      return {};
    case "run":
      return { output: await runShell(text(request, "script")) };
    default:
      throw new Error(`nobody knows how to do ${text(request, "do")}`);
  }
}

async function look(request: Request): Promise<Answer> {
  const part = text(request, "part");
  switch (request["ask"]) {
    case "lamp":
      return { ...(await hardware.lamp(part, text(request, "lamp") as LampId)) };
    case "page":
      return { text: await page(text(request, "url")) };
    case "writing":
      await writing(text(request, "path"));
      return {};
    case "processor":
      return { ms: processorMs(programs.get(text(request, "name"))?.child.pid ?? -1) };
    case "lacks":
      return { lacks: hardware.lacks };
    case "reaction":
      return { ms: await reaction(part, text(request, "key") as Key) };
    case "picture": {
      if (part === "oled") return { pixels: base64(hardware.oled.picture()), width: 128, height: 64 };
      const { pixels, width, height } = screenPicture();
      return { pixels: base64(new Uint8Array(pixels.buffer)), width, height };
    }
    case "level":
      return { level: hardware.oled.lit ? 10 : 0 };
    case "file":
      return { bytes: base64(readFileSync(text(request, "path"))) };
    case "program": {
      const { said, status } = programs.get(text(request, "name")) ?? { said: "", status: undefined };
      const from = Number(request["from"] ?? 0);
      return { said: said.slice(from), status: status ?? null };
    }
    default:
      throw new Error(`nobody knows ${text(request, "ask")}`);
  }
}

/** Started over ssh: ends with the connection, and leaves nothing behind. */
const attached = process.argv.includes("--attached");
if (attached)
  process.stdin.resume().on("end", () => {
    for (const { child } of programs.values()) child.kill("SIGKILL");
    void hardware.close().finally(() => process.exit(0));
  });

createServer((socket) => {
  let last: Promise<void> = Promise.resolve();
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  createInterface({ input: socket }).on("line", (line) => {
    last = last.then(async () => {
      let answer: Answer;
      try {
        const request = JSON.parse(line) as Request;
        answer = "ask" in request ? await look(request) : await act(request);
      } catch (error) {
        answer = { error: reasonOf(error) };
      }
      socket.write(`${JSON.stringify(answer)}\n`);
    });
  });
}).listen(7000, attached ? "127.0.0.1" : undefined, () =>
  console.log(`RIG-READY Node ${process.version} ${process.arch}`),
);
