/** Debian's baresip without a sound card: plays a WAV, keeps what it decoded as a WAV, obeys its control port. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { eventually, Program, temporaryFolder } from "./process.ts";
import { wavFile } from "./sound.ts";

export interface BaresipOptions {
  readonly address: string;
  readonly codec: keyof typeof fullNames;
  /** What it says, looped by baresip; mono. */
  readonly says: Int16Array;
  readonly rateHz: number;
  readonly answers?: boolean;
  /** Its way of SRTP by keys in SDP: wished for, or compulsory. */
  readonly encryption?: "srtp" | "srtp-mand";
  /** A whole account line instead of one without a registrar. */
  readonly account?: string;
  /** More lines of its configuration. */
  readonly config?: readonly string[];
}

const modulePaths = ["/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules"];
const fullNames = {
  PCMU: "PCMU/8000/1",
  PCMA: "PCMA/8000/1",
  G722: "G722/16000/1",
  opus: "opus/48000/2",
  "L16 at 8 kHz": "L16/8000/1",
  "L16 at 16 kHz": "L16/16000/1",
} as const;

export class Baresip {
  readonly program: Program;
  readonly address: string;
  readonly #folder: string;

  private constructor(options: BaresipOptions) {
    const { address, codec } = options;
    this.address = address;
    this.#folder = temporaryFolder("baresip");
    const speechFile = join(this.#folder, "says.wav");
    const dump = join(this.#folder, "dump");
    mkdirSync(dump);
    writeFileSync(speechFile, wavFile(options.says, options.rateHz));
    const modules = modulePaths.find((path) => existsSync(path)) ?? "";
    const config = [
      `sip_listen ${address}:5060`,
      "poll_method epoll",
      "call_local_timeout 120",
      "call_max_calls 4",
      `audio_player aubridge,nil${address}`,
      `audio_source aufile,${speechFile}`,
      `audio_alert aubridge,alert${address}`,
      "ausrc_channels 1",
      "auplay_channels 1",
      "audio_buffer 20-160",
      "rtp_ports 10000-10100",
      "jitter_buffer_delay 5-10",
      `net_interface ${address}`,
      `module_path ${modules}`,
      `snd_path ${dump}`,
      `ctrl_tcp_listen ${address}:4444`,
      "statmode_default off",
      ...(options.config ?? []),
      "ring_aufile none",
      ...["g711", "g722", "opus", "l16", "aufile", "aubridge", "sndfile", "srtp"].map((name) => `module ${name}.so`),
      ...["uuid", "account"].map((name) => `module_tmp ${name}.so`),
      ...["menu", "ctrl_tcp"].map((name) => `module_app ${name}.so`),
    ];
    const mode = `audio_codecs=${fullNames[codec]};answermode=${options.answers === true ? "auto" : "manual"}`;
    const mediaEncryption = options.encryption === undefined ? "" : `;mediaenc=${options.encryption}`;
    const account = options.account ?? `<sip:baresip@${address}:5060>;regint=0`;
    writeFileSync(join(this.#folder, "config"), `${config.join("\n")}\n`);
    writeFileSync(join(this.#folder, "accounts"), `${account};${mode}${mediaEncryption}\n`);
    writeFileSync(join(this.#folder, "contacts"), "");
    this.program = new Program("baresip", ["-f", this.#folder], { cwd: this.#folder });
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const baresip = new Baresip(options);
    await eventually(
      "baresip's control port",
      () => baresip.command("about").then(() => true),
      10_000,
      () => baresip.program.output.slice(-1500),
    );
    return baresip;
  }

  get uri(): string {
    return `sip:baresip@${this.address}:5060`;
  }

  /** A command of baresip's menu, as over its ctrl_tcp module (netstrings of JSON). */
  command(command: string, params = ""): Promise<string> {
    const text = JSON.stringify({ command, params, token: "t" });
    return new Promise((resolve, reject) => {
      const socket = createConnection(4444, this.address);
      socket.setTimeout(2000, () => {
        socket.destroy();
        resolve("");
      });
      socket.on("error", reject);
      socket.on("connect", () => socket.write(`${Buffer.byteLength(text)}:${text},`));
      socket.on("data", (data) => {
        socket.destroy();
        resolve(String(data));
      });
    });
  }

  /** What it heard in its last call: the decoder's frames as a WAV file. */
  heard(): Uint8Array {
    const dump = join(this.#folder, "dump");
    const file = readdirSync(dump)
      .filter((name) => name.endsWith("dec.wav"))
      .sort()
      .at(-1);
    if (file === undefined) throw new Error(`baresip recorded nothing: ${this.program.output.slice(-1500)}`);
    return readFileSync(join(dump, file));
  }

  stop(): Promise<number> {
    return this.program.stop();
  }
}
