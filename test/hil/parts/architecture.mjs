/** What differs between the guest's architectures: compilers, QEMU, and whether this machine's own processor can be lent. */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, hashOf, run, say } from "./steps.mjs";

const own = () => run("dpkg", ["--print-architecture"]).trim();

/** Prefix of the compiler's programs. */
export function crossOf(arch) {
  if (arch === own()) return "";
  return arch === "arm64" ? "aarch64-linux-gnu-" : "x86_64-linux-gnu-";
}

/** Debian packages for building and running a guest. */
export function packagesFor(arch) {
  const compilers = {
    "aarch64-linux-gnu-": ["gcc-aarch64-linux-gnu", "g++-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
    "x86_64-linux-gnu-": ["gcc-x86-64-linux-gnu", "g++-x86-64-linux-gnu", "libc6-dev-amd64-cross"],
  };
  return [arch === "arm64" ? "qemu-system-arm" : "qemu-system-x86", ...(compilers[crossOf(arch)] ?? [])];
}

/** A kernel that gets a processor lent says a word within this time. ms */
const wordMs = 20_000;

/** Whether /dev/kvm really runs this guest: some hosts offer one that only runs kernels made for it. Asked once. */
async function kvmRuns(kernel, ramdisk) {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
  } catch {
    return false;
  }
  const args = ["-M", "q35", "-cpu", "host", "-accel", "kvm", "-m", "512", "-nodefaults", "-no-reboot"];
  const start = ["-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", ramdisk];
  const machine = spawn("qemu-system-x86_64", [...args, ...start, "-append", "console=ttyS0 panic=-1"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Promise((resolve) => {
    const end = (runs) => {
      clearTimeout(late);
      machine.kill("SIGKILL");
      resolve(runs);
    };
    const late = setTimeout(() => end(false), wordMs);
    machine.stdout.on("data", (bytes) => {
      if (bytes.includes("Linux version")) end(true);
    });
    machine.on("error", () => end(false));
    machine.on("exit", () => end(false));
  });
}

/** "kvm" where this machine's processor is of the guest's architecture and can be lent, else "tcg". */
export async function acceleratorFor(arch, { kernel, ramdisk }) {
  if (arch !== "amd64" || own() !== "amd64") return "tcg";
  mkdirSync(cache, { recursive: true });
  const file = join(cache, `accelerator-${hashOf(kernel).slice(0, 8)}`);
  try {
    return readFileSync(file, "utf8");
  } catch {
    const accelerator = (await kvmRuns(kernel, ramdisk)) ? "kvm" : "tcg";
    writeFileSync(file, accelerator);
    say(accelerator === "kvm" ? "the processor is lent by KVM" : "KVM does not run the guest: emulated in software");
    return accelerator;
  }
}
