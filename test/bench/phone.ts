/** The whole phone as a process for benchmarks, driven through its panel. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program, pause } from "./program.ts";

const main = fileURLToPath(new URL("../../src/main.js", import.meta.url));

export interface PhoneOptions {
  /** An existing folder for its files. */
  readonly folder: string;
  /** Loopback address of SIP, RTP and panel. */
  readonly address: string;
  readonly config: Readonly<Record<string, string | number>>;
  readonly args?: readonly string[];
}

/** Parameters that let anybody call, and answer at once. */
export const answersAll = {
  "features.direct_ip_call_enable": 1,
  "features.ip_call.auto_answer.enable": 1,
  "account.1.sip_trust_ctrl": 0,
} as const;

/** Parameters of an account at a registrar. */
export function account(index: number, server: string, port: number, user: string, password: string) {
  const rows = { enable: 1, label: user, user_name: user, auth_name: user, display_name: user, password };
  const all = { ...rows, "sip_server.1.address": server, "sip_server.1.port": port };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`account.${index}.${name}`, value]));
}

export class BenchPhone {
  readonly program: Program;
  readonly panel: string;
  readonly uri: string;
  /** From the start of the process to its ready line, ms. */
  readyMs = Number.NaN;

  constructor({ folder, address, config, args = [] }: PhoneOptions) {
    const file = join(folder, `${address}.cfg`);
    const lines = Object.entries(config).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(file, `#!version:1.0.0.1\n${lines.join("")}`);
    const host = `${address}:7080`;
    this.panel = `http://${host}`;
    this.uri = `sip:phone@${address}:5060`;
    this.program = new Program(process.execPath, [
      "--enable-source-maps",
      main,
      ...["--board", "sim", "--bind", address, "--panel", host, "--config", file, "--data", join(folder, address)],
      ...args,
    ]);
  }

  static async start(options: PhoneOptions): Promise<BenchPhone> {
    const started = performance.now();
    const phone = new BenchPhone(options);
    await phone.program.until('"event":"ready"');
    phone.readyMs = performance.now() - started;
    return phone;
  }

  async get(path: string): Promise<unknown> {
    return this.#answer(path, await fetch(this.panel + path));
  }

  async post(path: string, body: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    await this.#answer(path, await fetch(this.panel + path, { method: "POST", headers, body: JSON.stringify(body) }));
  }

  async #answer(path: string, reply: Response): Promise<unknown> {
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  /** Waits until the LCD shows a screen whose id begins with `id`. */
  async screen(id: string, ms = 10_000): Promise<void> {
    const end = performance.now() + ms;
    let seen = "";
    while (!seen.startsWith(id)) {
      if (performance.now() > end)
        throw new Error(`the phone shows ${seen}, not ${id}: ${this.program.output.slice(-800)}`);
      await pause(20);
      seen = ((await this.get("/panel/state")) as { screen: { id: string } }).screen.id;
    }
  }
}
