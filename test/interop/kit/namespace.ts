/** Three network namespaces: a phone inside, a router with NAT, the world outside. Nothing of the machine's own network is touched. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll } from "vitest";
import { Program, temporaryFolder } from "./process.ts";

/** "cone": one outside port for all destinations; "symmetric": another for each. Both let in only answers. */
export type RouterKind = "cone" | "symmetric";

export const inside = "10.46.0.2";
/** What the world sees of the phone inside. */
export const router = "198.51.100.1";
/** RFC 5737 addresses of the outside. */
export const outside = ["198.51.100.10", "198.51.100.20"] as const;

/** Whether this user may make them; containers often forbid it. */
export function mayMakeNamespaces(): boolean {
  try {
    run("unshare", "--net", "true");
    return true;
  } catch {
    return false;
  }
}

export class NatLab {
  readonly #name: string;
  #servers: Server[] = [];

  constructor(kind: RouterKind) {
    this.#name = `offhook-${kind}-${process.pid}`;
    const [i, r, o] = this.#names;
    for (const name of this.#names) run("ip", "netns", "add", name);
    for (const name of this.#names) this.#in(name, "ip", "link", "set", "lo", "up");
    run("ip", "link", "add", "wire", "netns", i, "type", "veth", "peer", "name", "home", "netns", r);
    run("ip", "link", "add", "wire", "netns", o, "type", "veth", "peer", "name", "world", "netns", r);
    this.#address(i, "wire", `${inside}/24`);
    this.#address(r, "home", "10.46.0.1/24");
    this.#address(r, "world", `${router}/24`);
    for (const address of outside) this.#address(o, "wire", `${address}/24`);
    this.#in(i, "ip", "route", "add", "default", "via", "10.46.0.1");
    this.#in(r, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    this.#translate(kind);
    afterAll(() => this.close());
  }

  /** To be put before a command. */
  prefix(where: "inside" | "outside"): readonly string[] {
    return ["ip", "netns", "exec", where === "inside" ? this.#names[0] : this.#names[2]];
  }

  /** Makes a TCP port on the loopback of a namespace reachable at the same port of our own. */
  async forward(where: "inside" | "outside", port: number): Promise<void> {
    this.#servers.push(await forwardPort(this.prefix(where), port));
  }

  close(): void {
    for (const server of this.#servers.splice(0)) server.close();
    for (const name of this.#names)
      try {
        run("ip", "netns", "del", name);
      } catch {
        // Gone already.
      }
  }

  get #names(): readonly [string, string, string] {
    return [`${this.#name}-in`, `${this.#name}-router`, `${this.#name}-out`];
  }

  #translate(kind: RouterKind): void {
    const rules = `
      table ip nat {
        chain out {
          type nat hook postrouting priority 100;
          oifname "world" ${kind === "cone" ? "masquerade" : "masquerade fully-random"}
        }
      }
      table ip guard {
        # As home routers do; what came in here would also take the port from the phone's own binding.
        chain input {
          type filter hook input priority 0;
          iifname "world" drop
        }
        chain forward {
          type filter hook forward priority 0; policy drop;
          ct state established,related accept
          iifname "home" accept
        }
      }`;
    const [, r] = this.#names;
    execFileSync("ip", ["netns", "exec", r, "nft", "-f", "-"], { input: rules, stdio: ["pipe", "ignore", "pipe"] });
  }

  #address(name: string, link: string, address: string): void {
    this.#in(name, "ip", "address", "add", address, "dev", link);
    this.#in(name, "ip", "link", "set", link, "up");
  }

  #in(name: string, ...command: readonly string[]): void {
    run("ip", "netns", "exec", name, ...command);
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Makes a TCP port on the loopback of a namespace reachable at the same port of our own. */
async function forwardPort(prefix: readonly string[], port: number): Promise<Server> {
  const path = join(temporaryFolder("forward"), "socket");
  const script = `const net = require("node:net");
      net.createServer((a) => {
        const b = net.connect(${port}, "127.0.0.1");
        a.pipe(b).pipe(a);
        for (const [x, y] of [[a, b], [b, a]]) x.on("error", () => y.destroy());
      }).listen(${JSON.stringify(path)}, () => console.log("forwarding"));`;
  const [command = "ip", ...args] = [...prefix, process.execPath, "-e", script];
  const program = new Program(command, args);
  await program.until("forwarding", (output) => output.includes("forwarding"));
  const server = createServer((a) => {
    const b = connect(path);
    a.pipe(b).pipe(a);
    a.on("error", () => b.destroy());
    b.on("error", () => a.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  server.on("close", () => rmSync(path, { force: true }));
  return server;
}

/** Two network namespaces on one wire; the address of the first can change. No router, no way to the rest of the world. */
export class Wire {
  readonly first = "10.47.0.2";
  readonly second = "10.47.0.77";
  readonly other = "10.47.0.3";
  readonly #name = `offhook-wire-${process.pid}`;
  #servers: Server[] = [];

  constructor() {
    const [one, other] = this.#names;
    for (const name of this.#names) {
      run("ip", "netns", "add", name);
      run("ip", "-n", name, "link", "set", "lo", "up");
    }
    run("ip", "link", "add", "wire", "netns", one, "type", "veth", "peer", "name", "wire", "netns", other);
    run("ip", "-n", one, "address", "add", `${this.first}/24`, "dev", "wire");
    run("ip", "-n", other, "address", "add", `${this.other}/24`, "dev", "wire");
    for (const name of this.#names) run("ip", "-n", name, "link", "set", "wire", "up");
    afterAll(() => this.close());
  }

  prefix(where: "one" | "other"): readonly string[] {
    return ["ip", "netns", "exec", this.#names[where === "one" ? 0 : 1]];
  }

  async forward(where: "one" | "other", port: number): Promise<void> {
    this.#servers.push(await forwardPort(this.prefix(where), port));
  }

  /** As another lease does it: the new address comes, the old one goes. */
  move(): void {
    const [one] = this.#names;
    run("ip", "-n", one, "address", "add", `${this.second}/24`, "dev", "wire");
    run("ip", "-n", one, "address", "del", `${this.first}/24`, "dev", "wire");
    // Without this kernels take secondary addresses along with the first.
    run("ip", "-n", one, "address", "replace", `${this.second}/24`, "dev", "wire");
  }

  /** The far side of the cable of the first. */
  link(state: "up" | "down"): void {
    run("ip", "-n", this.#names[1], "link", "set", "wire", state);
  }

  close(): void {
    for (const server of this.#servers.splice(0)) server.close();
    for (const name of this.#names)
      try {
        run("ip", "netns", "del", name);
      } catch {
        // Gone already.
      }
  }

  get #names(): readonly [string, string] {
    return [`${this.#name}-a`, `${this.#name}-b`];
  }
}
