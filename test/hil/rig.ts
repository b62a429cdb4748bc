/** What is tested as a test sees it, a virtual machine or a real board: asked by lines of JSON, photographed, deprived of its power. */
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PNG } from "pngjs";
import type { TestContext } from "vitest";
import type { Key } from "../../hal/keypad.ts";
import type { LampId, LampState } from "../../hal/lamp.ts";
import { choice } from "./choice.ts";
import { resultsFolder, startMachine } from "./machine.ts";
import { type Place, reachTarget } from "./target.ts";

type Answer = Readonly<Record<string, unknown>>;
export type Part = "gpio" | "hid" | "input" | "headset";
/** What a board may lack, because its kernel does. */
export type Ability = "gpio" | "usb" | "oled" | "input" | "screen" | "sound";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** How many there are. */
  readonly colors: number;
  readonly pixels: Uint8Array;
}

/** The guest, whose network calls this machine 10.0.2.2. */
const guestPlace: Place = {
  ...{ app: "/app", data: "/data", node: "node" },
  ...{ address: "10.0.2.15", outside: "10.0.2.2", outsideBinds: "127.0.0.1" },
};

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Rig {
  /** From switching on to the agent's first answer, wall time. */
  readonly bootMs: number;
  readonly place: Place;
  /** Why a part is not there; what is not named is. */
  readonly lacks: Readonly<Partial<Record<Ability, string>>>;
  readonly #socket: Socket;
  readonly #end: () => Promise<void>;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  private constructor(socket: Socket, place: Place, bootMs: number, end: () => Promise<void>) {
    this.#socket = socket;
    this.place = place;
    this.bootMs = bootMs;
    this.#end = end;
    this.lacks = {};
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

  /** Switches the guest on, or reaches the board. @param console name of the file that gets what the guest prints */
  static async boot(disk: string, console: string): Promise<Rig> {
    const reached =
      choice.target === undefined
        ? await startMachine(disk, console).then(({ port, bootMs, cutPower }) => {
            return { port, bootMs, place: guestPlace, close: cutPower };
          })
        : await reachTarget(choice.target);
    const socket = connect(reached.port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    const rig = new Rig(socket, reached.place, reached.bootMs, reached.close);
    Object.assign(rig.lacks, (await rig.#ask({ ask: "lacks" }))["lacks"]);
    const missing = Object.values(rig.lacks);
    // A board may lack something; the rig that is made here may not, or its tests would be left out instead of failing.
    if (choice.target === undefined && missing.length > 0) {
      await reached.close();
      throw new Error(`the rig lacks what it is made of: ${missing.join("; ")}`);
    }
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

  /** Presses for as long as a finger does, by the clock of what is tested. */
  async press(part: Part, ...keys: readonly Key[]): Promise<void> {
    for (const key of keys) await this.#ask({ do: "press", part, key, ms: 120 });
  }

  /** Goes on pressing these, one after the other, while other things are done. */
  async goOnPressing(part: Part, ...keys: readonly Key[]): Promise<void> {
    await this.#ask({ do: "go on pressing", part, keys, ms: 60 });
  }

  /** From a key to another picture on the screen, ms of the clock of what is tested. */
  async reaction(part: Part, key: Key): Promise<number> {
    return Number((await this.#ask({ ask: "reaction", part, key }))["ms"]);
  }

  /** Lets time pass for what is tested, whose clock may be slower than ours. */
  async pass(ms: number): Promise<void> {
    await this.#ask({ do: "pass", ms });
  }

  /** Seconds since it was switched on, by its own clock. */
  async uptime(): Promise<number> {
    return Number((await this.run("cat /proc/uptime")).split(" ")[0]);
  }

  async plug(part: "hid" | "headset", plugged: boolean): Promise<void> {
    await this.#ask({ do: plugged ? "plug" : "unplug", part });
  }

  async lamp(part: "gpio" | "hid", lamp: LampId): Promise<LampState> {
    return (await this.#ask({ ask: "lamp", part, lamp })) as unknown as LampState;
  }

  /** Writes what is seen to NAME.png. */
  async picture(part: "framebuffer" | "oled", name: string): Promise<Picture> {
    const { pixels, width: wide, height: high } = await this.#ask({ ask: "picture", part });
    const bytes = Buffer.from(String(pixels), "base64");
    const [width, height] = [Number(wide), Number(high)];
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
    return { width, height, colors: colors.size, pixels: bytes };
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

  /** Until a file of that folder begins to be written anew. */
  async writing(path: string): Promise<void> {
    await this.#ask({ ask: "writing", path });
  }

  /** What a program and all that it started have used of the processor, ms. */
  async processorMs(name: string): Promise<number> {
    return Number((await this.#ask({ ask: "processor", name }))["ms"]);
  }

  /** Runs a script of the guest's shell to its end and gives what it printed, bytes as Latin-1. */
  async run(script: string): Promise<string> {
    return String((await this.#ask({ do: "run", script }))["output"]);
  }

  /** A page that is served there. */
  async page(url: string): Promise<string> {
    return String((await this.#ask({ ask: "page", url }))["text"]);
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
  async says(name: string, text: string | RegExp, withinMs = 90_000): Promise<string> {
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

  /**
   * The power is gone at once: what was not on the disk never will be. A board that is reached by ssh keeps its power; there
   * the programs are killed.
   */
  async cutPower(): Promise<void> {
    await this.#end();
    this.#socket.destroy();
  }
}

/** Leaves a test out where the board lacks what it needs, and says what and why. */
export function skipWithout(rig: Rig, context: TestContext, ...needed: readonly Ability[]): void {
  const missing = needed.flatMap((ability) => rig.lacks[ability] ?? []);
  context.skip(missing.length > 0, missing.join("; "));
}
