/** Debian's dnsmasq as name server of a test: records on loopback, nothing asked of anybody else. Port 53 needs root. */

import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeQuery } from "../../../src/net/dns-message.ts";
import { eventually, Program, temporaryFolder } from "./process.ts";

export interface DnsmasqOptions {
  readonly address: string;
  /** Lines of its configuration: `host-record=`, `srv-host=`, `naptr-record=`. */
  readonly records: readonly string[];
  /** Lifetime of every record, s. */
  readonly ttlSeconds: number;
}

export class Dnsmasq {
  readonly address: string;
  readonly #folder = temporaryFolder("dnsmasq");
  readonly #ttlSeconds: number;
  #program: Program;

  private constructor({ address, records, ttlSeconds }: DnsmasqOptions) {
    this.address = address;
    this.#ttlSeconds = ttlSeconds;
    this.#program = this.#run(records);
  }

  static async start(options: DnsmasqOptions): Promise<Dnsmasq> {
    const server = new Dnsmasq(options);
    await server.#ready();
    return server;
  }

  /** Names that it was asked for, with type: "SRV _sip._udp.pbx.test". */
  get questions(): readonly string[] {
    return [...this.#program.output.matchAll(/query\[(\w+)\] (\S+) from/g)].map(([, type, name]) => `${type} ${name}`);
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    this.#program.kill("SIGKILL");
    await this.#program.ended;
  }

  /** Again, with other records. */
  async restart(records: readonly string[]): Promise<void> {
    await this.kill();
    this.#program = this.#run(records);
    await this.#ready();
  }

  stop(): Promise<number> {
    return this.#program.stop();
  }

  #run(records: readonly string[]): Program {
    const file = join(this.#folder, "dnsmasq.conf");
    const lines = [
      "no-resolv",
      "no-hosts",
      "no-daemon",
      "log-queries",
      "log-facility=-",
      "bind-interfaces",
      `listen-address=${this.address}`,
      "except-interface=nothing",
      "local=/test/",
      `local-ttl=${this.#ttlSeconds}`,
      ...records,
    ];
    writeFileSync(file, `${lines.join("\n")}\n`);
    return new Program("/usr/sbin/dnsmasq", [`--conf-file=${file}`]);
  }

  async #ready(): Promise<void> {
    await eventually(
      `dnsmasq on ${this.address}`,
      () => answers(this.address),
      5000,
      () => this.#program.output,
    );
  }
}

function answers(address: string): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const done = (value: true | undefined) => {
      clearTimeout(timer);
      socket.close();
      resolve(value);
    };
    const timer = setTimeout(() => done(undefined), 200);
    socket.on("message", () => done(true));
    socket.on("error", () => done(undefined));
    socket.send(encodeQuery(1, { name: "ready.test", type: "A" }), 53, address);
  });
}
