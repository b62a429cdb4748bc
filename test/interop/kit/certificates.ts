/** Certificates made by OpenSSL while a test runs: authorities, servers and clients, right ones and wrong ones. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./process.ts";

export interface Pair {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Wish {
  readonly commonName: string;
  /** As OpenSSL writes it: "DNS:sip.test,URI:sip:sip.test,IP:127.0.0.1"; none where absent. */
  readonly subjectAltName?: string;
  /** -1: expired yesterday. */
  readonly days?: number;
}

let count = 0;

function openssl(folder: string, ...args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

function pair(folder: string, name: string): Pair {
  const certificatePath = join(folder, `${name}.pem`);
  const keyPath = join(folder, `${name}.key`);
  return {
    certificatePath,
    keyPath,
    certificate: readFileSync(certificatePath, "utf8"),
    key: readFileSync(keyPath, "utf8"),
  };
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** An authority of its own, which issues what a test wishes. */
export class Authority {
  readonly own: Pair;
  readonly #folder: string;

  constructor(name: string, folder = temporaryFolder("certificates")) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    const constraints = ["-addext", "basicConstraints=critical,CA:TRUE"];
    const files = ["-keyout", "authority.key", "-out", "authority.pem"];
    openssl(folder, "req", "-x509", ...newKey, "-days", "30", ...files, "-subj", `/CN=${name}`, ...constraints);
    this.own = pair(folder, "authority");
  }

  issue({ commonName, subjectAltName, days = 30 }: Wish): Pair {
    const folder = this.#folder;
    count += 1;
    const name = `issued-${count}`;
    const request = ["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${commonName}`];
    openssl(folder, "req", ...newKey, ...request);
    const extensions = ["extendedKeyUsage=serverAuth,clientAuth"];
    if (subjectAltName !== undefined) extensions.push(`subjectAltName=${subjectAltName}`);
    writeFileSync(join(folder, `${name}.ext`), `${extensions.join("\n")}\n`);
    const by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
    const files = ["-in", `${name}.csr`, "-extfile", `${name}.ext`, "-out", `${name}.pem`];
    openssl(folder, "x509", "-req", ...files, ...by, "-days", String(days));
    return pair(folder, name);
  }
}
