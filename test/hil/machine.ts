/** The virtual machine: QEMU with the guest that `prepare.mjs` made, started, and ended as by pulling its plug. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The same folder for the sources and for the build, which lies one deeper. */
const project = (() => {
  const own = fileURLToPath(new URL("../..", import.meta.url));
  return own.endsWith("/dist/") ? join(own, "..") : own;
})();
/** Everything that was made for the guest. */
const cacheFolder = join(project, ".cache/hil");
/** Pictures and the guest's console, to be looked at. */
export const resultsFolder = join(project, "test/out/hil");

/** What `prepare.mjs` made. */
export interface Guest {
  readonly arch: "arm64" | "amd64";
  /** "tcg" is QEMU's own emulation, paced by instructions. */
  readonly accelerator: "tcg" | "kvm";
  readonly kernel: string;
  readonly ramdisk: string;
  readonly root: string;
  readonly app: string;
  readonly lcd: { readonly width: number; readonly height: number };
}

export interface Machine {
  /** Of the agent, or of ssh. */
  readonly port: number;
  /** From switching on until it was ready. Wall time. */
  readonly bootMs: number;
  readonly guest: Guest;
  /** The power is gone at once: what was not on the disk never will be. */
  cutPower(): Promise<void>;
}

/** Of wall time: a machine that is busy with other things takes that long. */
const bootMs = 180_000;

/** @throws Error where it was not made */
export function guestParts(): Guest {
  const file = join(cacheFolder, "guest.json");
  if (!existsSync(file)) throw new Error("the guest is not made: run npm run test:hil");
  return JSON.parse(readFileSync(file, "utf8")) as Guest;
}

/** An empty disk for what the phone keeps, with the files of `from` on it if that is named. */
export function newDataDisk(name: string, from?: string): string {
  mkdirSync(resultsFolder, { recursive: true });
  const disk = join(resultsFolder, `${name}.img`);
  const filled = from === undefined ? [] : ["-d", from];
  execFileSync("mke2fs", ["-q", "-F", "-t", "ext4", ...filled, disk, "128M"], { stdio: "pipe" });
  return disk;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/**
 * Emulated time is counted in instructions, a nanosecond each: to the guest this is a board of 1 GHz however busy the machine
 * is that it runs on, and sound is in time. Where the processor is lent instead, time is the real one.
 */
function processor({ arch, accelerator }: Guest): string[] {
  const machine = arch === "arm64" ? "virt" : "q35";
  if (accelerator === "kvm") return ["-M", machine, "-cpu", "host", "-accel", "kvm", "-smp", "2"];
  const cpu = arch === "arm64" ? "cortex-a72" : "Nehalem";
  return ["-M", machine, "-cpu", cpu, "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=on", "-smp", "1"];
}

/**
 * Switches on.
 * @param console name of the file in the results' folder that gets what the guest prints
 * @param guestPort what is reached in the guest: 7000 the agent, 22 ssh
 */
export async function startMachine(disk: string, console: string, guestPort: 7000 | 22 = 7000): Promise<Machine> {
  const guest = guestParts();
  const port = await freePort();
  const started = performance.now();
  const drive = (id: string, file: string, more: string): string[] => [
    ...["-drive", `if=none,id=${id},file=${file},format=raw,${more}`, "-device", `virtio-blk-pci,drive=${id}`],
  ];
  const serial = guest.arch === "arm64" ? "ttyAMA0" : "ttyS0";
  const manner = guestPort === 22 ? " rig.ssh" : "";
  const machine = spawn(
    guest.arch === "arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64",
    [
      ...processor(guest),
      ...["-m", "1024", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"],
      ...["-kernel", guest.kernel, "-initrd", guest.ramdisk],
      ...["-append", `console=${serial} quiet loglevel=3 panic=-1${manner}`],
      ...drive("root", guest.root, "readonly=on"),
      ...drive("app", guest.app, "readonly=on"),
      // What the guest was told is on the disk is there when its plug is pulled.
      ...drive("data", disk, "cache=writeback"),
      ...["-netdev", `user,id=net,hostfwd=tcp:127.0.0.1:${port}-:${guestPort}`],
      ...["-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci", "-device"],
      `virtio-gpu-pci,xres=${guest.lcd.width},yres=${guest.lcd.height}`,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise<void>((resolve) => machine.on("close", () => resolve()));
  let said = "";
  const ready = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the guest is not up within ${bootMs} ms:\n${said}`)), bootMs);
    const hear = (bytes: Buffer): void => {
      said += bytes.toString("latin1");
      if (!said.includes("RIG-READY")) return;
      clearTimeout(late);
      resolve();
    };
    machine.stdout?.on("data", hear);
    machine.stderr?.on("data", hear);
    void ended.then(() => {
      clearTimeout(late);
      mkdirSync(resultsFolder, { recursive: true });
      writeFileSync(join(resultsFolder, `${console}.log`), said);
      reject(new Error(`the guest ended:\n${said.slice(-3000)}`));
    });
    machine.on("error", reject);
  });
  const cutPower = async (): Promise<void> => {
    machine.kill("SIGKILL");
    await ended;
  };
  await ready.catch((error: unknown) => {
    machine.kill("SIGKILL");
    throw error;
  });
  return { port, guest, bootMs: performance.now() - started, cutPower };
}
