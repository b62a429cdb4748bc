/** Debian's baresip as a peer of the benchmarks: its configuration without a sound card, and its control port. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { Program, pause } from "./program.ts";

const moduleFolders = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"];
const controlPort = 4444;

export interface BaresipOptions {
  /** An existing folder for its files. */
  readonly folder: string;
  readonly address: string;
  readonly answers: boolean;
  /** What it says, a WAV of 8 kHz; silence without. */
  readonly says?: string;
  /** Account line; without a registrar unless told. */
  readonly account?: string;
}

/** Rejects with what it said when it does not come up. */
export async function startBaresip(options: BaresipOptions): Promise<Program> {
  const { address, says } = options;
  const folder = join(options.folder, address);
  mkdirSync(folder);
  const source = says === undefined ? `aubridge,silence${address}` : `aufile,${says}`;
  const config = [
    `sip_listen ${address}:5060`,
    "poll_method epoll",
    "call_max_calls 200",
    `audio_player aubridge,nobody${address}`,
    `audio_source ${source}`,
    `audio_alert aubridge,alert${address}`,
    "ausrc_srate 8000",
    "auplay_srate 8000",
    "ausrc_channels 1",
    "auplay_channels 1",
    "rtp_ports 10000-12000",
    `net_interface ${address}`,
    `module_path ${moduleFolders.find((path) => existsSync(path)) ?? ""}`,
    `ctrl_tcp_listen ${address}:${controlPort}`,
    "statmode_default off",
    "ring_aufile none",
    ...["g711", "aufile", "aubridge"].map((name) => `module ${name}.so`),
    ...["uuid", "account"].map((name) => `module_tmp ${name}.so`),
    ...["menu", "ctrl_tcp"].map((name) => `module_app ${name}.so`),
  ];
  const account = options.account ?? `<sip:bench@${address}:5060>;regint=0`;
  const mode = `;audio_codecs=PCMU/8000/1;answermode=${options.answers ? "auto" : "manual"}`;
  writeFileSync(join(folder, "config"), `${config.join("\n")}\n`);
  writeFileSync(join(folder, "accounts"), `${account}${mode}\n`);
  writeFileSync(join(folder, "contacts"), "");
  const program = new Program("baresip", ["-f", folder], folder);
  for (let tries = 0; tries < 100; tries++) {
    if (await baresipCommand(address, "about").catch(() => false)) return program;
    await pause(50);
  }
  throw new Error(`baresip did not come up: ${program.output.slice(-1000)}`);
}

/** A command of its menu by its ctrl_tcp module: a netstring of JSON. */
export function baresipCommand(address: string, command: string, params = ""): Promise<boolean> {
  const text = JSON.stringify({ command, params, token: "bench" });
  return new Promise((resolve, reject) => {
    const socket = createConnection(controlPort, address);
    socket.setTimeout(2000, () => socket.destroy(new Error("baresip's control port is silent")));
    socket.on("error", reject);
    socket.on("connect", () => socket.write(`${Buffer.byteLength(text)}:${text},`));
    socket.on("data", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
