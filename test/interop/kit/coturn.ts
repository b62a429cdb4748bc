/** Debian's coturn as STUN and TURN server, with one static user; over TCP and TLS where a test gives a certificate. */
import { join } from "node:path";
import { Program, temporaryFolder } from "./process.ts";

export const turnUser = { username: "phone", password: "relay-secret" } as const;

export interface CoturnOptions {
  readonly address: string;
  readonly port?: number;
  /** For TLS, on port 5349; TCP is on then, too. */
  readonly certificate?: { readonly certificatePath: string; readonly keyPath: string };
  /** Put before the command: to start it in a network namespace. */
  readonly prefix?: readonly string[];
}

export class Coturn {
  readonly program: Program;
  readonly address: string;
  readonly port: number;

  private constructor(program: Program, address: string, port: number) {
    this.program = program;
    this.address = address;
    this.port = port;
  }

  static async start(options: CoturnOptions): Promise<Coturn> {
    const { address, port = 3478, prefix = [], certificate } = options;
    const folder = temporaryFolder("coturn");
    const [command = "turnserver", ...args] = [
      ...prefix,
      "turnserver",
      ...["-n", "--no-dtls", "--no-cli", "--no-tcp-relay"],
      ...(certificate === undefined
        ? ["--no-tls", "--no-tcp"]
        : ["--tls-listening-port", "5349", "--cert", certificate.certificatePath, "--pkey", certificate.keyPath]),
      ...["--listening-ip", address, "--relay-ip", address, "--listening-port", String(port)],
      // Peers of the tests are on loopback addresses, which it refuses by default.
      ...["--allow-loopback-peers", "--lt-cred-mech", "--realm", "offhook.test"],
      ...["--user", `${turnUser.username}:${turnUser.password}`, "--min-port", "49160", "--max-port", "49260"],
      ...["--userdb", join(folder, "users"), "--pidfile", join(folder, "pid"), "--log-file", "stdout", "--verbose"],
    ];
    const program = new Program(command, args);
    await program.until("listening", (output) => output.includes("UDP listener opened on"));
    return new Coturn(program, address, port);
  }

  stop(): Promise<number> {
    return this.program.stop();
  }
}
