/** A Linux input device (/dev/input/event*) as a part of the front: keys, a hook switch, a headset's jack. The kernel debounces and scans. */
import { HalError } from "../error.ts";
import type { Hook } from "../hook.ts";
import type { Jacks } from "../jack.ts";
import type { Key, Keypad } from "../keypad.ts";
import type { FrontPart } from "./front-part.ts";
import { HookState, JackState, PressedKeys } from "./front-state.ts";
import { eventType, type InputEvent, InputEventReader, keyOfCode, synDropped } from "./input-codes.ts";
import { type Child, longBytes, type StartChild, startChild } from "./os/process.ts";
import { ensureReadable, listFolder, readTextIfThere } from "./os/system-files.ts";

/** A switch or key of the device with a meaning of its own. */
export interface InputSignal {
  readonly type: "key" | "switch";
  readonly code: number;
  /** It is 0 while the handset is lifted, or the plug is in. */
  readonly inverted?: boolean;
}

export interface InputChoice {
  readonly title: string;
  /** The node itself, or the device's name as the kernel tells it ("gpio-keys"). */
  readonly device: { readonly path: string } | { readonly name: string };
  /** Left out: the device is only a hook switch or a jack. Codes that are not in it come from the table of all phones. */
  readonly keys?: "usual" | ReadonlyMap<number, Key>;
  readonly hook?: InputSignal;
  readonly headset?: InputSignal;
  readonly optional?: boolean;
  readonly roots?: { readonly classes: string; readonly nodes: string };
  readonly start?: StartChild;
  /** Width of the kernel's long, bytes: this machine's by default. */
  readonly longBytes?: 4 | 8;
}

/** Copies what it reads without delay. */
const reader = "cat";

export class InputDevice implements FrontPart {
  readonly name: string;
  readonly optional: boolean;
  readonly keypad?: Keypad;
  readonly hook?: Hook;
  readonly jacks?: Jacks;
  onLost: ((error: HalError) => void) | undefined;
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  readonly #choice: InputChoice;
  readonly #start: StartChild;
  readonly #keys = new PressedKeys(() => this.close());
  readonly #hook = new HookState(() => this.close());
  readonly #jacks = new JackState(["headset"], () => this.close());
  #child: Child | undefined;

  constructor(choice: InputChoice) {
    this.#choice = choice;
    this.#start = choice.start ?? startChild;
    this.name = choice.title;
    this.optional = choice.optional === true;
    if (choice.keys !== undefined) this.keypad = this.#keys;
    if (choice.hook !== undefined) this.hook = this.#hook;
    if (choice.headset !== undefined) this.jacks = this.#jacks;
  }

  async open(): Promise<void> {
    if (this.#child !== undefined) return;
    const path = this.#find();
    const events = new InputEventReader(this.#choice.longBytes ?? longBytes);
    let complaint = "";
    const { hook, headset } = this.#choice;
    const lifted = hook && (await this.#ask(path, hook));
    const plugged = headset && (await this.#ask(path, headset));
    this.#keys.begin();
    this.#hook.begin();
    this.#jacks.begin();
    if (lifted !== undefined) this.#hook.move(lifted);
    if (plugged !== undefined) this.#jacks.move("headset", plugged);
    // A blocked read would keep this process from ending: the node is read by a child, which can be ended at any time.
    const child = this.#start({
      program: reader,
      args: [path],
      onOutput: (bytes) => {
        if (this.#child !== child) return;
        for (const event of events.read(bytes)) this.#event(event);
      },
      onErrorLine: (line) => {
        complaint = line.replace(/^[^:]*: /, "");
      },
      onExit: ({ why }) => {
        if (this.#child === child) this.#lost(complaint === "" ? `${path}: ${why}` : complaint);
      },
    });
    this.#child = child;
  }

  async close(): Promise<void> {
    this.#end();
  }

  /** @throws HalError that names what was looked for */
  #find(): string {
    const { device, roots = { classes: "/sys/class/input", nodes: "/dev/input" } } = this.#choice;
    if ("path" in device) {
      ensureReadable(device.path, this.name);
      return device.path;
    }
    for (const node of listFolder(roots.classes)) {
      if (!node.startsWith("event") || readTextIfThere(`${roots.classes}/${node}/device/name`) !== device.name)
        continue;
      ensureReadable(`${roots.nodes}/${node}`, this.name);
      return `${roots.nodes}/${node}`;
    }
    throw new HalError(this.name, "absent", `there is no input device "${device.name}"`);
  }

  /** State of a switch at the start, which only an ioctl tells: by Debian's evtest where it is installed, else unknown. */
  #ask(path: string, { type, code, inverted }: InputSignal): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      this.#start({
        program: "evtest",
        args: ["--query", path, type === "key" ? "EV_KEY" : "EV_SW", String(code)],
        onOutput: () => {},
        onErrorLine: () => {},
        onExit: ({ why }) => {
          const status = /status (\d+)$/.exec(why)?.[1];
          if (status !== "0" && status !== "10") resolve(undefined);
          else resolve((status === "10") !== (inverted === true));
        },
      });
    });
  }

  #event({ type, code, value }: InputEvent): void {
    const { hook, headset, keys } = this.#choice;
    const is = (signal: InputSignal | undefined): boolean =>
      signal !== undefined && eventType[signal.type] === type && signal.code === code;
    // Auto-repeat is no news.
    if (value === 2 && type === eventType.key) return;
    if (type === eventType.syn && code === synDropped) {
      // Releases may be among what was lost: a key that hangs is worse than one that is let go too early.
      this.#keys.end();
      this.#keys.begin();
      return;
    }
    if (is(hook)) this.#hook.move((value !== 0) !== (hook?.inverted === true));
    else if (is(headset)) this.#jacks.move("headset", (value !== 0) !== (headset?.inverted === true));
    else if (type === eventType.key && keys !== undefined) {
      const key = (keys === "usual" ? undefined : keys.get(code)) ?? keyOfCode.get(code);
      if (key !== undefined) this.#keys.move(key, value !== 0);
    }
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#keys.end();
    this.#hook.end();
    this.#jacks.end();
    child?.kill();
  }

  #lost(why: string): void {
    this.#end();
    const code = /Permission denied/.test(why) ? "refused" : "lost";
    this.onLost?.(new HalError(this.name, code, why));
  }
}
