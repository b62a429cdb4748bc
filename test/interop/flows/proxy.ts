/** Kamailio as the Proxy Server of the guide's flows, with its copies of all messages. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pair } from "../kit/certificates.ts";
import { eventually, Program, temporaryFolder } from "../kit/process.ts";
import { fresh, RawUdp, request } from "../kit/raw-sip.ts";
import { type Parties, Trace } from "./trace.ts";

export interface ProxyOptions {
  readonly address: string;
  /** Where it sends its copies. */
  readonly collector: { readonly address: string; readonly port: number };
  /** Who is where; it is P itself. */
  readonly parties: Parties;
  /** Where users are that do not register, by UDP: "address:port" by user name. */
  readonly places: Readonly<Record<string, string>>;
  /** Beside UDP it listens by this. */
  readonly way: Way;
  /** By TLS: its own. */
  readonly pair?: Pair;
}

export type Way = "udp" | "tcp" | "tls";

const modulePaths = ["/usr/lib/x86_64-linux-gnu/kamailio/modules/", "/usr/lib/aarch64-linux-gnu/kamailio/modules/"];
// Read as it lies beside the source: the compiler does not carry it over.
const template = fileURLToPath(new URL("../../../test/interop/flows/proxy.cfg", import.meta.url));

export class ProxyServer {
  readonly address: string;
  readonly trace: Trace;
  readonly #program: Program;

  private constructor(address: string, trace: Trace, program: Program) {
    this.address = address;
    this.trace = trace;
    this.#program = program;
  }

  static async start({ address, collector, parties, places, way, pair }: ProxyOptions): Promise<ProxyServer> {
    const trace = await Trace.open(collector.address, collector.port, [...parties, ["P", address]]);
    const folder = temporaryFolder("flows");
    mkdirSync(join(folder, "run"));
    const words: Record<string, string> = {
      ADDRESS: address,
      COLLECTOR: `${collector.address}:${collector.port}`,
      MODULES: modulePaths.find((path) => existsSync(path)) ?? "/usr/lib/kamailio/modules/",
      ...streamWords(folder, address, way, pair),
      PLACES: Object.entries(places)
        .map(([user, place]) => `  $sht(places=>${user}) = "${place}";`)
        .join("\n"),
    };
    const file = join(folder, "kamailio.cfg");
    const text = readFileSync(template, "latin1");
    writeFileSync(
      file,
      text.replace(/%([A-Z_]+)%/g, (whole, word: string) => words[word] ?? whole),
    );
    const program = new Program(
      "/usr/sbin/kamailio",
      [
        "-f",
        file,
        "-DD",
        "-E",
        "-m",
        "32",
        "-M",
        "4",
        "-Y",
        join(folder, "run"),
        "-P",
        join(folder, "pid"),
        "-w",
        folder,
      ],
      { cwd: folder },
    );
    const proxy = new ProxyServer(address, trace, program);
    await proxy.#ready(collector.address);
    return proxy;
  }

  get log(): string {
    return this.#program.output;
  }

  /** Waits until this user's REGISTER was answered. */
  async registered(letter: string): Promise<void> {
    await this.trace.seen(`P>${letter} 200`, (m) => m.headers.get("cseq")?.[0]?.endsWith("REGISTER") === true, 15_000);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
    this.trace.close();
  }

  async #ready(from: string): Promise<void> {
    const udp = await RawUdp.open(from);
    const ask = async () => {
      await udp.send(
        request(`OPTIONS sip:${this.address}`, {
          Via: `SIP/2.0/UDP ${from}:${udp.port};branch=z9hG4bK${fresh()};rport`,
          "Max-Forwards": "70",
          From: `<sip:ready@${from}>;tag=1`,
          To: `<sip:${this.address}>`,
          "Call-ID": fresh(),
          CSeq: "1 OPTIONS",
        }),
        this.address,
      );
      return udp.heard.some((m) => m.status === 200) || undefined;
    };
    await eventually("Kamailio answers OPTIONS", ask, 15_000, () => this.log.slice(-3000));
    udp.close();
  }
}

/** One process reads all connections, too. */
function streamWords(folder: string, address: string, way: Way, pair: Pair | undefined): Record<string, string> {
  if (way === "udp") return { STREAMS: "disable_tcp=yes", TLS_MODULE: "" };
  const tcp = `tcp_children=1\ntcp_connection_lifetime=3700\nlisten=tcp:${address}:5060`;
  if (pair === undefined) return { STREAMS: tcp, TLS_MODULE: "" };
  const file = join(folder, "tls.cfg");
  const server = ["[server:default]", "method = TLSv1.2+", `certificate = ${pair.certificatePath}`];
  const client = ["[client:default]", "verify_certificate = no"];
  writeFileSync(file, `${[...server, `private_key = ${pair.keyPath}`, ...client].join("\n")}\n`);
  return {
    STREAMS: `${tcp}\nenable_tls=yes\nlisten=tls:${address}:5061`,
    TLS_MODULE: `loadmodule "tls.so"\nmodparam("tls", "config", "${file}")`,
  };
}
