/** Debian's linphonec on files instead of a sound card: plays one WAV, records another, obeys its prompt. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Program, temporaryFolder } from "./process.ts";
import { wavFile } from "./sound.ts";

export interface LinphoneOptions {
  readonly address: string;
  /** What it says, once; 16 kHz mono. */
  readonly says: Int16Array;
  /** The only one that it has; PCMA unless told. */
  readonly codec?: "PCMA" | "opus";
  /** SRTP: wished for, or compulsory; none unless told. */
  readonly encryption?: "optional" | "compulsory";
}

export class Linphone {
  readonly program: Program;
  readonly address: string;
  readonly #recording: string;

  private constructor(options: LinphoneOptions) {
    const { address } = options;
    this.address = address;
    const folder = temporaryFolder("linphone");
    this.#recording = join(folder, "heard.wav");
    const speechFile = join(folder, "says.wav");
    writeFileSync(speechFile, wavFile(options.says));
    mkdirSync(join(folder, ".local/share/linphone"), { recursive: true });
    const only = options.codec ?? "PCMA";
    const codecs = ["PCMU", "PCMA", "G722", "opus"].map((mime, n) => {
      const [rate, channels] = mime === "opus" ? [48_000, 2] : [8000, 1];
      const enabled = mime === only ? 1 : 0;
      return `[audio_codec_${n}]\nmime=${mime}\nrate=${rate}\nchannels=${channels}\nenabled=${enabled}\n`;
    });
    writeFileSync(
      join(folder, "linphonerc"),
      `[sip]
sip_port=5060
sip_tcp_port=0
sip_tls_port=0
bind_address=${address}
media_encryption=${options.encryption === undefined ? "none" : "srtp"}
media_encryption_mandatory=${options.encryption === "compulsory" ? 1 : 0}
register_only_when_network_is_up=0
guess_hostname=0
contact="linphone" <sip:linphone@${address}:5060>
keepalive_period=30000
use_ipv6=0
[net]
mtu=0
[rtp]
audio_rtp_port=7400
bind_address=${address}
[sound]
echocancellation=0
[video]
display=0
capture=0
[misc]
lime_enabled=0
${codecs.join("")}`,
    );
    this.program = new Program("linphonec", ["-c", join(folder, "linphonerc"), "-a"], {
      cwd: folder,
      env: { ...process.env, HOME: folder },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.say("soundcard use files");
    this.say(`play ${speechFile}`);
    this.say(`record ${this.#recording}`);
    this.say("ipv6 disable");
  }

  static async start(options: LinphoneOptions): Promise<Linphone> {
    const linphone = new Linphone(options);
    await linphone.program.until("prompt", (output) => output.includes("linphonec>"), 15_000);
    return linphone;
  }

  get uri(): string {
    return `sip:linphone@${this.address}:5060`;
  }

  /** A line at its prompt: "pause", "resume", "terminate". */
  say(line: string): void {
    this.program.write(`${line}\n`);
  }

  /** What it heard in the call so far. */
  heard(): Uint8Array {
    return readFileSync(this.#recording);
  }

  stop(): Promise<number> {
    this.say("quit");
    return this.program.stop();
  }
}
