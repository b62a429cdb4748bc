/** Debian's Kamailio as registrar and record-routing proxy in a folder of its own; nothing of it needs root. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, Program, temporaryFolder } from "./process.ts";

export interface KamailioOptions {
  readonly address: string;
  /** Password by user name. */
  readonly users: Readonly<Record<string, string>>;
  readonly algorithm?: "MD5" | "SHA-256";
  /** Least and most that a registration may last, s. */
  readonly expiresSeconds?: readonly [least: number, most: number];
  /** How long a nonce is good for, s. */
  readonly nonceSeconds?: number;
  /** Listens by TLS on port 5061 too. */
  readonly tls?: KamailioTls;
}

export interface KamailioTls {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** Authorities of those clients whom it demands a certificate of. */
  readonly clientAuthorityPath?: string;
  /** Calls to a phone go by the connection that the phone registered over (RFC 5923), instead of a new one. */
  readonly reuse?: boolean;
}

const modulePaths = ["/usr/lib/x86_64-linux-gnu/kamailio/modules/", "/usr/lib/aarch64-linux-gnu/kamailio/modules/"];
/** Beside the sources, also when this runs from dist/. */
const template = ["../../../", "../../../../"]
  .map((root) => fileURLToPath(new URL(`${root}test/interop/kamailio/kamailio.cfg`, import.meta.url)))
  .find((path) => existsSync(path));

export class Kamailio {
  readonly address: string;
  readonly #folder: string;
  /** Of each of its processes, MB: its whole configuration is in there. */
  readonly #memoryMb: number;
  #program: Program;

  private constructor(options: KamailioOptions) {
    const { address, users, algorithm = "MD5", expiresSeconds = [1, 3600], nonceSeconds = 300 } = options;
    this.address = address;
    this.#folder = temporaryFolder("kamailio");
    this.#memoryMb = 4 + Math.ceil(Object.keys(users).length / 50);
    mkdirSync(join(this.#folder, "run"));
    const words: Record<string, string> = {
      ADDRESS: address,
      MODULES: modulePaths.find((path) => existsSync(path)) ?? "/usr/lib/kamailio/modules/",
      ALGORITHM: algorithm,
      REALM: "offhook.test",
      LEAST_SECONDS: String(expiresSeconds[0]),
      MOST_SECONDS: String(expiresSeconds[1]),
      NONCE_SECONDS: String(nonceSeconds),
      USERS: Object.entries(users)
        .map(([user, password]) => `  $sht(users=>${user}) = "${password}";`)
        .join("\n"),
      ...this.#tlsWords(options),
    };
    if (template === undefined) throw new Error("kamailio.cfg is not beside the sources");
    const text = readFileSync(template, "latin1").replace(
      /%([A-Z_]+)%/g,
      (whole, word: string) => words[word] ?? whole,
    );
    writeFileSync(join(this.#folder, "kamailio.cfg"), text);
    this.#program = this.#run();
  }

  static async start(options: KamailioOptions): Promise<Kamailio> {
    const kamailio = new Kamailio(options);
    await kamailio.#ready();
    return kamailio;
  }

  /** Writes its TLS file. */
  #tlsWords({ address, tls }: KamailioOptions): Record<string, string> {
    if (tls === undefined) return { TLS_LISTEN: "", TLS_MODULE: "", REUSE: "" };
    const file = join(this.#folder, "tls.cfg");
    const demand = tls.clientAuthorityPath !== undefined;
    const server = [
      "[server:default]",
      "method = TLSv1.2+",
      `certificate = ${tls.certificatePath}`,
      `private_key = ${tls.keyPath}`,
      ...(demand
        ? [`ca_list = ${tls.clientAuthorityPath}`, "verify_certificate = yes", "require_certificate = yes"]
        : []),
      "[client:default]",
      "verify_certificate = no",
    ];
    writeFileSync(file, `${server.join("\n")}\n`);
    return {
      TLS_LISTEN: `enable_tls=yes\nlisten=tls:${address}:5061`,
      TLS_MODULE: `loadmodule "tls.so"\nmodparam("tls", "config", "${file}")`,
      REUSE: tls.reuse === true ? "force_tcp_alias();" : "",
    };
  }

  /** Everything it has logged since it was started last. */
  get log(): string {
    return this.#program.output;
  }

  /** How often a line of its log matches. */
  count(pattern: RegExp): number {
    return this.log.split("\n").filter((line) => pattern.test(line)).length;
  }

  /** Waits until a line of its log matches, `times` times. */
  async seen(pattern: RegExp, ms = 10_000, times = 1): Promise<void> {
    await eventually(
      `Kamailio's log: ${pattern}`,
      () => this.count(pattern) >= times || undefined,
      ms,
      () => this.log.slice(-3000),
    );
  }

  /** All its processes at once, as when the machine loses power: nobody is told. */
  async kill(): Promise<void> {
    if (this.#program.alive) process.kill(-this.#program.pid, "SIGKILL");
    await this.#program.ended;
  }

  /** It takes what comes and answers nothing, as a machine that hangs. */
  pause(): void {
    process.kill(-this.#program.pid, "SIGSTOP");
  }

  /** Again, with the same configuration; it remembers nobody. */
  async restart(): Promise<void> {
    this.#program = this.#run();
    await this.#ready();
  }

  stop(): Promise<number> {
    return this.#program.stop();
  }

  #run(): Program {
    const args = ["-f", join(this.#folder, "kamailio.cfg"), "-DD", "-E", "-m", "32", "-M", String(this.#memoryMb)];
    const places = ["-Y", join(this.#folder, "run"), "-P", join(this.#folder, "pid"), "-w", this.#folder];
    // A process group of its own: that is what `kill` ends.
    return new Program("/usr/sbin/kamailio", [...args, ...places], { cwd: this.#folder, detached: true });
  }

  /** It listens once its TCP main process runs, which is its last. */
  async #ready(): Promise<void> {
    await eventually(
      "Kamailio answers OPTIONS",
      () => optionsAnswered(this.address),
      15_000,
      () => this.log.slice(-3000),
    );
  }
}

/** True once OPTIONS over TCP is answered: its TCP processes are the last that it starts. */
function optionsAnswered(address: string): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const host = address.replace(/^\[|\]$/g, "");
    const socket = createConnection({ host, port: 5060, localAddress: host });
    const done = (value: boolean | undefined) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(500, () => done(undefined));
    socket.on("error", () => done(undefined));
    socket.on("data", () => done(true));
    const lines = [
      `OPTIONS sip:${address} SIP/2.0`,
      `Via: SIP/2.0/TCP ${address}:9;branch=z9hG4bK${Math.random().toString(36).slice(2)}`,
      "Max-Forwards: 70",
      `From: <sip:ready@${address}>;tag=1`,
      `To: <sip:${address}>`,
      `Call-ID: ${Math.random()}`,
      "CSeq: 1 OPTIONS",
      "Content-Length: 0",
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  });
}
