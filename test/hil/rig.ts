/** The virtual machine as a test sees it: started, asked by lines of JSON, photographed, switched off by pulling the plug. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { PNG } from "pngjs";
import type { Key } from "../../hal/keypad.ts";
import type { LampId, LampState } from "../../hal/lamp.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
/** Pictures and the guest's console, to be looked at. */
export const resultsFolder = join(project, "test/out/hil");

/** What `prepare.mjs` made. */
interface Guest {
  readonly kernel: string;
  readonly ramdisk: string;
  readonly root: string;
  readonly app: string;
  readonly lcd: { readonly width: number; readonly height: number };
}

type Answer = Readonly<Record<string, unknown>>;
export type Part = "gpio" | "hid" | "input" | "headset";

/** The host, as the guest's network calls it. */
export const hostAddress = "10.0.2.2";
const bootMs = 90_000;

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function guestParts(): Guest {
  const file = join(project, ".cache/hil/guest.json");
  if (!existsSync(file)) throw new Error("the guest is not made: run npm run test:hil");
  return JSON.parse(readFileSync(file, "utf8")) as Guest;
}

/** An empty disk for what the phone keeps. */
export function newDataDisk(name: string): string {
  mkdirSync(resultsFolder, { recursive: true });
  const disk = join(resultsFolder, `${name}.img`);
  execFileSync("mke2fs", ["-q", "-F", "-t", "ext4", disk, "32M"], { stdio: "pipe" });
  return disk;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export class Rig {
  /** From switching on to the agent's first answer. */
  readonly bootMs: number;
  readonly lcd: Guest["lcd"];
  readonly #machine: ChildProcess;
  readonly #socket: Socket;
  readonly #ended: Promise<void>;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  private constructor(machine: ChildProcess, ended: Promise<void>, socket: Socket, lcd: Guest["lcd"], took: number) {
    this.#machine = machine;
    this.#ended = ended;
    this.#socket = socket;
    this.lcd = lcd;
    this.bootMs = took;
    createInterface({ input: socket }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer;
      const asked = this.#waiting.shift();
      if (typeof answer["error"] === "string") asked?.reject(new Error(`in the guest: ${answer["error"]}`));
      else asked?.resolve(answer);
    });
    socket.on("close", () => {
      for (const asked of this.#waiting.splice(0)) asked.reject(new Error("the guest is gone"));
    });
    socket.on("error", () => undefined);
  }

  /** Switches on. @param console name of the file in the results' folder that gets what the guest prints */
  static async boot(disk: string, console: string): Promise<Rig> {
    const guest = guestParts();
    const port = await freePort();
    const started = performance.now();
    const drive = (id: string, file: string, more: string): string[] => [
      ...["-drive", `if=none,id=${id},file=${file},format=raw,${more}`, "-device", `virtio-blk-pci,drive=${id}`],
    ];
    const machine = spawn(
      "qemu-system-aarch64",
      [
        ...["-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024"],
        ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"],
        ...["-kernel", guest.kernel, "-initrd", guest.ramdisk],
        ...["-append", "console=ttyAMA0 quiet loglevel=3 panic=-1"],
        ...drive("root", guest.root, "readonly=on"),
        ...drive("app", guest.app, "readonly=on"),
        // What the guest was told is on the disk is there when its plug is pulled.
        ...drive("data", disk, "cache=writeback"),
        ...[
          "-netdev",
          `user,id=net,hostfwd=tcp:127.0.0.1:${port}-:7000`,
          "-device",
          "virtio-net-pci,netdev=net,romfile=",
        ],
        ...["-device", "virtio-rng-pci", "-device"],
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
    await ready.catch((error: unknown) => {
      machine.kill("SIGKILL");
      throw error;
    });
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    const rig = new Rig(machine, ended, socket, guest.lcd, performance.now() - started);
    await rig.#ask({ do: "nothing" });
    return rig;
  }

  #ask(request: Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify(request)}\n`);
    });
  }

  async lift(lifted: boolean, part: "gpio" | "hid" = "gpio"): Promise<void> {
    await this.#ask({ do: "hook", part, lifted });
  }

  /** Presses for as long as a finger does. */
  async press(part: Part, ...keys: readonly Key[]): Promise<void> {
    for (const key of keys) {
      await this.#ask({ do: "key", part, key, down: true });
      await wait(120);
      await this.#ask({ do: "key", part, key, down: false });
      await wait(120);
    }
  }

  async plug(part: "hid" | "headset", plugged: boolean): Promise<void> {
    await this.#ask({ do: plugged ? "plug" : "unplug", part });
  }

  async lamp(part: "gpio" | "hid", lamp: LampId): Promise<LampState> {
    return (await this.#ask({ ask: "lamp", part, lamp })) as unknown as LampState;
  }

  /** Writes what is seen to NAME.png, and tells how many colours it has and a hash to compare by. */
  async picture(part: "framebuffer" | "oled", name: string): Promise<{ colors: number; pixels: Uint8Array }> {
    const { pixels } = await this.#ask({ ask: "picture", part });
    const bytes = Buffer.from(String(pixels), "base64");
    const [width, height] = part === "oled" ? [128, 64] : [this.lcd.width, this.lcd.height];
    const png = new PNG({ width, height });
    const colors = new Set<number>();
    for (let i = 0; i < width * height; i++) {
      const value =
        part === "oled" ? (((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) * 0xffff : bytes.readUInt16LE(i * 2);
      colors.add(value);
      png.data.set([(value >> 8) & 0xf8, (value >> 3) & 0xfc, (value << 3) & 0xf8, 255], i * 4);
    }
    mkdirSync(resultsFolder, { recursive: true });
    writeFileSync(join(resultsFolder, `${name}.png`), PNG.sync.write(png));
    return { colors: colors.size, pixels: bytes };
  }

  /** Starts a program in the guest that is asked about by `name`. */
  async start(name: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#ask({ do: "start", name, command, env });
  }

  async signal(name: string, signal: string): Promise<void> {
    await this.#ask({ do: "signal", name, signal });
  }

  async program(name: string): Promise<{ said: string; status: number | null }> {
    return (await this.#ask({ ask: "program", name })) as unknown as { said: string; status: number | null };
  }

  /** Runs a script of the guest's shell to its end and gives what it printed, bytes as Latin-1. */
  async run(script: string): Promise<string> {
    return String((await this.#ask({ do: "run", script }))["output"]);
  }

  /** Writes a file in the guest. */
  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.#ask({ do: "put", path, bytes: Buffer.from(bytes).toString("base64") });
  }

  /** Reads a file of the guest. */
  async take(path: string): Promise<Uint8Array> {
    return Buffer.from(String((await this.#ask({ ask: "file", path }))["bytes"]), "base64");
  }

  /** Until the program has printed that. @throws Error with its last words */
  async says(name: string, text: string | RegExp, withinMs = 30_000): Promise<string> {
    const end = performance.now() + withinMs;
    for (;;) {
      const { said, status } = await this.program(name);
      if (typeof text === "string" ? said.includes(text) : text.test(said)) return said;
      if (status !== null) throw new Error(`${name} ended with status ${status}:\n${said.slice(-4000)}`);
      if (performance.now() > end)
        throw new Error(`${name} did not say ${text} in ${withinMs} ms:\n${said.slice(-4000)}`);
      await wait(150);
    }
  }

  /** Until the program is at its end; gives all that it printed. */
  async ended(name: string, withinMs: number): Promise<string> {
    const end = performance.now() + withinMs;
    for (;;) {
      const { said, status } = await this.program(name);
      if (status !== null) return said;
      if (performance.now() > end) throw new Error(`${name} does not end in ${withinMs} ms:\n${said.slice(-4000)}`);
      await wait(500);
    }
  }

  /** The power is gone at once: what was not on the disk never will be. */
  async cutPower(): Promise<void> {
    this.#machine.kill("SIGKILL");
    await this.#ended;
  }
}
