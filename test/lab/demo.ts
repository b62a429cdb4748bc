/** `npm run demo`: the demo PBX and a phone registered to it, until Ctrl-C. Everything stays on this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoPbx, demoPassword } from "./demo-pbx.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const host = "127.0.0.1";
const folder = join(root, "data", "demo");

/** The first port from `first` on that is free for UDP and TCP. */
async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + 200; port += 2) if ((await tcpFree(port)) && (await udpFree(port))) return port;
  throw new Error(`no free port between ${first} and ${first + 200} on ${host}`);
}

function tcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function udpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });
}

async function main(): Promise<void> {
  const password = demoPassword();
  const pbx = new DemoPbx({ address: host, port: await freePort(5080), users: { "1001": password } });
  await pbx.open();
  const [sip, panel] = [await freePort(5060), await freePort(7080)];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const config = join(folder, "demo.cfg");
  const lines = {
    "account.1.enable": 1,
    "account.1.label": "Demo",
    "account.1.display_name": "Demo phone",
    "account.1.user_name": 1001,
    "account.1.auth_name": 1001,
    "account.1.password": password,
    "account.1.sip_server.1.address": host,
    "account.1.sip_server.1.port": pbx.port,
    "sip.listen_port": sip,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(config, `#!version:1.0.0.1\n${text.join("")}`, { mode: 0o600 });

  const phone = spawn(
    process.execPath,
    [
      "--enable-source-maps",
      join(root, "dist/src/main.js"),
      ...["--board", "sim", "--model", "t46g", "--bind", host, "--data", join(folder, "phone"), "--config", config],
      ...["--panel", `${host}:${panel}`, ...process.argv.slice(2)],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  phone.stdout.on("data", (data: Buffer) => ready(String(data)));
  const ended = new Promise<number>((resolve) => phone.on("exit", (code) => resolve(code ?? 1)));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopPhone(phone));
  const status = await ended;
  await pbx.close();
  process.exit(status);
}

function ready(line: string): void {
  if (!line.includes('"ready"')) return;
  const { panel } = JSON.parse(line) as { panel: string };
  process.stdout.write(`${line.trimEnd()}

  The phone is ready. Open  ${panel}  in a browser.

  Dial 600 echo                 603 busy
       601 speech               604 never answers
       602 calls you back       605 answers, then transfers you to 600

  Ctrl-C ends it.

`);
}

function stopPhone(phone: ChildProcess): void {
  if (phone.exitCode === null) phone.kill("SIGTERM");
}

await main();
