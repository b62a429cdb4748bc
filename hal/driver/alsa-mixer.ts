/** Controls of a sound card by ALSA's `amixer`: what a path needs switched and how loud, and mute. Data of the board says which controls. */

import type { AudioPath } from "../audio.ts";
import { HalError } from "../error.ts";
import { type StartChild, startChild } from "./os/process.ts";

/** One simple control and what it is set to, in amixer's words: ["Speaker", "80%", "unmute"]. */
export type MixerSetting = readonly [control: string, ...values: string[]];

export interface MixerChoice {
  /** ALSA's card: "wm8960soundcard", "0". */
  readonly card: string;
  /** Once when the card is opened. */
  readonly initial?: readonly MixerSetting[];
  /** When the path becomes active: its switches, and the level at which the loudest step of the phone is right. */
  readonly paths: Readonly<Partial<Record<AudioPath, readonly MixerSetting[]>>>;
  /** Capture switch. */
  readonly mute?: string;
  readonly amixer?: string;
  readonly start?: StartChild;
}

export class AlsaMixer {
  readonly name: string;
  /** Something could not be set; told once for each control until it can be set again. */
  onTrouble: ((error: HalError) => void) | undefined;
  readonly #choice: MixerChoice;
  readonly #start: StartChild;
  readonly #refused = new Set<string>();
  #queue: MixerSetting[] = [];
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(choice: MixerChoice) {
    this.#choice = choice;
    this.#start = choice.start ?? startChild;
    this.name = `mixer of card ${choice.card}`;
  }

  open(): void {
    this.#isClosed = false;
    this.#put(this.#choice.initial ?? []);
  }

  setPath(path: AudioPath): void {
    this.#put(this.#choice.paths[path] ?? []);
  }

  setMute(muted: boolean): void {
    if (this.#choice.mute !== undefined) this.#put([[this.#choice.mute, muted ? "nocap" : "cap"]]);
  }

  /** Resolves when all is set. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue = [];
    await this.settled();
  }

  /** One after the other; a control that is to be set anew takes what is wanted last. */
  #put(settings: readonly MixerSetting[]): void {
    if (this.#isClosed) return;
    const controls = new Set(settings.map(([control]) => control));
    this.#queue = [...this.#queue.filter(([control]) => !controls.has(control)), ...settings];
    if (this.#working !== undefined || this.#queue.length === 0) return;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#set(next);
    this.#working = undefined;
  }

  #set([control, ...values]: MixerSetting): Promise<void> {
    const program = this.#choice.amixer ?? "amixer";
    const complaints: string[] = [];
    return new Promise((resolve) => {
      this.#start({
        program,
        args: ["-q", "-c", this.#choice.card, "sset", control, ...values],
        onOutput: () => {},
        onErrorLine: (line) => complaints.push(line),
        onExit: (end) => {
          if (end.type === "exit" && end.why.endsWith("status 0")) this.#refused.delete(control);
          else {
            const missing = `the program "${program}" (Debian package alsa-utils) cannot be run: ${end.why}`;
            this.#tell(control, end.type === "absent" ? missing : (complaints[0] ?? end.why).replace(/^amixer: /, ""));
          }
          resolve();
        },
      });
    });
  }

  #tell(control: string, why: string): void {
    if (this.#refused.has(control) || this.#isClosed) return;
    this.#refused.add(control);
    const absent = /Unable to find|No such|cannot find|Invalid card|cannot be run/i.test(why);
    this.onTrouble?.(
      new HalError(this.name, absent ? "absent" : "refused", `control "${control}" cannot be set: ${why}`),
    );
  }
}
