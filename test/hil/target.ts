/** A real board, or anything that ssh reaches, in the place of the guest: what is tested is copied there and the agent started. */
import { execFileSync, spawn } from "node:child_process";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Target } from "./choice.ts";
import { freePort, guestParts } from "./machine.ts";

export interface ReachedTarget {
  /** Leads to the agent. */
  readonly port: number;
  readonly bootMs: number;
  readonly place: Place;
  /** Ends the agent, and with it what it has started. */
  close(): Promise<void>;
}

/** Where things are, on the machine that is tested and for it. */
export interface Place {
  /** Folder of the application. */
  readonly app: string;
  /** Folder that outlives a power cut. */
  readonly data: string;
  readonly node: string;
  /** The phone's own address. */
  readonly address: string;
  /** This machine as the phone knows it, and what a server here binds to be known by it. */
  readonly outside: string;
  readonly outsideBinds: string;
}

/** In the user's home there. */
const folder = "offhook-rig";
const readyMs = 120_000;

/** By a user's network of QEMU, and by any other translation, this machine has not the address it is known by. */
function bindFor(outside: string): string {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some(({ address }) => address === outside) ? outside : "127.0.0.1";
}

const words = ({ destination, ssh }: Target): string[] => ["-o", "BatchMode=yes", ...ssh, destination];

/** Runs a line of the shell there and gives what it printed. @throws Error with what ssh said */
function there(target: Target, script: string): string {
  return execFileSync("ssh", [...words(target), script], { encoding: "utf8", maxBuffer: 1 << 24 }).trim();
}

/** The machine's architecture by Debian's name. @throws Error where it is none of those that are built */
export function archOf(target: Target): "arm64" | "amd64" {
  const machine = there(target, "uname -m");
  if (machine === "aarch64") return "arm64";
  if (machine === "x86_64") return "amd64";
  throw new Error(`${target.destination} is of ${machine}: the rig makes what it tests for aarch64 and x86_64`);
}

/** Copies the application and, where none or an old one is installed, Node. Once for a run. */
export function copyTo(target: Target, nodeFolder: string): void {
  const { app } = guestParts();
  const tree = app.replace(/\.img$/, "");
  there(target, `mkdir -p ${folder}/bin && rm -rf ${folder}/app && mkdir ${folder}/app`);
  const send = (from: string, what: string, to: string): void => {
    const pipe = `tar -C "$1" -cz "$2" | ssh "\${@:4}" "tar -C $3 -xz"`;
    execFileSync("bash", ["-o", "pipefail", "-c", pipe, "send", from, what, to, ...words(target)], { stdio: "pipe" });
  };
  send(tree, ".", `${folder}/app`);
  const major = there(target, 'node -p "process.versions.node.split(\\".\\")[0]" 2>/dev/null || echo 0');
  if (Number(major) < 20) send(join(nodeFolder, "bin"), "node", `${folder}/bin`);
}

/** Starts the agent and leads a port to it. */
export async function reachTarget(target: Target): Promise<ReachedTarget> {
  const started = performance.now();
  const port = await freePort();
  const [home = "", connection = ""] = there(target, 'echo "$HOME"; echo "$SSH_CONNECTION"').split("\n");
  const [outside = "", , address = ""] = connection.split(" ");
  const own = `${home === "/" ? "" : home}/${folder}`;
  const place: Place = {
    ...{ app: `${own}/app`, data: `${own}/data`, address, outside, outsideBinds: bindFor(outside) },
    node: there(target, `test -x ${folder}/bin/node && echo ${own}/bin/node || command -v node`),
  };
  // What the kernel there does not have is told by the agent, and its tests are left out.
  const modules = "gpio-sim uhid hid-generic hid-cp2112 i2c-dev uinput evdev";
  const script = [
    `mkdir -p ${place.data}; for m in ${modules}; do modprobe $m 2>/dev/null; done`,
    "test -d /proc/asound/Loopback || modprobe snd-aloop pcm_substreams=2 2>/dev/null",
    "mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config 2>/dev/null",
    `cd ${place.app} && exec ${place.node} dist/test/hil/guest/agent.js --attached`,
  ].join("; ");
  const child = spawn("ssh", ["-L", `127.0.0.1:${port}:127.0.0.1:7000`, ...words(target), script], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${target.destination} is not ready:\n${said}`)), readyMs);
    const hear = (bytes: Buffer): void => {
      said += bytes.toString("latin1");
      if (!said.includes("RIG-READY")) return;
      clearTimeout(late);
      resolve();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    void ended.then(() => {
      clearTimeout(late);
      reject(new Error(`the agent on ${target.destination} ended:\n${said.slice(-3000)}`));
    });
  });
  const close = async (): Promise<void> => {
    child.stdin.end();
    const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(hard);
  };
  return { port, place, bootMs: performance.now() - started, close };
}
