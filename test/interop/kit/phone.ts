/** The phone as a process, driven through its panel as a person would. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseWav, type WavSound } from "../../../hal/driver/wav.ts";
import type { Key } from "../../../hal/keypad.ts";
import { eventually, Program, temporaryFolder } from "./process.ts";

const main = fileURLToPath(new URL("../../../dist/src/main.js", import.meta.url));

export interface ScreenSeen {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly softkeys: readonly string[];
  readonly icons: readonly string[];
}

export interface PhoneSeen {
  readonly screen: ScreenSeen;
  readonly keys: readonly { key: string; label: string; lamp: { color: string; pattern: string } }[];
  readonly hook: "on" | "off";
  readonly path: string;
  readonly mute: boolean;
  readonly volume: number;
}

export interface MediaSeen {
  readonly calls: readonly {
    codec: string;
    remote: string;
    direction: string;
    packetsSent: number;
    packetsReceived: number;
    lost: number;
    lossPercent: number;
    late: number;
    rejected: number;
    srtp?: { suite: string; unauthenticated: number; replayed: number };
    concealedFrames: number;
    bufferDelayMs: number;
  }[];
  readonly device: { underruns: number; overruns: number; frames: number };
}

export interface PhoneOptions {
  /** Address of SIP and RTP; "" leaves it to the phone. */
  readonly address: string;
  readonly panelPort: number;
  readonly config: Readonly<Record<string, string | number>>;
  readonly model?: string;
  readonly args?: readonly string[];
  readonly data?: string;
  /** Put before the command: to start it in a network namespace. */
  readonly prefix?: readonly string[];
}

/** Parameters that open the phone to calls without a server, which tests of two parties need. */
export const openToAll = {
  "features.direct_ip_call_enable": 1,
  "account.1.sip_trust_ctrl": 0,
} as const;

/** Parameters of account 1 at a server. */
export function account(server: string, user: string, password: string, more: Record<string, string | number> = {}) {
  const rows = {
    enable: 1,
    label: user,
    display_name: `User ${user}`,
    user_name: user,
    auth_name: user,
    password,
    "sip_server.1.address": server,
    ...more,
  };
  return Object.fromEntries(Object.entries(rows).map(([name, value]) => [`account.1.${name}`, value]));
}

export class PhoneProcess {
  readonly program: Program;
  readonly address: string;
  readonly data: string;
  readonly #panel: string;

  constructor(options: PhoneOptions) {
    const folder = options.data ?? temporaryFolder("phone");
    const config = join(folder, "phone.cfg");
    const lines = Object.entries(options.config).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(config, `#!version:1.0.0.1\n${lines.join("")}`);
    this.address = options.address;
    this.data = folder;
    this.#panel = `http://127.0.0.1:${options.panelPort}`;
    const [command = process.execPath, ...before] = [...(options.prefix ?? []), process.execPath];
    this.program = new Program(command, [
      ...before,
      main,
      ...["--board", "sim", "--model", options.model ?? "t46g"],
      ...(options.address === "" ? [] : ["--bind", options.address]),
      ...["--data", join(folder, "data"), "--config", config, "--panel", `127.0.0.1:${options.panelPort}`],
      ...(options.args ?? []),
    ]);
  }

  static async start(options: PhoneOptions): Promise<PhoneProcess> {
    const phone = new PhoneProcess(options);
    await phone.program.until("ready", (output) => output.includes('"event":"ready"'), 30_000);
    return phone;
  }

  get uri(): string {
    return `sip:phone@${this.address}:5060`;
  }

  async state(): Promise<PhoneSeen> {
    return (await (await this.#fetch("GET", "/panel/state")).json()) as PhoneSeen;
  }

  async media(): Promise<MediaSeen> {
    return (await (await this.#fetch("GET", "/panel/media")).json()) as MediaSeen;
  }

  async keys(...keys: Key[]): Promise<void> {
    await this.#fetch("POST", "/panel/keys", JSON.stringify({ keys, holdMs: 0 }));
  }

  async dial(to: string): Promise<void> {
    await this.#fetch("POST", "/panel/dial", JSON.stringify({ to }));
  }

  async hook(off: boolean): Promise<void> {
    await this.#fetch("POST", "/panel/hook", JSON.stringify({ off }));
  }

  async say(wav: Uint8Array): Promise<void> {
    await this.#fetch("POST", "/panel/mic", wav, "audio/wav");
  }

  async heard(seconds: number): Promise<WavSound> {
    const reply = await this.#fetch("GET", `/panel/speaker.wav?seconds=${seconds}`);
    return parseWav(new Uint8Array(await reply.arrayBuffer()));
  }

  async picture(): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#fetch("GET", "/panel/screen.png")).arrayBuffer());
  }

  /** Waits for a screen whose id begins with `id`. */
  screen(id: string, ms = 10_000): Promise<PhoneSeen> {
    return this.seen(`screen ${id}`, (s) => s.screen.id.startsWith(id), ms);
  }

  seen(what: string, test: (seen: PhoneSeen) => boolean, ms = 10_000): Promise<PhoneSeen> {
    let last = "";
    return eventually(
      `phone ${this.address}: ${what}`,
      async () => {
        const state = await this.state();
        last = JSON.stringify(state.screen);
        return test(state) ? state : undefined;
      },
      ms,
      () => `${last} ${this.program.output.slice(-1500)}`,
    );
  }

  /** Cancels until nothing is left: calls, dialling, menus. */
  async endCalls(): Promise<void> {
    for (let i = 0; i < 12 && (await this.state()).screen.id !== "idle"; i++) {
      await this.keys("cancel");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  stop(): Promise<number> {
    return this.program.stop();
  }

  async #fetch(method: string, path: string, body?: string | Uint8Array, type = "application/json"): Promise<Response> {
    const reply = await fetch(
      this.#panel + path,
      body === undefined
        ? { method }
        : { method, body: typeof body === "string" ? body : Buffer.from(body), headers: { "content-type": type } },
    );
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply;
  }
}
