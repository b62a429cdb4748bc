/**
 * The agent in the guest: takes requests from the tests outside, one JSON object a line over TCP, and moves the simulated
 * hardware or runs programs. Every request is answered in order, by {} or {"error"}. The contract suites ask it too.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Key } from "../../../hal/keypad.ts";
import type { LampId } from "../../../hal/lamp.ts";
import { reasonOf } from "../../../src/base/error.ts";
import { Hardware } from "./hardware.ts";

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
    case "picture":
      if (part === "oled") return { pixels: base64(hardware.oled.picture()) };
      return { pixels: base64(new Uint8Array(hardware.screen().buffer)) };
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
}).listen(7000, () => console.log(`RIG-READY Node ${process.version} ${process.arch}`));
