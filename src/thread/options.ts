/** The command line (design: the outside of the phone). */
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { AudioChoice } from "../../board/board.ts";
import { reasonOf } from "../base/error.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface Options {
  readonly board: string;
  readonly model: string | undefined;
  readonly data: string;
  /** Where calls are recorded. */
  readonly recordings: string;
  readonly configs: readonly string[];
  readonly bind: string | undefined;
  readonly panel: HostPort;
  readonly web: HostPort | undefined;
  readonly audio: AudioChoice;
  /** Six lower-case pairs joined by colons. */
  readonly mac: string | undefined;
  /** Where the network helper of the device reports; undefined: somebody else sees to the network. */
  readonly network: string | undefined;
}

export const usage = `usage: npm start -- [options]
  --board ID          what the phone runs on: sim (default), desktop
  --model ID          which phone it is: t46g, t19p_e2, cp860 ... (default: the board's)
  --data DIR          everything that is kept (default: ./data)
  --recordings DIR    where recordings of calls go (default: recordings in the data folder)
  --config FILE       configuration file; may be repeated, later ones win
  --bind ADDR         local address of SIP and RTP (default: the interface of the default route)
  --panel HOST:PORT   board sim: the panel (default: 127.0.0.1:7080)
  --web HOST:PORT     web pages
  --mic WAV           board sim: what the microphone hears, looped; --mic-once for silence after its end
  --speaker WAV       board sim: where everything that is played is recorded
  --capture PCM, --playback PCM   ALSA names instead of the board's own
  --mac AA:BB:...     board sim: the phone's MAC address
  --network FILE      devices: report of the network helper, which reads network.json in the data folder
  --help              this text
`;

/** Somebody only asks what can be said. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

/** @throws Error that names the option and what it should be */
export function parseOptions(args: readonly string[]): Options {
  const values = read(args);
  return {
    board: values.board,
    model: values.model,
    data: values.data,
    recordings: values.recordings ?? join(values.data, "recordings"),
    configs: values.config,
    bind: values.bind === undefined ? undefined : ownAddress(values.bind),
    panel: hostPort("--panel", values.panel),
    web: values.web === undefined ? undefined : hostPort("--web", values.web),
    audio: {
      ...(values.mic === undefined ? {} : { mic: values.mic }),
      ...(values["mic-once"] ? { micOnce: true } : {}),
      ...(values.speaker === undefined ? {} : { speaker: values.speaker }),
      ...(values.capture === undefined ? {} : { capture: values.capture }),
      ...(values.playback === undefined ? {} : { playback: values.playback }),
    },
    mac: values.mac === undefined ? undefined : macAddress(values.mac),
    network: values.network,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        board: { type: "string", default: "sim" },
        model: { type: "string" },
        data: { type: "string", default: "./data" },
        recordings: { type: "string" },
        config: { type: "string", multiple: true, default: [] },
        bind: { type: "string" },
        panel: { type: "string", default: "127.0.0.1:7080" },
        web: { type: "string" },
        mic: { type: "string" },
        "mic-once": { type: "boolean", default: false },
        speaker: { type: "string" },
        capture: { type: "string" },
        playback: { type: "string" },
        mac: { type: "string" },
        network: { type: "string" },
      },
    }).values;
  } catch (cause) {
    // Node's advice on positional arguments helps nobody here.
    throw new Error(reasonOf(cause).replace(/\. To specify a positional argument.*$/s, ""), { cause });
  }
}

function hostPort(option: string, text: string): HostPort {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]\s]+):(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[2]);
  if (parts?.[1] === undefined || port > 65_535)
    throw new Error(`${option} ${text}: write HOST:PORT, like 127.0.0.1:7080`);
  return { host: parts[1].replace(/^\[|\]$/g, ""), port };
}

/** Others are told this address, so it must be one, and no name. */
function ownAddress(text: string): string {
  const numeric = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/i.test(text);
  if (!numeric || text === "0.0.0.0" || text === "::")
    throw new Error(`--bind ${text}: write one address of this machine, like 192.0.2.10`);
  return text;
}

function macAddress(text: string): string {
  const digits = text.toLowerCase().replace(/[:-]/g, "");
  if (!/^[0-9a-f]{12}$/.test(digits))
    throw new Error(`--mac ${text}: write six pairs of hexadecimal digits, like 00:15:65:aa:bb:cc`);
  return digits.replace(/(..)(?=.)/g, "$1:");
}
